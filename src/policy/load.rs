//! From rule files and bindings to a [`Policy`]: every problem is found before any push is judged.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::bind::{self, Use};
use super::inspect::{self, Inspected};
use super::metadata::{self, Metadata, Part};
use super::scan;
use super::{Bindings, BoundRule, Catalogue, Origin, Policy, Rule, RuleFile, Sources, Subject};
use crate::input::Reads;
use crate::problem::{Problem, Severity, nearest};

/// How much of what there is gets looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What is bound, and the libraries that takes.
    Bound,
    Everything,
}

/// A file that is a rule or a library.
pub struct Module<'a> {
    pub file: &'a RuleFile,
    pub origin: Origin,
    pub role: Role,
    pub metadata: Metadata,
    /// Tests have looked for mistakes in it, and nobody asks to do so again.
    pub proven: bool,
    package: scan::Package,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// `refgate.lib.<name>`; the whole package path, dotted.
    Library(String),
    Rule {
        subject: Subject,
        name: String,
    },
}

pub fn load(
    sources: &Sources,
    bindings: Bindings<'_>,
    catalogue: &Catalogue<'_>,
    extent: Extent,
) -> Result<(Policy, Vec<Problem>), Vec<Problem>> {
    let mut problems = Vec::new();
    let mut modules = Vec::new();
    let mut refused = BTreeSet::new();
    let proven = sources.proven && extent == Extent::Bound;
    for (files, origin) in [(&sources.shipped, Origin::Shipped), (&sources.own, Origin::Own)] {
        for file in files {
            match read(file, origin, proven && origin == Origin::Shipped, &mut problems) {
                Some(module) => modules.push(module),
                None => refused.extend(code_of(file)),
            }
        }
    }
    describe(&mut modules, bindings, extent, &mut problems);
    refuse_doubles(&mut modules, &mut problems);
    refuse_data(sources, bindings.file, &mut problems);
    let codes: BTreeMap<String, usize> =
        modules.iter().enumerate().filter_map(|(index, module)| Some((module.role.code()?, index))).collect();
    let (bound, wrong) = bind::bind(&modules, &codes, &refused, bindings, catalogue);
    problems.extend(wrong);
    let wanted = wanted(&modules, &bound, extent);
    let mut inspected = inspect::inspect(&modules, &wanted, &bound, &sources.data, extent == Extent::Everything);
    problems.append(&mut inspected.problems);
    problems.extend(idle(&modules, &bound));
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    if problems.first().is_some_and(|problem| problem.severity == Severity::Error) {
        return Err(problems);
    }
    match assemble(&modules, &codes, bound, inspected) {
        Some(policy) => Ok((policy, problems)),
        None => Err(vec![Problem::error(bindings.file, "a rule that is bound was not looked into")]),
    }
}

/// A file as a rule or library; `None` for tests, and where there are problems.
fn read<'a>(file: &'a RuleFile, origin: Origin, proven: bool, problems: &mut Vec<Problem>) -> Option<Module<'a>> {
    if file.path.to_string_lossy().ends_with("_test.rego") {
        return None;
    }
    if !proven && let Some(refusal) = scan::refuse(&file.text) {
        problems.push(Problem::error(&file.path, refusal.words).at(&file.text, refusal.span).help(refusal.help));
        return None;
    }
    let Some(package) = scan::package(&file.text) else {
        let help = "a rule file begins with 'package refgate.<subject>.<name>', comments aside";
        problems.push(Problem::error(&file.path, "the file has no package").at(&file.text, 0..0).help(help));
        return None;
    };
    if package.path.last().is_some_and(|last| last.ends_with("_test")) {
        return None;
    }
    let role = match Role::of(&package.path) {
        Ok(role) => role,
        Err(help) => {
            let words = format!("package '{}' is neither a rule nor a library", package.path.join("."));
            problems.push(Problem::error(&file.path, words).at(&file.text, package.span).help(help));
            return None;
        }
    };
    Some(Module { file, origin, role, metadata: Metadata::default(), proven, package })
}

