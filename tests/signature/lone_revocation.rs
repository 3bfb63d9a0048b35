use refgate::facts::Status::{self, Good, Retired, Revoked};
use refgate::signature::{KeyFile, KeyMaterial, Keyring, fingerprints};

use crate::support::{Workshop, both, load, moments};

const PAYLOAD: &[u8] = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nadd a door\n";

/// Alice's certificate, her signature of 2021, and the file that gpg wrote when it made her key.
struct Stage {
    workshop: Workshop,
    certificate: KeyFile,
    signature: Vec<u8>,
    precaution: String,
}

impl Stage {
    fn new() -> Self {
        let workshop = Workshop::new();
        let fingerprint = workshop.gpg_key("20200101", "alice", "ed25519", "never");
        let precaution = workshop.read(&format!("openpgp-revocs.d/{fingerprint}.rev"));
        Self {
            certificate: workshop.gpg_export("alice", "alice.asc"),
            signature: workshop.gpg_sign("20210101", "alice", PAYLOAD, &[]),
            precaution: String::from_utf8(precaution).expect("text"),
            workshop,
        }
    }

    fn revocation(&self, text: &str) -> KeyFile {
        KeyFile { path: "keys/alice.rev".into(), bytes: text.as_bytes().to_vec() }
    }

    #[track_caller]
    fn judged(&self, files: Vec<KeyFile>) -> (Status, Status) {
        let keyring = load(&KeyMaterial { openpgp: files, ..KeyMaterial::default() });
        both(&keyring.verify(PAYLOAD, &self.signature, moments("20260101", "20210101")))
    }
}

/// What is wrong with one file beside a certificate.
#[track_caller]
fn problem(certificate: &KeyFile, file: KeyFile) -> String {
    let material = KeyMaterial { openpgp: vec![certificate.clone(), file], ..KeyMaterial::default() };
    let Err(problems) = Keyring::load(&material) else { panic!("no problem") };
    let words: Vec<String> = problems.iter().map(|problem| problem.render()).collect();
    words.join("\n")
}

#[test]
fn a_revocation_in_a_file_of_its_own_counts_wherever_it_stands() {
    let stage = Stage::new();
    let certificate = || stage.certificate.clone();
    assert_eq!(stage.judged(vec![certificate()]), (Good, Good));
    let whole = stage.precaution.replace(":-----BEGIN", "-----BEGIN");
    let (_, block) = whole.split_once("\n-----BEGIN").expect("a block");
    let block = format!("-----BEGIN{block}");
    let dos = whole.replace('\n', "\r\n");
    let as_signature = block.replace("PUBLIC KEY BLOCK", "SIGNATURE");
    let both_in_one = format!("{}{block}", String::from_utf8(stage.certificate.bytes.clone()).expect("text"));
    for text in [&whole, &block, &dos, &as_signature] {
        assert_eq!(stage.judged(vec![certificate(), stage.revocation(text)]), (Revoked, Revoked), "{text}");
        assert_eq!(stage.judged(vec![stage.revocation(text), certificate()]), (Revoked, Revoked), "{text}");
    }
    assert_eq!(stage.judged(vec![stage.revocation(&both_in_one)]), (Revoked, Revoked));
    let binary = stage.workshop.gpg("20260101", &["--dearmor"], block.as_bytes());
    let binary = KeyFile { path: "keys/alice.bin".into(), bytes: binary };
    assert_eq!(stage.judged(vec![certificate(), binary]), (Revoked, Revoked));
}

#[test]
fn a_lone_revocation_says_from_when_its_key_is_retired() {
    let stage = Stage::new();
    let arguments = ["--command-fd", "0", "--armor", "--gen-revoke", "alice"];
    let text = stage.workshop.gpg_dialogue("20230101", &arguments, b"y\n3\n\ny\n");
    let retired = KeyFile { path: "keys/alice.rev".into(), bytes: text };
    assert_eq!(stage.judged(vec![stage.certificate.clone(), retired]), (Retired, Good));
}

#[test]
fn a_revocation_that_gpg_keeps_from_use_is_a_problem_with_its_remedy() {
    let stage = Stage::new();
    assert!(stage.precaution.contains("\n:-----BEGIN PGP"), "{}", stage.precaution);
    let words = problem(&stage.certificate, stage.revocation(&stage.precaution));
    let line = 1 + stage.precaution.lines().position(|line| line.starts_with(':')).expect("a colon");
    let place = format!("keys/alice.rev:{line}:1");
    for sentence in ["a colon keeps the revocation in the file from use", &place, "remove the ':' before"] {
        assert!(words.contains(sentence), "{words}");
    }
}

#[test]
fn a_revocation_whose_certificate_is_not_held_is_warned_of() {
    let stage = Stage::new();
    let text = stage.precaution.replace(":-----BEGIN", "-----BEGIN");
    stage.workshop.gpg_key("20200101", "bob", "ed25519", "never");
    let bob = stage.workshop.gpg_export("bob", "bob.asc");
    let material = KeyMaterial { openpgp: vec![stage.revocation(&text), bob], ..KeyMaterial::default() };
    let (_, warnings) = Keyring::load(&material).expect("a keyring");
    let alice = fingerprints(&stage.certificate).expect("a certificate").remove(0);
    let expected = format!("the file revokes '{alice}', of which no certificate is held");
    assert_eq!(warnings.iter().map(|warning| warning.message.as_str()).collect::<Vec<_>>(), [expected]);
    let named = fingerprints(&stage.revocation(&text)).expect_err("no certificate");
    assert_eq!(named.message, "the file holds a revocation and no OpenPGP certificate");
}

#[test]
fn what_only_looks_like_a_revocation_is_a_problem() {
    let stage = Stage::new();
    let good = stage.precaution.replace(":-----BEGIN", "-----BEGIN");
    let (prose, _) = good.split_once("\n-----BEGIN").expect("a block");
    let certificate = String::from_utf8(stage.certificate.bytes.clone()).expect("text");
    let signature = String::from_utf8(stage.signature.clone()).expect("text");
    // The last byte of the signature itself stands before the checksum.
    let bent = bend(&stage.workshop, &good);
    for (text, words) in [
        (format!("{prose}\n{certificate}"), "has something beside it"),
        (good.replace("-----END PGP PUBLIC KEY BLOCK-----", ""), "does not end"),
        (good.replace("-----BEGIN", "----BEGIN"), "the file holds no OpenPGP certificate"),
        (good.replace("-----BEGIN", "- -----BEGIN"), "has something beside it"),
        (signature, "something else than certificates and revocations of whole certificates"),
        (bent, "the revocation is not by the key that it names"),
    ] {
        let told = problem(&stage.certificate, stage.revocation(&text));
        assert!(told.contains("keys/alice.rev") && told.contains(words), "{words}\n{told}");
    }
}

/// The revocation with its last byte changed.
fn bend(workshop: &Workshop, text: &str) -> String {
    let (_, block) = text.split_once("\n-----BEGIN").expect("a block");
    let mut bytes = workshop.gpg("20260101", &["--dearmor"], format!("-----BEGIN{block}").as_bytes());
    *bytes.last_mut().expect("bytes") ^= 1;
    let armored = workshop.gpg("20260101", &["--enarmor"], &bytes);
    String::from_utf8(armored).expect("text").replace("ARMORED FILE", "PUBLIC KEY BLOCK")
}
