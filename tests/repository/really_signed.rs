//! Commits and tags that ssh-keygen and gpg really signed, bent at random: what is good here is good to git as well, which
//! asks those programs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use base64ct::{Base64, Encoding};
use refgate::facts::Status;
use refgate::ids::{ObjectFormat, ObjectId};
use refgate::repository::{Repository, SignedBytes};
use refgate::signature::{KeyFile, KeyMaterial, Keyring, Moments};
use refgate::time::Time;

use crate::alike::many;
use crate::support::{Stage, git, run};

/// What signs, and the operator's word about its key.
struct Signer {
    home: tempfile::TempDir,
    program: Program,
    keyring: Keyring,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Program {
    Gpg,
    SshKeygen,
}

impl Drop for Signer {
    fn drop(&mut self) {
        if self.program == Program::Gpg {
            // The agent that gpg started.
            let _ = run(Command::new("gpgconf").env("GNUPGHOME", self.home.path()).args(["--kill", "all"]), b"");
        }
    }
}

impl Signer {
    fn new(program: Program) -> Self {
        // A short path: gpg's agent listens on a socket in there.
        let home = tempfile::Builder::new().prefix("rg").tempdir_in("/tmp").unwrap();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let mut signer = Self { home, program, keyring: Keyring::load(&KeyMaterial::default()).unwrap().0 };
        let mut material = KeyMaterial::default();
        let file = |bytes| KeyFile { path: "key".into(), bytes };
        match program {
            Program::Gpg => {
                signer.run(&["--quick-generate-key", "A <a@x>", "ed25519", "sign", "never"], b"");
                material.openpgp.push(file(signer.run(&["--export", "a@x"], b"")));
            }
            Program::SshKeygen => {
                signer.run(&["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", &signer.place("key")], b"");
                let public = fs::read_to_string(signer.place("key.pub")).unwrap();
                let line = format!("a@x namespaces=\"git\" {public}");
                fs::write(signer.place("allowed_signers"), &line).unwrap();
                material.allowed_signers.push(file(line.into_bytes()));
            }
        }
        signer.keyring = Keyring::load(&material).unwrap_or_else(|problems| panic!("{problems:?}")).0;
        signer
    }

    fn place(&self, name: &str) -> String {
        self.home.path().join(name).display().to_string()
    }

