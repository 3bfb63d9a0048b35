//! What `[[rule]]` entries ask for: rules that exist, and parameters that those rules take.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::load::Module;
use super::params::ParamSpec;
use super::{Bindings, Catalogue};
use crate::config::{Binding, Named};
use crate::input::Params;
use crate::problem::{Problem, nearest};

/// A rule in an entry: the index of its module, and its parameters.
pub type Use = (usize, Params);

/// For each entry its rules, in order; those with problems may be missing. `codes` leads to modules; of `refused`
/// rules there are problems already.
pub fn bind(
    modules: &[Module<'_>],
    codes: &BTreeMap<String, usize>,
    refused: &BTreeSet<String>,
    bindings: Bindings<'_>,
    catalogue: &Catalogue<'_>,
) -> (Vec<Vec<Use>>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut bound = Vec::new();
    for entry in bindings.entries {
        let mut rules = Vec::new();
        for named in &entry.rules {
            let Some(&index) = codes.get(&named.name) else {
                if refused.contains(&named.name) {
                    continue;
                }
                let help = match nearest(&named.name, codes.keys().map(String::as_str)) {
                    Some(meant) => format!("did you mean '{meant}'?"),
                    None => "'refgate rules' lists what there is".to_string(),
                };
                let words = format!("there is no rule '{}'", named.name);
                problems.push(Problem::error(bindings.file, words).at(bindings.text, named.span.clone()).help(help));
                continue;
            };
            let mut binder =
                Binder { module: &modules[index], bindings, catalogue, entry, rule: named, problems: &mut problems };
            rules.push((index, binder.params()));
        }
        bound.push(rules);
    }
    (bound, problems)
}

struct Binder<'a> {
    module: &'a Module<'a>,
    bindings: Bindings<'a>,
    catalogue: &'a Catalogue<'a>,
    entry: &'a Binding,
    rule: &'a Named,
    problems: &'a mut Vec<Problem>,
}

impl Binder<'_> {
    fn params(&mut self) -> Params {
        let specs = &self.module.metadata.params;
        for name in self.entry.params.keys().filter(|name| !specs.iter().any(|spec| spec.name == **name)) {
            self.unknown(name, specs);
        }
        specs.iter().filter_map(|spec| Some((spec.name.clone(), self.value(spec)?))).collect()
    }

    fn unknown(&mut self, name: &str, specs: &[ParamSpec]) {
        let help = match nearest(name, specs.iter().map(|spec| spec.name.as_str())) {
            Some(meant) => format!("did you mean '{meant}'?"),
            None if specs.is_empty() => "it has none".to_string(),
            None => format!("it has {}", specs.iter().map(|spec| spec.name.as_str()).collect::<Vec<_>>().join(", ")),
        };
        let words = format!("rule '{}' has no parameter '{name}'", self.rule.name);
        self.problems
            .push(Problem::error(self.bindings.file, words).at(self.bindings.text, self.span(name)).help(help));
    }

    /// What is given, else the default, as the rule sees it.
    fn value(&mut self, spec: &ParamSpec) -> Option<serde_json::Value> {
        let problem = match (self.entry.params.get(&spec.name), spec.default_value(self.catalogue)) {
            (Some(given), _) => match spec.kind.convert(given, self.catalogue) {
                Ok(value) => return Some(value),
                Err(reason) => {
                    let words = format!("parameter '{}': {reason}", spec.name);
                    Problem::error(self.bindings.file, words).at(self.bindings.text, self.span(&spec.name))
                }
            },
            (None, Some(Ok(default))) => return Some(default),
            (None, Some(Err(reason))) => {
                let file = self.module.file;
                Problem::error(&file.path, format!("the default of parameter '{}': {reason}", spec.name)).at(&file.text, spec.span.clone())
            }
            (None, None) => {
                let words = format!("rule '{}' needs the parameter '{}'", self.rule.name, spec.name);
                let description =
                    if spec.description.is_empty() { String::new() } else { format!(": {}", spec.description) };
                let help = format!("it is of type {}{description}", spec.kind.written());
                Problem::error(self.bindings.file, words).at(self.bindings.text, self.rule.span.clone()).help(help)
            }
        };
        self.problems.push(problem);
        None
    }

    /// Where a parameter's key stands.
    fn span(&self, name: &str) -> Range<usize> {
        let at = self.entry.param_spans.iter().find(|named| named.name == name);
        at.map_or_else(|| self.entry.span.clone(), |named| named.span.clone())
    }
}
