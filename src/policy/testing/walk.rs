//! Going through a syntax tree expression by expression. Depth is bounded: the tree came from JSON of bounded depth.

use crate::policy::syntax::{Body, Expr, Head, Literal, Query, Rule, Statement};

/// Every expression of a rule, its head included, outer before inner.
pub fn rule<'t>(rule: &'t Rule, visit: &mut dyn FnMut(&'t Expr)) {
    match rule {
        Rule::Default { value, .. } => expression(value, visit),
        Rule::Spec { head, bodies, .. } => {
            let (key, assign) = match head {
                Head::Set { key, .. } => (key.as_ref(), None),
                Head::Compr { assign, .. } | Head::Func { assign, .. } => (None, assign.as_ref()),
            };
            if let Some(value) = key.or(assign.map(|assign| &assign.value)) {
                expression(value, visit);
            }
            bodies.iter().for_each(|one| body(one, visit));
        }
    }
}

fn body<'t>(body: &'t Body, visit: &mut dyn FnMut(&'t Expr)) {
    if let Some(assign) = &body.assign {
        expression(&assign.value, visit);
    }
    query(&body.query, visit);
}

fn query<'t>(query: &'t Query, visit: &mut dyn FnMut(&'t Expr)) {
    query.stmts.iter().for_each(|one| statement(one, visit));
}

/// Every expression of a statement; what its `with` modifiers put in is not looked at.
pub fn statement<'t>(statement: &'t Statement, visit: &mut dyn FnMut(&'t Expr)) {
    match &statement.literal {
        Literal::SomeVars { .. } => {}
        Literal::SomeIn { key, value, collection } => {
            key.iter().for_each(|key| expression(key, visit));
            expression(value, visit);
            expression(collection, visit);
        }
        Literal::Expr { expr } | Literal::NotExpr { expr } => expression(expr, visit),
        Literal::Every { domain, query: inner, .. } => {
            expression(domain, visit);
            query(inner, visit);
        }
    }
}

/// This expression and every one in it.
pub fn expression<'t>(outer: &'t Expr, visit: &mut dyn FnMut(&'t Expr)) {
    visit(outer);
    parts(outer, &mut |part| expression(part, visit), true);
}

/// The expressions right inside this one; `queries`: also those in the queries of comprehensions.
pub fn parts<'t>(outer: &'t Expr, visit: &mut dyn FnMut(&'t Expr), queries: bool) {
    let inner = |part: &'t Query, visit: &mut dyn FnMut(&'t Expr)| {
        if queries {
            query(part, &mut |one| visit(one));
        }
    };
    match outer {
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. }
        | Expr::Var { .. } => {}
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().for_each(visit),
        Expr::Object { fields, .. } => fields.iter().for_each(|(_, key, value)| {
            visit(key);
            visit(value);
        }),
        Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
            if queries {
                visit(term);
            }
            inner(query, visit);
        }
        Expr::ObjectCompr { key, value, query, .. } => {
            if queries {
                visit(key);
                visit(value);
            }
            inner(query, visit);
        }
        Expr::Call { params, .. } => params.iter().for_each(visit),
        Expr::Unary { expr, .. } => visit(expr),
        Expr::RefDot { refr, .. } => visit(refr),
        Expr::RefBrack { refr, index, .. } => {
            visit(refr);
            visit(index);
        }
        Expr::Binary { lhs, rhs, .. }
        | Expr::Compare { lhs, rhs, .. }
        | Expr::Arithmetic { lhs, rhs, .. }
        | Expr::Assign { lhs, rhs, .. } => {
            visit(lhs);
            visit(rhs);
        }
        Expr::Membership { key, value, collection, .. } => {
            key.iter().for_each(|key| visit(key));
            visit(value);
            visit(collection);
        }
    }
}
