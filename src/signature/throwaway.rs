//! A fresh SSH key that lives in memory and signs as `ssh-keygen -Y sign -n git` does, for `refgate demo` and tests.
//! Never reads or writes a key file.

use signature::Signer;
use ssh_key::private::Ed25519Keypair;
use ssh_key::{HashAlg, LineEnding, PublicKey, SshSig};

use crate::signature::ssh::NAMESPACE;

/// An Ed25519 key that is gone when it is dropped.
pub struct ThrowawayKey {
    pair: Ed25519Keypair,
}

impl ThrowawayKey {
    /// A key nobody has seen; `None` when the system gives no randomness.
    pub fn fresh() -> Option<Self> {
        let mut seed = [0; 32];
        sequoia_openpgp::crypto::random(&mut seed[..]).ok()?;
        Some(Self::from_seed(&seed))
    }

    /// The key that belongs to this seed.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self { pair: Ed25519Keypair::from_seed(seed) }
    }

    /// `ssh-ed25519 <base64>`, as in `allowed_signers` and `.pub` files.
    pub fn public_key(&self) -> String {
        PublicKey::from(self.pair.public).to_openssh().unwrap_or_default()
    }

    /// As in [`crate::facts::Key::fingerprint`].
    pub fn fingerprint(&self) -> String {
        format!("ssh:{}", PublicKey::from(self.pair.public).fingerprint(HashAlg::Sha256))
    }

    /// An armored signature over `payload` in the namespace git uses; `None` never happens with a key of this kind.
    pub fn sign(&self, payload: &[u8]) -> Option<String> {
        let data = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, payload).ok()?;
        let signature = self.pair.try_sign(&data).ok()?;
        let envelope = SshSig::new(self.pair.public.into(), NAMESPACE, HashAlg::Sha512, signature).ok()?;
        envelope.to_pem(LineEnding::LF).ok()
    }
}
