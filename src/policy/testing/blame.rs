//! Why a test failed: the first statement that does not hold though all before it do, and what its parts come to.
//!
//! Asked of the engine, with probes: rules put beside the test, in its package and with its imports, whose bodies are
//! the test's own statements up to a point. Where a probe cannot be evaluated, less is told; never something else.

use std::collections::BTreeSet;

use regorus::Value;

use crate::policy::syntax::{Expr, Literal, Query};

use super::bench::Bench;
use super::case::{Definition, Test, TestFile};
use super::value;
use super::walk;
use super::{Fault, Part, Reason};

mod parts;

use parts::{Named, Scope};

/// The names of one subtest, outermost first.
pub type Solution = Vec<Value>;

/// What probes and their variables are called: nothing an author would write.
const PROBE: &str = "refgate_probe";

/// Characters shown of a part's value.
const BRIEF: usize = 300;

/// The names of all subtests, whatever comes of them.
pub fn names(bench: &Bench<'_>, file: &TestFile<'_>, test: &Test<'_>) -> BTreeSet<Solution> {
    let mut all = BTreeSet::new();
    for definition in &test.definitions {
        for query in &definition.queries {
            let names: Vec<&str> = definition.names.iter().map(|name| file.written().expression(name)).collect();
            let body = body(file, &statements(file, query)[..bound_after(definition, query)]);
            let probe = format!("{PROBE} contains [{}] if {body}", names.join(", "));
            let found = Probes::new(bench, file, &probe).map(|mut probes| probes.solutions(PROBE)).unwrap_or_default();
            all.extend(found);
        }
    }
    all
}

/// What did not hold in each of the test's bodies; for a subtest, in those that are about it.
pub fn why(bench: &Bench<'_>, file: &TestFile<'_>, test: &Test<'_>, subtest: Option<&Solution>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for definition in &test.definitions {
        for query in &definition.queries {
            let inquiry = Inquiry { bench, file, definition, query, subtest };
            faults.extend(inquiry.fault(true).or_else(|| inquiry.fault(false)).flatten());
        }
    }
    faults
}

/// One body of a test that did not come out true.
struct Inquiry<'a> {
    bench: &'a Bench<'a>,
    file: &'a TestFile<'a>,
    definition: &'a Definition<'a>,
    query: &'a Query,
    subtest: Option<&'a Solution>,
}

impl Inquiry<'_> {
    /// The outer `None`: the probes could not be evaluated. The inner: nothing is wrong here, or it is about others.
    fn fault(&self, with_values: bool) -> Option<Option<Fault>> {
        let asked: Vec<Vec<Named>> = self
            .query
            .stmts
            .iter()
            .enumerate()
            .map(|(at, _)| if with_values { self.parts(at) } else { Vec::new() })
            .collect();
        let mut text = String::new();
        for reached in 0..=self.query.stmts.len() {
            let parts: Vec<&str> = asked.get(reached).into_iter().flatten().map(|named| named.probe.as_str()).collect();
            text += &format!("{PROBE}_{reached} contains [{}] if {}\n\n", parts.join(", "), self.body(reached));
        }
        let mut probes = Probes::new(self.bench, self.file, &text)?;
        if self.subtest.is_some() && probes.evaluate(&format!("{PROBE}_{}", self.bound_after()))?.is_empty() {
            return Some(None);
        }
        for (at, parts) in asked.into_iter().enumerate() {
            if probes.evaluate(&format!("{PROBE}_{}", at + 1))?.is_empty() {
                let before = probes.evaluate(&format!("{PROBE}_{at}"))?;
                return Some(Some(self.told(at, &parts, &before)));
            }
        }
        Some(None)
    }

    fn told(&self, at: usize, asked: &[Named], solutions: &[Solution]) -> Fault {
        let statement = &self.query.stmts[at];
        let written = self.file.written();
        // A part that has no value is an empty list.
        let values: Vec<Option<&Value>> = match solutions.first() {
            Some(solution) => {
                solution.iter().map(|found| found.as_array().ok().and_then(|found| found.first())).collect()
            }
            None => Vec::new(),
        };
        let known: Vec<(&Named, Option<&Value>)> = asked.iter().zip(values).collect();
        let missing = |named: &Named| {
            known.iter().any(|(other, value)| {
                other.expression == *named.prefix_of.as_ref().unwrap_or(&named.expression) && value.is_none()
            })
        };
        let parts = known
            .iter()
            .filter(|(named, _)| named.shown && (named.prefix_of.is_none() || missing(named)))
            .map(|(named, value)| Part {
                expression: named.expression.clone(),
                value: value.map_or("undefined".to_string(), |value| value::brief(value, BRIEF)),
            })
            .collect();
        Fault {
            line: written.line(statement.span.start),
            expression: written.statement(statement).to_string(),
            reason: reason(&statement.literal, &known),
            parts,
            others: solutions.len().saturating_sub(1),
        }
    }

    fn parts(&self, at: usize) -> Vec<Named> {
        let mut bound = BTreeSet::new();
        for statement in &self.query.stmts[..at] {
            walk::statement(statement, &mut |expression| bound.extend(parts::variable(expression)));
        }
        let scope = Scope { file: self.file, bound };
        scope.parts(&self.query.stmts[at])
    }

    /// The first statements, and which subtest is meant as soon as its name is bound.
    fn body(&self, length: usize) -> String {
        let mut statements = statements(self.file, self.query);
        statements.truncate(length);
        if let Some(names) = self.subtest
            && length >= self.bound_after()
        {
            let names =
                self.definition.names.iter().zip(names).map(|(name, value)| {
                    format!("{} == {}", self.file.written().expression(name), value::one_line(value))
                });
            let at = self.bound_after();
            statements.splice(at..at, names);
        }
        body(self.file, &statements)
    }

    fn bound_after(&self) -> usize {
        bound_after(self.definition, self.query)
    }
}

