//! Why judging stopped early: the pusher's to mend, or a reason why nothing can be judged.

use crate::policy::cut;
use crate::repository::{ObjectError, RefError, RepositoryError};
use crate::verdict::{Failure, Findings, Place, Violation};

/// Bytes that are kept of a refusal's words: names in them come from the push.
const MESSAGE_BYTES: usize = 4096;

pub enum Stop {
    Failed(Failure),
    Refused(Vec<Violation>),
}

impl Stop {
    /// What an object cannot give, at a place of the push.
    pub fn at(error: ObjectError, place: &Place) -> Self {
        match error {
            ObjectError::Ambiguous { id, reason } => {
                let message = format!("object {} is read differently by different programs: {reason}", id.short());
                let hint = "make it anew with a current git, then push again";
                Self::Refused(vec![gate_violation("ambiguous", place, message, hint)])
            }
            ObjectError::Limit { name, limit, id } => {
                let message = format!("object {} leads beyond the limit '{name}' ({limit})", id.short());
                let hint = "push less at a time, or ask your administrator to raise the limit";
                Self::Refused(vec![gate_violation("limit", place, message, hint)])
            }
            ObjectError::Missing(_) | ObjectError::Unreadable { .. } => Self::Failed(error.into()),
        }
    }

    /// A refusal is a finding like others; anything else ends the judging.
    pub fn findings(self) -> Result<Findings, Self> {
        match self {
            Self::Refused(violations) => Ok(Findings { violations, ..Findings::default() }),
            other => Err(other),
        }
    }
}

/// A refusal of the gate's own, coded `gate.<reason>`.
pub fn gate_violation(reason: &str, place: &Place, message: impl Into<String>, hint: &str) -> Violation {
    Violation {
        code: format!("gate.{reason}"),
        place: place.clone(),
        message: cut(message.into(), MESSAGE_BYTES),
        hint: hint.to_string(),
        path: String::new(),
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<ObjectError> for Failure {
    fn from(error: ObjectError) -> Self {
        let cause = match error {
            ObjectError::Ambiguous { .. } => "an object is read differently by different programs",
            ObjectError::Limit { .. } => "it leads beyond a limit",
            ObjectError::Missing(_) => "an object that the push needs is missing",
            ObjectError::Unreadable { .. } => "an object cannot be read",
        };
        Self::new(cause, error.to_string())
    }
}

impl From<RefError> for Stop {
    fn from(error: RefError) -> Self {
        match error {
            RefError::TooMany { prefix, limit } => {
                let message = format!("there are more than {limit} refs below '{prefix}' (limit 'listed_refs')");
                let hint = "delete refs that nobody needs, or ask your administrator to raise the limit";
                Self::Refused(vec![gate_violation("limit", &Place::default(), message, hint)])
            }
            other => Self::Failed(other.into()),
        }
    }
}

impl From<RefError> for Failure {
    fn from(error: RefError) -> Self {
        Self::new("the repository's refs cannot be read", error.to_string())
    }
}

impl From<RepositoryError> for Failure {
    fn from(error: RepositoryError) -> Self {
        let cause = match error {
            RepositoryError::Grafts { .. } => "the repository has grafts, which change what history is",
            RepositoryError::Reftable { .. } => {
                "the repository keeps its refs in a reftable, which refgate cannot read yet"
            }
            RepositoryError::Shallow { .. } => "the repository is shallow, so its history has holes",
            _ => "the repository cannot be read",
        };
        Self::new(cause, error.to_string())
    }
}
