//! A workbook as the zip file that it is: of its parts, those alone are unpacked that say which sheets there are,
//! and what the cells of the one that is read hold.

use std::io::{Cursor, Read};

use model::Problem;
use zip::ZipArchive;

use super::limits::{CHARACTERS, TEXT, Watch, too_much_text};
use super::table::malformed;
use super::time_styles::TimeStyles;
use super::xml::{Node, Xml, attribute, broken};

/// What the parts that are read unpack to at most.
pub const UNPACKED: u64 = 64 * 1024 * 1024;
/// Parts of a workbook.
const PARTS: usize = 1_000;
/// Different texts: each cell has one of its own at most.
const TEXTS: usize = 250_000;

pub struct Workbook<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    /// What may still be unpacked.
    left: u64,
    watch: &'a Watch,
}

/// The texts that cells share.
#[derive(Default)]
pub struct Texts {
    all: String,
    ends: Vec<usize>,
}

impl Texts {
    pub fn get(&self, number: usize) -> Option<&str> {
        let end = *self.ends.get(number)?;
        let begin = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.all.get(begin..end)
    }

    fn push(&mut self, text: &str) -> Result<(), Problem> {
        // One octet more than it takes to be too long: whoever reads the cell says which one it is.
        let longest = CHARACTERS * 4 + 1;
        let end = (longest.min(text.len())..=text.len()).find(|end| text.is_char_boundary(*end));
        self.all.push_str(&text[..end.unwrap_or(text.len())]);
        self.ends.push(self.all.len());
        match () {
            () if self.all.len() > TEXT => Err(too_much_text(&format!("text {} of the workbook", self.ends.len()))),
            () if self.ends.len() > TEXTS => {
                Err(malformed("The workbook has more than 250,000 texts. Save the sheet with the accounts alone."))
            }
            () => Ok(()),
        }
    }
}

/// A sheet of the workbook.
pub struct Sheet {
    pub name: String,
    pub is_hidden: bool,
    /// Of the zip file; None where the sheet is no table.
    pub part: Option<String>,
}

/// What a workbook says of all its sheets.
pub struct Contents {
    /// In their order.
    pub sheets: Vec<Sheet>,
    pub texts: Texts,
    pub times: TimeStyles,
}

/// Where a part of the workbook leads.
struct Relation {
    id: String,
    /// The last word of its type, such as "worksheet".
    kind: String,
    /// From the root of the zip file.
    part: String,
}

impl<'a> Workbook<'a> {
    pub fn open(file: &'a [u8], watch: &'a Watch) -> Result<Self, Problem> {
        watch.check()?;
        // The head of each part stands at the end of the file, and takes memory before anything is unpacked.
        if file.windows(4).filter(|four| four == b"PK\x01\x02").count() > PARTS {
            return Err(malformed("The workbook has more than 1,000 parts. Save the sheet with the accounts alone."));
        }
        let zip = ZipArchive::new(Cursor::new(file)).map_err(|_| broken())?;
        Ok(Self { zip, left: UNPACKED, watch })
    }

    /// Its sheets, the texts that their cells share, and the styles of times.
    pub fn read(&mut self) -> Result<Contents, Problem> {
        let book = self.relations("")?.into_iter().find(|relation| relation.kind == "officeDocument");
        let book = book.ok_or_else(broken)?.part;
        let relations = self.relations(&book)?;
        let sheets = self.sheets(&book, &relations)?;
        let part = |kind: &str| relations.iter().find(|relation| relation.kind == kind).map(|found| &*found.part);
        let texts = match part("sharedStrings") {
            Some(part) => self.texts(part)?,
            None => Texts::default(),
        };
        let styles = match part("styles") {
            Some(part) => self.part(part)?,
            None => None,
        };
        let times = styles.map(TimeStyles::read).transpose()?.unwrap_or_default();
        Ok(Contents { sheets, texts, times })
    }

