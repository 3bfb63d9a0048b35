use refgate::facts::Status;
use refgate::signature::{KeyFile, KeyMaterial, Keyring};

use crate::support::wire::{blob, string};
use crate::support::{Workshop, allowed, load, moments};

const PAYLOAD: &[u8] = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nadd a door\n";

/// Three keys, two authorities, and certificates with serial numbers and key ids; everybody is trusted.
struct Stage {
    workshop: Workshop,
    allowed: KeyFile,
    /// Public key files and signatures made with them.
    signed: Vec<(String, Vec<u8>)>,
}

impl Stage {
    fn new() -> Self {
        let workshop = Workshop::new();
        let mut lines = String::new();
        let mut signed = Vec::new();
        for name in ["alice", "bob", "carol"] {
            lines += &format!("{name} {}\n", workshop.ssh_key(name, &["ed25519"]));
            signed.push((format!("{name}.pub"), workshop.ssh_sign(name, PAYLOAD, &[])));
        }
        for authority in ["first", "second"] {
            lines += &format!("* cert-authority {}\n", workshop.ssh_key(authority, &["ed25519"]));
            for serial in [0u64, 1, 5, 71, u64::MAX] {
                // A certificate stands beside the private key of the same name.
                let name = format!("{authority}{serial}");
                for (from, to) in [("alice", name.clone()), ("alice.pub", format!("{name}.pub"))] {
                    std::fs::copy(workshop.path(from), workshop.path(&to)).expect("a copy");
                }
                let (serial, id) = (serial.to_string(), format!("id{}", serial % 3));
                let public = format!("{name}.pub");
                let arguments = ["-q", "-s", authority, "-I", &id, "-n", "alice", "-z", &serial, &public];
                workshop.run("ssh-keygen", &arguments, b"");
                let file = format!("{name}-cert.pub");
                let signature = workshop.ssh_sign(&file, PAYLOAD, &[]);
                signed.push((file, signature));
            }
        }
        Self { workshop, allowed: allowed(&lines), signed }
    }

    fn keyring(&self, revoked: &str) -> Keyring {
        load(&KeyMaterial {
            allowed_signers: vec![self.allowed.clone()],
            revoked_keys: vec![self.workshop.key_file(revoked)],
            ..KeyMaterial::default()
        })
    }

    /// Names of the files that refgate and ssh-keygen hold to be revoked: by `-Y verify -r`, and a KRL by `-Q` too.
    fn revoked(&self, file: &str) -> (Vec<&str>, Vec<&str>) {
        self.workshop.write("allowed", &self.allowed.bytes);
        let keyring = self.keyring(file);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for (name, signature) in &self.signed {
            match keyring.verify(PAYLOAD, signature, moments("20260101", "20260101")).status {
                Status::Revoked => ours.push(name.as_str()),
                Status::Good => {}
                other => panic!("{name}: {other:?}"),
            }
            self.workshop.write("signature", signature);
            let principal = if name.ends_with("-cert.pub") { "alice" } else { name.trim_end_matches(".pub") };
            let arguments =
                ["-Y", "verify", "-n", "git", "-f", "allowed", "-I", principal, "-s", "signature", "-r", file];
            let refused = !self.workshop.try_run("ssh-keygen", &arguments, PAYLOAD).status.success();
            if file.ends_with(".krl") {
                let listed = !self.workshop.try_run("ssh-keygen", &["-Q", "-f", file, name], b"").status.success();
                assert_eq!(refused, listed, "{name}");
            }
            if refused {
                theirs.push(name.as_str());
            }
        }
        (ours, theirs)
    }
}

#[test]
fn a_krl_revokes_what_it_revokes_for_ssh_keygen() {
    let stage = Stage::new();
    let fingerprint = stage.workshop.ssh_fingerprint("bob.pub");
    let bob = String::from_utf8(stage.workshop.read("bob.pub")).expect("text");
    let scattered: String =
        (0..64).filter(|serial| serial % 3 != 0).map(|serial| format!("serial: {}\n", serial + 9)).collect();
    for (authority, specification, expected) in [
        (Some("first.pub"), "serial: 1\n".to_string(), 1),
        (Some("first.pub"), "serial: 1-70\n".to_string(), 2),
        (Some("first.pub"), scattered.clone(), 1),
        (Some("second.pub"), "serial: 71\nserial: 18446744073709551615\n".to_string(), 2),
        (Some("second.pub"), "id: id2\n".to_string(), 2),
        (Some("none"), "serial: 5\nid: id0\n".to_string(), 6),
        (Some("none"), "serial: 71\n".to_string(), 2),
        (None, format!("key: {bob}"), 1),
        (None, format!("sha1: {bob}"), 1),
        (None, format!("sha256: {bob}"), 1),
        (None, format!("hash: {fingerprint}\n"), 1),
        (None, format!("key: {}", String::from_utf8(stage.workshop.read("first.pub")).expect("text")), 5),
        (None, format!("sha256: {}", String::from_utf8(stage.workshop.read("alice.pub")).expect("text")), 11),
        (None, "# nothing\n".to_string(), 0),
    ] {
        stage.workshop.write("specification", &specification);
        let mut arguments = vec!["-k", "-f", "revoked.krl", "-z", "3"];
        arguments.extend(authority.iter().flat_map(|authority| ["-s", authority]));
        arguments.push("specification");
        stage.workshop.run("ssh-keygen", &arguments, b"");
        let bitmap = stage.workshop.read("revoked.krl").windows(4).any(|window| window == [0x22, 0, 0, 0]);
        assert_eq!(bitmap, specification == scattered, "{specification}");
        let (ours, theirs) = stage.revoked("revoked.krl");
        assert_eq!(ours, theirs, "{authority:?} {specification}");
        assert_eq!(ours.len(), expected, "{authority:?} {specification} {ours:?}");
    }
}

