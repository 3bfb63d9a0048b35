//! `allowed_signers`: a file means what its lines mean one by one, and nobody signs who does not stand in it.

#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use refgate::problem::Problem;
use refgate::signature::{KeyMaterial, Keyring};
use refgate_fuzz::signed::{
    AUTHORITY, BOB, ERIN, GOOD_SSH, PAYLOAD, RSA, SIGNED, SSH, armor, file, is_good, verify, words,
};
use refgate_fuzz::told;

fuzz_target!(|text: &[u8]| {
    let lines: Vec<&[u8]> = text.split_inclusive(|&b| b == b'\n').filter(|line| means_something(line)).collect();
    match load(text) {
        Ok((keyring, warnings)) => {
            told::check_warnings(&warnings);
            check_list(text, &lines, &keyring);
            check_signers(text, &keyring);
        }
        Err(problems) => {
            told::check_failed(&problems);
            let each_is_good = !lines.is_empty() && lines.iter().all(|line| load(line).is_ok());
            assert!(!each_is_good || std::str::from_utf8(text).is_err());
        }
    }
});

fn load(text: &[u8]) -> Result<(Keyring, Vec<Problem>), Vec<Problem>> {
    Keyring::load(&KeyMaterial { allowed_signers: vec![file("allowed_signers", text)], ..KeyMaterial::default() })
}

fn means_something(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end().trim_start_matches([' ', '\t']);
    !text.is_empty() && !text.starts_with('#')
}

fn check_list(text: &[u8], lines: &[&[u8]], keyring: &Keyring) {
    let list = |keyring: &Keyring| format!("{:?}", keyring.list(SIGNED));
    let (again, _) = load(text).expect("the same again");
    assert_eq!(list(keyring), list(&again));
    let more = [text, b"\n# nobody\n"].concat();
    let (more, _) = load(&more).expect("a remark more");
    assert_eq!(list(keyring), list(&more));
    let names = |keyring: &Keyring| {
        let keys = keyring.list(SIGNED);
        keys.into_iter().map(|key| (key.certifies, key.key.fingerprint)).collect::<BTreeSet<_>>()
    };
    let mut alone = BTreeSet::new();
    for line in lines {
        let (keyring, _) = load(line).expect("a line of a good file");
        alone.extend(names(&keyring));
    }
    assert_eq!(names(keyring), alone);
    let twice = [text, b"\n", text].concat();
    let (twice, _) = load(&twice).expect("a file twice");
    assert_eq!(names(keyring), names(&twice));
}

fn check_signers(text: &[u8], keyring: &Keyring) {
    let text = String::from_utf8_lossy(text);
    for body in GOOD_SSH {
        let verification = verify(keyring, PAYLOAD, &armor(SSH, body));
        if is_good(&verification) {
            let listed = |key: &str| text.contains(words(key).split(' ').nth(1).unwrap_or_default());
            // Ivan has a certificate: his authority stands there, and options may be written in capitals.
            let certified = listed(AUTHORITY) && text.to_ascii_lowercase().contains("cert-authority");
            assert!([BOB, ERIN, RSA].into_iter().any(listed) || certified);
        }
    }
}
