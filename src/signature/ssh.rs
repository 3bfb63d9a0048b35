//! Signatures by SSH keys (OpenSSH PROTOCOL.sshsig): what they prove, and whether the operator lets the key sign
//! for git.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256, Sha512};
use ssh_key::{HashAlg, SshSig};

use crate::facts::{Key, SignatureFormat};
use crate::signature::allowed_signers::Line;
use crate::signature::certificate::Certificate;
use crate::signature::judgement::{Fault, Objection, Proof};
use crate::signature::listing::ListedKey;
use crate::signature::public_key::PublicKey;
use crate::signature::revocation::Revocations;
use crate::signature::wire::Reader;
use crate::signature::{Moments, Verification};
use crate::time::Time;

/// What signers of git objects name as the purpose of a signature.
pub(super) const NAMESPACE: &str = "git";

/// Flags of a FIDO authenticator (CTAP, "authenticator data"; OpenSSH PROTOCOL.u2f).
const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;

/// What the operator wrote about SSH keys.
#[derive(Debug)]
pub(super) struct Trust {
    lines: Vec<Line>,
    /// Places in `lines` by the key's bytes: lines that let a key sign.
    signers: HashMap<Vec<u8>, Vec<usize>>,
    /// The same for lines that let a key certify others.
    authorities: HashMap<Vec<u8>, Vec<usize>>,
    /// Fingerprints trusted without a line.
    fingerprints: HashSet<String>,
    /// Keys that people's files hold; only fingerprints are known of the others that people list.
    held: Vec<PublicKey>,
    revocations: Revocations,
    /// Keys of the operator that signed something, by their bytes: each is read and worked out once.
    met: Mutex<HashMap<Vec<u8>, Arc<PublicKey>>>,
}

impl Trust {
    pub(super) fn new(
        lines: Vec<Line>,
        fingerprints: &[String],
        held: Vec<PublicKey>,
        revocations: Revocations,
    ) -> Self {
        let (mut signers, mut authorities): (HashMap<_, Vec<_>>, HashMap<_, Vec<_>>) = Default::default();
        for (place, line) in lines.iter().enumerate() {
            let role = if line.authority { &mut authorities } else { &mut signers };
            role.entry(line.key.blob().to_vec()).or_default().push(place);
        }
        let fingerprints = fingerprints.iter().filter(|fingerprint| fingerprint.starts_with("ssh:")).cloned().collect();
        Self { lines, signers, authorities, fingerprints, held, revocations, met: Mutex::default() }
    }

    /// Judges an SSHSIG blob over exactly `payload`.
    pub(super) fn verify(&self, payload: &[u8], blob: &[u8], moments: Moments) -> Verification {
        let mut verification = Verification::begin(SignatureFormat::Ssh);
        match self.judge(payload, blob, moments, &mut verification) {
            Ok((signed, claimed)) => verification.judged(signed.at(moments.received), signed.at(claimed)),
            Err(objection) => verification.refused(objection),
        }
    }

    /// Everything up to the question of time, and the moment that stands for the time the signer claims; fills in
    /// what is known on the way.
    fn judge(
        &self,
        payload: &[u8],
        blob: &[u8],
        moments: Moments,
        verification: &mut Verification,
    ) -> Result<(Signed<'_>, Time), Objection> {
        let envelope = Envelope::parse(blob)?;
        verification.hash = envelope.hash.as_str().to_string();
        let signer = self.signer(envelope.key)?;
        verification.key = signer.key().fact();
        if let Signer::Certified(certificate) = &signer {
            verification.key.authority = certificate.authority().fingerprint().to_string();
        }
        signer.key().strong()?;
        let signature = signer.key().parse_signature(envelope.signature)?;
        let revoked = self.revokes(&signer);
        let lines = self.lines(&signer);
        if !revoked && !self.knows(&signer) {
            return Err(Objection::new(Fault::UnknownKey, signer.unknown()));
        }
        let proof = signer.key().verify(&envelope.message(payload)?, &signature)?;
        let flags = signer.key().flags(&signature);
        verification.key.user_presence = flags & USER_PRESENT != 0;
        verification.key.user_verification = flags & USER_VERIFIED != 0;
        if revoked {
            return Err(taken_back());
        }
        let signed = Signed { signer, lines, proof };
        signed.describe(verification)?;
        Ok((signed, moments.signed_at(moments.claimed)?))
    }

