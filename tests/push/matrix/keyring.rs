//! Keys that nobody on the stage has, made when the table is: what the operator writes about them, and their secrets.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sequoia_openpgp::armor;
use sequoia_openpgp::cert::amalgamation::ValidateAmalgamation;
use sequoia_openpgp::cert::{Cert, CertBuilder, CertRevocationBuilder, CipherSuite, SubkeyRevocationBuilder};
use sequoia_openpgp::crypto::KeyPair;
use sequoia_openpgp::packet::key::{Key4, PrimaryRole, SecretParts, SubordinateRole};
use sequoia_openpgp::packet::signature::SignatureBuilder;
use sequoia_openpgp::packet::{Key, Packet, Signature, UserID};
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::{HashAlgorithm, KeyFlags, ReasonForRevocation, SignatureType};
use tempfile::TempDir;

use crate::authenticator::Authenticator;
use crate::stage::{program, read_fixture, run};

pub struct Keyring {
    /// OpenPGP certificates with their secrets, by whose they are.
    certs: BTreeMap<&'static str, Cert>,
    /// SSH keys and certificates, by the names of their files.
    folder: TempDir,
    pub touched: Authenticator,
    pub curved: Authenticator,
    pub elsewhere: Authenticator,
    /// Entries of people.toml.
    pub people: String,
    /// Lines of `allowed_signers`.
    pub signers: String,
    /// A KRL.
    pub revoked: Vec<u8>,
    /// Files in the operator's folder.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// Midnight UTC of a date such as `2025-06-01`.
pub fn at(date: &str) -> SystemTime {
    let date: jiff::civil::Date = date.parse().expect("a date");
    let seconds = date.to_zoned(jiff::tz::TimeZone::UTC).expect("a date of this era").timestamp().as_second();
    UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs())
}

/// Options of `ssh-keygen -s` for certificates of Ivan's key, by the name of the file: who certifies, and what.
const CERTIFICATES: &[(&str, &str, &[&str])] = &[
    ("cert-ended", "authority", &["-n", "ivan@example.org", "-V", "20240101Z:20250101Z"]),
    ("cert-begins", "authority", &["-n", "ivan@example.org", "-V", "20990101Z:20991231Z"]),
    ("cert-host", "authority", &["-n", "ivan@example.org", "-h"]),
    ("cert-critical", "authority", &["-n", "ivan@example.org", "-O", "force-command=true"]),
    ("cert-nameless", "authority", &[]),
    ("cert-foreign", "authority", &["-n", "ivan@elsewhere.example"]),
    ("cert-two-names", "authority", &["-n", "ivan@example.org,bob@example.org"]),
    ("cert-bob", "authority", &["-n", "bob@example.org"]),
    ("cert-serial", "authority", &["-n", "ivan@example.org", "-z", "70"]),
    ("cert-next-serial", "authority", &["-n", "ivan@example.org", "-z", "80"]),
    ("cert-id", "authority", &["-n", "ivan@example.org", "-I", "stolen laptop"]),
    ("cert-stranger", "mallory", &["-n", "ivan@example.org"]),
    ("cert-fallen", "fallen", &["-n", "ivan@example.org"]),
];

/// SSH keys of the table's own, with the options of their lines in `allowed_signers`.
const SSH_KEYS: &[(&str, &str, &str)] = &[
    ("frank", "ed25519", "frank@example.org"),
    ("files", "ed25519", "files@example.org namespaces=\"file\""),
    ("later", "ed25519", "later@example.org valid-after=\"20990101Z\""),
    ("pattern", "ed25519", "*@example.org"),
    ("pair", "ed25519", "one@example.org,two@example.org"),
    ("hashed", "ed25519", "hashed@example.org"),
    ("dsa", "dsa", "dsa@example.org"),
    ("twice", "ed25519", "twice@example.org"),
    ("fallen", "ed25519", "*@example.org cert-authority"),
];

impl Keyring {
    pub fn new() -> Self {
        let mut keyring = Self {
            certs: certs(),
            folder: tempfile::Builder::new().prefix("rg").tempdir_in("/tmp").expect("a temporary folder"),
            touched: Authenticator::playing("robot", "ssh:"),
            curved: Authenticator::playing("erin-at-home", "ssh:"),
            elsewhere: Authenticator::playing("robot", "ssh:elsewhere"),
            people: String::new(),
            signers: String::new(),
            revoked: Vec::new(),
            files: BTreeMap::new(),
        };
        keyring.make_ssh_keys();
        keyring.make_revocations();
        for (name, authenticator) in [("kate", &keyring.touched), ("liam", &keyring.curved)] {
            keyring.signers += &format!("{name}@example.org namespaces=\"git\" {}\n", authenticator.public_key());
        }
        keyring.write_certs();
        keyring
    }

