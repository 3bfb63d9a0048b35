//! A rule file's syntax tree. Data only: the engine's parser makes it, and what it means is worked out elsewhere.

use std::ops::Range;

#[derive(Debug)]
pub struct Module {
    pub imports: Vec<Import>,
    pub rules: Vec<Rule>,
}

#[derive(Debug)]
pub struct Import {
    pub span: Span,
    pub refr: Expr,
    /// The name after `as`.
    pub name: Option<Span>,
}

/// Bytes of the file's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn range(self) -> Range<usize> {
        self.start..self.end.max(self.start)
    }

    /// The text, or `""` where the span does not fit it.
    pub fn text(self, source: &str) -> &str {
        source.get(self.range()).unwrap_or("")
    }
}

#[derive(Debug)]
pub enum Rule {
    Spec { span: Span, head: Head, bodies: Vec<Body> },
    Default { span: Span, refr: Expr, args: Vec<Expr>, value: Expr },
}

#[derive(Debug)]
pub enum Head {
    /// `name`, `name := value`, `name[key] := value`.
    Compr {
        span: Span,
        refr: Expr,
        assign: Option<Assign>,
    },
    /// `name contains key`, and the older `name[key]`.
    Set {
        span: Span,
        refr: Expr,
        key: Option<Expr>,
    },
    Func {
        span: Span,
        refr: Expr,
        args: Vec<Expr>,
        assign: Option<Assign>,
    },
}

#[derive(Debug)]
pub struct Assign {
    pub value: Expr,
}

#[derive(Debug)]
pub struct Body {
    /// Of an `else := value`.
    pub assign: Option<Assign>,
    pub is_else: bool,
    pub query: Query,
}

#[derive(Debug)]
pub struct Query {
    pub span: Span,
    pub stmts: Vec<Statement>,
}

#[derive(Debug)]
pub struct Statement {
    pub span: Span,
    pub literal: Literal,
    pub with_mods: Vec<With>,
}

#[derive(Debug)]
pub struct With {
    pub span: Span,
    /// What is put there.
    pub value: Expr,
}

#[derive(Debug)]
pub enum Literal {
    SomeVars { vars: Vec<Span> },
    SomeIn { key: Option<Expr>, value: Expr, collection: Expr },
    Expr { expr: Expr },
    NotExpr { expr: Expr },
    Every { key: Option<Span>, value: Span, domain: Expr, query: Query },
}

#[derive(Debug)]
pub enum Expr {
    String { span: Span, value: String },
    RawString { span: Span, value: String },
    Number { span: Span },
    Bool { span: Span, value: bool },
    Null { span: Span },
    Var { span: Span, value: String },
    Array { span: Span, items: Vec<Expr> },
    Set { span: Span, items: Vec<Expr> },
    Object { span: Span, fields: Vec<(Span, Expr, Expr)> },
    ArrayCompr { span: Span, term: Box<Expr>, query: Query },
    SetCompr { span: Span, term: Box<Expr>, query: Query },
    ObjectCompr { span: Span, key: Box<Expr>, value: Box<Expr>, query: Query },
    Call { span: Span, fcn: Box<Expr>, params: Vec<Expr> },
    Unary { span: Span, expr: Box<Expr> },
    RefDot { span: Span, refr: Box<Expr>, field: (Span, String) },
    RefBrack { span: Span, refr: Box<Expr>, index: Box<Expr> },
    Binary { span: Span, lhs: Box<Expr>, rhs: Box<Expr> },
    Compare { span: Span, op: Comparison, lhs: Box<Expr>, rhs: Box<Expr> },
    Arithmetic { span: Span, lhs: Box<Expr>, rhs: Box<Expr> },
    Assign { span: Span, op: AssignOp, lhs: Box<Expr>, rhs: Box<Expr> },
    Membership { span: Span, key: Option<Box<Expr>>, value: Box<Expr>, collection: Box<Expr> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Lt,
    Le,
    Eq,
    Ge,
    Gt,
    Ne,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignOp {
    /// `=`
    Eq,
    /// `:=`
    ColEq,
}

impl Rule {
    pub fn span(&self) -> Span {
        match self {
            Self::Spec { span, .. } | Self::Default { span, .. } => *span,
        }
    }

    /// The name as it stands in the head, with whatever follows it.
    pub fn reference(&self) -> &Expr {
        match self {
            Self::Spec {
                head: Head::Compr { refr, .. } | Head::Set { refr, .. } | Head::Func { refr, .. }, ..
            } => refr,
            Self::Default { refr, .. } => refr,
        }
    }

    /// Whether it defines a function.
    pub fn is_function(&self) -> bool {
        match self {
            Self::Spec { head, .. } => matches!(head, Head::Func { .. }),
            Self::Default { args, .. } => !args.is_empty(),
        }
    }
}

impl Head {
    pub fn span(&self) -> Span {
        match self {
            Self::Compr { span, .. } | Self::Set { span, .. } | Self::Func { span, .. } => *span,
        }
    }
}

impl Expr {
    pub fn span(&self) -> Span {
        match self {
            Self::String { span, .. }
            | Self::RawString { span, .. }
            | Self::Number { span }
            | Self::Bool { span, .. }
            | Self::Null { span }
            | Self::Var { span, .. }
            | Self::Array { span, .. }
            | Self::Set { span, .. }
            | Self::Object { span, .. }
            | Self::ArrayCompr { span, .. }
            | Self::SetCompr { span, .. }
            | Self::ObjectCompr { span, .. }
            | Self::Call { span, .. }
            | Self::Unary { span, .. }
            | Self::RefDot { span, .. }
            | Self::RefBrack { span, .. }
            | Self::Binary { span, .. }
            | Self::Compare { span, .. }
            | Self::Arithmetic { span, .. }
            | Self::Assign { span, .. }
            | Self::Membership { span, .. } => *span,
        }
    }

    /// The words of `a.b["c"]`; `None` when a part is not constant.
    pub fn path(&self) -> Option<Vec<&str>> {
        let mut words = Vec::new();
        let mut at = self;
        loop {
            match at {
                Self::Var { value, .. } => {
                    words.push(value.as_str());
                    words.reverse();
                    return Some(words);
                }
                Self::RefDot { refr, field: (_, field), .. } => {
                    words.push(field);
                    at = refr;
                }
                Self::RefBrack { refr, index, .. } => {
                    words.push(index.word()?);
                    at = refr;
                }
                _ => return None,
            }
        }
    }

    /// The variable that a reference begins with.
    pub fn root(&self) -> Option<&str> {
        let mut at = self;
        loop {
            match at {
                Self::Var { value, .. } => return Some(value),
                Self::RefDot { refr, .. } | Self::RefBrack { refr, .. } => at = refr,
                _ => return None,
            }
        }
    }

    /// A constant string.
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::String { value, .. } | Self::RawString { value, .. } => Some(value),
            _ => None,
        }
    }
}
