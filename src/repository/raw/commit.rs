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
        lines.next();
        let mut parents = Vec::new();
        while let Some(parent) = lines.peek().and_then(|line| linked(line, b"parent ", format)) {
            parents.push(parent);
            lines.next();
        }
        let seconds = lines.find_map(|line| line.strip_prefix(b"committer ")).and_then(lenient_seconds);
        Self { parents, time: Time(seconds.unwrap_or(0)) }
    }

    /// The tree, which stands in the first line.
    pub fn tree(raw: &[u8], format: ObjectFormat) -> Option<ObjectId> {
        linked(raw.split(|&b| b == b'\n').next()?, b"tree ", format)
    }
}

fn linked(line: &[u8], key: &[u8], format: ObjectFormat) -> Option<ObjectId> {
    ObjectId::parse(line.strip_prefix(key)?, format)
}

fn lenient_seconds(identity: &[u8]) -> Option<i64> {
    let dated = identity.rsplit(|&b| b == b'>').next()?.trim_ascii();
    let digits = dated.split(|&b| b == b' ').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Limits;

    /// Where one limit stands.
    type Field = fn(&mut Limits) -> &mut usize;

    const TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    const PARENT: &str = "1111111111111111111111111111111111111111";
    const BLOCK: &str = "-----BEGIN SSH SIGNATURE-----\n abc\n -----END SSH SIGNATURE-----";

    fn id() -> ObjectId {
        ObjectId::null(ObjectFormat::Sha1)
    }

    fn read_with(raw: &str, limits: &Limits, compatible: bool) -> Result<RawCommit, Unread> {
        RawCommit::parse(id(), raw.as_bytes(), Reading { format: ObjectFormat::Sha1, compatible, limits })
    }

    fn read(raw: &str) -> Result<RawCommit, Unread> {
        read_with(raw, &Limits::default(), false)
    }

    /// A commit with `extra` after its committer and `message` as its message.
    fn commit(extra: &str, message: &str) -> String {
        format!("tree {TREE}\nparent {PARENT}\nauthor A <a@x> 1 +0000\ncommitter C <c@x> 2 +0000\n{extra}\n{message}")
    }

    #[test]
    fn a_commit_as_git_writes_it_is_read_whole() {
        let raw = read(&commit(&format!("encoding utf-8\ngpgsig {BLOCK}\n"), "subject\n\nbody\n")).unwrap();
        assert_eq!((raw.tree.to_string().as_str(), raw.parents.len()), (TREE, 1));
        assert_eq!((raw.author.email.as_slice(), raw.committer.time), (&b"a@x"[..], Time(2)));
        assert_eq!(raw.message, b"subject\n\nbody\n");
        let signed = raw.signed.unwrap();
        assert_eq!(signed.signature, b"-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n");
        assert_eq!(signed.payload, commit("encoding utf-8\n", "subject\n\nbody\n").as_bytes());
        assert_eq!(raw.anomalies, [""; 0]);
    }

    #[test]
    fn root_commits_and_empty_messages_are_read() {
        let raw = read(&commit("", "").replace(&format!("parent {PARENT}\n"), "")).unwrap();
        assert_eq!((raw.parents.len(), raw.message.len(), raw.signed), (0, 0, None));
    }

    #[test]
    fn headers_out_of_their_order_are_ambiguous() {
        let good = commit("", "m\n");
        let lines: Vec<&str> = good.lines().take(4).collect();
        let wrong = [
            [lines[1], lines[0], lines[2], lines[3]].join("\n"),
            [lines[0], lines[2], lines[1], lines[3]].join("\n"),
            [lines[0], lines[1], lines[3], lines[2]].join("\n"),
            [lines[0], lines[1], lines[3]].join("\n"),
            [lines[0], lines[1], lines[2]].join("\n"),
            [lines[1], lines[2], lines[3]].join("\n"),
            [lines[0], lines[0], lines[2], lines[3]].join("\n"),
            [lines[0], lines[1], lines[2], lines[2], lines[3]].join("\n"),
            [lines[0], lines[1], lines[2], lines[3], lines[3]].join("\n"),
            [lines[0], lines[1], lines[2], lines[3], lines[2]].join("\n"),
            [lines[0], lines[1], lines[2], lines[3], lines[1]].join("\n"),
            [lines[0], lines[1], lines[2], lines[3], lines[0]].join("\n"),
            [lines[0], "x y", lines[1], lines[2], lines[3]].join("\n"),
            [lines[0], lines[1], "x y", lines[2], lines[3]].join("\n"),
            [lines[0], lines[1], lines[2], "x y", lines[3]].join("\n"),
            [lines[0], lines[1], &format!("gpgsig {BLOCK}"), lines[2], lines[3]].join("\n"),
        ];
        for headers in wrong {
            let result = read(&format!("{headers}\n\nm\n"));
            assert!(matches!(result, Err(Unread::Ambiguous(_))), "{headers}");
        }
    }

    #[test]
    fn what_parsers_cut_differently_is_ambiguous() {
        let good = commit("", "m\n");
        let wrong = [
            String::new(),
            "\n".to_string(),
            good.replace("m\n", "m\0\n"),
            good.replace("A <a@x>", "A\0 <a@x>"),
            good.replace("\n\nm\n", "\n"),
            good.replace("\n\nm\n", ""),
            format!(" {good}"),
            format!("\n{good}"),
            good.replace("tree ", "tree  "),
            good.replace(TREE, &TREE.to_uppercase()),
            good.replace(TREE, &TREE[1..]),
            good.replace(TREE, &format!("{TREE} ")),
            good.replace(TREE, &format!("{TREE}\r")),
            good.replace(PARENT, &PARENT[1..]),
            good.replace(&format!("parent {PARENT}\n"), &format!("parent {PARENT}\n x\n")),
            good.replace("tree", "Tree"),
            good.replace("committer C", "committer C <x@x> 1 +0000\n C"),
            commit("noval\n", "m\n"),
            commit("encoding utf-8\nencoding utf-8\n", "m\n"),
            commit("encoding utf-8\n x\n", "m\n"),
        ];
        for raw in wrong {
            assert!(matches!(read(&raw), Err(Unread::Ambiguous(_))), "{raw:?}");
        }
    }

    #[test]
    fn more_or_other_than_one_signature_block_is_ambiguous() {
        let pgp = BLOCK.replace("SSH", "PGP");
        let wrong = [
            format!("gpgsig {BLOCK}\ngpgsig {BLOCK}\n"),
            format!("gpgsig {BLOCK}\ngpgsig {pgp}\n"),
            format!("gpgsig {BLOCK}\n {pgp}\n"),
            format!("gpgsig {BLOCK}\ngpgsig-sha256 {BLOCK}\n"),
            format!("gpgsig-sha256 {BLOCK}\n"),
            "gpgsigfoo bar\n".to_string(),
            format!("gpgsig {BLOCK}\ngpgsigfoo bar\n"),
            "gpgsig \n".to_string(),
            "gpgsig garbage\n".to_string(),
            format!("gpgsig {BLOCK}\n garbage\n"),
            format!("gpgsig \n {BLOCK}\n"),
        ];
        for extra in wrong {
            assert!(matches!(read(&commit(&extra, "m\n")), Err(Unread::Ambiguous(_))), "{extra:?}");
        }
        // One empty line at the end is how some servers write it.
        assert!(read(&commit(&format!("gpgsig {BLOCK}\n \n"), "m\n")).unwrap().signed.is_some());
    }

    #[test]
    fn the_twin_s_signature_is_ignored_where_the_repository_expects_it_and_once_only() {
        let twin = format!("gpgsig-sha256 {BLOCK}\n");
        let read = |extra: &str| read_with(&commit(extra, "m\n"), &Limits::default(), true);
        assert_eq!(read(&twin).unwrap().signed, None);
        let both = read(&format!("{twin}gpgsig {BLOCK}\n")).unwrap();
        assert_eq!(both.signed.unwrap().payload, commit("", "m\n").as_bytes());
        assert!(matches!(read(&format!("{twin}{twin}")), Err(Unread::Ambiguous(_))));
        assert!(matches!(read("gpgsigfoo bar\n"), Err(Unread::Ambiguous(_))));
    }

    #[test]
    fn what_is_signed_is_all_but_the_signature_headers() {
        let extra = format!("mergetag object {TREE}\n type tree\n \n text\ngpgsig {BLOCK}\nx-one 1\nmergetag two\n");
        let raw = read(&commit(&extra, "gpgsig in the message\n")).unwrap();
        let rest = format!("mergetag object {TREE}\n type tree\n \n text\nx-one 1\nmergetag two\n");
        assert_eq!(raw.signed.unwrap().payload, commit(&rest, "gpgsig in the message\n").as_bytes());
        assert_eq!(raw.anomalies, [""; 0]);
    }

    #[test]
    fn anomalies_are_named() {
        let anomalies = |raw: &str| read(raw).unwrap().anomalies.join(" ");
        assert_eq!(anomalies(&commit("encoding UTF8\n", "m\n")), "");
        assert_eq!(anomalies(&commit("encoding ISO-8859-1\n", "m\n")), "encoding");
        assert_eq!(anomalies(&commit("x 1\ny 2\n", "m\n")), "");
        assert_eq!(anomalies(&commit("x 1\ny 2\nx 3\n", "m\n")), "repeated_header");
        assert_eq!(anomalies(&commit("", "a\x1bb")), "control_characters");
        let twice = format!("parent {PARENT}\nparent {PARENT}\n");
        assert_eq!(anomalies(&commit("", "m\n").replace(&format!("parent {PARENT}\n"), &twice)), "duplicate_parent");
    }

    #[test]
    fn each_limit_holds_exactly() {
        let raw = commit(&format!("gpgsig {BLOCK}\n"), "message\n");
        let headers = commit("", "").len();
        let block = BLOCK.replace("\n ", "\n").len() + 1;
        let checks: [(&str, usize, Field); 4] = [
            ("parents", 1, |limits| &mut limits.parents),
            ("header_bytes", headers, |limits| &mut limits.header_bytes),
            ("message_bytes", 8, |limits| &mut limits.message_bytes),
            ("signature_bytes", block, |limits| &mut limits.signature_bytes),
        ];
        for (name, limit, field) in checks {
            let mut limits = Limits::default();
            *field(&mut limits) = limit;
            assert!(read_with(&raw, &limits, false).is_ok(), "{name}");
            *field(&mut limits) = limit - 1;
            assert_eq!(read_with(&raw, &limits, false), Err(Unread::Limit { name, limit: limit - 1 }));
        }
    }

    #[test]
    fn links_are_read_from_anything_that_is_a_commit() {
        let links = |raw: &str| CommitLinks::parse(raw.as_bytes(), ObjectFormat::Sha1);
        let good = links(&commit("", "committer X <x@x> 9 +0000\n"));
        assert_eq!((good.parents.len(), good.time), (1, Time(2)));
        assert_eq!(links(&commit("", "m").replace("C <c@x> 2", "C> <c@x>>  7")).time, Time(7));
        assert_eq!(links("").parents, []);
        assert_eq!(links(&format!("tree {TREE}\nx y\nparent {PARENT}\n")).parents, []);
        assert_eq!(links(&commit("", "m").replace(" 2 +0000", " never")).time, Time(0));
        let tree = |raw: &str| CommitLinks::tree(raw.as_bytes(), ObjectFormat::Sha1).map(|id| id.to_string());
        assert_eq!(tree(&commit("", "m")).as_deref(), Some(TREE));
        assert_eq!((tree(""), tree(&format!("\ntree {TREE}\n")), tree(&format!("tree {TREE}0\n"))), (None, None, None));
    }
}
