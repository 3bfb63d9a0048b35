//! From the engine's syntax tree to ours: the one place that knows what the engine's looks like.

use regorus::unstable as theirs;

use super::syntax as ours;

/// Expressions within expressions. The engine's parser stops at 32 parentheses and the like, but makes chains of
/// operators as long as they come.
const DEPTH: usize = 200;

/// The tree is deeper than anyone would write, and than anyone should walk down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooDeep {
    /// What was being read then.
    pub span: ours::Span,
}

pub fn module(module: &theirs::Module) -> Result<ours::Module, TooDeep> {
    let import = |import: &theirs::Import| {
        Ok(ours::Import {
            span: span(&import.span),
            refr: expr(&import.refr, DEPTH)?,
            name: import.r#as.as_ref().map(span),
        })
    };
    Ok(ours::Module {
        imports: module.imports.iter().map(import).collect::<Result<_, TooDeep>>()?,
        rules: module.policy.iter().map(|one| rule(one)).collect::<Result<_, TooDeep>>()?,
    })
}

fn rule(rule: &theirs::Rule) -> Result<ours::Rule, TooDeep> {
    Ok(match rule {
        theirs::Rule::Spec { span: at, head: of, bodies } => ours::Rule::Spec {
            span: span(at),
            head: head(of)?,
            bodies: bodies.iter().map(body).collect::<Result<_, _>>()?,
        },
        theirs::Rule::Default { span: at, refr, args, value, .. } => ours::Rule::Default {
            span: span(at),
            refr: expr(refr, DEPTH)?,
            args: list(args, DEPTH)?,
            value: expr(value, DEPTH)?,
        },
    })
}

fn head(head: &theirs::RuleHead) -> Result<ours::Head, TooDeep> {
    Ok(match head {
        theirs::RuleHead::Compr { span: at, refr, assign: to } => {
            ours::Head::Compr { span: span(at), refr: expr(refr, DEPTH)?, assign: assign(to.as_ref())? }
        }
        theirs::RuleHead::Set { span: at, refr, key } => ours::Head::Set {
            span: span(at),
            refr: expr(refr, DEPTH)?,
            key: key.as_ref().map(|key| expr(key, DEPTH)).transpose()?,
        },
        theirs::RuleHead::Func { span: at, refr, args, assign: to } => ours::Head::Func {
            span: span(at),
            refr: expr(refr, DEPTH)?,
            args: list(args, DEPTH)?,
            assign: assign(to.as_ref())?,
        },
    })
}

fn body(body: &theirs::RuleBody) -> Result<ours::Body, TooDeep> {
    Ok(ours::Body { assign: assign(body.assign.as_ref())?, is_else: body.is_else, query: query(&body.query, DEPTH)? })
}

fn assign(assign: Option<&theirs::RuleAssign>) -> Result<Option<ours::Assign>, TooDeep> {
    assign.map(|assign| Ok(ours::Assign { value: expr(&assign.value, DEPTH)? })).transpose()
}

