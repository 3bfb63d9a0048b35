//! Says who signed something, and whether that counts. The only room that knows cryptography.
//!
//! Pure: keys and times come in as arguments. Who a key belongs to is not known here, and nothing is read from
//! the repository or the environment.

use std::path::PathBuf;
use std::time::Duration;

use crate::facts::{Key, SignatureFormat, Status};
use crate::problem::Problem;
use crate::time::Time;

/// A file of keys, as the operator's disk holds it.
#[derive(Clone, Debug)]
pub struct KeyFile {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

/// Everything the operator wrote about keys.
#[derive(Clone, Debug, Default)]
pub struct KeyMaterial {
    /// OpenPGP certificates, armored or binary.
    pub openpgp: Vec<KeyFile>,
    /// `allowed_signers` files (ssh-keygen(1), "ALLOWED SIGNERS").
    pub allowed_signers: Vec<KeyFile>,
    /// OpenSSH KRLs or lists of public keys.
    pub revoked_keys: Vec<KeyFile>,
    /// Fingerprints that people.toml lists, as in [`Key::fingerprint`]: an SSH key among them is trusted for git
    /// without an `allowed_signers` line.
    pub fingerprints: Vec<String>,
}

/// The operator's keys, ready to verify with.
pub struct Keyring {}

/// What a signature proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The judgement at receipt.
    pub status: Status,
    /// The judgement at the time the signer claims.
    pub at_signing: Status,
    pub format: SignatureFormat,
    pub key: Key,
    /// Principals of the `allowed_signers` lines, or of the certificate, that vouch for the key.
    pub principals: Vec<String>,
    /// The one literal principal that names the signer, or `""`.
    pub principal: String,
    /// What the signature itself says; [`Time::NEVER_WAS`] when it says nothing.
    pub made_at: Time,
    /// Digest in lower case: `sha512`.
    pub hash: String,
    /// One line for people.
    pub reason: String,
}

/// The moments a signature is judged at.
#[derive(Clone, Copy, Debug)]
pub struct Moments {
    /// The committer's or tagger's date: the time the signer claims where the signature carries none.
    pub claimed: Time,
    pub received: Time,
    /// A signature made up to this much after receipt counts as made at receipt. Never stretches an expiry.
    pub tolerance: Duration,
}

impl Keyring {
    /// Reads all key material; any that is missing, unreadable, truncated or ambiguous is a problem.
    pub fn load(material: &KeyMaterial) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        let _ = material;
        Ok((Self {}, Vec::new()))
    }

    /// Judges `signature` (armored, as git stores it) over exactly `payload`.
    pub fn verify(&self, payload: &[u8], signature: &[u8], moments: Moments) -> Verification {
        let _ = (payload, signature, moments);
        Verification {
            status: Status::Unsupported,
            at_signing: Status::Unsupported,
            format: SignatureFormat::None,
            key: Key::none(),
            principals: Vec::new(),
            principal: String::new(),
            made_at: Time::NEVER_WAS,
            hash: String::new(),
            reason: String::new(),
        }
    }

    /// Literal principals of `allowed_signers` lines with exactly one, each with its key's fingerprint: people the
    /// operator introduced there.
    pub fn introduced(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// Fingerprints of the primary keys in a key file (OpenPGP certificates, or OpenSSH public keys), as in
/// [`Key::fingerprint`].
pub fn fingerprints(file: &KeyFile) -> Result<Vec<String>, Problem> {
    Err(Problem::error(&file.path, "not built yet"))
}
