//! OpenPGP signatures (RFC 9580): what they prove, by which of the operator's certificates.
//!
//! Which algorithms are acceptable is Sequoia's standard policy at the time of receipt, with SHA-1 and its elders
//! always out. Trust is not decided here: every certificate among the operator's may sign, and whose it is, if
//! anybody's, the gate finds out. The web of trust, key servers and user ids play no part.

mod certificates;
mod key_file;
mod standing;

use std::time::{Duration, SystemTime};

use sequoia_openpgp::KeyHandle;
use sequoia_openpgp::crypto::mpi;
use sequoia_openpgp::packet::key::{PublicParts, UnspecifiedRole};
use sequoia_openpgp::packet::{Key as OpenpgpKey, Packet, Signature, Tag};
use sequoia_openpgp::parse::{Dearmor, PacketParserBuilder, PacketParserResult, Parse};
use sequoia_openpgp::policy::{AsymmetricAlgorithm, HashAlgoSecurity, Policy as AlgorithmPolicy, StandardPolicy};
use sequoia_openpgp::serialize::MarshalInto;
use sequoia_openpgp::types::{Curve, HashAlgorithm, PublicKeyAlgorithm, SignatureType};

pub(super) use certificates::{Certificates, fingerprints};
pub(super) use key_file::may_hold_certificates;

use crate::facts::{Key, SignatureFormat};
use crate::signature::judgement::{Fault, Objection, Proof};
use crate::signature::native::{self, Digest, Numbers, padded};
use crate::signature::openpgp::certificates::Holder;
use crate::signature::openpgp::standing::Standing;
use crate::signature::{Moments, Verification};
use crate::time::Time;

/// Keys a signature may name as its issuer. Real ones name one key, in at most two ways.
const ISSUERS: usize = 4;

impl Certificates {
    /// Judges a signature packet over exactly `payload`.
    pub(super) fn verify(&self, payload: &[u8], body: &[u8], moments: Moments) -> Verification {
        let mut verification = Verification::begin(SignatureFormat::Openpgp);
        match self.judge(payload, body, moments, &mut verification) {
            Ok((proof, standing, signed_at)) => {
                verification.judged(standing.at(proof, moments.received), standing.at(proof, signed_at))
            }
            Err(objection) => verification.refused(objection),
        }
    }

    /// Everything up to the question of time; fills in what is known on the way.
    fn judge(
        &self,
        payload: &[u8],
        body: &[u8],
        moments: Moments,
        verification: &mut Verification,
    ) -> Result<(Proof, Standing, Time), Objection> {
        let signature = parse(body)?;
        let made_at = signature.signature_creation_time().map(time);
        let made_at = made_at.ok_or_else(|| malformed("the OpenPGP signature does not say when it was made"))?;
        verification.made_at = made_at;
        verification.hash = hash_name(signature.hash_algo());
        acceptable(&signature, &policy(moments.received))?;
        let attempt = self.attempt(&signature, payload, moments.received)?;
        verification.key = attempt.key;
        let (proof, standing) = attempt.outcome?;
        standing.describe(&mut verification.key);
        Ok((proof, standing.limited_by(&signature), moments.signed_at(made_at)?))
    }

    /// Tries the keys that the signature names as its issuer, in the operator's own copies. One key may stand in
    /// several certificates, so the one that may sign with it wins; else the first that proved anything.
    fn attempt(&self, signature: &Signature, payload: &[u8], received: Time) -> Result<Attempt, Objection> {
        let issuers = signature.get_issuers();
        if issuers.len() > ISSUERS {
            return Err(malformed("the OpenPGP signature names too many issuers"));
        }
        let mut best: Option<Attempt> = None;
        for holder in self.holding(&issuers) {
            let holder = holder?;
            let cert = holder.cert;
            let keys = cert.keys().filter(|key| issuers.iter().any(|issuer| issuer.aliases(key.key().key_handle())));
            for key in keys {
                let attempt = Attempt {
                    key: standing::fact(cert, key.key()),
                    outcome: prove(&holder, key.key(), signature, payload)
                        .and_then(|proof| Ok((proof, holder.standing(&key.key().fingerprint(), received)?))),
                };
                if attempt.outcome.is_ok() {
                    return Ok(attempt);
                }
                if best.as_ref().is_none_or(Attempt::proved_nothing) {
                    best = Some(attempt);
                }
            }
        }
        best.ok_or_else(|| Objection::new(Fault::UnknownKey, unknown(&issuers)))
    }
}

/// One certificate's key, taken for the signer.
struct Attempt {
    key: Key,
    outcome: Result<(Proof, Standing), Objection>,
}

