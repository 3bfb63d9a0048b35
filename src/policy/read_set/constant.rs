//! Statements that a binding's parameters settle: what stands behind one that cannot be true is never reached.
//!
//! The engine may put statements into another order, but never before one that names no variable what stands behind
//! it. So leaving out what is behind changes neither answers nor errors.

use serde_json::Value as Json;

use super::Analysis;
use super::scope::Frame;
use crate::policy::syntax::{Comparison, Expr, Head, Literal, Rule};

impl Analysis<'_> {
    /// Whether a statement is false or undefined whatever is pushed.
    pub(super) fn is_ruled_out(&self, frame: &Frame, literal: &Literal) -> bool {
        if self.params.is_none() {
            return false;
        }
        match literal {
            Literal::Expr { expr: Expr::Var { value: name, .. } } => self.rule_is_ruled_out(frame, name),
            Literal::Expr { expr: Expr::Membership { key: None, value, collection, .. } } => {
                let empty = self.param(frame, collection).and_then(Json::as_array).is_some_and(Vec::is_empty);
                empty && names_no_variable(frame, value)
            }
            Literal::Expr { expr } => self.constant(frame, expr) == Some(Json::Bool(false)),
            Literal::NotExpr { expr } => self.constant(frame, expr).is_some_and(|value| value != Json::Bool(false)),
            Literal::Every { .. } | Literal::SomeIn { .. } | Literal::SomeVars { .. } => false,
        }
    }

    /// Whether a name is that of a rule none of whose bodies can be true; it has been followed by now.
    fn rule_is_ruled_out(&self, frame: &Frame, name: &str) -> bool {
        let unit = &self.program.units[frame.unit];
        let Some(rules) = unit.rules.get(name) else { return false };
        let plain = |rule: &Rule| matches!(rule, Rule::Spec { head: Head::Compr { refr: Expr::Var { .. }, .. }, .. });
        let nothing = self.rules.get(&(frame.unit, name.to_string())).is_some_and(|value| value.is_empty());
        nothing && frame.find(name).is_none() && !unit.imports.contains_key(name) && rules.iter().all(plain)
    }

    /// The value of an expression that only parameters and constants take part in.
    fn constant(&self, frame: &Frame, expr: &Expr) -> Option<Json> {
        match expr {
            Expr::Bool { value, .. } => Some(Json::Bool(*value)),
            Expr::String { value, .. } | Expr::RawString { value, .. } => Some(Json::String(value.clone())),
            Expr::Number { span } => self.program.units[frame.unit].text(*span).parse::<i64>().ok().map(Json::from),
            Expr::RefDot { .. } | Expr::RefBrack { .. } => {
                self.param(frame, expr).filter(|value| !value.is_array() && !value.is_object()).cloned()
            }
            Expr::Call { fcn, params, .. } => match (fcn.path()?.as_slice(), params.as_slice()) {
                (["count"], [list]) if !self.program.units[frame.unit].knows("count") => {
                    Some(Json::from(self.param(frame, list)?.as_array()?.len()))
                }
                _ => None,
            },
            Expr::Compare { op, lhs, rhs, .. } => {
                compare(*op, &self.constant(frame, lhs)?, &self.constant(frame, rhs)?).map(Json::Bool)
            }
            _ => None,
        }
    }

    /// The parameter that a path names.
    fn param(&self, frame: &Frame, expr: &Expr) -> Option<&Json> {
        let path = expr.path()?;
        let (first, rest) = path.split_first()?;
        if frame.find(first).is_some() {
            return None;
        }
        let imported = self.program.units[frame.unit].imports.get(*first);
        let full: Vec<&str> = match imported {
            Some(imported) => imported.path.iter().map(String::as_str).chain(rest.iter().copied()).collect(),
            None => path,
        };
        match full.as_slice() {
            ["input", "params", name] => self.params?.get(*name),
            _ => None,
        }
    }
}

/// Whether an expression is a path that no local variable takes part in.
fn names_no_variable(frame: &Frame, expr: &Expr) -> bool {
    expr.path().is_some_and(|path| path.first().is_some_and(|first| frame.find(first).is_none()))
}

fn compare(op: Comparison, left: &Json, right: &Json) -> Option<bool> {
    match op {
        Comparison::Eq => Some(left == right),
        Comparison::Ne => Some(left != right),
        Comparison::Lt => Some(left.as_i64()? < right.as_i64()?),
        Comparison::Le => Some(left.as_i64()? <= right.as_i64()?),
        Comparison::Ge => Some(left.as_i64()? >= right.as_i64()?),
        Comparison::Gt => Some(left.as_i64()? > right.as_i64()?),
    }
}
