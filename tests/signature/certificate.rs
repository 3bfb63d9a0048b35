use refgate::facts::Status;
use refgate::signature::Keyring;

use crate::support::wire::{armor, base64, blob, dearmor, string};
use crate::support::{Workshop, both, moments, signers};

const PAYLOAD: &[u8] = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nadd a door\n";

/// A signer `alice` and an authority, whom a line of `allowed_signers` lets certify everybody at example.org.
struct Stage {
    workshop: Workshop,
    authority: String,
}

impl Stage {
    fn new() -> Self {
        let workshop = Workshop::new();
        workshop.ssh_key("alice", &["ed25519"]);
        let authority = workshop.ssh_key("authority", &["ed25519"]);
        Self { workshop, authority }
    }

    fn keyring(&self) -> Keyring {
        signers(&format!("*@example.org cert-authority {}\n", self.authority))
    }

    /// Alice signs with a certificate made with these options of ssh-keygen.
    #[track_caller]
    fn sign(&self, options: &[&str]) -> Vec<u8> {
        self.sign_by("authority", "alice", options)
    }

    #[track_caller]
    fn sign_by(&self, authority: &str, signer: &str, options: &[&str]) -> Vec<u8> {
        let public = format!("{signer}.pub");
        let mut arguments = vec!["-q", "-s", authority, "-I", "id", "-V", "20220101Z:20240101Z"];
        arguments.extend(options);
        arguments.push(&public);
        self.workshop.run("ssh-keygen", &arguments, b"");
        self.workshop.ssh_sign(&format!("{signer}-cert.pub"), PAYLOAD, &[])
    }
}

#[test]
fn an_authoritys_word_counts_as_far_as_its_line_lets_it() {
    let stage = Stage::new();
    let keyring = stage.keyring();
    use Status::{Good, Unsupported, Untrusted};
    for (options, status, principal) in [
        (&["-n", "alice@example.org"][..], Good, "alice@example.org"),
        (&["-n", "alice@example.org,alice@elsewhere.example"], Good, "alice@example.org"),
        (&["-n", "alice@example.org,alice@example.org"], Good, "alice@example.org"),
        // Two names for one signer name nobody.
        (&["-n", "alice@example.org,bob@example.org"], Good, ""),
        (&["-n", "alice@elsewhere.example"], Untrusted, ""),
        (&["-n", "ALICE@EXAMPLE.ORG"], Untrusted, ""),
        (&["-n", "*@example.org"], Good, "*@example.org"),
        (&[], Untrusted, ""),
        (&["-h", "-n", "alice@example.org"], Untrusted, ""),
        (&["-n", "alice@example.org", "-O", "clear", "-O", "extension:hello@example.org=x"], Good, "alice@example.org"),
        (&["-n", "alice@example.org", "-O", "force-command=true"], Unsupported, ""),
        (&["-n", "alice@example.org", "-O", "source-address=127.0.0.1"], Unsupported, ""),
        (&["-n", "alice@example.org", "-O", "verify-required"], Unsupported, ""),
        (&["-n", "alice@example.org", "-O", "critical:hello@example.org"], Unsupported, ""),
    ] {
        let verification = keyring.verify(PAYLOAD, &stage.sign(options), moments("20230101", "20230101"));
        assert_eq!(both(&verification), (status, status), "{options:?} {}", verification.reason);
        assert_eq!(verification.principal, principal, "{options:?}");
        assert_eq!(verification.key.fingerprint, format!("ssh:{}", stage.workshop.ssh_fingerprint("alice.pub")));
        assert_eq!(verification.key.authority, format!("ssh:{}", stage.workshop.ssh_fingerprint("authority.pub")));
    }
}

#[test]
fn a_certificate_holds_from_its_first_second_until_before_its_last() {
    let stage = Stage::new();
    let keyring = stage.keyring();
    let signature = stage.sign(&["-n", "alice@example.org"]);
    let always = stage.sign(&["-n", "alice@example.org", "-V", "always:forever"]);
    use Status::{Expired, Good, NotYetValid};
    for (received, status) in [("20211231", NotYetValid), ("20220101", Good), ("20231231", Good), ("20240101", Expired)]
    {
        let verification = keyring.verify(PAYLOAD, &signature, moments(received, received));
        assert_eq!(both(&verification), (status, status), "{received}");
        assert_eq!(verification.key.expires_at, "2024-01-01T00:00:00Z");
        let verification = keyring.verify(PAYLOAD, &always, moments(received, received));
        assert_eq!(both(&verification), (Good, Good), "{received}");
        assert_eq!(verification.key.expires_at_ns, i64::MAX);
    }
    let backdated = keyring.verify(PAYLOAD, &signature, moments("20260101", "20230101"));
    assert_eq!(both(&backdated), (Expired, Good));
}

