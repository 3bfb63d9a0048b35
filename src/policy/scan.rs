//! A first look at a Rego file, before the engine's parser sees it: its package, and whether parsing it would take
//! forever. Knows comments, strings and brackets, and no more of the language.

use std::ops::Range;

/// The largest rule file, in bytes.
pub const FILE_BYTES: usize = 256 << 10;

/// How deep `[` and `{` may stand in each other. The engine's parser reads what stands in a bracket twice, again in
/// each: time doubles with every level.
pub const NESTING: usize = 10;

/// Bracket openings, each counted twice as much per level, as the parser's time is. About a second.
const EFFORT: u64 = 1 << 18;

/// Why a file is not given to the parser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub span: Range<usize>,
    pub words: String,
    pub help: &'static str,
}

/// The `package` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// `refgate`, `commit`, `signed`.
    pub path: Vec<String>,
    /// Of the dotted name.
    pub span: Range<usize>,
    /// Where the line's keyword begins.
    pub start: usize,
}

/// Says no to files that are no text a person would write.
pub fn refuse(text: &str) -> Option<Refusal> {
    if text.starts_with('\u{feff}') {
        let help = "save the file as UTF-8 without a byte order mark";
        return Some(Refusal { span: 0..3, words: "the file begins with a byte order mark".to_string(), help });
    }
    if text.len() > FILE_BYTES {
        let words = format!("the file has {} bytes, more than {FILE_BYTES}", text.len());
        return Some(Refusal { span: 0..0, words, help: "put lists into a data document" });
    }
    refuse_nesting(text)
}

fn refuse_nesting(text: &str) -> Option<Refusal> {
    let mut depth = 0_usize;
    let mut effort = 0_u64;
    for token in tokens(text) {
        match text.as_bytes()[token.range.start] {
            _ if token.kind != Kind::Code => {}
            b'[' | b'{' => {
                depth += 1;
                if depth > NESTING {
                    let words = format!("brackets more than {NESTING} deep in each other");
                    return Some(Refusal { span: token.range, words, help: "give the inner parts names of their own" });
                }
                effort = effort.saturating_add(1 << depth);
                if effort > EFFORT {
                    let words = "more nested brackets than the parser can read in a second".to_string();
                    return Some(Refusal { span: token.range, words, help: "put lists into a data document" });
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The package a file says it is; `None` where no package line comes first.
pub fn package(text: &str) -> Option<Package> {
    let mut code = tokens(text).filter(|token| token.kind != Kind::Comment && !is_space(text, token));
    let keyword = code.next()?;
    let start = keyword.range.start;
    let rest = text[start..].strip_prefix("package")?;
    let name_start = start + "package".len() + rest.find(|c: char| !c.is_ascii_whitespace())?;
    if name_start == start + "package".len() {
        return None;
    }
    let mut path = Vec::new();
    let mut at = name_start;
    loop {
        let word = word(&text[at..])?;
        path.push(word.to_string());
        at += word.len();
        while let Some(quoted) = text[at..].strip_prefix("[\"") {
            let (quoted, _) = quoted.split_once("\"]")?;
            path.push(quoted_word(quoted)?.to_string());
            at += quoted.len() + 4;
        }
        if !text[at..].starts_with('.') {
            return Some(Package { path, span: name_start..at, start });
        }
        at += 1;
    }
}

fn word(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    let word = &text[..end];
    (!word.is_empty() && !word.starts_with(|c: char| c.is_ascii_digit())).then_some(word)
}

fn quoted_word(quoted: &str) -> Option<&str> {
    word(quoted).filter(|word| *word == quoted)
}

fn is_space(text: &str, token: &Token) -> bool {
    token.kind == Kind::Code && text.as_bytes()[token.range.start].is_ascii_whitespace()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// One byte of anything else.
    Code,
    /// To the end of the line, without the line feed.
    Comment,
    /// Either kind of string, quotes included.
    Text,
}

struct Token {
    kind: Kind,
    range: Range<usize>,
}

fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at;
        let rest = bytes.get(start..)?;
        let (kind, length) = match rest.first()? {
            b'#' => (Kind::Comment, rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len())),
            b'"' => (Kind::Text, quoted_length(rest)),
            b'`' => (Kind::Text, rest[1..].iter().position(|&b| b == b'`').map_or(rest.len(), |end| end + 2)),
            _ => (Kind::Code, 1),
        };
        at = start + length;
        Some(Token { kind, range: start..at })
    })
}

/// A string in double quotes ends at the next quote that no backslash stands before, or with the line.
fn quoted_length(rest: &[u8]) -> usize {
    let mut escaped = false;
    for (at, &byte) in rest.iter().enumerate().skip(1) {
        match byte {
            b'\n' => return at,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Option<String> {
        package(text).map(|package| package.path.join("."))
    }

    #[test]
    fn the_package_is_found_behind_comments_only() {
        assert_eq!(path("# METADATA\n# title: [\"\n\npackage refgate.commit.signed\n"), Some("refgate.commit.signed".to_string()));
        assert_eq!(path("package refgate[\"commit\"].x # y"), Some("refgate.commit.x".to_string()));
        assert_eq!(path("package\trefgate"), Some("refgate".to_string()));
        for text in ["", "import rego.v1\npackage x", "packages x", "package", "package 1x", "package a[\"b.c\"]", "\"package x\""] {
            assert_eq!(path(text), None, "{text:?}");
        }
    }

    #[test]
    fn brackets_at_the_limit_pass_and_one_more_does_not() {
        let nested = |depth: usize| format!("x := {}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(refuse(&nested(NESTING)), None);
        assert!(refuse(&nested(NESTING + 1)).is_some());
    }

    #[test]
    fn many_deep_brackets_are_refused_together() {
        let one = format!("{}{}", "{".repeat(9), "}".repeat(9));
        assert_eq!(refuse(&one.repeat(10)), None);
        assert!(refuse(&one.repeat(1000)).unwrap().words.contains("parser"));
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let open = "[".repeat(50);
        assert_eq!(refuse(&format!("# {open}\nx := \"\\\"{open}\"\ny := `\n{open}`")), None);
        assert!(refuse(&format!("x := \"\n{open}")).is_some());
    }

    #[test]
    fn a_byte_order_mark_is_named() {
        assert!(refuse("\u{feff}package x").unwrap().words.contains("byte order mark"));
    }
}
