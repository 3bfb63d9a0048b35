use refgate::facts::{SignatureFormat, Status};
use refgate::signature::{KeyMaterial, ThrowawayKey};

use crate::support::{Workshop, both, load, moments, signers};

const PAYLOAD: &[u8] = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nadd a door\n";

#[test]
fn every_kind_of_key_signs_and_only_over_what_it_signed() {
    let workshop = Workshop::new();
    let kinds: [(&str, &[&str], &str, u32); 5] = [
        ("ed25519", &["ed25519"], "ed25519", 256),
        ("p256", &["ecdsa", "-b", "256"], "ecdsa", 256),
        ("p384", &["ecdsa", "-b", "384"], "ecdsa", 384),
        ("p521", &["ecdsa", "-b", "521"], "ecdsa", 521),
        ("rsa", &["rsa", "-b", "2048"], "rsa", 2048),
    ];
    for (name, kind, algorithm, bits) in kinds {
        let key = workshop.ssh_key(name, kind);
        let keyring = signers(&format!("alice@example.org {key}\n"));
        for hash in ["sha256", "sha512"] {
            let signature = workshop.ssh_sign(name, PAYLOAD, &["-O", &format!("hashalg={hash}")]);
            let good = keyring.verify(PAYLOAD, &signature, moments("20260101", "20260101"));
            assert_eq!(both(&good), (Status::Good, Status::Good), "{name}: {}", good.reason);
            assert_eq!(good.format, SignatureFormat::Ssh);
            assert_eq!((good.key.algorithm.as_str(), good.key.bits), (algorithm, bits));
            assert_eq!(good.key.fingerprint, format!("ssh:{}", workshop.ssh_fingerprint(&format!("{name}.pub"))));
            assert_eq!((good.principal.as_str(), good.hash.as_str()), ("alice@example.org", hash));
            let bad = keyring.verify(b"something else", &signature, moments("20260101", "20260101"));
            assert_eq!(both(&bad), (Status::Bad, Status::Bad), "{name}");
        }
    }
}

#[test]
fn a_key_that_a_person_lists_needs_no_line() {
    let workshop = Workshop::new();
    workshop.ssh_key("alice", &["ed25519"]);
    let signature = workshop.ssh_sign("alice", PAYLOAD, &[]);
    let fingerprint = format!("ssh:{}", workshop.ssh_fingerprint("alice.pub"));
    let keyring = load(&KeyMaterial { fingerprints: vec![fingerprint], ..KeyMaterial::default() });
    let verification = keyring.verify(PAYLOAD, &signature, moments("20260101", "20260101"));
    assert_eq!((both(&verification), verification.principal.as_str()), ((Status::Good, Status::Good), ""));
    let stranger = load(&KeyMaterial::default()).verify(PAYLOAD, &signature, moments("20260101", "20260101"));
    assert_eq!(both(&stranger), (Status::UnknownKey, Status::UnknownKey));
}

#[test]
fn a_throwaway_key_signs_what_ssh_keygen_accepts() {
    let workshop = Workshop::new();
    let key = ThrowawayKey::fresh().expect("a key");
    let signature = key.sign(PAYLOAD).expect("a signature");
    let line = format!("alice@example.org {}\n", key.public_key());
    workshop.write("allowed", &line);
    workshop.write("signature", &signature);
    let arguments = ["-Y", "verify", "-n", "git", "-f", "allowed", "-I", "alice@example.org", "-s", "signature"];
    workshop.run("ssh-keygen", &arguments, PAYLOAD);
    let verification = signers(&line).verify(PAYLOAD, signature.as_bytes(), moments("20260101", "20260101"));
    assert_eq!(both(&verification), (Status::Good, Status::Good));
    assert_eq!(verification.key.fingerprint, key.fingerprint());
}
