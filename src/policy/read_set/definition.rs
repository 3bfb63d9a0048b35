//! Rules and functions: what their definitions, taken together, can be.

use super::scope::Frame;
use super::thing::{self, Thing, Value};
use super::{Analysis, At, DEPTH};
use crate::policy::syntax::{Assign, AssignOp, Body, Expr, Head, Literal, Query, Rule, Span};

/// Arguments that a function's definition takes.
pub fn arity(rule: &Rule) -> usize {
    match rule {
        Rule::Spec { head: Head::Func { args, .. }, .. } | Rule::Default { args, .. } => args.len(),
        Rule::Spec { .. } => 0,
    }
}

impl<'p> Analysis<'p> {
    /// What a rule can be. `from` is where it is referred to; `None` where it is asked by the gate.
    pub(super) fn rule(&mut self, unit: usize, name: &str, from: Option<At>) -> Value {
        let node = (unit, name.to_string());
        if let Some(value) = self.rules.get(&node) {
            return value.clone();
        }
        let Some(rules) = self.program.units[unit].rules.get(name) else { return Value::new() };
        let from = from.unwrap_or(At { unit, span: rules.first().map_or(Span { start: 0, end: 0 }, Rule::span) });
        let value = self.within(node.clone(), from, |this| {
            let value = rules.iter().flat_map(|rule| this.rule_definition(unit, rule)).collect();
            if !is_certain(rules) {
                // Several values are an error, so they are compared.
                this.consume(from, &value);
            }
            value
        });
        self.rules.insert(node, value.clone());
        value
    }

    fn rule_definition(&mut self, unit: usize, rule: &'p Rule) -> Value {
        let mut frame = Frame::new(unit);
        match rule {
            Rule::Default { refr, value, .. } => {
                let value = self.expression(&mut frame, value);
                self.at_reference(&mut frame, refr, value)
            }
            Rule::Spec { head: Head::Compr { refr, assign, .. }, bodies, .. } => {
                self.bodies(&mut frame, assign.as_ref(), bodies, |this, frame, value| {
                    let value = value.map_or_else(thing::computed, |value| this.expression(frame, value));
                    this.at_reference(frame, refr, value)
                })
            }
            Rule::Spec { head: Head::Set { refr, key, .. }, bodies, .. } => {
                self.bodies(&mut frame, None, bodies, |this, frame, _| {
                    let member = key.as_ref().map_or_else(thing::computed, |key| this.consumed(frame, key));
                    if let (Expr::Var { value: name, .. }, Some(key)) = (refr, key) {
                        this.check_member(frame, name, key, &member);
                    }
                    this.at_reference(frame, refr, thing::one(Thing::List(member)))
                })
            }
            Rule::Spec { head: Head::Func { .. }, .. } => Value::new(),
        }
    }

    /// What `a` is, when `a.b[c]` is `value`.
    fn at_reference(&mut self, frame: &mut Frame, reference: &Expr, value: Value) -> Value {
        let mut value = value;
        let mut at = reference;
        loop {
            match at {
                Expr::RefDot { refr, field: (_, field), .. } => {
                    value = thing::one(Thing::Object([(field.clone(), value)].into()));
                    at = refr;
                }
                Expr::RefBrack { refr, index, .. } => {
                    self.consumed(frame, index);
                    value = thing::one(match index.word() {
                        Some(word) => Thing::Object([(word.to_string(), value)].into()),
                        None => Thing::Map(value),
                    });
                    at = refr;
                }
                _ => return value,
            }
        }
    }

    /// What a function can return for these arguments.
    pub(super) fn function(&mut self, unit: usize, name: &str, arguments: &[Value], from: Option<At>) -> Value {
        let node = (unit, name.to_string());
        let call = (node.clone(), arguments.to_vec());
        if let Some(value) = self.calls.get(&call) {
            return value.clone();
        }
        let Some(rules) = self.program.units[unit].functions.get(name) else { return Value::new() };
        let from = from.unwrap_or(At { unit, span: rules.first().map_or(Span { start: 0, end: 0 }, Rule::span) });
        let value = self.within(node, from, |this| {
            let value = rules.iter().flat_map(|rule| this.function_definition(unit, rule, arguments)).collect();
            if !is_certain(rules) {
                this.consume(from, &value);
            }
            value
        });
        self.calls.insert(call, value.clone());
        value
    }

    fn function_definition(&mut self, unit: usize, rule: &'p Rule, arguments: &[Value]) -> Value {
        let mut frame = Frame::new(unit);
        let (patterns, assign, bodies) = match rule {
            Rule::Spec { head: Head::Func { args, assign, .. }, bodies, .. } => {
                (args, assign.as_ref(), bodies.as_slice())
            }
            Rule::Default { value, .. } => return self.expression(&mut frame, value),
            Rule::Spec { .. } => return Value::new(),
        };
        for (pattern, argument) in patterns.iter().zip(arguments) {
            self.declare_pattern(&mut frame, pattern);
            self.bind_pattern(&mut frame, pattern, argument, AssignOp::ColEq);
        }
        self.bodies(&mut frame, assign, bodies, |this, frame, value| {
            value.map_or_else(thing::computed, |value| this.expression(frame, value))
        })
    }

