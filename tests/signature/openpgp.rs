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
