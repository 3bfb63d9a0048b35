//! Bytes of a commit become a [`RawCommit`], strictly; or a [`CommitLinks`], leniently, to walk history that is not judged.

use std::collections::HashSet;

use crate::ids::{ObjectFormat, ObjectId};
use crate::time::Time;

use super::headers::{Header, Headers};
use super::signed::{self, SignedBytes};
use super::text::{self, TextKind};
use super::{Anomalies, RawIdentity, Reading, Unread};

/// A commit, as every parser reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawCommit {
    pub id: ObjectId,
    pub tree: ObjectId,
    pub parents: Vec<ObjectId>,
    pub author: RawIdentity,
    pub committer: RawIdentity,
    /// The `encoding` header, when there is one.
    pub encoding: Option<Vec<u8>>,
    pub message: Vec<u8>,
    pub signed: Option<SignedBytes>,
    /// Stable names, in byte order; [`super`] lists them.
    pub anomalies: Vec<String>,
}

/// What links a commit to others. Read from any object that is a commit: what is wrong with it is left to strict reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::repository) struct CommitLinks {
    pub tree: Option<ObjectId>,
    pub parents: Vec<ObjectId>,
    /// Committer date; 0 when there is none to be read. Only ever orders a walk.
    pub time: Time,
}

impl RawCommit {
    /// Reads the content of the commit `id`.
    pub fn parse(id: ObjectId, raw: &[u8], reading: Reading<'_>) -> Result<Self, Unread> {
        let headers = Headers::split(raw)?;
        let mut anomalies = Anomalies::default();
        let mut list = headers.list.iter().peekable();
        let tree = object_id(required(&mut list, "tree")?, reading.format)?;
        let mut parents = Vec::new();
        while let Some(header) = list.next_if(|header| header.key == b"parent") {
            if parents.len() == reading.limits.parents {
                return Err(Unread::Limit { name: "parents", limit: reading.limits.parents });
            }
            parents.push(object_id(single_line(header)?, reading.format)?);
        }
        let author = RawIdentity::parse(required(&mut list, "author")?, "author", &mut anomalies)?;
        let committer = RawIdentity::parse(required(&mut list, "committer")?, "committer", &mut anomalies)?;
        let rest = Rest::read(list, reading)?;
        rest.check_sizes(&headers, reading)?;
        let signed = match rest.signature {
            Some(header) => Some(take_signature(&headers, header, reading)?),
            None => None,
        };
        let message = headers.body().to_vec();
        anomalies.add_if(rest.repeated, "repeated_header");
        anomalies.add_if(rest.encoding.is_some_and(|encoding| !is_utf8(encoding)), "encoding");
        anomalies.add_if(parents.iter().collect::<HashSet<_>>().len() < parents.len(), "duplicate_parent");
        text::look_at(&message, TextKind::Message, &mut anomalies);
        let encoding = rest.encoding.map(<[u8]>::to_vec);
        Ok(Self { id, tree, parents, author, committer, encoding, message, signed, anomalies: anomalies.into_names() })
    }
}

/// The headers after `committer`.
struct Rest<'a> {
    encoding: Option<&'a [u8]>,
    signature: Option<&'a Header<'a>>,
    repeated: bool,
}

impl<'a> Rest<'a> {
    fn read(list: impl Iterator<Item = &'a Header<'a>>, reading: Reading<'_>) -> Result<Self, Unread> {
        let (own, twin) = signature_keys(reading.format);
        let mut rest = Self { encoding: None, signature: None, repeated: false };
        let mut unknown = HashSet::new();
        let mut twins = 0;
        for header in list {
            let twice = match header.key {
                b"tree" | b"parent" | b"author" | b"committer" => return Err(misplaced(header.key)),
                b"encoding" => rest.encoding.replace(single_line(header)?).is_some(),
                b"mergetag" => false,
                key if key == own => rest.signature.replace(header).is_some(),
                key if key == twin && reading.compatible => {
                    twins += 1;
                    twins > 1
                }
                key if key.starts_with(b"gpgsig") => return Err(misplaced(key)),
                key => {
                    rest.repeated |= !unknown.insert(key);
                    false
                }
            };
            if twice {
                return Err(Unread::ambiguous(format!("it has more than one '{}' header", header.key.escape_ascii())));
            }
        }
        Ok(rest)
    }

