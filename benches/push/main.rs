//! Real pushes to a real server, judged by nobody, by git's own plumbing, and by refgate: what each way costs, side by
//! side in one run.
//!
//! `cargo bench --bench push` plays every row; `cargo bench --bench push -- "1 commit"` those whose name holds the
//! words. Times say little on a busy machine: read ratios. `-- keep <folder> "1,000 commits, SSH"` plays nothing and leaves
//! what a profiler needs.

mod floor;
mod hook;
mod repository;
mod signer;
mod work;

use std::path::Path;
use std::time::Duration;

use hook::{Cost, Desk, Hook};
use work::Work;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.split_first() {
        Some((first, rest)) if first == "floor" => floor::run(&rest[0]),
        Some((first, rest)) if first == "hook" => hook::run(rest),
        Some((first, rest)) if first == "keep" => keep(Path::new(&rest[0]), &rest[1]),
        _ => play(&arguments),
    }
}

fn play(wanted: &[String]) {
    let rows = work::rows();
    println!("| push | judged by | runs | hook: CPU | of floor | hook: wall | hook: memory | push: wall |");
    println!("|---|---|--:|--:|--:|--:|--:|--:|");
    for row in rows.iter().filter(|row| wanted.is_empty() || wanted.iter().any(|word| row.name.contains(word))) {
        let folder = tempfile::tempdir().expect("a folder can be made");
        for line in lines(row, folder.path()) {
            println!("{line}");
        }
    }
}

/// Makes the repositories of a row, with what would be pushed on the server already, and says how to judge that.
fn keep(folder: &Path, wanted: &str) {
    let rows = work::rows();
    let row = rows.iter().find(|row| row.name.contains(wanted)).expect("there is such a row");
    std::fs::create_dir_all(folder).expect("the folder can be made");
    let made = repository::make(folder, &row.shape);
    Desk::new(folder.join("desk"), &made, row.strangers);
    let specs = ["main:refs/pushed/main", "refs/new/*:refs/pushed/new/*"];
    repository::git(&made.server, &[&["fetch", "--quiet", "../client.git"], &specs[..]].concat(), b"");
    let listed = |format: &str, pattern: &str| repository::git(&made.client, &["for-each-ref", format, pattern], b"");
    let new = listed(
        "--format=0000000000000000000000000000000000000000 %(objectname) refs/heads/new/%(refname:lstrip=2)",
        "refs/new/",
    );
    let stdin = match new.is_empty() {
        true => {
            listed("--format=%(objectname)", "refs/heads/base")
                + " "
                + &listed("--format=%(objectname) %(refname)", "refs/heads/main")
        }
        false => new,
    };
    std::fs::write(folder.join("stdin"), stdin + "\n").expect("it can be written");
    let refgate = env!("CARGO_BIN_EXE_refgate");
    println!(
        "cd {}/server.git && GIT_DIR=. {refgate} pre-receive --config ../desk/starter.toml <../stdin",
        folder.display()
    );
}

/// What one way of judging cost, run by run.
struct Ran {
    hook: Hook,
    hooks: Vec<Cost>,
    pushes: Vec<Cost>,
}

/// Plays a row: the ways take turns, and a first round is not counted.
fn lines(row: &Work, folder: &Path) -> Vec<String> {
    let made = repository::make(folder, &row.shape);
    let desk = Desk::new(folder.join("desk"), &made, row.strangers);
    let mut all: Vec<Ran> = row.hooks.iter().map(|&hook| Ran { hook, hooks: Vec::new(), pushes: Vec::new() }).collect();
    let server = folder.join("played.git");
    for round in 0..=row.runs {
        for ran in &mut all {
            repository::copy(&made.server, &server);
            desk.install(ran.hook, &server);
            let mut push = repository::command(&made.client);
            push.args(["push", "--quiet"]).arg(&server).args(row.refspecs).env("GNUPGHOME", desk.gnupg());
            let told = folder.join("told");
            push.stderr(std::fs::File::create(&told).expect("a file can be made"));
            let cost = hook::measure(&mut push).unwrap_or_else(|| {
                let told = std::fs::read_to_string(&told).unwrap_or_default();
                panic!("{}: the push failed ({})\n{told}", row.name, ran.hook.name())
            });
            if round > 0 {
                ran.pushes.push(cost);
                ran.hooks.extend(hook::written(&desk.cost));
            }
            let _ = std::fs::remove_file(&desk.cost);
        }
    }
    let floor = all.iter().find(|ran| ran.hook == Hook::Floor).map(|ran| median(&ran.hooks, |cost| cost.cpu));
    all.iter().map(|ran| line(row, ran, floor)).collect()
}

fn line(row: &Work, ran: &Ran, floor: Option<Duration>) -> String {
    let push = seconds(median(&ran.pushes, |cost| cost.wall));
    let start = format!("| {} | {} | {}", row.name, ran.hook.name(), ran.pushes.len());
    if ran.hooks.is_empty() {
        return format!("{start} | | | | | {push} |");
    }
    let cpu = median(&ran.hooks, |cost| cost.cpu);
    let ratio = floor.map_or(String::new(), |floor| format!("{:.2}", cpu.as_secs_f64() / floor.as_secs_f64()));
    let wall = seconds(median(&ran.hooks, |cost| cost.wall));
    let memory = ran.hooks.iter().map(|cost| cost.memory).max().unwrap_or_default() / 1024;
    format!("{start} | {} | {ratio} | {wall} | {memory} MiB | {push} |", seconds(cpu))
}

fn median(costs: &[Cost], of: impl Fn(&Cost) -> Duration) -> Duration {
    let mut all: Vec<Duration> = costs.iter().map(of).collect();
    all.sort();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

fn seconds(time: Duration) -> String {
    format!("{:.4} s", time.as_secs_f64())
}
