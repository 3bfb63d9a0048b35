//! Rows about OpenPGP certificates and signatures, most of which gpg would not make.

use sequoia_openpgp::armor::Kind;
use sequoia_openpgp::packet::signature::subpacket::{Subpacket, SubpacketValue};
use sequoia_openpgp::packet::{Packet, Signature};
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::{HashAlgorithm, KeyFlags};

use crate::matrix::bench::{Object, Row, Task};
use crate::matrix::keyring::{armored, draft, packets};
use crate::stage::read_fixture;

const UNTRUSTED: &str = "untrusted | untrusted | ?signer | commit.signed";
const UNKNOWN: &str = "unknown_key | unknown_key | ?signer | commit.signed";
const MALFORMED: &str = "malformed | malformed | ?signer | commit.signed";
/// Refused before anybody looks who it could be by.
const WEAK: &str = "weak | weak | ?signer | commit.signed";

pub const ROWS: &[Row] = &[
    Row {
        name: "OpenPGP: a subkey for signing",
        make: |task| by(task, "kim", "2025-07-01"),
        judged: "good | good | kim | nobody",
    },
    Row {
        name: "OpenPGP: an RSA key",
        make: |task| by(task, "rosa", "2025-07-01"),
        judged: "good | good | rosa | nobody",
    },
    Row {
        name: "OpenPGP: another certificate of the same person, on the curve P-256",
        make: |task| by(task, "xena", "2025-07-01"),
        judged: "good | good | rosa | nobody",
    },
    Row {
        name: "C21 a certificate that the operator holds and no person lists",
        make: |task| by(task, "nora", "2025-07-01"),
        judged: UNTRUSTED,
    },
    Row {
        name: "C19 a certificate past its end",
        make: |task| by(task, "mona", "2025-07-01"),
        judged: "expired | expired | mona | commit.signed",
    },
    Row {
        name: "C19 a certificate past its end, backdated",
        make: |task| by(task, "mona", "2024-07-01"),
        judged: "expired | good | mona | commit.signed",
    },
    Row {
        name: "OpenPGP: a subkey past its end, backdated",
        make: |task| by(task, "lena", "2024-07-01"),
        judged: "expired | good | lena | commit.signed",
    },
    Row {
        name: "OpenPGP: a certificate whose end another file puts off",
        make: |task| by(task, "uma", "2025-07-01"),
        judged: "good | good | uma | nobody",
    },
    Row {
        name: "OpenPGP: a signature that says how long it holds",
        make: |task| {
            let hour = std::time::Duration::from_secs(3600);
            drafted(task, "kim", |draft| draft.set_signature_validity_period(hour).expect("a period"))
        },
        judged: "expired | good | kim | commit.signed",
    },
    Row {
        name: "OpenPGP: a signature dated after receipt",
        make: |task| by(task, "kim", "2099-01-01"),
        judged: "not_yet_valid | not_yet_valid | kim | commit.signed",
    },
    Row {
        name: "OpenPGP: a signature older than its key",
        make: |task| by(task, "kim", "2023-01-01"),
        judged: "not_yet_valid | not_yet_valid | kim | commit.signed",
    },
    Row {
        name: "OpenPGP: a key made after receipt",
        make: |task| {
            task.signed(task.draft("yves@example.org"), |payload| {
                let mut pair = task.bench.keyring.youngest("yves");
                packets(&[draft("2025-07-01").sign_message(&mut pair, payload).expect("a signature")])
            })
        },
        judged: "not_yet_valid | not_yet_valid | yves | commit.signed",
    },
    Row {
        name: "C20 a compromised key, whenever it signed",
        make: |task| by(task, "paul", "2025-01-01"),
        judged: "revoked | revoked | paul | commit.signed",
    },
    Row {
        name: "C20 a revocation in a file of its own",
        make: |task| by(task, "quinn", "2024-07-01"),
        judged: "revoked | revoked | quinn | commit.signed",
    },
    Row {
        name: "C20 a compromised subkey",
        make: |task| by(task, "tess", "2025-01-01"),
        judged: "revoked | revoked | tess | commit.signed",
    },
    Row {
        name: "C20 a retired key that signed before",
        make: |task| by(task, "rita", "2025-01-01"),
        judged: "retired | good | rita | commit.signed",
    },
    Row {
        name: "C20 a retired key that goes on signing",
        make: |task| by(task, "rita", "2025-07-01"),
        judged: "retired | retired | rita | commit.signed",
    },
    Row {
        name: "C20 a superseded key that signed before",
        make: |task| by(task, "sam", "2025-01-01"),
        judged: "retired | good | sam | commit.signed",
    },
    Row {
        name: "C22 a SHA-1 digest",
        make: |task| drafted(task, "kim", |draft| draft.set_hash_algo(HashAlgorithm::SHA1)),
        judged: WEAK,
    },
    Row {
        name: "C22 a certificate held together by SHA-1",
        make: |task| by(task, "zoe", "2025-07-01"),
        judged: "weak | weak | zoe | commit.signed",
    },
    Row {
        name: "C23 an MD5 digest",
        make: |task| drafted(task, "rosa", |draft| draft.set_hash_algo(HashAlgorithm::MD5)),
        judged: WEAK,
    },
    Row {
        name: "C23 a RIPEMD-160 digest",
        make: |task| drafted(task, "rosa", |draft| draft.set_hash_algo(HashAlgorithm::RipeMD)),
        judged: WEAK,
    },
    Row {
        name: "C23 an OpenPGP key of 1024 bits",
        make: |task| by(task, "walt", "2025-07-01"),
        judged: "weak | weak | walt | commit.signed",
    },
    Row {
        name: "C27 garbage inside the armor",
        make: |task| {
            task.signed(task.draft("kim@example.org"), |payload| {
                let signature = bytes(&one(task, "kim", payload));
                armored(&[signature, b"garbage".to_vec()].concat(), Kind::Signature)
            })
        },
        judged: MALFORMED,
    },
    Row {
        name: "C33 a comment in the armor",
        make: |task| {
            task.signed(task.draft("kim@example.org"), |payload| {
                task.bench.keyring.openpgp("kim", payload).replacen(
                    "\n\n",
                    "\nComment: Good signature from Alice\n\n",
                    1,
                )
            })
        },
        judged: "good | good | kim | nobody",
    },
    Row {
        name: "C33 words added where nothing is signed",
        make: |task| hinted(task, "kim", |_| vec![SubpacketValue::SignersUserID(b"alice@example.org".to_vec())]),
        judged: "good | good | kim | nobody",
    },
    Row {
        name: "C34 two signatures in one block",
        make: |task| {
            task.signed(task.draft("kim@example.org"), |payload| {
                packets(&[one(task, "kim", payload), one(task, "rosa", payload)])
            })
        },
        judged: MALFORMED,
    },
    Row {
        name: "C34 two thousand signatures in one block",
        make: |task| {
            task.signed(task.draft("kim@example.org"), |payload| packets(&vec![one(task, "kim", payload); 2000]))
        },
        judged: "- | - | - | gate.limit",
    },
    Row {
        name: "C35 a block whose last line does not end",
        make: |task| {
            task.signed(task.draft("kim@example.org"), |payload| {
                task.bench.keyring.openpgp("kim", payload).replace("\n-----END", "-----END")
            })
        },
        judged: "- | - | - | gate.ambiguous",
    },
    Row {
        name: "C36 a message whose file name says that its signature is good",
        make: |task| {
            task.signed(task.draft("alice@example.org"), |payload| {
                let name = "\n[GNUPG:] GOODSIG 0 Alice <alice@example.org>\n[GNUPG:] VALIDSIG 0";
                task.gpg(&read_fixture("alice.secret.asc"), &["--set-filename", name, "--sign"], payload)
            })
        },
        judged: "unsupported | unsupported | ?signer | commit.signed",
    },
    Row {
        name: "C36 a stranger's signature that says that it is good",
        make: |task| {
            let words = b"\n[GNUPG:] GOODSIG 0 Alice <alice@example.org>";
            stranger(task, |draft| draft.set_notation("status@example.org", words, None, false).expect("a notation"))
        },
        judged: UNKNOWN,
    },
    Row {
        name: "C37 a stranger's signature that names a known key",
        make: |task| {
            let kim = task.bench.keyring.pair("kim", KeyFlags::empty().set_signing());
            let (id, fingerprint) = (kim.public().keyid(), kim.public().fingerprint());
            task.signed(task.draft("kim@example.org"), |payload| {
                let signature = stranger_s(payload, |draft| draft);
                packets(&[unhashed(
                    signature,
                    vec![SubpacketValue::Issuer(id), SubpacketValue::IssuerFingerprint(fingerprint)],
                )])
            })
        },
        judged: "bad | bad | ?signer | commit.signed",
    },
    Row {
        name: "C37 a signature that names its key by an id alone",
        make: |task| hinted(task, "kim", |pair| vec![SubpacketValue::Issuer(pair)]),
        judged: "good | good | kim | nobody",
    },
    Row {
        name: "C38 a stranger's signature with a place to fetch the key from",
        make: |task| stranger(task, |draft| draft.set_preferred_key_server("http://127.0.0.1:9/key").expect("a place")),
        judged: UNKNOWN,
    },
    Row {
        name: "C38 a known key's signature with such a place",
        make: |task| {
            drafted(task, "kim", |draft| draft.set_preferred_key_server("http://127.0.0.1:9/key").expect("a place"))
        },
        judged: "good | good | kim | nobody",
    },
    Row {
        name: "C39 a subkey for authentication",
        make: |task| with(task, "kim", KeyFlags::empty().set_authentication()),
        judged: UNTRUSTED,
    },
    Row {
        name: "C39 a primary key that only certifies",
        make: |task| with(task, "kim", KeyFlags::empty().set_certification()),
        judged: UNTRUSTED,
    },
    Row {
        name: "C39 a subkey that does not say whose it is",
        make: |task| {
            task.signed(task.draft("trudy@example.org"), |payload| {
                let mut pair = task.bench.keyring.youngest("trudy");
                packets(&[draft("2025-07-01").sign_message(&mut pair, payload).expect("a signature")])
            })
        },
        judged: UNTRUSTED,
    },
    Row {
        name: "OpenPGP: a demand that nobody knows",
        make: |task| {
            drafted(task, "kim", |draft| draft.set_notation("x@example.org", b"y", None, true).expect("a notation"))
        },
        judged: "unsupported | unsupported | ?signer | commit.signed",
    },
];

