//! SSH public keys: the bytes that are the identity, beside what a library makes of them. Which algorithms are
//! strong enough is said here; whom a key belongs to is not.

use std::sync::{Arc, OnceLock};

use sha2::{Digest as _, Sha256};
use ssh_key::encoding::{Decode, Encode};
use ssh_key::public::{EcdsaPublicKey, KeyData, RsaPublicKey};
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, Signature};

use crate::facts::Key;
use crate::problem::Problem;
use crate::signature::KeyFile;
use crate::signature::armor;
use crate::signature::certificate::Certificate;
use crate::signature::judgement::{Fault, Objection, Proof};
use crate::signature::native::{self, Curve, Digest, Numbers, RSA_BITS};
use crate::signature::wire::Reader;
use crate::time::Time;

/// Algorithms of signatures that are read, if only to be called weak (RFC 4253, 5656, 8332, 8709; PROTOCOL.u2f).
const ALGORITHMS: [&str; 9] = [
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-256",
    "rsa-sha2-512",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "sk-ssh-ed25519@openssh.com",
    "ssh-ed25519",
    "ssh-rsa",
];

/// How an elliptic curve point begins of which both coordinates follow (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// One plain public key; certificates are kept in [`super::certificate`].
#[derive(Clone, Debug)]
pub(super) struct PublicKey {
    /// RFC 4253 section 6.6 and later formats. Keys are the same when these bytes are.
    blob: Vec<u8>,
    parsed: KeyData,
    /// What is worked out when it is first asked for: most of the keys that are read verify nothing.
    fingerprint: OnceLock<String>,
    point: OnceLock<Result<native::Point, Objection>>,
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.blob == other.blob
    }
}

impl PublicKey {
    /// Whether `word` names a type of key, as OpenSSH writes them.
    pub(super) fn is_type(word: &str) -> bool {
        ["ssh-", "ecdsa-", "sk-"].iter().any(|prefix| word.starts_with(prefix))
    }

    /// The two words of a line in a key file: type and base64.
    pub(super) fn parse_openssh(kind: &str, encoded: &str) -> Result<Self, String> {
        if Certificate::is_type(kind) {
            return Err("a certificate stands in place of a key: list its authority, with 'cert-authority'".to_string());
        }
        let unreadable = || format!("the key is not a readable '{kind}' key");
        let blob = armor::base64(encoded.as_bytes()).map_err(|_| unreadable())?;
        if Reader::new(&blob).text() != Some(kind) {
            return Err(unreadable());
        }
        Self::parse(&blob).map_err(|objection| match objection.fault {
            Fault::Malformed => unreadable(),
            _ => objection.reason,
        })
    }

    /// The keys in a file of one `type base64 [comment]` a line, as `.pub` files are; `None` when the first line that
    /// holds anything does not begin so.
    pub(super) fn parse_list(file: &KeyFile) -> Option<Result<Vec<Self>, Problem>> {
        let text: Arc<str> = std::str::from_utf8(&file.bytes).ok()?.into();
        let mut keys = Vec::new();
        let mut start = 0;
        for row in text.split_inclusive('\n') {
            let line = row.trim();
            let span = start..start + row.trim_end().len();
            start += row.len();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut words = line.split_ascii_whitespace();
            let (kind, encoded) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            if keys.is_empty() && !Self::is_type(kind) {
                return None;
            }
            match Self::parse_openssh(kind, encoded) {
                Ok(key) => keys.push(key),
                Err(reason) => return Some(Err(Problem::error(&file.path, reason).at(&text, span))),
            }
        }
        (!keys.is_empty()).then_some(Ok(keys))
    }

    /// A key's own bytes. Only the one canonical encoding is read, so that one key cannot have two fingerprints.
    pub(super) fn parse(blob: &[u8]) -> Result<Self, Objection> {
        let malformed = || Objection::new(Fault::Malformed, "the public key cannot be read");
        let mut rest = blob;
        let parsed = KeyData::decode(&mut rest).map_err(|_| malformed())?;
        match &parsed {
            KeyData::Certificate(_) => return Err(malformed()),
            KeyData::Other(_) => return Err(unsupported("the type of the key is unknown")),
            _ => {}
        }
        // RFC 5656 section 3.1 allows compressed points; OpenSSH reads none, and a key has one fingerprint.
        let point = match &parsed {
            KeyData::Ecdsa(key) => key.as_ref(),
            KeyData::SkEcdsaSha2NistP256(key) => key.ec_point().as_ref(),
            _ => &[UNCOMPRESSED],
        };
        if !rest.is_empty() || point.first() != Some(&UNCOMPRESSED) || parsed.encode_vec().ok().as_deref() != Some(blob)
        {
            return Err(malformed());
        }
        Ok(Self { blob: blob.to_vec(), parsed, fingerprint: OnceLock::new(), point: OnceLock::new() })
    }

