//! What is pushed, row by row.

use crate::desk::{Operator, TERSE};
use crate::hook::Hook::{self, Empty, Floor, Library, None, ShellLoop, SqGit, Starter};
use crate::repository::{PLAIN, Shape};
use crate::signer::Scheme::{OpenpgpEd25519, OpenpgpRsa3072};

pub struct Work {
    pub name: &'static str,
    pub shape: Shape,
    /// What `git push` is told to push.
    pub refspecs: &'static [&'static str],
    pub operator: Operator,
    pub runs: usize,
    pub hooks: &'static [Hook],
}

pub const ONE: Work = Work {
    name: "1 commit, SSH Ed25519",
    shape: PLAIN,
    refspecs: &["main:main"],
    operator: TERSE,
    runs: 15,
    hooks: &[None, Empty, Floor, Starter, Library, ShellLoop],
};

const OPENPGP: &[Hook] = &[None, Empty, Floor, Starter, Library, ShellLoop, SqGit];
/// The loop takes half a minute for a thousand commits.
const MANY: &[Hook] = &[None, Empty, Floor, Starter, Library];
const MANY_OPENPGP: &[Hook] = &[None, Empty, Floor, Starter, Library, SqGit];
const FEW: &[Hook] = &[None, Floor, Starter];

pub fn rows() -> Vec<Work> {
    let thousand = Shape { commits: 1_000, ..PLAIN };
    vec![
        ONE,
        Work {
            name: "1 commit, OpenPGP Ed25519",
            shape: Shape { scheme: OpenpgpEd25519, ..PLAIN },
            hooks: OPENPGP,
            ..ONE
        },
        Work {
            name: "1 commit, OpenPGP RSA-3072",
            shape: Shape { scheme: OpenpgpRsa3072, signers: 1, ..PLAIN },
            hooks: OPENPGP,
            ..ONE
        },
        Work { name: "10 commits, SSH Ed25519", shape: Shape { commits: 10, ..PLAIN }, runs: 7, ..ONE },
        Work {
            name: "100 commits, OpenPGP Ed25519",
            shape: Shape { scheme: OpenpgpEd25519, commits: 100, ..PLAIN },
            runs: 3,
            hooks: OPENPGP,
            ..ONE
        },
        Work { name: "1,000 commits, SSH Ed25519", shape: thousand, runs: 7, hooks: MANY, ..ONE },
        Work {
            name: "1,000 commits, OpenPGP Ed25519",
            shape: Shape { scheme: OpenpgpEd25519, ..thousand },
            runs: 7,
            hooks: MANY_OPENPGP,
            ..ONE
        },
        Work {
            name: "1,000 commits, OpenPGP RSA-3072",
            shape: Shape { scheme: OpenpgpRsa3072, signers: 1, ..thousand },
            runs: 7,
            hooks: MANY_OPENPGP,
            ..ONE
        },
        Work {
            name: "1,000 commits, 200,000 files",
            shape: Shape { files: 200_000, ..thousand },
            runs: 5,
            hooks: FEW,
            ..ONE
        },
        Work {
            name: "1,000 commits, every fifth a merge",
            shape: Shape { merges: 5, ..thousand },
            runs: 5,
            hooks: FEW,
            ..ONE
        },
        Work {
            name: "10,000 commits, SSH Ed25519",
            shape: Shape { commits: 10_000, ..PLAIN },
            runs: 3,
            hooks: FEW,
            ..ONE
        },
        Work {
            name: "100,000 commits, SSH Ed25519",
            shape: Shape { commits: 100_000, ..PLAIN },
            runs: 1,
            hooks: FEW,
            ..ONE
        },
        Work {
            name: "10,000 new refs, a commit each",
            shape: Shape { new_refs: 10_000, ..PLAIN },
            refspecs: &["refs/new/*:refs/heads/new/*"],
            runs: 2,
            hooks: FEW,
            ..ONE
        },
        Work {
            name: "1 commit to a server with 10,000 refs",
            shape: Shape { refs: 10_000, ..PLAIN },
            hooks: FEW,
            ..ONE
        },
        Work {
            name: "1 commit, 5,000 people with 10,000 keys",
            operator: Operator { strangers: 5_000, rules: 0 },
            hooks: FEW,
            ..ONE
        },
    ]
}
