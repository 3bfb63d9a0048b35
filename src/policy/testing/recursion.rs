//! Functions of a test file that call themselves. The engine would follow them until the stack ends, and the process
//! with it; in rules they are refused when rules are loaded.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::syntax::{Expr, Rule};
use crate::problem::Problem;

use super::case::TestFile;
use super::walk;

/// One problem for each function that leads back to itself.
pub fn refuse(file: &TestFile<'_>) -> Vec<Problem> {
    let calls = calls(file);
    let mut problems = Vec::new();
    for rule in file.tree.rules.iter().filter(|rule| rule.is_function()) {
        let Some(name) = name_of(rule) else { continue };
        if reaches(&calls, &name, &name) {
            let span = rule.reference().span().range();
            let words = format!("'{name}' leads back to itself");
            let help = "go through the members with 'some … in' or 'every' instead";
            problems.push(Problem::error(&file.file.path, words).at(&file.file.text, span).help(help));
        }
    }
    problems
}

/// For each function the names that it calls.
fn calls(file: &TestFile<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let mut calls: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in &file.tree.rules {
        let Some(name) = name_of(rule) else { continue };
        let called = calls.entry(name).or_default();
        walk::rule(rule, &mut |expression| match expression {
            Expr::Call { fcn, .. } => called.extend(fcn.path().map(|path| path.join("."))),
            // A rule that is not a function can call one.
            Expr::Var { value, .. } => {
                called.insert(value.clone());
            }
            _ => {}
        });
    }
    calls
}

fn name_of(rule: &Rule) -> Option<String> {
    match rule.is_function() {
        true => rule.reference().path().map(|path| path.join(".")),
        false => rule.reference().root().map(str::to_string),
    }
}

fn reaches(calls: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> bool {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut queue: Vec<&str> = vec![from];
    while let Some(name) = queue.pop() {
        for next in calls.get(name).into_iter().flatten().filter(|next| calls.contains_key(*next)) {
            if next == to {
                return true;
            }
            if seen.insert(next) {
                queue.push(next);
            }
        }
    }
    false
}
