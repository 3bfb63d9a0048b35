//! Bodies: statements in any order, and the variables they give values to.

use super::scope::Frame;
use super::thing::{self, Value};
use super::{Analysis, At};
use crate::policy::syntax::{AssignOp, Expr, Literal, Query, Span, Statement};

/// Times that a body is gone through until its variables stay as they are.
const PASSES: usize = 8;

impl Analysis<'_> {
    /// Follows a body in a scope of its own, and then `outcome` in that scope.
    ///
    /// Rego has no order of statements, so they are gone through until nothing new comes up; only then is it certain
    /// what is wrong.
    pub(super) fn in_query(
        &mut self,
        frame: &mut Frame,
        query: &Query,
        mut outcome: impl FnMut(&mut Self, &mut Frame) -> Value,
    ) -> Value {
        frame.open();
        for statement in &query.stmts {
            self.declare(frame, statement);
        }
        let mut pass = |this: &mut Self, frame: &mut Frame| match this.statements(frame, query) {
            true => outcome(this, frame),
            false => Value::new(),
        };
        let withheld_before = self.withheld;
        self.tentative += 1;
        let mut settled = None;
        for _ in 0..PASSES {
            let before = frame.snapshot();
            self.withheld = false;
            let value = pass(self, frame);
            if frame.is_as_in(&before) {
                settled = Some(value);
                break;
            }
        }
        self.tentative -= 1;
        let tangled = settled.is_none();
        let value = match settled.filter(|_| !self.withheld) {
            // Once more would be the very same.
            Some(value) => value,
            None => {
                self.withheld = false;
                pass(self, frame)
            }
        };
        if tangled {
            self.lose(At { unit: frame.unit, span: query.span }, "this body is too tangled to tell what it reads");
        }
        self.withheld |= withheld_before;
        frame.close();
        value
    }

    /// Goes through a body; false when it cannot be true for this binding.
    fn statements(&mut self, frame: &mut Frame, query: &Query) -> bool {
        for statement in &query.stmts {
            self.statement(frame, statement);
            if self.is_ruled_out(frame, &statement.literal) {
                return false;
            }
        }
        true
    }

    fn statement(&mut self, frame: &mut Frame, statement: &Statement) {
        if let Some(with) = statement.with_mods.first() {
            let at = At { unit: frame.unit, span: with.span };
            self.complain(at, "'with' puts something in the place of what was pushed", "it belongs into tests");
        }
        match &statement.literal {
            Literal::SomeVars { .. } => {}
            Literal::SomeIn { key, value, collection } => {
                let at = At { unit: frame.unit, span: collection.span() };
                let whole = self.expression(frame, collection);
                let members = self.members(at, &whole);
                if let Some(key) = key {
                    let keys = self.keys(&whole);
                    self.bind_pattern(frame, key, &keys, AssignOp::ColEq);
                }
                self.bind_pattern(frame, value, &members, AssignOp::ColEq);
            }
            Literal::Expr { expr } | Literal::NotExpr { expr } => {
                self.consumed(frame, expr);
            }
            Literal::Every { key, value, domain, query } => {
                let at = At { unit: frame.unit, span: domain.span() };
                let whole = self.expression(frame, domain);
                let members = self.members(at, &whole);
                frame.open();
                let keys = self.keys(&whole);
                for (span, value) in key.iter().map(|key| (key, &keys)).chain([(value, &members)]) {
                    let name = self.text(frame, *span);
                    self.declare_name(frame, At { unit: frame.unit, span: *span }, &name, true);
                    frame.bind(&name, value);
                }
                self.in_query(frame, query, |_, _| thing::computed());
                frame.close();
            }
        }
    }

    fn text(&self, frame: &Frame, span: Span) -> String {
        self.program.units[frame.unit].text(span).to_string()
    }

    /// The variables that a statement declares in its body's scope.
    fn declare(&mut self, frame: &mut Frame, statement: &Statement) {
        match &statement.literal {
            Literal::SomeVars { vars } => {
                for var in vars {
                    let name = self.text(frame, *var);
                    self.declare_name(frame, At { unit: frame.unit, span: *var }, &name, false);
                }
            }
            Literal::SomeIn { key, value, .. } => {
                key.iter().chain([value]).for_each(|pattern| self.declare_pattern(frame, pattern));
            }
            Literal::Expr { expr: Expr::Assign { op: AssignOp::ColEq, lhs, .. } } => self.declare_pattern(frame, lhs),
            Literal::Expr { .. } | Literal::NotExpr { .. } | Literal::Every { .. } => {}
        }
    }

    pub(super) fn declare_pattern(&mut self, frame: &mut Frame, pattern: &Expr) {
        match pattern {
            Expr::Var { span, value } => self.declare_name(frame, At { unit: frame.unit, span: *span }, value, true),
            Expr::Array { items, .. } => items.iter().for_each(|item| self.declare_pattern(frame, item)),
            Expr::Object { fields, .. } => fields.iter().for_each(|(_, _, value)| self.declare_pattern(frame, value)),
            _ => {}
        }
    }

    fn declare_name(&mut self, frame: &mut Frame, at: At, name: &str, bound: bool) {
        if name == "input" || name == "data" {
            self.complain(at, format!("a variable called '{name}'"), "give it another name");
        } else if name != "_" && !frame.declare(name, bound) {
            self.complain(at, format!("variable '{name}' is declared twice"), "give one of them another name");
        }
    }

    /// `left := right`, or `left = right`, which may give values either way.
    pub(super) fn assignment(&mut self, frame: &mut Frame, op: AssignOp, left: &Expr, right: &Expr) {
        match op {
            AssignOp::ColEq => {
                let value = self.expression(frame, right);
                self.bind_pattern(frame, left, &value, op);
            }
            AssignOp::Eq => {
                let right_value = self.open_or_consumed(frame, right);
                let left_value = self.open_or_consumed(frame, left);
                self.bind_pattern(frame, left, &right_value, op);
                self.bind_pattern(frame, right, &left_value, op);
                let at = At { unit: frame.unit, span: left.span() };
                self.compare(at, &left_value, &right_value);
                self.compare(at, &right_value, &left_value);
                // Once more, now that variables have what there is for them: what is still wrong is.
                self.consumed(frame, left);
                self.consumed(frame, right);
            }
        }
    }

    /// The value, without complaints of variables that have none yet: this is where they get it.
    fn open_or_consumed(&mut self, frame: &mut Frame, side: &Expr) -> Value {
        match side {
            Expr::Var { .. } | Expr::Array { .. } | Expr::Object { .. } => {
                self.tentative += 1;
                let value = self.consumed(frame, side);
                self.tentative -= 1;
                value
            }
            _ => self.consumed(frame, side),
        }
    }

    /// Gives the variables of a pattern what they can be. Taking a value apart, or comparing it, reads it.
    pub(super) fn bind_pattern(&mut self, frame: &mut Frame, pattern: &Expr, value: &Value, op: AssignOp) {
        let at = At { unit: frame.unit, span: pattern.span() };
        match pattern {
            Expr::Var { value: name, .. } if name == "_" => {}
            Expr::Var { value: name, .. } => {
                let foreign = frame.find(name).is_none() && self.program.units[frame.unit].knows(name);
                if foreign {
                    self.consume(at, value);
                    self.consumed(frame, pattern);
                    return;
                }
                frame.bind(name, value);
                if op == AssignOp::Eq {
                    // It may have a value already, which this one is compared with.
                    let all = frame.find(name).map(|local| local.value.clone()).unwrap_or_default();
                    self.consume(at, &all);
                }
            }
            Expr::Array { items, .. } => {
                self.consume(at, value);
                let members = self.members(at, value);
                items.iter().for_each(|item| self.bind_pattern(frame, item, &members, op));
            }
            Expr::Object { fields, .. } => {
                self.consume(at, value);
                for (_, key, item) in fields {
                    let key = self.consumed(frame, key);
                    let part = self.step(at, value, &key);
                    self.bind_pattern(frame, item, &part, op);
                }
            }
            _ => {
                self.consume(at, value);
                if op == AssignOp::ColEq {
                    self.consumed(frame, pattern);
                }
            }
        }
    }
}