    /// Reads the key of a signature, or takes it from those that signed before.
    fn signer(&self, blob: &[u8]) -> Result<Signer, Objection> {
        if Certificate::is_certificate(blob) {
            return Ok(Signer::Certified(Box::new(Certificate::parse(blob)?)));
        }
        let met = || self.met.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = met().get(blob) {
            return Ok(Signer::Plain(key.clone()));
        }
        let signer = Signer::Plain(Arc::new(PublicKey::parse(blob)?));
        // There are no more of them than the operator wrote down.
        if let Signer::Plain(key) = &signer
            && self.knows(&signer)
        {
            met().insert(blob.to_vec(), key.clone());
        }
        Ok(signer)
    }

    fn revokes(&self, signer: &Signer) -> bool {
        match signer {
            Signer::Certified(certificate) => self.revocations.revokes_certificate(certificate),
            Signer::Plain(key) => self.revocations.revokes_key(key),
        }
    }

    /// Whether the operator lets this key sign, or its authority certify, at all.
    fn knows(&self, signer: &Signer) -> bool {
        match signer {
            Signer::Certified(certificate) => self.authorities.contains_key(certificate.authority().blob()),
            Signer::Plain(key) => {
                self.signers.contains_key(key.blob()) || self.fingerprints.contains(key.fingerprint())
            }
        }
    }

    /// The lines that speak of this key or its authority. A key listed more than once is subject to all its
    /// restrictions, and so is one that is both listed and certified.
    fn lines(&self, signer: &Signer) -> Vec<&Line> {
        let own = self.signers.get(signer.key().blob()).into_iter().flatten();
        let above = match signer {
            Signer::Certified(certificate) => self.authorities.get(certificate.authority().blob()),
            Signer::Plain(_) => None,
        };
        own.chain(above.into_iter().flatten()).filter_map(|&place| self.lines.get(place)).collect()
    }

    pub(super) fn has_revoked(&self, key: &PublicKey) -> bool {
        self.revocations.revokes_key(key)
    }

    /// Whether some line lets its key certify others for git.
    pub(super) fn has_authorities(&self) -> bool {
        self.lines.iter().any(|line| line.authority && line.allows_git())
    }

    /// Every key that may sign or certify by the operator's word, each as it stands now, by fingerprint.
    pub(super) fn list(&self, now: Time) -> Vec<ListedKey> {
        let mut listed: BTreeMap<(bool, String), ListedKey> = BTreeMap::new();
        for (certifies, places) in [(false, &self.signers), (true, &self.authorities)] {
            for places in places.values() {
                let lines: Vec<&Line> = places.iter().filter_map(|&place| self.lines.get(place)).collect();
                if let Some(first) = lines.first() {
                    let entry = self.listed(&first.key, certifies, &lines, now);
                    listed.insert((certifies, entry.key.fingerprint.clone()), entry);
                }
            }
        }
        for key in &self.held {
            let entry = || self.listed(key, false, &[], now);
            listed.entry((false, key.fingerprint().to_string())).or_insert_with(entry);
        }
        for fingerprint in &self.fingerprints {
            let revoked = self.revocations.revokes_fingerprint(fingerprint);
            let entry = || {
                let ends = Time::NEVER_ENDS;
                let (fingerprint, expires_at) = (fingerprint.clone(), ends.rfc3339());
                let key = Key { fingerprint, expires_at, expires_at_ns: ends.nanoseconds(), ..Key::none() };
                ListedKey::new(key, if revoked { Err(taken_back()) } else { Ok(()) })
            };
            listed.entry((false, fingerprint.clone())).or_insert_with(entry);
        }
        listed.into_values().collect()
    }

    fn listed(&self, key: &PublicKey, certifies: bool, lines: &[&Line], now: Time) -> ListedKey {
        let ends = ends(lines.iter().copied());
        let fact = Key { expires_at: ends.rfc3339(), expires_at_ns: ends.nanoseconds(), ..key.fact() };
        let stands = match self.revocations.revokes_key(key) {
            true => Err(taken_back()),
            false => key.strong().and_then(|()| lines.iter().try_for_each(|line| line.permits(now))),
        };
        let names = lines.iter().map(|line| line.principals.clone()).collect();
        ListedKey { certifies, names, ..ListedKey::new(fact, stands) }
    }

