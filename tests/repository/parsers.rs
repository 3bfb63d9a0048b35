//! What is signed, and by what: byte for byte what git hands to the programs that verify.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use refgate::facts::ObjectKind;
use refgate::ids::{ObjectFormat, ObjectId};
use refgate::repository::{ObjectError, SignedBytes};

use crate::handed;
use crate::support::{Stage, git, run};

const FORMATS: [ObjectFormat; 2] = [ObjectFormat::Sha1, ObjectFormat::Sha256];
const BLOCK: &str = "-----BEGIN PGP SIGNATURE-----\n\nabc=\n=abcd\n-----END PGP SIGNATURE-----\n";

fn header(name: &str, block: &str) -> String {
    format!("{name} {}\n", block.trim_end().replace('\n', "\n "))
}

/// What was read is what git hands to the programs that verify.
#[track_caller]
fn are_handed_on(stage: &Stage, command: &str, read: &[(ObjectId, SignedBytes, String)]) {
    let ids: Vec<ObjectId> = read.iter().map(|(id, _, _)| *id).collect();
    let handed = handed::by_git(stage, command, &ids);
    for ((_, ours, raw), git) in read.iter().zip(&handed) {
        assert_eq!(ours, git, "{raw}");
    }
    assert_eq!(read.len(), handed.len());
}

#[test]
fn payload_and_signature_of_commits_are_git_s_own() {
    for format in FORMATS {
        let stage = Stage::with_format(format);
        let key = if format == ObjectFormat::Sha1 { "gpgsig" } else { "gpgsig-sha256" };
        let (tree, signature) = (stage.empty_tree(), header(key, BLOCK));
        let parent = stage.commit(tree, &[], 1000);
        let mut read = Vec::new();
        let extras = [
            signature.clone(),
            format!("{signature}x-after 1\n two\n"),
            format!("x-before 1\n{signature}"),
            format!("encoding ISO-8859-1\n{signature}"),
            format!(
                "mergetag object {parent}\n type commit\n tag x\n tagger T <t@x> 1 +0000\n \n gpgsig no\n{signature}mergetag y\n"
            ),
            format!("{key} {}\n \n", BLOCK.trim_end().replace('\n', "\n ")),
            header(key, &BLOCK.replace("PGP SIGNATURE", "PGP MESSAGE")),
        ];
        for extra in extras {
            for message in ["", "m", "m\n", "gpgsig x\n y\n\n", &format!("m\n\n{BLOCK}"), "ünï\n"] {
                let raw = format!(
                    "tree {tree}\nparent {parent}\nauthor A <a@x> 1 +0000\ncommitter A <a@x> 1 +0000\n{extra}\n{message}"
                );
                let id = stage.write("commit", raw.as_bytes());
                let ours = stage.open().commit(id).unwrap();
                assert_eq!(ours.message, message.as_bytes());
                read.push((id, ours.signed.expect("it is signed"), raw));
            }
        }
        are_handed_on(&stage, "verify-commit", &read);
    }
}

#[test]
fn payload_and_signature_of_tags_are_git_s_own() {
    for format in FORMATS {
        let stage = Stage::with_format(format);
        let target = stage.commit(stage.empty_tree(), &[], 1000);
        let mut read = Vec::new();
        for message in
            ["", "m\n", "m\n\n", "x -----BEGIN PGP SIGNATURE-----\n", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"]
        {
            for block in [BLOCK.to_string(), BLOCK.trim_end().to_string(), format!("{BLOCK}\n"), String::new()] {
                let raw = format!("object {target}\ntype commit\ntag x\ntagger T <t@x> 1 +0000\n\n{message}{block}");
                let id = stage.write("tag", raw.as_bytes());
                let ours = stage.open().tag(id).unwrap();
                assert_eq!(ours.message, message.as_bytes());
                assert_eq!(ours.signed.is_some(), !block.is_empty());
                read.extend(ours.signed.map(|signed| (id, signed, raw)));
            }
        }
        are_handed_on(&stage, "verify-tag", &read);
    }
}

#[test]
fn what_git_signs_with_ssh_verifies_over_what_is_read_here() {
    for format in FORMATS {
        let stage = Stage::with_format(format);
        let key = stage.path().join("key");
        let made = run(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key), b"");
        assert!(made.status.success());
        let sign = |arguments: &[&str]| {
            let key = format!("user.signingKey={}", key.display());
            stage.git(&[&["-c", "gpg.format=ssh", "-c", &key], arguments].concat())
        };
        let tree = stage.empty_tree().to_string();
        let commit = stage.id(&sign(&["commit-tree", "-S", "-m", "signed", &tree]));
        sign(&["tag", "-s", "-m", "signed", "v1", &commit.to_string()]);
        let repository = stage.open();
        let tag = stage.rev("refs/tags/v1");
        for signed in [repository.commit(commit).unwrap().signed.unwrap(), repository.tag(tag).unwrap().signed.unwrap()]
        {
            assert!(ssh_accepts(stage.path(), &signed));
            let more = SignedBytes { payload: [&signed.payload[..], b"\n"].concat(), ..signed };
            assert!(!ssh_accepts(stage.path(), &more));
        }
        let peeled = repository.peel(tag).unwrap();
        assert_eq!((peeled.tags.len(), peeled.target, peeled.kind), (1, commit, ObjectKind::Commit));
    }
}

