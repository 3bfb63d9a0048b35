//! The operator's OpenPGP certificates, split and indexed when they are read, and parsed only when a signature names
//! one of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use sequoia_openpgp::cert::Cert;
use sequoia_openpgp::cert::raw::RawCert;
use sequoia_openpgp::packet::{Signature, Tag};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::{Fingerprint, KeyHandle, KeyID};

use crate::facts::Key;
use crate::problem::Problem;
use crate::signature::KeyFile;
use crate::signature::judgement::{Fault, Objection};
use crate::signature::listing::ListedKey;
use crate::signature::native::Point;
use crate::signature::openpgp::standing::{self, Standing};
use crate::signature::openpgp::{key_file, policy};
use crate::time::Time;

/// Certificates by any key in them.
#[derive(Default)]
pub(in crate::signature) struct Certificates {
    held: Vec<Held>,
    /// Places in `held`.
    by_key: HashMap<KeyID, Vec<usize>>,
    /// Primary keys by the files that hold their certificates.
    by_file: HashMap<PathBuf, Vec<Fingerprint>>,
}

/// One certificate: everything the operator's files hold under one primary key.
struct Held {
    primary: Fingerprint,
    /// Its packets as the files hold them; several files may update one certificate.
    raw: Vec<Vec<u8>>,
    /// Its own revocations, where files hold them alone.
    revocations: Vec<Signature>,
    parsed: OnceLock<Option<Cert>>,
    standings: Mutex<Standings>,
    points: Mutex<HashMap<[u8; 32], Result<Point, Objection>>>,
}

/// How a certificate's keys stood at one time of receipt, for the signatures that follow: a push has many of few keys.
#[derive(Default)]
struct Standings {
    received: Option<Time>,
    by_key: HashMap<Fingerprint, Result<Standing, Objection>>,
}

/// A certificate that may hold the key of a signature.
pub(super) struct Holder<'a> {
    held: &'a Held,
    pub cert: &'a Cert,
}

impl Holder<'_> {
    /// [`Standing::of`] this key, worked out once for each time of receipt.
    pub fn standing(&self, key: &Fingerprint, received: Time) -> Result<Standing, Objection> {
        let mut standings = self.held.standings.lock().unwrap_or_else(PoisonError::into_inner);
        if standings.received != Some(received) {
            *standings = Standings { received: Some(received), by_key: HashMap::new() };
        }
        let known = standings.by_key.entry(key.clone());
        known.or_insert_with(|| Standing::of(self.cert, key, &policy(received), received)).clone()
    }

    /// The point of one of the certificate's Ed25519 keys, worked out once.
    pub fn point(&self, key: &[u8; 32]) -> Result<Point, Objection> {
        let mut points = self.held.points.lock().unwrap_or_else(PoisonError::into_inner);
        points.entry(*key).or_insert_with(|| Point::parse(key)).clone()
    }
}

