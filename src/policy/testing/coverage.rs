//! Which lines of rules were evaluated while tests ran.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::engine;
use crate::policy::{RuleFile, tree};

use super::Covered;
use super::bench::name;
use super::walk;
use super::written::Written;

/// Lines that the engine says it was in, by file.
#[derive(Default)]
pub struct Lines {
    evaluated: BTreeMap<String, BTreeSet<usize>>,
    /// Lines that hold expressions, as the engine sees it.
    there: BTreeMap<String, BTreeSet<usize>>,
}

impl Lines {
    /// Takes over what an engine has seen.
    pub fn add(&mut self, engine: &regorus::Engine) {
        let Ok(report) = engine.get_coverage_report() else { return };
        for file in report.files {
            let number = |line: u32| usize::try_from(line).unwrap_or(usize::MAX);
            let covered: BTreeSet<usize> = file.covered.into_iter().map(number).collect();
            let there = self.there.entry(file.path.clone()).or_default();
            there.extend(covered.iter().copied().chain(file.not_covered.into_iter().map(number)));
            self.evaluated.entry(file.path).or_default().extend(covered);
        }
    }

    /// For these files; one that was never entered is not covered at all.
    pub fn of(&self, files: &[&RuleFile]) -> Vec<Covered> {
        files
            .iter()
            .map(|file| {
                let there = self.there.get(&name(file)).cloned().unwrap_or_else(|| expressions(file));
                let covered = self.evaluated.get(&name(file)).cloned().unwrap_or_default();
                let missed = there.difference(&covered).copied().collect();
                Covered { file: file.path.clone(), covered, missed }
            })
            .collect()
    }
}

/// The lines of a file on which an expression begins.
fn expressions(file: &RuleFile) -> BTreeSet<usize> {
    let mut engine = engine::new();
    let mut lines = BTreeSet::new();
    // A file that the engine cannot read has no tests that run, and says so elsewhere.
    if engine.add_policy(name(file), file.text.to_string()).is_err() {
        return lines;
    }
    for tree in engine.get_modules().iter().filter_map(|module| tree::module(module).ok()) {
        for rule in &tree.rules {
            let written = Written { text: &file.text };
            walk::rule(rule, &mut |expression| {
                lines.insert(written.line(expression.span().start));
            });
        }
    }
    lines
}
