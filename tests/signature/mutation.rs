use refgate::facts::Status;
use refgate::signature::{KeyFile, KeyMaterial, Keyring, Verification, fingerprints};

use crate::support::wire::{armor, base64, dearmor};
use crate::support::{Dice, Workshop, allowed, load, moments};

const PAYLOAD: &[u8] = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nadd a door\n";

/// One good signature of each kind, and the material they are good by.
fn stage() -> (KeyMaterial, Vec<Vec<u8>>) {
    let workshop = Workshop::new();
    let mut signatures = Vec::new();
    let mut material = KeyMaterial::default();
    for (name, kind) in [("alice", "ed25519"), ("bob", "rsa2048"), ("carol", "nistp256")] {
        workshop.gpg_key("20200101", name, kind, "never");
        signatures.push(workshop.gpg_sign("20240101", name, PAYLOAD, &[]));
        // Without armor, whose checksum would catch most of what is bent.
        let bytes = workshop.gpg("20300101", &["--export", name], b"");
        material.openpgp.push(KeyFile { path: name.into(), bytes });
    }
    let gone = workshop.gpg_key("20200101", "gone", "ed25519", "never");
    material.openpgp.push(workshop.gpg_export("gone", "gone.asc"));
    let precaution = String::from_utf8(workshop.read(&format!("openpgp-revocs.d/{gone}.rev"))).expect("text");
    let revocation = precaution.replace(":-----BEGIN", "-----BEGIN");
    material.openpgp.push(KeyFile { path: "gone.rev".into(), bytes: revocation.clone().into_bytes() });
    let (_, block) = revocation.split_once("\n-----BEGIN").expect("a block");
    let binary = workshop.gpg("20300101", &["--dearmor"], format!("-----BEGIN{block}").as_bytes());
    material.openpgp.push(KeyFile { path: "gone.bin".into(), bytes: binary });
    let mut lines = String::new();
    for (name, kind) in [("ssh", &["ed25519"][..]), ("rsa", &["rsa", "-b", "2048"]), ("p256", &["ecdsa", "-b", "256"])]
    {
        lines += &format!("\"{name}\" namespaces=\"git\",valid-after=\"20200101Z\" {}\n", workshop.ssh_key(name, kind));
        signatures.push(workshop.ssh_sign(name, PAYLOAD, &[]));
    }
    lines += &format!("* cert-authority {}\n", workshop.ssh_key("authority", &["ed25519"]));
    workshop.run("ssh-keygen", &["-q", "-s", "authority", "-I", "id", "-n", "x", "ssh.pub"], b"");
    signatures.push(workshop.ssh_sign("ssh-cert.pub", PAYLOAD, &[]));
    material.allowed_signers.push(allowed(&lines));
    workshop.ssh_key("gone", &["ed25519"]);
    workshop.write("specification", "serial: 5-90\nid: y\n");
    workshop.run("ssh-keygen", &["-k", "-f", "revoked", "-s", "authority.pub", "specification", "gone.pub"], b"");
    material.revoked_keys.push(workshop.key_file("revoked"));
    (material, signatures)
}

fn verify(keyring: &Keyring, payload: &[u8], signature: &[u8]) -> Verification {
    keyring.verify(payload, signature, moments("20260101", "20240101"))
}

fn is_good(verification: &Verification) -> bool {
    verification.status == Status::Good || verification.at_signing == Status::Good
}

#[test]
fn a_signature_or_payload_bent_at_random_is_never_good() {
    let (material, signatures) = stage();
    let keyring = load(&material);
    let mut dice = Dice::new(1);
    for signature in &signatures {
        assert!(is_good(&verify(&keyring, PAYLOAD, signature)));
        for _ in 0..150 {
            let payload = dice.bend(PAYLOAD);
            assert_eq!(is_good(&verify(&keyring, &payload, signature)), payload == PAYLOAD);
            let bent = dice.bend(signature);
            let same = |text: &[u8]| text.iter().copied().filter(|&byte| byte != b'\n').collect::<Vec<u8>>();
            if same(&bent) != same(signature) {
                let verification = verify(&keyring, PAYLOAD, &bent);
                assert!(!is_good(&verification), "{}", String::from_utf8_lossy(&bent));
            }
        }
    }
}

#[test]
fn an_ssh_signature_bent_inside_its_armor_is_never_good() {
    let (material, signatures) = stage();
    let keyring = load(&material);
    let mut dice = Dice::new(2);
    for signature in &signatures[3..] {
        let blob = dearmor(signature);
        for _ in 0..300 {
            let bent = dice.bend(&blob);
            assert!(bent == blob || !is_good(&verify(&keyring, PAYLOAD, &armor(&bent))), "{}", base64(&bent));
        }
    }
}

#[test]
fn an_openpgp_signature_bent_inside_its_armor_is_good_only_where_nothing_is_signed() {
    let (material, signatures) = stage();
    let keyring = load(&material);
    for signature in &signatures[..3] {
        let text = String::from_utf8(signature.clone()).expect("text");
        let body: String = text.lines().filter(|line| !line.starts_with(['-', '='])).collect();
        let packet = dearmor(body.as_bytes());
        // gpg writes the old format with one or two bytes of length (RFC 9580 section 4.2.2).
        let start = if packet[0] & 3 == 0 { 2 } else { 3 };
        let count = |at: usize| usize::from(u16::from_be_bytes([packet[at], packet[at + 1]]));
        let unhashed = start + 6 + count(start + 4);
        let unsigned = unhashed..unhashed + 2 + count(unhashed) + 2;
        for place in 0..packet.len() {
            for bit in 0..8 {
                let mut bent = packet.clone();
                bent[place] ^= 1 << bit;
                let armored =
                    format!("-----BEGIN PGP SIGNATURE-----\n\n{}\n-----END PGP SIGNATURE-----\n", base64(&bent));
                let verification = verify(&keyring, PAYLOAD, armored.as_bytes());
                assert!(
                    !is_good(&verification) || unsigned.contains(&place),
                    "byte {place} bit {bit} of {}",
                    base64(&packet)
                );
            }
        }
    }
}

#[test]
fn key_material_bent_at_random_is_read_or_a_problem() {
    let (material, signatures) = stage();
    let mut dice = Dice::new(3);
    let (mut read, mut refused) = (0, 0);
    for _ in 0..900 {
        let mut bent = material.clone();
        let file = match dice.roll(2 + bent.openpgp.len()) {
            0 => &mut bent.allowed_signers[0],
            1 => &mut bent.revoked_keys[0],
            other => &mut bent.openpgp[other - 2],
        };
        file.bytes = dice.bend(&file.bytes);
        for file in bent.openpgp.iter().chain(&bent.allowed_signers) {
            let _ = fingerprints(file);
        }
        match Keyring::load(&bent) {
            Ok((keyring, _)) => {
                read += 1;
                verify(&keyring, PAYLOAD, &signatures[dice.roll(signatures.len())]);
            }
            Err(problems) => {
                refused += 1;
                assert!(problems.iter().all(|problem| !problem.render().is_empty()));
            }
        }
    }
    assert!(read > 20 && refused > 20, "{read} read, {refused} refused");
}
