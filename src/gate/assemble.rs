//! Raw objects and verifications as the documents that rules see. Works out only what is read.

use crate::config::Config;
use crate::facts::{self, Key, Person, Signature, Status, Trailer};
use crate::ids::RefName;
use crate::input::Reads;
use crate::people::People;
use crate::repository::{RawCommit, RawIdentity, RawTag, SignedBytes};
use crate::signature::{Keyring, Moments, Verification};
use crate::time::Time;

/// Whose word counts, and when it is heard.
#[derive(Clone, Copy)]
pub struct Authority<'a> {
    pub config: &'a Config,
    pub people: &'a People,
    pub keyring: &'a Keyring,
    pub received: Time,
}

impl Authority<'_> {
    /// The document of a commit, without its changes and what only its update can tell.
    pub fn commit(&self, raw: &RawCommit, reads: &Reads) -> facts::Commit {
        let message = text(&raw.message);
        // Who is known can depend on who signed, where an authority's word makes people.
        let signature_counts = reads.wants("commit.signature")
            || self.keyring.has_authorities()
                && (reads.wants("commit.author.claimed") || reads.wants("commit.committer.claimed"));
        let signature = match signature_counts {
            true => self.signature(raw.signed.as_ref(), raw.committer.time, "signer"),
            false => Signature::unsigned("signer"),
        };
        facts::Commit {
            id: raw.id.to_string(),
            tree: raw.tree.to_string(),
            parents: raw.parents.iter().map(ToString::to_string).collect(),
            merge: raw.parents.len() > 1,
            root: raw.parents.is_empty(),
            first_parent: false,
            first_seen: false,
            skew_seconds: raw.committer.time.0.saturating_sub(self.received.0),
            author: self.identity(&raw.author, "author", &signature.person),
            committer: self.identity(&raw.committer, "committer", &signature.person),
            subject: subject(&message),
            trailers: if reads.wants("commit.trailers") { trailers(&message) } else { Vec::new() },
            message,
            signature,
            changes: Vec::new(),
            odd_changes: Vec::new(),
            anomalies: raw.anomalies.clone(),
        }
    }

    /// The document of an annotated tag.
    pub fn tag(&self, raw: &RawTag, name: &RefName, depth: usize) -> facts::Tag {
        let inside = text(&raw.name);
        let signature = self.tag_signature(raw, "signer");
        facts::Tag {
            annotated: true,
            id: raw.id.to_string(),
            names_ref: name.without_namespaces() == format!("refs/tags/{inside}"),
            name: inside,
            target: facts::Target { kind: raw.target_kind, id: raw.target.to_string() },
            tagger: raw
                .tagger
                .as_ref()
                .map(|tagger| self.identity(tagger, "tagger", &signature.person))
                .unwrap_or_default(),
            message: text(&raw.message),
            signature,
            depth: u32::try_from(depth).unwrap_or(u32::MAX),
            anomalies: raw.anomalies.clone(),
        }
    }

    /// The document of a ref below `refs/tags/` that names no tag object.
    pub fn lightweight(&self, target: facts::Target) -> facts::Tag {
        facts::Tag {
            annotated: false,
            id: String::new(),
            name: String::new(),
            names_ref: false,
            target,
            tagger: facts::Identity::default(),
            message: String::new(),
            signature: Signature::unsigned("signer"),
            depth: 0,
            anomalies: Vec::new(),
        }
    }

    /// `signer` signed the object that the identity stands in: someone whom only a certificate makes a person has no
    /// other place to be known from.
    fn identity(&self, raw: &RawIdentity, place: &str, signer: &Person) -> facts::Identity {
        let email = text(&raw.email);
        let mut claimed = self.people.claimed(&email, place);
        let is_signer = || signer.known && signer.emails.iter().any(|known| known.eq_ignore_ascii_case(&email));
        if !claimed.known && is_signer() {
            claimed = facts::Claimed { id: signer.id.clone(), known: true };
        }
        facts::Identity {
            name: text(&raw.name),
            time: raw.time.rfc3339(),
            time_ns: raw.time.nanoseconds(),
            claimed,
            email,
        }
    }

    /// Verifies a signature and finds the person whose key made it.
    pub fn signature(&self, signed: Option<&SignedBytes>, claimed: Time, place: &str) -> Signature {
        let Some(signed) = signed else {
            return Signature::unsigned(place);
        };
        let moments = Moments { claimed, received: self.received, tolerance: self.config.identity.clock_tolerance };
        let verification = self.keyring.verify(&signed.payload, &signed.signature, moments);
        self.signature_fact(verification, place)
    }

    /// Verifies a tag's signature. Where nobody is named as tagger, git verifies none (git-verify-tag(1)): it takes the
    /// time of signing from there.
    pub fn tag_signature(&self, raw: &RawTag, place: &str) -> Signature {
        match (&raw.signed, &raw.tagger) {
            (Some(_), None) => Signature {
                status: Status::Malformed,
                at_signing: Status::Malformed,
                reason: "the tag is signed and names no tagger".to_string(),
                ..Signature::unsigned(place)
            },
            (signed, tagger) => {
                let claimed = tagger.as_ref().map_or(Time::NEVER_WAS, |tagger| tagger.time);
                self.signature(signed.as_ref(), claimed, place)
            }
        }
    }

    fn signature_fact(&self, verification: Verification, place: &str) -> Signature {
        let Verification { mut status, mut at_signing, format, key, principals, principal, made_at, hash, mut reason } =
            verification;
        let person = if is_proven(status) || is_proven(at_signing) { self.person(&key, &principal) } else { None };
        if person.is_none() {
            for judgement in [&mut status, &mut at_signing].into_iter().filter(|judgement| **judgement == Status::Good)
            {
                *judgement = Status::Untrusted;
                reason = format!("signed by '{}', which nobody here is known to have", key.fingerprint);
            }
        }
        Signature {
            status,
            format,
            person: person.unwrap_or_else(|| Person::unknown(place)),
            principals,
            key,
            made_at: made_at.rfc3339(),
            made_at_ns: made_at.nanoseconds(),
            hash,
            at_signing,
            reason,
        }
    }

    /// The one person who has the key; for a certificate of an authority, whom its principal names.
    fn person(&self, key: &Key, principal: &str) -> Option<Person> {
        match (key.authority.is_empty(), principal.is_empty()) {
            (true, _) => {
                let named = || (!principal.is_empty()).then(|| self.people.by_email(principal)).flatten();
                self.people.by_fingerprint(&key.fingerprint).or_else(named).map(|person| person.fact())
            }
            (false, true) => None,
            (false, false) => self.people.certified(principal, &key.fingerprint),
        }
    }
}

