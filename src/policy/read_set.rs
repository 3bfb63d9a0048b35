//! Which parts of its document a rule can read, worked out from its syntax tree.
//!
//! Every expression is followed for what it can *be*: a part of the document, a constant word, a list of such things,
//! or something computed. Taking hold of a part (`c := input.commit`) reads nothing yet; comparing it, computing with
//! it, putting it into a set or a violation reads it whole. What comes out is never less than what the engine reads:
//! asking with the rest left out gives the same answer, and a property test tries to disprove it.
//!
//! On the way, whatever the engine would pass over in silence is an error: a field, parameter, data path or function
//! that does not exist, a status that no value ever has, a function that calls itself.
//!
//! Nothing is evaluated here, and no document is seen.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Defines;
use super::program::Program;
use super::syntax::Span;
use crate::input::{Params, Reads, Shape};
use crate::problem::Problem;
pub use definition::arity;
use thing::{Step, Thing, Value};

mod call;
mod constant;
mod definition;
mod expression;
mod member;
mod query;
mod scope;
mod step;
mod thing;
mod zone;

/// Steps that following one rule may take.
const STEPS: usize = 1_000_000;

/// Rules and functions within each other.
const DEPTH: usize = 32;

/// What following a rule brought up.
pub struct Followed {
    pub reads: Reads,
    pub problems: Vec<Problem>,
}

/// Follows the decisions of the rule in `unit`, whatever its parameters are. `input` is the shape of its document,
/// parameters included.
///
/// What the decisions do not lead to is looked at for mistakes and reads nothing.
pub fn follow(program: &Program<'_>, unit: usize, input: &Shape, defines: Defines) -> Followed {
    let mut analysis = Analysis::new(program, input, unit);
    analysis.follow_decisions(unit, defines);
    let mut aside = Analysis::new(program, input, unit);
    aside.follow_unused(unit, &analysis.seen);
    let mut problems = std::mem::take(&mut analysis.problems);
    problems.extend(aside.problems);
    Followed { reads: analysis.into_reads(), problems: problems.into_values().collect() }
}

/// What the rule can read with these parameters, never more than [`follow`] finds; and what is wrong with them.
pub fn with_params(program: &Program<'_>, unit: usize, input: &Shape, defines: Defines, params: &Params) -> Followed {
    let mut analysis = Analysis::new(program, input, unit);
    analysis.params = Some(params);
    analysis.follow_decisions(unit, defines);
    // Whatever else there is to say of the rule was said by `follow`, or by the tests of a proven one.
    let zones = std::mem::take(&mut analysis.problems).into_iter().filter(|((_, _, words), _)| words == zone::LOCAL);
    let problems = zones.map(|(_, problem)| problem).collect();
    Followed { reads: analysis.into_reads(), problems }
}

/// Looks at a library for mistakes, on its own.
pub fn follow_library(program: &Program<'_>, unit: usize, input: &Shape) -> Vec<Problem> {
    let mut analysis = Analysis::new(program, input, unit);
    analysis.follow_unused(unit, &BTreeSet::new());
    analysis.problems.into_values().collect()
}

/// A place in a file, by the file's index.
#[derive(Clone, Copy, Debug)]
struct At {
    unit: usize,
    span: Span,
}

/// A rule or function: its file and its name.
type Node = (usize, String);

struct Analysis<'p> {
    program: &'p Program<'p>,
    input: &'p Shape,
    /// The binding's parameters, where they count.
    params: Option<&'p Params>,
    /// The rule being followed may read what cannot be followed.
    dynamic: bool,
    reads: Reads,
    /// By file, place and words, so that none is told twice.
    problems: BTreeMap<(usize, usize, String), Problem>,
    /// Something could not be followed, so everything counts as read.
    lost: bool,
    /// What is followed leads to no decision, so arguments are anyone's guess.
    aside: bool,
    rules: HashMap<Node, Value>,
    calls: HashMap<(Node, Vec<Value>), Value>,
    active: Vec<Node>,
    /// Every rule and function that was come across.
    seen: BTreeSet<Node>,
    /// Above 0 while variables are still being settled: what is wrong may come right.
    tentative: usize,
    /// Something would have come out differently had variables been settled.
    withheld: bool,
    steps: usize,
}

