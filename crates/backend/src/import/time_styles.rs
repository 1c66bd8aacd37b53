//! Which cells of a workbook are shown as a date, a time or a duration: they hold a number, and their style says what
//! it stands for.

use std::collections::HashMap;
use std::io::Read;

use model::Problem;

use super::xml::{Node, Xml, attribute, broken};

/// Styles of cells that a workbook may have: more than spreadsheets write.
const STYLES: usize = 100_000;

/// The styles that show a number as a date, a time or a duration, by the number of the style.
#[derive(Default)]
pub struct TimeStyles(Vec<bool>);

impl TimeStyles {
    /// Reads the part "styles" (ECMA-376, part 1, section 18.8).
    pub fn read<R: Read>(mut xml: Xml<'_, R>) -> Result<Self, Problem> {
        let mut formats = HashMap::new();
        let mut styles = Vec::new();
        let mut is_of_cells = false;
        loop {
            match xml.next()? {
                Node::Start(tag) => match tag.local_name().as_ref() {
                    "numFmt" => {
                        if let (Some(id), Some(code)) = (attribute(&tag, "numFmtId")?, attribute(&tag, "formatCode")?) {
                            formats.insert(id, is_time_format(&code));
                        }
                    }
                    "cellXfs" => is_of_cells = true,
                    "xf" if is_of_cells => {
                        let id = attribute(&tag, "numFmtId")?.unwrap_or_default();
                        styles.push(formats.get(&id).copied().unwrap_or_else(|| is_time_id(&id)));
                    }
                    _ => {}
                },
                Node::End(tag) if tag.local_name().as_ref() == "cellXfs" => return Ok(Self(styles)),
                Node::Eof => return Ok(Self(styles)),
                Node::End(_) | Node::Text(_) | Node::Other => {}
            }
            if styles.len() > STYLES || formats.len() > STYLES {
                return Err(broken());
            }
        }
    }

    /// Whether this style is one; a cell without a style is shown as it is.
    pub fn has(&self, style: Option<&str>) -> bool {
        let number = style.and_then(|style| style.parse::<usize>().ok());
        number.and_then(|number| self.0.get(number)).copied().unwrap_or_default()
    }
}

/// The formats that every spreadsheet knows by number, those of East Asia among them (section 18.8.30).
fn is_time_id(id: &str) -> bool {
    matches!(id.parse::<u32>(), Ok(14..=22 | 27..=36 | 45..=47 | 50..=58))
}

/// Whether a format's code has a letter of a year, a month, a day, an hour, a minute or a second outside of what is
/// shown as it stands (section 18.8.31).
fn is_time_format(code: &str) -> bool {
    let mut letters = code.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                letters.find(|c| *c == '"');
            }
            '\\' | '_' | '*' => {
                letters.next();
            }
            '[' => {
                let inner: String = letters.by_ref().take_while(|c| *c != ']').collect();
                // A duration counts its hours, minutes or seconds on: [hh].
                if !inner.is_empty() && inner.chars().all(|c| matches!(c, 'h' | 'H' | 'm' | 'M' | 's' | 'S')) {
                    return true;
                }
            }
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_of_dates_times_and_durations_are_told_from_those_of_numbers() {
        for code in ["yyyy-mm-dd", "DD/MM/YYYY", "[$-407]d. mmmm yyyy;@", "hh:mm", "[h]:mm:ss", "[SS].00", "mm:ss.0"] {
            assert!(is_time_format(code), "{code}");
        }
        for code in
            ["General", "0.00", "#,##0\\ \"days\"", "[Red]0;[Blue]-0", "0.00E+00", "@", "[$€-407]0", "0_d*m", ""]
        {
            assert!(!is_time_format(code), "{code}");
        }
        assert!(is_time_id("14") && is_time_id("46") && !is_time_id("0") && !is_time_id("49") && !is_time_id("x"));
    }
}
