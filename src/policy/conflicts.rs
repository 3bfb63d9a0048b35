//! Rules of one name that cannot stand beside each other. The engine would find out when it comes to them, if it does.

use super::program::Unit;
use super::read_set::arity;
use super::syntax::{Expr, Head, Rule, Span};
use crate::problem::Problem;

/// What the rules of one name make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `x[key] := value`, `x[key] if …`.
    Object,
    /// `x contains member`.
    Set,
    /// `x := value`, `x if …`.
    Value,
}

impl Kind {
    fn of(rule: &Rule) -> Option<Self> {
        match rule {
            Rule::Spec { head: Head::Set { refr: Expr::Var { .. }, .. }, .. } => Some(Self::Set),
            Rule::Spec { head: Head::Compr { refr: Expr::Var { .. }, .. }, .. } | Rule::Default { .. } => {
                Some(Self::Value)
            }
            Rule::Spec { head: Head::Compr { refr: Expr::RefBrack { refr, .. }, .. }, .. } => {
                matches!(**refr, Expr::Var { .. }).then_some(Self::Object)
            }
            // `x.a.b`: each such name is a rule by itself.
            Rule::Spec { .. } => None,
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Set => "a set",
            Self::Value => "a value",
        }
    }
}

pub fn check(unit: &Unit<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, functions) in &unit.functions {
        problems.extend(unit.rules.get(name).and_then(|rules| rules.first()).map(|rule| {
            let words = format!("'{name}' is a rule and a function");
            conflict(unit, rule.reference().span(), functions.first(), words, "a function here")
        }));
        let first = functions.first().map_or(0, arity);
        let other = functions.iter().find(|function| arity(function) != first);
        problems.extend(other.map(|function| {
            let words = format!("'{name}' takes {} arguments here and {first} there", arity(function));
            conflict(unit, function.reference().span(), functions.first(), words, "first here")
        }));
    }
    for (name, rules) in &unit.rules {
        let kinds: Vec<(Kind, &Rule)> = rules.iter().filter_map(|rule| Some((Kind::of(rule)?, rule))).collect();
        let Some((first, _)) = kinds.first() else { continue };
        problems.extend(kinds.iter().find(|(kind, _)| kind != first).map(|(kind, rule)| {
            let words = format!("'{name}' is {} here and {} there", kind.noun(), first.noun());
            conflict(unit, rule.reference().span(), rules.first(), words, "first here")
        }));
        problems.extend(second(rules, |rule| matches!(rule, Rule::Default { .. })).map(|(first, rule)| {
            conflict(unit, rule.span(), Some(first), format!("'{name}' has a second default"), "first here")
        }));
        problems.extend(two_values(unit, name, rules));
    }
    problems
}

/// Two values that hold whatever is pushed.
fn two_values(unit: &Unit<'_>, name: &str, rules: &[Rule]) -> Option<Problem> {
    let value = |rule: &Rule| match rule {
        Rule::Spec { head: Head::Compr { refr: Expr::Var { .. }, assign: Some(assign), .. }, bodies, .. }
            if bodies.iter().all(|body| body.query.stmts.is_empty()) && is_constant(&assign.value) =>
        {
            Some(unit.text(assign.value.span()))
        }
        _ => None,
    };
    let (first, rule) = second(rules, |rule| value(rule).is_some())?;
    let words = format!("'{name}' is always {} and always {}", value(first)?, value(rule)?);
    (value(first) != value(rule)).then(|| conflict(unit, rule.span(), Some(first), words, "first here"))
}

/// The first rule of a kind, and the next.
fn second(rules: &[Rule], wanted: impl Fn(&Rule) -> bool) -> Option<(&Rule, &Rule)> {
    let mut found = rules.iter().filter(|rule| wanted(rule));
    Some((found.next()?, found.next()?))
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr, Expr::Bool { .. } | Expr::Null { .. } | Expr::Number { .. } | Expr::String { .. })
}

fn conflict(unit: &Unit<'_>, at: Span, first: Option<&Rule>, words: String, label: &str) -> Problem {
    let problem = unit.problem(at.range(), words).help("give one of them another name");
    match first {
        Some(first) => problem.also(&unit.file.path, &unit.file.text, first.reference().span().range(), label),
        None => problem,
    }
}
