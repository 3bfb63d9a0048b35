use refgate::facts::{SignatureFormat, Status};
use refgate::signature::{KeyMaterial, Keyring, fingerprints};

use crate::support::{Workshop, both, load, moments};

const PAYLOAD: &[u8] = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nadd a door\n";

fn keyring(files: &[refgate::signature::KeyFile]) -> Keyring {
    load(&KeyMaterial { openpgp: files.to_vec(), ..KeyMaterial::default() })
}

#[test]
fn every_kind_of_key_signs_and_only_over_what_it_signed() {
    let workshop = Workshop::new();
    for (kind, algorithm, bits) in [("ed25519", "ed25519", 256), ("nistp256", "ecdsa", 256), ("rsa2048", "rsa", 2048)] {
        workshop.gpg("20200101", &["--quick-generate-key", kind, kind, "sign", "never"], b"");
        let file = workshop.gpg_export(kind, "cert.asc");
        let keyring = keyring(std::slice::from_ref(&file));
        let signature = workshop.gpg_sign("20240101", kind, PAYLOAD, &[]);
        let good = keyring.verify(PAYLOAD, &signature, moments("20260101", "20260101"));
        assert_eq!(both(&good), (Status::Good, Status::Good), "{kind}: {}", good.reason);
        assert_eq!(good.format, SignatureFormat::Openpgp);
        assert_eq!((good.key.algorithm.as_str(), good.key.bits), (algorithm, bits));
        assert_eq!(good.key.fingerprint, format!("openpgp:{}", workshop.gpg_fingerprint(kind)));
        assert_eq!(fingerprints(&file), Ok(vec![good.key.fingerprint.clone()]));
        assert_eq!(good.made_at, crate::support::date("20240101"));
        let bad = keyring.verify(b"something else", &signature, moments("20260101", "20260101"));
        assert_eq!(both(&bad), (Status::Bad, Status::Bad), "{kind}");
    }
}

