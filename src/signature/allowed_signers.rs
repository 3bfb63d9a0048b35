//! OpenSSH's `allowed_signers` files: who may sign with which key, for what, and when (ssh-keygen(1), "ALLOWED
//! SIGNERS"). Text in, lines or problems out. Which lines a signature meets is decided in [`super::ssh`].
//!
//! A line means what it means to ssh-keygen. Where that would pass over a line, the whole file is a problem here, and
//! so it is where a line is well-formed but cannot be meant: an empty principal, a list that only excludes, quotes
//! inside a principal, a day that its month does not have, a 60th second, an option without a name, bytes that are
//! not UTF-8. And all lines of one key hold, where for ssh-keygen any one would do.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::problem::Problem;
use crate::signature::KeyFile;
use crate::signature::principal::PatternList;
use crate::signature::public_key::PublicKey;
use crate::time::Time;

/// The time zone of dates without a `Z` in `allowed_signers`; the default is UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Reads a compiled zone (RFC 8536), as `/etc/localtime` is; `None` when `bytes` are no such file.
    pub fn from_tzif(bytes: &[u8]) -> Option<Self> {
        TimeZone::tzif("local", bytes).ok().map(Self)
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

/// One line: a key, whom it may sign as, and its restrictions.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub principals: PatternList,
    /// `cert-authority`: the key certifies others and does not sign itself.
    pub authority: bool,
    /// `None`: any namespace.
    pub namespaces: Option<PatternList>,
    pub valid_after: Time,
    /// The last second at which the key is valid.
    pub valid_before: Time,
    pub key: PublicKey,
}

/// The lines of one file, with warnings, or every problem in it.
pub(super) fn parse(file: &KeyFile, zone: &Zone) -> Result<(Vec<Line>, Vec<Problem>), Vec<Problem>> {
    let text: Arc<str> = match std::str::from_utf8(&file.bytes) {
        Ok(text) => text.into(),
        Err(_) => return Err(vec![Problem::error(&file.path, "the file is not UTF-8")]),
    };
    let mut lines = Vec::new();
    let mut warnings = Vec::new();
    let mut problems = Vec::new();
    let mut start = 0;
    for row in text.split_inclusive('\n') {
        let mut cursor = Cursor { path: &file.path, text: &text, at: start, end: start + row.trim_end().len() };
        start += row.len();
        cursor.skip_blanks();
        if matches!(cursor.rest().chars().next(), None | Some('#')) {
            continue;
        }
        match cursor.line(zone) {
            Ok(line) => {
                if let Err(objection) = line.key.strong() {
                    warnings
                        .push(cursor.warning(format!("a signature by this key is never good: {}", objection.reason)));
                }
                lines.push(line);
            }
            Err(problem) => problems.push(*problem),
        }
    }
    if lines.is_empty() && problems.is_empty() {
        problems.push(Problem::error(&file.path, "the file holds no allowed signer"));
    }
    if problems.is_empty() { Ok((lines, warnings)) } else { Err(problems) }
}

/// A place in one line.
struct Cursor<'a> {
    path: &'a Path,
    text: &'a Arc<str>,
    at: usize,
    end: usize,
}

impl Cursor<'_> {
    fn line(&mut self, zone: &Zone) -> Result<Line, Box<Problem>> {
        let principals = self.principals()?;
        let mut options = Options::default();
        // A key type holds no `=` and is no option's name, so the next word tells which of the two stands here.
        if !PublicKey::is_type(self.peek()) {
            self.options(&mut options, zone)?;
        }
        if options.valid_after >= options.valid_before {
            return Err(
                self.problem(self.at..self.end, "'valid-before' is not after 'valid-after': the key is never valid")
            );
        }
        let start = self.at;
        let kind = self.word().to_string();
        let encoded = self.word().to_string();
        if encoded.is_empty() {
            return Err(
                self.problem(start..self.end, "the line has no key: it is principals, options if any, key type, key")
            );
        }
        let key = PublicKey::parse_openssh(&kind, &encoded)
            .map_err(|reason| self.problem(start..start + kind.len(), reason))?;
        Ok(Line {
            principals,
            authority: options.authority,
            namespaces: options.namespaces,
            valid_after: options.valid_after,
            valid_before: options.valid_before,
            key,
        })
    }

    /// A list of patterns, in double quotes where it holds blanks.
    fn principals(&mut self) -> Result<PatternList, Box<Problem>> {
        let start = self.at;
        if PublicKey::is_type(self.peek()) {
            return Err(self.problem(start..self.end, "the line begins with a key: whom it signs for stands before it"));
        }
        let text = if self.rest().starts_with('"') { self.quoted()? } else { self.take(self.peek().len()) };
        let span = start..self.at;
        if !self.rest().starts_with([' ', '\t']) {
            return Err(self.problem(span, "the principals are not followed by a blank and a key"));
        }
        self.skip_blanks();
        if text.contains('"') {
            return Err(self.problem(span, "a double quote stands inside the principals"));
        }
        if text.split(',').any(|pattern| pattern.is_empty() || pattern == "!") {
            return Err(self.problem(span, "a principal is empty"));
        }
        if text.split(',').all(|pattern| pattern.starts_with('!')) {
            return Err(self.problem(span, "the principals only exclude, so they match nobody"));
        }
        Ok(PatternList::parse(&text))
    }

    /// Options between commas, up to the next blank outside quotes.
    fn options(&mut self, options: &mut Options, zone: &Zone) -> Result<(), Box<Problem>> {
        loop {
            let start = self.at;
            let length = self.rest().find(|c: char| c == ',' || c == '=' || c.is_ascii_whitespace());
            let name = self.take(length.unwrap_or(self.rest().len())).to_ascii_lowercase();
            let value = if self.rest().starts_with('=') {
                self.take(1);
                if !self.rest().starts_with('"') {
                    return Err(self.problem(start..self.at, format!("the value of '{name}' is not in double quotes")));
                }
                Some(self.quoted()?)
            } else {
                None
            };
            let span = start..self.at;
            options.set(&name, value.as_deref(), zone).map_err(|reason| self.problem(span, reason))?;
            if self.rest().starts_with(',') {
                self.take(1);
            } else {
                break;
            }
        }
        if !self.rest().is_empty() && !self.rest().starts_with([' ', '\t']) {
            return Err(self.problem(self.at..self.end, "options are followed by neither a comma nor a blank"));
        }
        self.skip_blanks();
        Ok(())
    }

    /// What stands in double quotes; `\"` is a quote.
    fn quoted(&mut self) -> Result<String, Box<Problem>> {
        let start = self.at;
        self.take(1);
        let mut text = String::new();
        let mut characters = self.rest().char_indices();
        while let Some((offset, character)) = characters.next() {
            match character {
                '"' => {
                    self.at += offset + 1;
                    return Ok(text);
                }
                '\\' if self.rest().get(offset + 1..).is_some_and(|rest| rest.starts_with('"')) => {
                    characters.next();
                    text.push('"');
                }
                other => text.push(other),
            }
        }
        Err(self.problem(start..self.end, "a double quote is not closed"))
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..self.end).unwrap_or_default()
    }

    fn peek(&self) -> &str {
        self.rest().split([' ', '\t']).next().unwrap_or_default()
    }

    fn take(&mut self, count: usize) -> String {
        let taken = self.rest().get(..count).unwrap_or_default().to_string();
        self.at += taken.len();
        taken
    }

    fn word(&mut self) -> String {
        let word = self.take(self.peek().len());
        self.skip_blanks();
        word
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    fn problem(&self, span: Range<usize>, message: impl Into<String>) -> Box<Problem> {
        Box::new(Problem::error(self.path, message).at(self.text, span))
    }

    fn warning(&self, message: impl Into<String>) -> Problem {
        Problem::warning(self.path, message).at(self.text, self.at..self.end)
    }
}