impl Attempt {
    fn proved_nothing(&self) -> bool {
        self.outcome.as_ref().is_err_and(|objection| objection.fault == Fault::Bad)
    }
}

/// Whether this key, held in this certificate, made the signature over exactly `payload`.
fn prove(
    holder: &Holder<'_>,
    key: &OpenpgpKey<PublicParts, UnspecifiedRole>,
    signature: &Signature,
    payload: &[u8],
) -> Result<Proof, Objection> {
    standing::strong(holder.cert.primary_key().key().role_as_unspecified())?;
    standing::strong(key)?;
    standing::made_by_then(holder.cert, key, signature)?;
    let fast = match (Native::of(key, signature), trailer(key, signature)) {
        (Some(native), Some(trailer)) => native.verify(holder, &[payload, &trailer].concat()),
        _ => None,
    };
    fast.unwrap_or_else(|| Proof::from_library(signature.verify_message(key, payload)))
}

/// Key and signature, where they can be verified natively.
enum Native<'a> {
    /// Ed25519 signs the digest (RFC 9580 section 5.2.3).
    Ed25519 {
        key: [u8; 32],
        signature: Vec<u8>,
        digest: Digest,
    },
    Hashed {
        numbers: Numbers<'a>,
        digest: Digest,
    },
}

impl<'a> Native<'a> {
    fn of(key: &'a OpenpgpKey<PublicParts, UnspecifiedRole>, signature: &'a Signature) -> Option<Self> {
        let digest = match signature.hash_algo() {
            HashAlgorithm::SHA256 => Digest::Sha256,
            HashAlgorithm::SHA384 => Digest::Sha384,
            HashAlgorithm::SHA512 => Digest::Sha512,
            _ => return None,
        };
        let numbers = match (key.mpis(), signature.mpis()) {
            (mpi::PublicKey::RSA { n, e }, mpi::Signature::RSA { s }) => {
                Numbers::Rsa { modulus: n.value(), exponent: e.value(), signature: s.value() }
            }
            (mpi::PublicKey::ECDSA { curve, q }, mpi::Signature::ECDSA { r, s }) => {
                let curve = match curve {
                    Curve::NistP256 => native::Curve::P256,
                    Curve::NistP384 => native::Curve::P384,
                    _ => return None,
                };
                Numbers::Ecdsa { curve, point: q.value(), r: r.value(), s: s.value() }
            }
            (mpi::PublicKey::EdDSA { curve: Curve::Ed25519, q }, mpi::Signature::EdDSA { r, s }) => {
                // The byte before the point says that only the point follows (RFC 9580 section 11.2.2).
                let key = q.value().strip_prefix(&[0x40])?.try_into().ok()?;
                // Halves are bytes in the form of numbers, so zeros before them are left out.
                let signature = [padded(r.value(), 32)?, padded(s.value(), 32)?].concat();
                return Some(Self::Ed25519 { key, signature, digest });
            }
            (mpi::PublicKey::Ed25519 { a }, mpi::Signature::Ed25519 { s }) => {
                return Some(Self::Ed25519 { key: *a, signature: s.to_vec(), digest });
            }
            _ => return None,
        };
        Some(Self::Hashed { numbers, digest })
    }

    fn verify(&self, holder: &Holder<'_>, message: &[u8]) -> Option<Result<Proof, Objection>> {
        match self {
            Self::Ed25519 { key, signature, digest } => {
                Some(holder.point(key).and_then(|point| point.verify(&digest.of(message), signature)))
            }
            Self::Hashed { numbers, digest } => native::verify(*numbers, *digest, message),
        }
    }
}

/// What is signed after the payload (RFC 9580 section 5.2.4); `None` for versions that also sign something before, and
/// where key and signature are not of one version.
fn trailer(key: &OpenpgpKey<PublicParts, UnspecifiedRole>, signature: &Signature) -> Option<Vec<u8>> {
    let is_native = matches!(
        signature.pk_algo(),
        PublicKeyAlgorithm::ECDSA
            | PublicKeyAlgorithm::Ed25519
            | PublicKeyAlgorithm::EdDSA
            | PublicKeyAlgorithm::RSAEncryptSign
    );
    if signature.version() != 4 || key.version() != 4 || !is_native {
        return None;
    }
    let hashed = signature.hashed_area().to_vec().ok()?;
    let mut trailer = vec![4, signature.typ().into(), signature.pk_algo().into(), signature.hash_algo().into()];
    trailer.extend(u16::try_from(hashed.len()).ok()?.to_be_bytes());
    trailer.extend(hashed);
    let length = u32::try_from(trailer.len()).ok()?;
    trailer.extend([4, 0xff]);
    trailer.extend(length.to_be_bytes());
    Some(trailer)
}