    fn check_sizes(&self, headers: &Headers<'_>, reading: Reading<'_>) -> Result<(), Unread> {
        let limits = reading.limits;
        let signature = self.signature.map_or(0, |header| header.span.len());
        check_sizes(headers, signature, headers.body().len(), limits.header_bytes, limits.message_bytes)
    }
}

pub(super) fn check_sizes(
    headers: &Headers<'_>,
    signature: usize,
    message: usize,
    header_bytes: usize,
    message_bytes: usize,
) -> Result<(), Unread> {
    if headers.body.saturating_sub(signature) > header_bytes {
        return Err(Unread::Limit { name: "header_bytes", limit: header_bytes });
    }
    if message > message_bytes {
        return Err(Unread::Limit { name: "message_bytes", limit: message_bytes });
    }
    Ok(())
}

/// The header that holds a signature over the object itself, and the one for its twin in the other hash
/// (git's hash-function-transition document).
pub(super) fn signature_keys(format: ObjectFormat) -> (&'static [u8], &'static [u8]) {
    match format {
        ObjectFormat::Sha1 => (b"gpgsig", b"gpgsig-sha256"),
        ObjectFormat::Sha256 => (b"gpgsig-sha256", b"gpgsig"),
    }
}

fn take_signature(headers: &Headers<'_>, header: &Header<'_>, reading: Reading<'_>) -> Result<SignedBytes, Unread> {
    let signature = headers.unfold(header);
    signed::check_block(&signature, reading.limits.signature_bytes)?;
    Ok(SignedBytes { payload: without_signature_headers(headers, headers.raw.len()), signature })
}

/// The object up to `end` without every header that begins with `gpgsig`.
pub(super) fn without_signature_headers(headers: &Headers<'_>, end: usize) -> Vec<u8> {
    let mut payload = Vec::with_capacity(end);
    for header in headers.list.iter().filter(|header| !header.key.starts_with(b"gpgsig")) {
        payload.extend_from_slice(headers.raw.get(header.span.clone()).unwrap_or_default());
    }
    // The empty line that ends the headers, and all that follows.
    payload.extend_from_slice(headers.raw.get(headers.body - 1..end).unwrap_or_default());
    payload
}

/// The value of the next header, which must be `key` on a single line.
pub(super) fn required<'a>(list: &mut impl Iterator<Item = &'a Header<'a>>, key: &str) -> Result<&'a [u8], Unread> {
    match list.next() {
        Some(header) if header.key == key.as_bytes() => single_line(header),
        _ => Err(Unread::ambiguous(format!("it has no '{key}' header in its place"))),
    }
}

pub(super) fn single_line<'a>(header: &Header<'a>) -> Result<&'a [u8], Unread> {
    match header.continued {
        false => Ok(header.value),
        true => Err(Unread::ambiguous(format!("its '{}' header goes on in another line", header.key.escape_ascii()))),
    }
}

pub(super) fn object_id(hex: &[u8], format: ObjectFormat) -> Result<ObjectId, Unread> {
    ObjectId::parse(hex, format).ok_or_else(|| Unread::ambiguous("it names an object by something that is no id"))
}

pub(super) fn misplaced(key: &[u8]) -> Unread {
    Unread::ambiguous(format!("it has a '{}' header out of place", key.escape_ascii()))
}

/// Git's own spellings of the encoding that needs no header.
fn is_utf8(encoding: &[u8]) -> bool {
    encoding.eq_ignore_ascii_case(b"utf-8") || encoding.eq_ignore_ascii_case(b"utf8")
}

impl CommitLinks {
    /// Never fails: a commit that is not well formed has the links up to the first line that is none.
    pub fn parse(raw: &[u8], format: ObjectFormat) -> Self {
        let mut lines = raw.split(|&b| b == b'\n').take_while(|line| !line.is_empty()).peekable();
        let id = |line: &[u8], key: &[u8]| line.strip_prefix(key).and_then(|hex| ObjectId::parse(hex, format));
        let tree = lines.next().and_then(|line| id(line, b"tree "));
        let mut parents = Vec::new();
        while let Some(parent) = lines.peek().and_then(|line| id(line, b"parent ")) {
            parents.push(parent);
            lines.next();
        }
        let seconds = lines.find_map(|line| line.strip_prefix(b"committer ")).and_then(lenient_seconds);
        Self { tree, parents, time: Time(seconds.unwrap_or(0)) }
    }
}

fn lenient_seconds(identity: &[u8]) -> Option<i64> {
    let dated = identity.rsplit(|&b| b == b'>').next()?.trim_ascii();
    let digits = dated.split(|&b| b == b' ').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
