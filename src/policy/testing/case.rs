//! Which tests a file holds: its rules called `test_…` and `todo_test_…`, by name.

use std::collections::BTreeMap;

use crate::policy::RuleFile;
use crate::policy::program::Imported;
use crate::policy::syntax::{Expr, Head, Module, Query, Rule};

use super::written::Written;

/// A test file, parsed.
pub struct TestFile<'a> {
    pub file: &'a RuleFile,
    /// `refgate.commit.signed_test`.
    pub package: String,
    pub tree: Module,
    /// What follows `import`, by the name it goes under here.
    pub imports: BTreeMap<String, Imported>,
    /// The import lines as they stand there.
    pub import_lines: String,
}

/// All rules of one name in one file.
pub struct Test<'f> {
    pub name: String,
    /// 1-based line of the first of them.
    pub line: usize,
    pub todo: bool,
    /// It takes arguments, so nobody can run it.
    pub function: bool,
    pub definitions: Vec<Definition<'f>>,
}

/// One rule of that name.
pub struct Definition<'f> {
    /// `[name]` in the head, outermost first: each solution is a subtest of that name.
    pub names: Vec<&'f Expr>,
    pub queries: Vec<&'f Query>,
}

impl TestFile<'_> {
    pub fn written(&self) -> Written<'_> {
        Written { text: &self.file.text }
    }

    /// In the order of their first definitions.
    pub fn tests(&self) -> Vec<Test<'_>> {
        let mut tests: Vec<Test<'_>> = Vec::new();
        for rule in &self.tree.rules {
            let Some(name) = rule.reference().root() else { continue };
            let todo = name.starts_with("todo_test_");
            if !(todo || name.starts_with("test_")) {
                continue;
            }
            let definition = Definition { names: names(rule), queries: queries(rule) };
            match tests.iter_mut().find(|test| test.name == name) {
                Some(test) => test.definitions.push(definition),
                None => {
                    let line = self.written().line(rule.span().start);
                    let (name, function) = (name.to_string(), rule.is_function());
                    tests.push(Test { name, line, todo, function, definitions: vec![definition] });
                }
            }
        }
        tests
    }
}

impl Test<'_> {
    /// How many names a subtest has; 0: the test has no subtests.
    pub fn depth(&self) -> usize {
        self.definitions.iter().map(|definition| definition.names.len()).max().unwrap_or(0)
    }
}

/// `test_x[a][b]`: `a`, then `b`.
fn names(rule: &Rule) -> Vec<&Expr> {
    let mut names = Vec::new();
    let mut at = rule.reference();
    while let Expr::RefBrack { refr, index, .. } = at {
        names.push(&**index);
        at = refr;
    }
    names.reverse();
    names
}

fn queries(rule: &Rule) -> Vec<&Query> {
    match rule {
        Rule::Spec { head: Head::Compr { .. } | Head::Set { .. }, bodies, .. } => {
            bodies.iter().map(|body| &body.query).collect()
        }
        Rule::Spec { head: Head::Func { .. }, .. } | Rule::Default { .. } => Vec::new(),
    }
}
