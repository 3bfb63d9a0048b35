//! From rule files and bindings to a [`Policy`]: every problem is found before any push is judged.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::engine::{self, Complaint};
use super::metadata::{self, Metadata};
use super::scan;
use super::{Bindings, BoundRule, Catalogue, Defines, Origin, Policy, Rule, RuleFile, Sources, Subject};
use crate::config::{Binding, Named};
use crate::input::{Params, Reads};
use crate::problem::{Problem, Severity, nearest};

/// How much of what there is gets looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What is bound, and the libraries that takes.
    Bound,
    Everything,
}

/// A file that is a rule or a library.
struct Module<'a> {
    file: &'a RuleFile,
    origin: Origin,
    role: Role,
    metadata: Metadata,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Role {
    /// `refgate.lib.<name>`; the whole package path, dotted.
    Library(String),
    Rule { subject: Subject, name: String },
    /// Not for the gate.
    Test,
}

pub fn load(sources: &Sources, bindings: Bindings<'_>, catalogue: &Catalogue<'_>, extent: Extent) -> Result<(Policy, Vec<Problem>), Vec<Problem>> {
    let mut loader = Loader { modules: Vec::new(), problems: Vec::new(), catalogue, bindings };
    loader.add_files(&sources.shipped, Origin::Shipped);
    loader.add_files(&sources.own, Origin::Own);
    loader.refuse_doubles();
    let codes = loader.codes();
    let bound = loader.bind(&codes);
    let wanted = loader.wanted(&bound, extent);
    let engine = loader.parse(&wanted, &sources.data);
    loader.finish(codes, bound, engine)
}

struct Loader<'a> {
    modules: Vec<Module<'a>>,
    problems: Vec<Problem>,
    catalogue: &'a Catalogue<'a>,
    bindings: Bindings<'a>,
}

impl<'a> Loader<'a> {
    fn add_files(&mut self, files: &'a [RuleFile], origin: Origin) {
        for file in files {
            if file.path.to_string_lossy().ends_with("_test.rego") {
                continue;
            }
            if let Some(module) = self.module(file, origin) {
                self.modules.push(module);
            }
        }
    }

