//! Signatures by SSH keys (OpenSSH PROTOCOL.sshsig): what they prove, and whether the operator lets the key sign
//! for git.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256, Sha512};
use ssh_key::{HashAlg, SshSig};

use crate::facts::SignatureFormat;
use crate::signature::allowed_signers::Line;
use crate::signature::judgement::{Fault, Objection, Proof};
use crate::signature::public_key::PublicKey;
use crate::signature::wire::Reader;
use crate::signature::{Moments, Verification};
use crate::time::Time;

/// What signers of git objects name as the purpose of a signature.
pub(super) const NAMESPACE: &str = "git";

/// What the operator wrote about SSH keys.
#[derive(Debug, Default)]
pub(super) struct Trust {
    lines: Vec<Line>,
    /// Places in `lines` by the key's bytes: lines that let a key sign, apart from those that let it certify.
    signers: HashMap<Vec<u8>, Vec<usize>>,
    /// Fingerprints trusted without a line.
    fingerprints: HashSet<String>,
}

impl Trust {
    pub(super) fn new(lines: Vec<Line>, fingerprints: &[String]) -> Self {
        let mut trust = Self { lines, signers: HashMap::new(), fingerprints: fingerprints.iter().cloned().collect() };
        for (place, line) in trust.lines.iter().enumerate() {
            if !line.authority {
                trust.signers.entry(line.key.blob().to_vec()).or_default().push(place);
            }
        }
        trust
    }

    /// Judges an SSHSIG blob over exactly `payload`.
    pub(super) fn verify(&self, payload: &[u8], blob: &[u8], moments: Moments) -> Verification {
        let mut verification = Verification::begin(SignatureFormat::Ssh);
        let envelope = match Envelope::parse(blob) {
            Ok(envelope) => envelope,
            Err(objection) => return verification.refused(objection),
        };
        verification.hash = envelope.hash.as_str().to_string();
        let key = match PublicKey::parse(envelope.key) {
            Ok(key) => key,
            Err(objection) => return verification.refused(objection),
        };
        verification.key = key.fact();
        let standing = match self.standing(&key) {
            Ok(standing) => standing,
            Err(objection) => return verification.refused(objection),
        };
        standing.describe(&mut verification);
        let proof = match prove(&key, &envelope, payload) {
            Ok(proof) => proof,
            Err(objection) => return verification.refused(objection),
        };
        match moments.signed_at(moments.claimed) {
            Ok(signed_at) => verification.judged(standing.at(proof, moments.received), standing.at(proof, signed_at)),
            Err(objection) => verification.refused(objection),
        }
    }

    /// What the operator says of this key. A key listed more than once is subject to all its restrictions.
    fn standing(&self, key: &PublicKey) -> Result<Standing<'_>, Objection> {
        let places = self.signers.get(key.blob()).map(Vec::as_slice).unwrap_or_default();
        if places.is_empty() && !self.fingerprints.contains(&key.fingerprint()) {
            return Err(Objection::new(Fault::UnknownKey, format!("the key {} is not known here", key.fingerprint())));
        }
        Ok(Standing { lines: places.iter().filter_map(|&place| self.lines.get(place)).collect() })
    }

    /// Literal principals of lines with exactly one that may sign for git, each with the key's fingerprint.
    pub(super) fn introduced(&self) -> Vec<(String, String)> {
        let signers = self.lines.iter().filter(|line| !line.authority && line.allows_git());
        signers.filter_map(|line| Some((line.principals.literal()?.to_string(), line.key.fingerprint()))).collect()
    }
}

/// The lines that restrict one key; none for a key that a person lists.
struct Standing<'a> {
    lines: Vec<&'a Line>,
}

impl Standing<'_> {
    fn describe(&self, verification: &mut Verification) {
        let ends = self.lines.iter().map(|line| line.valid_before).min().unwrap_or(Time::NEVER_ENDS);
        verification.key.expires_at = ends.rfc3339();
        verification.key.expires_at_ns = ends.nanoseconds();
        for pattern in self.lines.iter().flat_map(|line| line.principals.patterns()) {
            if !verification.principals.contains(pattern) {
                verification.principals.push(pattern.clone());
            }
        }
        let mut literals = self.lines.iter().map(|line| line.principals.literal());
        if let Some(Some(first)) = literals.next()
            && literals.all(|other| other == Some(first))
        {
            verification.principal = first.to_string();
        }
    }

    fn at(&self, proof: Proof, moment: Time) -> Result<Proof, Objection> {
        for line in &self.lines {
            line.permits(moment)?;
        }
        Ok(proof)
    }
}

impl Line {
    fn allows_git(&self) -> bool {
        self.namespaces.as_ref().is_none_or(|namespaces| namespaces.matches(NAMESPACE))
    }

    /// Whether this line lets its key sign for git at that moment.
    fn permits(&self, moment: Time) -> Result<(), Objection> {
        if !self.allows_git() {
            return Err(Objection::new(Fault::Untrusted, "the key is not trusted for git"));
        }
        if moment < self.valid_after {
            let date = self.valid_after.rfc3339();
            return Err(Objection::new(Fault::NotYetValid, format!("the key is not trusted before {date}")));
        }
        if moment > self.valid_before {
            let date = self.valid_before.rfc3339();
            return Err(Objection::new(Fault::Expired, format!("the key is not trusted after {date}")));
        }
        Ok(())
    }
}

/// The fields of an SSHSIG blob, unread themselves.
struct Envelope<'a> {
    key: &'a [u8],
    hash: HashAlg,
    signature: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn parse(blob: &'a [u8]) -> Result<Self, Objection> {
        let malformed = || Objection::new(Fault::Malformed, "the SSH signature cannot be read");
        let mut reader = Reader::new(blob);
        if reader.take(6) != Some(b"SSHSIG") {
            return Err(malformed());
        }
        let version = reader.u32().ok_or_else(malformed)?;
        if version != SshSig::VERSION {
            return Err(Objection::new(Fault::Unsupported, format!("version {version} of SSH signatures is unknown")));
        }
        let key = reader.string().ok_or_else(malformed)?;
        let namespace = reader.string().ok_or_else(malformed)?;
        let reserved = reader.string().ok_or_else(malformed)?;
        let hash = reader.string().ok_or_else(malformed)?;
        let signature = reader.string().ok_or_else(malformed)?;
        if !reader.is_empty() {
            return Err(malformed());
        }
        if namespace != NAMESPACE.as_bytes() {
            return Err(Objection::new(Fault::Bad, "the signature was made for another purpose than git"));
        }
        if !reserved.is_empty() {
            return Err(Objection::new(Fault::Unsupported, "the SSH signature uses a reserved field"));
        }
        let hash = match hash {
            b"sha256" => HashAlg::Sha256,
            b"sha512" => HashAlg::Sha512,
            _ => return Err(Objection::new(Fault::Unsupported, "the digest of the SSH signature is unknown")),
        };
        Ok(Self { key, hash, signature })
    }
}

/// Whether the key signed this payload for git.
fn prove(key: &PublicKey, envelope: &Envelope<'_>, payload: &[u8]) -> Result<Proof, Objection> {
    key.strong()?;
    let signature = key.parse_signature(envelope.signature)?;
    let digest = match envelope.hash {
        HashAlg::Sha256 => Sha256::digest(payload).to_vec(),
        _ => Sha512::digest(payload).to_vec(),
    };
    let message = SshSig::signed_data_for_prehash(NAMESPACE, envelope.hash, &digest)
        .map_err(|_| Objection::new(Fault::Unsupported, "the digest of the SSH signature is unknown"))?;
    key.verify(&message, &signature)
}
