//! A part of a workbook as XML (ECMA-376), read node by node. What is unpacked is counted, and no node takes more room
//! than the longest cell: what is longer is cut, and whoever reads it finds it too long.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

use model::Problem;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesEnd, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::limits::{CHARACTERS, Watch};
use super::table::malformed;

/// Octets of a node. A text that is cut here has more characters than a cell: each has four octets at most.
const NODE: usize = CHARACTERS * 4 + 64;
/// Octets that a node may have beyond that: none of a text, which ends there.
const BEYOND: usize = 1024;

pub struct Xml<'a, R: Read> {
    reader: Reader<Bounded<'a, R>>,
    node: Vec<u8>,
}

pub enum Node<'a> {
    Start(BytesStart<'a>),
    End(BytesEnd<'a>),
    Text(Cow<'a, str>),
    /// A comment, or what else says nothing.
    Other,
    /// The end of the part.
    Eof,
}

impl<'a, R: Read> Xml<'a, R> {
    /// `left` is how much the whole workbook may still unpack to.
    pub fn new(part: R, left: &'a mut u64, watch: &'a Watch) -> Self {
        let from = BufReader::with_capacity(16 * 1024, part);
        let mut reader = Reader::from_reader(Bounded { from, node: 0, left, watch });
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = false;
        Self { reader, node: Vec::new() }
    }

    pub fn next(&mut self) -> Result<Node<'_>, Problem> {
        self.node.clear();
        self.reader.get_mut().node = 0;
        Ok(match self.reader.read_event_into(&mut self.node).map_err(|error| unread(&error))? {
            Event::Start(tag) | Event::Empty(tag) => Node::Start(tag),
            Event::End(tag) => Node::End(tag),
            Event::Text(text) => Node::Text(text.xml10_content()),
            Event::CData(text) => Node::Text(text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|error| unread(&error))?;
                match (character, resolve_xml_entity(&reference)) {
                    (Some(character), _) => Node::Text(character.to_string().into()),
                    (None, Some(text)) => Node::Text(text.into()),
                    (None, None) => return Err(broken()),
                }
            }
            Event::Eof => Node::Eof,
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => Node::Other,
        })
    }

    /// Goes on behind the end of the element that was begun last.
    pub fn skip(&mut self) -> Result<(), Problem> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next()? {
                Node::Start(_) => depth += 1,
                Node::End(_) => depth -= 1,
                Node::Eof => return Err(broken()),
                Node::Text(_) | Node::Other => {}
            }
        }
        Ok(())
    }

    /// The text of the element that was begun last, up to its end.
    pub fn text(&mut self) -> Result<String, Problem> {
        let mut all = String::new();
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next()? {
                // One piece more than it takes to be too long says as much as all of them.
                Node::Text(text) if depth == 1 && all.len() <= NODE => all.push_str(&text),
                Node::Text(_) | Node::Other => {}
                Node::Start(_) => depth += 1,
                Node::End(_) => depth -= 1,
                Node::Eof => return Err(broken()),
            }
        }
        Ok(all)
    }
}

/// The value of an attribute, whatever its prefix.
pub fn attribute(tag: &BytesStart<'_>, name: &str) -> Result<Option<String>, Problem> {
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| broken())?;
        if attribute.key.local_name().as_ref() == name {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| unread(&error))?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

pub fn broken() -> Problem {
    malformed("The file is not a workbook (XLSX), or it is damaged or encrypted. Save it anew.")
}

fn unread(error: &quick_xml::Error) -> Problem {
    match error {
        quick_xml::Error::Io(cause) => match cause.get_ref().and_then(|cause| cause.downcast_ref::<Problem>()) {
            Some(problem) => problem.clone(),
            None => broken(),
        },
        _ => broken(),
    }
}

/// What a part unpacks to, with its nodes cut.
struct Bounded<'a, R> {
    from: BufReader<R>,
    /// Octets of the node so far.
    node: usize,
    left: &'a mut u64,
    watch: &'a Watch,
}

impl<R: Read> Bounded<'_, R> {
    /// Passes over what is beyond a node's room, up to what can end a text.
    fn cut(&mut self) -> io::Result<()> {
        loop {
            let octets = self.from.fill_buf()?;
            let ends = octets.iter().position(|octet| matches!(octet, b'<' | b'&'));
            let passed = ends.unwrap_or(octets.len());
            if passed == 0 {
                return Ok(());
            }
            self.spend(passed);
            self.check()?;
        }
    }

    fn spend(&mut self, octets: usize) {
        self.from.consume(octets);
        *self.left = self.left.saturating_sub(octets as u64);
    }

    fn check(&self) -> io::Result<()> {
        self.watch.check().map_err(io::Error::other)?;
        match *self.left {
            0 => Err(io::Error::other(malformed(
                "The workbook unpacks to more than 64 MB. Save the sheet with the accounts alone.",
            ))),
            _ => Ok(()),
        }
    }
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let octets = self.fill_buf()?;
        let read = octets.len().min(into.len());
        into[..read].copy_from_slice(&octets[..read]);
        self.consume(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for Bounded<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.check()?;
        let next = self.from.fill_buf()?.first();
        let goes_on_in_a_character = next.is_some_and(|octet| octet & 0xC0 == 0x80);
        let room = match self.node {
            octets if octets < NODE => NODE - octets,
            octets if octets < NODE + 3 && goes_on_in_a_character => 1,
            octets if octets < NODE + BEYOND => {
                self.cut()?;
                1
            }
            _ => return Err(io::Error::other(broken())),
        };
        let octets = self.from.fill_buf()?;
        Ok(&octets[..octets.len().min(room)])
    }

    fn consume(&mut self, octets: usize) {
        self.node += octets;
        self.spend(octets);
    }
}