    /// A part, if it is there. Names differ in case at times.
    pub fn part(&mut self, name: &str) -> Result<Option<Xml<'_, impl Read>>, Problem> {
        let is_it = |number: &usize| {
            let found = self.zip.name_for_index(*number).and_then(Result::ok);
            found.is_some_and(|found| found.replace('\\', "/").eq_ignore_ascii_case(name))
        };
        let Some(number) = (0..self.zip.len()).find(is_it) else {
            return Ok(None);
        };
        let part = self.zip.by_index(number).map_err(|_| broken())?;
        Ok(Some(Xml::new(part, &mut self.left, self.watch)))
    }

    /// What a part leads to; the root's own name is empty.
    fn relations(&mut self, of: &str) -> Result<Vec<Relation>, Problem> {
        let (folder, name) = of.rsplit_once('/').unwrap_or(("", of));
        let part = resolved(folder, &format!("_rels/{name}.rels"));
        let mut relations = Vec::new();
        let mut xml = self.part(&part)?.ok_or_else(broken)?;
        loop {
            match xml.next()? {
                Node::Start(tag) if tag.local_name().as_ref() == "Relationship" => {
                    let (id, kind) = (attribute(&tag, "Id")?, attribute(&tag, "Type")?);
                    let target = attribute(&tag, "Target")?;
                    let (Some(id), Some(kind), Some(target)) = (id, kind, target) else { return Err(broken()) };
                    let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                    relations.push(Relation { id, kind, part: resolved(folder, &target) });
                    if relations.len() > PARTS {
                        return Err(broken());
                    }
                }
                Node::Eof => return Ok(relations),
                _ => {}
            }
        }
    }

    fn sheets(&mut self, book: &str, relations: &[Relation]) -> Result<Vec<Sheet>, Problem> {
        let mut sheets = Vec::new();
        let mut xml = self.part(book)?.ok_or_else(broken)?;
        loop {
            match xml.next()? {
                Node::Start(tag) if tag.local_name().as_ref() == "sheet" => {
                    let id = attribute(&tag, "id")?.ok_or_else(broken)?;
                    let state = attribute(&tag, "state")?.unwrap_or_default();
                    let table = relations.iter().find(|relation| relation.id == id && relation.kind == "worksheet");
                    sheets.push(Sheet {
                        name: attribute(&tag, "name")?.unwrap_or_default(),
                        is_hidden: matches!(state.as_str(), "hidden" | "veryHidden"),
                        part: table.map(|table| table.part.clone()),
                    });
                }
                Node::Eof if sheets.is_empty() => return Err(malformed("The workbook has no sheet. Export it anew.")),
                Node::Eof => return Ok(sheets),
                _ => {}
            }
            if sheets.len() > PARTS {
                return Err(broken());
            }
        }
    }

    fn texts(&mut self, part: &str) -> Result<Texts, Problem> {
        let mut texts = Texts::default();
        let mut xml = self.part(part)?.ok_or_else(broken)?;
        loop {
            match xml.next()? {
                Node::Start(tag) if tag.local_name().as_ref() == "si" => texts.push(&rich_text(&mut xml)?)?,
                Node::Eof => return Ok(texts),
                _ => {}
            }
        }
    }
}

/// The text of a cell or of a shared text, up to its end: in one piece, or in runs of different fonts.
pub fn rich_text<R: Read>(xml: &mut Xml<'_, R>) -> Result<String, Problem> {
    let mut all = String::new();
    let mut depth = 1_usize;
    while depth > 0 {
        match xml.next()? {
            Node::Start(tag) => match tag.local_name().as_ref() {
                "t" => {
                    let keeps_spaces = attribute(&tag, "space")?.is_some_and(|space| space == "preserve");
                    let text = xml.text()?;
                    let text = if keeps_spaces { &text } else { text.trim_matches([' ', '\t', '\r', '\n']) };
                    if all.len() <= CHARACTERS * 4 {
                        all.push_str(text);
                    }
                }
                // How a text is pronounced.
                "rPh" => xml.skip()?,
                _ => depth += 1,
            },
            Node::End(_) => depth -= 1,
            Node::Eof => return Err(broken()),
            Node::Text(_) | Node::Other => {}
        }
    }
    Ok(unescaped(&all))
}

/// Characters that XML cannot hold are written as `_x000A_` (ECMA-376, part 1, section 22.4.2.4).
pub fn unescaped(text: &str) -> String {
    let mut all = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, escape) = rest.split_at(at);
        all.push_str(before);
        let digits = escape.get(2..6).filter(|digits| digits.bytes().all(|octet| octet.is_ascii_hexdigit()));
        let unit = digits.filter(|_| escape.as_bytes().get(6) == Some(&b'_'));
        match unit.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(unit) => {
                all.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
                rest = &escape[7..];
            }
            None => {
                all.push_str("_x");
                rest = &escape[2..];
            }
        }
    }
    all.push_str(rest);
    all
}

/// Where a target leads, from a folder of the zip file.
fn resolved(folder: &str, target: &str) -> String {
    let (folder, target) = match target.strip_prefix('/') {
        Some(target) => ("", target),
        None => (folder, target),
    };
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_found_from_its_folder() {
        for (folder, target, part) in [
            ("", "xl/workbook.xml", "xl/workbook.xml"),
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "/xl/workbook.xml", "xl/workbook.xml"),
            ("xl/worksheets", "../sharedStrings.xml", "xl/sharedStrings.xml"),
            ("", "../../../a", "a"),
        ] {
            assert_eq!(resolved(folder, target), part, "{folder} {target}");
        }
    }

    #[test]
    fn characters_that_xml_cannot_hold_are_unescaped() {
        for (text, read) in [
            ("a_x000A_b", "a\nb"),
            ("_x005F_x000A_", "_x000A_"),
            ("_xZZZZ_ _x00", "_xZZZZ_ _x00"),
            ("_xD800_", "\u{fffd}"),
            ("_xé", "_xé"),
        ] {
            assert_eq!(unescaped(text), read, "{text}");
        }
    }
}