    fn module(&mut self, file: &'a RuleFile, origin: Origin) -> Option<Module<'a>> {
        if let Some(refusal) = scan::refuse(&file.text) {
            self.problems.push(Problem::error(&file.path, refusal.words).at(&file.text, refusal.span).help(refusal.help));
            return None;
        }
        let Some(package) = scan::package(&file.text) else {
            let help = "a rule file begins with 'package refgate.<subject>.<name>', comments aside";
            self.problems.push(Problem::error(&file.path, "the file has no package").at(&file.text, 0..0).help(help));
            return None;
        };
        let role = match role(&package.path) {
            Ok(Role::Test) => return None,
            Ok(role) => role,
            Err(help) => {
                let words = format!("package '{}' is neither a rule nor a library", package.path.join("."));
                self.problems.push(Problem::error(&file.path, words).at(&file.text, package.span).help(help));
                return None;
            }
        };
        let (metadata, problems) = metadata::read(&file.path, &file.text, package.start);
        self.problems.extend(problems);
        Some(Module { file, origin, role, metadata })
    }

    fn refuse_doubles(&mut self) {
        let mut first: BTreeMap<String, &Path> = BTreeMap::new();
        let mut problems = Vec::new();
        self.modules.retain(|module| {
            let package = module.role.package();
            match first.get(&package) {
                None => {
                    first.insert(package, &module.file.path);
                    true
                }
                Some(other) => {
                    let span = scan::package(&module.file.text).map_or(0..0, |package| package.span);
                    let words = format!("package '{package}' is already defined in {}", other.display());
                    problems.push(Problem::error(&module.file.path, words).at(&module.file.text, span).help("give it a name of its own"));
                    false
                }
            }
        });
        self.problems.extend(problems);
    }

    /// Index of each rule's module, by code.
    fn codes(&self) -> BTreeMap<String, usize> {
        let modules = self.modules.iter().enumerate();
        modules.filter_map(|(index, module)| Some((module.role.code()?, index))).collect()
    }

    /// For each entry its rules: module index and parameters.
    fn bind(&mut self, codes: &BTreeMap<String, usize>) -> Vec<Vec<(usize, Params)>> {
        let Bindings { file, text, entries } = self.bindings;
        let mut bound = Vec::new();
        for entry in entries {
            let mut rules = Vec::new();
            for named in &entry.rules {
                match codes.get(&named.name) {
                    Some(&module) => rules.push((module, self.params(entry, named, module))),
                    None => {
                        let help = match nearest(&named.name, codes.keys().map(String::as_str)) {
                            Some(meant) => format!("did you mean '{meant}'?"),
                            None => "'refgate rules' lists what there is".to_string(),
                        };
                        let words = format!("there is no rule '{}'", named.name);
                        self.problems.push(Problem::error(file, words).at(text, named.span.clone()).help(help));
                    }
                }
            }
            bound.push(rules);
        }
        bound
    }

    fn params(&mut self, entry: &Binding, rule: &Named, module: usize) -> Params {
        let Bindings { file, text, .. } = self.bindings;
        let module = &self.modules[module];
        let specs = &module.metadata.params;
        let mut params = Params::new();
        let mut problems = Vec::new();
        for name in entry.params.keys().filter(|name| !specs.iter().any(|spec| spec.name == **name)) {
            let help = match nearest(name, specs.iter().map(|spec| spec.name.as_str())) {
                Some(meant) => format!("did you mean '{meant}'?"),
                None if specs.is_empty() => "it has none".to_string(),
                None => format!("known are {}", specs.iter().map(|spec| spec.name.as_str()).collect::<Vec<_>>().join(", ")),
            };
            let words = format!("rule '{}' has no parameter '{name}'", rule.name);
            problems.push(Problem::error(file, words).at(text, param_span(entry, name)).help(help));
        }
        for spec in specs {
            let converted = match (entry.params.get(&spec.name), &spec.default) {
                (Some(given), _) => spec
                    .kind
                    .convert(given, self.catalogue)
                    .map_err(|reason| Problem::error(file, format!("parameter '{}': {reason}", spec.name)).at(text, param_span(entry, &spec.name))),
                (None, Some(default)) => spec.kind.convert(default, self.catalogue).map_err(|reason| {
                    Problem::error(&module.file.path, format!("default of parameter '{}': {reason}", spec.name))
                }),
                (None, None) => {
                    let words = format!("rule '{}' needs the parameter '{}'", rule.name, spec.name);
                    let help = format!("it is {}{}{}", spec.kind.written(), if spec.description.is_empty() { "" } else { ": " }, spec.description);
                    Err(Problem::error(file, words).at(text, rule.span.clone()).help(help))
                }
            };
            match converted {
                Ok(value) => {
                    params.insert(spec.name.clone(), value);
                }
                Err(problem) => problems.push(problem),
            }
        }
        self.problems.extend(problems);
        params
    }

    /// The modules to parse, in order: those bound, or all, and the libraries that their text names.
    fn wanted(&self, bound: &[Vec<(usize, Params)>], extent: Extent) -> BTreeSet<usize> {
        let mut queue: Vec<usize> = match extent {
            Extent::Bound => bound.iter().flatten().map(|(module, _)| *module).collect(),
            Extent::Everything => (0..self.modules.len()).collect(),
        };
        let mut wanted = BTreeSet::new();
        while let Some(index) = queue.pop() {
            if wanted.insert(index) {
                let text = &self.modules[index].file.text;
                let named = |module: &Module<'_>| matches!(&module.role, Role::Library(package) if text.contains(package.as_str()));
                queue.extend((0..self.modules.len()).filter(|&other| named(&self.modules[other])));
            }
        }
        wanted
    }

    fn parse(&mut self, wanted: &BTreeSet<usize>, data: &Value) -> regorus::Engine {
        let mut engine = engine::new();
        for &index in wanted {
            let file = self.modules[index].file;
            if let Err(error) = engine.add_policy(file.path.display().to_string(), file.text.to_string()) {
                self.problems.push(parse_problem(file, &Complaint::parse(&format!("{error:#}"))));
            }
        }
        if !data.is_null()
            && let Err(error) = engine.add_data(regorus::Value::from(data.clone()))
        {
            self.problems.push(Problem::error(self.bindings.file, format!("the data documents cannot be used: {error:#}")));
        }
        engine
    }

    fn finish(self, codes: BTreeMap<String, usize>, bound: Vec<Vec<(usize, Params)>>, engine: regorus::Engine) -> Result<(Policy, Vec<Problem>), Vec<Problem>> {
        let mut problems = self.problems;
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
            return Err(problems);
        }
        let reads = Arc::new(Reads::Whole);
        let order: BTreeMap<usize, usize> = codes.values().enumerate().map(|(rule, &module)| (module, rule)).collect();
        let rules = codes.iter().map(|(code, &module)| rule(code, &self.modules[module])).collect::<Vec<_>>();
        let bound = bound
            .into_iter()
            .map(|entry| {
                let rules = entry.into_iter().map(|(module, params)| {
                    let index = order[&module];
                    let rule: &Rule = &rules[index];
                    BoundRule {
                        code: rule.code.clone(),
                        subject: rule.subject,
                        rule: index,
                        params,
                        reads: reads.clone(),
                        hint: rule.hint.clone(),
                        file: rule.file.clone(),
                        defines: defines(&engine, self.modules[module].file),
                    }
                });
                rules.collect()
            })
            .collect();
        Ok((Policy { rules, bound, engine }, problems))
    }
}