fn query(query: &theirs::Query, depth: usize) -> Result<ours::Query, TooDeep> {
    let statement = |statement: &theirs::LiteralStmt| {
        let with = |with: &theirs::WithModifier| Ok(ours::With { span: span(&with.span), value: expr(&with.r#as, depth)? });
        let with_mods = statement.with_mods.iter().map(with).collect::<Result<_, TooDeep>>()?;
        Ok(ours::Statement { span: span(&statement.span), literal: literal(&statement.literal, depth)?, with_mods })
    };
    Ok(ours::Query {
        span: span(&query.span),
        stmts: query.stmts.iter().map(statement).collect::<Result<_, TooDeep>>()?,
    })
}

fn literal(literal: &theirs::Literal, depth: usize) -> Result<ours::Literal, TooDeep> {
    Ok(match literal {
        theirs::Literal::SomeVars { vars, .. } => ours::Literal::SomeVars { vars: vars.iter().map(span).collect() },
        theirs::Literal::SomeIn { key, value, collection, .. } => ours::Literal::SomeIn {
            key: key.as_ref().map(|key| expr(key, depth)).transpose()?,
            value: expr(value, depth)?,
            collection: expr(collection, depth)?,
        },
        theirs::Literal::Expr { expr: one, .. } => ours::Literal::Expr { expr: expr(one, depth)? },
        theirs::Literal::NotExpr { expr: one, .. } => ours::Literal::NotExpr { expr: expr(one, depth)? },
        theirs::Literal::Every { key, value, domain, query: inner, .. } => ours::Literal::Every {
            key: key.as_ref().map(span),
            value: span(value),
            domain: expr(domain, depth)?,
            query: query(inner, depth)?,
        },
    })
}

fn expr(one: &theirs::Expr, depth: usize) -> Result<ours::Expr, TooDeep> {
    let at = span(one.span());
    let Some(depth) = depth.checked_sub(1) else { return Err(TooDeep { span: at }) };
    let boxed = |one: &theirs::Expr| expr(one, depth).map(Box::new);
    Ok(match one {
        theirs::Expr::String { value, .. } => ours::Expr::String { span: at, value: text(value) },
        theirs::Expr::RawString { value, .. } => ours::Expr::RawString { span: at, value: text(value) },
        theirs::Expr::Number { .. } => ours::Expr::Number { span: at },
        theirs::Expr::Bool { value, .. } => ours::Expr::Bool { span: at, value: *value == regorus::Value::Bool(true) },
        theirs::Expr::Null { .. } => ours::Expr::Null { span: at },
        theirs::Expr::Var { span, .. } => ours::Expr::Var { span: at, value: span.text().to_string() },
        theirs::Expr::Array { items, .. } => ours::Expr::Array { span: at, items: list(items, depth)? },
        theirs::Expr::Set { items, .. } => ours::Expr::Set { span: at, items: list(items, depth)? },
        theirs::Expr::Object { fields, .. } => {
            let field = |(of, key, value): &(theirs::Span, theirs::ExprRef, theirs::ExprRef)| {
                Ok((span(of), expr(key, depth)?, expr(value, depth)?))
            };
            ours::Expr::Object { span: at, fields: fields.iter().map(field).collect::<Result<_, TooDeep>>()? }
        }
        theirs::Expr::ArrayCompr { term, query: inner, .. } => {
            ours::Expr::ArrayCompr { span: at, term: boxed(term)?, query: query(inner, depth)? }
        }
        theirs::Expr::SetCompr { term, query: inner, .. } => {
            ours::Expr::SetCompr { span: at, term: boxed(term)?, query: query(inner, depth)? }
        }
        theirs::Expr::ObjectCompr { key, value, query: inner, .. } => {
            ours::Expr::ObjectCompr { span: at, key: boxed(key)?, value: boxed(value)?, query: query(inner, depth)? }
        }
        theirs::Expr::Call { fcn, params, .. } => {
            ours::Expr::Call { span: at, fcn: boxed(fcn)?, params: list(params, depth)? }
        }
        theirs::Expr::UnaryExpr { expr, .. } => ours::Expr::Unary { span: at, expr: boxed(expr)? },
        theirs::Expr::RefDot { refr, field, .. } => {
            ours::Expr::RefDot { span: at, refr: boxed(refr)?, field: (span(&field.0), field.0.text().to_string()) }
        }
        theirs::Expr::RefBrack { refr, index, .. } => {
            ours::Expr::RefBrack { span: at, refr: boxed(refr)?, index: boxed(index)? }
        }
        theirs::Expr::BinExpr { lhs, rhs, .. } => ours::Expr::Binary { span: at, lhs: boxed(lhs)?, rhs: boxed(rhs)? },
        theirs::Expr::BoolExpr { op, lhs, rhs, .. } => {
            ours::Expr::Compare { span: at, op: comparison(op), lhs: boxed(lhs)?, rhs: boxed(rhs)? }
        }
        theirs::Expr::ArithExpr { lhs, rhs, .. } => {
            ours::Expr::Arithmetic { span: at, lhs: boxed(lhs)?, rhs: boxed(rhs)? }
        }
        theirs::Expr::AssignExpr { op, lhs, rhs, .. } => {
            let op = match op {
                theirs::AssignOp::Eq => ours::AssignOp::Eq,
                theirs::AssignOp::ColEq => ours::AssignOp::ColEq,
            };
            ours::Expr::Assign { span: at, op, lhs: boxed(lhs)?, rhs: boxed(rhs)? }
        }
        theirs::Expr::Membership { key, value, collection, .. } => {
            let key = key.as_ref().map(|key| boxed(key)).transpose()?;
            ours::Expr::Membership { span: at, key, value: boxed(value)?, collection: boxed(collection)? }
        }
    })
}

fn list(list: &[theirs::ExprRef], depth: usize) -> Result<Vec<ours::Expr>, TooDeep> {
    list.iter().map(|one| expr(one, depth)).collect()
}

fn comparison(op: &theirs::BoolOp) -> ours::Comparison {
    match op {
        theirs::BoolOp::Lt => ours::Comparison::Lt,
        theirs::BoolOp::Le => ours::Comparison::Le,
        theirs::BoolOp::Eq => ours::Comparison::Eq,
        theirs::BoolOp::Ge => ours::Comparison::Ge,
        theirs::BoolOp::Gt => ours::Comparison::Gt,
        theirs::BoolOp::Ne => ours::Comparison::Ne,
    }
}

fn text(value: &regorus::Value) -> String {
    value.as_string().map_or_else(|_| String::new(), |text| text.to_string())
}

fn span(span: &theirs::Span) -> ours::Span {
    ours::Span {
        start: usize::try_from(span.start).unwrap_or(usize::MAX),
        end: usize::try_from(span.end).unwrap_or(usize::MAX),
    }
}
