//! Letters as words are compared: small, without accents. The build script folds the words of `knowledge/`; the program
//! folds the replies.

/// The text in small letters without accents: servers write "Empfänger" and "usuário", and leave the marks out as often.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.to_lowercase().chars() {
        match letter {
            'à'..='å' | 'ą' => plain.push('a'),
            'ç' | 'ć' | 'č' => plain.push('c'),
            'è'..='ë' | 'ę' => plain.push('e'),
            'ì'..='ï' => plain.push('i'),
            'ł' => plain.push('l'),
            'ñ' | 'ń' => plain.push('n'),
            'ò'..='ö' | 'ø' | 'ő' => plain.push('o'),
            'ś' | 'š' => plain.push('s'),
            'ß' => plain.push_str("ss"),
            'ù'..='ü' | 'ű' => plain.push('u'),
            'ź' | 'ż' | 'ž' => plain.push('z'),
            'ё' => plain.push('е'),
            '’' => plain.push('\''),
            '\u{300}'..='\u{36f}' => {}
            other => plain.push(other),
        }
    }
    plain
}
