//! Plays a row of the table: real pushes, the ways of judging taking turns.

use std::path::Path;
use std::time::Duration;

use crate::cost::{self, Cost, median};
use crate::desk::Desk;
use crate::hook::Hook;
use crate::repository;
use crate::work::Work;

pub struct Played {
    pub name: &'static str,
    ran: Vec<Ran>,
}

/// What one way of judging cost, run by run.
pub struct Ran {
    hook: Hook,
    hooks: Vec<Cost>,
    pushes: Vec<Cost>,
}

pub fn play(row: &Work) -> Played {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let folder = folder.path();
    let made = repository::make(folder, &row.shape);
    let desk = Desk::new(folder.join("desk"), &made, row.operator);
    let ways = row.hooks.iter().filter(|hook| hook.is_there());
    let mut all: Vec<Ran> = ways.map(|&hook| Ran { hook, hooks: Vec::new(), pushes: Vec::new() }).collect();
    let server = folder.join("played.git");
    // A first round is not counted, but where there is no second.
    let uncounted = usize::from(row.runs > 1);
    for _ in 0..uncounted + row.runs {
        for ran in &mut all {
            repository::copy(&made.server, &server);
            ran.hook.install(&desk, &server);
            ran.pushes.push(push(row, &made.client, &server, &desk));
        }
    }
    for ran in &mut all {
        ran.pushes.drain(..uncounted);
        ran.hooks = cost::written(&ran.hook.cost(&desk)).into_iter().skip(uncounted).collect();
    }
    Played { name: row.name, ran: all }
}

/// Pushes what the row says, which no way of judging may refuse.
pub fn push(row: &Work, client: &Path, server: &Path, desk: &Desk) -> Cost {
    let told = desk.folder.join("told");
    let mut push = repository::command(client);
    push.args(["push", "--quiet"]).arg(server).args(row.refspecs).env("GNUPGHOME", desk.gnupg());
    push.stderr(std::fs::File::create(&told).expect("a file can be made"));
    cost::measure(&mut push).unwrap_or_else(|| {
        let told = std::fs::read_to_string(&told).unwrap_or_default();
        panic!("{}: the push failed\n{told}", row.name)
    })
}

/// The head of the table that [`Played::lines`] are lines of.
pub const HEAD: &str = "| push | judged by | runs | hook: CPU | of floor | hook: wall | hook: memory | push: wall |
|---|---|--:|--:|--:|--:|--:|--:|";

impl Played {
    pub fn lines(&self) -> Vec<String> {
        self.ran.iter().map(|ran| self.line(ran)).collect()
    }

    /// `None` where this way did not judge.
    pub fn by(&self, hook: Hook) -> Option<&Ran> {
        self.ran.iter().find(|ran| ran.hook == hook)
    }

    fn line(&self, ran: &Ran) -> String {
        let start = format!("| {} | {} | {}", self.name, ran.hook.name(), ran.pushes.len());
        let push = seconds(median(&ran.pushes, |cost| cost.wall));
        if ran.hooks.is_empty() {
            return format!("{start} | | | | | {push} |");
        }
        let floor = self.by(Hook::Floor).map(|floor| format!("{:.2}", ran.cpu() / floor.cpu()));
        format!(
            "{start} | {} | {} | {} | {} MiB | {push} |",
            seconds(median(&ran.hooks, |cost| cost.cpu)),
            floor.unwrap_or_default(),
            seconds(median(&ran.hooks, |cost| cost.wall)),
            ran.memory(),
        )
    }
}

impl Ran {
    /// Seconds of processors that the hook took.
    pub fn cpu(&self) -> f64 {
        median(&self.hooks, |cost| cost.cpu).as_secs_f64()
    }

    /// Seconds that the hook took.
    pub fn wall(&self) -> f64 {
        median(&self.hooks, |cost| cost.wall).as_secs_f64()
    }

    /// MiB of the hook's largest process, at most.
    pub fn memory(&self) -> u64 {
        self.hooks.iter().map(|cost| cost.memory).max().unwrap_or_default().div_ceil(1024)
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.4} s", time.as_secs_f64())
}