    pub(super) fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// `ssh:SHA256:<base64>`, as [`Key::fingerprint`].
    pub(super) fn fingerprint(&self) -> &str {
        self.fingerprint.get_or_init(|| fingerprint(&Sha256::digest(&self.blob)))
    }

    /// What can be said about the key by itself.
    pub(super) fn fact(&self) -> Key {
        let (algorithm, bits) = self.strength();
        Key {
            fingerprint: self.fingerprint().to_string(),
            algorithm: algorithm.to_string(),
            bits,
            hardware: matches!(self.parsed, KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_)),
            expires_at: Time::NEVER_ENDS.rfc3339(),
            expires_at_ns: Time::NEVER_ENDS.nanoseconds(),
            ..Key::none()
        }
    }

    /// Whether the key is strong enough to prove anything.
    pub(super) fn strong(&self) -> Result<(), Objection> {
        match self.strength() {
            ("dsa", _) => Err(weak("the key is a DSA key")),
            ("rsa", bits) if bits < *RSA_BITS.start() => Err(weak(format!("the RSA key has only {bits} bits"))),
            ("rsa", bits) if bits > *RSA_BITS.end() => Err(unsupported("the RSA key is too long")),
            ("rsa", _) if !self.is_usual_rsa() => Err(unsupported("RSA keys with such numbers are not verified")),
            ("", _) => Err(unsupported("the type of the key is unknown")),
            _ => Ok(()),
        }
    }

    /// Algorithm in lower case and bits, named alike for all formats.
    fn strength(&self) -> (&'static str, u32) {
        match &self.parsed {
            KeyData::Dsa(_) => ("dsa", 1024),
            KeyData::Ecdsa(key) => match key.curve() {
                EcdsaCurve::NistP256 => ("ecdsa", 256),
                EcdsaCurve::NistP384 => ("ecdsa", 384),
                EcdsaCurve::NistP521 => ("ecdsa", 521),
            },
            KeyData::Ed25519(_) | KeyData::SkEd25519(_) => ("ed25519", 256),
            KeyData::Rsa(key) => ("rsa", bit_length(key.n().as_positive_bytes().unwrap_or_default())),
            KeyData::SkEcdsaSha2NistP256(_) => ("ecdsa", 256),
            _ => ("", 0),
        }
    }

    /// Reads a signature's own bytes (RFC 4253 section 6.6), which must be of an algorithm that fits this key.
    pub(super) fn parse_signature(&self, bytes: &[u8]) -> Result<Signature, Objection> {
        if !ALGORITHMS.contains(&Reader::new(bytes).text().ok_or_else(unreadable)?) {
            return Err(unsupported("the algorithm of the signature is unknown"));
        }
        let mut rest = bytes;
        let signature = Signature::decode(&mut rest).map_err(|_| unreadable())?;
        if !rest.is_empty() {
            return Err(Objection::new(Fault::Malformed, "something follows the signature"));
        }
        match (&self.parsed, signature.algorithm()) {
            (KeyData::Rsa(_), Algorithm::Rsa { hash: Some(HashAlg::Sha256 | HashAlg::Sha512) }) => Ok(signature),
            (KeyData::Rsa(_), Algorithm::Rsa { hash: None }) => Err(weak("the signature is made over a SHA-1 digest")),
            (KeyData::Ecdsa(key), Algorithm::Ecdsa { curve }) if key.curve() == curve => Ok(signature),
            (KeyData::Ed25519(_), Algorithm::Ed25519) => Ok(signature),
            (KeyData::SkEd25519(_), Algorithm::SkEd25519) => Ok(signature),
            (KeyData::SkEcdsaSha2NistP256(_), Algorithm::SkEcdsaSha2NistP256) => Ok(signature),
            _ => Err(Objection::new(Fault::Malformed, "the signature's algorithm is not the key's")),
        }
    }

    /// What the authenticator says of the one who touched it; 0 for keys that live in none. Signed with the rest.
    pub(super) fn flags(&self, signature: &Signature) -> u8 {
        match &self.parsed {
            // The signature ends with a byte of flags and four of a counter (OpenSSH PROTOCOL.u2f).
            KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_) => {
                signature.as_bytes().iter().rev().nth(4).copied().unwrap_or(0)
            }
            _ => 0,
        }
    }

    /// Whether this key made this signature over exactly these bytes.
    pub(super) fn verify(&self, message: &[u8], signature: &Signature) -> Result<Proof, Objection> {
        self.strong()?;
        let made = signature.as_bytes();
        match &self.parsed {
            KeyData::Ed25519(key) => self.point(&key.0)?.verify(message, made),
            KeyData::SkEd25519(key) => {
                let (made, said) = by_authenticator(made)?;
                self.point(&key.public_key().0)?.verify(&touched(key.application(), said, message), made)
            }
            KeyData::Ecdsa(key) => {
                let (curve, digest) = match key {
                    EcdsaPublicKey::NistP256(_) => (Curve::P256, Digest::Sha256),
                    EcdsaPublicKey::NistP384(_) => (Curve::P384, Digest::Sha384),
                    EcdsaPublicKey::NistP521(_) => (Curve::P521, Digest::Sha512),
                };
                let (r, s) = halves(made)?;
                answer(native::verify(Numbers::Ecdsa { curve, point: key.as_ref(), r, s }, digest, message))
            }
            KeyData::SkEcdsaSha2NistP256(key) => {
                let (made, said) = by_authenticator(made)?;
                let (r, s) = halves(made)?;
                let numbers = Numbers::Ecdsa { curve: Curve::P256, point: key.ec_point().as_ref(), r, s };
                answer(native::verify(numbers, Digest::Sha256, &touched(key.application(), said, message)))
            }
            KeyData::Rsa(key) => {
                let digest = match signature.algorithm() {
                    Algorithm::Rsa { hash: Some(HashAlg::Sha256) } => Digest::Sha256,
                    Algorithm::Rsa { hash: Some(HashAlg::Sha512) } => Digest::Sha512,
                    _ => return Err(weak("the signature is made over a SHA-1 digest")),
                };
                let (modulus, exponent) = rsa_numbers(key);
                if made.len() > modulus.len() {
                    return Err(Objection::new(Fault::Bad, "the signature is longer than the key"));
                }
                answer(native::verify(Numbers::Rsa { modulus, exponent, signature: made }, digest, message))
            }
            _ => Err(unsupported("the type of the key is unknown")),
        }
    }

    fn is_usual_rsa(&self) -> bool {
        let KeyData::Rsa(key) = &self.parsed else { return false };
        let (modulus, exponent) = rsa_numbers(key);
        native::is_usual(modulus, exponent)
    }

    fn point(&self, bytes: &[u8; 32]) -> Result<&native::Point, Objection> {
        self.point.get_or_init(|| native::Point::parse(bytes)).as_ref().map_err(Clone::clone)
    }
}

