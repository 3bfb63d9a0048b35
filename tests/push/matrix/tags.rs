//! Rows about tags: whose signature is theirs, and whose is not.

use crate::matrix::bench::{Object, Row, Task};
use crate::stage::{ALICE, BOB, CAROL, DAVE, GRACE, HEIDI, IVAN, MALLORY};

/// A commit is needed to tag, and `main` of somebody new has none.
const BASE: &str = "a commit to tag";

const UNSIGNED: &str = "unsigned | unsigned | ?signer | tag.signed";
const AMBIGUOUS: &str = "- | - | - | gate.ambiguous";

pub const ROWS: &[Row] = &[
    Row { name: "tag: an SSH key", make: |task| signed_by(task, BOB), judged: "good | good | bob | nobody" },
    Row { name: "tag: an OpenPGP key", make: |task| signed_by(task, ALICE), judged: "good | good | alice | nobody" },
    Row {
        name: "tag: an SSH key past its end",
        make: |task| signed_by(task, CAROL),
        judged: "expired | expired | carol | tag.signed",
    },
    Row {
        name: "tag: an SSH key past its end, backdated",
        make: |task| {
            task.tag_by(CAROL, &task.tag_name(), |carol| {
                carol.on("2024-03-01T12:00:00Z").commit(BASE).tag(&task.tag_name());
            })
        },
        judged: "expired | good | carol | tag.signed",
    },
    Row {
        name: "tag: an SSH key on the revocation list",
        make: |task| signed_by(task, DAVE),
        judged: "revoked | revoked | dave | tag.signed",
    },
    Row {
        name: "tag: a certificate for a known e-mail",
        make: |task| signed_by(task, IVAN),
        judged: "good | good | ivan | nobody",
    },
    Row {
        name: "tag: an OpenPGP certificate past its end",
        make: |task| signed_by(task, GRACE),
        judged: "expired | expired | grace | tag.signed",
    },
    Row {
        name: "tag: a revoked OpenPGP key",
        make: |task| signed_by(task, HEIDI),
        judged: "revoked | revoked | heidi | tag.signed",
    },
    Row {
        name: "tag: a stranger's SSH key",
        make: |task| signed_by(task, MALLORY),
        judged: "unknown_key | unknown_key | ?signer | tag.signed",
    },
    Row {
        name: "C43 a signed tag under another name",
        make: |task| task.signed_tag("v1.0", "v3.0", |payload| task.bobs(payload)),
        judged: "good | good | bob | tag.names_ref",
    },
    Row {
        name: "C44 an unsigned tag around a signed one",
        make: |task| {
            task.tag_by(BOB, &task.tag_name(), |bob| {
                bob.commit(BASE).tag("inner");
                bob.git(&["tag", "--annotate", "--message=outer", &task.tag_name(), "inner"]);
            })
        },
        judged: UNSIGNED,
    },
    Row {
        name: "C46 an unsigned tag of a signed commit",
        make: |task| {
            task.tag_by(BOB, &task.tag_name(), |bob| {
                bob.commit(BASE).git(&["tag", "--annotate", "--message=one", &task.tag_name()]);
            })
        },
        judged: UNSIGNED,
    },
    Row {
        name: "C47 a lightweight tag of a signed commit",
        make: |task| {
            task.tag_by(BOB, &task.tag_name(), |bob| {
                bob.commit(BASE).git(&["tag", &task.tag_name()]);
            })
        },
        judged: UNSIGNED,
    },
    Row {
        name: "C02 a tag with another message than the signed one",
        make: |task| task.signed_tag(&task.tag_name(), &task.tag_name(), |_| task.bobs("something else")),
        judged: "bad | bad | ?signer | tag.signed",
    },
    Row {
        name: "C07 a tag with a signature for files",
        make: |task| {
            task.signed_tag(&task.tag_name(), &task.tag_name(), |payload| {
                task.bench.keyring.ssh_sign("frank", payload, "file")
            })
        },
        judged: "bad | bad | ?signer | tag.signed",
    },
    Row {
        name: "C25 a tag with two signatures",
        make: |task| task.signed_tag(&task.tag_name(), &task.tag_name(), |payload| task.bobs(payload).repeat(2)),
        judged: AMBIGUOUS,
    },
    Row {
        name: "C27 a tag with a word behind its signature",
        make: |task| task.signed_tag(&task.tag_name(), &task.tag_name(), |payload| task.bobs(payload) + "word\n"),
        judged: AMBIGUOUS,
    },
    // To git, too, such a block is a part of the message.
    Row {
        name: "C28 a tag that ends in an unknown kind of block",
        make: |task| {
            task.signed_tag(&task.tag_name(), &task.tag_name(), |_| {
                "-----BEGIN LETTER-----\nx\n-----END LETTER-----\n".to_string()
            })
        },
        judged: UNSIGNED,
    },
    Row {
        name: "C29 a tag with an X.509 signature",
        make: |task| {
            let block = "-----BEGIN SIGNED MESSAGE-----\nU1NIU0lH\n-----END SIGNED MESSAGE-----\n";
            task.signed_tag(&task.tag_name(), &task.tag_name(), |_| block.to_string())
        },
        judged: "unsupported | unsupported | ?signer | tag.signed",
    },
    Row {
        name: "C42 a tag with a NUL in its message, signed whole",
        make: |task| {
            let payload = task.tag_payload(&task.tag_name(), "open the door\0and the vault\n");
            task.raw_tag(&task.tag_name(), payload.clone() + &task.bobs(&payload))
        },
        judged: AMBIGUOUS,
    },
];

fn signed_by(task: &Task<'_>, person: &'static crate::stage::Person) -> Object {
    task.tag_by(person, &task.tag_name(), |developer| {
        developer.commit(BASE).tag(&task.tag_name());
    })
}
