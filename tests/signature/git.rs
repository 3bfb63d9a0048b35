use refgate::facts::{SignatureFormat, Status};
use refgate::signature::KeyMaterial;

use crate::support::{Workshop, allowed, both, load, moments};

/// A repository, Alice's OpenPGP key and Bob's SSH key.
fn stage(format: &str) -> (Workshop, KeyMaterial) {
    let workshop = Workshop::new();
    workshop.gpg_key("20200101", "alice", "ed25519", "never");
    let key = workshop.ssh_key("bob", &["ed25519"]);
    workshop.write(".gitconfig", "[user]\n name = Alice\n email = alice@example.org\n[init]\n defaultBranch = main\n");
    workshop.run("git", &["init", "-q", "--object-format", format], b"");
    let material = KeyMaterial {
        openpgp: vec![workshop.gpg_export("alice", "alice.asc")],
        allowed_signers: vec![allowed(&format!("bob@example.org {key}\n"))],
        ..KeyMaterial::default()
    };
    (workshop, material)
}

/// The object without its signature headers, and the one signature that stood in them.
fn split_commit(raw: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut payload, mut signature, mut inside, mut message) = (Vec::new(), Vec::new(), false, false);
    for line in raw.split_inclusive(|&byte| byte == b'\n') {
        inside = !message && (line.starts_with(b"gpgsig") || inside && line.starts_with(b" "));
        message |= line == b"\n";
        if inside {
            let start = line.iter().position(|&byte| byte == b' ').expect("a blank");
            signature.extend_from_slice(&line[start + 1..]);
        } else {
            payload.extend_from_slice(line);
        }
    }
    (payload, signature)
}

fn split_tag(raw: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let start = raw.windows(11).position(|window| window == b"-----BEGIN ").expect("a signature");
    (raw[..start].to_vec(), raw[start..].to_vec())
}

#[test]
fn what_git_signs_is_what_refgate_verifies() {
    for format in ["sha1", "sha256"] {
        let (workshop, material) = stage(format);
        let keyring = load(&material);
        for (name, config, expected, key) in [
            ("alice", ["gpg.format=openpgp", "user.signingKey=alice"], SignatureFormat::Openpgp, "openpgp:"),
            ("bob", ["gpg.format=ssh", "user.signingKey=bob.pub"], SignatureFormat::Ssh, "ssh:SHA256:"),
        ] {
            let git = |arguments: &[&str]| {
                let settings = config.iter().flat_map(|setting| ["-c", setting]);
                workshop.run("git", &settings.chain(arguments.iter().copied()).collect::<Vec<_>>(), b"")
            };
            git(&[
                "commit",
                "-q",
                "-S",
                "--allow-empty",
                "-m",
                "add a d\u{f6}or\n\n-----BEGIN nothing-----\n\nRefs: 1\n",
            ]);
            git(&["tag", "-s", "-m", "a tag\n\nof more lines", name]);
            git(&[
                "commit",
                "-q",
                "--allow-empty",
                "-S",
                "--amend",
                "--cleanup=verbatim",
                "-m",
                " no line feed at the end",
            ]);
            let commit = workshop.run("git", &["cat-file", "commit", "HEAD"], b"");
            let tagged = workshop.run("git", &["cat-file", "commit", &format!("{name}^{{commit}}")], b"");
            let tag = workshop.run("git", &["cat-file", "tag", name], b"");
            for (what, (payload, signature)) in
                [("commit", split_commit(&commit)), ("tagged commit", split_commit(&tagged)), ("tag", split_tag(&tag))]
            {
                let verification = keyring.verify(&payload, &signature, moments("20991231", "20260101"));
                let judged = (verification.status, verification.format);
                assert_eq!(judged, (Status::Good, expected), "{format} {name} {what}: {}", verification.reason);
                assert!(verification.key.fingerprint.starts_with(key));
                let trimmed = signature.strip_suffix(b"\n").expect("a line feed");
                assert_eq!(keyring.verify(&payload, trimmed, moments("20991231", "20260101")).status, Status::Good);
                for other in
                    [[&payload[..], b"\n"].concat(), payload[1..].to_vec(), payload[..payload.len() - 1].to_vec()]
                {
                    let verification = keyring.verify(&other, &signature, moments("20991231", "20260101"));
                    assert_eq!(both(&verification), (Status::Bad, Status::Bad), "{format} {name} {what}");
                }
            }
        }
    }
}
