//! Rows about the operator's word on SSH keys: lines of `allowed_signers`, authorities, revocation lists, keys in
//! hardware.

use crate::authenticator::{Authenticator, TOUCHED, VERIFIED, armor, dearmor};
use crate::matrix::bench::{Object, Row, Task};

pub const ROWS: &[Row] = &[
    Row {
        name: "C07 an SSH signature for files",
        make: |task| {
            task.signed(task.draft("frank@example.org"), |payload| {
                task.bench.keyring.ssh_sign("frank", payload, "file")
            })
        },
        judged: "bad | bad | ?signer | commit.signed",
    },
    Row {
        name: "C08 a key whose line names no purpose, for git",
        make: |task| by(task, "frank", "frank@example.org"),
        judged: "good | good | frank@example.org | nobody",
    },
    Row {
        name: "C08 a key whose line names another purpose",
        make: |task| by(task, "files", "files@example.org"),
        judged: "untrusted | untrusted | ?signer | commit.signed",
    },
    Row {
        name: "lines: a key that is not trusted yet",
        make: |task| by(task, "later", "later@example.org"),
        judged: "not_yet_valid | not_yet_valid | later@example.org | commit.signed",
    },
    Row {
        name: "lines: a pattern alone names nobody",
        make: |task| by(task, "pattern", "bob@example.org"),
        judged: "untrusted | untrusted | ?signer | commit.signed",
    },
    Row {
        name: "lines: two names for one key name nobody",
        make: |task| by(task, "pair", "one@example.org"),
        judged: "untrusted | untrusted | ?signer | commit.signed",
    },
    Row {
        name: "lines: a key in two lines, of which one has ended",
        make: |task| by(task, "twice", "twice@example.org"),
        judged: "expired | expired | twice@example.org | commit.signed",
    },
    Row {
        name: "C23 a DSA key",
        make: |task| by(task, "dsa", "dsa@example.org"),
        judged: "weak | weak | dsa@example.org | commit.signed",
    },
    Row {
        name: "C33 the other half of an ECDSA signature",
        make: |task| {
            task.signed(task.draft("xena@example.org"), |payload| {
                let erin = task.bench.server.developer(crate::stage::ERIN);
                mirrored(&erin.sign_with(crate::stage::Key::Ssh("erin-at-home")).sign(payload, "git"))
            })
        },
        judged: "good | good | erin | commit.identity",
    },
    Row {
        name: "CA: a certificate past its end",
        make: |task| by(task, "cert-ended", "ivan@example.org"),
        judged: "expired | expired | ivan | commit.signed",
    },
    Row {
        name: "CA: a certificate past its end, backdated",
        make: |task| {
            // The middle of 2024.
            let draft = task.draft_on("ivan@example.org", "1719792000");
            task.signed(draft, |payload| task.ssh("cert-ended", payload))
        },
        judged: "expired | good | ivan | commit.signed",
    },
    Row {
        name: "CA: a certificate that does not hold yet",
        make: |task| by(task, "cert-begins", "ivan@example.org"),
        judged: "not_yet_valid | not_yet_valid | ivan | commit.signed",
    },
    Row {
        name: "CA: a certificate for a host",
        make: |task| by(task, "cert-host", "ivan@example.org"),
        judged: "untrusted | untrusted | ?signer | commit.signed",
    },
    Row {
        name: "CA: a certificate with a critical option",
        make: |task| by(task, "cert-critical", "ivan@example.org"),
        judged: "unsupported | unsupported | ?signer | commit.signed",
    },
    Row {
        name: "CA: a certificate for nobody in particular",
        make: |task| by(task, "cert-nameless", "ivan@example.org"),
        judged: "untrusted | untrusted | ?signer | commit.signed",
    },
    Row {
        name: "CA: a certificate for a name that the authority may not certify",
        make: |task| by(task, "cert-foreign", "ivan@elsewhere.example"),
        judged: "untrusted | untrusted | ?signer | commit.signed",
    },
    Row {
        name: "CA: a certificate for two persons",
        make: |task| by(task, "cert-two-names", "ivan@example.org"),
        judged: "untrusted | untrusted | ?signer | commit.signed",
    },
    Row {
        name: "CA: a certificate for another person's name",
        make: |task| by(task, "cert-bob", "ivan@example.org"),
        judged: "good | good | bob | commit.identity",
    },
    Row {
        name: "CA: a certificate by a stranger",
        make: |task| by(task, "cert-stranger", "ivan@example.org"),
        judged: "unknown_key | unknown_key | ?signer | commit.signed",
    },
    Row {
        name: "KRL: a certificate by a revoked authority",
        make: |task| by(task, "cert-fallen", "ivan@example.org"),
        judged: "revoked | revoked | ?signer | commit.signed",
    },
    Row {
        name: "KRL: a certificate whose number is in a revoked range",
        make: |task| by(task, "cert-serial", "ivan@example.org"),
        judged: "revoked | revoked | ?signer | commit.signed",
    },
    Row {
        name: "KRL: a certificate whose number is just outside it",
        make: |task| by(task, "cert-next-serial", "ivan@example.org"),
        judged: "good | good | ivan | nobody",
    },
    Row {
        name: "KRL: a certificate whose key id is revoked",
        make: |task| by(task, "cert-id", "ivan@example.org"),
        judged: "revoked | revoked | ?signer | commit.signed",
    },
    Row {
        name: "KRL: a key by its digest",
        make: |task| by(task, "hashed", "hashed@example.org"),
        judged: "revoked | revoked | hashed@example.org | commit.signed",
    },
    Row {
        name: "hardware: sk-ssh-ed25519, touched",
        make: |task| held(task, "kate@example.org", |payload| task.bench.keyring.touched.sign(payload, TOUCHED, 7)),
        judged: "good | good | kate@example.org | nobody",
    },
    Row {
        name: "hardware: sk-ssh-ed25519, not touched",
        make: |task| held(task, "kate@example.org", |payload| task.bench.keyring.touched.sign(payload, 0, 7)),
        judged: "good | good | kate@example.org | nobody",
    },
    Row {
        name: "hardware: sk-ecdsa-sha2-nistp256, touched and unlocked",
        make: |task| {
            held(task, "liam@example.org", |payload| task.bench.keyring.curved.sign(payload, TOUCHED | VERIFIED, 7))
        },
        judged: "good | good | liam@example.org | nobody",
    },
    Row {
        name: "hardware: a touch claimed afterwards",
        make: |task| {
            held(task, "kate@example.org", |payload| {
                Authenticator::claiming(&task.bench.keyring.touched.sign(payload, 0, 7), TOUCHED)
            })
        },
        judged: "bad | bad | ?signer | commit.signed",
    },
    Row {
        name: "C18 a counter that went back",
        make: |task| held(task, "kate@example.org", |payload| task.bench.keyring.touched.sign(payload, TOUCHED, 0)),
        judged: "good | good | kate@example.org | nobody",
    },
    Row {
        name: "C18 a signature for another application than the key's",
        make: |task| {
            held(task, "kate@example.org", |payload| {
                task.bench.keyring.touched.sign_as("ssh:elsewhere", payload, TOUCHED, 7)
            })
        },
        judged: "bad | bad | ?signer | commit.signed",
    },
    Row {
        name: "C18 the key of another application of the same device",
        make: |task| held(task, "kate@example.org", |payload| task.bench.keyring.elsewhere.sign(payload, TOUCHED, 7)),
        judged: "unknown_key | unknown_key | ?signer | commit.signed",
    },
];