#[test]
fn only_a_listed_authority_counts_with_all_its_restrictions() {
    let stage = Stage::new();
    let signature = stage.sign(&["-n", "alice@example.org"]);
    let alice = String::from_utf8(stage.workshop.read("alice.pub")).expect("text");
    let (alice, authority) = (alice.trim(), &stage.authority);
    use Status::{Expired, Good, NotYetValid, UnknownKey, Untrusted};
    for (lines, status) in [
        (format!("*@example.org cert-authority {authority}\n"), Good),
        (format!("*@example.org {authority}\n"), UnknownKey),
        (format!("*@example.org {alice}\n"), UnknownKey),
        (format!("*@example.org cert-authority {alice}\n"), UnknownKey),
        (format!("* cert-authority,namespaces=\"file\" {authority}\n"), Untrusted),
        (format!("* cert-authority,valid-before=\"20221231Z\" {authority}\n"), Expired),
        (format!("* cert-authority,valid-after=\"20230102Z\" {authority}\n"), NotYetValid),
        (format!("* cert-authority {authority}\nx cert-authority,valid-before=\"20221231Z\" {authority}\n"), Expired),
        // The authority may not certify her, whatever her own line says.
        (format!("*@elsewhere.example cert-authority {authority}\n*@example.org {alice}\n"), Untrusted),
        // The certified key is listed as well, for less.
        (format!("* cert-authority {authority}\nalice@example.org namespaces=\"file\" {alice}\n"), Untrusted),
        (format!("* cert-authority {authority}\nalice@example.org valid-before=\"20221231Z\" {alice}\n"), Expired),
    ] {
        let verification = signers(&lines).verify(PAYLOAD, &signature, moments("20230101", "20230101"));
        assert_eq!(both(&verification), (status, status), "{lines} {}", verification.reason);
    }
}

#[test]
fn every_kind_of_key_is_certified_and_certifies_unless_weakly() {
    let stage = Stage::new();
    let mut lines = String::new();
    for (name, kind) in [
        ("ca-ed25519", &["ed25519"][..]),
        ("ca-p384", &["ecdsa", "-b", "384"]),
        ("ca-rsa", &["rsa", "-b", "2048"]),
        ("ca-short", &["rsa", "-b", "1024"]),
    ] {
        lines += &format!("* cert-authority {}\n", stage.workshop.ssh_key(name, kind));
    }
    for (name, kind) in
        [("p256", &["ecdsa", "-b", "256"][..]), ("p521", &["ecdsa", "-b", "521"]), ("rsa", &["rsa", "-b", "2048"])]
    {
        stage.workshop.ssh_key(name, kind);
    }
    let keyring = signers(&lines);
    use Status::{Good, Weak};
    for (authority, signer, options, status) in [
        ("ca-ed25519", "alice", &[][..], Good),
        ("ca-ed25519", "p256", &[], Good),
        ("ca-p384", "p521", &[], Good),
        ("ca-p384", "rsa", &[], Good),
        ("ca-rsa", "alice", &["-t", "rsa-sha2-512"], Good),
        ("ca-rsa", "alice", &["-t", "rsa-sha2-256"], Good),
        ("ca-rsa", "alice", &["-t", "ssh-rsa"], Weak),
        ("ca-short", "alice", &[], Weak),
    ] {
        let signature = stage.sign_by(authority, signer, &[&["-n", "x"], options].concat());
        let verification = keyring.verify(PAYLOAD, &signature, moments("20230101", "20230101"));
        assert_eq!(both(&verification), (status, status), "{authority} {signer} {}", verification.reason);
    }
}

#[test]
fn an_authority_that_anybody_could_sign_for_is_weak_rather_than_another() {
    let stage = Stage::new();
    let authority = blob(&stage.workshop.ssh_key("ca-ed25519", &["ed25519"]));
    let mut bytes = dearmor(&stage.sign_by("ca-ed25519", "alice", &["-n", "x"]));
    // The neutral point, and the signature that it makes over everything (RFC 8032 section 5.1.7).
    let neutral = [vec![1], vec![0; 31]].concat();
    let weak = [string(b"ssh-ed25519"), string(&neutral)].concat();
    let place = bytes.windows(authority.len()).position(|window| window == authority).expect("the authority's key");
    bytes[place..place + weak.len()].copy_from_slice(&weak);
    // Behind the key stands the signature: lengths, algorithm, and 64 bytes.
    let made = place + weak.len() + 4 + 4 + 11 + 4;
    bytes[made..made + 64].copy_from_slice(&[neutral, vec![0; 32]].concat());
    let keyring = signers(&format!("* cert-authority ssh-ed25519 {}\n", base64(&weak)));
    let verification = keyring.verify(PAYLOAD, &armor(&bytes), moments("20230101", "20230101"));
    assert_eq!(both(&verification), (Status::Weak, Status::Weak), "{}", verification.reason);
}

#[test]
fn a_certificate_with_any_byte_changed_is_never_good() {
    let stage = Stage::new();
    let keyring = stage.keyring();
    let bytes = dearmor(&stage.sign(&["-n", "alice@example.org"]));
    let good = keyring.verify(PAYLOAD, &armor(&bytes), moments("20230101", "20230101"));
    assert_eq!(both(&good), (Status::Good, Status::Good));
    // The certificate is the first string behind magic and version.
    let certificate = String::from_utf8(stage.workshop.read("alice-cert.pub")).expect("text");
    let end = 6 + 4 + 4 + blob(&certificate).len();
    for place in 10..end {
        let mut bent = bytes.clone();
        bent[place] ^= 0x01;
        let verification = keyring.verify(PAYLOAD, &armor(&bent), moments("20230101", "20230101"));
        assert_ne!(verification.status, Status::Good, "byte {place}");
        assert_ne!(verification.at_signing, Status::Good, "byte {place}");
    }
}
