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
        let keyring = keyring(&[file.clone()]);
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
        ("second armor without its end", text(&both_armored).trim_end().rsplit_once('\n').expect("lines").0.as_bytes().to_vec()),
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
