//! Characters that make text look like something else. Says what is there; what to do about it is a rule's business.

use super::Anomalies;

/// Where text stands decides what is ordinary in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// Tab, LF and CR LF are ordinary.
    Message,
    /// One line: a name, an e-mail, a path.
    Name,
}

/// Adds `not_utf8`, `control_characters` and `bidi_characters` where they hold.
pub(in crate::repository) fn look_at(bytes: &[u8], kind: TextKind, anomalies: &mut Anomalies) {
    if kind == TextKind::Name && bytes.iter().all(|b| (0x20..0x7f).contains(b)) {
        return;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            anomalies.add_if(controls(text, kind), "control_characters");
            anomalies.add_if(bidirectional(text, kind), "bidi_characters");
        }
        Err(_) => {
            anomalies.add("not_utf8");
            for chunk in bytes.utf8_chunks() {
                anomalies.add_if(controls(chunk.valid(), kind), "control_characters");
                anomalies.add_if(bidirectional(chunk.valid(), kind), "bidi_characters");
            }
        }
    }
}

/// Whether there are control characters (C0, DEL, C1), or the two that break lines like one.
pub fn controls(text: &str, kind: TextKind) -> bool {
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let ordinary = match (kind, character) {
            (TextKind::Message, '\t' | '\n') => true,
            (TextKind::Message, '\r') => rest.peek() == Some(&'\n'),
            (_, '\u{2028}' | '\u{2029}') => false,
            _ => !character.is_control(),
        };
        if !ordinary {
            return true;
        }
    }
    false
}

/// Whether there are explicit formatting characters of the bidirectional algorithm (UAX #9, section 2). In names the
/// implicit marks count too: they are invisible, and nothing in a name needs them.
pub fn bidirectional(text: &str, kind: TextKind) -> bool {
    text.chars().any(|character| match character {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{061c}' | '\u{200e}' | '\u{200f}' => kind == TextKind::Name,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(bytes: &[u8], kind: TextKind) -> Vec<String> {
        let mut anomalies = Anomalies::default();
        look_at(bytes, kind, &mut anomalies);
        anomalies.into_names()
    }

    #[test]
    fn ordinary_text_has_no_anomalies() {
        for text in ["", "plain", "Zoë Ünïcode", "日本語", "עברית"] {
            assert_eq!(names(text.as_bytes(), TextKind::Name), [""; 0], "{text:?}");
        }
        assert_eq!(names("a\tb\r\n\nש\u{200f}!\n".as_bytes(), TextKind::Message), [""; 0]);
    }

    #[test]
    fn characters_that_deceive_are_named() {
        for text in ["a\tb", "a\x1b[31m", "a\x7f", "a\u{85}b", "a\u{2028}b", "a\rb"] {
            assert_eq!(names(text.as_bytes(), TextKind::Name), ["control_characters"], "{text:?}");
        }
        assert_eq!(names(b"a\rb\n", TextKind::Message), ["control_characters"]);
        assert_eq!(names("a\u{202e}b".as_bytes(), TextKind::Message), ["bidi_characters"]);
        assert_eq!(names("a\u{200f}b".as_bytes(), TextKind::Name), ["bidi_characters"]);
        assert_eq!(names(b"\xff\x1b", TextKind::Message), ["control_characters", "not_utf8"]);
    }
}
