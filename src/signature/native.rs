//! RSA, P-256 and P-384 by `ring`, an order of magnitude faster than the libraries that read the formats; P-521 by
//! Sequoia; Ed25519 by keys that are worked out once. Mathematics only: which keys are strong enough, and whose they are,
//! is decided elsewhere.

use std::ops::RangeInclusive;

use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use ring::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512};
use ring::signature::{RsaParameters, RsaPublicKeyComponents};
use sequoia_openpgp::crypto::mpi;
use sequoia_openpgp::packet::key::{Key4, PublicParts, UnspecifiedRole};
use sequoia_openpgp::types::{HashAlgorithm, PublicKeyAlgorithm};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::signature::judgement::{Fault, Objection, Proof};

/// An Ed25519 public key (RFC 8032 section 5.1.5), ready to verify with.
#[derive(Clone, Debug)]
pub(super) struct Point(VerifyingKey);

impl Point {
    /// Reads the 32 bytes of a key. One of small order is weak: what it verifies, anybody can sign.
    pub(super) fn parse(bytes: &[u8; 32]) -> Result<Self, Objection> {
        match VerifyingKey::from_bytes(bytes) {
            Ok(key) if key.is_weak() => Err(Objection::new(Fault::Weak, "anybody can sign for this Ed25519 key")),
            Ok(key) => Ok(Self(key)),
            Err(_) => Err(Objection::new(Fault::Bad, "the Ed25519 key is no point on its curve")),
        }
    }

    /// Whether this key made the signature, of 64 bytes, over exactly this message.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<Proof, Objection> {
        Proof::from_library(Signature::from_slice(signature).and_then(|signature| self.0.verify(message, &signature)))
    }
}

/// A public key's numbers, big-endian without leading zeros, and a signature's, big-endian.
#[derive(Clone, Copy, Debug)]
pub(super) enum Numbers<'a> {
    /// The point as SEC 1 writes it uncompressed.
    Ecdsa {
        curve: Curve,
        point: &'a [u8],
        r: &'a [u8],
        s: &'a [u8],
    },
    Rsa {
        modulus: &'a [u8],
        exponent: &'a [u8],
        signature: &'a [u8],
    },
}

/// Curves of FIPS 186 for ECDSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

/// What a message is reduced to before it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digest {
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    pub(super) fn of(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(message).to_vec(),
            Self::Sha384 => Sha384::digest(message).to_vec(),
            Self::Sha512 => Sha512::digest(message).to_vec(),
        }
    }
}

/// Whether the signature is over exactly this message; `None` for combinations that are not known here.
pub(super) fn verify(numbers: Numbers<'_>, digest: Digest, message: &[u8]) -> Option<Result<Proof, Objection>> {
    Some(match (numbers, digest) {
        (Numbers::Ecdsa { curve: Curve::P256, point, r, s }, Digest::Sha256) => {
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
            proof(padded_pair(r, s, 32).map(|signature| key.verify(message, &signature)))
        }
        (Numbers::Ecdsa { curve: Curve::P384, point, r, s }, Digest::Sha384) => {
            let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point);
            proof(padded_pair(r, s, 48).map(|signature| key.verify(message, &signature)))
        }
        (Numbers::Ecdsa { curve: Curve::P521, point, r, s }, Digest::Sha512) => {
            Proof::from_library(verify_p521(point, r, s, &digest.of(message)))
        }
        (Numbers::Ecdsa { .. }, _) => return None,
        (Numbers::Rsa { modulus, exponent, signature }, digest) => {
            if !is_usual(modulus, exponent) {
                return None;
            }
            let key = RsaPublicKeyComponents { n: modulus, e: exponent };
            // RFC 8017 section 8.2.2 wants as many bytes as the modulus has; OpenPGP leaves out leading zeros.
            let signature = padded(signature, modulus.len());
            proof(signature.map(|signature| key.verify(parameters(digest), message, &signature)))
        }
    })
}

