//! Reads OpenSSH key revocation lists (PROTOCOL.krl). Every byte must be understood; nothing is skipped but
//! extensions that say they may be.

use crate::signature::public_key::PublicKey;
use crate::signature::revocation::{Bitmap, Issued, Revocations};
use crate::signature::wire::Reader;

const MAGIC: &[u8] = b"SSHKRL\n\0";

/// The file is a KRL, if a readable one.
pub(super) fn is_krl(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Adds everything a KRL revokes. The error fits after "the KRL".
pub(super) fn parse(bytes: &[u8], into: &mut Revocations) -> Result<(), String> {
    let mut reader = Reader::new(bytes);
    let version = header(&mut reader).ok_or_else(truncated)?;
    if version != 1 {
        return Err(format!("is written in version {version} of the format, which is unknown"));
    }
    let mut signed = false;
    while !reader.is_empty() {
        let unsigned = bytes.get(..bytes.len().saturating_sub(reader.len())).unwrap_or_default();
        let section = reader.byte().ok_or_else(truncated)?;
        let body = reader.string().ok_or_else(truncated)?;
        if section == 4 {
            let signature = reader.string().ok_or_else(truncated)?;
            // The signature is over all that stands before it, and its own key (PROTOCOL.krl, "KRL signature sections").
            let through = unsigned.len().saturating_add(5).saturating_add(body.len());
            verify(body, signature, bytes.get(..through).unwrap_or_default())?;
            signed = true;
            continue;
        }
        if signed {
            return Err("goes on after its signature".to_string());
        }
        match section {
            1 => into.issued.push(certificates(body)?),
            2 => strings(body, |key| {
                into.keys.insert(key.to_vec());
                PublicKey::parse(key).map(|_| ()).map_err(|_| "holds a key that cannot be read".to_string())
            })?,
            3 => strings(body, |digest| {
                into.sha1.insert(digest.to_vec());
                length(digest, 20)
            })?,
            5 => strings(body, |digest| {
                into.sha256.insert(digest.to_vec());
                length(digest, 32)
            })?,
            255 => extension(body)?,
            other => return Err(format!("has a section of unknown type {other}")),
        }
    }
    Ok(())
}

/// Reads over the head, and hands over the version of the format.
fn header(reader: &mut Reader<'_>) -> Option<u32> {
    reader.take(MAGIC.len())?;
    let version = reader.u32()?;
    let (_number, _date, _flags) = (reader.u64()?, reader.u64()?, reader.u64()?);
    let (_reserved, _comment) = (reader.string()?, reader.string()?);
    Some(version)
}

/// A section of certificates of one authority, or of all.
fn certificates(body: &[u8]) -> Result<Issued, String> {
    let mut reader = Reader::new(body);
    let authority = reader.string().ok_or_else(truncated)?;
    let _reserved = reader.string().ok_or_else(truncated)?;
    let mut issued = Issued::default();
    if !authority.is_empty() {
        PublicKey::parse(authority).map_err(|_| "holds an authority that cannot be read".to_string())?;
        issued.authority = Some(authority.to_vec());
    }
    while !reader.is_empty() {
        let kind = reader.byte().ok_or_else(truncated)?;
        let mut part = Reader::new(reader.string().ok_or_else(truncated)?);
        match kind {
            0x20 => {
                while !part.is_empty() {
                    issued.serials.insert(part.u64().ok_or_else(truncated)?);
                }
            }
            0x21 => {
                let (low, high) = (part.u64().ok_or_else(truncated)?, part.u64().ok_or_else(truncated)?);
                if low > high {
                    return Err("holds a range of serial numbers that ends before it begins".to_string());
                }
                issued.ranges.push(low..=high);
            }
            0x22 => {
                let (offset, bits) = (part.u64().ok_or_else(truncated)?, part.string().ok_or_else(truncated)?);
                if bits.first().is_some_and(|byte| byte & 0x80 != 0) {
                    return Err("holds a negative bitmap".to_string());
                }
                issued.bitmaps.push(Bitmap { offset, bits: bits.to_vec() });
            }
            0x23 => {
                while !part.is_empty() {
                    let id = part.text().ok_or_else(truncated)?;
                    issued.key_ids.insert(id.to_string());
                }
            }
            0x39 => {
                extension(part.rest())?;
                continue;
            }
            other => return Err(format!("has a section of certificates of unknown type {other}")),
        }
        if !part.is_empty() {
            return Err("has a section that is longer than what it holds".to_string());
        }
    }
    // An authority that does not number its certificates writes 0 into them all.
    if issued.numbers(0) {
        return Err("revokes the serial number 0, which tells no certificate from another".to_string());
    }
    Ok(issued)
}

/// An extension that may be left out is; any other makes the whole list unreadable.
fn extension(body: &[u8]) -> Result<(), String> {
    let mut reader = Reader::new(body);
    let name = reader.text().ok_or_else(truncated)?;
    let critical = reader.byte().ok_or_else(truncated)?;
    let _contents = reader.string().ok_or_else(truncated)?;
    if critical != 0 {
        return Err(format!("demands the unknown extension '{}'", name.escape_debug()));
    }
    if reader.is_empty() { Ok(()) } else { Err("has an extension that is longer than what it holds".to_string()) }
}

/// A signature tells of damage only: whoever may write the file is trusted with what it revokes.
fn verify(key: &[u8], signature: &[u8], signed: &[u8]) -> Result<(), String> {
    let wrong = |_| "is not what was signed".to_string();
    let key = PublicKey::parse(key).map_err(wrong)?;
    let signature = key.parse_signature(signature).map_err(wrong)?;
    key.verify(signed, &signature).map(|_| ()).map_err(wrong)
}

fn strings(body: &[u8], mut take: impl FnMut(&[u8]) -> Result<(), String>) -> Result<(), String> {
    let mut reader = Reader::new(body);
    while !reader.is_empty() {
        take(reader.string().ok_or_else(truncated)?)?;
    }
    Ok(())
}

fn length(digest: &[u8], bytes: usize) -> Result<(), String> {
    if digest.len() == bytes { Ok(()) } else { Err("holds a fingerprint of the wrong length".to_string()) }
}

fn truncated() -> String {
    "is cut off or damaged".to_string()
}
