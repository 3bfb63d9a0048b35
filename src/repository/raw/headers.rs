//! The headers of commits and tags: `key SP value LF`, lines that begin with a space continue the one before, an empty
//! line ends them. Knows no key.

use std::ops::Range;

use super::Unread;

/// One header with its continuation lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header<'a> {
    pub key: &'a [u8],
    /// The first line's value, without the line feed.
    pub value: &'a [u8],
    /// Whether lines follow that continue it.
    pub continued: bool,
    /// Where the header stands in the object, its last line feed included.
    pub span: Range<usize>,
}

/// An object cut into its headers and the rest.
#[derive(Debug)]
pub(super) struct Headers<'a> {
    pub raw: &'a [u8],
    pub list: Vec<Header<'a>>,
    /// Where the text after the empty line begins.
    pub body: usize,
}

impl<'a> Headers<'a> {
    /// Cuts a whole object. Some parsers end at a NUL and some do not ask for the empty line: neither may matter.
    pub fn split(raw: &'a [u8]) -> Result<Self, Unread> {
        if raw.contains(&0) {
            return Err(Unread::ambiguous("it holds a NUL byte"));
        }
        let mut list: Vec<Header<'a>> = Vec::new();
        let mut start = 0;
        loop {
            let rest = raw.get(start..).unwrap_or_default();
            let Some(length) = rest.iter().position(|&b| b == b'\n') else {
                return Err(Unread::ambiguous("its headers do not end in an empty line"));
            };
            let line = &rest[..length];
            let end = start + length + 1;
            match (line.first(), list.last_mut()) {
                (None, _) => return Ok(Self { raw, list, body: end }),
                (Some(b' '), Some(header)) => {
                    header.continued = true;
                    header.span.end = end;
                }
                (Some(b' '), None) => return Err(Unread::ambiguous("it begins with a space")),
                (Some(_), _) => list.push(parse_line(line, start..end)?),
            }
            start = end;
        }
    }

    /// A header's value, its lines joined by line feeds and ending in one: git's reading of a signature header.
    pub fn unfold(&self, header: &Header<'_>) -> Vec<u8> {
        let skip = header.key.len() + 1;
        let whole = self.raw.get(header.span.start + skip..header.span.end).unwrap_or_default();
        let mut text = Vec::with_capacity(whole.len());
        for (number, line) in whole.split_inclusive(|&b| b == b'\n').enumerate() {
            // The first line has lost its key already; the others begin with the space that continues.
            text.extend_from_slice(if number == 0 { line } else { line.get(1..).unwrap_or_default() });
        }
        text
    }

    pub fn body(&self) -> &'a [u8] {
        self.raw.get(self.body..).unwrap_or_default()
    }
}

fn parse_line(line: &[u8], span: Range<usize>) -> Result<Header<'_>, Unread> {
    match line.iter().position(|&b| b == b' ') {
        Some(space) => Ok(Header { key: &line[..space], value: &line[space + 1..], continued: false, span }),
        None => Err(Unread::ambiguous("it has a header without a value")),
    }
}