impl Certificates {
    /// Splits every file into certificates. Each file must hold at least one, or a revocation of one, and nothing that
    /// cannot be read.
    pub(in crate::signature) fn load(files: &[KeyFile]) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        let mut certificates = Self::default();
        let mut by_primary: HashMap<Fingerprint, usize> = HashMap::new();
        let (mut warnings, mut problems, mut alone) = (Vec::new(), Vec::new(), Vec::new());
        for file in files {
            match key_file::read(file) {
                Ok(contents) => {
                    if contents.certificates.iter().any(holds_secret) {
                        warnings.push(
                            Problem::warning(&file.path, "the file holds a secret key, which refgate never needs")
                                .help("replace it by what `gpg --export --armor <fingerprint>` writes"),
                        );
                    }
                    for raw in &contents.certificates {
                        certificates.add(raw, &mut by_primary);
                    }
                    let primary = contents.certificates.iter().map(RawCert::fingerprint);
                    certificates.by_file.insert(file.path.clone(), primary.collect());
                    alone.extend(contents.revocations.into_iter().map(|revocation| (file, revocation)));
                }
                Err(problem) => problems.push(*problem),
            }
        }
        for (file, revocation) in alone {
            match certificates.revoke(revocation) {
                Ok(()) => {}
                Err(Unplaced::Elsewhere(issuer)) => {
                    let message = format!("the file revokes '{issuer}', of which no certificate is held");
                    warnings.push(Problem::warning(&file.path, message));
                }
                Err(Unplaced::Broken(message)) => problems.push(Problem::error(&file.path, message)),
            }
        }
        if problems.is_empty() { Ok((certificates, warnings)) } else { Err(problems) }
    }

    fn add(&mut self, raw: &RawCert<'_>, by_primary: &mut HashMap<Fingerprint, usize>) {
        let primary = raw.fingerprint();
        let place = *by_primary.entry(primary.clone()).or_insert(self.held.len());
        let bytes = raw.as_bytes();
        match self.held.get_mut(place) {
            // A file may stand in a folder of certificates and among a person's keys.
            Some(held) if held.raw.iter().any(|part| part == bytes) => return,
            Some(held) => held.raw.push(bytes.to_vec()),
            None => {
                self.held.push(Held {
                    primary,
                    raw: vec![bytes.to_vec()],
                    revocations: Vec::new(),
                    parsed: OnceLock::new(),
                    standings: Mutex::default(),
                    points: Mutex::default(),
                });
            }
        }
        for key in raw.keys() {
            let places = self.by_key.entry(key.keyid()).or_default();
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }

    /// Fingerprints of the primary keys in one of the files, as in [`crate::facts::Key::fingerprint`].
    pub(in crate::signature) fn in_file(&self, path: &Path) -> Vec<String> {
        self.by_file.get(path).into_iter().flatten().map(written).collect()
    }

    /// Puts a revocation that stands alone to the certificate whose primary key made it.
    fn revoke(&mut self, revocation: Signature) -> Result<(), Unplaced> {
        let issuers = revocation.get_issuers();
        let Some(issuer) = issuers.first() else {
            return Err(Unplaced::Broken("the revocation does not say which key it revokes"));
        };
        let places: Vec<usize> =
            issuers.iter().filter_map(|issuer| self.by_key.get(&KeyID::from(issuer))).flatten().copied().collect();
        let is_named = |held: &Held| issuers.iter().any(|issuer| issuer.aliases(KeyHandle::from(&held.primary)));
        let mut found = Err(Unplaced::Elsewhere(format!("openpgp:{issuer:X}")));
        for place in places {
            let Some(held) = self.held.get_mut(place).filter(|held| is_named(held)) else { continue };
            if held.made(&revocation) {
                held.revocations.push(revocation);
                return Ok(());
            }
            found = Err(Unplaced::Broken("the revocation is not by the key that it names"));
        }
        found
    }

    /// Every certificate, each as its best key for signing stands now.
    pub(in crate::signature) fn list(&self, now: Time) -> Vec<ListedKey> {
        let policy = policy(now);
        let listed = self.held.iter().map(|held| match held.cert() {
            Ok(cert) => standing::listed(cert, &policy, now),
            Err(objection) => (Key { fingerprint: written(&held.primary), ..Key::none() }, Err(objection)),
        });
        listed.map(|(key, permitted)| ListedKey::new(key, permitted)).collect()
    }

    /// The certificates that may hold one of these keys. A key id says little: compare the keys themselves.
    pub(super) fn holding(&self, issuers: &[KeyHandle]) -> impl Iterator<Item = Result<Holder<'_>, Objection>> {
        let mut places: Vec<usize> = Vec::new();
        for issuer in issuers {
            for place in self.by_key.get(&KeyID::from(issuer)).into_iter().flatten() {
                if !places.contains(place) {
                    places.push(*place);
                }
            }
        }
        let held = places.into_iter().filter_map(|place| self.held.get(place));
        held.map(|held| Ok(Holder { held, cert: held.cert()? }))
    }
}

/// Why a revocation that stands alone belongs to no certificate.
enum Unplaced {
    /// No certificate of this primary key is held.
    Elsewhere(String),
    Broken(&'static str),
}

impl Held {
    /// Whether the primary key of this certificate revoked itself by this signature.
    fn made(&self, revocation: &Signature) -> bool {
        let primary = self.raw.first().and_then(|raw| RawCert::from_bytes(raw).ok()).map(|raw| raw.primary_key());
        primary.is_some_and(|primary| revocation.verify_primary_key_revocation(&primary, &primary).is_ok())
    }

    fn cert(&self) -> Result<&Cert, Objection> {
        let unreadable = || Objection::new(Fault::Untrusted, "the certificate that is held for the key cannot be read");
        self.parsed.get_or_init(|| self.parse()).as_ref().ok_or_else(unreadable)
    }

