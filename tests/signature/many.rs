use std::time::{Duration, Instant, SystemTime};

use refgate::signature::{KeyFile, KeyMaterial, Keyring};
use sequoia_openpgp::cert::CertBuilder;
use sequoia_openpgp::serialize::SerializeInto;

const CERTIFICATES: usize = 500;
const ROUNDS: usize = 20;

/// Certificates as people export them: a primary key that certifies, a subkey that signs, one for encryption.
fn files(armored: bool) -> Vec<KeyFile> {
    let file = |number: usize| {
        let builder = CertBuilder::new().add_userid(format!("Person {number} <person{number}@example.org>"));
        let builder = builder.set_creation_time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000));
        let (cert, _) =
            builder.add_signing_subkey().add_transport_encryption_subkey().generate().expect("a certificate");
        let bytes = match armored {
            true => cert.armored().to_vec(),
            false => cert.strip_secret_key_material().to_vec(),
        };
        KeyFile { path: format!("keys/{number}.asc").into(), bytes: bytes.expect("a certificate") }
    };
    (0..CERTIFICATES).map(file).collect()
}

#[test]
#[ignore = "measures, and promises nothing: run it alone, optimised, with --nocapture"]
fn many_certificates_are_loaded_in_this_time() {
    for (kind, armored) in [("armored", true), ("binary", false)] {
        let material = KeyMaterial { openpgp: files(armored), ..KeyMaterial::default() };
        let mut rounds: Vec<Duration> = Vec::new();
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let loaded = Keyring::load(&material);
            rounds.push(start.elapsed());
            assert!(loaded.is_ok_and(|(_, warnings)| warnings.is_empty()));
        }
        rounds.sort();
        let bytes: usize = material.openpgp.iter().map(|file| file.bytes.len()).sum();
        println!(
            "{CERTIFICATES} {kind} certificates, {bytes} bytes: fastest {:?}, median {:?}",
            rounds[0],
            rounds[ROUNDS / 2]
        );
    }
}
