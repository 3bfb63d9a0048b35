//! What is signed, and by what: byte for byte what git hands to the programs that verify.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use refgate::facts::ObjectKind;
use refgate::ids::{ObjectFormat, ObjectId};
use refgate::repository::{ObjectError, SignedBytes};

use crate::support::{Stage, git, run};

const FORMATS: [ObjectFormat; 2] = [ObjectFormat::Sha1, ObjectFormat::Sha256];
const BLOCK: &str = "-----BEGIN PGP SIGNATURE-----\n\nabc=\n=abcd\n-----END PGP SIGNATURE-----\n";

/// A program in the place of gpg that keeps what it is given: the signature is the file before the last argument.
fn listening(stage: &Stage) -> String {
    let program = stage.path().join("listen");
    let place = stage.path().display();
    fs::write(&program, format!("#!/bin/sh\nfor last; do before=$file; file=$last; done\ncp \"$before\" {place}/signature\ncat > {place}/payload\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program.display().to_string()
}

/// Payload and signature as git takes them from an object.
fn git_s_reading(stage: &Stage, command: &str, id: ObjectId) -> Option<SignedBytes> {
    let program = listening(stage);
    for name in ["payload", "signature"] {
        let _ = fs::remove_file(stage.path().join(name));
    }
    stage.try_git(&["-c", &format!("gpg.program={program}"), command, &id.to_string()], b"");
    let read = |name: &str| fs::read(stage.path().join(name)).ok();
    Some(SignedBytes { payload: read("payload")?, signature: read("signature")? })
}

fn header(name: &str, block: &str) -> String {
    format!("{name} {}\n", block.trim_end().replace('\n', "\n "))
}

#[test]
fn payload_and_signature_of_commits_are_git_s_own() {
    for format in FORMATS {
        let stage = Stage::with_format(format);
        let key = if format == ObjectFormat::Sha1 { "gpgsig" } else { "gpgsig-sha256" };
        let (tree, signature) = (stage.empty_tree(), header(key, BLOCK));
        let parent = stage.commit(tree, &[], 1000);
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
                assert_eq!(ours.signed, git_s_reading(&stage, "verify-commit", id), "{raw}");
                assert_eq!(ours.message, message.as_bytes());
            }
        }
    }
}