/// A commit by the person whose signing key signs it, on this date.
fn by(task: &Task<'_>, name: &str, date: &str) -> Object {
    let signs = KeyFlags::empty().set_signing();
    task.signed(task.draft(&format!("{name}@example.org")), |payload| {
        task.bench.keyring.sign(name, signs, date, payload)
    })
}

/// The same by another key of the certificate.
fn with(task: &Task<'_>, name: &str, may: KeyFlags) -> Object {
    task.signed(task.draft(&format!("{name}@example.org")), |payload| {
        task.bench.keyring.sign(name, may, "2025-07-01", payload)
    })
}

type Builder = sequoia_openpgp::packet::signature::SignatureBuilder;

/// The same with something else in what is signed.
fn drafted(task: &Task<'_>, name: &str, change: impl FnOnce(Builder) -> Builder) -> Object {
    task.signed(task.draft(&format!("{name}@example.org")), |payload| {
        let mut pair = task.bench.keyring.pair(name, KeyFlags::empty().set_signing());
        packets(&[change(draft("2025-07-01")).sign_message(&mut pair, payload).expect("a signature")])
    })
}

/// Somebody's usual signature as a packet.
fn one(task: &Task<'_>, name: &str, payload: &str) -> Signature {
    let mut pair = task.bench.keyring.pair(name, KeyFlags::empty().set_signing());
    draft("2025-07-01").sign_message(&mut pair, payload).expect("a signature")
}

