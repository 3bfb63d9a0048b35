//! A hardware key made of software: somebody's ordinary key plays the authenticator (OpenSSH PROTOCOL.u2f).

use sha2::{Digest, Sha256, Sha512};
use signature::Signer;

use crate::stage::read_fixture;

/// What an authenticator says of a signature (CTAP, "authenticator data").
pub const TOUCHED: u8 = 0x01;
pub const VERIFIED: u8 = 0x04;

pub struct Authenticator {
    algorithm: &'static str,
    /// The public key's bytes.
    key: Vec<u8>,
    application: String,
    secret: ssh_key::PrivateKey,
}

impl Authenticator {
    /// One that holds the secret of this file in `fixtures/keys`, for this application (`ssh:` unless somebody chose
    /// another).
    pub fn playing(file: &str, application: &str) -> Self {
        let secret = ssh_key::PrivateKey::from_openssh(read_fixture(file)).expect("a fixture is a private key");
        let algorithm = match secret.algorithm() {
            ssh_key::Algorithm::Ed25519 => "sk-ssh-ed25519@openssh.com",
            ssh_key::Algorithm::Ecdsa { .. } => "sk-ecdsa-sha2-nistp256@openssh.com",
            other => panic!("no authenticator signs with {other}"),
        };
        let plain = secret.public_key().to_bytes().expect("a key has bytes");
        // The public part follows the name of the algorithm.
        let name = 4 + secret.algorithm().as_str().len();
        let key = [string(algorithm.as_bytes()), plain[name..].to_vec(), string(application.as_bytes())].concat();
        Self { algorithm, key, application: application.to_string(), secret }
    }

    /// `type base64`, as `allowed_signers` and `.pub` files have it.
    pub fn public_key(&self) -> String {
        format!("{} {}", self.algorithm, base64(&self.key))
    }

    /// An SSHSIG for git over these bytes, armored; with what the authenticator says of it.
    pub fn sign(&self, payload: &str, flags: u8, counter: u32) -> String {
        self.sign_as(&self.application, payload, flags, counter)
    }

    /// The same, where the authenticator meant another application than the key's.
    pub fn sign_as(&self, application: &str, payload: &str, flags: u8, counter: u32) -> String {
        let digest = string(&Sha512::digest(payload));
        let purpose = [string(b"git"), string(b""), string(b"sha512")].concat();
        let message = [b"SSHSIG".to_vec(), purpose.clone(), digest].concat();
        let said = [vec![flags], counter.to_be_bytes().to_vec()].concat();
        let signed = [&Sha256::digest(application)[..], &said, &Sha256::digest(&message)].concat();
        let made: ssh_key::Signature = self.secret.try_sign(&signed).expect("the secret signs");
        let signature = [string(self.algorithm.as_bytes()), string(made.as_bytes()), said].concat();
        let head = [b"SSHSIG".to_vec(), 1u32.to_be_bytes().to_vec(), string(&self.key)].concat();
        armor(&[head, purpose, string(&signature)].concat())
    }

    /// A signature with other flags than the authenticator gave it: they stand before the counter, at the very end.
    pub fn claiming(signature: &str, flags: u8) -> String {
        let mut bytes = dearmor(signature);
        let place = bytes.len() - 5;
        bytes[place] = flags;
        armor(&bytes)
    }
}

/// Bytes behind their length.
fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("a short string");
    [&length.to_be_bytes()[..], bytes].concat()
}

/// The SSHSIG inside an armor.
pub fn dearmor(text: &str) -> Vec<u8> {
    let digits: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let digits: Vec<u8> = digits.bytes().filter(|&digit| digit != b'=').collect();
    let value = |digit: &u8| ALPHABET.iter().position(|letter| letter == digit).expect("base64") as u32;
    let decode = |group: &[u8]| {
        let number = group.iter().fold(0, |number, digit| number << 6 | value(digit)) << (6 * (4 - group.len()));
        number.to_be_bytes()[1..group.len()].to_vec()
    };
    digits.chunks(4).flat_map(decode).collect()
}

/// An SSHSIG as git stores it.
pub fn armor(bytes: &[u8]) -> String {
    let encoded = base64(bytes);
    let lines: Vec<&str> = encoded.as_bytes().chunks(70).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n"))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        let digit = |place: usize| char::from(ALPHABET[(group >> (18 - 6 * place) & 63) as usize]);
        text.extend((0..4).map(|place| if place <= chunk.len() { digit(place) } else { '=' }));
    }
    text
}