fn defines(engine: &regorus::Engine, file: &RuleFile) -> Defines {
    let path = file.path.display().to_string();
    let has = |name| engine.has_declared_rule_rooted_at(&path, name).unwrap_or(false);
    Defines { allow: has("allow"), deny: has("deny"), warn: has("warn") }
}

fn rule(code: &str, module: &Module<'_>) -> Rule {
    let Role::Rule { subject, .. } = module.role else { unreachable!("codes are of rules only") };
    Rule {
        code: code.to_string(),
        subject,
        origin: module.origin,
        file: module.file.path.clone(),
        title: module.metadata.title.clone(),
        description: module.metadata.description.clone(),
        hint: module.metadata.hint.clone(),
        related: module.metadata.related.clone(),
        params: module.metadata.params.clone(),
        reads: None,
    }
}

impl Role {
    /// Dotted, without `data`.
    fn package(&self) -> String {
        match self {
            Self::Library(package) => package.clone(),
            Self::Rule { subject, name } => format!("refgate.{}.{name}", subject.name()),
            Self::Test => String::new(),
        }
    }

    fn code(&self) -> Option<String> {
        match self {
            Self::Rule { subject, name } => Some(format!("{}.{name}", subject.name())),
            Self::Library(_) | Self::Test => None,
        }
    }
}

/// What a package is for; or what to do about it.
fn role(path: &[String]) -> Result<Role, String> {
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    if words.last().is_some_and(|last| last.ends_with("_test")) {
        return Ok(Role::Test);
    }
    match words.as_slice() {
        ["refgate", "lib", _, ..] => Ok(Role::Library(path.join("."))),
        ["refgate", subject, name] => match Subject::parse(subject) {
            Some(subject) => Ok(Role::Rule { subject, name: (*name).to_string() }),
            None => {
                let subjects = ["push", "update", "commit", "tag", "lib"];
                let meant = nearest(subject, subjects).map_or(String::new(), |meant| format!(", did you mean '{meant}'?"));
                Err(format!("'{subject}' is not a subject{meant}"))
            }
        },
        ["refgate", subject, _, ..] if Subject::parse(subject).is_some() => Err("a rule's name has no dots: 'refgate.<subject>.<name>'".to_string()),
        _ => Err("rules are 'refgate.<subject>.<name>', libraries 'refgate.lib.<name>'".to_string()),
    }
}

fn param_span(entry: &Binding, name: &str) -> Range<usize> {
    let at = entry.param_spans.iter().find(|named| named.name == name);
    at.map_or_else(|| entry.span.clone(), |named| named.span.clone())
}

fn parse_problem(file: &RuleFile, complaint: &Complaint) -> Problem {
    Problem::error(&file.path, &complaint.words).at(&file.text, complaint.span(&file.text))
}
