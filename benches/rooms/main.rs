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
use refgate::facts::{self, Status};
use refgate::ids::ObjectId;
use refgate::input::{Memo, Stem};
use refgate::policy::{Answer, AskLimits};
use refgate::repository::{Location, RawCommit, RawIdentity, Repository};
use refgate::setup::Setup;
use refgate::signature::{Moments, Verification};
use refgate::time::Time;

use desk::{Desk, TERSE};
use repository::{Made, PLAIN, Shape, git, make};
use signer::{Scheme, Signer};

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
        // What is one push to the limits is made again and again.
        let limits = Limits { tree_entries: usize::MAX, ..Limits::default() };
        let repository = Repository::open(&Location::of(&made.client), &limits).expect("it is a repository");
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

fn verify(criterion: &mut Criterion) {
    let schemes =
        [("SSH Ed25519", PLAIN), ("OpenPGP RSA-3072", Shape { scheme: Scheme::OpenpgpRsa3072, signers: 1, ..PLAIN })];
    for (name, shape) in schemes {
        let pushed = Pushed::new(shape);
        let signed: Vec<_> =
            pushed.commits.iter().map(|commit| commit.signed.clone().expect("all are signed")).collect();
        criterion.bench_function(&format!("verify, {name}"), |bencher| {
            bencher.iter(|| {
                for signed in &signed {
                    verify_one(&pushed.setup, &signed.payload, &signed.signature);
                }
            });
        });
    }
}

/// Fresh signatures each time: what sequoia verified once it remembers.
fn verify_openpgp_ed25519(criterion: &mut Criterion) {
    let pushed = Pushed::new(Shape { scheme: Scheme::OpenpgpEd25519, ..PLAIN });
    let mut time = repository::BEGINNING;
    let mut signed_anew = || {
        time += 1;
        let signed = |(commit, signer): (&RawCommit, &Signer)| {
            let payload = commit.signed.as_ref().expect("all are signed").payload.clone();
            let signature = signer.sign(&payload, time);
            (payload, signature)
        };
        pushed.commits.iter().zip(pushed.made.signers.iter().cycle()).map(signed).collect::<Vec<_>>()
    };
    criterion.bench_function("verify, OpenPGP Ed25519", |bencher| {
        bencher.iter_with_setup(&mut signed_anew, |all| {
            for (payload, signature) in &all {
                verify_one(&pushed.setup, payload, signature.as_bytes());
            }
        });
    });
}

fn verify_one(setup: &Setup, payload: &[u8], signature: &[u8]) -> Verification {
    let now = std::time::UNIX_EPOCH.elapsed().expect("it is later").as_secs();
    let now = Time(i64::try_from(now).expect("it fits"));
    let moments = Moments { claimed: now, received: now, tolerance: Duration::ZERO };
    let verification = setup.keyring.verify(payload, signature, moments);
    assert_eq!(verification.status, Status::Good);
    verification
}

/// One rule about a commit like a thousand others: how long it is asked each time, and how long when it is asked once
/// and remembered then, as the gate does.
fn ask(criterion: &mut Criterion) {
    let pushed = Pushed::new(PLAIN);
    let shown = Command::new(env!("CARGO_BIN_EXE_refgate"))
        .args(["input", "commit", "main", "--repository"])
        .arg(&pushed.made.client)
        .arg("--config")
        .arg(pushed.made.client.with_file_name("desk").join("starter.toml"))
        .output()
        .expect("refgate runs");
    let mut common: serde_json::Value = serde_json::from_slice(&shown.stdout).expect("it prints a document");
    common.as_object_mut().expect("it is an object").remove("commit");
    let commit = fact(&pushed);
    let limits = Limits::default();
    let mut asker = pushed.setup.policy.asker(limits.deadline, AskLimits::of(&limits));
    for rule in pushed.setup.policy.bound().iter().flatten().filter(|rule| rule.code.starts_with("commit.")) {
        let stem = Stem::new(&common, &rule.reads);
        let draft = || stem.about("commit", &commit, &rule.reads);
        criterion.bench_function(&format!("ask {} each time", rule.code), |bencher| {
            bencher.iter(|| {
                for _ in 0..COMMITS {
                    asker.ask(rule, &draft().document()).expect("it answers");
                }
            });
        });
        let memo = Memo::new(10, 1 << 20);
        memo.remember(draft().key(0, 0), Arc::new(Answer::default()), 100);
        criterion.bench_function(&format!("ask {} again", rule.code), |bencher| {
            bencher.iter(|| assert!((0..COMMITS).all(|_| memo.recall(&draft().key(0, 0)).is_some())));
        });
    }
}

/// A commit of the push as the gate has it.
fn fact(pushed: &Pushed) -> facts::Commit {
    let raw = pushed.commits.first().expect("there are commits");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let identity = |raw: &RawIdentity| facts::Identity {
        name: text(&raw.name),
        email: text(&raw.email),
        time: raw.time.rfc3339(),
        time_ns: raw.time.nanoseconds(),
        claimed: pushed.setup.people.claimed(&text(&raw.email), "author"),
    };
    let signed = raw.signed.as_ref().expect("all are signed");
    let verification = verify_one(&pushed.setup, &signed.payload, &signed.signature);
    let signer = pushed.setup.people.by_fingerprint(&verification.key.fingerprint).expect("all are known");
    facts::Commit {
        id: raw.id.to_string(),
        tree: raw.tree.to_string(),
        parents: raw.parents.iter().map(ToString::to_string).collect(),
        merge: false,
        root: false,
        first_parent: true,
        first_seen: true,
        skew_seconds: 0,
        author: identity(&raw.author),
        committer: identity(&raw.committer),
        message: text(&raw.message),
        subject: text(&raw.message),
        trailers: Vec::new(),
        signature: facts::Signature {
            status: verification.status,
            format: verification.format,
            person: signer.fact(),
            principals: verification.principals,
            key: verification.key,
            made_at: verification.made_at.rfc3339(),
            made_at_ns: verification.made_at.nanoseconds(),
            hash: verification.hash,
            at_signing: verification.at_signing,
            reason: verification.reason,
        },
        changes: pushed.repository.commit_changes(raw, CommitScope::All, None).expect("it is there"),
        odd_changes: Vec::new(),
        anomalies: Vec::new(),
    }
}

criterion_group! {
    name = rooms;
    config = Criterion::default().sample_size(20);
    targets = load, walk_and_compare, verify, verify_openpgp_ed25519, ask
}
criterion_main!(rooms);
