use std::time::{Duration, SystemTime, UNIX_EPOCH};

use refgate::facts::Status::{self, Bad, Good, Malformed, Retired, Revoked, UnknownKey, Unsupported, Untrusted};
use refgate::signature::{KeyFile, KeyMaterial, Keyring};
use sequoia_openpgp::Profile;
use sequoia_openpgp::armor;
use sequoia_openpgp::cert::{Cert, CertBuilder, CertRevocationBuilder, CipherSuite, SubkeyRevocationBuilder};
use sequoia_openpgp::crypto::mpi::Signature as Mpis;
use sequoia_openpgp::crypto::{KeyPair, Signer};
use sequoia_openpgp::packet::key::{Key4, SecretParts, SubordinateRole, UnspecifiedRole};
use sequoia_openpgp::packet::signature::subpacket::{Subpacket, SubpacketArea, SubpacketValue};
use sequoia_openpgp::packet::signature::{Signature4, SignatureBuilder};
use sequoia_openpgp::packet::{Key, Packet, Signature};
use sequoia_openpgp::serialize::{self, SerializeInto};
use sequoia_openpgp::types::{HashAlgorithm, KeyFlags, ReasonForRevocation, RevocationKey, SignatureType};

use crate::support::{both, date, load, moments};

const PAYLOAD: &[u8] = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nadd a door\n";

fn at(text: &str) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(date(text).0.unsigned_abs())
}

