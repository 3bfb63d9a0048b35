//! Hints: what the pusher can do, with placeholders that are filled when a violation is told.

/// What the placeholders of a hint stand for; `""` where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HintValues<'a> {
    pub commit: &'a str,
    pub old: &'a str,
    pub new: &'a str,
    pub ref_name: &'a str,
    pub path: &'a str,
}

pub const PLACEHOLDERS: [&str; 5] = ["commit", "old", "new", "ref", "path"];

impl HintValues<'_> {
    fn of(&self, placeholder: &str) -> Option<&str> {
        match placeholder {
            "commit" => Some(self.commit),
            "old" => Some(self.old),
            "new" => Some(self.new),
            "ref" => Some(self.ref_name),
            "path" => Some(self.path),
            _ => None,
        }
    }
}

/// Puts values in place of `{commit} {old} {new} {ref} {path}`. Other braces stay as they are; values are not looked
/// into again. `""` where a value is wanted that there is none of: half a command helps nobody.
pub fn fill_hint(template: &str, values: &HintValues<'_>) -> String {
    pieces(template)
        .map(|piece| match piece {
            Piece::Text(text) => Some(text.to_string()),
            Piece::Placeholder(name) => match values.of(name) {
                Some(value) => (!value.is_empty()).then(|| value.to_string()),
                None => Some(format!("{{{name}}}")),
            },
        })
        .collect::<Option<String>>()
        .unwrap_or_default()
}

/// The first placeholder that means nothing.
pub fn unknown_placeholder(template: &str) -> Option<&str> {
    pieces(template).find_map(|piece| match piece {
        Piece::Placeholder(name) if !PLACEHOLDERS.contains(&name) => Some(name),
        _ => None,
    })
}

enum Piece<'a> {
    Text(&'a str),
    /// A lower-case word in braces.
    Placeholder(&'a str),
}

fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((name, after)) = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'))
            && !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        {
            rest = after;
            return Some(Piece::Placeholder(name));
        }
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let end = rest[first..].find('{').map_or(rest.len(), |at| first + at);
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Text(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_once_and_other_braces_stay() {
        let values = HintValues { commit: "{old}", ref_name: "refs/heads/main", ..HintValues::default() };
        assert_eq!(
            fill_hint("sign {commit} on {ref}, HEAD@{1} {other}", &values),
            "sign {old} on refs/heads/main, HEAD@{1} {other}"
        );
        assert_eq!(fill_hint("{", &values), "{");
    }

    #[test]
    fn a_hint_that_wants_a_value_where_there_is_none_is_no_hint() {
        let values = HintValues { commit: "3f2a91c", ..HintValues::default() };
        assert_eq!(fill_hint("replay {commit} with `git rebase {old}`", &values), "");
        assert_eq!(fill_hint("replay {commit}", &values), "replay 3f2a91c");
    }

    #[test]
    fn a_word_in_braces_that_means_nothing_is_found() {
        assert_eq!(unknown_placeholder("git rebase {old} {comit}"), Some("comit"));
        assert_eq!(unknown_placeholder("git rebase {old} HEAD@{1} {"), None);
    }
}