/// The signature was made by the key that it names, whether or not that counts.
fn is_proven(status: Status) -> bool {
    match status {
        Status::Expired | Status::Good | Status::NotYetValid | Status::Retired | Status::Revoked | Status::Weak => true,
        Status::Bad
        | Status::Malformed
        | Status::UnknownKey
        | Status::Unsigned
        | Status::Unsupported
        | Status::Untrusted => false,
    }
}

/// Bytes as text: UTF-8 as it is, other bytes as `\\xNN`.
pub fn text(bytes: &[u8]) -> String {
    bytes
        .utf8_chunks()
        .fold(String::new(), |text, chunk| text + chunk.valid() + &chunk.invalid().escape_ascii().to_string())
}

/// The first line of a message.
pub fn subject(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_string()
}

/// `Key: value` lines of the last paragraph, if it is not the first and holds nothing else. A line that begins with
/// white space continues the one before it.
fn trailers(message: &str) -> Vec<Trailer> {
    let Some((_, last)) = message.trim_end().rsplit_once("\n\n") else {
        return Vec::new();
    };
    let mut trailers: Vec<Trailer> = Vec::new();
    for line in last.lines() {
        if line.starts_with([' ', '\t']) {
            let Some(before) = trailers.last_mut() else {
                return Vec::new();
            };
            before.value.push(' ');
            before.value.push_str(line.trim());
            continue;
        }
        match line.split_once(':') {
            Some((key, value)) if is_trailer_key(key) => {
                trailers.push(Trailer { key: key.to_string(), value: value.trim().to_string() });
            }
            _ => return Vec::new(),
        }
    }
    trailers
}

fn is_trailer_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailers_are_the_last_paragraph_and_nothing_else() {
        let pairs =
            |message: &str| trailers(message).into_iter().map(|t| format!("{}={}", t.key, t.value)).collect::<Vec<_>>();
        assert_eq!(
            pairs("subject\n\nbody\n\nSigned-off-by: A <a@x>\nIssue: 1\n  2\n"),
            ["Signed-off-by=A <a@x>", "Issue=1 2"]
        );
        assert!(pairs("Subject: not a trailer\n").is_empty());
        assert!(pairs("subject\n\nSee: this\nplain words\n").is_empty());
        assert!(pairs("subject\n\n continued: nothing\n").is_empty());
    }
}
