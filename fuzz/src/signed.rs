//! The signatures in `signed/`, which of them are good, and the keyring that says so.

use std::time::Duration;

use base64ct::{Base64, Encoding};
use refgate::facts::Status;
use refgate::signature::{KeyFile, KeyMaterial, Keyring, Moments, Verification};
use refgate::time::Time;

/// What everything in `signed/` but the push certificate is a signature over.
pub const PAYLOAD: &[u8] = include_bytes!("../signed/payload");

/// What nothing is.
pub const OTHER: &[u8] = include_bytes!("../signed/other");

/// A push certificate, by bob.
pub const CERTIFICATE: &[u8] = include_bytes!("../signed/certificate");

/// SSH signatures that are good by [`keyring`].
pub const GOOD_SSH: [&[u8]; 4] = [
    include_bytes!("../signed/bob.sshsig"),
    include_bytes!("../signed/erin-at-home.sshsig"),
    include_bytes!("../signed/ivan.sshsig"),
    include_bytes!("../signed/rsa.sshsig"),
];

/// SSH signatures that are not, each for another reason.
pub const BAD_SSH: [&[u8]; 6] = [
    include_bytes!("../signed/bob-for-files.sshsig"),
    include_bytes!("../signed/carol.sshsig"),
    include_bytes!("../signed/dave.sshsig"),
    include_bytes!("../signed/judy.sshsig"),
    include_bytes!("../signed/mallory.sshsig"),
    include_bytes!("../signed/oscar.sshsig"),
];

pub const BOB: &str = include_str!("../../tests/push/fixtures/keys/bob.pub");
pub const ERIN: &str = include_str!("../../tests/push/fixtures/keys/erin-at-home.pub");
pub const RSA: &str = include_str!("../signed/rsa.pub");
pub const AUTHORITY: &str = include_str!("../../tests/push/fixtures/keys/authority.pub");

/// OpenPGP signatures that are good by [`keyring`].
pub const GOOD_OPENPGP: [&[u8]; 3] = [
    include_bytes!("../signed/alice.openpgp"),
    include_bytes!("../signed/p256.openpgp"),
    include_bytes!("../signed/rsa.openpgp"),
];

/// OpenPGP signatures that are not: by an expired key and by a revoked one.
pub const BAD_OPENPGP: [&[u8]; 2] =
    [include_bytes!("../signed/grace.openpgp"), include_bytes!("../signed/heidi.openpgp")];

const CERTIFICATES: [&[u8]; 5] = [
    include_bytes!("../../tests/push/fixtures/keys/alice.asc"),
    include_bytes!("../../tests/push/fixtures/keys/grace.asc"),
    include_bytes!("../../tests/push/fixtures/keys/heidi.asc"),
    include_bytes!("../signed/p256.asc"),
    include_bytes!("../signed/rsa.asc"),
];

/// Lets everybody sign who has a file in `signed/`, as far as they may, but mallory.
pub fn keyring() -> Keyring {
    let dave = include_bytes!("../../tests/push/fixtures/keys/revoked.krl");
    let judy = include_bytes!("../signed/authority.krl");
    let material = KeyMaterial {
        openpgp: CERTIFICATES.map(|bytes| file("key.asc", bytes)).to_vec(),
        allowed_signers: vec![file("allowed_signers", allowed_signers().as_bytes())],
        revoked_keys: vec![file("dave.krl", dave), file("judy.krl", judy)],
        ..KeyMaterial::default()
    };
    let (keyring, _) = Keyring::load(&material).unwrap_or_else(|problems| panic!("{problems:#?}"));
    for (kind, bodies) in [(SSH, &GOOD_SSH[..]), (OPENPGP, &GOOD_OPENPGP[..])] {
        assert!(bodies.iter().all(|body| is_good(&verify(&keyring, PAYLOAD, &armor(kind, body)))));
    }
    for (kind, bodies) in [(SSH, &BAD_SSH[..]), (OPENPGP, &BAD_OPENPGP[..])] {
        assert!(bodies.iter().all(|body| verify(&keyring, PAYLOAD, &armor(kind, body)).status != Status::Good));
    }
    keyring
}

pub fn allowed_signers() -> String {
    let keys = [
        (
            "carol namespaces=\"git\",valid-before=\"20250101Z\"",
            include_str!("../../tests/push/fixtures/keys/carol.pub"),
        ),
        ("dave", include_str!("../../tests/push/fixtures/keys/dave.pub")),
        ("oscar", include_str!("../../tests/push/fixtures/keys/oscar.pub")),
    ];
    let others: String = keys.iter().map(|(words, key)| format!("{words} {key}")).collect();
    format!("{}{others}", good_signers())
}

/// Those of them that may sign now.
pub fn good_signers() -> String {
    format!("bob namespaces=\"git\" {BOB}erin {ERIN}rsa,!x {RSA}*@example.org cert-authority {AUTHORITY}")
}

pub fn file(name: &str, bytes: &[u8]) -> KeyFile {
    KeyFile { path: name.into(), bytes: bytes.to_vec() }
}

pub const SSH: &str = "SSH SIGNATURE";
pub const OPENPGP: &str = "PGP SIGNATURE";

/// Armored, as git stores it; what begins like armor stays as it is.
pub fn armor(kind: &str, body: &[u8]) -> Vec<u8> {
    if body.starts_with(b"-----BEGIN") {
        return body.to_vec();
    }
    let lines = Base64::encode_string(body);
    let lines = lines.as_bytes().chunks(64).map(|line| [line, b"\n"].concat()).collect::<Vec<_>>().concat();
    let blank = if kind == OPENPGP { "\n" } else { "" };
    [format!("-----BEGIN {kind}-----\n{blank}").as_bytes(), &lines, format!("-----END {kind}-----\n").as_bytes()]
        .concat()
}

/// A few seconds after everything was signed.
pub fn verify(keyring: &Keyring, payload: &[u8], signature: &[u8]) -> Verification {
    let tolerance = Duration::from_secs(300);
    keyring.verify(payload, signature, Moments { claimed: SIGNED, received: SIGNED.plus(10), tolerance })
}

/// When everything was signed.
pub const SIGNED: Time = Time(1_750_000_000);

pub fn is_good(verification: &Verification) -> bool {
    verification.status == Status::Good || verification.at_signing == Status::Good
}

/// The words of a public key file without its comment: type and base64.
pub fn words(key: &str) -> &str {
    key.trim().rsplit_once(' ').map_or(key, |(words, _)| words)
}

/// The public key's own bytes.
pub fn blob(key: &str) -> Vec<u8> {
    let encoded = words(key).split(' ').nth(1).unwrap_or_default();
    Base64::decode_vec(encoded).expect("base64 in a key file")
}
