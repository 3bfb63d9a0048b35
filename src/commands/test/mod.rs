//! `refgate test`: runs the Rego tests of rules and tells what they show.

mod json;
mod junit;
mod text;

use std::path::{Path, PathBuf};

use crate::cli::{RuleSet, Test, TestFormat};
use crate::policy::Origin;
use crate::policy::testing::{self, Case, Outcome, Selection, Tested};
use crate::problem::{Problem, render_all};
use crate::setup::{CONFIG_NAME, Workshop};

use super::{edge, judge};

pub fn run(options: &Test) -> u8 {
    match tested(options) {
        Ok(tested) => {
            let summary = Summary::of(&tested, options);
            match options.format {
                TestFormat::Json => edge::answer_json(&json::render(&tested, &summary)),
                TestFormat::Junit => edge::answer(&junit::render(&tested, &summary)),
                TestFormat::Text => edge::answer(&text::render(&tested, &summary, options.verbose)),
            }
            u8::from(!summary.good())
        }
        Err(problems) => {
            edge::tell(&format!("{}\n\nrefgate: no test was run\n", render_all(&problems)));
            2
        }
    }
}

/// What the tests come to as a whole.
struct Summary {
    passed: usize,
    failed: usize,
    skipped: usize,
    /// Rules without a test in which they refuse, or pass; each with what is missing.
    untried: Vec<(String, PathBuf, &'static str)>,
    coverage: Option<Share>,
    /// Percent of lines that tests have to evaluate.
    threshold: Option<f64>,
}

/// How many lines of how many.
#[derive(Clone, Copy)]
struct Share {
    covered: usize,
    all: usize,
}

impl Share {
    /// Nothing of nothing is all of it.
    fn percent(self) -> f64 {
        if self.all == 0 { 100.0 } else { self.covered as f64 * 100.0 / self.all as f64 }
    }
}

impl Summary {
    fn of(tested: &Tested, options: &Test) -> Self {
        let count = |wanted: fn(&Case) -> bool| tested.cases.iter().filter(|case| wanted(case)).count();
        let whole = options.run.is_none();
        let lines = Share {
            covered: tested.coverage.iter().map(|file| file.covered.len()).sum(),
            all: tested.coverage.iter().map(|file| file.covered.len() + file.missed.len()).sum(),
        };
        Self {
            passed: count(|case| case.outcome == Outcome::Passed),
            failed: count(is_bad),
            skipped: count(|case| case.outcome == Outcome::Skipped),
            untried: if whole { untried(tested) } else { Vec::new() },
            coverage: (options.coverage || options.threshold.is_some()).then_some(lines),
            threshold: options.threshold,
        }
    }

    fn good(&self) -> bool {
        self.failed == 0 && self.untried.is_empty() && self.covers_enough()
    }

    fn covers_enough(&self) -> bool {
        match (self.coverage, self.threshold) {
            (Some(share), Some(threshold)) => share.percent() >= threshold,
            _ => true,
        }
    }
}

fn is_bad(case: &Case) -> bool {
    match case.outcome {
        Outcome::Broken { .. } | Outcome::Empty | Outcome::Failed(_) => true,
        Outcome::Passed | Outcome::Skipped => false,
    }
}

fn untried(tested: &Tested) -> Vec<(String, PathBuf, &'static str)> {
    let missing = |refused: bool, passed: bool| match (refused, passed) {
        (true, true) => None,
        (false, true) => Some("no test in which it refuses"),
        (true, false) => Some("no test in which it lets something pass"),
        (false, false) => Some("no test in which it refuses, and none in which it lets something pass"),
    };
    let trials = tested.trials.iter();
    trials
        .filter_map(|trial| {
            Some((
                trial.code.clone(),
                trial.file.clone(),
                missing(trial.refused_in.is_some(), trial.passed_in.is_some())?,
            ))
        })
        .collect()
}

fn tested(options: &Test) -> Result<Tested, Vec<Problem>> {
    let workshop = match (options.shipped, options.paths.as_slice()) {
        (true, _) => Workshop::shipped(),
        (false, []) => configured(&options.rule_set)?,
        // Data documents come from the config, if there is one.
        (false, paths) => {
            let base = match author_config(&options.rule_set) {
                Some(config) => Workshop::of_config(&config)?,
                None => Workshop::shipped(),
            };
            base.with_rules(paths)?
        }
    };
    let origin = if options.shipped { Origin::Shipped } else { Origin::Own };
    if origin == Origin::Own && workshop.sources.own.is_empty() {
        let config = workshop.config.map_or_else(|| PathBuf::from(CONFIG_NAME), |config| config.file);
        let problem = Problem::error(config, "there are no rules of your own to test");
        return Err(vec![problem.help("name their folder: 'path' of [policies]; or run `refgate test --shipped`")]);
    }
    let coverage = options.coverage || options.threshold.is_some();
    let tested = testing::run(&workshop.sources, &Selection { origin, only: options.run.clone(), coverage })?;
    // A misspelled name would be green for ever.
    if let Some(part) = options.run.as_ref().filter(|_| tested.cases.is_empty()) {
        let problem = Problem::error("--run", format!("no test has '{part}' in its name"));
        return Err(vec![problem.help("`refgate test --verbose` lists all")]);
    }
    Ok(tested)
}

fn configured(rule_set: &RuleSet) -> Result<Workshop, Vec<Problem>> {
    let config = match author_config(rule_set) {
        Some(config) => config,
        None => edge::locate_config(None, &judge::git_dir_of(&rule_set.repository)).map_err(|problem| vec![problem])?,
    };
    Workshop::of_config(&config)
}

/// The config that rule authors mean: named, or in the folder they work in. A server's is looked up otherwise.
pub fn author_config(rule_set: &RuleSet) -> Option<PathBuf> {
    let here = rule_set.repository.join(CONFIG_NAME);
    let found = || here.is_file().then(|| here.strip_prefix(Path::new(".")).map_or(here.clone(), Path::to_path_buf));
    rule_set.config.config.clone().or_else(found)
}
