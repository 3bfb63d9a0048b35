//! All of `RESULTS.md`: the machine, every row, what was aimed at, rooms, instructions.

use std::fs;
use std::path::Path;

use crate::hook::Hook::{self, Floor, SqGit, Starter};
use crate::play::{self, Played, Ran, play};
use crate::{instructions, machine, work};

pub fn print() {
    println!("{BEGINNING}");
    machine::print();
    println!("\n## Pushes\n\n{WAYS}\n\n{}", play::HEAD);
    let mut played = Vec::new();
    for row in work::rows() {
        eprintln!("{}", row.name);
        let row = play(&row);
        row.lines().iter().for_each(|line| println!("{line}"));
        played.push(row);
    }
    println!("\n## Targets\n\n{AIMS}\n\n| work | measured | at most | |\n|---|--:|--:|---|");
    targets(&played).iter().for_each(|target| println!("{}", target.line()));
    println!("\n## Rooms\n\n{ROOMS}\n");
    println!("| room | median |\n|---|--:|");
    rooms().iter().for_each(|(name, seconds)| println!("| {name} | {:.3} ms |", seconds * 1e3));
    println!("\n## Instructions\n\n{INSTRUCTIONS}\n");
    instructions::print();
    println!("\n## Growth\n\n![{ALTERNATIVE}](growth.svg)");
}

const BEGINNING: &str = "\
# Results

What it costs to let refgate judge a push, beside what git alone and other ways of judging cost on the same machine in the same run. Seconds differ from
machine to machine; the ratios are what to compare. To repeat it, on a machine that does nothing else (sq-git comes with
`cargo install sequoia-git --locked`, callgrind with valgrind; what is missing is left out):

```
cargo bench --bench rooms
cargo bench --bench push -- results >benches/RESULTS.md
cargo bench --bench push -- growth >benches/growth.svg
```
";

const WAYS: &str = "\
Each line is the median of real pushes to a fresh copy of the server; the ways take turns. The hook's cost is that of its programs, without git's own.

- *floor*: what no gate can do without. `git rev-list`, `git cat-file` and `git diff-tree` over the new commits, and a bare verifier that knows a few
  keys and nothing of rules, people, expiry or revocation, on every core.
- *starter rules*: `update.fast_forward`, `commit.signed`, `commit.identity`, `commit.protected_paths`, `commit.well_formed`.
- *all rules*: every rule that comes with refgate.
- *loop*: a shell that calls `git verify-commit` for each commit, as hooks in many places do.
- *sq-git*: `sq-git update-hook` with a policy file that lets the signers sign commits. OpenPGP only.";

const AIMS: &str = "\
Set before refgate was made fast, in seconds on one machine; here they are ratios to the floor of the same run, where there is one.";

const ROOMS: &str =
    "The latest `cargo bench --bench rooms` on this machine; a thousand commits each, but `load` for one run.";

const INSTRUCTIONS: &str =
    "refgate with starter rules, by callgrind, all threads; unlike seconds, about the same on a busy machine.";

const ALTERNATIVE: &str =
    "Six panels: CPU time that the hook takes, by commits, files, refs, new refs, rules and people";

/// Something measured that shall not be more than a number.
struct Target {
    work: &'static str,
    measured: Option<f64>,
    most: f64,
    unit: &'static str,
}

impl Target {
    fn line(&self) -> String {
        let Self { work, most, unit, .. } = self;
        let Some(measured) = self.measured else {
            return format!("| {work} | not measured | {most} {unit} | |");
        };
        let kept = if measured <= *most { "kept" } else { "missed" };
        format!("| {work} | {measured:.2} {unit} | {most} {unit} | {kept} |")
    }
}

fn targets(all: &[Played]) -> Vec<Target> {
    let by = |name: &str, hook: Hook| all.iter().find(|row| row.name == name)?.by(hook);
    let ratio = |name: &str, to: Hook, of: fn(&Ran) -> f64| Some(of(by(name, Starter)?) / of(by(name, to)?));
    let cpu =
        |work: &'static str, most: f64| Target { work, measured: ratio(work, Floor, Ran::cpu), most, unit: "x floor" };
    let each = |name: &str, commits: f64| Some(by(name, Starter)?.cpu() / commits);
    let growth = || Some(each("100,000 commits, SSH Ed25519", 1e5)? / each("10,000 commits, SSH Ed25519", 1e4)?);
    let more = || {
        let many = by("1 commit, 5,000 people with 10,000 keys", Starter)?;
        Some((many.cpu() - by("1 commit, SSH Ed25519", Starter)?.cpu()) * 1e3)
    };
    // Milliseconds for a thousand are microseconds for one.
    let rooms = rooms();
    let asked: Vec<f64> = rooms
        .iter()
        .filter(|(name, _)| name.starts_with("ask ") && name.ends_with(" again"))
        .map(|(_, seconds)| seconds * 1e3)
        .collect();
    let mean = (!asked.is_empty()).then(|| asked.iter().sum::<f64>() / asked.len() as f64);
    vec![
        cpu("1 commit, SSH Ed25519", 0.5),
        cpu("1 commit, OpenPGP Ed25519", 0.5),
        cpu("1,000 commits, SSH Ed25519", 0.9),
        cpu("1,000 commits, OpenPGP Ed25519", 1.5),
        Target {
            work: "the same, compared with sq-git",
            measured: ratio("1,000 commits, OpenPGP Ed25519", SqGit, Ran::cpu),
            most: 0.125,
            unit: "x sq-git",
        },
        cpu("1,000 commits, OpenPGP RSA-3072", 2.0),
        Target {
            work: "10,000 commits, SSH Ed25519, on the clock",
            measured: ratio("10,000 commits, SSH Ed25519", Floor, Ran::wall),
            most: 0.75,
            unit: "x floor",
        },
        Target { work: "a commit of 100,000, compared with one of 10,000", measured: growth(), most: 1.1, unit: "x" },
        Target {
            work: "100,000 commits, memory",
            measured: by("100,000 commits, SSH Ed25519", Starter).map(|ran| ran.memory() as f64),
            most: 150.0,
            unit: "MiB",
        },
        cpu("10,000 new refs, a commit each", 0.3),
        cpu("1 commit to a server with 10,000 refs", 0.18),
        cpu("1,000 commits, 200,000 files", 1.5),
        Target {
            work: "a rule asked again about a commit like another, on average",
            measured: mean,
            most: 1.0,
            unit: "us",
        },
        Target { work: "5,000 people with 10,000 keys, more than 4 with 4", measured: more(), most: 5.0, unit: "ms" },
    ]
}

/// What criterion wrote down: names, and medians in seconds.
fn rooms() -> Vec<(String, f64)> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("criterion");
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let room = |entry: fs::DirEntry| {
        let text = fs::read_to_string(entry.path().join("new/estimates.json")).ok()?;
        let estimates: serde_json::Value = serde_json::from_str(&text).expect("criterion writes JSON");
        let nanoseconds = estimates["median"]["point_estimate"].as_f64().expect("it has a median");
        Some((entry.file_name().to_string_lossy().into_owned(), nanoseconds / 1e9))
    };
    let mut rooms: Vec<_> = entries.filter_map(|entry| room(entry.expect("a folder can be listed"))).collect();
    rooms.sort_by(|one, other| one.0.cmp(&other.0));
    rooms
}
