//! Looking into rule files: parsing them with the engine, and everything their syntax trees tell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::bind::Use;
use super::engine::{self, Complaint};
use super::load::{Module, Role};
use super::program::{Patterns, Program, Unit};
use super::tree::{self, TooDeep};
use super::{Defines, RuleFile, Subject, conflicts, heads, read_set, syntax};
use crate::input::{Reads, Shape};
use crate::problem::Problem;

/// What came of it.
pub struct Inspected {
    /// Holds the rules, and the data.
    pub engine: regorus::Engine,
    /// By index of the module.
    pub rules: BTreeMap<usize, Found>,
    /// For each entry what its rules can read with its parameters; empty when there are problems.
    pub reads: Vec<Vec<Arc<Reads>>>,
    pub problems: Vec<Problem>,
}

/// What a rule's syntax tree tells.
#[derive(Clone, Debug)]
pub struct Found {
    pub defines: Defines,
    /// Whatever the parameters are; `None` where mistakes were not looked for.
    pub reads: Option<Arc<Reads>>,
}

/// Looks into the modules with these indices. `alone`: also into libraries that none of them leads to.
pub fn inspect(
    modules: &[Module<'_>],
    wanted: &BTreeSet<usize>,
    bound: &[Vec<Use>],
    data: &Value,
    alone: bool,
) -> Inspected {
    let mut inspected =
        Inspected { engine: engine::new(), rules: BTreeMap::new(), reads: Vec::new(), problems: Vec::new() };
    let parsed = inspected.parse(modules, wanted);
    inspected.add_data(data);
    let trees = inspected.trees(modules, &parsed);
    if trees.len() < parsed.len() {
        // Dropping such a tree would go as deep, and further than the stack.
        std::mem::forget(std::mem::replace(&mut inspected.engine, engine::new()));
        return inspected;
    }
    let libraries = modules.iter().filter_map(|module| match &module.role {
        Role::Library(package) => Some(package.clone()),
        Role::Rule { .. } => None,
    });
    let mut program =
        Program { units: Vec::new(), libraries: libraries.collect(), data, patterns: Patterns::default() };
    for (&index, tree) in parsed.iter().zip(trees) {
        let module = &modules[index];
        let package = module.role.package().split('.').map(str::to_string).collect();
        let (unit, problems) = Unit::new(module.file, package, module.metadata.dynamic, tree);
        inspected.problems.extend(problems);
        inspected.problems.extend(conflicts::check(&unit));
        program.units.push(unit);
    }
    let mut shapes = Shapes::default();
    inspected.follow(modules, &parsed, &program, &mut shapes, alone);
    inspected.follow_bound(modules, &parsed, &program, &mut shapes, bound);
    inspected.prepare(modules, &parsed);
    inspected
}

impl Inspected {
    /// Gives the files to the engine; the indices of those that it could read, in its order.
    fn parse(&mut self, modules: &[Module<'_>], wanted: &BTreeSet<usize>) -> Vec<usize> {
        let mut parsed = Vec::new();
        for &index in wanted {
            let file = modules[index].file;
            match self.engine.add_policy(file.path.display().to_string(), file.text.to_string()) {
                Ok(_) => parsed.push(index),
                Err(error) => self.problems.push(unreadable(file, &Complaint::parse(&format!("{error:#}")))),
            }
        }
        parsed
    }

    fn add_data(&mut self, data: &Value) {
        if let Value::Object(_) = data
            && let Err(error) = self.engine.add_data(regorus::Value::from(data.clone()))
        {
            self.problems.push(Problem::error("data", format!("the data documents cannot be used: {error:#}")));
        }
    }

    /// The syntax trees of the files, in the engine's order.
    fn trees(&mut self, modules: &[Module<'_>], parsed: &[usize]) -> Vec<syntax::Module> {
        let mut trees = Vec::new();
        for (&index, module) in parsed.iter().zip(self.engine.get_modules()) {
            match tree::module(module) {
                Ok(tree) => trees.push(tree),
                Err(TooDeep { span }) => {
                    let file = modules[index].file;
                    let problem =
                        Problem::error(&file.path, "expressions too deep in each other").at(&file.text, span.range());
                    self.problems.push(problem.help("give the inner parts names of their own"));
                }
            }
        }
        trees
    }

    /// Finds out what rules decide, and looks for mistakes, whatever the parameters are.
    fn follow(
        &mut self,
        modules: &[Module<'_>],
        parsed: &[usize],
        program: &Program<'_>,
        shapes: &mut Shapes,
        alone: bool,
    ) {
        for (unit, &index) in parsed.iter().enumerate() {
            let module = &modules[index];
            let followed = match &module.role {
                Role::Rule { subject, .. } => {
                    let (defines, problems) = heads::check(&program.units[unit]);
                    self.problems.extend(problems);
                    let followed = (!module.proven)
                        .then(|| read_set::follow(program, unit, shapes.input(*subject, module), defines));
                    let (reads, problems) = followed.map(|followed| (followed.reads, followed.problems)).unzip();
                    self.rules.insert(index, Found { defines, reads: reads.map(Arc::new) });
                    problems.unwrap_or_default()
                }
                Role::Library(_) if alone => read_set::follow_library(program, unit, &everything()),
                Role::Library(_) => Vec::new(),
            };
            for problem in followed {
                if !self.problems.contains(&problem) {
                    self.problems.push(problem);
                }
            }
        }
    }

    /// What each entry's rules can read, now that there are no mistakes.
    fn follow_bound(
        &mut self,
        modules: &[Module<'_>],
        parsed: &[usize],
        program: &Program<'_>,
        shapes: &mut Shapes,
        bound: &[Vec<Use>],
    ) {
        if !self.problems.is_empty() {
            return;
        }
        for entry in bound {
            let mut reads = Vec::new();
            for (index, params) in entry {
                let module = &modules[*index];
                let unit = parsed.iter().position(|parsed| parsed == index);
                let (Role::Rule { subject, .. }, Some(unit), Some(found)) = (&module.role, unit, self.rules.get(index))
                else {
                    continue;
                };
                let input = shapes.input(*subject, module);
                let followed = read_set::with_params(program, unit, input, found.defines, params);
                reads.push(Arc::new(followed.reads));
                for problem in followed.problems {
                    if !self.problems.contains(&problem) {
                        self.problems.push(problem);
                    }
                }
            }
            self.reads.push(reads);
        }
    }

    /// Lets the engine do what it does before its first answer, so that its complaints come now.
    fn prepare(&mut self, modules: &[Module<'_>], parsed: &[usize]) {
        if !self.problems.is_empty() {
            return;
        }
        if let Err(error) = self.engine.eval_query("true".to_string(), false) {
            let complaint = Complaint::parse(&format!("{error:#}"));
            let file = parsed
                .iter()
                .map(|&index| modules[index].file)
                .find(|file| file.path.display().to_string() == complaint.file);
            self.problems.push(match file {
                Some(file) => Problem::error(&file.path, &complaint.words).at(&file.text, complaint.span(&file.text)),
                None => Problem::error("rules", complaint.words),
            });
        }
    }
}

/// The documents of all subjects in one, for libraries that serve several.
fn everything() -> Shape {
    let mut all = BTreeMap::new();
    for subject in Subject::ALL {
        if let Shape::Object(fields) = Shape::of(subject) {
            all.extend(fields);
        }
    }
    all.insert("params".to_string(), Shape::Map(Box::new(Shape::plain("string"))));
    Shape::Object(all)
}

/// The subjects' documents, each worked out once.
#[derive(Default)]
struct Shapes(BTreeMap<Subject, Shape>);

impl Shapes {
    /// The document of a rule, its parameters included.
    fn input(&mut self, subject: Subject, module: &Module<'_>) -> &Shape {
        let input = self.0.entry(subject).or_insert_with(|| Shape::of(subject));
        if let Shape::Object(fields) = input {
            let params = module.metadata.params.iter().map(|spec| (spec.name.clone(), spec.kind.shape()));
            fields.insert("params".to_string(), Shape::Object(params.collect()));
        }
        input
    }
}

/// The engine's complaint, with the form that was probably meant.
pub fn unreadable(file: &RuleFile, complaint: &Complaint) -> Problem {
    let span = complaint.span(&file.text);
    let line_start = file.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let line = file.text[line_start..].lines().next().unwrap_or_default().trim_start();
    let help = match line.split(|c: char| !c.is_ascii_alphanumeric()).next() {
        Some("deny") => "write 'deny contains violation if { … }'",
        Some("warn") => "write 'warn contains violation if { … }'",
        Some("allow") => "write 'allow if { … }'",
        _ if complaint.words.contains("`if` keyword") => "rules are Rego v1: write 'name if { … }'",
        _ => "",
    };
    Problem::error(&file.path, &complaint.words).at(&file.text, span).help(help)
}
