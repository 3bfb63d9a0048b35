//! Bytes of an annotated tag become a [`RawTag`]: `object`, `type`, `tag`, usually `tagger`, a message, and a signature
//! at its very end (git-mktag(1), gitformat-signature(5)).

use crate::facts::ObjectKind;
use crate::ids::ObjectId;

use super::commit::{check_sizes, misplaced, object_id, required, signature_keys, single_line, without_signature_headers};
use super::headers::Headers;
use super::signed::{self, SignedBytes};
use super::text::{self, TextKind};
use super::{Anomalies, RawIdentity, Reading, Unread};

/// An annotated tag, as every parser reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawTag {
    pub id: ObjectId,
    pub target: ObjectId,
    /// What the tag says its target is; whether that is so is seen when it is peeled.
    pub target_kind: ObjectKind,
    /// The name inside the object.
    pub name: Vec<u8>,
    /// Tags of git's first year have none.
    pub tagger: Option<RawIdentity>,
    /// Without the signature.
    pub message: Vec<u8>,
    pub signed: Option<SignedBytes>,
    /// Stable names, in byte order; [`super`] lists them.
    pub anomalies: Vec<String>,
}

impl RawTag {
    /// Reads the content of the tag `id`.
    ///
    /// Git takes everything from the last line that begins like a signature for the signature. Only a tag with at most
    /// one such line, whose block ends where the object ends, is read.
    pub fn parse(id: ObjectId, raw: &[u8], reading: Reading<'_>) -> Result<Self, Unread> {
        let headers = Headers::split(raw)?;
        let mut anomalies = Anomalies::default();
        let mut list = headers.list.iter().peekable();
        let target = object_id(required(&mut list, "object")?, reading.format)?;
        let target_kind = parse_kind(required(&mut list, "type")?)?;
        let name = required(&mut list, "tag")?.to_vec();
        if name.is_empty() {
            return Err(Unread::ambiguous("it has no name"));
        }
        let tagger = match list.next_if(|header| header.key == b"tagger") {
            Some(header) => Some(RawIdentity::parse(single_line(header)?, "tagger", &mut anomalies)?),
            None => None,
        };
        // A header's signature is over the twin in the other hash; over the tag itself it stands in the body.
        let (_, twin_key) = signature_keys(reading.format);
        list.next_if(|header| header.key == twin_key && reading.compatible);
        if let Some(header) = list.next() {
            return Err(misplaced(header.key));
        }
        let (message, signed) = split_body(&headers, reading)?;
        check_sizes(&headers, 0, message.len(), reading.limits.header_bytes, reading.limits.message_bytes)?;
        anomalies.add_if(tagger.is_none(), "no_tagger");
        text::look_at(&name, TextKind::Name, &mut anomalies);
        text::look_at(&message, TextKind::Message, &mut anomalies);
        Ok(Self { id, target, target_kind, name, tagger, message, signed, anomalies: anomalies.into_names() })
    }
}

fn split_body(headers: &Headers<'_>, reading: Reading<'_>) -> Result<(Vec<u8>, Option<SignedBytes>), Unread> {
    let Some(start) = signed::find_block(headers.raw)? else {
        return Ok((headers.body().to_vec(), None));
    };
    if start < headers.body {
        return Err(Unread::ambiguous("a signature stands among its headers"));
    }
    let signature = headers.raw.get(start..).unwrap_or_default().to_vec();
    signed::check_block(&signature, reading.limits.signature_bytes)?;
    let message = headers.raw.get(headers.body..start).unwrap_or_default().to_vec();
    Ok((message, Some(SignedBytes { payload: without_signature_headers(headers, start), signature })))
}

fn parse_kind(word: &[u8]) -> Result<ObjectKind, Unread> {
    match word {
        b"blob" => Ok(ObjectKind::Blob),
        b"commit" => Ok(ObjectKind::Commit),
        b"tag" => Ok(ObjectKind::Tag),
        b"tree" => Ok(ObjectKind::Tree),
        _ => Err(Unread::ambiguous("it names a kind of object that does not exist")),
    }
}
