//! What an expression can be, and what evaluating it reads.

use std::collections::{BTreeMap, BTreeSet};

use super::scope::Frame;
use super::thing::{self, Thing, Value};
use super::{Analysis, At};
use crate::input::Shape;
use crate::policy::program::Imported;
use crate::policy::syntax::{AssignOp, Comparison, Expr, Query};
use crate::problem::nearest;

impl Analysis<'_> {
    pub(super) fn expression(&mut self, frame: &mut Frame, expr: &Expr) -> Value {
        let at = At { unit: frame.unit, span: expr.span() };
        if !self.step_allowed() {
            return thing::computed();
        }
        match expr {
            Expr::String { value, .. } | Expr::RawString { value, .. } => thing::word(value),
            Expr::Number { .. } | Expr::Bool { .. } | Expr::Null { .. } => thing::computed(),
            Expr::Var { value, .. } => self.variable(frame, at, value),
            Expr::Array { items, .. } => {
                let members = items.iter().flat_map(|item| self.expression(frame, item)).collect();
                thing::one(Thing::List(members))
            }
            Expr::Set { items, .. } => {
                // A set puts equal members together, so it looks at all of each.
                let members = items.iter().flat_map(|item| self.consumed(frame, item)).collect();
                thing::one(Thing::List(members))
            }
            Expr::Object { fields, .. } => self.object(frame, fields.iter().map(|(_, key, value)| (key, value))),
            Expr::ArrayCompr { term, query, .. } => {
                self.comprehension(frame, query, |this, frame| this.expression(frame, term))
            }
            Expr::SetCompr { term, query, .. } => {
                self.comprehension(frame, query, |this, frame| this.consumed(frame, term))
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                // Two values for a key are an error, so they are compared.
                let values = self.in_query(frame, query, |this, frame| {
                    this.consumed(frame, key);
                    this.consumed(frame, value)
                });
                thing::one(Thing::Map(values))
            }
            Expr::Call { fcn, params, .. } => self.call(frame, at, fcn, params),
            Expr::Unary { expr, .. } => {
                self.consumed(frame, expr);
                thing::computed()
            }
            Expr::RefDot { refr, field: (span, field), .. } => {
                let value = self.expression(frame, refr);
                self.step(At { span: *span, ..at }, &value, &thing::word(field))
            }
            Expr::RefBrack { refr, index, .. } => self.bracket(frame, at, refr, index),
            // Either may be an operation on sets, whose members are those of its operands.
            Expr::Binary { lhs, rhs, .. } | Expr::Arithmetic { lhs, rhs, .. } => {
                let mut both = self.consumed(frame, lhs);
                both.extend(self.consumed(frame, rhs));
                both.retain(|thing| matches!(thing, Thing::List(_)));
                both.insert(Thing::Computed);
                both
            }
            Expr::Compare { op, lhs, rhs, .. } => self.comparison(frame, at, *op, lhs, rhs),
            Expr::Assign { op, lhs, rhs, .. } => {
                self.assignment(frame, *op, lhs, rhs);
                thing::computed()
            }
            Expr::Membership { key, value, collection, .. } => {
                self.membership(frame, at, key.as_deref(), value, collection)
            }
        }
    }

    /// The same, read whole.
    pub(super) fn consumed(&mut self, frame: &mut Frame, expr: &Expr) -> Value {
        let value = self.expression(frame, expr);
        self.consume(At { unit: frame.unit, span: expr.span() }, &value);
        value
    }

    fn comparison(&mut self, frame: &mut Frame, at: At, op: Comparison, lhs: &Expr, rhs: &Expr) -> Value {
        let (left, right) = (self.consumed(frame, lhs), self.consumed(frame, rhs));
        if matches!(op, Comparison::Eq | Comparison::Ne) {
            self.compare(at, &left, &right);
            self.compare(at, &right, &left);
        }
        thing::computed()
    }

    fn membership(&mut self, frame: &mut Frame, at: At, key: Option<&Expr>, value: &Expr, collection: &Expr) -> Value {
        if let Some(key) = key {
            self.consumed(frame, key);
        }
        let value = self.consumed(frame, value);
        let collection = self.consumed(frame, collection);
        for thing in &collection {
            if let Thing::List(members) = thing {
                self.compare(at, &value, members);
            }
        }
        thing::computed()
    }

    fn comprehension(
        &mut self,
        frame: &mut Frame,
        query: &Query,
        term: impl FnMut(&mut Self, &mut Frame) -> Value,
    ) -> Value {
        let members = self.in_query(frame, query, term);
        thing::one(Thing::List(members))
    }

    fn object<'e>(&mut self, frame: &mut Frame, fields: impl Iterator<Item = (&'e Expr, &'e Expr)>) -> Value {
        let mut named: BTreeMap<String, Value> = BTreeMap::new();
        let mut computed = false;
        for (key, value) in fields {
            computed |= key.word().is_none();
            self.consumed(frame, key);
            let value = self.expression(frame, value);
            named.entry(key.word().unwrap_or_default().to_string()).or_default().extend(value);
        }
        if computed {
            return thing::one(Thing::Map(named.into_values().flatten().collect()));
        }
        thing::one(Thing::Object(named))
    }

    /// What a name stands for: a local variable, an import, a rule of this file, `input` or `data`.
    fn variable(&mut self, frame: &mut Frame, at: At, name: &str) -> Value {
        if name == "_" {
            return thing::computed();
        }
        if let Some(local) = frame.find(name) {
            let (value, bound) = (local.value.clone(), local.bound);
            if !bound {
                self.unbound(frame, at, name);
            }
            return value;
        }
        let unit = &self.program.units[frame.unit];
        if let Some(imported) = unit.imports.get(name) {
            return self.imported(frame.unit, imported);
        }
        if unit.rules.contains_key(name) {
            return self.rule(frame.unit, name, Some(at));
        }
        match name {
            "input" => {
                self.touch(&[]);
                thing::one(Thing::Part(Vec::new()))
            }
            "data" => thing::one(Thing::Data(Vec::new())),
            _ => {
                frame.declare(name, false);
                self.unbound(frame, at, name);
                Value::new()
            }
        }
    }

    fn unbound(&mut self, frame: &Frame, at: At, name: &str) {
        let unit = &self.program.units[frame.unit];
        let known = frame
            .names()
            .chain(unit.rules.keys().map(String::as_str))
            .chain(unit.imports.keys().map(String::as_str))
            .chain(["input", "data"]);
        let help = nearest(name, known).map_or(String::new(), |meant| format!("did you mean '{meant}'?"));
        self.complain(at, format!("'{name}' has no value"), help);
    }

    pub(super) fn imported(&mut self, unit: usize, imported: &Imported) -> Value {
        let at = At { unit, span: imported.span };
        let mut words = imported.path.iter();
        let root = match words.next().map(String::as_str) {
            Some("input") => Thing::Part(Vec::new()),
            _ => Thing::Data(Vec::new()),
        };
        words.fold(thing::one(root), |value, word| self.step(at, &value, &thing::word(word)))
    }

    fn bracket(&mut self, frame: &mut Frame, at: At, refr: &Expr, index: &Expr) -> Value {
        let value = self.expression(frame, refr);
        let at = At { span: index.span(), ..at };
        let key = match index {
            // A variable that nothing else gives a value runs over the keys.
            Expr::Var { value: name, .. } if name != "_" && self.is_open(frame, name) => {
                let keys = self.keys(&value);
                frame.bind(name, &keys);
                thing::computed()
            }
            Expr::Array { .. } | Expr::Object { .. } => {
                let keys = self.keys(&value);
                self.bind_pattern(frame, index, &keys, AssignOp::Eq);
                thing::computed()
            }
            _ => self.consumed(frame, index),
        };
        self.step(at, &value, &key)
    }

    /// Whether a name can only be a variable that runs over keys, as far as is known yet.
    fn is_open(&self, frame: &Frame, name: &str) -> bool {
        match frame.find(name) {
            Some(local) => !local.bound,
            None => !self.program.units[frame.unit].knows(name),
        }
    }

    /// Complains of a word that none of the parts a value can be ever is.
    pub(super) fn compare(&mut self, at: At, value: &Value, others: &Value) {
        let mut parts = Vec::new();
        let mut known = BTreeSet::new();
        for thing in value {
            let Thing::Part(steps) = thing else { return };
            match thing::shape(self.input, steps) {
                Some(Shape::Plain { words, .. }) if !words.is_empty() => known.extend(words.iter().map(String::as_str)),
                _ => return,
            }
            parts.push(thing::written(steps));
        }
        for other in others {
            if let (Thing::Word(word), Some(part)) = (other, parts.first())
                && !known.contains(word.as_str())
            {
                let help = match nearest(word, known.iter().copied()) {
                    Some(meant) => format!("did you mean '{meant}'?"),
                    None => format!(
                        "it is one of {}",
                        known.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
                    ),
                };
                self.complain(at, format!("'{part}' is never '{word}'"), help);
            }
        }
    }
}
