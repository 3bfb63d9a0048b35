//! What git tells a pre-receive hook: the lines on stdin (githooks(5)). Bytes in, commands out.
//!
//! The text is the client's, not git's opinion: receive-pack checks names and old values only after the hook.
//! Nothing here looks at the repository.

use std::collections::HashSet;

use crate::ids::{ObjectFormat, ObjectId, RefName, RefNameError};

/// One line of stdin: what the client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What the client says the ref's value is; all zeros for "none".
    pub old: ObjectId,
    /// What it shall become; all zeros for "delete it".
    pub new: ObjectId,
    /// The name the client used, without any `GIT_NAMESPACE` prefix.
    pub requested: RefName,
}

/// Why stdin cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushError {
    /// No line at all: receive-pack never runs the hook without commands, so something on the way lost them.
    Empty,
    /// The last line does not end: something on the way cut it.
    Truncated,
    /// A line that is not `<old> SP <new> SP <ref> LF`.
    Malformed { line: Vec<u8> },
    /// A name that git would refuse.
    Name { name: Vec<u8>, error: RefNameError },
    /// The same ref twice: the outcome would depend on git's order of applying them.
    Twice { name: RefName },
    /// More lines than the limit.
    TooMany { limit: usize },
}

/// Reads the whole of stdin, strictly.
pub fn parse(stdin: &[u8], format: ObjectFormat, limit: usize) -> Result<Vec<Command>, PushError> {
    if stdin.is_empty() {
        return Err(PushError::Empty);
    }
    let mut commands = Vec::new();
    let mut seen = HashSet::new();
    for line in stdin.split_inclusive(|&b| b == b'\n') {
        if commands.len() == limit {
            return Err(PushError::TooMany { limit });
        }
        let line = line.strip_suffix(b"\n").ok_or(PushError::Truncated)?;
        let command = parse_line(line, format)?;
        if !seen.insert(command.requested.clone()) {
            return Err(PushError::Twice { name: command.requested });
        }
        commands.push(command);
    }
    Ok(commands)
}

fn parse_line(line: &[u8], format: ObjectFormat) -> Result<Command, PushError> {
    let malformed = || PushError::Malformed { line: line.to_vec() };
    let digits = format.hex_digits();
    let name_starts = 2 * digits + 2;
    if line.len() < name_starts || line[digits] != b' ' || line[name_starts - 1] != b' ' {
        return Err(malformed());
    }
    let old = ObjectId::parse(&line[..digits], format).ok_or_else(malformed)?;
    let new = ObjectId::parse(&line[digits + 1..name_starts - 1], format).ok_or_else(malformed)?;
    let name = &line[name_starts..];
    let requested =
        RefName::parse(name, new.is_null()).map_err(|error| PushError::Name { name: name.to_vec(), error })?;
    Ok(Command { old, new, requested })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: &str = "1111111111111111111111111111111111111111";
    const Z: &str = "0000000000000000000000000000000000000000";

    fn read(text: &str) -> Result<Vec<Command>, PushError> {
        parse(text.as_bytes(), ObjectFormat::Sha1, 3)
    }

    #[test]
    fn lines_become_commands_in_order() {
        let commands = read(&format!("{Z} {A} refs/heads/main\n{A} {Z} refs/tags/v1\n")).unwrap();
        let names: Vec<_> = commands.iter().map(|c| c.requested.as_str()).collect();
        assert_eq!(names, ["refs/heads/main", "refs/tags/v1"]);
        assert!(commands[0].old.is_null() && commands[1].new.is_null());
    }

    #[test]
    fn whatever_is_not_git_s_form_is_refused() {
        assert_eq!(read(""), Err(PushError::Empty));
        assert_eq!(read(&format!("{Z} {A} refs/heads/main")), Err(PushError::Truncated));
        for line in [
            "\n",
            "x\n",
            &format!("{Z}  {A} refs/heads/main\n"),
            &format!("{Z}\t{A} refs/heads/main\n"),
            &format!("{} {A} refs/heads/main\n", A.replace('1', "A")),
        ] {
            assert!(matches!(read(line), Err(PushError::Malformed { .. })), "{line:?}");
        }
        assert!(matches!(read(&format!("{Z} {A} HEAD\n")), Err(PushError::Name { .. })));
        assert!(matches!(read(&format!("{Z} {A} refs/heads/main\r\n")), Err(PushError::Name { .. })));
        let twice = format!("{A} {Z} refs/heads/main\n{Z} {A} refs/heads/main\n");
        assert!(matches!(read(&twice), Err(PushError::Twice { .. })));
    }

    #[test]
    fn the_limit_itself_passes_and_one_more_does_not() {
        let lines = |n: usize| (0..n).map(|i| format!("{Z} {A} refs/heads/b{i}\n")).collect::<String>();
        assert_eq!(read(&lines(3)).unwrap().len(), 3);
        assert_eq!(read(&lines(4)), Err(PushError::TooMany { limit: 3 }));
    }

    /// Pieces of lines, well and badly formed, so that random input often comes close to being right.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            4 => Just(format!("{A} {Z} refs/heads/main\n").into_bytes()),
            4 => "[a-z/.]{1,6}".prop_map(|name| format!("{Z} {A} refs/heads/{name}\n").into_bytes()),
            1 => Just(A.as_bytes().to_vec()),
            1 => Just(b" ".to_vec()),
            1 => Just(b"\n".to_vec()),
            1 => Just(b"\0".to_vec()),
            1 => prop::collection::vec(any::<u8>(), 0..8),
        ]
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_back_to_the_byte(pieces in prop::collection::vec(piece(), 0..5)) {
            let text = pieces.concat();
            if let Ok(commands) = parse(&text, ObjectFormat::Sha1, 10) {
                let written: String = commands.iter().map(|c| format!("{} {} {}\n", c.old, c.new, c.requested)).collect();
                prop_assert_eq!(written.as_bytes(), &text[..]);
                prop_assert!(!commands.is_empty());
            }
        }

        #[test]
        fn a_line_more_never_makes_bad_input_good(pieces in prop::collection::vec(piece(), 0..4), line in "[a-z]{1,4}") {
            let bad = pieces.concat();
            if parse(&bad, ObjectFormat::Sha1, 10).is_err() && bad.ends_with(b"\n") {
                let more = [bad, format!("{Z} {A} refs/tags/{line}\n").into_bytes()].concat();
                prop_assert!(parse(&more, ObjectFormat::Sha1, 10).is_err());
            }
        }
    }
}