    /// Literal principals of lines with exactly one that may sign for git, each with the key's fingerprint.
    pub(super) fn introduced(&self) -> Vec<(String, String)> {
        let signers = self.lines.iter().filter(|line| !line.authority && line.allows_git());
        signers
            .filter_map(|line| Some((line.principals.literal()?.to_string(), line.key.fingerprint().to_string())))
            .collect()
    }
}

/// The first second at which one of the lines no longer holds.
fn ends<'a>(lines: impl Iterator<Item = &'a Line>) -> Time {
    lines.map(|line| line.valid_before.plus(1)).min().unwrap_or(Time::NEVER_ENDS)
}

fn taken_back() -> Objection {
    Objection::new(Fault::Revoked, "the key, its certificate or its authority is revoked")
}

/// What stands in a signature as its key.
enum Signer {
    Certified(Box<Certificate>),
    Plain(Arc<PublicKey>),
}

impl Signer {
    /// The key that signed.
    fn key(&self) -> &PublicKey {
        match self {
            Self::Certified(certificate) => certificate.key(),
            Self::Plain(key) => key,
        }
    }

    fn unknown(&self) -> String {
        match self {
            Self::Certified(certificate) => {
                format!("the authority {} of the certificate is not known here", certificate.authority().fingerprint())
            }
            Self::Plain(key) => format!("the key {} is not known here", key.fingerprint()),
        }
    }
}

/// A proved signature by a key that the operator knows, to be judged at any moment.
struct Signed<'a> {
    signer: Signer,
    /// Everything that restricts the key; nothing for one that only a person lists.
    lines: Vec<&'a Line>,
    proof: Proof,
}

impl Signed<'_> {
    /// Who vouches for the key, and how long. A certificate that does not hold at all is refused here.
    fn describe(&self, verification: &mut Verification) -> Result<(), Objection> {
        let mut ends = ends(self.lines.iter().copied());
        if let Signer::Certified(certificate) = &self.signer {
            certificate.verify()?;
            ends = ends.min(certificate.ends());
        }
        verification.key.expires_at = ends.rfc3339();
        verification.key.expires_at_ns = ends.nanoseconds();
        verification.principals = self.principals();
        if verification.principals.is_empty() && matches!(self.signer, Signer::Certified(_)) {
            let reason = "the authority may certify none of the certificate's principals";
            return Err(Objection::new(Fault::Untrusted, reason));
        }
        verification.principal = self.principal(&verification.principals);
        Ok(())
    }

    /// The principals that the certificate names and a line of its authority accepts, or those of the key's lines.
    fn principals(&self) -> Vec<String> {
        let mut principals: Vec<String> = match &self.signer {
            Signer::Certified(certificate) => {
                let accepted =
                    |name: &&String| self.lines.iter().any(|line| line.authority && line.principals.matches(name));
                certificate.principals().iter().filter(accepted).cloned().collect()
            }
            Signer::Plain(_) => self.lines.iter().flat_map(|line| line.principals.patterns()).cloned().collect(),
        };
        let mut seen = HashSet::new();
        principals.retain(|principal| seen.insert(principal.clone()));
        principals
    }

    /// The one of them that names a person: certified alone, or the one literal of all lines.
    fn principal(&self, principals: &[String]) -> String {
        match (&self.signer, principals) {
            (Signer::Certified(_), [only]) => only.clone(),
            (Signer::Plain(_), [only]) if self.lines.iter().all(|line| line.principals.literal().is_some()) => {
                only.clone()
            }
            _ => String::new(),
        }
    }

    fn at(&self, moment: Time) -> Result<Proof, Objection> {
        for line in &self.lines {
            line.permits(moment)?;
        }
        if let Signer::Certified(certificate) = &self.signer {
            certificate.permits(moment)?;
        }
        Ok(self.proof)
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

    /// What the key signed, if it signed this payload for git.
    fn message(&self, payload: &[u8]) -> Result<Vec<u8>, Objection> {
        let digest = match self.hash {
            HashAlg::Sha256 => Sha256::digest(payload).to_vec(),
            _ => Sha512::digest(payload).to_vec(),
        };
        SshSig::signed_data_for_prehash(NAMESPACE, self.hash, &digest)
            .map_err(|_| Objection::new(Fault::Unsupported, "the digest of the SSH signature is unknown"))
    }
}