/// Made on New Year 2020: a primary key that certifies, and what the builder is told besides.
fn cert(name: &str, more: impl FnOnce(CertBuilder<'_>) -> CertBuilder<'_>) -> Cert {
    let builder = CertBuilder::new().set_creation_time(at("20200101")).add_userid(name);
    more(builder).generate().expect("a certificate").0
}

fn file(cert: &Cert) -> KeyFile {
    KeyFile { path: "keys/cert.pgp".into(), bytes: cert.to_vec().expect("a certificate") }
}

#[track_caller]
fn keyring(certs: &[&Cert]) -> Keyring {
    load(&KeyMaterial { openpgp: certs.iter().map(|cert| file(cert)).collect(), ..KeyMaterial::default() })
}

/// The signing half of the first key that may do this.
fn pair(cert: &Cert, may: KeyFlags) -> KeyPair {
    let policy = sequoia_openpgp::policy::StandardPolicy::new();
    let mut keys = cert.keys().with_policy(&policy, at("20240101")).key_flags(may).secret();
    keys.next().expect("a key").key().clone().into_keypair().expect("an unlocked key")
}

fn primary(cert: &Cert) -> KeyPair {
    let key = cert.primary_key().key().clone().parts_into_secret().expect("a secret");
    key.into_keypair().expect("an unlocked key")
}

fn draft(kind: SignatureType) -> SignatureBuilder {
    SignatureBuilder::new(kind).set_signature_creation_time(at("20240101")).expect("a time")
}

fn sign(pair: &mut KeyPair) -> Signature {
    draft(SignatureType::Binary).sign_message(pair, PAYLOAD).expect("a signature")
}

fn packet(signature: &Signature) -> Vec<u8> {
    Packet::from(signature.clone()).to_vec().expect("a packet")
}

fn armored(bytes: &[u8]) -> Vec<u8> {
    let mut writer = armor::Writer::new(Vec::new(), armor::Kind::Signature).expect("a writer");
    std::io::Write::write_all(&mut writer, bytes).expect("an armor");
    writer.finalize().expect("an armor")
}

#[track_caller]
fn judged(keyring: &Keyring, bytes: &[u8]) -> (Status, Status) {
    let verification = keyring.verify(PAYLOAD, &armored(bytes), moments("20260101", "20240101"));
    both(&verification)
}

#[test]
fn only_a_key_for_signing_signs() {
    let signs = KeyFlags::empty().set_signing();
    let alice = cert("alice", |builder| builder.add_signing_subkey().add_authentication_subkey());
    let keyring = keyring(&[&alice]);
    assert_eq!(judged(&keyring, &packet(&sign(&mut pair(&alice, signs)))), (Good, Good));
    let authenticates = KeyFlags::empty().set_authentication();
    assert_eq!(judged(&keyring, &packet(&sign(&mut pair(&alice, authenticates)))), (Untrusted, Untrusted));
    assert_eq!(judged(&keyring, &packet(&sign(&mut primary(&alice)))), (Untrusted, Untrusted));
}

/// A certificate that claims a key as its subkey for signing, without that key's word for it.
fn claiming(name: &str, subkey: &Key<SecretParts, SubordinateRole>) -> Cert {
    let cert = cert(name, |builder| builder);
    let mut signer = primary(&cert);
    let binding = SignatureBuilder::new(SignatureType::SubkeyBinding)
        .set_signature_creation_time(at("20200102"))
        .and_then(|draft| draft.set_key_flags(KeyFlags::empty().set_signing()))
        .and_then(|draft| draft.sign_subkey_binding(&mut signer, None, subkey))
        .expect("a binding");
    let packets: [Packet; 2] = [Packet::from(subkey.clone().parts_into_public()), binding.into()];
    cert.insert_packets(packets).expect("a certificate").0
}

#[test]
fn a_subkey_that_does_not_say_whose_it_is_signs_for_nobody() {
    let key: Key<SecretParts, SubordinateRole> = Key4::generate_ed25519().expect("a key").into();
    let mut key = key;
    key.set_creation_time(at("20200101")).expect("a time");
    let mut signer = key.clone().role_into_unspecified().into_keypair().expect("an unlocked key");
    let mallory = claiming("mallory", &key);
    assert_eq!(judged(&keyring(&[&mallory]), &packet(&sign(&mut signer))), (Untrusted, Untrusted));
}

#[test]
fn a_key_claimed_by_another_certificate_still_signs_for_its_own() {
    let alice = cert("alice", |builder| builder.add_signing_subkey());
    let signs = KeyFlags::empty().set_signing();
    let subkey = alice.keys().subkeys().next().expect("a subkey").key().clone().parts_into_secret().expect("a secret");
    let mallory = claiming("mallory", &subkey);
    let signature = armored(&packet(&sign(&mut pair(&alice, signs))));
    for certs in [[&alice, &mallory], [&mallory, &alice]] {
        let verification = keyring(&certs).verify(PAYLOAD, &signature, moments("20260101", "20240101"));
        assert_eq!(both(&verification), (Good, Good), "{}", verification.reason);
        assert_eq!(verification.key.fingerprint, format!("openpgp:{:X}", alice.fingerprint()));
    }
}

#[test]
fn a_subkeys_revocation_counts_like_its_primarys() {
    let signs = KeyFlags::empty().set_signing();
    for (reason, expected) in [
        (ReasonForRevocation::KeyCompromised, (Revoked, Revoked)),
        (ReasonForRevocation::Unspecified, (Revoked, Revoked)),
        (ReasonForRevocation::Unknown(77), (Revoked, Revoked)),
        (ReasonForRevocation::KeySuperseded, (Retired, Good)),
        (ReasonForRevocation::KeyRetired, (Retired, Good)),
    ] {
        let alice = cert("alice", |builder| builder.add_signing_subkey());
        let signature = packet(&sign(&mut pair(&alice, signs.clone())));
        let subkey = alice.keys().subkeys().next().expect("a subkey");
        let revocation = SubkeyRevocationBuilder::new()
            .set_reason_for_revocation(reason, b"")
            .and_then(|builder| builder.set_signature_creation_time(at("20250101")))
            .and_then(|builder| builder.build(&mut primary(&alice), &alice, subkey.key(), None))
            .expect("a revocation");
        let alice = alice.insert_packets(vec![revocation]).expect("a certificate").0;
        assert_eq!(judged(&keyring(&[&alice]), &signature), expected, "{reason}");
    }
}

#[test]
fn a_revocation_counts_however_weak_its_digest_is_and_whatever_its_date() {
    let signs = KeyFlags::empty().set_signing();
    for (hash, when) in [(HashAlgorithm::SHA1, "20250101"), (HashAlgorithm::SHA512, "20290101")] {
        let alice = cert("alice", |builder| builder.add_signing_subkey());
        let signature = packet(&sign(&mut pair(&alice, signs.clone())));
        let revocation = SignatureBuilder::new(SignatureType::KeyRevocation)
            .set_hash_algo(hash)
            .set_signature_creation_time(at(when))
            .and_then(|draft| draft.set_reason_for_revocation(ReasonForRevocation::KeyCompromised, b""))
            .and_then(|draft| draft.sign_direct_key(&mut primary(&alice), None))
            .expect("a revocation");
        let alice = alice.insert_packets(vec![revocation]).expect("a certificate").0;
        assert_eq!(judged(&keyring(&[&alice]), &signature), (Revoked, Revoked), "{hash} {when}");
    }
}

#[test]
fn retirement_ends_where_the_owner_binds_the_key_anew() {
    let signs = KeyFlags::empty().set_signing();
    let alice = cert("alice", |builder| builder.add_signing_subkey());
    let signature = packet(&sign(&mut pair(&alice, signs.clone())));
    let revocation = CertRevocationBuilder::new()
        .set_reason_for_revocation(ReasonForRevocation::KeyRetired, b"")
        .and_then(|builder| builder.set_signature_creation_time(at("20230101")))
        .and_then(|builder| builder.build(&mut primary(&alice), &alice, None))
        .expect("a revocation");
    let retired = alice.clone().insert_packets(vec![revocation]).expect("a certificate").0;
    assert_eq!(judged(&keyring(&[&retired]), &signature), (Retired, Retired));
    let anew = SignatureBuilder::new(SignatureType::DirectKey)
        .set_signature_creation_time(at("20250101"))
        .and_then(|draft| draft.set_key_flags(KeyFlags::empty().set_certification()))
        .and_then(|draft| draft.sign_direct_key(&mut primary(&alice), None))
        .expect("a self-signature");
    let alive = retired.insert_packets(vec![anew]).expect("a certificate").0;
    assert_eq!(judged(&keyring(&[&alive]), &signature), (Good, Good));
}

#[test]
fn a_designated_revokers_word_counts_and_a_strangers_does_not() {
    let signs = KeyFlags::empty().set_signing();
    let (revoker, stranger) = (cert("revoker", |builder| builder), cert("stranger", |builder| builder));
    let designated = RevocationKey::new(revoker.primary_key().key().pk_algo(), revoker.fingerprint(), false);
    let alice = cert("alice", |builder| builder.add_signing_subkey().set_revocation_keys(vec![designated]));
    let signature = packet(&sign(&mut pair(&alice, signs)));
    for (by, expected) in [(&revoker, (Revoked, Revoked)), (&stranger, (Good, Good))] {
        let revocation = SignatureBuilder::new(SignatureType::KeyRevocation)
            .set_signature_creation_time(at("20250101"))
            .and_then(|draft| draft.set_reason_for_revocation(ReasonForRevocation::KeyCompromised, b""))
            .and_then(|draft| draft.sign_direct_key(&mut primary(by), Some(alice.primary_key().key())))
            .expect("a revocation");
        let revoked = alice.clone().insert_packets(vec![revocation]).expect("a certificate").0;
        assert_eq!(judged(&keyring(&[&revoked]), &signature), expected);
    }
}

#[test]
fn a_certificate_without_a_self_signature_vouches_for_nothing() {
    let alice = cert("alice", |builder| builder.add_signing_subkey());
    let signature = packet(&sign(&mut pair(&alice, KeyFlags::empty().set_signing())));
    let bare: Vec<Packet> = alice
        .clone()
        .strip_secret_key_material()
        .into_packets()
        .filter(|packet| !matches!(packet, Packet::Signature(_)))
        .collect();
    let bytes = bare.iter().flat_map(|packet| packet.to_vec().expect("a packet")).collect();
    let keyring =
        load(&KeyMaterial { openpgp: vec![KeyFile { path: "bare".into(), bytes }], ..KeyMaterial::default() });
    assert_eq!(judged(&keyring, &signature), (Untrusted, Untrusted));
}

#[test]
fn the_issuer_is_a_hint_and_the_operators_certificate_the_proof() {
    let signs = KeyFlags::empty().set_signing();
    let (alice, mallory) = (
        cert("alice", |builder| builder.add_signing_subkey()),
        cert("mallory", |builder| builder.add_signing_subkey()),
    );
    let keyring = keyring(&[&alice]);
    let (mut alices, mallorys) = (pair(&alice, signs.clone()), sign(&mut pair(&mallory, signs)));
    let with = |signature: &Signature, values: Vec<SubpacketValue>| {
        let mut signature = signature.clone();
        signature.unhashed_area_mut().clear();
        for value in values {
            signature.unhashed_area_mut().add(Subpacket::new(value, false).expect("a subpacket")).expect("room");
        }
        packet(&signature)
    };
    let id = |pair: &KeyPair| SubpacketValue::Issuer(pair.public().keyid());
    let fingerprint = |pair: &KeyPair| SubpacketValue::IssuerFingerprint(pair.public().fingerprint());
    assert_eq!(judged(&keyring, &with(&mallorys, vec![id(&alices), fingerprint(&alices)])), (Bad, Bad));
    assert_eq!(judged(&keyring, &packet(&mallorys)), (UnknownKey, UnknownKey));
    let good = sign(&mut alices);
    let strangers = |count: usize| {
        let keys = (0..count).map(|_| Key4::<SecretParts, UnspecifiedRole>::generate_ed25519().expect("a key"));
        keys.map(|key| SubpacketValue::Issuer(key.keyid())).collect::<Vec<_>>()
    };
    // What is named besides costs a look each, so it is few.
    assert_eq!(good.get_issuers().len(), 2);
    assert_eq!(judged(&keyring, &with(&good, strangers(2))), (Good, Good));
    assert_eq!(judged(&keyring, &with(&good, strangers(3))), (Malformed, Malformed));
}

#[test]
fn what_a_signature_demands_and_nobody_knows_is_refused() {
    let alice = cert("alice", |builder| builder.add_signing_subkey());
    let keyring = keyring(&[&alice]);
    let mut signer = pair(&alice, KeyFlags::empty().set_signing());
    for (critical, expected) in [(false, (Good, Good)), (true, (Unsupported, Unsupported))] {
        let draft =
            draft(SignatureType::Binary).set_notation("x@example.org", b"y", None, critical).expect("a notation");
        assert_eq!(
            judged(&keyring, &packet(&draft.sign_message(&mut signer, PAYLOAD).expect("a signature"))),
            expected
        );
    }
    for kind in
        [SignatureType::Text, SignatureType::Standalone, SignatureType::Timestamp, SignatureType::GenericCertification]
    {
        let mut hash = HashAlgorithm::SHA512.context().expect("a digest").for_signature(4);
        hash.update(PAYLOAD);
        let signature = draft(kind).sign_hash(&mut signer, hash).expect("a signature");
        assert_eq!(judged(&keyring, &packet(&signature)), (Unsupported, Unsupported), "{kind}");
    }
}

#[test]
fn a_certificate_of_the_newest_version_signs_too() {
    let builder =
        CertBuilder::new().set_profile(Profile::RFC9580).expect("a profile").set_creation_time(at("20200101"));
    let alice = builder.add_userid("alice").add_signing_subkey().generate().expect("a certificate").0;
    let signature = sign(&mut pair(&alice, KeyFlags::empty().set_signing()));
    assert_eq!(signature.version(), 6);
    let verification =
        keyring(&[&alice]).verify(PAYLOAD, &armored(&packet(&signature)), moments("20260101", "20240101"));
    assert_eq!(both(&verification), (Good, Good), "{}", verification.reason);
    assert_eq!((verification.key.algorithm.as_str(), verification.key.bits), ("ed25519", 256));
    assert_eq!(verification.key.fingerprint.len(), "openpgp:".len() + 64);
}

/// A signature of version 4, whatever the version of the key.
fn old_signature(pair: &mut KeyPair) -> Signature {
    let mut hashed = SubpacketArea::default();
    for value in [
        SubpacketValue::SignatureCreationTime(at("20240101").try_into().expect("a time")),
        SubpacketValue::IssuerFingerprint(pair.public().fingerprint()),
    ] {
        hashed.add(Subpacket::new(value, false).expect("a subpacket")).expect("room");
    }
    let area = serialize::MarshalInto::to_vec(&hashed).expect("subpackets");
    let (kind, algorithm, hash) = (SignatureType::Binary, pair.public().pk_algo(), HashAlgorithm::SHA512);
    let length = u16::try_from(area.len()).expect("a short area");
    let start = [&[4, kind.into(), algorithm.into(), hash.into()][..], &length.to_be_bytes(), &area].concat();
    let end = [&[4, 0xff][..], &u32::from(length + 6).to_be_bytes()].concat();
    let mut context = hash.context().expect("a digest").for_digest();
    context.update(&[PAYLOAD, &start, &end].concat());
    let digest = context.into_digest().expect("a digest");
    let numbers = pair.sign(hash, &digest).expect("a signature");
    let prefix = [digest[0], digest[1]];
    Signature4::new(kind, algorithm, hash, hashed, SubpacketArea::default(), prefix, numbers).into()
}

#[test]
fn an_old_signature_is_good_by_an_old_key_only() {
    for (profile, expected) in [(Profile::RFC4880, Good), (Profile::RFC9580, Bad)] {
        let builder =
            CertBuilder::new().set_profile(profile.clone()).expect("a profile").set_creation_time(at("20200101"));
        let alice = builder.add_userid("alice").add_signing_subkey().generate().expect("a certificate").0;
        let signature = old_signature(&mut pair(&alice, KeyFlags::empty().set_signing()));
        assert_eq!(signature.version(), 4);
        assert_eq!(judged(&keyring(&[&alice]), &packet(&signature)), (expected, expected), "{profile:?}");
    }
}

#[test]
fn exactly_one_packet_of_known_length_is_read() {
    let alice = cert("alice", |builder| builder.add_signing_subkey());
    let keyring = keyring(&[&alice]);
    let good = packet(&sign(&mut pair(&alice, KeyFlags::empty().set_signing())));
    // The new format's tag, one byte of length (RFC 9580 section 4.2.1).
    assert_eq!((good[0], usize::from(good[1])), (0xc2, good.len() - 2));
    let body = &good[2..];
    let length = u8::try_from(body.len()).expect("a short signature");
    let marker = [0xca, 3, b'P', b'G', b'P'];
    for (name, bytes, expected) in [
        ("one", good.clone(), Good),
        ("one in the old format", [&[0x88, length], body].concat(), Good),
        ("none", Vec::new(), Malformed),
        ("a marker before", [&marker[..], &good].concat(), Malformed),
        ("a marker behind", [&good[..], &marker].concat(), Malformed),
        ("a zero behind", [&good[..], &[0]].concat(), Malformed),
        ("twice", [&good[..], &good].concat(), Malformed),
        ("a signature of version 3 behind", [&good[..], &[0xc2, 1, 3]].concat(), Malformed),
        ("without a length", [&[0x8b], body].concat(), Malformed),
        ("in parts", [&[0xc2, 0xe5], &body[..32], &[length - 32], &body[32..]].concat(), Malformed),
        ("cut off", good[..good.len() - 1].to_vec(), Malformed),
        ("longer than it says", [&[0xc2, length - 1], body].concat(), Malformed),
        ("version 3", [&[0xc2, length, 3], &body[1..]].concat(), Unsupported),
        ("version 5", [&[0xc2, length, 5], &body[1..]].concat(), Unsupported),
    ] {
        let (status, at_signing) = judged(&keyring, &bytes);
        assert_eq!((status, at_signing), (expected, expected), "{name}");
    }
}

#[test]
fn an_rsa_signature_that_begins_with_zeros_is_good_too() {
    let builder = CertBuilder::new().set_cipher_suite(CipherSuite::RSA2k).set_creation_time(at("20200101"));
    let alice = builder.add_userid("alice").add_signing_subkey().generate().expect("a certificate").0;
    let keyring = keyring(&[&alice]);
    let mut signer = pair(&alice, KeyFlags::empty().set_signing());
    let is_short = |signature: &Signature| match signature.mpis() {
        Mpis::RSA { s } => s.value().len() < 256,
        _ => panic!("another algorithm"),
    };
    // One in 256 is shorter than its modulus; the time makes each another one.
    let mut drafts = (0..5000).map(|second| {
        let draft = SignatureBuilder::new(SignatureType::Binary);
        draft.set_signature_creation_time(at("20240101") + Duration::from_secs(second)).expect("a time")
    });
    let signature = drafts.find_map(|draft| Some(draft.sign_message(&mut signer, PAYLOAD).ok()?).filter(is_short));
    assert_eq!(judged(&keyring, &packet(&signature.expect("a short signature"))), (Good, Good));
}
