//! People whose keys follow from their number.

use std::time::{Duration, UNIX_EPOCH};

use refgate::signature::ThrowawayKey;
use sequoia_openpgp as openpgp;

use openpgp::cert::prelude::Cert;
use openpgp::crypto::{KeyPair, mpi};
use openpgp::packet::key::{Key4, PrimaryRole, SecretParts};
use openpgp::packet::signature::SignatureBuilder;
use openpgp::packet::{Key, UserID};
use openpgp::serialize::SerializeInto;
use openpgp::types::{HashAlgorithm, KeyFlags, SignatureType};

/// How people sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    OpenpgpEd25519,
    /// One key for everybody: making another takes seconds.
    OpenpgpRsa3072,
    SshEd25519,
}

/// One person with one key.
pub struct Signer {
    pub name: String,
    key: SecretKey,
}

enum SecretKey {
    Openpgp { cert: Box<Cert>, pair: KeyPair },
    Ssh(ThrowawayKey),
}

/// When every OpenPGP key was made, in seconds since 1970.
const MADE: u64 = 1_600_000_000;

/// A secret key that protects nothing.
const RSA_3072: &[u8] = include_bytes!("rsa3072.asc");

impl Signer {
    pub fn new(scheme: Scheme, number: usize) -> Self {
        let name = format!("person{number}");
        let mut seed = [7; 32];
        seed[..8].copy_from_slice(&(number as u64).to_le_bytes());
        let key = match scheme {
            Scheme::SshEd25519 => SecretKey::Ssh(ThrowawayKey::from_seed(&seed)),
            Scheme::OpenpgpEd25519 => openpgp_ed25519(&seed, &name),
            Scheme::OpenpgpRsa3072 => {
                assert_eq!(number, 0, "there is one RSA key");
                openpgp_rsa()
            }
        };
        Self { name, key }
    }

    /// An armored signature over what git signs.
    pub fn sign(&self, payload: &[u8], time: u64) -> String {
        match &self.key {
            SecretKey::Ssh(key) => key.sign(payload).expect("an Ed25519 key signs"),
            SecretKey::Openpgp { pair, .. } => {
                let builder = SignatureBuilder::new(SignatureType::Binary).set_hash_algo(HashAlgorithm::SHA512);
                let builder = builder.set_signature_creation_time(at(time)).expect("the time fits");
                let signature = builder.sign_message(&mut pair.clone(), payload).expect("the key signs");
                let armored = openpgp::Packet::from(signature);
                let mut writer =
                    openpgp::armor::Writer::new(Vec::new(), openpgp::armor::Kind::Signature).expect("memory");
                openpgp::serialize::Serialize::serialize(&armored, &mut writer).expect("memory");
                String::from_utf8(writer.finalize().expect("memory")).expect("armor is text")
            }
        }
    }

    /// Where the key goes: a line of `allowed_signers`, or a certificate.
    pub fn public(&self) -> Public {
        match &self.key {
            SecretKey::Ssh(key) => Public::AllowedSigner(format!("{}@example.org {}\n", self.name, key.public_key())),
            SecretKey::Openpgp { cert, .. } => {
                let certificate = (**cert).clone().strip_secret_key_material();
                let armored = certificate.armored().to_vec().expect("memory");
                Public::Certificate(String::from_utf8(armored).expect("armor is text"))
            }
        }
    }

    /// As people.toml writes it.
    pub fn fingerprint(&self) -> String {
        match &self.key {
            SecretKey::Ssh(key) => key.fingerprint(),
            SecretKey::Openpgp { cert, .. } => format!("openpgp:{}", cert.fingerprint()),
        }
    }

    /// The bare public key, as the floor reads it: what signatures name it by, and its numbers, in hex.
    pub fn bare(&self) -> String {
        match &self.key {
            SecretKey::Ssh(key) => {
                let key = ssh_key::PublicKey::from_openssh(&key.public_key()).expect("its own key");
                let key = hex(&key.key_data().ed25519().expect("an Ed25519 key").0);
                format!("{key} {key}\n")
            }
            SecretKey::Openpgp { pair, .. } => {
                let name = pair.public().fingerprint().to_hex();
                match pair.public().mpis() {
                    mpi::PublicKey::EdDSA { q, .. } => format!("{name} {}\n", hex(&q.value()[1..])),
                    mpi::PublicKey::RSA { e, n } => format!("{name} {} {}\n", hex(n.value()), hex(e.value())),
                    other => panic!("{other:?} is no key of these benchmarks"),
                }
            }
        }
    }
}

pub enum Public {
    AllowedSigner(String),
    Certificate(String),
}

fn openpgp_ed25519(seed: &[u8], name: &str) -> SecretKey {
    let key = Key4::<SecretParts, PrimaryRole>::import_secret_ed25519(seed, at(MADE)).expect("a seed is a key");
    let key = Key::V4(key);
    let mut pair = key.clone().into_keypair().expect("it has its secret");
    let cert = Cert::try_from(openpgp::Packet::from(key)).expect("a key alone is a certificate");
    let user = UserID::from(format!("{name} <{name}@example.org>"));
    let flags = KeyFlags::empty().set_certification().set_signing();
    let binding = SignatureBuilder::new(SignatureType::PositiveCertification)
        .set_key_flags(flags)
        .and_then(|builder| builder.set_signature_creation_time(at(MADE)))
        .expect("a binding has flags");
    let binding = user.bind(&mut pair, &cert, binding).expect("the key binds its name");
    let (cert, _) = cert.insert_packets([openpgp::Packet::from(user), binding.into()]).expect("they are its own");
    SecretKey::Openpgp { cert: Box::new(cert), pair }
}

fn openpgp_rsa() -> SecretKey {
    let cert = <Cert as openpgp::parse::Parse<Cert>>::from_bytes(RSA_3072).expect("the file holds a key");
    let key = cert.primary_key().key().clone().parts_into_secret().expect("it has its secret");
    SecretKey::Openpgp { cert: Box::new(cert), pair: key.into_keypair().expect("nothing locks it") }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn at(seconds: u64) -> std::time::SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}
