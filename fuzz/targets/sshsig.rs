//! SSH signatures: whatever stands in a signature's place, nobody becomes a signer who did not sign.
//!
//! The input is the armored text, or else what stands inside the armor.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use refgate::facts::{SignatureFormat, Status};
use refgate::signature::Keyring;
use refgate_fuzz::signed::{self, GOOD_SSH, OTHER, PAYLOAD, SSH, armor, is_good, verify};

static KEYRING: LazyLock<Keyring> = LazyLock::new(signed::keyring);

/// Nobody but those who may sign, by the key that signed.
static SIGNERS: LazyLock<Vec<String>> = LazyLock::new(|| {
    GOOD_SSH.iter().map(|body| verify(&KEYRING, PAYLOAD, &armor(SSH, body)).key.fingerprint).collect()
});

fuzz_target!(|input: &[u8]| {
    let signature = armor(SSH, input);
    let verification = verify(&KEYRING, PAYLOAD, &signature);
    assert!(!verification.reason.is_empty());
    assert_eq!(verify(&KEYRING, PAYLOAD, &signature), verification);
    let other = verify(&KEYRING, OTHER, &signature);
    assert!(!is_good(&other), "{other:?}");
    if is_good(&verification) {
        assert!(SIGNERS.contains(&verification.key.fingerprint) || input.starts_with(b"-----BEGIN PGP"));
        let wrapped = verification.format == SignatureFormat::Ssh && !input.starts_with(b"-----");
        assert!(!wrapped || GOOD_SSH.contains(&input), "a signature that nobody made is good");
        assert_eq!(other.status, Status::Bad);
    }
});
