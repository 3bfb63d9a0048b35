//! Rows made from beginning to end by git, gpg and ssh-keygen, as people work.

use crate::matrix::bench::{Row, Task};
use crate::stage::{
    ALICE, BOB, CAROL, DAVE, Developer, ERIN, GRACE, HEIDI, IVAN, JUDY, Key, MALLORY, OSCAR, Person, program, run,
};

pub const ROWS: &[Row] = &[
    Row {
        name: "C01 no signature",
        make: |task| {
            task.by(BOB, |bob| {
                bob.commit_unsigned(task.name);
            })
        },
        judged: "unsigned | unsigned | ?signer | commit.signed",
    },
    Row { name: "an SSH key", make: |task| commit(task, BOB), judged: "good | good | bob | nobody" },
    Row {
        name: "C21 an OpenPGP key that no web of trust knows",
        make: |task| commit(task, ALICE),
        judged: "good | good | alice | nobody",
    },
    Row {
        name: "another key of a person who has two",
        make: |task| {
            task.by(ERIN, |erin| {
                erin.sign_with(Key::Ssh("erin-at-home")).commit(task.name);
            })
        },
        judged: "good | good | erin | nobody",
    },
    Row {
        name: "C03 another committer than the signer",
        make: |task| {
            task.by(BOB, |bob| {
                bob.claim_to_be(ALICE).commit(task.name);
            })
        },
        judged: "good | good | bob | commit.identity",
    },
    Row {
        name: "C04 a stranger's OpenPGP key in a known name",
        make: |task| task.by(MALLORY, |mallory| named_like_alice(mallory, task.name)),
        judged: "unknown_key | unknown_key | ?signer | commit.signed",
    },
    Row {
        name: "C06 a stranger's SSH key",
        make: |task| commit(task, MALLORY),
        judged: "unknown_key | unknown_key | ?signer | commit.signed",
    },
    Row {
        name: "C06 a stranger's SSH key and a known e-mail",
        make: |task| {
            task.by(MALLORY, |mallory| {
                mallory.claim_to_be(BOB).commit(task.name);
            })
        },
        judged: "unknown_key | unknown_key | ?signer | commit.signed",
    },
    Row {
        name: "C09 an SSH key past its end",
        make: |task| commit(task, CAROL),
        judged: "expired | expired | carol | commit.signed",
    },
    Row {
        name: "C10 an SSH key past its end, backdated",
        make: |task| commit_on(task, CAROL, "2024-03-01T12:00:00Z"),
        judged: "expired | good | carol | commit.signed",
    },
    Row {
        name: "an SSH key, dated after receipt",
        make: |task| commit_on(task, BOB, "2099-01-01T00:00:00Z"),
        judged: "not_yet_valid | not_yet_valid | bob | commit.signed",
    },
    Row {
        name: "C12 a certificate for another person than the committer",
        make: |task| {
            task.by(IVAN, |ivan| {
                ivan.claim_to_be(ALICE).commit(task.name);
            })
        },
        judged: "good | good | ivan | commit.identity",
    },
    Row {
        name: "CA: a certificate for a known e-mail",
        make: |task| commit(task, IVAN),
        judged: "good | good | ivan | nobody",
    },
    Row {
        name: "CA: a certificate for an e-mail that nobody has",
        make: |task| commit(task, JUDY),
        judged: "good | good | judy@example.org | nobody",
    },
    Row {
        name: "CA: a certified key without its certificate",
        make: |task| {
            task.by(IVAN, |ivan| {
                ivan.sign_with(Key::Ssh("ivan")).commit(task.name);
            })
        },
        judged: "unknown_key | unknown_key | ?signer | commit.signed",
    },
    Row {
        name: "C15 an SSH key on the revocation list",
        make: |task| commit(task, DAVE),
        judged: "revoked | revoked | dave | commit.signed",
    },
    Row {
        name: "C15 an SSH key on the revocation list, backdated",
        make: |task| commit_on(task, DAVE, "2024-03-01T12:00:00Z"),
        judged: "revoked | revoked | dave | commit.signed",
    },
    Row {
        name: "C19 an OpenPGP certificate past its end",
        make: |task| commit(task, GRACE),
        judged: "expired | expired | grace | commit.signed",
    },
    Row {
        name: "C19 an OpenPGP certificate past its end, backdated by gpg and git",
        make: |task| {
            task.by(GRACE, |grace| {
                set_clock(grace, "20240115T120000");
                grace.on("2024-01-15T12:00:00Z").commit(task.name);
            })
        },
        judged: "expired | good | grace | commit.signed",
    },
    Row {
        name: "C20 a revoked OpenPGP key",
        make: |task| commit(task, HEIDI),
        judged: "revoked | revoked | heidi | commit.signed",
    },
    Row {
        name: "C23 an RSA key of 1024 bits",
        make: |task| commit(task, OSCAR),
        judged: "weak | weak | oscar | commit.signed",
    },
    Row {
        name: "C40 a signed tag inside an unsigned merge",
        make: |task| {
            task.by(ALICE, |alice| {
                alice
                    .commit("add a door")
                    .branch("side")
                    .commit("add a window")
                    .tag("v1")
                    .switch("main")
                    .commit("add a roof");
                alice.git(&["merge", "--quiet", "--no-ff", "--no-gpg-sign", "-m", task.name, "v1"]);
                assert!(alice.git(&["cat-file", "commit", "HEAD"]).contains("\nmergetag object "));
            })
        },
        judged: "unsigned | unsigned | ?signer | commit.signed",
    },
    Row {
        name: "C52 a good signature of somebody who may not change this path",
        make: |task| {
            task.by(BOB, |bob| {
                bob.write("infra/door.tf", "door\n").commit(task.name);
            })
        },
        judged: "good | good | bob | commit.protected_paths",
    },
    Row {
        name: "C52 a good signature of somebody who may",
        make: |task| {
            task.by(ERIN, |erin| {
                erin.write("infra/door.tf", "door\n").commit(task.name);
            })
        },
        judged: "good | good | erin | nobody",
    },
];

fn commit(task: &Task<'_>, person: &'static Person) -> crate::matrix::bench::Object {
    task.by(person, |developer| {
        developer.commit(task.name);
    })
}

fn commit_on(task: &Task<'_>, person: &'static Person, date: &str) -> crate::matrix::bench::Object {
    task.by(person, |developer| {
        developer.on(date).commit(task.name);
    })
}

/// From now on gpg signs as of this time.
fn set_clock(developer: &Developer<'_>, time: &str) {
    let path = developer.home().join("gnupg/gpg.conf");
    std::fs::write(path, format!("faked-system-time {time}!\n")).expect("the stage can write files");
}

fn named_like_alice(mallory: &Developer<'_>, message: &str) {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(mallory.home().join("gnupg")).expect("a closed folder");
    let mut command = program("gpg", mallory.home());
    command.args(["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-gen-key"]);
    let made = run(command.args(["Alice Example <alice@example.org>", "ed25519", "sign", "never"]), b"");
    assert!(made.status.success(), "{}", made.stderr_text());
    mallory.claim_to_be(ALICE).sign_with(Key::OpenPgp("alice")).commit(message);
    let _ = run(program("gpgconf", mallory.home()).args(["--kill", "gpg-agent"]), b"");
}
