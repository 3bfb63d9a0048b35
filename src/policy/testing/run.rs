//! Evaluating tests one by one, and sorting out their subtests.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use regorus::Value;

use crate::policy::engine::Complaint;

use super::bench::Bench;
use super::blame::{self, Solution};
use super::case::{Test, TestFile};
use super::coverage::Lines;
use super::numbered::shown;
use super::value;
use super::{Case, Fault, Outcome, Reason, Selection, Tested};

pub fn run(bench: &Bench<'_>, selection: &Selection) -> Tested {
    let mut cases = Vec::new();
    let mut lines = Lines::default();
    for file in &bench.tests {
        for test in file.tests().iter().filter(|test| is_selected(selection, file, test)) {
            let mut runner = Runner { bench, file, test, lines: selection.coverage.then_some(&mut lines) };
            cases.extend(runner.cases());
        }
    }
    let coverage = if selection.coverage { lines.of(&bench.rules) } else { Vec::new() };
    Tested { cases, trials: Vec::new(), coverage }
}

pub fn is_selected(selection: &Selection, file: &TestFile<'_>, test: &Test<'_>) -> bool {
    selection.only.as_ref().is_none_or(|only| format!("{}.{}", file.package, shown(&test.name)).contains(only.as_str()))
}

/// Evaluates a test rule; undefined is a value. The second result is what `print` said meanwhile.
pub fn evaluate(
    engine: &mut regorus::Engine,
    package: &str,
    test: &Test<'_>,
) -> (Result<Value, Complaint>, Vec<String>) {
    let path = format!("data.{package}.{}", test.name);
    let answer = match test.depth() {
        0 | 1 => engine.eval_rule(path),
        // The engine knows rules by their first name only.
        _ => engine.eval_query(path, false).map(|results| {
            let first = results.result.into_iter().next().and_then(|one| one.expressions.into_iter().next());
            first.map_or(Value::Undefined, |expression| expression.value)
        }),
    };
    let prints = engine.take_prints().unwrap_or_default();
    (answer.map_err(|error| Complaint::parse(&format!("{error:#}"))), prints)
}

struct Runner<'a> {
    bench: &'a Bench<'a>,
    file: &'a TestFile<'a>,
    test: &'a Test<'a>,
    lines: Option<&'a mut Lines>,
}

impl Runner<'_> {
    fn cases(&mut self) -> Vec<Case> {
        if self.test.todo {
            return vec![self.case("", Outcome::Skipped, Duration::ZERO)];
        }
        if self.test.function {
            let reason = "it takes arguments, so it is no test: give it another name".to_string();
            return vec![self.case("", Outcome::Broken { at: String::new(), reason }, Duration::ZERO)];
        }
        let mut engine = self.bench.engine.clone();
        engine.set_enable_coverage(self.lines.is_some());
        let started = Instant::now();
        let (answer, prints) = evaluate(&mut engine, &self.file.package, self.test);
        let elapsed = started.elapsed();
        if let Some(lines) = &mut self.lines {
            lines.add(&engine);
        }
        let mut cases = match (answer, self.test.depth()) {
            (Ok(value), 0) => vec![self.plain(&value, elapsed)],
            (Ok(value), depth) => self.subtests(&value, depth, elapsed),
            (Err(complaint), _) => vec![self.case("", broken(complaint), elapsed)],
        };
        if let Some(first) = cases.first_mut() {
            first.prints = prints;
        }
        cases
    }

    fn plain(&self, value: &Value, elapsed: Duration) -> Case {
        let outcome = match value {
            Value::Bool(true) => Outcome::Passed,
            other => Outcome::Failed(self.why(None, other)),
        };
        self.case("", outcome, elapsed)
    }

    /// One case for each name that the test's table gives, whether it came out true or not.
    fn subtests(&self, value: &Value, depth: usize, elapsed: Duration) -> Vec<Case> {
        let mut passed = BTreeSet::new();
        collect_true(value, depth, &mut Vec::new(), &mut passed);
        let mut all = blame::names(self.bench, self.file, self.test);
        all.extend(passed.iter().cloned());
        if all.is_empty() {
            return vec![self.case("", Outcome::Empty, elapsed)];
        }
        let share = elapsed / u32::try_from(all.len()).unwrap_or(u32::MAX);
        let outcome = |names: &Solution| match passed.contains(names) {
            true => Outcome::Passed,
            false => Outcome::Failed(self.why(Some(names), &Value::Undefined)),
        };
        all.iter().map(|names| self.case(&label(names), outcome(names), share)).collect()
    }

    /// Where nothing can be blamed, at least what the test came to.
    fn why(&self, subtest: Option<&Solution>, value: &Value) -> Vec<Fault> {
        let mut faults = blame::why(self.bench, self.file, self.test, subtest);
        if faults.is_empty() {
            let reason = Reason::Was(value::brief(value, 300));
            faults.push(Fault {
                line: self.test.line,
                expression: shown(&self.test.name),
                reason,
                parts: Vec::new(),
                others: 0,
            });
        }
        faults
    }

    fn case(&self, label: &str, outcome: Outcome, elapsed: Duration) -> Case {
        Case {
            package: self.file.package.clone(),
            name: format!("{}{label}", shown(&self.test.name)),
            file: self.file.file.path.clone(),
            line: self.test.line,
            outcome,
            elapsed,
            prints: Vec::new(),
        }
    }
}

/// `[name]` for each; a string without its quotes.
fn label(names: &Solution) -> String {
    let plain = |name: &Value| match name {
        Value::String(text) => text.to_string(),
        other => value::one_line(other),
    };
    names.iter().map(|name| format!("[{}]", plain(name))).collect()
}

/// The names under which a partial object holds exactly `true`.
fn collect_true(value: &Value, depth: usize, names: &mut Vec<Value>, passed: &mut BTreeSet<Solution>) {
    match value {
        Value::Bool(true) if depth == 0 => {
            passed.insert(names.clone());
        }
        Value::Object(fields) if depth > 0 => {
            for (name, inner) in fields.iter() {
                names.push(name.clone());
                collect_true(inner, depth - 1, names, passed);
                names.pop();
            }
        }
        _ => {}
    }
}

fn broken(complaint: Complaint) -> Outcome {
    let at = if complaint.line == 0 { String::new() } else { format!("{}:{}", complaint.file, complaint.line) };
    Outcome::Broken { at, reason: complaint.words }
}
