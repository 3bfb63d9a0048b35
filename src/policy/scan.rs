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

/// How deep brackets of any kind may stand in each other. The parser goes as deep.
const DEPTH: usize = 40;

/// Signs in a row: it goes as deep for these.
const SIGNS: usize = 3;

/// Operators that can stand in a chain. A chain is as deep as it is long, and ends on the stack when it is dropped.
const OPERATORS: usize = 2000;

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
    const NAMES: &str = "give the inner parts names of their own";
    const DOCUMENT: &str = "put lists into a data document";
    let mut weight = Weight::default();
    for token in tokens(text).filter(|token| token.kind == Kind::Code) {
        weight.add(text, token.range.start);
        let (words, help) = if weight.braces > NESTING {
            (format!("brackets more than {NESTING} deep in each other"), NAMES)
        } else if weight.brackets > DEPTH {
            (format!("brackets more than {DEPTH} deep in each other"), NAMES)
        } else if weight.effort > EFFORT {
            ("more nested brackets than the parser can read in a second".to_string(), DOCUMENT)
        } else if weight.signs > SIGNS {
            (format!("more than {SIGNS} signs in a row"), "")
        } else if weight.operators > OPERATORS {
            (format!("more than {OPERATORS} operators in one file"), DOCUMENT)
        } else {
            continue;
        };
        return Some(Refusal { span: token.range, words, help });
    }
    None
}

/// What the parser would have to carry.
#[derive(Default)]
struct Weight {
    /// Open `[` and `{`.
    braces: usize,
    /// Open brackets of any kind.
    brackets: usize,
    effort: u64,
    signs: usize,
    operators: usize,
}

impl Weight {
    /// Adds the byte of code at `at`.
    fn add(&mut self, text: &str, at: usize) {
        let bytes = text.as_bytes();
        let before = at.checked_sub(1).and_then(|before| bytes.get(before)).copied().unwrap_or(b' ');
        let byte = bytes[at];
        match byte {
            b'[' | b'{' => {
                self.braces += 1;
                self.brackets += 1;
                self.effort = self.effort.saturating_add(1 << self.braces.min(63));
            }
            b']' | b'}' => {
                self.braces = self.braces.saturating_sub(1);
                self.brackets = self.brackets.saturating_sub(1);
            }
            b'(' => self.brackets += 1,
            b')' => self.brackets = self.brackets.saturating_sub(1),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'<' | b'>' | b'!' => self.operators += 1,
            b'=' if before == b'=' => self.operators += 1,
            b'i' if !is_word(before)
                && text[at..].starts_with("in")
                && !bytes.get(at + 2).is_some_and(|after| is_word(*after)) =>
            {
                self.operators += 1
            }
            _ => {}
        }
        match byte {
            b'-' => self.signs += 1,
            byte if byte.is_ascii_whitespace() => {}
            _ => self.signs = 0,
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
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
        assert_eq!(
            path("# METADATA\n# title: [\"\n\npackage refgate.commit.signed\n"),
            Some("refgate.commit.signed".to_string())
        );
        assert_eq!(path("package refgate[\"commit\"].x # y"), Some("refgate.commit.x".to_string()));
        assert_eq!(path("package\trefgate"), Some("refgate".to_string()));
        for text in [
            "",
            "import rego.v1\npackage x",
            "packages x",
            "package",
            "package 1x",
            "package a[\"b.c\"]",
            "\"package x\"",
        ] {
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
    fn what_the_parser_would_go_deep_for_is_refused() {
        let calls = |depth: usize| format!("x := {}1{}", "f(".repeat(depth), ")".repeat(depth));
        assert_eq!(refuse(&calls(DEPTH)), None);
        assert!(refuse(&calls(DEPTH + 1)).is_some());
        assert_eq!(refuse("x := 1 - -1"), None);
        assert!(refuse("x := - - - - 1").unwrap().words.contains("signs"));
        for operator in ["+", "-", "==", "!=", "<", "&", " in "] {
            let chain = |length: usize| format!("x := {}1", format!("1{operator}").repeat(length));
            assert_eq!(refuse(&chain(OPERATORS)), None, "{operator}");
            assert!(refuse(&chain(OPERATORS + 1)).unwrap().words.contains("operators"), "{operator}");
        }
        assert_eq!(refuse(&"inside := input.in_ * 1 # in in in\n".repeat(OPERATORS)), None);
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
