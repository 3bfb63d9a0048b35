use refgate::facts::{SignatureFormat, Status};
use refgate::signature::{KeyMaterial, Keyring, ThrowawayKey, fingerprints};

use crate::support::wire::{armor, base64, blob, dearmor, replace, replace_last, sha256, string};
use crate::support::{Workshop, allowed, both, date, load, moments, signers};

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
fn a_key_that_anybody_could_sign_with_is_weak() {
    // The neutral point: with it, the neutral point and zero are a signature over everything (RFC 8032 section 5.1.7).
    let neutral = [vec![1], vec![0; 31]].concat();
    let signature = [neutral.clone(), vec![0; 32]].concat();
    let flags_and_counter = vec![1, 0, 0, 0, 0];
    for (kind, rest, end) in
        [("ssh-ed25519", Vec::new(), Vec::new()), ("sk-ssh-ed25519@openssh.com", string(b"ssh:"), flags_and_counter)]
    {
        let key = [string(kind.as_bytes()), string(&neutral), rest].concat();
        let signed = [string(kind.as_bytes()), string(&signature), end].concat();
        let fields = [&key[..], b"git", b"", b"sha512", &signed].map(string).concat();
        let envelope = armor(&[&b"SSHSIG\0\0\0\x01"[..], &fields].concat());
        let keyring = signers(&format!("alice@example.org {kind} {}\n", base64(&key)));
        let verification = keyring.verify(PAYLOAD, &envelope, moments("20260101", "20260101"));
        assert_eq!(both(&verification), (Status::Weak, Status::Weak), "{kind}: {}", verification.reason);
    }
}

