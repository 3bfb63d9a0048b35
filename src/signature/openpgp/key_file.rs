//! What a file of OpenPGP keys holds: certificates, and revocations that stand alone, as gpg writes one for every new
//! key (`<fingerprint>.rev`). Whom a revocation concerns is not known here.

use bstr::ByteSlice;
use sequoia_openpgp::PacketPile;
use sequoia_openpgp::cert::raw::{RawCert, RawCertParser};
use sequoia_openpgp::packet::{Packet, Signature, Tag};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::types::SignatureType;

use crate::problem::Problem;
use crate::signature::KeyFile;
use crate::signature::armor::{self, KeyBlocks};
use crate::signature::public_key::PublicKey;

/// Everything in a file, at least one of either.
pub(super) struct Contents {
    pub certificates: Vec<RawCert<'static>>,
    /// Signatures that revoke some primary key. Not verified.
    pub revocations: Vec<Signature>,
}

/// Splits a file. Nothing in it may be unreadable.
pub(super) fn read(file: &KeyFile) -> Result<Contents, Box<Problem>> {
    let problem = |reason: &str| Box::new(Problem::error(&file.path, reason));
    if PublicKey::parse_list(file).is_some() {
        let help = "keep it in another folder, and name it under 'keys' in people.toml";
        return Err(Box::new(problem("the file holds an SSH key, and no OpenPGP certificate").help(help)));
    }
    if !may_hold_certificates(file) {
        return Err(problem("the file holds no OpenPGP certificate"));
    }
    let KeyBlocks { bodies, remarks } = match is_binary(&file.bytes) {
        true => KeyBlocks { bodies: vec![file.bytes.clone()], remarks: false },
        false => blocks(file)?,
    };
    let mut contents = Contents { certificates: Vec::new(), revocations: Vec::new() };
    for body in bodies {
        if first_tag(&body) == Some(Tag::Signature) {
            contents.revocations.extend(revocations(&body).map_err(problem)?);
            continue;
        }
        let unreadable = |error| problem(&format!("the file is not made of OpenPGP certificates: {error:#}"));
        for raw in RawCertParser::from_bytes(&body).map_err(unreadable)? {
            contents.certificates.push(raw.map_err(unreadable)?.into_owned());
        }
    }
    if contents.certificates.is_empty() && contents.revocations.is_empty() {
        return Err(problem("the file holds no OpenPGP certificate"));
    }
    // gpg writes sentences above a revocation. Beside certificates they could be what is left of another block.
    if remarks && !contents.certificates.is_empty() {
        return Err(problem(&format!("the armor of a certificate {}", armor::BESIDE)));
    }
    Ok(contents)
}

/// The blocks of a file that is text.
fn blocks(file: &KeyFile) -> Result<KeyBlocks, Box<Problem>> {
    let text = file.bytes.replace("\r\n", "\n");
    if let Some(at) = disarmed(&text) {
        let help = "remove the ':' before '-----BEGIN' to revoke the key; else keep the file somewhere else";
        return Err(Box::new(at_line(file, &text, at, "a colon keeps the revocation in the file from use").help(help)));
    }
    armor::parse_keys(&text).map_err(|stray| {
        Box::new(at_line(file, &text, stray.at, &format!("the armor of a certificate {}", stray.reason)))
    })
}

/// Where gpg put a colon before a block, so that nobody revokes a key by accident.
fn disarmed(text: &[u8]) -> Option<usize> {
    const COLON: &[u8] = b":-----BEGIN PGP";
    text.find_iter(COLON).find(|&at| at == 0 || text.get(at - 1) == Some(&b'\n'))
}

/// The problem at the line that begins there, where the file is text.
fn at_line(file: &KeyFile, text: &[u8], at: usize, message: &str) -> Problem {
    let problem = Problem::error(&file.path, message);
    match std::str::from_utf8(text) {
        Ok(text) => {
            let line = text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
            problem.at(&text.into(), at..at + line.len())
        }
        Err(_) => problem,
    }
}

/// Whether the file looks like one of certificates: binary packets, or an armor somewhere in it.
pub(in crate::signature) fn may_hold_certificates(file: &KeyFile) -> bool {
    is_binary(&file.bytes) || file.bytes.contains_str("-----BEGIN PGP")
}

/// The file begins with the tag of a packet, whose highest bit is set (RFC 9580 section 4.2).
fn is_binary(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| first & 0x80 != 0)
}

/// The kind of the first packet, in either format (RFC 9580 section 4.2).
fn first_tag(body: &[u8]) -> Option<Tag> {
    let first = *body.first()?;
    match (first & 0x80 != 0, first & 0x40 != 0) {
        (false, _) => None,
        (true, true) => Some(Tag::from(first & 0x3f)),
        (true, false) => Some(Tag::from((first & 0x3c) >> 2)),
    }
}

fn revocations(body: &[u8]) -> Result<Vec<Signature>, &'static str> {
    let packets = PacketPile::from_bytes(body).map_err(|_| "the revocation in the file cannot be read")?;
    let revocation = |packet| match packet {
        Packet::Signature(signature) if signature.typ() == SignatureType::KeyRevocation => Ok(signature),
        _ => Err("the file holds something else than certificates and revocations of whole certificates"),
    };
    packets.into_children().map(revocation).collect()
}