    fn make_ssh_keys(&mut self) {
        for (name, kind, line) in SSH_KEYS {
            self.ssh_keygen(&["-t", kind, "-N", "", "-C", "", "-f", name]);
            self.signers += &format!("{line} {}\n", self.public(name));
        }
        // A key listed more than once is subject to all its restrictions.
        self.signers += &format!("twice@example.org valid-before=\"20250101Z\" {}\n", self.public("twice"));
        for name in ["authority", "mallory"] {
            self.copy(name, name);
        }
        for (name, authority, options) in CERTIFICATES {
            self.copy("ivan", name);
            let public = format!("{name}.pub");
            let id = if options.contains(&"-I") { &[][..] } else { &["-I", "id"] };
            self.ssh_keygen(&[&["-s", authority], id, options, &[&public]].concat());
        }
    }

    fn make_revocations(&mut self) {
        std::fs::write(self.path("numbers"), "serial: 60-79\nid: stolen laptop\n").expect("a written file");
        self.ssh_keygen(&["-k", "-f", "more.krl", "-s", "authority.pub", "numbers"]);
        let listed = format!("sha256: {}\nkey: {}\n", self.public("hashed"), self.public("fallen"));
        std::fs::write(self.path("keys"), listed).expect("a written file");
        self.ssh_keygen(&["-k", "-u", "-f", "more.krl", "keys"]);
        self.revoked = std::fs::read(self.path("more.krl")).expect("a KRL");
    }