    #[track_caller]
    fn run(&self, arguments: &[&str], stdin: &[u8]) -> Vec<u8> {
        let (name, always): (_, &[&str]) = match self.program {
            Program::Gpg => ("gpg", &["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]),
            Program::SshKeygen => ("ssh-keygen", &[]),
        };
        let output = run(Command::new(name).env("GNUPGHOME", self.home.path()).args(always).args(arguments), stdin);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn sign(&self, payload: &str) -> String {
        let signature = match self.program {
            Program::Gpg => self.run(&["-bsau", "a@x"], payload.as_bytes()),
            Program::SshKeygen => {
                self.run(&["-q", "-Y", "sign", "-n", "git", "-f", &self.place("key")], payload.as_bytes())
            }
        };
        String::from_utf8(signature).unwrap()
    }

    fn is_good(&self, signed: &SignedBytes) -> bool {
        let now = Time(i64::from(u32::MAX));
        let moments = Moments { claimed: Time(1_700_000_000), received: now, tolerance: Duration::ZERO };
        self.keyring.verify(&signed.payload, &signed.signature, moments).status == Status::Good
    }

    /// Those of the objects that git does not call good, each with what it says instead.
    fn not_good_to_git(&self, stage: &Stage, command: &str, objects: &[Object]) -> Vec<String> {
        let verify = |objects: &[Object]| {
            let trusted = format!("gpg.ssh.allowedSignersFile={}", self.place("allowed_signers"));
            let ids: Vec<String> = objects.iter().map(|(id, _)| id.to_string()).collect();
            let mut verify = git(stage.path());
            verify.env("GNUPGHOME", self.home.path()).args(["-c", &trusted, command]).args(ids);
            run(&mut verify, b"")
        };
        if verify(objects).status.success() {
            return Vec::new();
        }
        let alone = objects.iter().map(|object| (object, verify(std::slice::from_ref(object))));
        let bad = alone.filter(|(_, output)| !output.status.success());
        bad.map(|((_, raw), output)| {
            format!("{}\n{}", String::from_utf8_lossy(raw), String::from_utf8_lossy(&output.stderr))
        })
        .collect()
    }
}

/// An object's id and its bytes.
type Object = (ObjectId, Vec<u8>);

/// Something to sign, and how a signature is put into it.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    command: &'static str,
    payload: &'static str,
    put: fn(payload: &str, key: &str, signature: &str) -> String,
    read: fn(&Repository, ObjectId) -> Option<SignedBytes>,
}

const KINDS: [Kind; 2] = [
    Kind {
        name: "commit",
        command: "verify-commit",
        payload: "tree TREE\nauthor A <a@x> 1700000000 +0000\ncommitter A <a@x> 1700000000 +0000\nx-note one\n\nsubject\n\nbody\n",
        put: |payload, key, signature| {
            let folded = signature.trim_end().replace('\n', "\n ");
            payload.replacen("\nx-note", &format!("\n{key} {folded}\nx-note"), 1)
        },
        read: |repository, id| repository.commit(id).ok()?.signed,
    },
    Kind {
        name: "tag",
        command: "verify-tag",
        payload: "object TREE\ntype tree\ntag v1\ntagger A <a@x> 1700000000 +0000\n\nsubject\n\nbody\n",
        put: |payload, _, signature| format!("{payload}{signature}"),
        read: |repository, id| repository.tag(id).ok()?.signed,
    },
];

/// The same signature in other words: some that programs take for the same, and some that they may not.
fn rewritten(signature: &str, program: Program) -> Vec<String> {
    let lines: Vec<&str> = signature.lines().collect();
    let (first, last) = (lines[0], lines[lines.len() - 1]);
    let is_body = |line: &&&str| !line.is_empty() && !line.starts_with('-') && !line.starts_with('=');
    let body: String = lines.iter().filter(is_body).copied().collect();
    let bytes = Base64::decode_vec(&body).unwrap();
    let whole = |body: &str, bytes: &[u8]| match program {
        Program::Gpg => format!("{first}\n\n{body}\n={}\n{last}\n", checksum(bytes)),
        Program::SshKeygen => format!("{first}\n{body}\n{last}\n"),
    };
    let mut written: Vec<String> = [1, 4, 7, 60, 64, 70, 76, 77, 1000]
        .into_iter()
        .map(|width| {
            let lines: Vec<_> = body.as_bytes().chunks(width).map(|line| String::from_utf8_lossy(line)).collect();
            whole(&lines.join("\n"), &bytes)
        })
        .collect();
    for (from, to) in [
        ("\n", "\r\n"),
        ("\n", " \n"),
        ("\n", "\t\n"),
        ("\n", "\n\n"),
        ("=", ""),
        ("=", "=="),
        ("+", "-"),
        ("/", "_"),
        ("SIGNATURE-----\n", "SIGNATURE-----\nComment: x\n"),
        ("SIGNATURE-----\n", "SIGNATURE-----\nVersion: x\n\n"),
        ("SIGNATURE-----\n", "SIGNATURE-----\n\n"),
        ("-----END", "=AAAA\n-----END"),
        ("-----END", "\n-----END"),
        ("-----END", " -----END"),
        ("-----END", "- -----END"),
        ("-----END", "----END"),
        ("-----BEGIN", "------BEGIN"),
        ("PGP SIGNATURE", "PGP MESSAGE"),
        ("PGP SIGNATURE", "SSH SIGNATURE"),
        ("SSH SIGNATURE", "PGP SIGNATURE"),
        ("SSH SIGNATURE", "SSH  SIGNATURE"),
    ] {
        written.push(signature.replace(from, to));
    }
    // Without a checksum, gpg takes no notice of an end that padding does not announce.
    if program == Program::Gpg && body.ends_with('=') {
        written.push(format!("{first}\n\n{body}\n{last}\n"));
    }
    // One bit after the other of what the armor is around.
    for bit in 0..bytes.len() * 8 {
        let mut bent = bytes.clone();
        bent[bit / 8] ^= 1 << (bit % 8);
        written.push(whole(&Base64::encode_string(&bent), &bent));
    }
    for more in [&b"\0"[..], b"\n", &bytes] {
        for bent in [[&bytes[..], more].concat(), [more, &bytes[..]].concat()] {
            written.push(whole(&Base64::encode_string(&bent), &bent));
        }
    }
    written
}

/// CRC-24 in base64 (RFC 9580 section 6.1).
fn checksum(bytes: &[u8]) -> String {
    let crc = bytes.iter().fold(0xb7_04ce_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte) << 16, |crc, _| match (crc << 1) & 0x100_0000 {
            0 => crc << 1,
            _ => (crc << 1) ^ 0x186_4cfb,
        })
    });
    Base64::encode_string(&crc.to_be_bytes()[1..])
}

/// Good objects of every way of writing the signature, and of many that are bent at random.
fn good_ones(stage: &Stage, signer: &Signer, kind: Kind, count: usize) -> Vec<Object> {
    let key = if stage.format == ObjectFormat::Sha1 { "gpgsig" } else { "gpgsig-sha256" };
    let payload = kind.payload.replace("TREE", &stage.empty_tree().to_string());
    let signature = signer.sign(&payload);
    let put = |signature: &str| (kind.put)(&payload, key, signature).into_bytes();
    let repository = stage.open();
    let mut raws = vec![put(&signature)];
    raws.extend(rewritten(&signature, signer.program).iter().map(|signature| put(signature)));
    raws.extend(many(put(&signature), count));
    let mut good: Vec<Object> = Vec::new();
    for raw in raws {
        let id = stage.write(kind.name, &raw);
        if (kind.read)(&repository, id).is_some_and(|signed| signer.is_good(&signed)) {
            good.push((id, raw));
        }
    }
    good.sort();
    good.dedup();
    good
}

fn what_is_good_here_is_good_to_git(program: Program, count: usize) {
    let signer = Signer::new(program);
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let stage = Stage::with_format(format);
        for kind in KINDS {
            let good = good_ones(&stage, &signer, kind, count);
            // The one that nobody bent, and some of those whose lines are broken elsewhere.
            assert!((5..200).contains(&good.len()), "{} are good", good.len());
            let told = signer.not_good_to_git(&stage, kind.command, &good);
            assert!(told.is_empty(), "good here and not to git:\n{}", told.join("\n\n"));
        }
    }
}

#[test]
fn what_is_good_by_an_ssh_key_is_good_to_git() {
    what_is_good_here_is_good_to_git(Program::SshKeygen, 1500);
}

#[test]
fn what_is_good_by_an_openpgp_key_is_good_to_git() {
    what_is_good_here_is_good_to_git(Program::Gpg, 400);
}