#[test]
fn key_files_that_cannot_be_read_to_their_end_are_problems() {
    let workshop = Workshop::new();
    for name in ["alice", "bob"] {
        workshop.gpg("20200101", &["--quick-generate-key", name, "ed25519", "sign", "never"], b"");
    }
    let armored = workshop.gpg("20300101", &["--export", "--armor", "alice"], b"");
    let other = workshop.gpg("20300101", &["--export", "--armor", "bob"], b"");
    let binary = workshop.gpg("20300101", &["--export"], b"");
    let both_armored = [armored.clone(), other.clone()].concat();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    let readable: [(&str, Vec<u8>, usize); 4] = [
        ("armored", armored.clone(), 1),
        ("binary with two certificates", binary.clone(), 2),
        ("two armored blocks", both_armored.clone(), 2),
        ("armored in DOS lines", text(&armored).replace('\n', "\r\n").into_bytes(), 1),
    ];
    for (name, bytes, certificates) in readable {
        let file = refgate::signature::KeyFile { path: name.into(), bytes };
        assert_eq!(fingerprints(&file).map(|found| found.len()), Ok(certificates), "{name}");
        keyring(&[file]);
    }
    let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    let mut problems = Vec::new();
    for (name, bytes) in [
        ("empty", Vec::new()),
        ("blank", b"\n\n".to_vec()),
        ("prose", b"these are our keys\n".to_vec()),
        ("armor cut off", half(&armored)),
        ("armor without its end", text(&armored).replace("-----END PGP PUBLIC KEY BLOCK-----\n", "").into_bytes()),
        ("second armor cut off", both_armored[..armored.len() + other.len() / 2].to_vec()),
        (
            "second armor without its end",
            text(&both_armored).trim_end().rsplit_once('\n').expect("lines").0.as_bytes().to_vec(),
        ),
        ("binary cut off", half(&binary)),
        ("binary cut off by a byte", binary[..binary.len() - 1].to_vec()),
        ("binary with something behind", [binary.clone(), b"garbage".to_vec()].concat()),
        ("armored with a byte changed", {
            let mut bytes = armored.clone();
            bytes[200] = if bytes[200] == b'A' { b'B' } else { b'A' };
            bytes
        }),
        ("armored with prose before", [b"keep this\n\n".to_vec(), armored.clone()].concat()),
        ("armored with prose behind", [armored.clone(), b"keep this\n".to_vec()].concat()),
        ("an armor in a comment", b"# -----BEGIN PGP PUBLIC KEY BLOCK-----\n".to_vec()),
    ] {
        let file = refgate::signature::KeyFile { path: name.into(), bytes };
        let material = KeyMaterial { openpgp: vec![file.clone()], ..KeyMaterial::default() };
        match Keyring::load(&material) {
            Ok(_) => problems.push(format!("{name}: no problem, {:?}", fingerprints(&file))),
            Err(found) if found.iter().all(|problem| problem.file == std::path::Path::new(name)) => {}
            Err(found) => problems.push(format!("{name}: {found:?}")),
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// What one signature is judged to be, when it is received on a date.
struct Row<'a> {
    name: &'a str,
    signature: Vec<u8>,
    received: &'a str,
    expected: (Status, Status),
}

#[track_caller]
fn check(keyring: &Keyring, rows: Vec<Row<'_>>) {
    let mut wrong = Vec::new();
    for row in rows {
        // The committer's date plays no part: an OpenPGP signature carries its own.
        let verification = keyring.verify(PAYLOAD, &row.signature, moments(row.received, "20100101"));
        if both(&verification) != row.expected {
            wrong.push(format!("{}: {:?} {}", row.name, both(&verification), verification.reason));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn row<'a>(name: &'a str, signature: &[u8], received: &'a str, status: Status, at_signing: Status) -> Row<'a> {
    Row { name, signature: signature.to_vec(), received, expected: (status, at_signing) }
}

#[test]
fn times_decide_at_receipt_and_at_signing() {
    let workshop = Workshop::new();
    let sign = |date: &str, name: &str, options: &[&str]| workshop.gpg_sign(date, name, PAYLOAD, options);
    workshop.gpg_key("20200101", "alice", "ed25519", "never");
    workshop.gpg_key("20200101", "carol", "ed25519", "2y");
    let late = workshop.gpg_key("20200101", "late", "ed25519", "never");
    let put_off = workshop.gpg_key("20200101", "put_off", "ed25519", "2y");
    let early = sign("20190101", "alice", &["--ignore-time-conflict"]);
    let limited = sign("20210601", "alice", &["--default-sig-expire", "1y"]);
    let (usual, soon) = (sign("20240101", "alice", &[]), sign("20260101T000500", "alice", &[]));
    let carols = sign("20210601", "carol", &[]);
    let after_expiry = sign("20230601", "late", &[]);
    workshop.gpg("20210101", &["--quick-set-expire", &late, "1y"], b"");
    let before_expiry = sign("20210601", "put_off", &[]);
    workshop.gpg("20230601", &["--quick-set-expire", &put_off, "10y"], b"");
    let keyring = keyring(&[
        workshop.gpg_export("alice", "alice.asc"),
        workshop.gpg_export("carol", "carol.asc"),
        workshop.gpg_export("late", "late.asc"),
        workshop.gpg_export("put_off", "put_off.asc"),
    ]);
    use Status::{Expired, Good, NotYetValid};
    check(
        &keyring,
        vec![
            row("made long ago", &usual, "20260101", Good, Good),
            row("claims a later year", &usual, "20231231", NotYetValid, NotYetValid),
            row("claims a moment within the tolerance", &soon, "20260101", Good, Good),
            row(
                "claims a moment beyond the tolerance",
                &sign("20260101T000501", "alice", &[]),
                "20260101",
                NotYetValid,
                NotYetValid,
            ),
            row("received before the key was made", &usual, "20191231", NotYetValid, NotYetValid),
            row("claims to be older than its key", &early, "20260101", NotYetValid, NotYetValid),
            row("made and received while the key lived", &carols, "20210602", Good, Good),
            row("received a second before the key ends", &carols, "20211230", Good, Good),
            row("backdated with an expired key", &carols, "20260101", Expired, Good),
            row("made after the key had expired", &after_expiry, "20260101", Expired, Expired),
            row("expiry put off since", &before_expiry, "20260101", Good, Good),
            row("says itself how long it holds", &limited, "20220101", Good, Good),
            row("has ended by its own word", &limited, "20230101", Expired, Good),
        ],
    );
}

#[test]
fn tolerance_never_stretches_an_expiry() {
    let workshop = Workshop::new();
    workshop.gpg_key("20240101", "carol", "ed25519", "seconds=100");
    let signature = workshop.gpg_sign("20240101", "carol", PAYLOAD, &[]);
    let keyring = keyring(&[workshop.gpg_export("carol", "carol.asc")]);
    for (seconds, expected) in [(99, Status::Good), (100, Status::Expired)] {
        let mut moments = moments("20240101", "20240101");
        moments.received = moments.received.plus(seconds);
        let verification = keyring.verify(PAYLOAD, &signature, moments);
        assert_eq!(both(&verification), (expected, Status::Good), "{seconds}");
        assert_eq!(verification.key.expires_at, "2024-01-01T00:01:40Z");
    }
}

#[test]
fn a_signatures_own_end_is_not_its_keys() {
    let workshop = Workshop::new();
    workshop.gpg_key("20200101", "alice", "ed25519", "10y");
    let signature = workshop.gpg_sign("20240101", "alice", PAYLOAD, &["--default-sig-expire", "1y"]);
    let keyring = keyring(&[workshop.gpg_export("alice", "alice.asc")]);
    let verification = keyring.verify(PAYLOAD, &signature, moments("20260101", "20240101"));
    assert_eq!(both(&verification), (Status::Expired, Status::Good));
    assert!(verification.key.expires_at.starts_with("2029-12-"), "{}", verification.key.expires_at);
}

#[test]
fn revocations_for_compromise_reach_back_and_retirement_does_not() {
    let workshop = Workshop::new();
    let mut files = Vec::new();
    let mut signatures = Vec::new();
    for (reason, name) in ["no_reason", "compromised", "superseded", "retired"].into_iter().enumerate() {
        workshop.gpg_key("20200101", name, "ed25519", "never");
        signatures.push([
            workshop.gpg_sign("20210101", name, PAYLOAD, &[]),
            workshop.gpg_sign("20240101", name, PAYLOAD, &[]),
        ]);
        // Two files of one certificate: as it was, and its revocation.
        files.push(workshop.gpg_export(name, &format!("{name}.asc")));
        workshop.gpg_revoke("20230101", name, reason as u8);
        files.push(workshop.gpg_export(name, &format!("{name}_revoked.asc")));
    }
    use Status::{Good, Retired, Revoked};
    let mut rows = Vec::new();
    for (name, pair) in ["no reason", "compromised"].iter().zip(&signatures[..2]) {
        rows.push(row(name, &pair[0], "20260101", Revoked, Revoked));
        rows.push(row(name, &pair[1], "20260101", Revoked, Revoked));
        rows.push(row(name, &pair[0], "20220101", Revoked, Revoked));
    }
    for (name, pair) in ["superseded", "retired"].iter().zip(&signatures[2..]) {
        rows.push(row(name, &pair[0], "20260101", Retired, Good));
        rows.push(row(name, &pair[1], "20260101", Retired, Retired));
        rows.push(row(name, &pair[0], "20220101", Good, Good));
    }
    check(&keyring(&files), rows);
    let unrevoked: Vec<_> = files.into_iter().step_by(2).collect();
    let signature = &signatures[1][0];
    check(&keyring(&unrevoked), vec![row("no revocation held", signature, "20260101", Good, Good)]);
}

#[test]
fn weak_algorithms_prove_nothing() {
    let workshop = Workshop::new();
    let mut rows = Vec::new();
    let mut files = Vec::new();
    for (name, kind, options) in [
        ("rsa1024", "rsa1024", &[][..]),
        ("dsa2048", "dsa2048", &[]),
        ("sha1", "rsa2048", &["--digest-algo", "SHA1"]),
        ("ripemd160", "rsa2048", &["--digest-algo", "RIPEMD160"]),
        ("md5", "rsa2048", &["--digest-algo", "MD5", "--allow-weak-digest-algos"]),
    ] {
        workshop.gpg_key("20200101", name, kind, "never");
        let signature = workshop.gpg_sign("20210101", name, PAYLOAD, options);
        files.push(workshop.gpg_export(name, &format!("{name}.asc")));
        // Whatever the time of receipt: SHA-1 was acceptable to Sequoia's policy once.
        rows.push(row(name, &signature, "20260101", Status::Weak, Status::Weak));
        rows.push(row(name, &signature, "20210102", Status::Weak, Status::Weak));
    }
    workshop.gpg_key("20100101", "before", "rsa2048", "never");
    let signature = workshop.gpg_sign("20110101", "before", PAYLOAD, &["--digest-algo", "SHA1"]);
    rows.push(row("SHA-1 in 2011", &signature, "20110102", Status::Weak, Status::Weak));
    check(&keyring(&files), rows);
}

#[test]
fn a_curve_that_is_not_verified_is_unsupported_rather_than_bad() {
    let workshop = Workshop::new();
    workshop.gpg_key("20200101", "alice", "brainpoolP256r1", "never");
    let signature = workshop.gpg_sign("20240101", "alice", PAYLOAD, &[]);
    let keyring = keyring(&[workshop.gpg_export("alice", "alice.asc")]);
    use Status::Unsupported;
    check(&keyring, vec![row("brainpool", &signature, "20260101", Unsupported, Unsupported)]);
}

#[test]
fn a_certificate_held_together_by_weak_signatures_is_weak() {
    let workshop = Workshop::new();
    workshop.gpg(
        "20200101",
        &["--cert-digest-algo", "SHA1", "--quick-generate-key", "old", "rsa2048", "sign", "never"],
        b"",
    );
    let signature = workshop.gpg_sign("20200201", "old", PAYLOAD, &[]);
    let keyring = keyring(&[workshop.gpg_export("old", "old.asc")]);
    use Status::Weak;
    let received = ["20260101", "20200202"];
    check(&keyring, received.map(|date| row("SHA-1 self-signature", &signature, date, Weak, Weak)).into());
}

#[test]
fn a_subkey_signs_for_its_primary_key() {
    let workshop = Workshop::new();
    let primary = workshop.gpg_key("20200101", "alice", "ed25519", "never");
    workshop.gpg("20210101", &["--quick-add-key", &primary, "ed25519", "sign", "2y"], b"");
    let signature = workshop.gpg_sign("20220101", "alice", PAYLOAD, &[]);
    let keyring = keyring(&[workshop.gpg_export("alice", "alice.asc")]);
    let verification = keyring.verify(PAYLOAD, &signature, moments("20220102", "20220101"));
    assert_eq!(both(&verification), (Status::Good, Status::Good), "{}", verification.reason);
    assert_eq!(verification.key.fingerprint, format!("openpgp:{primary}"));
    assert_eq!(verification.key.expires_at, "2023-01-01T00:00:00Z");
    use Status::{Expired, Good};
    check(&keyring, vec![row("the subkey has expired", &signature, "20230101", Expired, Good)]);
}

#[test]
fn what_is_no_single_detached_signature_is_refused() {
    let workshop = Workshop::new();
    for name in ["alice", "bob", "mallory"] {
        workshop.gpg_key("20200101", name, "ed25519", "never");
    }
    let keyring = keyring(&[workshop.gpg_export("alice", "alice.asc"), workshop.gpg_export("bob", "bob.asc")]);
    let sign = |name: &str, options: &[&str]| workshop.gpg_sign("20240101", name, PAYLOAD, options);
    let good = sign("alice", &[]);
    let text = String::from_utf8(good.clone()).expect("text");
    let stranger = sign("mallory", &[]);
    use Status::{Bad, Good, Malformed, UnknownKey, Unsupported};
    let both_times = |name: &'static str, signature: Vec<u8>, status| row(name, &signature, "20260101", status, status);
    check(
        &keyring,
        vec![
            both_times("one", good.clone(), Good),
            both_times("without its last line feed", text.trim_end().into(), Good),
            both_times("with an empty line behind", format!("{text}\n").into(), Good),
            both_times("with a comment", text.replacen("\n\n", "\nComment: hello\n\n", 1).into(), Good),
            both_times("by a stranger", stranger, UnknownKey),
            both_times("over text", sign("alice", &["--textmode"]), Unsupported),
            both_times("by two", sign("bob", &["-u", "alice"]), Malformed),
            both_times("twice", [good.clone(), good.clone()].concat(), Malformed),
            both_times("with a word behind", format!("{text}x").into(), Malformed),
            both_times("with a word before", format!("x\n{text}").into(), Malformed),
            both_times("with a line feed before", format!("\n{text}").into(), Malformed),
            both_times("with DOS lines", text.replace('\n', "\r\n").into(), Malformed),
            both_times("cut off", text[..text.len() / 2].into(), Malformed),
            both_times("nothing", Vec::new(), Malformed),
            both_times("no armor", b"signed, alice\n".to_vec(), Malformed),
            both_times(
                "an armor of nothing",
                b"-----BEGIN PGP SIGNATURE-----\n\n=twTO\n-----END PGP SIGNATURE-----\n".to_vec(),
                Malformed,
            ),
            both_times("binary", workshop.gpg("20240101", &["-bu", "alice"], PAYLOAD), Malformed),
            both_times("a whole message", workshop.gpg("20240101", &["-sau", "alice"], PAYLOAD), Unsupported),
            both_times(
                "a message called a signature",
                {
                    let message = workshop.gpg("20240101", &["-sau", "alice"], PAYLOAD);
                    String::from_utf8(message).expect("text").replace("MESSAGE", "SIGNATURE").into()
                },
                Malformed,
            ),
            both_times(
                "a certificate called a signature",
                {
                    let certificate = workshop.gpg("20240101", &["--export", "--armor", "alice"], b"");
                    String::from_utf8(certificate).expect("text").replace("PUBLIC KEY BLOCK", "SIGNATURE").into()
                },
                Malformed,
            ),
            both_times(
                "X.509",
                b"-----BEGIN SIGNED MESSAGE-----\naGVsbG8=\n-----END SIGNED MESSAGE-----\n".to_vec(),
                Unsupported,
            ),
            both_times("over something else", workshop.gpg("20240101", &["-bsau", "alice"], b"else"), Bad),
        ],
    );
}

#[test]
fn a_file_with_secret_keys_works_and_is_warned_of() {
    let workshop = Workshop::new();
    workshop.gpg_key("20200101", "alice", "ed25519", "never");
    let signature = workshop.gpg_sign("20240101", "alice", PAYLOAD, &[]);
    workshop.write("secret.asc", workshop.gpg("20300101", &["--export-secret-keys", "--armor", "alice"], b""));
    let material = KeyMaterial { openpgp: vec![workshop.key_file("secret.asc")], ..KeyMaterial::default() };
    let (keyring, warnings) = Keyring::load(&material).expect("a keyring");
    assert_eq!(warnings.iter().map(|warning| warning.file.clone()).collect::<Vec<_>>(), [workshop.path("secret.asc")]);
    check(&keyring, vec![row("by that key", &signature, "20260101", Status::Good, Status::Good)]);
}
