//! The lines on the hook's stdin: what is read is written back to the byte, and names are names to others too.

#![no_main]

use libfuzzer_sys::fuzz_target;
use refgate::ids::ObjectFormat;
use refgate::push::{self, Command, PushError};

const LIMIT: usize = 100;

fuzz_target!(|text: &[u8]| {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        if let Ok(commands) = push::parse(text, format, LIMIT) {
            check(text, format, &commands);
        }
    }
});

fn check(text: &[u8], format: ObjectFormat, commands: &[Command]) {
    let lines: Vec<String> = commands.iter().map(|c| format!("{} {} {}\n", c.old, c.new, c.requested)).collect();
    assert_eq!(lines.concat().as_bytes(), text);
    assert!(!commands.is_empty() && commands.len() <= LIMIT);
    for (index, command) in commands.iter().enumerate() {
        let name = command.requested.as_str();
        assert!(name.starts_with("refs/"));
        assert!(gix::validate::reference::name(name.into()).is_ok(), "{name:?}");
        assert!(commands[..index].iter().all(|other| other.requested != command.requested));
    }
    let short = push::parse(text, format, commands.len() - 1);
    assert_eq!(short, Err(PushError::TooMany { limit: commands.len() - 1 }));
    let (last, others) = lines.split_last().unwrap_or_else(|| unreachable!());
    let doubled = [text, last.as_bytes()].concat();
    assert!(matches!(push::parse(&doubled, format, LIMIT + 1), Err(PushError::Twice { .. })));
    match push::parse(others.concat().as_bytes(), format, LIMIT) {
        Ok(fewer) => assert_eq!(fewer, commands[..others.len()]),
        Err(error) => assert!(others.is_empty() && error == PushError::Empty),
    }
}