    /// All parts must be readable: a part that is not could be the one that holds a revocation.
    fn parse(&self) -> Option<Cert> {
        let mut whole: Option<Cert> = None;
        for raw in &self.raw {
            let part = Cert::from_bytes(raw).ok()?.strip_secret_key_material();
            whole = Some(match whole {
                Some(cert) => cert.merge_public(part).ok()?,
                None => part,
            });
        }
        let whole = whole.filter(|cert| cert.fingerprint() == self.primary)?;
        Some(whole.insert_packets(self.revocations.clone()).ok()?.0)
    }
}

/// Fingerprints of the primary keys in a file, as in [`crate::facts::Key::fingerprint`].
pub(in crate::signature) fn fingerprints(file: &KeyFile) -> Result<Vec<String>, Box<Problem>> {
    let contents = key_file::read(file)?;
    if contents.certificates.is_empty() {
        let problem = Problem::error(&file.path, "the file holds a revocation and no OpenPGP certificate");
        return Err(Box::new(problem.help("put it in a folder of '[identity] openpgp'")));
    }
    Ok(contents.certificates.iter().map(|raw| written(&raw.fingerprint())).collect())
}

/// `openpgp:<hex>`.
pub(super) fn written(fingerprint: &Fingerprint) -> String {
    format!("openpgp:{fingerprint:X}")
}

fn holds_secret(raw: &RawCert<'_>) -> bool {
    raw.packets().any(|packet| matches!(packet.tag(), Tag::SecretKey | Tag::SecretSubkey))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sequoia_openpgp::packet::Packet;
    use sequoia_openpgp::packet::signature::SignatureBuilder;
    use sequoia_openpgp::serialize::SerializeInto;
    use sequoia_openpgp::types::SignatureType;

    use sequoia_openpgp::policy::StandardPolicy;

    use super::*;
    use crate::facts::Status;
    use crate::signature::Moments;

    const ALICE: &[u8] = include_bytes!("../../../tests/push/fixtures/keys/alice.asc");
    const ALICES_SECRET: &[u8] = include_bytes!("../../../tests/push/fixtures/keys/alice.secret.asc");
    const OTHERS: [&[u8]; 2] = [
        include_bytes!("../../../tests/push/fixtures/keys/grace.asc"),
        include_bytes!("../../../tests/push/fixtures/keys/heidi.asc"),
    ];

    fn certificates() -> Certificates {
        let file = |bytes: &&[u8]| KeyFile { path: "keys/some.asc".into(), bytes: bytes.to_vec() };
        let files: Vec<KeyFile> = [ALICE].iter().chain(&OTHERS).chain(&[ALICE]).map(file).collect();
        Certificates::load(&files).unwrap().0
    }

    /// Primary keys of the certificates that were parsed.
    fn parsed(certificates: &Certificates) -> Vec<String> {
        let parsed = certificates.held.iter().filter(|held| held.parsed.get().is_some());
        parsed.map(|held| written(&held.primary)).collect()
    }

    fn signature(cert: &Cert) -> Vec<u8> {
        let policy = StandardPolicy::new();
        let key = cert.keys().with_policy(&policy, None).for_signing().secret().next().unwrap().key().clone();
        let mut pair = key.into_keypair().unwrap();
        let signature = SignatureBuilder::new(SignatureType::Binary).sign_message(&mut pair, b"a door").unwrap();
        Packet::from(signature).to_vec().unwrap()
    }

    #[test]
    fn only_certificates_that_a_signature_names_are_parsed() {
        let certificates = certificates();
        assert_eq!(parsed(&certificates), [""; 0]);
        let moments = Moments { claimed: Time(0), received: Time(4_000_000_000), tolerance: Duration::ZERO };
        let stranger = sequoia_openpgp::cert::CertBuilder::new().add_signing_subkey().generate().unwrap().0;
        let verification = certificates.verify(b"a door", &signature(&stranger), moments);
        assert_eq!((verification.status, parsed(&certificates).len()), (Status::UnknownKey, 0));
        let alice = Cert::from_bytes(ALICES_SECRET).unwrap();
        let verification = certificates.verify(b"a door", &signature(&alice), moments);
        assert_eq!(verification.status, Status::Good, "{}", verification.reason);
        assert_eq!(parsed(&certificates), [written(&alice.fingerprint())]);
    }

    #[test]
    fn one_certificate_in_two_files_is_held_once() {
        let certificates = certificates();
        assert_eq!(certificates.held.len(), 3);
        assert!(certificates.held.iter().all(|held| held.raw.len() == 1));
    }
}