    /// Puts a pair of keys of the stage into the folder, by another name.
    fn copy(&self, fixture: &str, name: &str) {
        for ending in ["", ".pub"] {
            let path = self.path(&format!("{name}{ending}"));
            std::fs::write(&path, read_fixture(&format!("{fixture}{ending}"))).expect("a written file");
            std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
                .expect("a closed file");
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn public(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(&format!("{name}.pub"))).expect("a public key").trim().to_string()
    }

    fn ssh_keygen(&self, arguments: &[&str]) {
        let mut command = program("ssh-keygen", self.folder.path());
        let finished = run(command.current_dir(self.folder.path()).arg("-q").args(arguments), b"");
        assert!(finished.status.success(), "ssh-keygen {arguments:?}: {}", finished.stderr_text());
    }

    /// A signature for this purpose by a key, or by a certificate (`cert-…`), of the folder.
    pub fn ssh_sign(&self, name: &str, payload: &str, purpose: &str) -> String {
        let file = if name.starts_with("cert-") { format!("{name}-cert.pub") } else { name.to_string() };
        let mut command = program("ssh-keygen", self.folder.path());
        command.current_dir(self.folder.path()).args(["-q", "-Y", "sign", "-n", purpose, "-f", &file]);
        let finished = run(&mut command, payload.as_bytes());
        assert!(finished.status.success(), "{}", finished.stderr_text());
        String::from_utf8(finished.stdout).expect("an armored signature is ASCII")
    }

    /// What the operator holds of everybody in `certs`: Nora's is on no person's list, and Xena's is another of Rosa's.
    fn write_certs(&mut self) {
        let public = |cert: &Cert| cert.clone().strip_secret_key_material().to_vec().expect("a certificate");
        for (name, cert) in &self.certs {
            self.files.insert(format!("openpgp/{name}.pgp"), public(cert));
            let owned = match *name {
                "nora" | "xena" => continue,
                "rosa" => vec!["rosa", "xena"],
                name => vec![name],
            };
            let emails: Vec<String> = owned.iter().map(|name| format!("{name}@example.org")).collect();
            let keys = owned.iter().map(|name| format!("openpgp:{:X}", self.certs[name].fingerprint()));
            let keys: Vec<String> = keys.collect();
            self.people += &format!("[{name}]\nemails = {emails:?}\nkeys = {keys:?}\n\n");
        }
        // Uma put the end of hers off since; the operator holds both files.
        let uma = public(&put_off(self.cert("uma"), "2099-01-01"));
        self.files.insert("openpgp/uma-again.pgp".to_string(), uma);
        // Quinn's revocation lies beside the certificate, as gpg writes one.
        let revocation = revoked(self.cert("quinn"), ReasonForRevocation::KeyCompromised, "2025-01-01");
        let block = armored(&Packet::from(revocation).to_vec().expect("a packet"), armor::Kind::PublicKey);
        let rev = format!("This is a revocation certificate for the OpenPGP key:\n\n{block}");
        self.files.insert("openpgp/quinn.rev".to_string(), rev.into_bytes());
    }

    pub fn cert(&self, name: &str) -> &Cert {
        &self.certs[name]
    }

    /// A signature by the key of somebody's that may do this, as of a date.
    pub fn sign(&self, name: &str, may: KeyFlags, date: &str, payload: &str) -> String {
        let draft = draft(date);
        let signature = draft.sign_message(&mut self.pair(name, may), payload).expect("a signature");
        packets(&[signature])
    }

    /// The usual key for signing, in the middle of 2025.
    pub fn openpgp(&self, name: &str, payload: &str) -> String {
        self.sign(name, KeyFlags::empty().set_signing(), "2025-07-01", payload)
    }

    /// The secret of somebody's youngest subkey, whatever the certificate says of it; of the primary key if it has none.
    pub fn youngest(&self, name: &str) -> KeyPair {
        let key = self.cert(name).keys().last().expect("a key").key().clone().parts_into_secret().expect("a secret");
        key.into_keypair().expect("an unlocked key")
    }

    /// The secret of somebody's key that is meant for this, whatever has become of it.
    pub fn pair(&self, name: &str, may: KeyFlags) -> KeyPair {
        let cert = self.cert(name);
        // Before any of its cut-off dates, Sequoia's policy accepts everything that ever was acceptable.
        let policy = StandardPolicy::at(UNIX_EPOCH);
        let mut keys = cert.keys().with_policy(&policy, at("2024-12-01")).key_flags(may).secret();
        keys.next().expect("a key for it").key().clone().into_keypair().expect("an unlocked key")
    }
}

/// A signature over bytes, to be made on this date.
pub fn draft(date: &str) -> SignatureBuilder {
    SignatureBuilder::new(SignatureType::Binary).set_signature_creation_time(at(date)).expect("a date")
}

/// These packets in one armor, as git stores a signature.
pub fn packets(signatures: &[Signature]) -> String {
    let bytes = |signature: &Signature| Packet::from(signature.clone()).to_vec().expect("a packet");
    armored(&signatures.iter().flat_map(bytes).collect::<Vec<u8>>(), armor::Kind::Signature)
}

pub fn armored(bytes: &[u8], kind: armor::Kind) -> String {
    let mut writer = armor::Writer::new(Vec::new(), kind).expect("a writer");
    std::io::Write::write_all(&mut writer, bytes).expect("an armor");
    String::from_utf8(writer.finalize().expect("an armor")).expect("an armor is ASCII")
}

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Made on New Year 2024.
fn made(name: &str, more: impl FnOnce(CertBuilder<'_>) -> CertBuilder<'_>) -> Cert {
    let builder = CertBuilder::new().set_creation_time(at("2024-01-01")).add_userid(format!("{name}@example.org"));
    more(builder).generate().expect("a certificate").0
}

fn primary(cert: &Cert) -> KeyPair {
    let key = cert.primary_key().key().clone().parts_into_secret().expect("a secret");
    key.into_keypair().expect("an unlocked key")
}

fn with(cert: Cert, packet: impl Into<Packet>) -> Cert {
    cert.insert_packets(vec![packet.into()]).expect("a certificate").0
}

fn revoked(cert: &Cert, reason: ReasonForRevocation, date: &str) -> Signature {
    let builder = CertRevocationBuilder::new().set_signature_creation_time(at(date));
    let builder = builder.and_then(|builder| builder.set_reason_for_revocation(reason, b""));
    builder.and_then(|builder| builder.build(&mut primary(cert), cert, None)).expect("a revocation")
}

fn certs() -> BTreeMap<&'static str, Cert> {
    let usual = |name: &str| made(name, |builder| builder.add_signing_subkey());
    let signs = || KeyFlags::empty().set_signing();
    let kim = made("kim", |builder| {
        builder.add_signing_subkey().add_authentication_subkey().add_transport_encryption_subkey()
    });
    let lena = made("lena", |builder| builder.add_subkey(signs(), YEAR, None));
    let rita = usual("rita");
    let rita = with(rita.clone(), revoked(&rita, ReasonForRevocation::KeyRetired, "2025-06-01"));
    let sam = usual("sam");
    let sam = with(sam.clone(), revoked(&sam, ReasonForRevocation::KeySuperseded, "2025-06-01"));
    let paul = usual("paul");
    let paul = with(paul.clone(), revoked(&paul, ReasonForRevocation::KeyCompromised, "2025-06-01"));
    let rsa = made("rosa", |builder| builder.set_cipher_suite(CipherSuite::RSA2k).add_signing_subkey());
    let curve = made("xena", |builder| builder.set_cipher_suite(CipherSuite::P256).add_signing_subkey());
    BTreeMap::from([
        ("kim", kim),
        ("lena", lena),
        ("mona", ending("mona")),
        ("nora", usual("nora")),
        ("paul", paul),
        ("quinn", usual("quinn")),
        ("rita", rita),
        ("rosa", rsa),
        ("sam", sam),
        ("tess", subkey_revoked(usual("tess"))),
        ("trudy", claiming(made("trudy", |builder| builder))),
        ("uma", ending("uma")),
        ("walt", bound("walt", Key4::generate_rsa(1024).expect("a key").into(), HashAlgorithm::SHA512)),
        ("xena", curve),
        ("yves", made("yves", |builder| builder.set_creation_time(at("2099-01-01")).add_signing_subkey())),
        ("zoe", bound("zoe", Key4::generate_ed25519().expect("a key").into(), HashAlgorithm::SHA1)),
    ])
}

/// A certificate that ended with 2024, while its subkey goes on.
fn ending(name: &str) -> Cert {
    let signs = KeyFlags::empty().set_signing();
    made(name, |builder| builder.set_validity_period(YEAR).add_subkey(signs, 100 * YEAR, None))
}

/// A certificate of one key that certifies and signs, held together by one signature over this digest.
fn bound(name: &str, mut key: Key<SecretParts, PrimaryRole>, hash: HashAlgorithm) -> Cert {
    key.set_creation_time(at("2024-01-01")).expect("a time");
    let mut signer = key.clone().role_into_unspecified().into_keypair().expect("an unlocked key");
    let user = UserID::from(format!("{name}@example.org"));
    let binding = SignatureBuilder::new(SignatureType::PositiveCertification)
        .set_hash_algo(hash)
        .set_signature_creation_time(at("2024-01-01"))
        .and_then(|draft| draft.set_key_flags(KeyFlags::empty().set_certification().set_signing()))
        .and_then(|draft| draft.sign_userid_binding(&mut signer, key.parts_as_public(), &user))
        .expect("a binding");
    Cert::from_packets([Packet::from(key), user.into(), binding.into()].into_iter()).expect("a certificate")
}

/// With a subkey for signing that does not say whose it is.
fn claiming(cert: Cert) -> Cert {
    let mut subkey: Key<SecretParts, SubordinateRole> = Key4::generate_ed25519().expect("a key").into();
    subkey.set_creation_time(at("2024-01-01")).expect("a time");
    let binding = SignatureBuilder::new(SignatureType::SubkeyBinding)
        .set_signature_creation_time(at("2024-01-02"))
        .and_then(|draft| draft.set_key_flags(KeyFlags::empty().set_signing()))
        .and_then(|draft| draft.sign_subkey_binding(&mut primary(&cert), None, &subkey))
        .expect("a binding");
    cert.insert_packets([Packet::from(subkey), binding.into()]).expect("a certificate").0
}

/// With its subkey compromised.
fn subkey_revoked(cert: Cert) -> Cert {
    let subkey = cert.keys().subkeys().next().expect("a subkey").key().clone();
    let revocation = SubkeyRevocationBuilder::new()
        .set_reason_for_revocation(ReasonForRevocation::KeyCompromised, b"")
        .and_then(|builder| builder.set_signature_creation_time(at("2025-06-01")))
        .and_then(|builder| builder.build(&mut primary(&cert), &cert, &subkey, None))
        .expect("a revocation");
    with(cert, revocation)
}

/// With another end of the whole certificate.
fn put_off(cert: &Cert, end: &str) -> Cert {
    let policy = StandardPolicy::at(UNIX_EPOCH);
    let key = cert.primary_key().with_policy(&policy, at("2024-12-01")).expect("a valid key");
    let again = key.set_expiration_time(&mut primary(cert), Some(at(end))).expect("signatures");
    cert.clone().insert_packets(again).expect("a certificate").0
}
