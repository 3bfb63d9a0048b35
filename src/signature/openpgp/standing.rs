//! What a certificate, as the operator holds it at receipt, says of one of its keys: from when to when it may sign,
//! and whether it is revoked. Its present word counts for past moments too, so that an expiry put off later is put
//! off for old signatures as well.

use std::time::SystemTime;

use sequoia_openpgp::cert::Cert;
use sequoia_openpgp::cert::amalgamation::ValidAmalgamation;
use sequoia_openpgp::cert::amalgamation::key::{ErasedKeyAmalgamation, PrimaryKey, ValidErasedKeyAmalgamation};
use sequoia_openpgp::crypto::mpi;
use sequoia_openpgp::packet::key::{PublicParts, UnspecifiedRole};
use sequoia_openpgp::packet::{Key as OpenpgpKey, Signature};
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::types::{Curve, RevocationKey, RevocationType};
use sequoia_openpgp::{Fingerprint, KeyHandle};

use crate::facts::Key;
use crate::signature::judgement::{Fault, Objection, Proof};
use crate::signature::native::RSA_BITS;
use crate::signature::openpgp::certificates::written;
use crate::signature::openpgp::{system_time, time, unsupported, weak};
use crate::time::Time;

/// From when to when a key may sign.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    begins: Time,
    /// The first second at which it may not.
    ends: Time,
    /// When it was superseded or retired, if it was.
    retired: Option<Time>,
    /// The first second at which the signature, by its own word, no longer holds.
    signature_ends: Time,
}

impl Standing {
    /// The standing of `key` within `cert`, by what is acceptable to `policy` and made up to `received`.
    pub(super) fn of(
        cert: &Cert,
        key: &Fingerprint,
        policy: &StandardPolicy<'_>,
        received: Time,
    ) -> Result<Self, Objection> {
        never_revoked_hard(cert, key)?;
        let parts = cert.keys().filter(|part| concerns(part, key));
        let begins = parts.map(|part| time(part.key().creation_time())).max().unwrap_or(Time::NEVER_ENDS);
        if begins > received {
            return Err(not_yet(begins));
        }
        let valid = cert.with_policy(policy, system_time(received)).map_err(|_| unbound(cert, key, received))?;
        let signer = valid.keys().find(|part| part.key().fingerprint() == *key);
        let signer = signer.ok_or_else(|| unbound(cert, key, received))?;
        if !signer.for_signing() {
            return Err(Objection::new(Fault::Untrusted, "the key is not one for signing"));
        }
        let (mut ends, mut retired) = (Time::NEVER_ENDS, None);
        for part in valid.keys().filter(|part| concerns(part.amalgamation(), key)) {
            if part.revocation_keys().any(|designated| names(part.other_revocations(), designated)) {
                return Err(Objection::new(Fault::Revoked, "a designated revoker of the key has revoked it"));
            }
            ends = ends.min(part.key_expiration_time().map_or(Time::NEVER_ENDS, time));
            retired = [retired, retired_since(&part)].into_iter().flatten().min();
        }
        Ok(Self { begins, ends, retired, signature_ends: Time::NEVER_ENDS })
    }

    /// Ended where the signature itself says that it no longer holds.
    pub(super) fn limited_by(mut self, signature: &Signature) -> Self {
        self.signature_ends = signature.signature_expiration_time().map_or(Time::NEVER_ENDS, time);
        self
    }

    pub(super) fn describe(&self, key: &mut Key) {
        key.expires_at = self.ends.rfc3339();
        key.expires_at_ns = self.ends.nanoseconds();
    }

    pub(super) fn at(&self, proof: Proof, moment: Time) -> Result<Proof, Objection> {
        self.permits(moment).map(|()| proof)
    }

    /// Whether the key may sign at that moment, and the signature then holds.
    fn permits(&self, moment: Time) -> Result<(), Objection> {
        if self.retired.is_some_and(|since| since <= moment) {
            return Err(Objection::new(Fault::Retired, "the key is superseded or retired"));
        }
        if moment < self.begins {
            return Err(not_yet(self.begins));
        }
        if moment >= self.ends {
            return Err(Objection::new(Fault::Expired, format!("the key expired at {}", self.ends.rfc3339())));
        }
        if moment >= self.signature_ends {
            let reason = format!("the signature held until {}", self.signature_ends.rfc3339());
            return Err(Objection::new(Fault::Expired, reason));
        }
        Ok(())
    }
}

/// How a certificate stands: like its best key for signing.
pub(super) fn listed(cert: &Cert, policy: &StandardPolicy<'_>, now: Time) -> (Key, Result<(), Objection>) {
    let primary = cert.primary_key().key().role_as_unspecified();
    let mut best: Option<(Time, Key, Result<(), Objection>)> = None;
    for part in cert.keys() {
        let mut key = fact(cert, part.key());
        let strong = strong(primary).and_then(|()| strong(part.key()));
        let standing = strong.and_then(|()| Standing::of(cert, &part.key().fingerprint(), policy, now));
        let (ends, permitted) = match standing {
            Ok(standing) => {
                standing.describe(&mut key);
                (standing.ends, standing.permits(now))
            }
            Err(objection) => (Time::NEVER_WAS, Err(objection)),
        };
        let rank = |ends: Time, permitted: &Result<(), Objection>| {
            let meant = permitted.as_ref().err().is_none_or(|objection| objection.fault != Fault::Untrusted);
            (permitted.is_ok(), meant, ends)
        };
        if best.as_ref().is_none_or(|(end, _, best)| rank(*end, best) < rank(ends, &permitted)) {
            best = Some((ends, key, permitted));
        }
    }
    match best {
        Some((_, key, permitted)) => (key, permitted),
        None => (fact(cert, primary), Err(Objection::new(Fault::Untrusted, "the certificate holds no key"))),
    }
}