/// A signature by an authenticator, and the flags and the counter behind it (OpenSSH PROTOCOL.u2f).
fn by_authenticator(bytes: &[u8]) -> Result<(&[u8], &[u8]), Objection> {
    bytes.split_last_chunk::<5>().map(|(made, said)| (made, said.as_slice())).ok_or_else(unreadable)
}

/// What an authenticator signs: digests of the application and of the message, and between them what it says itself
/// (OpenSSH PROTOCOL.u2f).
fn touched(application: &str, said: &[u8], message: &[u8]) -> Vec<u8> {
    [Sha256::digest(application).as_slice(), said, Sha256::digest(message).as_slice()].concat()
}

/// The two numbers of an ECDSA signature (RFC 5656 section 3.1.2).
fn halves(bytes: &[u8]) -> Result<(&[u8], &[u8]), Objection> {
    let mut halves = Reader::new(bytes);
    halves.string().zip(halves.string()).ok_or_else(unreadable)
}

/// Modulus and exponent; nothing for what is no positive number.
fn rsa_numbers(key: &RsaPublicKey) -> (&[u8], &[u8]) {
    (key.n().as_positive_bytes().unwrap_or_default(), key.e().as_positive_bytes().unwrap_or_default())
}

/// What is not known natively is not verified at all.
fn answer(answer: Option<Result<Proof, Objection>>) -> Result<Proof, Objection> {
    answer.unwrap_or_else(|| Err(unsupported("such keys are not verified")))
}

fn unreadable() -> Objection {
    Objection::new(Fault::Malformed, "the signature cannot be read")
}

/// `ssh:SHA256:<base64>` of a key whose bytes have this SHA-256; `""` of what is none.
pub(super) fn fingerprint(sha256: &[u8]) -> String {
    <[u8; 32]>::try_from(sha256)
        .map_or_else(|_| String::new(), |digest| format!("ssh:{}", ssh_key::Fingerprint::Sha256(digest)))
}

fn bit_length(number: &[u8]) -> u32 {
    let significant = number.iter().skip_while(|&&byte| byte == 0);
    let bytes = u32::try_from(significant.clone().count()).unwrap_or(u32::MAX);
    let idle = significant.clone().next().map_or(0, |byte| byte.leading_zeros());
    bytes.saturating_mul(8).saturating_sub(idle)
}

fn weak(reason: impl Into<String>) -> Objection {
    Objection::new(Fault::Weak, reason)
}

fn unsupported(reason: &str) -> Objection {
    Objection::new(Fault::Unsupported, reason)
}