impl<'p> Analysis<'p> {
    fn new(program: &'p Program<'p>, input: &'p Shape, unit: usize) -> Self {
        Self {
            program,
            input,
            params: None,
            dynamic: program.units[unit].dynamic,
            reads: Reads::default(),
            problems: BTreeMap::new(),
            lost: false,
            aside: false,
            rules: HashMap::new(),
            calls: HashMap::new(),
            active: Vec::new(),
            seen: BTreeSet::new(),
            tentative: 0,
            withheld: false,
            steps: 0,
        }
    }

    fn follow_decisions(&mut self, unit: usize, defines: Defines) {
        for (name, defined) in [("deny", defines.deny), ("allow", defines.allow), ("warn", defines.warn)] {
            if defined {
                let decision = self.rule(unit, name, None);
                self.consume(At { unit, span: Span { start: 0, end: 0 } }, &decision);
            }
        }
    }

    fn into_reads(self) -> Reads {
        let mut reads = if self.lost { Reads::Whole } else { self.reads };
        reads.read(&["params".to_string()]);
        reads.read(&["version".to_string()]);
        reads
    }

    /// Follows what nothing leads to, for mistakes.
    fn follow_unused(&mut self, unit: usize, seen: &BTreeSet<Node>) {
        let program = self.program;
        self.aside = true;
        for name in program.units[unit].rules.keys() {
            if !seen.contains(&(unit, name.clone())) {
                self.rule(unit, name, None);
            }
        }
        for (name, functions) in &program.units[unit].functions {
            if !seen.contains(&(unit, name.clone())) && !self.seen.contains(&(unit, name.clone())) {
                let arguments = functions.iter().map(definition::arity).max().unwrap_or(0);
                self.function(unit, name, &vec![thing::computed(); arguments], None);
            }
        }
    }

    /// Whether variables have all they can have. Asked where the answer makes a difference.
    fn is_settled(&mut self) -> bool {
        self.withheld |= self.tentative > 0;
        self.tentative == 0
    }

    /// Notes what is wrong, unless it may come right yet.
    fn complain(&mut self, at: At, message: impl Into<String>, help: impl Into<String>) {
        if self.is_settled() {
            self.note(at, message, help);
        }
    }

    /// Notes what is wrong whatever else comes up.
    fn note(&mut self, at: At, message: impl Into<String>, help: impl Into<String>) {
        let message = message.into();
        let problem = self.program.units[at.unit].problem(at.span.range(), message.clone()).help(help);
        self.problems.entry((at.unit, at.span.start, message)).or_insert(problem);
    }

    /// Something cannot be followed: it reads everything, and must be said to.
    fn lose(&mut self, at: At, message: impl Into<String>) {
        if !self.is_settled() {
            return;
        }
        self.lost = true;
        if !self.dynamic {
            let help = "name what is read; or say 'dynamic: true' below 'custom' in the METADATA, and everything counts as read";
            self.complain(at, message, help);
        }
    }

    /// One more step; false when there were too many.
    fn step_allowed(&mut self) -> bool {
        self.steps = self.steps.saturating_add(1);
        if self.steps > STEPS {
            self.lost = true;
        }
        self.steps <= STEPS
    }

    fn touch(&mut self, steps: &[Step]) {
        self.reads.touch(&thing::fields(steps));
    }

    /// Reads everything that a value can be.
    fn consume(&mut self, at: At, value: &Value) {
        for thing in value {
            match thing {
                Thing::Part(steps) => self.reads.read(&thing::fields(steps)),
                Thing::List(members) | Thing::Map(members) => self.consume(at, members),
                Thing::Object(fields) => fields.values().for_each(|field| self.consume(at, field)),
                Thing::Data(path) if path.is_empty() || path.first().is_some_and(|first| first == "refgate") => {
                    self.lose(at, "cannot tell which part of 'data' is read");
                }
                Thing::Package(_) => self.lose(at, "cannot tell which rules of the package are read"),
                Thing::Computed | Thing::Data(_) | Thing::Word(_) => {}
            }
        }
    }
}
