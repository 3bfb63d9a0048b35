//! SSH certificates inside signatures (OpenSSH PROTOCOL.certkeys): what an authority says of a key. Whether that
//! authority's word counts is decided in [`super::ssh`].

use ssh_key::certificate::CertType;
use ssh_key::encoding::Encode;

use crate::signature::judgement::{Fault, Objection};
use crate::signature::public_key::PublicKey;
use crate::signature::wire::Reader;
use crate::time::Time;

/// A readable certificate; nothing about it is verified by reading it.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    blob: Vec<u8>,
    parsed: ssh_key::Certificate,
    key: PublicKey,
    authority: PublicKey,
}

impl Certificate {
    /// Whether `word` names a type of certificate, as OpenSSH writes them.
    pub(super) fn is_type(word: &str) -> bool {
        word.ends_with("-cert-v01@openssh.com")
    }

    /// Whether these are the bytes of a certificate rather than of a key.
    pub(super) fn is_certificate(blob: &[u8]) -> bool {
        Reader::new(blob).text().is_some_and(Self::is_type)
    }

    /// The two words of a line in a certificate file: type and base64.
    pub(super) fn parse_openssh(kind: &str, encoded: &str) -> Result<Self, String> {
        let unreadable = || format!("the certificate is not a readable '{kind}'");
        let parsed = ssh_key::Certificate::from_openssh(&format!("{kind} {encoded}")).map_err(|_| unreadable())?;
        Self::parse(&parsed.to_bytes().map_err(|_| unreadable())?).map_err(|objection| objection.reason)
    }

    /// A certificate's own bytes, in the one canonical encoding.
    pub(super) fn parse(blob: &[u8]) -> Result<Self, Objection> {
        let malformed = || Objection::new(Fault::Malformed, "the SSH certificate cannot be read");
        let parsed = ssh_key::Certificate::from_bytes(blob).map_err(|_| malformed())?;
        if parsed.to_bytes().ok().as_deref() != Some(blob) {
            return Err(malformed());
        }
        let key = PublicKey::parse(&parsed.public_key().encode_vec().map_err(|_| malformed())?)?;
        let authority = PublicKey::parse(&parsed.signature_key().encode_vec().map_err(|_| malformed())?)?;
        Ok(Self { blob: blob.to_vec(), parsed, key, authority })
    }

    /// The key that is certified.
    pub(super) fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The key that certifies.
    pub(super) fn authority(&self) -> &PublicKey {
        &self.authority
    }

    pub(super) fn serial(&self) -> u64 {
        self.parsed.serial()
    }

    pub(super) fn key_id(&self) -> &str {
        self.parsed.key_id()
    }

    /// Whom the authority says the key is. An empty list, which elsewhere means everybody, names nobody here.
    pub(super) fn principals(&self) -> &[String] {
        self.parsed.valid_principals()
    }

    /// The first second at which the certificate no longer holds.
    pub(super) fn ends(&self) -> Time {
        i64::try_from(self.parsed.valid_before()).map_or(Time::NEVER_ENDS, Time)
    }

    /// Whether the authority signed this certificate, for a person, and demands nothing that refgate cannot give.
    pub(super) fn verify(&self) -> Result<(), Objection> {
        self.authority.strong()?;
        let signature = self.parsed.signature().encode_vec().unwrap_or_default();
        // The signature is the last field, behind its length, and over everything before it.
        let signed = self.blob.len().checked_sub(signature.len().saturating_add(4));
        let signed = signed.and_then(|length| self.blob.get(..length)).unwrap_or_default();
        let signature = self.authority.parse_signature(&signature)?;
        self.authority.verify(signed, &signature).map_err(|objection| match objection.fault {
            Fault::Bad => Objection::new(Fault::Bad, "the certificate is not by the authority it names"),
            _ => objection,
        })?;
        if self.parsed.cert_type() != CertType::User {
            return Err(Objection::new(Fault::Untrusted, "the certificate is a host's, not a person's"));
        }
        match self.parsed.critical_options().iter().next() {
            // Those known today restrict how one logs in; what one demands of a signature nobody has said.
            Some((name, _)) => {
                let reason = format!("the certificate demands '{}', which is not known here", name.escape_debug());
                Err(Objection::new(Fault::Unsupported, reason))
            }
            None => Ok(()),
        }
    }

    /// Whether the certificate holds at that moment: from `valid after` until before `valid before`.
    pub(super) fn permits(&self, moment: Time) -> Result<(), Objection> {
        let begins = i64::try_from(self.parsed.valid_after()).map_or(Time::NEVER_ENDS, Time);
        // A certificate without a beginning holds before 1970 too.
        if moment < begins && begins != Time(0) {
            let reason = format!("the certificate does not hold before {}", begins.rfc3339());
            return Err(Objection::new(Fault::NotYetValid, reason));
        }
        if moment >= self.ends() {
            let reason = format!("the certificate expired at {}", self.ends().rfc3339());
            return Err(Objection::new(Fault::Expired, reason));
        }
        Ok(())
    }
}