fn ssh_accepts(folder: &Path, signed: &SignedBytes) -> bool {
    let file = folder.join("made.sig");
    fs::write(&file, &signed.signature).unwrap();
    let mut check = Command::new("ssh-keygen");
    check.args(["-Y", "check-novalidate", "-n", "git", "-s"]).arg(&file);
    run(&mut check, &signed.payload).status.success()
}

#[test]
fn what_git_signs_with_gpg_verifies_over_what_is_read_here() {
    let stage = Stage::new();
    // A short path: gpg's agent listens on a socket in there.
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let gpg = |arguments: &[&str], stdin: &[u8]| {
        run(Command::new("gpg").env("GNUPGHOME", home.path()).args(["--batch", "--quiet"]).args(arguments), stdin)
    };
    let made = gpg(&["--passphrase", "", "--quick-generate-key", "A <a@x>", "ed25519", "sign", "never"], b"");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let tree = stage.empty_tree().to_string();
    let arguments = ["-c", "user.signingKey=a@x", "commit-tree", "-S", "-m", "signed", &tree];
    let output = run(git(stage.path()).env("GNUPGHOME", home.path()).args(arguments), b"");
    let commit = stage.id(String::from_utf8(output.stdout).unwrap().trim());
    let signed = stage.open().commit(commit).unwrap().signed.unwrap();
    let file = stage.path().join("made.sig");
    fs::write(&file, &signed.signature).unwrap();
    let accepts = |payload: &[u8]| gpg(&["--verify", &file.display().to_string(), "-"], payload).status.success();
    assert!(accepts(&signed.payload));
    assert!(!accepts(&[&signed.payload[..], b"\n"].concat()));
    let _ = run(Command::new("gpgconf").env("GNUPGHOME", home.path()).args(["--kill", "all"]), b"");
}

#[test]
fn a_chain_of_tags_is_followed_to_the_limit_and_must_be_true() {
    let stage = Stage::new();
    let commit = stage.commit(stage.empty_tree(), &[], 1000);
    let tag = |target: ObjectId, kind: &str| {
        stage.write("tag", format!("object {target}\ntype {kind}\ntag x\ntagger T <t@x> 1 +0000\n\nm\n").as_bytes())
    };
    let repository = stage.open();
    let mut chain = vec![tag(commit, "commit")];
    for _ in 0..5 {
        chain.push(tag(chain[chain.len() - 1], "tag"));
    }
    // Four tags within a tag are the limit: five in all.
    let peeled = repository.peel(chain[4]).unwrap();
    assert_eq!(
        peeled.tags.iter().map(|tag| tag.id).collect::<Vec<_>>(),
        [chain[4], chain[3], chain[2], chain[1], chain[0]]
    );
    assert!(matches!(repository.peel(chain[5]), Err(ObjectError::Limit { name: "tag_depth", limit: 4, .. })));
    assert_eq!(repository.peel(commit).unwrap().tags, []);
    let lie = tag(commit, "tree");
    assert!(matches!(repository.peel(lie), Err(ObjectError::Ambiguous { id, .. }) if id == lie));
    let absent = stage.id(&"1".repeat(40));
    assert_eq!(repository.peel(tag(absent, "commit")), Err(ObjectError::Missing(absent)));
}

#[test]
fn an_object_of_another_kind_is_ambiguous_where_a_commit_or_tag_is_asked_for() {
    let stage = Stage::new();
    let blob = stage.blob(b"x");
    let repository = stage.open();
    assert!(matches!(repository.commit(blob), Err(ObjectError::Ambiguous { .. })));
    assert!(matches!(repository.tag(blob), Err(ObjectError::Ambiguous { .. })));
    assert_eq!(repository.blob(blob, "object_bytes", 1).unwrap(), b"x");
    assert!(matches!(repository.blob(blob, "object_bytes", 0), Err(ObjectError::Limit { .. })));
}