#[test]
fn serial_numbers_are_read_in_every_form_and_zero_in_none() {
    let stage = Stage::new();
    let numbers = |low: u64, high: u64| [low.to_be_bytes(), high.to_be_bytes()].concat();
    let part = |kind: u8, body: &[u8]| [vec![kind], string(body)].concat();
    let bitmap = |offset: u64, bits: u8| part(0x22, &[offset.to_be_bytes().to_vec(), string(&[bits])].concat());
    for (part, zero) in [
        (part(0x20, &numbers(5, 1)), false),
        (part(0x20, &numbers(1, 0)), true),
        (part(0x21, &numbers(1, 5)), false),
        (part(0x21, &numbers(0, 5)), true),
        (bitmap(0, 0b0010_0010), false),
        (bitmap(0, 0b0010_0011), true),
        (bitmap(1, 0b0001_0001), false),
    ] {
        let bytes = krl(&[(1, [string(b""), string(b""), part.clone()].concat())]);
        stage.workshop.write("revoked.krl", &bytes);
        if zero {
            let message = "the KRL revokes the serial number 0, which tells no certificate from another";
            assert_eq!(refusal(bytes).as_deref(), Some(message), "{part:?}");
            let output = stage.workshop.try_run("ssh-keygen", &["-Q", "-l", "-f", "revoked.krl"], b"");
            assert!(!output.status.success(), "{part:?}");
        } else {
            let (ours, theirs) = stage.revoked("revoked.krl");
            assert_eq!(ours, theirs, "{part:?}");
            assert_eq!(ours.len(), 4, "{part:?} {ours:?}");
        }
    }
}

#[test]
fn a_list_revokes_its_keys_and_what_they_certified() {
    let stage = Stage::new();
    let line = |name: &str| String::from_utf8(stage.workshop.read(name)).expect("text");
    for (text, expected) in [
        (line("bob.pub"), 1),
        (format!("# gone\n\n{}{}", line("bob.pub"), line("carol.pub")), 2),
        (line("first.pub"), 5),
        // A certificate stands for its key.
        (line("first5-cert.pub"), 11),
        ("# nobody\n".to_string(), 0),
    ] {
        stage.workshop.write("revoked", &text);
        let (ours, theirs) = stage.revoked("revoked");
        assert_eq!(ours, theirs, "{text}");
        assert_eq!(ours.len(), expected, "{text}");
    }
    // A revoked key's certificates go with it, whichever form of list says so.
    stage.workshop.write("revoked", line("alice.pub"));
    assert_eq!(stage.revoked("revoked").0.len(), 11);
}

#[test]
fn revocation_is_told_of_keys_that_nobody_trusts_too_and_at_any_time() {
    let stage = Stage::new();
    stage.workshop.write("revoked", stage.workshop.read("alice.pub"));
    let keyring =
        load(&KeyMaterial { revoked_keys: vec![stage.workshop.key_file("revoked")], ..KeyMaterial::default() });
    let verification = keyring.verify(PAYLOAD, &stage.signed[0].1, moments("20260101", "20100101"));
    assert_eq!((verification.status, verification.at_signing), (Status::Revoked, Status::Revoked));
    let bad = keyring.verify(b"something else", &stage.signed[0].1, moments("20260101", "20100101"));
    assert_eq!(bad.status, Status::Bad);
}

/// A KRL of these sections.
fn krl(sections: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = b"SSHKRL\n\0\0\0\0\x01".to_vec();
    bytes.extend([0; 24]);
    bytes.extend([string(b""), string(b"comment")].concat());
    for (kind, body) in sections {
        bytes.push(*kind);
        bytes.extend(string(body));
    }
    bytes
}

