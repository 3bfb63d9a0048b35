//! One room at a time: what a commit costs to walk over, read, compare, verify and ask about.
//!
//! `cargo bench --bench rooms`. Each figure is for the thousand commits of one push, but for `load`, which is for a run.

#[path = "../push/desk.rs"]
#[allow(dead_code, reason = "the desk of the pushes, without what only they need")]
mod desk;
#[path = "../push/repository.rs"]
#[allow(dead_code, reason = "nothing is pushed here")]
mod repository;
#[path = "../push/signer.rs"]
#[allow(dead_code, reason = "of the schemes, some are only pushed")]
mod signer;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use refgate::config::{CommitScope, Limits};
use refgate::ids::ObjectId;
use refgate::input::{Memo, MemoKey, project};
use refgate::policy::Answer;
use refgate::repository::{Location, RawCommit, Repository};
use refgate::setup::Setup;
use refgate::signature::Moments;
use refgate::time::Time;

use desk::{Desk, TERSE};
use repository::{Made, PLAIN, Shape, git, make};
use signer::Scheme;

const COMMITS: usize = 1_000;

/// What a push of a thousand commits leads to.
struct Pushed {
    _folder: tempfile::TempDir,
    made: Made,
    setup: Setup,
    repository: Repository,
    base: ObjectId,
    tip: ObjectId,
    commits: Vec<RawCommit>,
}

impl Pushed {
    fn new(shape: Shape) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let made = make(folder.path(), &Shape { commits: COMMITS, ..shape });
        let desk = folder.path().join("desk");
        Desk::new(desk.clone(), &made, TERSE);
        let setup = Setup::load(&desk.join("starter.toml")).expect("the config is good");
        let repository = Repository::open(&Location::of(&made.client), &Limits::default()).expect("it is a repository");
        let (base, tip) = (id(&made.client, "base"), id(&made.client, "main"));
        let range = repository.range(tip, &[base]).expect("everything is there");
        let commits = range.iter().map(|id| repository.commit(*id).expect("it is there")).collect();
        Self { _folder: folder, made, setup, repository, base, tip, commits }
    }
}

fn id(repository: &Path, name: &str) -> ObjectId {
    let text = git(repository, &["rev-parse", name], b"");
    ObjectId::parse(text.as_bytes(), refgate::ids::ObjectFormat::Sha1).expect("git prints ids")
}

fn load(criterion: &mut Criterion) {
    let pushed = Pushed::new(PLAIN);
    for config in ["starter.toml", "library.toml"] {
        let config = pushed.made.client.with_file_name("desk").join(config);
        criterion.bench_function(&format!("load {}", config.file_stem().unwrap_or_default().display()), |bencher| {
            bencher.iter(|| Setup::load(&config).expect("the config is good"));
        });
    }
}

fn walk_and_compare(criterion: &mut Criterion) {
    let pushed = Pushed::new(PLAIN);
    let fresh = || pushed.repository.clone();
    criterion.bench_function("walk", |bencher| {
        bencher.iter_with_setup(fresh, |repository| repository.range(pushed.tip, &[pushed.base]).expect("it is there"));
    });
    criterion.bench_function("read and parse", |bencher| {
        bencher.iter_with_setup(fresh, |repository| {
            pushed
                .commits
                .iter()
                .map(|commit| repository.commit(commit.id).expect("it is there").message.len())
                .sum::<usize>()
        });
    });
    for (name, shape) in [("5,000", PLAIN), ("200,000", Shape { files: 200_000, ..PLAIN })] {
        let pushed = Pushed::new(shape);
        criterion.bench_function(&format!("compare, {name} files"), |bencher| {
            bencher.iter_with_setup(
                || pushed.repository.clone(),
                |repository| {
                    let changes =
                        |commit| repository.commit_changes(commit, CommitScope::All, None).expect("it is there");
                    pushed.commits.iter().map(|commit| changes(commit).len()).sum::<usize>()
                },
            );
        });
    }
}

/// Without OpenPGP's Ed25519: what sequoia verified once it remembers, so that a second time says nothing.
fn verify(criterion: &mut Criterion) {
    let schemes =
        [("SSH Ed25519", PLAIN), ("OpenPGP RSA-3072", Shape { scheme: Scheme::OpenpgpRsa3072, signers: 1, ..PLAIN })];
    for (name, shape) in schemes {
        let pushed = Pushed::new(shape);
        let now =
            Time(i64::try_from(std::time::UNIX_EPOCH.elapsed().expect("it is later").as_secs()).expect("it fits"));
        criterion.bench_function(&format!("verify, {name}"), |bencher| {
            bencher.iter(|| {
                for commit in &pushed.commits {
                    let signed = commit.signed.as_ref().expect("all are signed");
                    let moments = Moments { claimed: commit.committer.time, received: now, tolerance: Duration::ZERO };
                    pushed.setup.keyring.verify(&signed.payload, &signed.signature, moments);
                }
            });
        });
    }
}

/// One rule about a commit like a thousand others: the rule is asked once, and remembered then.
fn ask(criterion: &mut Criterion) {
    let pushed = Pushed::new(PLAIN);
    let shown = Command::new(env!("CARGO_BIN_EXE_refgate"))
        .args(["input", "commit", "main", "--repository"])
        .arg(&pushed.made.client)
        .arg("--config")
        .arg(pushed.made.client.with_file_name("desk").join("starter.toml"))
        .output()
        .expect("refgate runs");
    let document: serde_json::Value = serde_json::from_slice(&shown.stdout).expect("it prints a document");
    for rule in pushed.setup.policy.bound().iter().flatten().filter(|rule| rule.code.starts_with("commit.")) {
        let memo = Memo::new(10);
        memo.remember(MemoKey::new(0, 0, &project(&document, &rule.reads)), Arc::new(Answer::default()));
        criterion.bench_function(&format!("ask {} again", rule.code), |bencher| {
            bencher.iter(|| {
                let recall = |_| memo.recall(&MemoKey::new(0, 0, &project(&document, &rule.reads))).is_some();
                assert!((0..COMMITS).all(recall));
            });
        });
    }
}

criterion_group!(rooms, load, walk_and_compare, verify, ask);
criterion_main!(rooms);
