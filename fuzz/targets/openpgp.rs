//! OpenPGP signatures: whatever stands in a signature's place, nobody becomes a signer who did not sign.
//!
//! The input is the armored text, or else what stands inside the armor.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use refgate::facts::{SignatureFormat, Status};
use refgate::signature::Keyring;
use refgate_fuzz::signed::{self, GOOD_OPENPGP, OPENPGP, OTHER, PAYLOAD, armor, is_good, verify};

static KEYRING: LazyLock<Keyring> = LazyLock::new(signed::keyring);

static SIGNERS: LazyLock<Vec<String>> = LazyLock::new(|| {
    GOOD_OPENPGP.iter().map(|body| verify(&KEYRING, PAYLOAD, &armor(OPENPGP, body)).key.fingerprint).collect()
});

fuzz_target!(|input: &[u8]| {
    let signature = armor(OPENPGP, input);
    let verification = verify(&KEYRING, PAYLOAD, &signature);
    assert!(!verification.reason.is_empty());
    let other = verify(&KEYRING, OTHER, &signature);
    assert!(!is_good(&other), "{other:?}");
    if is_good(&verification) && verification.format == SignatureFormat::Openpgp {
        assert!(SIGNERS.contains(&verification.key.fingerprint));
        let made = GOOD_OPENPGP.iter().any(|good| holds(input, hashed(good)));
        assert!(made || input.starts_with(b"-----"), "a signature that nobody made is good");
        assert_eq!(other.status, Status::Bad);
    }
});

/// The part of a signature packet that is signed itself (RFC 9580 section 5.2.3): version to hashed subpackets. What
/// comes after it may be written in many ways, and so may the packet's length before it.
fn hashed(packet: &[u8]) -> &[u8] {
    let header = if packet[0] & 3 == 0 { 2 } else { 3 };
    let length = usize::from(u16::from_be_bytes([packet[header + 4], packet[header + 5]]));
    &packet[header..header + 6 + length]
}

fn holds(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}