#[test]
fn a_revocation_file_that_is_not_read_to_its_end_is_a_problem() {
    let workshop = Workshop::new();
    let key = workshop.ssh_key("alice", &["ed25519"]);
    let alice = blob(&key);
    let extension = |critical: u8| [string(b"x@example.org"), vec![critical], string(b"")].concat();
    let serials = |body: Vec<u8>| [string(b""), string(b""), body].concat();
    let part = |kind: u8, body: &[u8]| [vec![kind], string(body)].concat();
    let whole = krl(&[(2, string(&alice)), (5, string(&[7; 32]))]);
    let signed = sign_krl(&workshop, &whole);
    for (name, bytes) in [
        ("a KRL", whole.clone()),
        ("an empty KRL", krl(&[])),
        ("an extension that may be skipped", krl(&[(255, extension(0))])),
        ("the same about certificates", krl(&[(1, serials(part(0x39, &extension(0))))])),
        ("signed", signed.clone()),
        ("a list", format!("{key} a comment\n").into_bytes()),
    ] {
        assert_eq!(refusal(bytes), None, "{name}");
    }
    let mut bent = signed.clone();
    bent[whole.len() - 1] ^= 1;
    for (name, bytes, message) in [
        ("an empty file", Vec::new(), "the list of revoked keys is empty"),
        ("not a list", b"alice\n".to_vec(), "the line is no public key"),
        ("a damaged key", key[..60].into(), "the key is not a readable 'ssh-ed25519' key"),
        ("binary", vec![0xff; 40], "the file is neither a KRL nor a list of public keys"),
        (
            "version",
            {
                let mut bytes = krl(&[]);
                bytes[11] = 2;
                bytes
            },
            "the KRL is written in version 2 of the format, which is unknown",
        ),
        ("unknown section", krl(&[(9, Vec::new())]), "the KRL has a section of unknown type 9"),
        (
            "unknown part",
            krl(&[(1, serials(part(0x30, b"")))]),
            "the KRL has a section of certificates of unknown type 48",
        ),
        ("critical extension", krl(&[(255, extension(1))]), "the KRL demands the unknown extension 'x@example.org'"),
        (
            "critical extension within",
            krl(&[(1, serials(part(0x39, &extension(1))))]),
            "the KRL demands the unknown extension 'x@example.org'",
        ),
        ("fingerprint", krl(&[(5, string(&[7; 31]))]), "the KRL holds a fingerprint of the wrong length"),
        ("key", krl(&[(2, string(b"key"))]), "the KRL holds a key that cannot be read"),
        (
            "authority",
            krl(&[(1, [string(b"x"), string(b"")].concat())]),
            "the KRL holds an authority that cannot be read",
        ),
        (
            "range",
            krl(&[(1, serials(part(0x21, &[[0; 7].to_vec(), vec![2], [0; 7].to_vec(), vec![1]].concat())))]),
            "the KRL holds a range of serial numbers that ends before it begins",
        ),
        (
            "bitmap",
            krl(&[(1, serials(part(0x22, &[vec![0; 8], string(&[0x80])].concat())))]),
            "the KRL holds a negative bitmap",
        ),
        (
            "longer than its bitmap",
            krl(&[(1, serials(part(0x22, &[vec![0; 8], string(&[1]), vec![0]].concat())))]),
            "the KRL has a section that is longer than what it holds",
        ),
        ("signature", bent, "the KRL is not what was signed"),
        (
            "behind a signature",
            [signed.clone(), vec![2], string(&string(&alice))].concat(),
            "the KRL goes on after its signature",
        ),
    ] {
        assert_eq!(refusal(bytes).as_deref(), Some(message), "{name}");
    }
    for end in 9..signed.len() {
        // Where a section ends the rest is a shorter KRL; the file says nowhere how long it is.
        let sections_end = [krl(&[]).len(), krl(&[(2, string(&alice))]).len(), whole.len()];
        if !sections_end.contains(&end) {
            assert_eq!(refusal(signed[..end].to_vec()).as_deref(), Some("the KRL is cut off or damaged"), "at {end}");
        }
    }
}

/// Why a file of revoked keys is no such file.
fn refusal(bytes: Vec<u8>) -> Option<String> {
    let material =
        KeyMaterial { revoked_keys: vec![KeyFile { path: "revoked".into(), bytes }], ..KeyMaterial::default() };
    Keyring::load(&material).err().map(|problems| problems[0].message.clone())
}

/// The same with a signature section, over everything before it and its own key.
fn sign_krl(workshop: &Workshop, whole: &[u8]) -> Vec<u8> {
    let secret = ssh_key::PrivateKey::from_openssh(workshop.read("alice")).expect("a private key");
    let key = secret.public_key().to_bytes().expect("a key");
    let signed = [whole.to_vec(), vec![4], string(&key)].concat();
    let raw = signature::Signer::<ssh_key::Signature>::try_sign(&secret, &signed).expect("a signature");
    let signature = [string(b"ssh-ed25519"), string(raw.as_bytes())].concat();
    [signed, string(&signature)].concat()
}
