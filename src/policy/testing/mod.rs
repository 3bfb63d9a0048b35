//! Running the Rego tests of rules, with the engine that judges pushes.
//!
//! A test is a rule called `test_…`; it passes when it is exactly `true`. `todo_test_…` is skipped. `test_x[name]`
//! has a subtest for every value that `name` takes. Tests of the same name are numbered, as OPA does. What the tests
//! show of the rules is watched too: in which test a rule refused, in which it let pass, and which lines were
//! evaluated. Reads no file and prints nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::load::{self, Extent};
use super::{Bindings, Catalogue, Finding, Origin, Policy, Sources};
use crate::problem::{Problem, Severity};

mod bench;
mod blame;
mod case;
mod coverage;
mod numbered;
mod observe;
mod recursion;
mod run;
mod value;
mod walk;
mod written;

/// Which tests to run, and what to watch meanwhile.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Whose rules.
    pub origin: Origin,
    /// Only tests in whose `package.name` this stands.
    pub only: Option<String>,
    pub coverage: bool,
}

/// What came of the tests.
#[derive(Clone, Debug)]
pub struct Tested {
    /// In the order of files and of the tests in them.
    pub cases: Vec<Case>,
    /// What the tests showed of each rule, by code.
    pub trials: Vec<Trial>,
    /// Of rules and libraries, by path; empty unless it was asked for.
    pub coverage: Vec<Covered>,
}

/// One test, or one subtest.
#[derive(Clone, Debug)]
pub struct Case {
    /// Without `data`: `refgate.commit.signed_test`.
    pub package: String,
    /// `test_x`, or `test_x[name]`.
    pub name: String,
    pub file: PathBuf,
    /// 1-based.
    pub line: usize,
    pub outcome: Outcome,
    /// A subtest has its share of the test's.
    pub elapsed: Duration,
    /// What `print` said, with its place.
    pub prints: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It could not be evaluated.
    Broken {
        /// `file:line`, or `""`.
        at: String,
        reason: String,
    },
    /// It has subtests, and there is none: nothing was tested.
    Empty,
    /// Why, in each of its bodies.
    Failed(Vec<Fault>),
    Passed,
    Skipped,
}

/// An expression of a test that did not hold, with all before it holding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// 1-based.
    pub line: usize,
    /// As it is written.
    pub expression: String,
    pub reason: Reason,
    /// What its parts came to.
    pub parts: Vec<Part>,
    /// In how many further ways all before it held.
    pub others: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// `actual == expected`; each as Rego text over one or more lines.
    Differs { actual: String, expected: String },
    /// `every … in …` does not hold for these members.
    NotEvery(Vec<String>),
    /// The expression, or for `not` what stands behind it, came to this.
    Was(String),
    /// Nothing more is known.
    Unknown,
}

/// A part of an expression and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub expression: String,
    pub value: String,
}

/// What the tests showed of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    pub code: String,
    pub file: PathBuf,
    /// The first test in which it refused something (a rule that only warns: warned).
    pub refused_in: Option<String>,
    /// The first test in which it had nothing to say.
    pub passed_in: Option<String>,
    /// What it said then, the first time.
    pub refusal: Vec<Finding>,
}

/// Lines of one file that hold expressions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    pub file: PathBuf,
    /// Evaluated, whatever came of it; 1-based.
    pub covered: BTreeSet<usize>,
    pub missed: BTreeSet<usize>,
}

/// Loads everything, as judging would, and runs the tests; or tells what is wrong with the files.
pub fn run(sources: &Sources, selection: &Selection) -> Result<Tested, Vec<Problem>> {
    let policy = everything(sources)?;
    let (shipped, own) = (numbered::numbered(&sources.shipped), numbered::numbered(&sources.own));
    let sources = Sources { shipped, own, ..sources.clone() };
    let bench = bench::Bench::build(&sources, selection)?;
    let mut tested = run::run(&bench, selection);
    tested.trials = observe::observe(&bench, &policy, selection);
    Ok(tested)
}

/// Every rule and library, looked into; nothing is bound.
pub fn everything(sources: &Sources) -> Result<Policy, Vec<Problem>> {
    let text: Arc<str> = "".into();
    let bindings = Bindings { file: Path::new(""), text: &text, entries: &[] };
    let nobody = BTreeSet::new();
    let catalogue = Catalogue { groups: &nobody, people: &nobody, sign_for_committers: &nobody, all_known: true };
    let loaded = load::load(sources, bindings, &catalogue, Extent::Everything);
    // That nothing is bound is no news here.
    let errors =
        |problems: Vec<Problem>| problems.into_iter().filter(|problem| problem.severity == Severity::Error).collect();
    loaded.map(|(policy, _)| policy).map_err(errors)
}