#[test]
fn payload_and_signature_of_tags_are_git_s_own() {
    for format in FORMATS {
        let stage = Stage::with_format(format);
        let target = stage.commit(stage.empty_tree(), &[], 1000);
        for message in
            ["", "m\n", "m\n\n", "x -----BEGIN PGP SIGNATURE-----\n", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"]
        {
            for block in [BLOCK.to_string(), BLOCK.trim_end().to_string(), format!("{BLOCK}\n"), String::new()] {
                let raw = format!("object {target}\ntype commit\ntag x\ntagger T <t@x> 1 +0000\n\n{message}{block}");
                let id = stage.write("tag", raw.as_bytes());
                let ours = stage.open().tag(id).unwrap();
                assert_eq!(ours.signed, git_s_reading(&stage, "verify-tag", id), "{raw}");
                assert_eq!(ours.message, message.as_bytes());
            }
        }
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

/// A valid commit with one to three small edits: bytes dropped, doubled, replaced, lines moved.
fn edited_commits(tree: ObjectId, parent: ObjectId) -> impl Strategy<Value = Vec<u8>> {
    let block = BLOCK.trim_end().replace('\n', "\n ");
    let whole = format!(
        "tree {tree}\nparent {parent}\nauthor Ann Ex <ann@x.org> 1700000000 +0100\ncommitter Bob > Ex <bob@x.org> 1700000001 -0230\n\
         x-one 1\ngpgsig {block}\nx-two 2\n\nsubject\n\nbody <a@b> 1 +0000\n"
    );
    let bytes = || select(b"\n <>0+-agptx\0\xff\r\t.".to_vec());
    let edit = (0..whole.len(), 0..5u8, bytes(), 0..12usize);
    vec(edit, 1..4).prop_map(move |edits| {
        let mut raw = whole.clone().into_bytes();
        for (place, kind, byte, line) in edits {
            let place = place.min(raw.len().saturating_sub(1));
            match kind {
                0 => drop(raw.remove(place)),
                1 => raw.insert(place, byte),
                2 => raw[place] = byte,
                _ => {
                    let mut lines: Vec<_> = raw.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
                    let taken = lines.remove(line.min(lines.len() - 1));
                    let to = (line + usize::from(byte)) % (lines.len() + 1);
                    if kind == 3 {
                        lines.insert(line.min(lines.len()), taken.clone());
                    }
                    lines.insert(to, taken);
                    raw = lines.concat();
                }
            }
        }
        raw
    })
}

#[test]
fn whatever_is_read_here_is_read_alike_by_git_and_by_gix() {
    let stage = Stage::new();
    let tree = stage.empty_tree();
    let parent = stage.commit(tree, &[], 1000);
    let repository = stage.open();
    let mut runner = TestRunner::deterministic();
    let strategy = edited_commits(tree, parent);
    let raws: Vec<_> = (0..4000).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect();
    let read: Vec<_> =
        raws.iter().filter_map(|raw| Some((raw, repository.commit(stage.write("commit", raw)).ok()?))).collect();
    // Enough of them must have survived to say anything.
    assert!(read.len() > 400 && read.len() < 3600, "{} of {}", read.len(), raws.len());
    let ids: String = read.iter().map(|(_, commit)| format!("{}\n", commit.id)).collect();
    let format = "--format=%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B%x00%x01";
    let output = stage.try_git(&["log", "--no-walk=unsorted", "--stdin", "--encoding=none", format], ids.as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let shown: Vec<_> = output.stdout.split(|&b| b == 1).map(|text| text.strip_prefix(b"\n").unwrap_or(text)).collect();
    let unique: std::collections::BTreeSet<_> = read.iter().map(|(_, commit)| commit.id).collect();
    assert_eq!(shown.len(), unique.len() + 1);
    let mut seen = std::collections::HashSet::new();
    let once = read.iter().filter(|(_, commit)| seen.insert(commit.id));
    for ((raw, commit), shown) in once.zip(shown) {
        let text = String::from_utf8_lossy(raw);
        let parents = commit.parents.iter().map(|parent| parent.to_string()).collect::<Vec<_>>().join(" ");
        let (author, committer) = (&commit.author, &commit.committer);
        let ours: Vec<Vec<u8>> = vec![
            commit.tree.to_string().into(),
            parents.clone().into(),
            author.name.clone(),
            author.email.clone(),
            author.time.0.to_string().into(),
            committer.name.clone(),
            committer.email.clone(),
            committer.time.0.to_string().into(),
        ];
        let mut theirs: Vec<Vec<u8>> = shown.split(|&b| b == 0).map(<[u8]>::to_vec).collect();
        for name in [2, 5] {
            // Git shows the spaces before a name; here they are an anomaly.
            theirs[name] = theirs[name].trim_ascii().to_vec();
        }
        for date in [4, 7] {
            let digits = String::from_utf8(theirs[date].clone()).unwrap();
            theirs[date] = digits.parse::<i64>().unwrap().to_string().into();
        }
        assert_eq!(ours, theirs[..8], "{text}");
        assert_eq!(commit.message.trim_ascii(), theirs[8].trim_ascii(), "{text}");
        let gix = gix::objs::CommitRef::from_bytes(raw, gix::hash::Kind::Sha1)
            .unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(gix.tree.to_string(), commit.tree.to_string());
        assert_eq!(gix.parents.iter().map(|parent| parent.to_string()).collect::<Vec<_>>().join(" "), parents);
        for (theirs, ours) in [(gix.author().unwrap(), author), (gix.committer().unwrap(), committer)] {
            assert_eq!(theirs.name.trim_ascii(), ours.name, "{text}");
            assert_eq!(theirs.email.trim_ascii(), ours.email.trim_ascii(), "{text}");
            assert_eq!(theirs.time().unwrap().seconds, ours.time.0, "{text}");
        }
        assert_eq!(gix.message, commit.message, "{text}");
    }
}