#[test]
fn a_public_key_file_tells_its_fingerprints() {
    let workshop = Workshop::new();
    for (name, kind) in [("alice", "ed25519"), ("bob", "ecdsa")] {
        workshop.ssh_key(name, &[kind]);
    }
    let both = [workshop.read("alice.pub"), b"# and\n\n".to_vec(), workshop.read("bob.pub")].concat();
    workshop.write("both", both);
    let expected = ["alice.pub", "bob.pub"].map(|name| format!("ssh:{}", workshop.ssh_fingerprint(name)));
    assert_eq!(fingerprints(&workshop.key_file("both")), Ok(expected.to_vec()));
    for (text, message) in [
        ("", "the file holds neither OpenPGP certificates nor SSH public keys"),
        ("# mine\n", "the file holds neither OpenPGP certificates nor SSH public keys"),
        ("alice@example.org ssh-ed25519 AAAA\n", "the file holds neither OpenPGP certificates nor SSH public keys"),
        ("ssh-ed25519 AAAA\n", "the key is not a readable 'ssh-ed25519' key"),
    ] {
        workshop.write("file", text);
        let problem = fingerprints(&workshop.key_file("file")).expect_err("a problem");
        assert_eq!((problem.message.as_str(), problem.file), (message, workshop.path("file")), "{text}");
    }
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

/// What one signature is judged to be by one keyring.
#[track_caller]
fn check(keyring: &Keyring, rows: &[(&str, Vec<u8>, Status)]) {
    let mut wrong = Vec::new();
    for (name, signature, status) in rows {
        let verification = keyring.verify(PAYLOAD, signature, moments("20260101", "20260101"));
        if both(&verification) != (*status, *status) {
            wrong.push(format!("{name}: {:?} {}", both(&verification), verification.reason));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_claimed_time_is_the_committers_and_receipt_is_refgates() {
    let workshop = Workshop::new();
    let key = workshop.ssh_key("alice", &["ed25519"]);
    let keyring = signers(&format!("a@x valid-after=\"20220101Z\",valid-before=\"20231231235959Z\" {key}\n"));
    let signature = workshop.ssh_sign("alice", PAYLOAD, &[]);
    use Status::{Expired, Good, NotYetValid};
    for (received, claimed, status, at_signing) in [
        ("20230101", "20230101", Good, Good),
        ("20220101", "20220101", Good, Good),
        ("20230101", "20210101", Good, NotYetValid),
        ("20211231", "20211231", NotYetValid, NotYetValid),
        ("20240101", "20240101", Expired, Expired),
        // Backdated, or old: who signs writes that date himself.
        ("20260101", "20230101", Expired, Good),
        ("20230101", "20230102", NotYetValid, NotYetValid),
    ] {
        let verification = keyring.verify(PAYLOAD, &signature, moments(received, claimed));
        assert_eq!(both(&verification), (status, at_signing), "{received} {claimed}");
        assert_eq!(verification.key.expires_at, "2024-01-01T00:00:00Z");
    }
    let mut early = moments("20231231", "20231231");
    early.received = date("20240101").plus(0);
    early.claimed = early.received.plus(300);
    assert_eq!(both(&keyring.verify(PAYLOAD, &signature, early)), (Expired, Expired), "tolerance stretches nothing");
}

#[test]
fn what_is_no_single_signature_for_git_is_refused() {
    let workshop = Workshop::new();
    let key = workshop.ssh_key("alice", &["ed25519"]);
    let keyring = signers(&format!("alice@example.org {key}\n"));
    let good = workshop.ssh_sign("alice", PAYLOAD, &[]);
    let text = String::from_utf8(good.clone()).expect("text");
    use Status::{Bad, Good, Malformed, Unsupported};
    check(
        &keyring,
        &[
            ("one", good.clone(), Good),
            ("without its last line feed", text.trim_end().into(), Good),
            ("for files", workshop.ssh_sign("alice", PAYLOAD, &["-n", "file"]), Bad),
            ("for git and files", workshop.ssh_sign("alice", PAYLOAD, &["-n", "git,file"]), Bad),
            ("for Git", workshop.ssh_sign("alice", PAYLOAD, &["-n", "Git"]), Bad),
            ("twice", [good.clone(), good.clone()].concat(), Malformed),
            ("with a word behind", format!("{text}x").into(), Malformed),
            ("with a word before", format!("x\n{text}").into(), Malformed),
            ("with DOS lines", text.replace('\n', "\r\n").into(), Malformed),
            ("with a header", text.replacen("-\n", "-\nComment: x\n\n", 1).into(), Malformed),
            ("cut off", text[..text.len() / 2].into(), Malformed),
            ("of nothing", b"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n".to_vec(), Malformed),
            ("for git, but it says otherwise", armor(&replace(&dearmor(&good), b"\x03git", b"\x03gut", 0)), Bad),
            ("called OpenPGP", text.replace("SSH", "PGP").into(), Malformed),
            ("called X.509", text.replace("SSH SIGNATURE", "SIGNED MESSAGE").into(), Unsupported),
            ("called a message", text.replace("SSH SIGNATURE", "PGP MESSAGE").into(), Unsupported),
            ("unsupported version", envelope(2, b"", b"sha512"), Unsupported),
            ("reserved field", envelope(1, b"x", b"sha512"), Unsupported),
            ("digest", envelope(1, b"", b"sha1"), Unsupported),
        ],
    );
}

/// An SSHSIG that ends before anything is verified.
fn envelope(version: u32, reserved: &[u8], hash: &[u8]) -> Vec<u8> {
    let mut blob = b"SSHSIG".to_vec();
    blob.extend(version.to_be_bytes());
    for field in [&b"key"[..], b"git", reserved, hash, b"signature"] {
        blob.extend(string(field));
    }
    armor(&blob)
}

#[test]
fn weak_keys_and_digests_prove_nothing() {
    let workshop = Workshop::new();
    let rsa = workshop.ssh_key("rsa", &["rsa", "-b", "2048"]);
    let dsa = workshop.ssh_key("dsa", &["dsa"]);
    let short = workshop.ssh_key("short", &["rsa", "-b", "1024"]);
    let text = format!("rsa@x {rsa}\ndsa@x {dsa}\nshort@x {short}\n");
    let (keyring, warnings) =
        Keyring::load(&KeyMaterial { allowed_signers: vec![allowed(&text)], ..KeyMaterial::default() }).expect("keys");
    assert_eq!(warnings.iter().map(|warning| warning.line()).collect::<Vec<_>>(), [Some(2), Some(3)]);
    workshop.ssh_key("stranger", &["rsa", "-b", "1024"]);
    let good = dearmor(&workshop.ssh_sign("rsa", PAYLOAD, &[]));
    let sha1 = replace(&good, &string(b"rsa-sha2-512"), &string(b"ssh-rsa"), 5);
    use Status::{Good, Weak};
    check(
        &keyring,
        &[
            ("rsa-sha2-512", armor(&good), Good),
            ("ssh-rsa over SHA-1", armor(&sha1), Weak),
            ("DSA", workshop.ssh_sign("dsa", PAYLOAD, &[]), Weak),
            ("RSA of 1024 bits", workshop.ssh_sign("short", PAYLOAD, &[]), Weak),
            ("a stranger's", workshop.ssh_sign("stranger", PAYLOAD, &[]), Weak),
        ],
    );
}

#[test]
fn rsa_keys_with_unusual_numbers_are_not_verified() {
    let workshop = Workshop::new();
    let usual = workshop.ssh_key("rsa", &["rsa", "-b", "2048"]);
    let good = dearmor(&workshop.ssh_sign("rsa", PAYLOAD, &[]));
    let usual = blob(&usual);
    let modulus = &usual[usual.len() - 257..];
    let key = |exponent: &[u8], modulus: &[u8]| [string(b"ssh-rsa"), string(exponent), string(modulus)].concat();
    assert_eq!(key(&[1, 0, 1], modulus), usual);
    let long = [&[0, 0xc0], [0xa5; 1024].as_slice()].concat();
    for (title, key, status) in [
        ("as it is", usual.clone(), Status::Good),
        ("exponent 3", key(&[3], modulus), Status::Bad),
        ("exponent 1", key(&[1], modulus), Status::Unsupported),
        ("an even exponent", key(&[1, 0, 0], modulus), Status::Unsupported),
        ("an exponent of five bytes", key(&[1, 0, 0, 0, 1], modulus), Status::Unsupported),
        ("an even modulus", key(&[1, 0, 1], &[&modulus[..256], &[0xfe]].concat()), Status::Unsupported),
        ("8192 bits", key(&[1, 0, 1], &[&[0], &long[1..1024], &[1]].concat()), Status::Bad),
        ("8200 bits", key(&[1, 0, 1], &long), Status::Unsupported),
    ] {
        let material = KeyMaterial {
            allowed_signers: vec![allowed(&format!("r@x ssh-rsa {}\n", base64(&key)))],
            ..KeyMaterial::default()
        };
        let (keyring, warnings) = Keyring::load(&material).expect("keys");
        assert_eq!(!warnings.is_empty(), status == Status::Unsupported, "{title}");
        check(&keyring, &[(title, armor(&replace(&good, &string(&usual), &string(&key), 0)), status)]);
    }
}

#[test]
fn numbers_are_read_in_the_one_form_that_openssh_reads() {
    let workshop = Workshop::new();
    let (rsa, curve) = (workshop.ssh_key("rsa", &["rsa", "-b", "2048"]), workshop.ssh_key("curve", &["ecdsa"]));
    let keyring = signers(&format!("r@x {rsa}\nc@x {curve}\n"));
    let good = dearmor(&workshop.ssh_sign("rsa", PAYLOAD, &[]));
    let made = good[good.len() - 256..].to_vec();
    let signature = |made: &[u8]| string(&[string(b"rsa-sha2-512"), string(made)].concat());
    let longer = replace(&good, &signature(&made), &signature(&[vec![0], made.clone()].concat()), 0);
    // The same point, of which only one coordinate is written.
    let point = blob(&curve).split_off(blob(&curve).len() - 65);
    let compressed = [vec![2 + (point[64] & 1)], point[1..33].to_vec()].concat();
    let compressed = [string(b"ecdsa-sha2-nistp256"), string(b"nistp256"), string(&compressed)].concat();
    let by_point = dearmor(&workshop.ssh_sign("curve", PAYLOAD, &[]));
    let by_compressed = replace(&by_point, &string(&blob(&curve)), &string(&compressed), 0);
    check(
        &keyring,
        &[
            ("an RSA signature as it is", armor(&good), Status::Good),
            ("an RSA signature longer than the key", armor(&longer), Status::Bad),
            ("a point as it is", armor(&by_point), Status::Good),
            ("a compressed point", armor(&by_compressed), Status::Malformed),
        ],
    );
    for (name, text, bytes) in [("r@x", &rsa, &longer), ("c@x", &curve, &by_compressed)] {
        workshop.write("allowed", format!("{name} {text}\n"));
        workshop.write("signature", armor(bytes));
        let arguments = ["-Y", "verify", "-n", "git", "-f", "allowed", "-I", name, "-s", "signature"];
        assert!(!workshop.try_run("ssh-keygen", &arguments, PAYLOAD).status.success(), "{name}");
    }
    let line = format!("c@x ecdsa-sha2-nistp256 {}\n", base64(&compressed));
    let material = KeyMaterial { allowed_signers: vec![allowed(&line)], ..KeyMaterial::default() };
    assert!(Keyring::load(&material).is_err());
}

#[test]
fn a_signature_is_not_read_under_another_key_or_algorithm() {
    let workshop = Workshop::new();
    let (alice, bob) = (workshop.ssh_key("alice", &["ed25519"]), workshop.ssh_key("bob", &["ed25519"]));
    let curve = workshop.ssh_key("curve", &["ecdsa", "-b", "256"]);
    let rsa = workshop.ssh_key("rsa", &["rsa", "-b", "2048"]);
    let keyring = signers(&format!("a@x {alice}\nb@x {bob}\nc@x {curve}\nr@x {rsa}\n"));
    let rsa = blob(&rsa);
    let other_spelling = [string(b"rsa-sha2-512"), rsa[11..].to_vec()].concat();
    let other_spelling =
        replace(&dearmor(&workshop.ssh_sign("rsa", PAYLOAD, &[])), &string(&rsa), &string(&other_spelling), 0);
    let good = dearmor(&workshop.ssh_sign("alice", PAYLOAD, &[]));
    let (alice, bob, curve) = (blob(&alice), blob(&bob), blob(&curve));
    use Status::{Bad, Good, Malformed, Unsupported};
    check(
        &keyring,
        &[
            ("as it is", armor(&good), Good),
            ("under another key", armor(&replace(&good, &alice, &bob, 0)), Bad),
            ("under a key of another type", armor(&replace(&good, &string(&alice), &string(&curve), 0)), Malformed),
            ("with an unknown algorithm", armor(&replace_last(&good, b"ssh-ed25519", b"ssh-edwards")), Unsupported),
            (
                "with a byte behind the key",
                armor(&replace(&good, &string(&alice), &string(&[alice.clone(), vec![0]].concat()), 0)),
                Malformed,
            ),
            ("with the key's type spelt as its algorithm", armor(&other_spelling), Malformed),
            ("with a byte behind all", armor(&[good.clone(), vec![0]].concat()), Malformed),
        ],
    );
}

#[test]
fn an_authenticators_flags_are_facts() {
    let workshop = Workshop::new();
    for (name, kind, software, bits) in [
        ("ed25519", "sk-ssh-ed25519@openssh.com", "ssh-ed25519", &[][..]),
        ("ecdsa", "sk-ecdsa-sha2-nistp256@openssh.com", "ecdsa-sha2-nistp256", &["-b", "256"]),
    ] {
        // A key of ours plays the authenticator: its public part, the application, and both digests (PROTOCOL.u2f).
        let plain = workshop.ssh_key(name, &[&[name], bits].concat());
        let public = blob(&plain).split_off(4 + software.len());
        let key = [string(kind.as_bytes()), public, string(b"ssh:")].concat();
        let secret = ssh_key::PrivateKey::from_openssh(workshop.read(name)).expect("a private key");
        let line = format!("alice@example.org {kind} {}\n", base64(&key));
        workshop.write("allowed", &line);
        let keyring = signers(&line);
        for (flags, presence, verification) in [(0, false, false), (1, true, false), (4, false, true), (5, true, true)]
        {
            let message = ssh_key::SshSig::signed_data("git", ssh_key::HashAlg::Sha512, PAYLOAD).expect("data");
            let said = [vec![flags], 9u32.to_be_bytes().to_vec()].concat();
            let signed = [sha256(b"ssh:"), said.clone(), sha256(&message)].concat();
            let raw = signature::Signer::<ssh_key::Signature>::try_sign(&secret, &signed).expect("a signature");
            let signature = [string(kind.as_bytes()), string(raw.as_bytes()), said].concat();
            let mut blob =
                [b"SSHSIG\0\0\0\x01".to_vec(), string(&key), string(b"git"), string(b""), string(b"sha512")].concat();
            blob.extend(string(&signature));
            let verified = keyring.verify(PAYLOAD, &armor(&blob), moments("20260101", "20260101"));
            assert_eq!(both(&verified), (Status::Good, Status::Good), "{}", verified.reason);
            assert!(verified.key.hardware);
            assert_eq!((verified.key.user_presence, verified.key.user_verification), (presence, verification));
            if presence {
                workshop.write("signature", armor(&blob));
                let arguments =
                    ["-Y", "verify", "-n", "git", "-f", "allowed", "-I", "alice@example.org", "-s", "signature"];
                workshop.run("ssh-keygen", &arguments, PAYLOAD);
            }
            // The flags are signed: nobody adds a touch afterwards.
            let place = blob.len() - 5;
            blob[place] ^= 1;
            let forged = keyring.verify(PAYLOAD, &armor(&blob), moments("20260101", "20260101"));
            assert_eq!(both(&forged), (Status::Bad, Status::Bad));
            assert!(!forged.key.user_presence);
        }
    }
}