fn reason(literal: &Literal, known: &[(&Named, Option<&Value>)]) -> Reason {
    let value = |place: usize| known.get(place).map(|(_, value)| *value);
    let pretty = |value: Option<&Value>| value.map_or("undefined".to_string(), value::pretty);
    match literal {
        Literal::Every { .. } => match value(0).flatten() {
            Some(Value::Array(members)) => {
                Reason::NotEvery(members.iter().map(|member| value::brief(member, BRIEF)).collect())
            }
            _ => Reason::Unknown,
        },
        Literal::Expr { expr } if parts::is_equality(expr) => match (value(0), value(1)) {
            (Some(actual), Some(expected)) => Reason::Differs { actual: pretty(actual), expected: pretty(expected) },
            _ => Reason::Unknown,
        },
        Literal::Expr { .. } | Literal::NotExpr { .. } | Literal::SomeIn { .. } => match known.first() {
            Some((named, value)) if named.whole => {
                Reason::Was(value.map_or("undefined".to_string(), |value| value::brief(value, BRIEF)))
            }
            _ => Reason::Unknown,
        },
        Literal::SomeVars { .. } => Reason::Unknown,
    }
}

/// After how many statements the variables of the subtest's name have come up; what names them first binds them.
fn bound_after(definition: &Definition<'_>, query: &Query) -> usize {
    let mut missing = BTreeSet::new();
    for name in &definition.names {
        walk::expression(name, &mut |expression: &Expr| missing.extend(parts::variable(expression)));
    }
    for (at, statement) in query.stmts.iter().enumerate() {
        if missing.is_empty() {
            return at;
        }
        walk::statement(statement, &mut |expression| {
            if let Some(variable) = parts::variable(expression) {
                missing.remove(&variable);
            }
        });
    }
    query.stmts.len()
}

fn statements(file: &TestFile<'_>, query: &Query) -> Vec<String> {
    query.stmts.iter().map(|statement| file.written().statement(statement).to_string()).collect()
}

fn body(_: &TestFile<'_>, statements: &[String]) -> String {
    match statements {
        [] => "true".to_string(),
        some => format!("{{\n{}\n}}", some.join("\n")),
    }
}

/// An engine with probes in it.
struct Probes {
    engine: regorus::Engine,
    package: String,
}

impl Probes {
    /// `None` where the engine does not take the rules.
    fn new(bench: &Bench<'_>, file: &TestFile<'_>, rules: &str) -> Option<Self> {
        let mut engine = bench.engine.clone();
        engine
            .add_policy(
                "probe.rego".to_string(),
                format!("package {}\n\n{}\n{rules}\n", file.package, file.import_lines),
            )
            .ok()?;
        engine.eval_query("true".to_string(), false).ok()?;
        Some(Self { engine, package: file.package.clone() })
    }

    /// The members of a probe, each a list.
    fn evaluate(&mut self, probe: &str) -> Option<Vec<Solution>> {
        let found = self.engine.eval_rule(format!("data.{}.{probe}", self.package)).ok();
        let _ = self.engine.take_prints();
        match found? {
            Value::Set(members) => {
                members.iter().map(|member| member.as_array().ok().map(|list| list.iter().cloned().collect())).collect()
            }
            _ => Some(Vec::new()),
        }
    }

    fn solutions(&mut self, probe: &str) -> Vec<Solution> {
        self.evaluate(probe).unwrap_or_default()
    }
}