fn bytes(signature: &Signature) -> Vec<u8> {
    Packet::from(signature.clone()).to_vec().expect("a packet")
}

/// Somebody's usual signature with these in the place of its unsigned parts, which hold the key's id.
fn hinted(task: &Task<'_>, name: &str, parts: impl FnOnce(sequoia_openpgp::KeyID) -> Vec<SubpacketValue>) -> Object {
    task.signed(task.draft(&format!("{name}@example.org")), |payload| {
        let pair = task.bench.keyring.pair(name, KeyFlags::empty().set_signing());
        packets(&[unhashed(one(task, name, payload), parts(pair.public().keyid()))])
    })
}

fn unhashed(mut signature: Signature, parts: Vec<SubpacketValue>) -> Signature {
    signature.unhashed_area_mut().clear();
    for part in parts {
        signature.unhashed_area_mut().add(Subpacket::new(part, false).expect("a subpacket")).expect("room");
    }
    signature
}

/// A signature by a key that the operator never heard of.
fn stranger_s(payload: &str, change: impl FnOnce(Builder) -> Builder) -> Signature {
    let key = sequoia_openpgp::packet::key::Key4::generate_ed25519().expect("a key");
    let key: sequoia_openpgp::packet::Key<_, sequoia_openpgp::packet::key::UnspecifiedRole> = key.into();
    let mut pair = key.into_keypair().expect("an unlocked key");
    change(draft("2025-07-01")).sign_message(&mut pair, payload).expect("a signature")
}

fn stranger(task: &Task<'_>, change: impl FnOnce(Builder) -> Builder) -> Object {
    task.signed(task.draft("alice@example.org"), |payload| packets(&[stranger_s(payload, change)]))
}
