//! Rows whose objects no tool makes: signatures moved, doubled, hidden or in another place, and things in their place
//! that are none.

use crate::matrix::bench::{Object, Row, Task};
use crate::stage::Signed;

/// No rule is asked about what programs read differently.
const AMBIGUOUS: &str = "- | - | - | gate.ambiguous";
const UNSUPPORTED: &str = "unsupported | unsupported | ?signer | commit.signed";
const BAD: &str = "bad | bad | ?signer | commit.signed";
const MALFORMED: &str = "malformed | malformed | ?signer | commit.signed";

pub const ROWS: &[Row] = &[
    Row {
        name: "C02 an SSH signature of something else",
        make: |task| bent(task, |_| task.bobs("something else")),
        judged: BAD,
    },
    Row {
        name: "C02 an OpenPGP signature of something else",
        make: |task| bent(task, |_| task.bench.keyring.openpgp("kim", "something else")),
        judged: BAD,
    },
    Row {
        name: "C02 a signature of this, and another message",
        make: |task| {
            let mut draft = task.draft("bob@example.org");
            draft.signature = task.bobs(&draft.payload());
            draft.message = "open the vault\n".to_string();
            task.raw(draft.commit())
        },
        judged: BAD,
    },
    Row {
        name: "C24 two OpenPGP signatures in two headers",
        make: |task| {
            let sign = |payload: &str| task.bench.keyring.openpgp("kim", payload);
            twofold(task, sign, sign)
        },
        judged: AMBIGUOUS,
    },
    Row {
        name: "C24 an OpenPGP and an SSH signature, both good",
        make: |task| twofold(task, |payload| task.bench.keyring.openpgp("kim", payload), |payload| task.bobs(payload)),
        judged: AMBIGUOUS,
    },
    Row {
        name: "C24 an SSH and an OpenPGP signature, both good",
        make: |task| twofold(task, |payload| task.bobs(payload), |payload| task.bench.keyring.openpgp("kim", payload)),
        judged: AMBIGUOUS,
    },
    Row {
        name: "C25 two SSH signatures, the first good",
        make: |task| twofold(task, |payload| task.bobs(payload), |payload| task.ssh("mallory", payload)),
        judged: AMBIGUOUS,
    },
    Row {
        name: "C25 two SSH signatures, the second good",
        make: |task| twofold(task, |payload| task.ssh("mallory", payload), |payload| task.bobs(payload)),
        judged: AMBIGUOUS,
    },
    Row {
        name: "C25 one signature twice",
        make: |task| twofold(task, |payload| task.bobs(payload), |payload| task.bobs(payload)),
        judged: AMBIGUOUS,
    },
    Row {
        name: "C25 two blocks in one header",
        make: |task| bent(task, |payload| task.bobs(payload).repeat(2)),
        judged: AMBIGUOUS,
    },
    Row {
        name: "C27 a word behind the block",
        make: |task| bent(task, |payload| task.bobs(payload) + "word\n"),
        judged: AMBIGUOUS,
    },
    Row {
        name: "C27 a byte behind the signature inside an SSH block",
        make: |task| {
            bent(task, |payload| {
                let bytes = crate::authenticator::dearmor(&task.bobs(payload));
                crate::authenticator::armor(&[bytes, vec![0]].concat())
            })
        },
        judged: MALFORMED,
    },
    Row {
        name: "C28 a word before the block",
        make: |task| bent(task, |payload| "word\n".to_string() + &task.bobs(payload)),
        judged: AMBIGUOUS,
    },
    Row { name: "C28 an unknown kind of block", make: |task| bent(task, |_| armor("LETTER")), judged: UNSUPPORTED },
    Row {
        name: "C28 a good signature under an unknown kind",
        make: |task| bent(task, |payload| task.bobs(payload).replace("SSH SIGNATURE", "SSH SIGNATURE V2")),
        judged: UNSUPPORTED,
    },
    Row { name: "C28 an empty signature", make: |task| bent(task, |_| "\n".to_string()), judged: AMBIGUOUS },
    Row { name: "C28 no block at all", make: |task| bent(task, |_| "signed, bob\n".to_string()), judged: AMBIGUOUS },
    Row {
        name: "C28 a block without its end",
        make: |task| bent(task, |payload| task.bobs(payload).replace("-----END SSH SIGNATURE-----\n", "")),
        judged: AMBIGUOUS,
    },
    Row {
        name: "C28 a block that ends as another",
        make: |task| bent(task, |payload| task.bobs(payload).replace("END SSH", "END PGP")),
        judged: AMBIGUOUS,
    },
    Row { name: "an OpenPGP block of nothing", make: |task| bent(task, |_| armor("PGP SIGNATURE")), judged: MALFORMED },
    Row { name: "an SSH block cut short", make: |task| bent(task, |_| armor("SSH SIGNATURE")), judged: MALFORMED },
    Row {
        name: "an OpenPGP key in the place of a signature",
        make: |task| bent(task, |_| armor("PGP PUBLIC KEY BLOCK")),
        judged: UNSUPPORTED,
    },
    Row { name: "C29 an X.509 signature", make: |task| bent(task, |_| armor("SIGNED MESSAGE")), judged: UNSUPPORTED },
    Row {
        name: "C50 a signature that a transparency log vouches for",
        make: |task| bent(task, |_| armor("SIGNED MESSAGE")),
        judged: UNSUPPORTED,
    },
    Row {
        name: "C31 bytes hidden in a header of the other hash",
        make: |task| beside(task, |commit| format!("{}gpgsig-sha256 smuggled\n", commit.signature_header("gpgsig"))),
        judged: AMBIGUOUS,
    },
    Row {
        name: "C31 bytes hidden in a header with a longer name",
        make: |task| beside(task, |commit| format!("{}gpgsigx smuggled\n", commit.signature_header("gpgsig"))),
        judged: AMBIGUOUS,
    },
    Row {
        name: "C31 the signature in the header of the other hash alone",
        make: |task| beside(task, |commit| commit.signature_header("gpgsig-sha256")),
        judged: AMBIGUOUS,
    },
    Row {
        name: "C32 the signature before the author",
        make: |task| {
            let commit = signed(task);
            let headers =
                commit.headers.replacen("author ", &format!("{}author ", commit.signature_header("gpgsig")), 1);
            task.raw(format!("{headers}\n{}", commit.message))
        },
        judged: AMBIGUOUS,
    },
    Row {
        name: "C33 an SSH signature as long lines",
        make: |task| {
            bent(task, |payload| {
                let text = task.bobs(payload);
                let (first, rest) = text.split_once('\n').expect("lines");
                let (body, last) = rest.split_once("-----END").expect("an end");
                format!("{first}\n{}\n-----END{last}", body.replace('\n', ""))
            })
        },
        judged: "good | good | bob | nobody",
    },
    Row {
        name: "C42 a message with a NUL, signed whole",
        make: |task| {
            let mut draft = task.draft("bob@example.org");
            draft.message = "open the door\0and the vault\n".to_string();
            task.signed(draft, |payload| task.bobs(payload))
        },
        judged: AMBIGUOUS,
    },
    Row {
        name: "C49 two trees, signed whole",
        make: |task| {
            let mut draft = task.draft("bob@example.org");
            let (tree, _) = draft.headers.split_once('\n').expect("lines");
            draft.headers = format!("{tree}\n{}", draft.headers);
            task.signed(draft, |payload| task.bobs(payload))
        },
        judged: AMBIGUOUS,
    },
];

