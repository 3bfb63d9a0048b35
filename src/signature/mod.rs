//! Says who signed something, and whether that counts. The only room that knows cryptography.
//!
//! Pure: keys and times come in as arguments. Who a key belongs to is not known here, and nothing is read from
//! the repository or the environment.

mod allowed_signers;
mod armor;
mod certificate;
mod judgement;
mod krl;
mod listing;
mod native;
mod openpgp;
mod principal;
mod public_key;
mod revocation;
mod ssh;
mod throwaway;
mod wire;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::facts::{Key, SignatureFormat, Status};
use crate::problem::Problem;
use crate::signature::armor::Label;
use crate::signature::judgement::{Fault, Objection};
use crate::signature::openpgp::Certificates;
use crate::signature::public_key::PublicKey;
use crate::signature::revocation::Revocations;
use crate::signature::ssh::Trust;
use crate::time::Time;

pub use allowed_signers::Zone;
pub use listing::ListedKey;
pub use throwaway::ThrowawayKey;

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
    /// Files of SSH public keys that people.toml lists; what is trusted is in `fingerprints`.
    pub public_keys: Vec<KeyFile>,
    /// Where dates without a `Z` in `allowed_signers` are meant.
    pub zone: Zone,
}

/// The operator's keys, ready to verify with. Shared between threads as it is.
pub struct Keyring {
    ssh: Trust,
    openpgp: Certificates,
}

/// What a signature proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The judgement at receipt.
    pub status: Status,
    /// The judgement at the time the signer claims.
    pub at_signing: Status,
    pub format: SignatureFormat,
    /// The key that the signature names. It is proved that this key signed only where one of the two judgements is
    /// good: resolve a person from nothing else.
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

/// The moments a signature is judged at. A claim to be made later than receipt and tolerance is not yet valid, whether
/// the signature or the committer says so.
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
    ///
    /// Either a keyring, with the warnings that came up, or every problem.
    pub fn load(material: &KeyMaterial) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        let (mut lines, mut warnings, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        for file in &material.allowed_signers {
            match allowed_signers::parse(file, &material.zone) {
                Ok((more, told)) => {
                    lines.extend(more);
                    warnings.extend(told);
                }
                Err(more) => problems.extend(more),
            }
        }
        let revocations = match Revocations::load(&material.revoked_keys) {
            Ok(revocations) => revocations,
            Err(more) => {
                problems.extend(more);
                Revocations::default()
            }
        };
        let openpgp = match Certificates::load(&material.openpgp) {
            Ok((openpgp, told)) => {
                warnings.extend(told);
                openpgp
            }
            Err(more) => {
                problems.extend(more);
                Certificates::default()
            }
        };
        let mut held = Vec::new();
        for read in material.public_keys.iter().filter_map(PublicKey::parse_list) {
            match read {
                Ok(keys) => held.extend(keys),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok((Self { ssh: Trust::new(lines, &material.fingerprints, held, revocations), openpgp }, warnings))
    }

    /// Whether some authority may certify SSH keys for git.
    pub fn has_authorities(&self) -> bool {
        self.ssh.has_authorities()
    }

    /// Judges `signature` (armored, as git stores it) over exactly `payload`.
    ///
    /// Where several things are wrong, the first of these is told: it cannot be read, is of no known kind, is too weak,
    /// is by an unknown key, is not over these bytes, is by a revoked key, is by one not meant for this, was made at
    /// the wrong time. What an unknown key signed is not looked into: a stranger's key costs no arithmetic.
    ///
    /// Good means: valid over exactly `payload`, by a key that the operator's files hold and trust for git, valid at
    /// that moment, nothing weak. Whether anybody *has* that key is not known here: a certificate under `openpgp`
    /// that no person lists is good here, and the gate makes it [`Status::Untrusted`].
    pub fn verify(&self, payload: &[u8], signature: &[u8], moments: Moments) -> Verification {
        let Some(label) = Label::of(signature) else {
            let (fault, reason) = match Label::announced(signature) {
                true => (Fault::Unsupported, "signatures of this kind are not known here"),
                false => (Fault::Malformed, "what stands in the signature's place is no armored signature"),
            };
            return Verification::begin(SignatureFormat::None).refused(Objection::new(fault, reason));
        };
        let refused = |fault, reason: &str| Verification::begin(label.format()).refused(Objection::new(fault, reason));
        let body = match label {
            Label::PgpSignature | Label::Ssh => armor::parse(label, signature),
            Label::PgpMessage => return refused(Fault::Unsupported, "a whole OpenPGP message stands in its place"),
            Label::PgpPrivateKey | Label::PgpPublicKey => {
                return refused(Fault::Unsupported, "an OpenPGP key stands in the signature's place");
            }
            Label::X509 => return refused(Fault::Unsupported, "signatures with X.509 certificates are not verified"),
        };
        match body {
            Ok(body) if label == Label::Ssh => self.ssh.verify(payload, &body, moments),
            Ok(body) => self.openpgp.verify(payload, &body, moments),
            Err(reason) => refused(Fault::Malformed, &format!("the armor of the signature {reason}")),
        }
    }

    /// Fingerprints of the primary keys in one of the files of [`KeyMaterial::openpgp`].
    pub fn certificates_in(&self, path: &Path) -> Vec<String> {
        self.openpgp.in_file(path)
    }

    /// Whether `file` holds an SSH public key that is revoked.
    pub fn has_revoked(&self, file: &KeyFile) -> bool {
        let keys = PublicKey::parse_list(file).and_then(Result::ok).unwrap_or_default();
        keys.iter().any(|key| self.ssh.has_revoked(key))
    }

    /// Literal principals of `allowed_signers` lines with exactly one, each with its key's fingerprint: people the
    /// operator introduced there. Lines for authorities, and for other purposes than git, introduce nobody.
    pub fn introduced(&self) -> Vec<(String, String)> {
        self.ssh.introduced()
    }
}

/// Fingerprints of the primary keys in a key file (OpenPGP certificates, or OpenSSH public keys), as in
/// [`Key::fingerprint`].
pub fn fingerprints(file: &KeyFile) -> Result<Vec<String>, Problem> {
    if let Some(keys) = PublicKey::parse_list(file) {
        return Ok(keys?.iter().map(|key| key.fingerprint().to_string()).collect());
    }
    if !openpgp::may_hold_certificates(file) {
        return Err(Problem::error(&file.path, "the file holds neither OpenPGP certificates nor SSH public keys"));
    }
    openpgp::fingerprints(file).map_err(|problem| *problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyring_is_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Keyring>();
    }
}
