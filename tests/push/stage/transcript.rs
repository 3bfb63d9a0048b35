//! What people were told: git's and the hook's words, made comparable. Decides nothing about the push.

use std::collections::BTreeMap;

/// Words that reached somebody.
#[derive(Clone, Debug)]
pub struct Told {
    /// As they came, for what must be checked byte by byte.
    pub raw: Vec<u8>,
    /// Without git's `remote: ` and with ids replaced: objects `<a>`, `<b>`, … in order of appearance, the null id
    /// `<zero>`, the decision `<decision>`.
    pub text: String,
    /// As `text`, with the ids.
    pub plain: String,
    /// As `plain`, and only what came from the server where git marked that.
    pub by_server: String,
}

impl Told {
    pub fn new(raw: Vec<u8>) -> Self {
        let marked = String::from_utf8_lossy(&raw);
        let plain = without_prefixes(marked.lines());
        let by_server = match marked.contains("remote:") {
            true => without_prefixes(marked.lines().filter(|line| line.starts_with("remote:"))),
            false => plain.clone(),
        };
        Self { text: with_placeholders(&plain), plain, by_server, raw }
    }

    /// Every part of `words`, which `…` separates, stands there, in this order.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        let mut rest = self.text.as_str();
        for part in words.split('…').map(str::trim) {
            match rest.find(part) {
                Some(start) => rest = &rest[start + part.len()..],
                None => panic!("'{part}' is missing (from '{words}') in:\n{}", self.text),
            }
        }
        self
    }

    /// The server does not say these words; git's own lines, which repeat what was pushed where, do not count.
    #[track_caller]
    pub fn never_says(self, words: &str) -> Self {
        assert!(!self.by_server.contains(words), "'{words}' should not be said in:\n{}", self.plain);
        self
    }

    /// How often the words stand there.
    pub fn count(&self, words: &str) -> usize {
        self.text.matches(words).count()
    }

    /// The id of the decision, as the pusher would quote it.
    #[track_caller]
    pub fn decision(&self) -> String {
        let found = words_of(&self.plain).find(|word| is_decision(word));
        found.unwrap_or_else(|| panic!("no decision id is told in:\n{}", self.plain)).to_string()
    }
}

/// Takes git's `remote: ` and the blanks after it from the lines that have it.
fn without_prefixes<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let lines = lines.map(|line| match line.strip_prefix("remote:") {
        Some(rest) => rest.strip_prefix(' ').unwrap_or(rest).trim_end(),
        None => line.trim_end(),
    });
    lines.fold(String::new(), |text, line| text + line + "\n")
}

fn with_placeholders(text: &str) -> String {
    let mut names = BTreeMap::new();
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(word) = words_of(rest).next() {
        let start = word.as_ptr() as usize - rest.as_ptr() as usize;
        replaced.push_str(&rest[..start]);
        replaced.push_str(&placeholder(word, &mut names));
        rest = &rest[start + word.len()..];
    }
    replaced + rest
}

/// Runs of ASCII letters and digits.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// The name of an id, or the word itself. Ids are whole (40 or 64 digits) or cut to seven, as refgate prints them.
fn placeholder(word: &str, names: &mut BTreeMap<String, String>) -> String {
    if is_decision(word) {
        return "<decision>".to_string();
    }
    let is_hex = word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_id = matches!(word.len(), 40 | 64) || word.len() == 7 && word.bytes().any(|byte| byte.is_ascii_digit());
    if !is_hex || !is_id {
        return word.to_string();
    }
    if word.bytes().all(|byte| byte == b'0') {
        return "<zero>".to_string();
    }
    let next = char::from(b'a' + u8::try_from(names.len().min(25)).expect("at most 25"));
    names.entry(word[..7].to_string()).or_insert_with(|| format!("<{next}>")).clone()
}

/// A ULID: 26 digits and capital letters, no I, L, O or U.
fn is_decision(word: &str) -> bool {
    let is_crockford = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() && !b"ILOU".contains(&byte);
    word.len() == 26 && word.bytes().all(is_crockford)
}