/// What the library answered; numbers too long to be asked about are no signature by the key.
fn proof<T, E>(answer: Option<Result<T, E>>) -> Result<Proof, Objection> {
    Proof::from_library(answer.and_then(Result::ok).ok_or(()))
}

/// By the key alone: neither its time nor its kind of packet is looked at.
fn verify_p521(point: &[u8], r: &[u8], s: &[u8], digest: &[u8]) -> sequoia_openpgp::Result<()> {
    let public = mpi::PublicKey::ECDSA { curve: sequoia_openpgp::types::Curve::NistP521, q: point.to_vec().into() };
    let key = Key4::<PublicParts, UnspecifiedRole>::new(std::time::UNIX_EPOCH, PublicKeyAlgorithm::ECDSA, public)?;
    let signature = mpi::Signature::ECDSA { r: r.to_vec().into(), s: s.to_vec().into() };
    sequoia_openpgp::packet::Key::from(key).verify(&signature, HashAlgorithm::SHA512, digest)
}

/// Two numbers of `length` bytes, one behind the other.
fn padded_pair(first: &[u8], second: &[u8], length: usize) -> Option<Vec<u8>> {
    Some([padded(first, length)?, padded(second, length)?].concat())
}

/// Bits of RSA keys that are verified: fewer are too weak to prove anything, and ring takes no more.
pub(super) const RSA_BITS: RangeInclusive<u32> = 2048..=8192;

/// Whether an RSA key is within what ring takes: it calls every signature by another key wrong.
pub(super) fn is_usual(modulus: &[u8], exponent: &[u8]) -> bool {
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    let exponent_fits = exponent.len() <= 4 && exponent != [1] && exponent.first() != Some(&0);
    let modulus_fits = (256..=1024).contains(&modulus.len()) && modulus.first().is_some_and(|&byte| byte != 0);
    // A modulus of 256 bytes has 2048 bits when its highest bit is set; shorter ones were called weak before.
    odd(modulus) && odd(exponent) && exponent_fits && modulus_fits
}

fn parameters(digest: Digest) -> &'static RsaParameters {
    match digest {
        Digest::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
        Digest::Sha384 => &RSA_PKCS1_2048_8192_SHA384,
        Digest::Sha512 => &RSA_PKCS1_2048_8192_SHA512,
    }
}

/// The number in exactly `length` bytes; `None` when it does not fit.
pub(super) fn padded(number: &[u8], length: usize) -> Option<Vec<u8>> {
    let start = number.iter().position(|&byte| byte != 0).unwrap_or(number.len());
    let digits = number.get(start..)?;
    let zeros = length.checked_sub(digits.len())?;
    Some([vec![0; zeros], digits.to_vec()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_padded_to_their_length_or_do_not_fit() {
        assert_eq!(padded(&[1, 2], 3), Some(vec![0, 1, 2]));
        assert_eq!(padded(&[0, 0, 1, 2], 2), Some(vec![1, 2]));
        assert_eq!(padded(&[], 1), Some(vec![0]));
        assert_eq!(padded(&[1, 2, 3], 2), None);
    }

    #[test]
    fn keys_that_ring_does_not_take_are_told_apart() {
        let modulus = [0xff; 256];
        assert!(is_usual(&modulus, &[1, 0, 1]));
        assert!(is_usual(&modulus, &[3]));
        for (modulus, exponent) in [
            (&modulus[..255], &[1, 0, 1][..]),
            (&[0xff; 1025], &[1, 0, 1]),
            (&[[0; 1].as_slice(), &modulus[1..]].concat(), &[1, 0, 1]),
            (&[&modulus[1..], &[0xfe]].concat(), &[1, 0, 1]),
            (&modulus, &[1]),
            (&modulus, &[2]),
            (&modulus, &[]),
            (&modulus, &[0, 1, 0, 1]),
            (&modulus, &[1, 0, 0, 0, 1]),
        ] {
            assert!(!is_usual(modulus, exponent), "{exponent:?}");
        }
    }
}