/// The primary key concerns every key of its certificate.
fn concerns(part: &ErasedKeyAmalgamation<'_, PublicParts>, key: &Fingerprint) -> bool {
    part.primary() || part.key().fingerprint() == *key
}

/// A compromised key proves nothing about any moment. What no reason is given for counts as compromised, and a
/// revocation counts however weak its digest and whatever its date.
fn never_revoked_hard(cert: &Cert, key: &Fingerprint) -> Result<(), Objection> {
    for part in cert.keys().filter(|part| concerns(part, key)) {
        if part.self_revocations().any(is_hard) {
            return Err(Objection::new(Fault::Revoked, "the key is revoked"));
        }
    }
    Ok(())
}

fn is_hard(revocation: &Signature) -> bool {
    revocation.reason_for_revocation().is_none_or(|(reason, _)| reason.revocation_type() == RevocationType::Hard)
}

/// When this key was superseded or retired, unless its owner bound it anew afterwards.
fn retired_since(part: &ValidErasedKeyAmalgamation<'_, PublicParts>) -> Option<Time> {
    // What binds a primary key is its main user id or a signature on the key itself, whichever is younger.
    let direct = part.valid_cert().direct_key_signature().ok().filter(|_| part.primary());
    let bindings = [Some(part.binding_signature()), direct];
    let bound = bindings.into_iter().flatten().filter_map(|binding| binding.signature_creation_time()).max();
    let revocations = part.self_revocations().filter(|revocation| !is_hard(revocation));
    let since = revocations.filter_map(|revocation| revocation.signature_creation_time());
    since.filter(|since| bound.is_none_or(|bound| bound <= *since)).map(time).min()
}

/// Whether one of these third-party revocations claims to be by the designated revoker. It is not verified: the
/// revoker's certificate need not be among the operator's.
fn names<'a>(revocations: impl Iterator<Item = &'a Signature>, designated: &RevocationKey) -> bool {
    let (_, revoker) = designated.revoker();
    revocations
        .into_iter()
        .any(|revocation| revocation.get_issuers().iter().any(|issuer| issuer.aliases(KeyHandle::from(revoker))))
}

/// Why the certificate does not hold the key together at receipt.
fn unbound(cert: &Cert, key: &Fingerprint, received: Time) -> Objection {
    // Before any of its cut-off dates, Sequoia's policy accepts everything that ever was acceptable.
    let lenient = StandardPolicy::at(SystemTime::UNIX_EPOCH);
    let valid = cert.with_policy(&lenient, system_time(received));
    if valid.is_ok_and(|valid| valid.keys().any(|part| part.key().fingerprint() == *key)) {
        return weak("the certificate is held together by signatures that are too weak");
    }
    Objection::new(Fault::Untrusted, "the certificate does not vouch for the key")
}

fn not_yet(begins: Time) -> Objection {
    Objection::new(Fault::NotYetValid, format!("the key was not made before {}", begins.rfc3339()))
}

/// A signature cannot be older than its key, whenever it is looked at.
pub(super) fn made_by_then(
    cert: &Cert,
    key: &OpenpgpKey<PublicParts, UnspecifiedRole>,
    signature: &Signature,
) -> Result<(), Objection> {
    let made = cert.primary_key().key().creation_time().max(key.creation_time());
    match signature.signature_creation_time() {
        Some(claim) if made <= claim => Ok(()),
        Some(_) | None => Err(Objection::new(Fault::NotYetValid, "the signature claims to be older than its key")),
    }
}

/// Names the primary key, and describes the key that signed.
pub(super) fn fact(cert: &Cert, key: &OpenpgpKey<PublicParts, UnspecifiedRole>) -> Key {
    let (algorithm, bits) = strength(key);
    Key { fingerprint: written(&cert.fingerprint()), algorithm: algorithm.to_string(), bits, ..Key::none() }
}

/// Whether the key is strong enough to prove anything, and of a kind that is verified.
pub(super) fn strong(key: &OpenpgpKey<PublicParts, UnspecifiedRole>) -> Result<(), Objection> {
    match strength(key) {
        ("dsa", _) => Err(weak("the key is a DSA key")),
        ("rsa", bits) if bits < *RSA_BITS.start() => Err(weak(format!("the RSA key has only {bits} bits"))),
        ("rsa", bits) if bits > *RSA_BITS.end() => Err(unsupported("the RSA key is too long")),
        ("", _) => Err(unsupported("the type of the key is unknown")),
        _ => Ok(()),
    }
}

/// Algorithm in lower case and bits, named alike for all formats.
fn strength(key: &OpenpgpKey<PublicParts, UnspecifiedRole>) -> (&'static str, u32) {
    match key.mpis() {
        mpi::PublicKey::RSA { n, .. } => ("rsa", u32::try_from(n.bits()).unwrap_or(u32::MAX)),
        mpi::PublicKey::DSA { p, .. } => ("dsa", u32::try_from(p.bits()).unwrap_or(u32::MAX)),
        mpi::PublicKey::EdDSA { curve: Curve::Ed25519, .. } | mpi::PublicKey::Ed25519 { .. } => ("ed25519", 256),
        mpi::PublicKey::Ed448 { .. } => ("ed448", 456),
        mpi::PublicKey::ECDSA { curve, .. } if curve.is_supported() => {
            ("ecdsa", curve.bits().ok().and_then(|bits| u32::try_from(bits).ok()).unwrap_or(0))
        }
        _ => ("", 0),
    }
}
