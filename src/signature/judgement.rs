//! How a signature comes to count, or not: a proof from mathematics, then the operator's word at a moment.
//!
//! Only here does a judgement become [`Status::Good`], and only from a [`Proof`].

use crate::facts::{Key, SignatureFormat, Status};
use crate::signature::{Moments, Verification};
use crate::time::Time;

/// The mathematics agreed: these bytes were signed by that key. Says nothing about who, when or whether it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proof {
    _made_only_here: (),
}

impl Proof {
    /// What a cryptographic library answered. Every error means that the signature does not belong to the bytes.
    pub(super) fn from_library<T, E>(answer: Result<T, E>) -> Result<Self, Objection> {
        match answer {
            Ok(_) => Ok(Self { _made_only_here: () }),
            Err(_) => Err(Objection::new(Fault::Bad, "the signature does not belong to this content")),
        }
    }
}

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Objection {
    pub fault: Fault,
    /// One line for people.
    pub reason: String,
}

impl Objection {
    pub(super) fn new(fault: Fault, reason: impl Into<String>) -> Self {
        Self { fault, reason: reason.into() }
    }
}

/// Every [`Status`] of a signature that does not count; there is no good one among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Bad,
    Expired,
    Malformed,
    NotYetValid,
    Retired,
    Revoked,
    UnknownKey,
    Unsupported,
    Untrusted,
    Weak,
}

impl Fault {
    pub(super) fn status(self) -> Status {
        match self {
            Self::Bad => Status::Bad,
            Self::Expired => Status::Expired,
            Self::Malformed => Status::Malformed,
            Self::NotYetValid => Status::NotYetValid,
            Self::Retired => Status::Retired,
            Self::Revoked => Status::Revoked,
            Self::UnknownKey => Status::UnknownKey,
            Self::Unsupported => Status::Unsupported,
            Self::Untrusted => Status::Untrusted,
            Self::Weak => Status::Weak,
        }
    }
}

impl Verification {
    /// Nothing proved yet.
    pub(super) fn begin(format: SignatureFormat) -> Self {
        Self {
            status: Status::Malformed,
            at_signing: Status::Malformed,
            format,
            key: Key::none(),
            principals: Vec::new(),
            principal: String::new(),
            made_at: Time::NEVER_WAS,
            hash: String::new(),
            reason: String::new(),
        }
    }

    /// Does not count, whenever it is looked at.
    pub(super) fn refused(self, objection: Objection) -> Self {
        self.judged(Err(objection.clone()), Err(objection))
    }

    /// Takes the judgements at receipt and at the time the signer claims.
    pub(super) fn judged(mut self, at_receipt: Result<Proof, Objection>, at_signing: Result<Proof, Objection>) -> Self {
        self.reason = match (&at_receipt, &at_signing) {
            (Err(objection), _) => objection.reason.clone(),
            (Ok(_), Err(objection)) => format!("valid at receipt, but not when signed: {}", objection.reason),
            (Ok(_), Ok(_)) => "valid".to_string(),
        };
        self.status = status(&at_receipt);
        self.at_signing = status(&at_signing);
        self
    }
}

fn status(judgement: &Result<Proof, Objection>) -> Status {
    match judgement {
        Ok(Proof { .. }) => Status::Good,
        Err(objection) => objection.fault.status(),
    }
}

impl Moments {
    /// The moment that stands for a time of signing that the signer claims: at most receipt. A claim later than
    /// receipt and tolerance is refused.
    pub(super) fn signed_at(self, claim: Time) -> Result<Time, Objection> {
        if claim <= self.received.plus(self.tolerance.as_secs()) {
            return Ok(claim.min(self.received));
        }
        let reason = match claim.rfc3339() {
            unwritable if unwritable.is_empty() => "claims to be made after it was received".to_string(),
            date => format!("claims to be made at {date}, after it was received"),
        };
        Err(Objection::new(Fault::NotYetValid, reason))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_claim_counts_as_made_at_receipt_up_to_the_tolerance_and_no_later() {
        let moments = Moments { claimed: Time(0), received: Time(1000), tolerance: Duration::from_secs(300) };
        assert_eq!(moments.signed_at(Time(999)), Ok(Time(999)));
        assert_eq!(moments.signed_at(Time(1300)), Ok(Time(1000)));
        assert_eq!(moments.signed_at(Time(1301)).map_err(|o| o.fault), Err(Fault::NotYetValid));
        assert_eq!(moments.signed_at(Time::NEVER_ENDS).map_err(|o| o.fault), Err(Fault::NotYetValid));
    }
}
