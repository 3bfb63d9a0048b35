//! How the cost of judging grows: with commits, files, refs, rules and people. One push for each point, which the ways
//! judge in turn.

use crate::cost::{self, median};
use crate::desk::{Desk, Operator};
use crate::hook::{self, Hook};
use crate::play;
use crate::plot::{self, Curve, Panel};
use crate::repository::{self, PLAIN, Shape};
use crate::work::{ONE, Work};

/// One quantity that grows, all others as they are.
struct Series {
    of: &'static str,
    sizes: &'static [usize],
    /// The floor knows neither rules nor people.
    hooks: &'static [Hook],
    work: fn(usize) -> Work,
}

const BOTH: &[Hook] = &[Hook::Floor, Hook::Starter];

const SERIES: [Series; 6] = [
    Series {
        of: "commits pushed",
        sizes: &[1, 10, 100, 1_000, 10_000, 100_000],
        hooks: BOTH,
        work: |commits| Work { shape: Shape { commits, ..PLAIN }, ..ONE },
    },
    Series {
        of: "files in the tree, 1,000 commits pushed",
        sizes: &[100, 1_000, 10_000, 100_000, 200_000],
        hooks: BOTH,
        work: |files| Work { shape: Shape { files, commits: 1_000, ..PLAIN }, ..ONE },
    },
    Series {
        of: "refs on the server, 1 commit pushed",
        sizes: &[10, 100, 1_000, 10_000],
        hooks: BOTH,
        work: |refs| Work { shape: Shape { refs, ..PLAIN }, ..ONE },
    },
    Series {
        of: "new refs pushed, a commit each",
        sizes: &[10, 100, 1_000, 10_000],
        hooks: BOTH,
        work: |new_refs| Work { shape: Shape { new_refs, ..PLAIN }, refspecs: &["refs/new/*:refs/heads/new/*"], ..ONE },
    },
    Series {
        of: "rules of your own, 1,000 commits pushed",
        sizes: &[1, 3, 10, 30, 100, 200],
        hooks: &[Hook::Starter],
        work: |rules| Work {
            shape: Shape { commits: 1_000, ..PLAIN },
            operator: Operator { strangers: 0, rules },
            ..ONE
        },
    },
    Series {
        of: "people with two keys each, 1 commit pushed",
        sizes: &[10, 100, 1_000, 10_000],
        hooks: &[Hook::Starter],
        work: |strangers| Work { operator: Operator { strangers, rules: 0 }, ..ONE },
    },
];

/// How often each way judges what counts; once more before that.
const TIMES: usize = 3;

/// Measures everything, tells it on stderr as it goes, and prints the plot.
pub fn print() {
    let panels: Vec<Panel> = SERIES.iter().map(panel).collect();
    println!("{}", plot::svg("CPU time that the hook takes", &panels));
}

fn panel(series: &Series) -> Panel {
    let mut curves: Vec<Curve> =
        series.hooks.iter().map(|hook| Curve { name: hook.name(), points: Vec::new() }).collect();
    for &size in series.sizes {
        for (curve, seconds) in curves.iter_mut().zip(point(&(series.work)(size), series.hooks)) {
            eprintln!("{size} {}, {}: {seconds:.4} s", series.of, curve.name);
            curve.points.push((size as f64, seconds));
        }
    }
    Panel { title: series.of, curves }
}

/// What one push costs by each way.
fn point(work: &Work, hooks: &[Hook]) -> Vec<f64> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let made = repository::make(folder.path(), &work.shape);
    let desk = Desk::new(folder.path().join("desk"), &made, work.operator);
    hook::install_in_turn(hooks, 1 + TIMES, &desk, &made.server);
    play::push(work, &made.client, &made.server, &desk);
    let seconds = |hook: &Hook| median(&cost::written(&hook.cost(&desk))[1..], |cost| cost.cpu).as_secs_f64();
    hooks.iter().map(seconds).collect()
}