#[derive(Debug)]
struct Options {
    authority: bool,
    namespaces: Option<PatternList>,
    valid_after: Time,
    valid_before: Time,
}

impl Default for Options {
    fn default() -> Self {
        Self { authority: false, namespaces: None, valid_after: Time::NEVER_WAS, valid_before: Time::NEVER_ENDS }
    }
}

impl Options {
    fn set(&mut self, name: &str, value: Option<&str>, zone: &Zone) -> Result<(), String> {
        match (name, value) {
            ("cert-authority", None) => self.authority = true,
            ("namespaces", Some(list)) if self.namespaces.is_none() => self.namespaces = Some(PatternList::parse(list)),
            ("valid-after", Some(date)) if self.valid_after == Time::NEVER_WAS => {
                self.valid_after = parse_date(date, zone)?
            }
            ("valid-before", Some(date)) if self.valid_before == Time::NEVER_ENDS => {
                self.valid_before = parse_date(date, zone)?;
            }
            ("namespaces" | "valid-after" | "valid-before", Some(_)) => return Err(format!("'{name}' is given twice")),
            ("namespaces" | "valid-after" | "valid-before", None) => return Err(format!("'{name}' has no value")),
            ("cert-authority", Some(_)) => return Err("'cert-authority' takes no value".to_string()),
            _ => return Err(format!("'{name}' is neither an option nor a type of key")),
        }
        Ok(())
    }
}

/// `YYYYMMDD` or `YYYYMMDDHHMM[SS]`, in UTC when followed by `Z` or `UTC`, else in `zone`. Only after 1970 began:
/// OpenSSH takes 0 for no limit.
fn parse_date(text: &str, zone: &Zone) -> Result<Time, String> {
    let wrong = || format!("'{text}' is no date: write YYYYMMDD or YYYYMMDDHHMM[SS], and Z behind it for UTC");
    let upper = text.to_ascii_uppercase();
    let (digits, zone) = match upper.strip_suffix("UTC").or_else(|| upper.strip_suffix('Z')) {
        Some(digits) => (digits, &Zone::default()),
        None => (upper.as_str(), zone),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !matches!(digits.len(), 8 | 12 | 14) {
        return Err(wrong());
    }
    let number = |range: Range<usize>| match digits.get(range) {
        Some(part) => part.parse::<i16>().map_err(|_| wrong()),
        None => Ok(0),
    };
    let small = |range| number(range).and_then(|value| i8::try_from(value).map_err(|_| wrong()));
    let (date, clock) = ((number(0..4)?, small(4..6)?, small(6..8)?), (small(8..10)?, small(10..12)?, small(12..14)?));
    let civil = DateTime::new(date.0, date.1, date.2, clock.0, clock.1, clock.2, 0).map_err(|_| wrong())?;
    let seconds = match civil.to_zoned(zone.0.clone()) {
        Ok(zoned) => zoned.timestamp().as_second(),
        // The last hours of the year 9999 lie beyond jiff's range in some zone; there the zone does not matter.
        Err(_) => civil.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).as_secs(),
    };
    if seconds > 0 { Ok(Time(seconds)) } else { Err(format!("'{text}' lies before 1970")) }
}