    /// Follows every body, and in each one's scope what it leads to: `outcome` gets the head's value or the `else`'s.
    fn bodies(
        &mut self,
        frame: &mut Frame,
        assign: Option<&'p Assign>,
        bodies: &'p [Body],
        mut outcome: impl FnMut(&mut Self, &mut Frame, Option<&'p Expr>) -> Value,
    ) -> Value {
        let head = assign.map(|assign| &assign.value);
        if bodies.is_empty() {
            const NOTHING: &Query = &Query { span: Span { start: 0, end: 0 }, stmts: Vec::new() };
            return self.in_query(frame, NOTHING, |this, frame| outcome(this, frame, head));
        }
        let mut value = Value::new();
        for body in bodies {
            let own = body.assign.as_ref().map(|assign| &assign.value);
            let told = if body.is_else { own } else { own.or(head) };
            value.extend(self.in_query(frame, &body.query, |this, frame| outcome(this, frame, told)));
        }
        value
    }

    /// Follows a rule or function while noting that it is being followed. What is inside it is certain whatever is
    /// unsettled outside.
    fn within(&mut self, node: super::Node, from: At, follow: impl FnOnce(&mut Self) -> Value) -> Value {
        self.seen.insert(node.clone());
        if self.active.contains(&node) {
            self.note(
                from,
                format!("'{}' leads back to itself", node.1),
                "rules and functions may not call themselves, directly or through others",
            );
            self.lost = true;
            return thing::computed();
        }
        if self.active.len() >= DEPTH {
            self.note(from, format!("rules and functions more than {DEPTH} deep in each other"), "");
            self.lost = true;
            return thing::computed();
        }
        self.active.push(node);
        let tentative = std::mem::take(&mut self.tentative);
        let value = follow(self);
        self.tentative = tentative;
        self.active.pop();
        value
    }
}

/// Whether there is one value at most, so that none is compared with another: one definition, without iteration,
/// perhaps with `else`.
fn is_certain(rules: &[Rule]) -> bool {
    let mut specs = rules.iter().filter(|rule| matches!(rule, Rule::Spec { .. }));
    let (Some(Rule::Spec { head, bodies, .. }), None) = (specs.next(), specs.next()) else {
        return false;
    };
    let head = match head {
        Head::Compr { assign, .. } | Head::Func { assign, .. } => assign.as_ref(),
        Head::Set { .. } => None,
    };
    let mut values = head.into_iter().chain(bodies.iter().filter_map(|body| body.assign.as_ref()));
    let mut statements = bodies.iter().flat_map(|body| &body.query.stmts);
    bodies.iter().skip(1).all(|body| body.is_else)
        && !values.any(|assign| expression_may_iterate(&assign.value))
        && !statements.any(|statement| may_iterate(&statement.literal))
}

fn may_iterate(literal: &Literal) -> bool {
    match literal {
        Literal::SomeVars { .. } | Literal::SomeIn { .. } => true,
        Literal::Expr { expr } | Literal::NotExpr { expr } => expression_may_iterate(expr),
        // What happens inside stays inside.
        Literal::Every { domain, .. } => expression_may_iterate(domain),
    }
}

fn expression_may_iterate(expr: &Expr) -> bool {
    let any = |list: &[Expr]| list.iter().any(expression_may_iterate);
    match expr {
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. }
        | Expr::Var { .. } => false,
        Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. } => false,
        Expr::Array { items, .. } | Expr::Set { items, .. } => any(items),
        Expr::Object { fields, .. } => {
            fields.iter().any(|(_, key, value)| expression_may_iterate(key) || expression_may_iterate(value))
        }
        Expr::Call { fcn, params, .. } => any(params) || fcn.path().is_none(),
        Expr::Unary { expr, .. } => expression_may_iterate(expr),
        Expr::RefDot { refr, .. } => expression_may_iterate(refr),
        Expr::RefBrack { refr, index, .. } => {
            expression_may_iterate(refr) || !matches!(**index, Expr::String { .. } | Expr::Number { .. })
        }
        Expr::Binary { lhs, rhs, .. }
        | Expr::Compare { lhs, rhs, .. }
        | Expr::Arithmetic { lhs, rhs, .. }
        | Expr::Assign { lhs, rhs, .. } => expression_may_iterate(lhs) || expression_may_iterate(rhs),
        Expr::Membership { key, value, collection, .. } => {
            key.as_deref().is_some_and(expression_may_iterate)
                || expression_may_iterate(value)
                || expression_may_iterate(collection)
        }
    }
}
