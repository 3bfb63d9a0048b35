//! The files that take part, as what they define: rules, functions and imports by name.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use serde_json::Value;

use super::syntax::{Import, Module, Rule, Span};
use super::{RuleFile, params};
use crate::problem::{Problem, nearest};

/// Everything a rule can refer to.
pub struct Program<'a> {
    pub units: Vec<Unit<'a>>,
    /// Every library there is, whether it takes part or not.
    pub libraries: BTreeSet<String>,
    pub data: &'a Value,
    /// What is wrong with each pattern that was come across.
    pub patterns: Patterns,
}

/// Patterns of regular expressions, each compiled once: that takes longer than all else that is done with it here.
#[derive(Default)]
pub struct Patterns(RefCell<HashMap<String, Result<(), String>>>);

impl Patterns {
    /// What is wrong with the pattern.
    pub fn fault(&self, pattern: &str) -> Option<String> {
        let mut known = self.0.borrow_mut();
        if !known.contains_key(pattern) {
            known.insert(pattern.to_string(), params::regex(pattern));
        }
        known.get(pattern).and_then(|compiled| compiled.clone().err())
    }
}

/// One file.
pub struct Unit<'a> {
    pub file: &'a RuleFile,
    /// `refgate`, `commit`, `signed`.
    pub package: Vec<String>,
    /// `custom.dynamic` of its METADATA.
    pub dynamic: bool,
    /// What follows `import`, by the name it goes under here.
    pub imports: BTreeMap<String, Imported>,
    /// Rules that are not functions, by the first word of their name.
    pub rules: BTreeMap<String, Vec<Rule>>,
    /// Functions by their whole name.
    pub functions: BTreeMap<String, Vec<Rule>>,
}

pub struct Imported {
    /// `input` or `data` and what follows.
    pub path: Vec<String>,
    pub span: Span,
}

impl<'a> Unit<'a> {
    pub fn new(file: &'a RuleFile, package: Vec<String>, dynamic: bool, module: Module) -> (Self, Vec<Problem>) {
        let mut unit = Self {
            file,
            package,
            dynamic,
            imports: BTreeMap::new(),
            rules: BTreeMap::new(),
            functions: BTreeMap::new(),
        };
        let mut problems = Vec::new();
        for import in &module.imports {
            problems.extend(unit.add_import(import));
        }
        for rule in module.rules {
            problems.extend(unit.add_rule(rule));
        }
        for (name, import) in &unit.imports {
            if unit.rules.contains_key(name) || unit.functions.contains_key(name) {
                let problem = unit.problem(import.span.range(), format!("'{name}' is both imported and defined here"));
                problems.push(problem.help("import it under another name with 'as'"));
            }
        }
        (unit, problems)
    }

    /// An error at a place in this file.
    pub fn problem(&self, span: Range<usize>, message: impl Into<String>) -> Problem {
        Problem::error(&self.file.path, message).at(&self.file.text, span)
    }

    pub fn text(&self, span: Span) -> &'a str {
        span.text(&self.file.text)
    }

    fn add_import(&mut self, import: &Import) -> Option<Problem> {
        let Some(path) = import.refr.path() else {
            return Some(self.problem(import.span.range(), "an import of something that is not a name"));
        };
        match path.first().copied() {
            Some("input" | "data") => {}
            Some("rego" | "future") => return None,
            other => {
                let words =
                    format!("an import of '{}', which is neither 'input' nor 'data'", other.unwrap_or_default());
                return Some(self.problem(import.span.range(), words));
            }
        }
        let name = match (import.name, path.last()) {
            (Some(alias), _) => self.text(alias).to_string(),
            (None, Some(last)) => (*last).to_string(),
            (None, None) => return None,
        };
        let path = path.into_iter().map(str::to_string).collect();
        self.imports.insert(name, Imported { path, span: import.refr.span() });
        None
    }

    fn add_rule(&mut self, rule: Rule) -> Option<Problem> {
        let reference = rule.reference();
        if rule.is_function() {
            let Some(name) = reference.path().map(|path| path.join(".")) else {
                return Some(self.problem(reference.span().range(), "a function whose name is not constant"));
            };
            self.functions.entry(name).or_default().push(rule);
        } else {
            let Some(name) = reference.root().map(str::to_string) else {
                return Some(self.problem(reference.span().range(), "a rule without a name"));
            };
            self.rules.entry(name).or_default().push(rule);
        }
        None
    }

    /// What this name can be here besides a local variable.
    pub fn knows(&self, name: &str) -> bool {
        name == "input"
            || name == "data"
            || self.imports.contains_key(name)
            || self.rules.contains_key(name)
            || self.functions.contains_key(name)
    }
}

impl Program<'_> {
    /// The unit of exactly this package.
    pub fn package(&self, path: &[String]) -> Option<usize> {
        self.units.iter().position(|unit| unit.package == path)
    }

    /// Whether a longer name of a package begins like this.
    pub fn leads_to_package(&self, path: &[String]) -> bool {
        let start = path.join(".") + ".";
        self.units.iter().any(|unit| unit.package.len() > path.len() && unit.package.starts_with(path))
            || self.libraries.iter().any(|name| name.starts_with(&start))
    }

    /// What to say of a package that does not take part.
    pub fn missing_package(&self, path: &[String]) -> (String, String) {
        let name = path.join(".");
        if path.get(1).is_some_and(|second| second != "lib") {
            return (format!("'data.{name}' is not a library"), "a rule may use 'data.refgate.lib.…' only".to_string());
        }
        if self.libraries.contains(&name) {
            return (format!("library 'data.{name}' is not named in full"), format!("import it: 'import data.{name}'"));
        }
        let known = self.libraries.iter().map(String::as_str);
        let help = nearest(&name, known).map_or(String::new(), |meant| format!("did you mean 'data.{meant}'?"));
        (format!("there is no library 'data.{name}'"), help)
    }
}
