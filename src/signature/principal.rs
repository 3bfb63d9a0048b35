//! Lists of patterns, as `allowed_signers` uses them for principals and namespaces (ssh_config(5), "PATTERNS").
//! On bytes and by case; not the dialect of refs and paths.

/// Patterns between commas: `*` any bytes, `?` one byte, `!` in front excludes whatever the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PatternList {
    patterns: Vec<String>,
}

impl PatternList {
    pub(super) fn parse(text: &str) -> Self {
        Self { patterns: text.split(',').map(str::to_string).collect() }
    }

    /// Some pattern matches and no excluding one does.
    pub(super) fn matches(&self, word: &str) -> bool {
        let mut found = false;
        for pattern in &self.patterns {
            match pattern.strip_prefix('!') {
                Some(excluded) if matches(excluded.as_bytes(), word.as_bytes()) => return false,
                Some(_) => {}
                None => found |= matches(pattern.as_bytes(), word.as_bytes()),
            }
        }
        found
    }

    /// The one word this list can match; `None` where it holds several, a wildcard or an exclusion.
    pub(super) fn literal(&self) -> Option<&str> {
        match self.patterns.as_slice() {
            [only] if !only.is_empty() && !only.starts_with('!') && !only.contains(['*', '?']) => Some(only),
            _ => None,
        }
    }

    /// As written.
    pub(super) fn patterns(&self) -> &[String] {
        &self.patterns
    }
}

/// Whether the whole word matches. At most `pattern.len() * word.len()` steps: only the last `*` is ever retried.
fn matches(pattern: &[u8], word: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while read < word.len() {
        match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at, read));
                at += 1;
            }
            Some(&byte) if byte == b'?' || Some(&byte) == word.get(read) => {
                at += 1;
                read += 1;
            }
            Some(_) | None => match &mut retry {
                Some((star, from)) => {
                    *from += 1;
                    (at, read) = (*star + 1, *from);
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_matches_by_any_pattern_and_an_exclusion_wins_in_any_order() {
        for (list, word, expected) in [
            ("alice@a", "alice@a", true),
            ("alice@a", "ALICE@a", false),
            ("*@a", "alice@a", true),
            ("*@a", "alice@ab", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-", false),
            ("?", "", false),
            ("*", "", true),
            ("bob,al?ce", "alice", true),
            ("*,!alice", "alice", false),
            ("!alice,*", "alice", false),
            ("!alice,*", "bob", true),
            ("!bob", "alice", false),
            ("!!bob", "bob", false),
            ("", "", true),
            ("a\\*", "a*", false),
        ] {
            assert_eq!(PatternList::parse(list).matches(word), expected, "'{list}' on '{word}'");
        }
    }

    #[test]
    fn only_a_single_plain_pattern_is_literal() {
        assert_eq!(PatternList::parse("alice@a").literal(), Some("alice@a"));
        for list in ["", "*", "a?", "!a", "a,b", "a,"] {
            assert_eq!(PatternList::parse(list).literal(), None, "{list}");
        }
    }
}
