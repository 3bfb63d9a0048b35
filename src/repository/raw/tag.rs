//! Bytes of an annotated tag become a [`RawTag`]: `object`, `type`, `tag`, usually `tagger`, a message, and a signature
//! at its very end (git-mktag(1), gitformat-signature(5)).

use crate::facts::ObjectKind;
use crate::ids::ObjectId;

use super::commit::{
    check_sizes, misplaced, object_id, required, signature_keys, single_line, without_signature_headers,
};
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Limits;
    use crate::ids::ObjectFormat;

    /// Where one limit stands.
    type Field = fn(&mut Limits) -> &mut usize;

    const TARGET: &str = "1111111111111111111111111111111111111111";
    const BLOCK: &str = "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n";

    fn read_with(raw: &str, limits: &Limits, compatible: bool) -> Result<RawTag, Unread> {
        let id = ObjectId::null(ObjectFormat::Sha1);
        RawTag::parse(id, raw.as_bytes(), Reading { format: ObjectFormat::Sha1, compatible, limits })
    }

    fn read(raw: &str) -> Result<RawTag, Unread> {
        read_with(raw, &Limits::default(), false)
    }

    fn tag(message: &str) -> String {
        format!("object {TARGET}\ntype commit\ntag v1\ntagger T <t@x> 1 +0000\n\n{message}")
    }

    #[test]
    fn a_tag_as_git_writes_it_is_read_whole() {
        let raw = read(&tag(&format!("one\n\n{BLOCK}"))).unwrap();
        assert_eq!(
            (raw.target.to_string().as_str(), raw.target_kind, raw.name.as_slice()),
            (TARGET, ObjectKind::Commit, &b"v1"[..])
        );
        assert_eq!((raw.tagger.unwrap().email, raw.message), (b"t@x".to_vec(), b"one\n\n".to_vec()));
        let signed = raw.signed.unwrap();
        assert_eq!((signed.payload, signed.signature), (tag("one\n\n").into_bytes(), BLOCK.as_bytes().to_vec()));
        assert_eq!(raw.anomalies, [""; 0]);
        assert_eq!(read(&tag("one\n")).unwrap().signed, None);
        assert_eq!(read(&tag("")).unwrap().message, b"");
        assert_eq!(read(&tag(BLOCK)).unwrap().message, b"");
    }

    #[test]
    fn what_parsers_read_differently_is_ambiguous() {
        let good = tag("m\n");
        let wrong = [
            good.replace(&format!("object {TARGET}\n"), ""),
            good.replace("type commit\n", ""),
            good.replace("type commit", "type banana"),
            good.replace("tag v1\n", ""),
            good.replace("tag v1\n", "tag \n"),
            good.replace("tag v1\n", "tag v1\ntag v2\n"),
            good.replace("tag v1\n", "tag v1\n v2\n"),
            good.replace("\n\nm\n", "\nx y\n\nm\n"),
            good.replace("\n\nm\n", "\ntagger T <t@x> 1 +0000\n\nm\n"),
            good.replace("\n\nm\n", &format!("\ngpgsig {}\n\nm\n", BLOCK.trim_end().replace('\n', "\n "))),
            good.replace("\n\nm\n", "\n"),
            good.replace("T <t@x>", "T <t@x> <u@x>"),
            good.replace("m\n", "m\0\n"),
            tag(&format!("{BLOCK}{BLOCK}")),
            tag(&format!("{BLOCK}text\n")),
            tag(&format!("{BLOCK}text\n{BLOCK}")),
            tag("-----BEGIN PGP SIGNATURE-----\n"),
            tag("-----BEGIN SSH SIGNATURE-----x\n"),
            tag(&BLOCK.replace("END PGP SIGNATURE", "END PGP MESSAGE")),
            good.replace("object ", "-----BEGIN PGP MESSAGE-----\nobject "),
        ];
        for raw in wrong {
            assert!(matches!(read(&raw), Err(Unread::Ambiguous(_))), "{raw:?}");
        }
        // A line that only mentions a block is text.
        assert!(read(&tag("see -----BEGIN PGP SIGNATURE-----\n")).unwrap().signed.is_none());
        assert!(read(&tag("-----BEGIN PGP PUBLIC KEY BLOCK-----\n")).unwrap().signed.is_none());
    }

    #[test]
    fn the_twin_s_signature_in_a_header_is_ignored_where_the_repository_expects_it() {
        let twin = format!("tagger T <t@x> 1 +0000\ngpgsig-sha256 {}\n", BLOCK.trim_end().replace('\n', "\n "));
        let raw = tag(&format!("m\n{BLOCK}")).replace("tagger T <t@x> 1 +0000\n", &twin);
        assert!(matches!(read(&raw), Err(Unread::Ambiguous(_))));
        // The header holds a line that begins like a block, but only after a space.
        let read = read_with(&raw, &Limits::default(), true).unwrap();
        assert_eq!(read.signed.unwrap().payload, tag("m\n").into_bytes());
    }

    #[test]
    fn anomalies_are_named() {
        let anomalies = |raw: &str| read(raw).unwrap().anomalies.join(" ");
        assert_eq!(anomalies(&tag("m\n").replace("tagger T <t@x> 1 +0000\n", "")), "no_tagger");
        assert_eq!(anomalies(&tag("m\n").replace("tag v1", "tag v\u{202e}1")), "bidi_characters");
        assert_eq!(anomalies(&tag("\x07\n")), "control_characters");
    }

    #[test]
    fn each_limit_holds_exactly() {
        let raw = tag(&format!("message\n{BLOCK}"));
        let checks: [(&str, usize, Field); 3] = [
            ("header_bytes", tag("").len(), |limits| &mut limits.header_bytes),
            ("message_bytes", 8, |limits| &mut limits.message_bytes),
            ("signature_bytes", BLOCK.len(), |limits| &mut limits.signature_bytes),
        ];
        for (name, limit, field) in checks {
            let mut limits = Limits::default();
            *field(&mut limits) = limit;
            assert!(read_with(&raw, &limits, false).is_ok(), "{name}");
            *field(&mut limits) = limit - 1;
            assert_eq!(read_with(&raw, &limits, false), Err(Unread::Limit { name, limit: limit - 1 }));
        }
    }
}