/// Reads the one signature packet that `body` must be.
fn parse(body: &[u8]) -> Result<Signature, Objection> {
    let unreadable = || malformed("the OpenPGP signature cannot be read");
    let parser = PacketParserBuilder::from_bytes(body)
        .and_then(|builder| builder.dearmor(Dearmor::Disabled).buffer_unread_content().build());
    let PacketParserResult::Some(parser) = parser.map_err(|_| unreadable())? else {
        return Err(malformed("there is nothing inside the signature's armor"));
    };
    let (packet, next) = parser.next().map_err(|_| unreadable())?;
    let signature = match packet {
        Packet::Signature(signature) => signature,
        Packet::Unknown(packet) if packet.tag() == Tag::Signature && !matches!(packet.body().first(), Some(4 | 6)) => {
            return Err(unsupported("the version of the OpenPGP signature is unknown"));
        }
        _ => return Err(malformed("the armor holds something else than an OpenPGP signature")),
    };
    if !matches!(next, PacketParserResult::EOF(_)) {
        return Err(malformed("the armor holds more than one OpenPGP signature"));
    }
    Ok(signature)
}

/// Kind, version, digest and critical subpackets, by themselves.
fn acceptable(signature: &Signature, policy: &StandardPolicy<'_>) -> Result<(), Objection> {
    if signature.typ() != SignatureType::Binary {
        return Err(unsupported("the OpenPGP signature is not one over a document's bytes"));
    }
    if !matches!(signature.version(), 4 | 6) {
        return Err(unsupported("the version of the OpenPGP signature is unknown"));
    }
    match signature.hash_algo() {
        HashAlgorithm::MD5 | HashAlgorithm::SHA1 | HashAlgorithm::RipeMD => {
            return Err(weak(format!("the signature is made over a {} digest", signature.hash_algo())));
        }
        other if !other.is_supported() => return Err(unsupported("the digest of the OpenPGP signature is unknown")),
        _ => {}
    }
    if !signature.pk_algo().is_supported() {
        return Err(unsupported("the algorithm of the OpenPGP signature is unknown"));
    }
    policy
        .signature(signature, HashAlgoSecurity::CollisionResistance)
        .map_err(|_| unsupported("the OpenPGP signature demands something unknown"))
}

/// What algorithms are acceptable at receipt. Sequoia's cut-off dates apply, save where they lie in the past: those
/// algorithms are out whatever the time of receipt.
fn policy(received: Time) -> StandardPolicy<'static> {
    let mut policy = StandardPolicy::at(system_time(received));
    for hash in [HashAlgorithm::MD5, HashAlgorithm::SHA1, HashAlgorithm::RipeMD] {
        policy.reject_hash(hash);
    }
    for algorithm in [
        AsymmetricAlgorithm::RSA1024,
        AsymmetricAlgorithm::DSA1024,
        AsymmetricAlgorithm::DSA2048,
        AsymmetricAlgorithm::DSA3072,
        AsymmetricAlgorithm::DSA4096,
    ] {
        policy.reject_asymmetric_algo(algorithm);
    }
    policy
}

fn hash_name(algorithm: HashAlgorithm) -> String {
    match algorithm {
        HashAlgorithm::MD5 => "md5",
        HashAlgorithm::RipeMD => "ripemd160",
        HashAlgorithm::SHA1 => "sha1",
        HashAlgorithm::SHA224 => "sha224",
        HashAlgorithm::SHA256 => "sha256",
        HashAlgorithm::SHA384 => "sha384",
        HashAlgorithm::SHA3_256 => "sha3-256",
        HashAlgorithm::SHA3_512 => "sha3-512",
        HashAlgorithm::SHA512 => "sha512",
        _ => "",
    }
    .to_string()
}

fn unknown(issuers: &[KeyHandle]) -> String {
    match issuers.first() {
        Some(issuer) => format!("the key openpgp:{issuer:X} is not known here"),
        None => "the OpenPGP signature does not say by which key it is".to_string(),
    }
}

/// OpenPGP's times fit 32 bits; anything else is clamped.
fn system_time(time: Time) -> SystemTime {
    let seconds = time.0.clamp(0, i64::from(u32::MAX));
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs())
}

fn time(time: SystemTime) -> Time {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

fn malformed(reason: &str) -> Objection {
    Objection::new(Fault::Malformed, reason)
}

fn unsupported(reason: &str) -> Objection {
    Objection::new(Fault::Unsupported, reason)
}

fn weak(reason: impl Into<String>) -> Objection {
    Objection::new(Fault::Weak, reason)
}
