//! Commits and tags: under which circumstances they are read, and how their signatures are put back.

use refgate::config::Limits;
use refgate::ids::ObjectFormat;
use refgate::repository::raw::{RawIdentity, Reading};

/// Every circumstance under which an object can be read.
pub fn readings(limits: &Limits) -> impl Iterator<Item = Reading<'_>> {
    let both = [ObjectFormat::Sha1, ObjectFormat::Sha256];
    both.into_iter().flat_map(move |format| [false, true].map(|compatible| Reading { format, compatible, limits }))
}

pub fn hash_kind(format: ObjectFormat) -> gix::hash::Kind {
    match format {
        ObjectFormat::Sha1 => gix::hash::Kind::Sha1,
        ObjectFormat::Sha256 => gix::hash::Kind::Sha256,
    }
}

/// The header that holds a commit's own signature.
pub fn signature_key(format: ObjectFormat) -> &'static str {
    match format {
        ObjectFormat::Sha1 => "gpgsig",
        ObjectFormat::Sha256 => "gpgsig-sha256",
    }
}

/// The object without the headers that begin with `gpgsig`, in the plainest way.
pub fn without_signatures(raw: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    let (mut in_headers, mut in_signature) = (true, false);
    for line in raw.split_inclusive(|&b| b == b'\n') {
        if in_headers && line == b"\n" {
            in_headers = false;
            in_signature = false;
        } else if in_headers && !line.starts_with(b" ") {
            in_signature = line.starts_with(b"gpgsig");
        }
        if !in_signature {
            kept.extend_from_slice(line);
        }
    }
    kept
}

/// Somebody else's reading of the same line.
pub fn check_identity(ours: &RawIdentity, line: &[u8]) {
    let theirs = gix::actor::SignatureRef::from_bytes(line).expect("others read what is strictly read");
    assert_eq!(ours.name.trim_ascii(), theirs.name.trim_ascii());
    assert_eq!(ours.email.trim_ascii(), theirs.email.trim_ascii());
    assert_eq!(ours.time.0, theirs.seconds());
}

/// Anomalies are told by name, each once.
pub fn check_anomalies(anomalies: &[String]) {
    assert!(anomalies.is_sorted_by(|one, other| one < other), "{anomalies:?}");
}
