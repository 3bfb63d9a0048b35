//! SSH keys and certificates that the operator took back: OpenSSH KRLs and plain lists of public keys. A file that
//! cannot be read to its end is refused as a whole, since what was not read might revoke anything.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use sequoia_openpgp::types::HashAlgorithm;
use sha2::{Digest, Sha256};

use crate::problem::Problem;
use crate::signature::KeyFile;
use crate::signature::certificate::Certificate;
use crate::signature::krl;
use crate::signature::public_key::{self, PublicKey};

/// Everything that is revoked.
#[derive(Debug, Default)]
pub(super) struct Revocations {
    /// Public keys by their bytes.
    pub keys: HashSet<Vec<u8>>,
    /// Digests of the bytes of public keys.
    pub sha1: HashSet<Vec<u8>>,
    pub sha256: HashSet<Vec<u8>>,
    /// Certificates by what their authority wrote into them.
    pub issued: Vec<Issued>,
}

/// Certificates of one authority, by serial number or key id.
#[derive(Debug, Default)]
pub(super) struct Issued {
    /// The authority's key by its bytes; `None` means every authority.
    pub authority: Option<Vec<u8>>,
    pub serials: HashSet<u64>,
    pub ranges: Vec<RangeInclusive<u64>>,
    pub bitmaps: Vec<Bitmap>,
    pub key_ids: HashSet<String>,
}

/// Serial numbers as bits: the lowest bit stands for `offset`. Big-endian.
#[derive(Debug)]
pub(super) struct Bitmap {
    pub offset: u64,
    pub bits: Vec<u8>,
}

impl Revocations {
    /// Reads every file, each a KRL or a list.
    pub(super) fn load(files: &[KeyFile]) -> Result<Self, Vec<Problem>> {
        let mut revocations = Self::default();
        let mut problems = Vec::new();
        for file in files {
            let read = if krl::is_krl(&file.bytes) {
                krl::parse(&file.bytes, &mut revocations)
                    .map_err(|reason| vec![Problem::error(&file.path, format!("the KRL {reason}"))])
            } else {
                revocations.read_list(file)
            };
            problems.extend(read.err().into_iter().flatten());
        }
        if problems.is_empty() { Ok(revocations) } else { Err(problems) }
    }

    /// Whether this key may no longer sign, nor certify.
    pub(super) fn revokes_key(&self, key: &PublicKey) -> bool {
        self.keys.contains(key.blob())
            || (!self.sha256.is_empty() && self.sha256.contains(Sha256::digest(key.blob()).as_slice()))
            || (!self.sha1.is_empty() && sha1(key.blob()).is_none_or(|digest| self.sha1.contains(&digest)))
    }

    /// Whether a key of which only the fingerprint is known is among those that are; a list of SHA-1 digests alone
    /// does not tell.
    pub(super) fn revokes_fingerprint(&self, fingerprint: &str) -> bool {
        let of_keys = self.keys.iter().map(|blob| Sha256::digest(blob).to_vec());
        of_keys.chain(self.sha256.iter().cloned()).any(|digest| public_key::fingerprint(&digest) == fingerprint)
    }

    /// Whether this certificate, its key, or its authority is revoked.
    pub(super) fn revokes_certificate(&self, certificate: &Certificate) -> bool {
        self.revokes_key(certificate.key())
            || self.revokes_key(certificate.authority())
            || self.issued.iter().any(|issued| issued.contains(certificate))
    }

    /// One public key a line, as in `.pub` files. A certificate in its place stands for its key.
    fn read_list(&mut self, file: &KeyFile) -> Result<(), Vec<Problem>> {
        let text: Arc<str> = match std::str::from_utf8(&file.bytes) {
            Ok(text) if !text.trim().is_empty() => text.into(),
            Ok(_) => {
                let help = "a list of no keys holds a comment that says so: `# nothing is revoked`";
                return Err(vec![Problem::error(&file.path, "the list of revoked keys is empty").help(help)]);
            }
            Err(_) => {
                return Err(vec![Problem::error(&file.path, "the file is neither a KRL nor a list of public keys")]);
            }
        };
        let mut problems = Vec::new();
        let mut start = 0;
        for row in text.split_inclusive('\n') {
            let span = start..start + row.trim_end().len();
            start += row.len();
            let line = row.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Err(reason) = self.read_line(line) {
                problems.push(Problem::error(&file.path, reason).at(&text, span));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn read_line(&mut self, line: &str) -> Result<(), String> {
        let mut words = line.split_ascii_whitespace();
        let (kind, encoded) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if Certificate::is_type(kind) {
            self.keys.insert(Certificate::parse_openssh(kind, encoded)?.key().blob().to_vec());
        } else if PublicKey::is_type(kind) {
            self.keys.insert(PublicKey::parse_openssh(kind, encoded)?.blob().to_vec());
        } else {
            return Err("the line is no public key".to_string());
        }
        Ok(())
    }
}

impl Issued {
    fn contains(&self, certificate: &Certificate) -> bool {
        if self.authority.as_ref().is_some_and(|authority| authority != certificate.authority().blob()) {
            return false;
        }
        self.key_ids.contains(certificate.key_id()) || self.numbers(certificate.serial())
    }

    /// Whether this serial number is among them.
    pub(super) fn numbers(&self, serial: u64) -> bool {
        self.serials.contains(&serial)
            || self.ranges.iter().any(|range| range.contains(&serial))
            || self.bitmaps.iter().any(|bitmap| bitmap.contains(serial))
    }
}

impl Bitmap {
    fn contains(&self, serial: u64) -> bool {
        let Some(bit) = serial.checked_sub(self.offset) else {
            return false;
        };
        let from_end = usize::try_from(bit / 8).ok().and_then(|byte| self.bits.len().checked_sub(byte)?.checked_sub(1));
        from_end.and_then(|place| self.bits.get(place)).is_some_and(|byte| byte >> (bit % 8) & 1 == 1)
    }
}

/// `None` when the library has no SHA-1, which then counts as revoked.
fn sha1(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut context = HashAlgorithm::SHA1.context().ok()?.for_digest();
    context.update(bytes);
    context.into_digest().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bitmap_holds_its_offset_in_the_lowest_bit() {
        let bitmap = Bitmap { offset: 10, bits: vec![0b0000_0001, 0b1000_0001] };
        for (serial, expected) in
            [(9, false), (10, true), (11, false), (17, true), (18, true), (19, false), (26, false)]
        {
            assert_eq!(bitmap.contains(serial), expected, "{serial}");
        }
        assert!(!bitmap.contains(u64::MAX));
        assert!(!Bitmap { offset: 0, bits: Vec::new() }.contains(0));
    }
}
