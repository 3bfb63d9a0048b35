//! The text of expressions as their author wrote it. The parser's spans are a little off: they leave out the quotes at
//! the ends of strings, and what ends in `set()` reaches over the word that follows.

use std::ops::Range;

use crate::policy::syntax::{Expr, Literal, Query, Span, Statement, With};

/// A rule file's text, to be cut up.
#[derive(Clone, Copy)]
pub struct Written<'a> {
    pub text: &'a str,
}

impl<'a> Written<'a> {
    pub fn expression(&self, expression: &Expr) -> &'a str {
        self.cut(self.place(expression))
    }

    /// Where an expression stands.
    pub fn place(&self, expression: &Expr) -> Range<usize> {
        self.whole(Span { start: expression.span().start, end: self.end(expression) })
    }

    /// A statement with its `with` modifiers.
    pub fn statement(&self, statement: &Statement) -> &'a str {
        let end = match (statement.with_mods.last(), &statement.literal) {
            (Some(with), _) => self.end(&with.value),
            (None, Literal::Expr { expr } | Literal::NotExpr { expr } | Literal::SomeIn { collection: expr, .. }) => {
                self.end(expr)
            }
            (None, Literal::SomeVars { .. } | Literal::Every { .. }) => statement.span.end,
        };
        self.cut(self.whole(Span { start: statement.span.start, end }))
    }

    /// The `with` modifiers alone, each with a blank before it.
    pub fn modifiers(&self, statement: &Statement) -> String {
        let one = |with: &With| {
            format!(" {}", self.cut(self.whole(Span { start: with.span.start, end: self.end(&with.value) })))
        };
        statement.with_mods.iter().map(one).collect()
    }

    /// Where an expression ends, closing quote aside.
    fn end(&self, expression: &Expr) -> usize {
        match expression {
            Expr::Binary { rhs, .. }
            | Expr::Compare { rhs, .. }
            | Expr::Arithmetic { rhs, .. }
            | Expr::Assign { rhs, .. } => self.end(rhs),
            Expr::Membership { collection, .. } => self.end(collection),
            Expr::Unary { expr, .. } => self.end(expr),
            Expr::Set { span, items } if items.is_empty() => {
                let after = self.text.get(span.start..).and_then(|rest| rest.find(')'));
                after.map_or(span.end, |after| span.start + after + 1)
            }
            other => other.span().end,
        }
    }

    /// What stands between the braces of a query, or all of it where there are none.
    pub fn query(&self, query: &Query) -> &'a str {
        let text = self.cut(self.whole(query.span)).trim();
        text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text)
    }

    /// 1-based.
    pub fn line(&self, at: usize) -> usize {
        self.text.as_bytes().iter().take(at).filter(|&&byte| byte == b'\n').count() + 1
    }

    /// The span with the quotes that belong to it.
    fn whole(&self, span: Span) -> Range<usize> {
        let bytes = self.text.as_bytes();
        let is_quote = |at: usize| matches!(bytes.get(at), Some(b'"' | b'`'));
        let start = if span.start > 0 && is_quote(span.start - 1) { span.start - 1 } else { span.start };
        let end = if is_quote(span.end) && ends_in_string(&self.text.as_bytes()[start.min(span.end)..span.end]) {
            span.end + 1
        } else {
            span.end
        };
        start..end.max(start)
    }

    fn cut(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }
}

/// Whether a string is open at the end of this piece of Rego.
fn ends_in_string(text: &[u8]) -> bool {
    let mut open: Option<u8> = None;
    let mut comment = false;
    let mut escaped = false;
    for &byte in text {
        match open {
            _ if comment => comment = byte != b'\n',
            Some(b'"') if escaped => escaped = false,
            Some(b'"') if byte == b'\\' => escaped = true,
            Some(quote) if byte == quote => open = None,
            Some(_) => {}
            None => match byte {
                b'"' | b'`' => open = Some(byte),
                b'#' => comment = true,
                _ => {}
            },
        }
    }
    open.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_at_the_ends_belong_to_the_expression() {
        let text = r#"x == "b" # y"#;
        let written = Written { text };
        assert_eq!(&text[written.whole(Span { start: 0, end: 7 })], r#"x == "b""#);
        assert_eq!(&text[written.whole(Span { start: 6, end: 7 })], r#""b""#);
        assert_eq!(&text[written.whole(Span { start: 0, end: 1 })], "x");
        let text = r#"f("a", `b`) == "" "#;
        let written = Written { text };
        assert_eq!(&text[written.whole(Span { start: 0, end: 11 })], r#"f("a", `b`)"#);
        assert_eq!(&text[written.whole(Span { start: 0, end: 16 })], r#"f("a", `b`) == """#);
        assert_eq!(&text[written.whole(Span { start: 16, end: 16 })], r#""""#);
    }

    #[test]
    fn lines_are_counted_from_one() {
        let written = Written { text: "a\nb\n" };
        assert_eq!((written.line(0), written.line(1), written.line(2)), (1, 1, 2));
    }
}
