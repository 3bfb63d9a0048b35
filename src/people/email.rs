//! E-mail addresses as operators write them. Says nothing about whether an address exists.

/// One `*` in the part before the `@`: `*+alice@users.noreply.github.com`. In ASCII lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailPattern {
    before: String,
    after: String,
}

impl EmailPattern {
    /// `None` for whatever is not a pattern, or would be everybody's address somewhere.
    pub fn parse(email: &str) -> Option<Self> {
        let (before, after) = email.split_once('*')?;
        let (local, domain) = after.split_once('@')?;
        let says_who = !before.is_empty() || !local.is_empty();
        let once = !after.contains('*') && !before.contains('@') && !domain.is_empty() && !domain.contains('@');
        (says_who && once).then(|| Self { before: before.to_ascii_lowercase(), after: after.to_ascii_lowercase() })
    }

    /// `email` in ASCII lower case.
    pub fn matches(&self, email: &str) -> bool {
        let middle = email.strip_prefix(&self.before).and_then(|rest| rest.strip_suffix(&self.after));
        middle.is_some_and(|middle| !middle.contains('@'))
    }

    /// Whether some address would be both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (before, after) = ((&self.before, &other.before), (&self.after, &other.after));
        (before.0.starts_with(before.1.as_str()) || before.1.starts_with(before.0.as_str()))
            && (after.0.ends_with(after.1.as_str()) || after.1.ends_with(after.0.as_str()))
    }
}

/// Whether git could hold it as an e-mail: no angle brackets, no space at all.
pub fn is_address(text: &str) -> bool {
    !text.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | '"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_one_person_s_addresses() {
        let pattern = EmailPattern::parse("*+Alice@users.noreply.github.com").unwrap();
        assert!(
            pattern.matches("1234+alice@users.noreply.github.com")
                && pattern.matches("+alice@users.noreply.github.com")
        );
        assert!(!pattern.matches("1234+malice@users.noreply.github.com.evil.org"));
        assert!(!pattern.matches("a@b+alice@users.noreply.github.com"));
        for wrong in
            ["alice@example.org", "*@example.org", "a*b*@example.org", "alice@*.org", "*alice", "*alice@", "*a@b@c"]
        {
            assert_eq!(EmailPattern::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn two_patterns_overlap_when_one_address_is_both() {
        let overlap = |one, other| EmailPattern::parse(one).unwrap().overlaps(&EmailPattern::parse(other).unwrap());
        assert!(overlap("*+al@x.org", "1*+al@x.org") && overlap("a*b@x.org", "ab*@x.org"));
        assert!(overlap("a*@x.org", "*b@x.org"));
        assert!(!overlap("*+al@x.org", "*+bo@x.org"));
    }
}