/// Reads METADATA. That of shipped files which no entry names has no reader in a hook.
fn describe(modules: &mut [Module<'_>], bindings: Bindings<'_>, extent: Extent, problems: &mut Vec<Problem>) {
    let named: BTreeSet<&str> =
        bindings.entries.iter().flat_map(|entry| &entry.rules).map(|rule| rule.name.as_str()).collect();
    for module in modules {
        let is_named = || module.role.code().is_some_and(|code| named.contains(code.as_str()));
        if extent == Extent::Everything || module.origin == Origin::Own || is_named() {
            let part = if module.proven { Part::Custom } else { Part::All };
            let (metadata, wrong) = metadata::read(&module.file.path, &module.file.text, module.package.start, part);
            module.metadata = metadata;
            problems.extend(wrong);
        }
    }
}

/// The rule that a file would be, so that nobody is told it does not exist.
fn code_of(file: &RuleFile) -> Option<String> {
    Role::of(&scan::package(&file.text)?.path).ok()?.code()
}

/// One package, one file: an operator's file never adds to a shipped rule.
fn refuse_doubles(modules: &mut Vec<Module<'_>>, problems: &mut Vec<Problem>) {
    let mut first: BTreeMap<String, &Path> = BTreeMap::new();
    modules.retain(|module| {
        let package = module.role.package();
        if let Some(other) = first.get(&package) {
            let words = format!("package '{package}' is already defined in {}", other.display());
            let span = module.package.span.clone();
            problems.push(
                Problem::error(&module.file.path, words).at(&module.file.text, span).help("give it a name of its own"),
            );
            return false;
        }
        first.insert(package, &module.file.path);
        true
    });
}

fn refuse_data(sources: &Sources, config: &Path, problems: &mut Vec<Problem>) {
    match &sources.data {
        serde_json::Value::Null => {}
        serde_json::Value::Object(documents) if documents.contains_key("refgate") => {
            problems.push(
                Problem::error(config, "a data document called 'refgate'")
                    .help("'data.refgate' is where rules are: give it another name"),
            );
        }
        serde_json::Value::Object(_) => {}
        _ => problems.push(Problem::error(config, "the data documents are not an object")),
    }
}

/// The modules to look into: those bound, or all, and the libraries that their text names.
fn wanted(modules: &[Module<'_>], bound: &[Vec<Use>], extent: Extent) -> BTreeSet<usize> {
    let mut queue: Vec<usize> = match extent {
        Extent::Bound => bound.iter().flatten().map(|(module, _)| *module).collect(),
        Extent::Everything => (0..modules.len()).collect(),
    };
    let mut wanted = BTreeSet::new();
    while let Some(index) = queue.pop() {
        if wanted.insert(index) {
            let text = &modules[index].file.text;
            let named =
                |module: &Module<'_>| matches!(&module.role, Role::Library(package) if text.contains(package.as_str()));
            queue.extend((0..modules.len()).filter(|&other| named(&modules[other])));
        }
    }
    wanted
}

/// The operator's rules that no entry uses.
fn idle(modules: &[Module<'_>], bound: &[Vec<Use>]) -> Vec<Problem> {
    let used: BTreeSet<usize> = bound.iter().flatten().map(|(module, _)| *module).collect();
    let idle =
        modules.iter().enumerate().filter(|(index, module)| module.origin == Origin::Own && !used.contains(index));
    idle.filter_map(|(_, module)| {
        let words = format!("rule '{}' is not bound, so it does nothing", module.role.code()?);
        let problem = Problem::warning(&module.file.path, words).at(&module.file.text, module.package.span.clone());
        Some(problem.help("name it under 'use' in a '[[rule]]'"))
    })
    .collect()
}

fn assemble(
    modules: &[Module<'_>],
    codes: &BTreeMap<String, usize>,
    bound: Vec<Vec<Use>>,
    inspected: Inspected,
) -> Option<Policy> {
    let order: BTreeMap<usize, usize> = codes.values().enumerate().map(|(rule, &module)| (module, rule)).collect();
    let rules: Option<Vec<Rule>> =
        codes.values().map(|&index| rule(&modules[index], inspected.rules.get(&index))).collect();
    let rules = rules?;
    let bound_rule = |((module, params), reads): (Use, &Arc<Reads>)| {
        let index = *order.get(&module)?;
        let (rule, found) = (rules.get(index)?, inspected.rules.get(&module)?);
        Some(BoundRule {
            code: rule.code.clone(),
            subject: rule.subject,
            rule: index,
            params,
            reads: reads.clone(),
            hint: rule.hint.clone(),
            file: rule.file.clone(),
            defines: found.defines,
        })
    };
    let fits = bound.len() == inspected.reads.len()
        && bound.iter().zip(&inspected.reads).all(|(rules, reads)| rules.len() == reads.len());
    let bound: Option<Vec<Vec<BoundRule>>> = bound
        .into_iter()
        .zip(&inspected.reads)
        .map(|(entry, reads)| entry.into_iter().zip(reads).map(bound_rule).collect())
        .collect();
    if !fits {
        return None;
    }
    Some(Policy { bound: bound?, rules, engine: inspected.engine })
}

fn rule(module: &Module<'_>, found: Option<&inspect::Found>) -> Option<Rule> {
    let Role::Rule { subject, .. } = module.role else { return None };
    Some(Rule {
        code: module.role.code()?,
        subject,
        origin: module.origin,
        file: module.file.path.clone(),
        title: module.metadata.title.clone(),
        description: module.metadata.description.clone(),
        hint: module.metadata.hint.clone(),
        not_for: module.metadata.not_for.clone(),
        related: module.metadata.related.clone(),
        params: module.metadata.params.clone(),
        reads: found.and_then(|found| found.reads.clone()),
        defines: found.map(|found| found.defines).unwrap_or_default(),
    })
}

impl Role {
    /// What a package is for; or what to do about it.
    fn of(path: &[String]) -> Result<Self, String> {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["refgate", "lib", _, ..] => Ok(Self::Library(path.join("."))),
            ["refgate", subject, name] => match Subject::parse(subject) {
                Some(subject) => Ok(Self::Rule { subject, name: (*name).to_string() }),
                None => {
                    let subjects = ["push", "update", "commit", "tag", "lib"];
                    let meant =
                        nearest(subject, subjects).map_or(String::new(), |meant| format!(", did you mean '{meant}'?"));
                    Err(format!("'{subject}' is not a subject{meant}"))
                }
            },
            ["refgate", subject, _, ..] if Subject::parse(subject).is_some() => {
                Err("a rule's name has no dots: 'refgate.<subject>.<name>'".to_string())
            }
            _ => Err("rules are 'refgate.<subject>.<name>', libraries 'refgate.lib.<name>'".to_string()),
        }
    }

    /// Dotted, without `data`.
    pub fn package(&self) -> String {
        match self {
            Self::Library(package) => package.clone(),
            Self::Rule { subject, name } => format!("refgate.{}.{name}", subject.name()),
        }
    }

    fn code(&self) -> Option<String> {
        match self {
            Self::Rule { subject, name } => Some(format!("{}.{name}", subject.name())),
            Self::Library(_) => None,
        }
    }
}
