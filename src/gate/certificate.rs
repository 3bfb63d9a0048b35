//! The push certificate (`git push --signed`, gitprotocol-pack(5)): read and verified here, never git's word on it,
//! and its commands must be exactly those on stdin. Whose certificate counts is for rules to say.

use std::collections::BTreeSet;

use bstr::ByteSlice;

use crate::facts::{self, CertificateStatus};
use crate::push::Command;
use crate::repository::SignedBytes;
use crate::time::Time;

use super::assemble::Authority;

/// What git says of a certificate: where it is stored, and how its nonce compares.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Full id of the blob.
    pub blob: String,
    /// `OK`, `SLOP`, `BAD`, `MISSING`, `UNSOLICITED`.
    pub nonce_status: String,
}

/// What a certificate states, and the signature over it; nothing about that is verified by reading it.
#[derive(Debug)]
pub struct Statement<'a> {
    /// The time in its `pusher` line.
    pub made_at: Time,
    pub options: Vec<&'a str>,
    /// `<old> SP <new> SP <ref>`, as written.
    pub commands: BTreeSet<String>,
    pub signed: SignedBytes,
}

/// Reads `blob` and compares it with what was pushed. The error is a sentence for the pusher.
pub fn verify(
    blob: &[u8],
    sent: &Sent,
    commands: &[Command],
    options: &[String],
    authority: &Authority,
) -> Result<facts::Certificate, String> {
    let statement = Statement::parse(blob).ok_or("the push certificate cannot be read")?;
    statement.is_about(commands, options)?;
    let signature = authority.signature(Some(&statement.signed), statement.made_at, "certificate");
    Ok(facts::Certificate {
        status: CertificateStatus::Signed(signature.status),
        nonce_status: sent.nonce_status.clone(),
        person: signature.person,
        key: signature.key,
    })
}

impl<'a> Statement<'a> {
    /// `certificate version 0.1`, `pusher`, `pushee`, `nonce`, any `push-option`, an empty line, the commands, a
    /// signature.
    pub fn parse(blob: &'a [u8]) -> Option<Self> {
        let starts = blob.find("\n-----BEGIN ")? + 1;
        let (payload, signature) = blob.split_at(starts);
        let text = payload.to_str().ok()?;
        let mut lines = text.strip_prefix("certificate version 0.1\n")?.split_terminator('\n');
        let made_at = pusher_time(lines.next()?.strip_prefix("pusher ")?)?;
        let mut options = Vec::new();
        for line in lines.by_ref() {
            match line.split_once(' ') {
                None if line.is_empty() => break,
                Some(("push-option", option)) => options.push(option),
                Some(("pushee" | "nonce", _)) => {}
                _ => return None,
            }
        }
        let commands: Vec<&str> = lines.collect();
        let distinct: BTreeSet<String> = commands.iter().map(ToString::to_string).collect();
        if distinct.len() != commands.len() || commands.is_empty() {
            return None;
        }
        let signed = SignedBytes { payload: payload.to_vec(), signature: signature.to_vec() };
        Some(Self { made_at, options, commands: distinct, signed })
    }

    /// Whether it states exactly these commands and options. The error is a sentence for the pusher.
    pub fn is_about(&self, commands: &[Command], options: &[String]) -> Result<(), String> {
        let pushed: BTreeSet<String> =
            commands.iter().map(|command| format!("{} {} {}", command.old, command.new, command.requested)).collect();
        if self.commands != pushed {
            return Err("the push certificate is about other updates than the push".to_string());
        }
        if self.options != options {
            return Err("the push certificate states other push options than the push".to_string());
        }
        Ok(())
    }
}

/// The seconds in `<name> <mail> <seconds> <zone>`; the name of an SSH key may stand for name and mail.
fn pusher_time(identity: &str) -> Option<Time> {
    let mut words = identity.rsplit(' ');
    let _zone = words.next()?;
    words.next()?.parse().ok().map(Time)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = "certificate version 0.1\npusher Alice <a@x> 1700000000 +0000\npushee file:///x\nnonce 1-ab\n\
        push-option one\n\n0 1 refs/heads/main\n1 2 refs/heads/side\n-----BEGIN SSH SIGNATURE-----\nx\n-----END SSH SIGNATURE-----\n";

    #[test]
    fn a_certificate_is_read_to_the_byte() {
        let statement = Statement::parse(CERTIFICATE.as_bytes()).unwrap();
        assert_eq!(statement.made_at, Time(1_700_000_000));
        assert_eq!(statement.options, ["one"]);
        assert_eq!(statement.commands.len(), 2);
        assert!(statement.signed.payload.ends_with(b"refs/heads/side\n"));
        assert!(statement.signed.signature.starts_with(b"-----BEGIN SSH"));
    }

    #[test]
    fn what_is_not_a_certificate_is_not_read() {
        for (from, to) in [
            ("version 0.1", "version 0.2"),
            ("pusher", "puller"),
            ("nonce 1-ab", "once 1-ab"),
            ("1 2 refs/heads/side\n", "0 1 refs/heads/main\n"),
            ("0 1 refs/heads/main\n1 2 refs/heads/side\n", ""),
            ("-----BEGIN", "----BEGIN"),
        ] {
            assert!(Statement::parse(CERTIFICATE.replace(from, to).as_bytes()).is_none(), "{to:?}");
        }
    }
}