/// A commit by Bob with whatever this puts in the signature's place.
fn bent(task: &Task<'_>, signature: impl FnOnce(&str) -> String) -> Object {
    task.signed(task.draft("bob@example.org"), signature)
}

/// Bob's commit with his signature, in parts.
fn signed(task: &Task<'_>) -> Signed {
    let mut draft = task.draft("bob@example.org");
    draft.signature = task.bobs(&draft.payload());
    draft
}

/// Bob's commit with other signature headers.
fn beside(task: &Task<'_>, headers: impl FnOnce(&Signed) -> String) -> Object {
    let commit = signed(task);
    task.raw(format!("{}{}\n{}", commit.headers, headers(&commit), commit.message))
}

fn twofold(task: &Task<'_>, first: impl Fn(&str) -> String, second: impl Fn(&str) -> String) -> Object {
    let draft = task.draft("bob@example.org");
    let one = Signed { signature: first(&draft.payload()), ..draft.clone() };
    let other = Signed { signature: second(&draft.payload()), ..draft.clone() };
    let headers = one.signature_header("gpgsig") + &other.signature_header("gpgsig");
    task.raw(format!("{}{headers}\n{}", draft.headers, draft.message))
}

fn armor(label: &str) -> String {
    format!("-----BEGIN {label}-----\nU1NIU0lH\n-----END {label}-----\n")
}