/// A commit by this committer, signed with a key or certificate of the keyring.
fn by(task: &Task<'_>, key: &str, email: &str) -> Object {
    task.signed(task.draft(email), |payload| task.ssh(key, payload))
}

fn held(task: &Task<'_>, email: &str, sign: impl FnOnce(&str) -> String) -> Object {
    task.signed(task.draft(email), sign)
}

/// The same ECDSA signature with `s` as its negative: whoever sees one can write the other.
fn mirrored(signature: &str) -> String {
    /// The order of the curve P-256 (SEC 2).
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad,
        0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let bytes = dearmor(signature);
    // The last field holds the algorithm and a field with the two numbers, each behind its length.
    let name = b"ecdsa-sha2-nistp256";
    let at = bytes.windows(name.len()).rposition(|window| window == name).expect("the algorithm");
    let field = |place: usize| -> Vec<u8> {
        let length = u32::from_be_bytes(bytes[place..place + 4].try_into().expect("four bytes"));
        bytes[place + 4..place + 4 + length as usize].to_vec()
    };
    let numbers = at + name.len() + 4;
    let r = field(numbers);
    let s = field(numbers + 4 + r.len());
    let mut negative = [0u8; 32];
    let mut borrow = 0i16;
    for place in (0..32).rev() {
        let digit = (s.len() + place).checked_sub(32).map_or(0, |place| s[place]);
        let difference = i16::from(ORDER[place]) - i16::from(digit) - borrow;
        borrow = i16::from(difference < 0);
        negative[place] = difference.rem_euclid(256) as u8;
    }
    let head: Vec<u8> = negative.iter().copied().skip_while(|&byte| byte == 0).collect();
    let negative = if head[0] & 0x80 != 0 { [vec![0], head].concat() } else { head };
    let string = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat();
    let inner = [string(name), string(&[string(&r), string(&negative)].concat())].concat();
    armor(&[&bytes[..at - 8], &string(&inner)].concat())
}
