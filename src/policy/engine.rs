//! The Rego engine as refgate uses it: how it is set up, and what its complaints say.

use std::ops::Range;

/// An engine without rules. Builtin errors are errors: with OPA's default a `deny` whose builtin fails just does not
/// fire, which would accept the push.
pub fn new() -> regorus::Engine {
    let mut engine = regorus::Engine::new();
    engine.set_strict_builtin_errors(true);
    engine.set_gather_prints(true);
    engine
}

/// What the engine says, taken apart. It writes `--> file:line:column`, a frame, and `error: words`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    pub file: String,
    /// 1-based; 0 when the engine names no place.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    pub words: String,
}

impl Complaint {
    pub fn parse(error: &str) -> Self {
        let words = match error.rfind("error: ") {
            Some(at) => &error[at + "error: ".len()..],
            None => error,
        };
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        match place(error) {
            Some((file, line, column)) => Self { file, line, column, words },
            None => Self { file: String::new(), line: 0, column: 0, words },
        }
    }

    /// The place in the file's text, to the end of the word or at least one byte.
    pub fn span(&self, text: &str) -> Range<usize> {
        let Some(line) = self.line.checked_sub(1) else { return 0..0 };
        let line_start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let rest = text.get(line_start..).unwrap_or_default().lines().next().unwrap_or_default();
        let column = self.column.saturating_sub(1);
        let within = rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at);
        let start = line_start + within;
        let word = rest[within..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len() - within);
        let first = rest[within..].chars().next().map_or(0, char::len_utf8);
        start..start + word.max(first)
    }
}

fn place(error: &str) -> Option<(String, usize, usize)> {
    let line = error.lines().find_map(|line| line.strip_prefix("--> "))?;
    let mut parts = line.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    Some((parts.next()?.to_string(), line, column))
}
