//! The operator's OpenPGP certificates, split and indexed when they are read, and parsed only when a signature names
//! one of them.

use std::collections::HashMap;
use std::sync::OnceLock;

use bstr::ByteSlice;
use sequoia_openpgp::cert::Cert;
use sequoia_openpgp::cert::raw::{RawCert, RawCertParser};
use sequoia_openpgp::packet::Tag;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::{Fingerprint, KeyHandle, KeyID};

use crate::facts::Key;
use crate::problem::Problem;
use crate::signature::KeyFile;
use crate::signature::armor;
use crate::signature::judgement::{Fault, Objection};
use crate::signature::listing::ListedKey;
use crate::signature::openpgp::{policy, standing};
use crate::time::Time;

/// Certificates by any key in them.
#[derive(Default)]
pub(in crate::signature) struct Certificates {
    held: Vec<Held>,
    /// Places in `held`.
    by_key: HashMap<KeyID, Vec<usize>>,
}

/// One certificate: everything the operator's files hold under one primary key.
struct Held {
    primary: Fingerprint,
    /// Its packets as the files hold them; several files may update one certificate.
    raw: Vec<Vec<u8>>,
    parsed: OnceLock<Option<Cert>>,
}

impl Certificates {
    /// Splits every file into certificates. Each file must hold at least one and nothing that cannot be read.
    pub(in crate::signature) fn load(files: &[KeyFile]) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        let mut certificates = Self::default();
        let mut by_primary: HashMap<Fingerprint, usize> = HashMap::new();
        let (mut warnings, mut problems) = (Vec::new(), Vec::new());
        for file in files {
            match split(file) {
                Ok(raws) => {
                    if raws.iter().any(holds_secret) {
                        warnings.push(
                            Problem::warning(&file.path, "the file holds a secret key, which refgate never needs")
                                .help("replace it by what `gpg --export --armor <fingerprint>` writes"),
                        );
                    }
                    for raw in &raws {
                        certificates.add(raw, &mut by_primary);
                    }
                }
                Err(problem) => problems.push(*problem),
            }
        }
        if problems.is_empty() { Ok((certificates, warnings)) } else { Err(problems) }
    }

    fn add(&mut self, raw: &RawCert<'_>, by_primary: &mut HashMap<Fingerprint, usize>) {
        let primary = raw.fingerprint();
        let place = *by_primary.entry(primary.clone()).or_insert(self.held.len());
        match self.held.get_mut(place) {
            Some(held) => held.raw.push(raw.as_bytes().to_vec()),
            None => self.held.push(Held { primary, raw: vec![raw.as_bytes().to_vec()], parsed: OnceLock::new() }),
        }
        for key in raw.keys() {
            let places = self.by_key.entry(key.keyid()).or_default();
            if !places.contains(&place) {
                places.push(place);
            }
        }
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
    pub(super) fn holding(&self, issuers: &[KeyHandle]) -> impl Iterator<Item = Result<&Cert, Objection>> {
        let mut places: Vec<usize> = Vec::new();
        for issuer in issuers {
            for place in self.by_key.get(&KeyID::from(issuer)).into_iter().flatten() {
                if !places.contains(place) {
                    places.push(*place);
                }
            }
        }
        places.into_iter().filter_map(|place| self.held.get(place)).map(Held::cert)
    }
}

impl Held {
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
        whole.filter(|cert| cert.fingerprint() == self.primary)
    }
}

/// Fingerprints of the primary keys in a file, as in [`crate::facts::Key::fingerprint`].
pub(in crate::signature) fn fingerprints(file: &KeyFile) -> Result<Vec<String>, Box<Problem>> {
    Ok(split(file)?.iter().map(|raw| written(&raw.fingerprint())).collect())
}

/// Whether the file looks like one of certificates: binary packets, or an armor somewhere in it.
pub(in crate::signature) fn may_hold_certificates(file: &KeyFile) -> bool {
    is_binary(&file.bytes) || file.bytes.contains_str("-----BEGIN PGP")
}

/// The file begins with the tag of a packet, whose highest bit is set (RFC 9580 section 4.2).
fn is_binary(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| first & 0x80 != 0)
}

/// `openpgp:<hex>`.
pub(super) fn written(fingerprint: &Fingerprint) -> String {
    format!("openpgp:{fingerprint:X}")
}

fn split(file: &KeyFile) -> Result<Vec<RawCert<'static>>, Box<Problem>> {
    let problem = |reason: &str| Box::new(Problem::error(&file.path, reason));
    if !may_hold_certificates(file) {
        return Err(problem("the file holds no OpenPGP certificate"));
    }
    let bodies = if is_binary(&file.bytes) {
        vec![file.bytes.clone()]
    } else {
        let text = file.bytes.replace("\r\n", "\n");
        armor::parse_keys(&text).map_err(|reason| problem(&format!("the armor of a certificate {reason}")))?
    };
    let mut raws = Vec::new();
    for body in bodies {
        let unreadable = |error| problem(&format!("the file is not made of OpenPGP certificates: {error:#}"));
        for raw in RawCertParser::from_bytes(&body).map_err(unreadable)? {
            raws.push(raw.map_err(unreadable)?.into_owned());
        }
    }
    if raws.is_empty() {
        return Err(problem("the file holds no OpenPGP certificate"));
    }
    Ok(raws)
}

fn holds_secret(raw: &RawCert<'_>) -> bool {
    raw.packets().any(|packet| matches!(packet.tag(), Tag::SecretKey | Tag::SecretSubkey))
}
