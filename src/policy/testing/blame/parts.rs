//! Which parts of a statement are worth telling the value of, and how to ask for it.

use std::collections::BTreeSet;

use crate::policy::syntax::{Comparison, Expr, Literal, Statement};
use crate::policy::testing::case::TestFile;
use crate::policy::testing::walk;

use super::PROBE;

/// Parts told of one statement.
const MOST: usize = 10;

/// A part of a statement.
pub struct Named {
    /// As it is written.
    pub expression: String,
    /// A list of its values: empty when it has none.
    pub probe: String,
    /// It is told as a part; what the reason tells already is not.
    pub shown: bool,
    /// It is the expression that the statement consists of.
    pub whole: bool,
    /// Told only where this longer reference has no value.
    pub prefix_of: Option<String>,
}

/// What can be spoken of at a place in a test.
pub struct Scope<'a> {
    pub file: &'a TestFile<'a>,
    /// Variables that statements before it name.
    pub bound: BTreeSet<String>,
}

impl Scope<'_> {
    /// For `actual == expected` these two first; for `every` first the members for which it does not hold.
    pub fn parts(&self, statement: &Statement) -> Vec<Named> {
        let modifiers = self.file.written().modifiers(statement);
        let mut parts = Parts { scope: self, modifiers, list: Vec::new() };
        match &statement.literal {
            Literal::SomeVars { .. } => {}
            Literal::SomeIn { collection, .. } => {
                parts.whole(collection);
                parts.inner(collection);
            }
            Literal::Every { key, value, domain, query } => {
                let text = &self.file.file.text;
                let value = value.text(text);
                let (names, member) = match key {
                    Some(key) => (format!("{}, {value}", key.text(text)), format!("[{}, {value}]", key.text(text))),
                    None => (value.to_string(), value.to_string()),
                };
                let domain_text = self.file.written().expression(domain);
                let body = self.file.written().query(query);
                let failing = format!("[{member} | some {names} in {domain_text}; count([1 | {body}]) == 0]");
                parts.add("", &failing, false);
                parts.inner(domain);
            }
            Literal::Expr { expr } => match expr {
                Expr::Compare { op: Comparison::Eq, lhs, rhs, .. } => {
                    let (actual, expected) =
                        if is_constant(lhs) && !is_constant(rhs) { (rhs, lhs) } else { (lhs, rhs) };
                    parts.side(actual);
                    parts.side(expected);
                    parts.inner(actual);
                    parts.inner(expected);
                }
                Expr::Assign { rhs, .. } => {
                    parts.whole(rhs);
                    parts.inner(rhs);
                }
                other => parts.whole_or_inner(other),
            },
            Literal::NotExpr { expr } => parts.whole_or_inner(expr),
        }
        parts.list
    }

    /// Whether every variable that it needs has a value here.
    fn can_ask(&self, expression: &Expr) -> bool {
        let mut all = true;
        free(expression, &mut |name| all &= self.knows(name));
        all
    }

    fn knows(&self, name: &str) -> bool {
        self.bound.contains(name)
            || ["input", "data"].contains(&name)
            || self.file.imports.contains_key(name)
            || self.file.tree.rules.iter().any(|rule| rule.reference().root() == Some(name))
    }

    /// A whole package has too many values to tell.
    fn is_package(&self, expression: &Expr) -> bool {
        match expression.root() {
            Some(root) => {
                root == "data" || (matches!(expression, Expr::Var { .. }) && self.file.imports.contains_key(root))
            }
            None => false,
        }
    }
}

struct Parts<'s> {
    scope: &'s Scope<'s>,
    modifiers: String,
    list: Vec<Named>,
}

impl Parts<'_> {
    /// One side of a comparison: its place in the list is known, so it is always there.
    fn side(&mut self, expression: &Expr) {
        let text = self.scope.file.written().expression(expression).to_string();
        let value =
            if self.scope.can_ask(expression) { self.scope.file.written().expression(expression) } else { "null" };
        self.add(&text, value, false);
    }

    fn whole(&mut self, expression: &Expr) {
        if self.scope.can_ask(expression) {
            let text = self.scope.file.written().expression(expression).to_string();
            self.add(&text, &text, false);
            if let Some(named) = self.list.last_mut() {
                named.whole = true;
            }
        }
    }

    fn whole_or_inner(&mut self, expression: &Expr) {
        // A comparison is no value in Rego.
        if !matches!(expression, Expr::Compare { .. } | Expr::Assign { .. }) {
            self.whole(expression);
        }
        self.inner(expression);
    }

    /// References, variables and calls in it, outer before inner, and it itself unless that is in the list already.
    fn inner(&mut self, expression: &Expr) {
        if self.list.len() >= MOST {
            return;
        }
        match expression {
            Expr::Var { value, .. } if value.starts_with('_') => {}
            Expr::Var { .. } => self.part(expression, None),
            Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => {
                let whole = self.scope.file.written().expression(expression).to_string();
                self.part(expression, None);
                self.below(refr, &whole);
                let mut at = expression;
                while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = at {
                    if let Expr::RefBrack { index, .. } = at {
                        self.inner(index);
                    }
                    at = refr;
                }
                if matches!(at, Expr::Call { .. }) {
                    self.inner(at);
                }
            }
            Expr::Call { params, .. } => {
                self.part(expression, None);
                params.iter().for_each(|param| self.inner(param));
            }
            Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. } => self.part(expression, None),
            other => walk::parts(other, &mut |part| self.inner(part), false),
        }
    }

    /// How far a reference leads.
    fn below(&mut self, expression: &Expr, whole: &str) {
        if let Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } = expression {
            self.part(expression, Some(whole));
            if let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = expression {
                self.below(refr, whole);
            }
        }
    }

    fn part(&mut self, expression: &Expr, prefix_of: Option<&str>) {
        let text = self.scope.file.written().expression(expression).to_string();
        let known = self.list.iter().any(|named| named.expression == text);
        if !known && self.list.len() < MOST && self.scope.can_ask(expression) && !self.scope.is_package(expression) {
            self.add(&text, &text, true);
            if let Some(named) = self.list.last_mut() {
                named.prefix_of = prefix_of.map(str::to_string);
            }
        }
    }

    fn add(&mut self, expression: &str, value: &str, shown: bool) {
        let probe = format!("[{PROBE}_value | {PROBE}_value := {value}{}]", self.modifiers);
        self.list.push(Named { expression: expression.to_string(), probe, shown, whole: false, prefix_of: None });
    }
}

pub fn is_equality(expression: &Expr) -> bool {
    matches!(expression, Expr::Compare { op: Comparison::Eq, .. })
}

/// The name of a variable; a wildcard is none.
pub fn variable(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Var { value, .. } if value != "_" => Some(value.clone()),
        _ => None,
    }
}

/// The variables in an expression, without those that live in a comprehension of it.
fn free(expression: &Expr, visit: &mut dyn FnMut(&str)) {
    if let Expr::Var { value, .. } = expression {
        visit(value);
    }
    walk::parts(expression, &mut |part| free(part, visit), false);
}

/// It says its value itself.
fn is_constant(expression: &Expr) -> bool {
    let mut constant = true;
    walk::expression(expression, &mut |part| {
        constant &= !matches!(part, Expr::Var { .. } | Expr::Call { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. })
            || is_empty_set(part);
    });
    constant
}

/// `set()`, the only way to write it.
fn is_empty_set(expression: &Expr) -> bool {
    matches!(expression, Expr::Call { fcn, params, .. } if params.is_empty() && fcn.root() == Some("set"))
}
