//! What tests show of rules: whether there is a test in which a rule refuses, and one in which it lets pass.
//!
//! Every mention of a rule's decision in a test file (`signed.deny`, under whatever `with`) is wrapped in a function
//! that hands the value on and takes a note of it, and the tests run once more. Whether tests pass is decided by the
//! files as they are: this second run only watches. A decision that no test file names itself is not seen.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use regorus::Value;

use crate::policy::ask;
use crate::policy::syntax::Expr;
use crate::policy::{Finding, Policy, Rule, Subject};

use super::bench::Bench;
use super::case::TestFile;
use super::numbered::shown;
use super::run;
use super::walk;
use super::written::Written;
use super::{Selection, Trial};

/// What the wrapping function is called: nothing an author would write.
const WATCH: &str = "refgate_watch";

/// One value that a decision had.
struct Seen {
    code: String,
    decision: String,
    /// `None`: undefined.
    value: Option<Value>,
}

/// Runs the tests, watching. A trial for every rule of the selected origin.
pub fn observe(bench: &Bench<'_>, policy: &Policy, selection: &Selection) -> Vec<Trial> {
    let mut trials: BTreeMap<&str, (&Rule, Trial)> = policy
        .rules()
        .iter()
        .filter(|rule| rule.origin == selection.origin)
        .map(|rule| {
            let trial = Trial {
                code: rule.code.clone(),
                file: rule.file.clone(),
                refused_in: None,
                passed_in: None,
                refusal: Vec::new(),
            };
            (rule.code.as_str(), (rule, trial))
        })
        .collect();
    let noted: Arc<Mutex<Vec<Seen>>> = Arc::default();
    let watched = bench.engine_with(|file| match bench.tests.iter().find(|test| test.file.path == file.path) {
        Some(test) => wrapped(test),
        None => file.text.to_string(),
    });
    let taken = noted.clone();
    if let Ok(mut engine) = watched
        && engine
            .add_extension(WATCH.to_string(), 3, Box::new(move |arguments: Vec<Value>| Ok(watch(&taken, &arguments))))
            .is_ok()
    {
        for file in &bench.tests {
            for test in file.tests().iter().filter(|test| !(test.todo || test.function) && run::is_selected(selection, file, test)) {
                let _ = run::evaluate(&mut engine.clone(), &file.package, test);
                let seen: Vec<Seen> = noted.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
                for one in seen {
                    if let Some((rule, trial)) = trials.get_mut(one.code.as_str()) {
                        note(rule, trial, &one, &format!("{}.{}", file.package, shown(&test.name)));
                    }
                }
            }
        }
    }
    trials.into_values().map(|(_, trial)| trial).collect()
}

/// `[value]` or `[]` in, the value or undefined out.
fn watch(noted: &Mutex<Vec<Seen>>, arguments: &[Value]) -> Value {
    let [Value::String(code), Value::String(decision), Value::Array(values)] = arguments else {
        return Value::Undefined;
    };
    let value = values.first().cloned();
    let seen = Seen { code: code.to_string(), decision: decision.to_string(), value: value.clone() };
    noted.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    value.unwrap_or(Value::Undefined)
}

fn note(rule: &Rule, trial: &mut Trial, seen: &Seen, test: &str) {
    let counts = match seen.decision.as_str() {
        "deny" | "allow" => true,
        // What a rule only tells does not count while it also refuses.
        _ => !(rule.defines.deny || rule.defines.allow),
    };
    let members = match &seen.value {
        Some(Value::Set(members)) => members.iter().filter_map(|member| ask::finding(member).ok()).collect(),
        Some(Value::Bool(true)) => Vec::new(),
        _ if seen.decision == "allow" => {
            vec![Finding { message: format!("not allowed by {}", rule.code), path: String::new(), hint: String::new() }]
        }
        _ => return,
    };
    let slot = if members.is_empty() { &mut trial.passed_in } else { &mut trial.refused_in };
    if counts && slot.is_none() {
        *slot = Some(test.to_string());
        if !members.is_empty() {
            trial.refusal = members;
        }
    }
}

/// The file's text with every mention of a rule's decision wrapped, on the same lines.
fn wrapped(test: &TestFile<'_>) -> String {
    let mut places: Vec<(Range<usize>, String, String)> = Vec::new();
    let written = Written { text: &test.file.text };
    for rule in &test.tree.rules {
        walk::rule(rule, &mut |expression| {
            if let Some((code, decision)) = decision(test, expression) {
                places.push((written.place(expression), code, decision));
            }
        });
    }
    places.sort_by_key(|(range, ..)| range.start);
    places.dedup_by_key(|(range, ..)| range.start);
    let mut text = test.file.text.to_string();
    for (range, code, decision) in places.into_iter().rev() {
        if let Some(inner) = test.file.text.get(range.clone()) {
            let call = format!("{WATCH}(\"{code}\", \"{decision}\", [{WATCH}_value | {WATCH}_value := {inner}])");
            text.replace_range(range, &call);
        }
    }
    text
}

/// The rule and decision that an expression is, by its whole name.
fn decision(test: &TestFile<'_>, expression: &Expr) -> Option<(String, String)> {
    let words = expression.path()?;
    let (first, rest) = words.split_first()?;
    let full: Vec<&str> = match test.imports.get(*first) {
        Some(import) => import.path.iter().map(String::as_str).chain(rest.iter().copied()).collect(),
        None => words,
    };
    match full.as_slice() {
        ["data", "refgate", subject, rule, decision @ ("deny" | "allow" | "warn")] => {
            Subject::parse(subject)?;
            Some((format!("{subject}.{rule}"), decision.to_string()))
        }
        _ => None,
    }
}
