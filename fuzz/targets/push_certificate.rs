//! Push certificates: one that is read is about its own commands and no others, and nobody signs one but who did.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use refgate::gate::Statement;
use refgate::ids::ObjectFormat;
use refgate::push;
use refgate::signature::Keyring;
use refgate_fuzz::signed::{self, CERTIFICATE, is_good, verify};

static KEYRING: LazyLock<Keyring> = LazyLock::new(signed::keyring);

fuzz_target!(|blob: &[u8]| {
    let Some(statement) = Statement::parse(blob) else { return };
    let signed = &statement.signed;
    assert_eq!([signed.payload.as_slice(), &signed.signature].concat(), blob);
    assert!(signed.signature.starts_with(b"-----BEGIN ") && signed.payload.ends_with(b"\n"));
    assert!(!statement.commands.is_empty());
    for line in &statement.commands {
        assert!(String::from_utf8_lossy(&signed.payload).contains(&format!("\n{line}\n")));
    }
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        check_commands(&statement, format);
    }
    let verification = verify(&KEYRING, &signed.payload, &signed.signature);
    if is_good(&verification) {
        assert!(CERTIFICATE.starts_with(&signed.payload), "a certificate that nobody signed is good");
    }
});

fn check_commands(statement: &Statement<'_>, format: ObjectFormat) {
    let text: String = statement.commands.iter().map(|line| format!("{line}\n")).collect();
    let Ok(commands) = push::parse(text.as_bytes(), format, usize::MAX) else { return };
    let options: Vec<String> = statement.options.iter().map(ToString::to_string).collect();
    assert_eq!(statement.is_about(&commands, &options), Ok(()));
    assert!(statement.is_about(&commands[1..], &options).is_err());
    assert!(statement.is_about(&commands, &[&options[..], &["one more".to_string()]].concat()).is_err());
    if let Some((_, fewer)) = options.split_last() {
        assert!(statement.is_about(&commands, fewer).is_err());
    }
    let mut reversed = commands;
    reversed.reverse();
    assert_eq!(statement.is_about(&reversed, &options), Ok(()));
    let first = &mut reversed[0];
    std::mem::swap(&mut first.old, &mut first.new);
    let same = first.old == first.new;
    assert_eq!(statement.is_about(&reversed, &options).is_ok(), same);
}
