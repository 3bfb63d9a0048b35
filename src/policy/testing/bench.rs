//! The engine with rules and tests in it, and the tests' syntax trees.

use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;

use crate::policy::engine::{self, Complaint};
use crate::policy::program::Unit;
use crate::policy::{Origin, RuleFile, Sources, inspect, scan, syntax, tree};
use crate::problem::Problem;

use super::Selection;
use super::case::TestFile;
use super::recursion;

/// The longest that one test may take.
const TEST_TIME: Duration = Duration::from_secs(60);

/// Everything that tests need, ready to be asked.
pub struct Bench<'a> {
    /// Has evaluated nothing yet; clones are cheap.
    pub engine: regorus::Engine,
    pub tests: Vec<TestFile<'a>>,
    /// The files whose lines count: rules and libraries of the same origin as the tests.
    pub rules: Vec<&'a RuleFile>,
    sources: &'a Sources,
    origin: Origin,
}

impl<'a> Bench<'a> {
    pub fn build(sources: &'a Sources, selection: &Selection) -> Result<Self, Vec<Problem>> {
        let mine = match selection.origin {
            Origin::Own => &sources.own,
            Origin::Shipped => &sources.shipped,
        };
        let bench = Self {
            engine: engine::new(),
            tests: Vec::new(),
            rules: mine.iter().filter(|file| !is_test(file)).collect(),
            sources,
            origin: selection.origin,
        };
        let tests = bench.read_tests(mine)?;
        let mut bench = Self { tests, ..bench };
        bench.engine = bench.engine_with(|file| file.text.to_string())?;
        Ok(bench)
    }

    /// An engine with all files, each test file as `rewritten` gives it.
    pub fn engine_with(&self, rewritten: impl Fn(&RuleFile) -> String) -> Result<regorus::Engine, Vec<Problem>> {
        let mut engine = engine::new();
        let mut problems = Vec::new();
        let files = self.files();
        for file in &files {
            let text = if is_test(file) { rewritten(file) } else { file.text.to_string() };
            if let Err(error) = engine.add_policy(name(file), text) {
                problems.push(inspect::unreadable(file, &Complaint::parse(&format!("{error:#}"))));
            }
        }
        if let serde_json::Value::Object(_) = self.sources.data
            && let Err(error) = engine.add_data(regorus::Value::from(self.sources.data.clone()))
        {
            problems.push(Problem::error("data", format!("the data documents cannot be used: {error:#}")));
        }
        if problems.is_empty() {
            problems.extend(prepare(&mut engine, &files));
        }
        let every = std::num::NonZeroU32::new(64).unwrap_or(std::num::NonZeroU32::MIN);
        engine.set_execution_timer_config(ExecutionTimerConfig { limit: TEST_TIME, check_interval: every });
        if problems.is_empty() { Ok(engine) } else { Err(problems) }
    }

    /// All rules and libraries, the tests that are run, and shipped test files that those name, such as the examples.
    fn files(&self) -> Vec<&'a RuleFile> {
        let Sources { shipped, own, .. } = self.sources;
        let named = |file: &RuleFile| match scan::package(&file.text) {
            Some(package) => own.iter().any(|other| other.text.contains(&package.path.join("."))),
            None => false,
        };
        let wanted = |file: &&RuleFile| !is_test(file) || self.origin == Origin::Shipped || named(file);
        let mut files: Vec<&RuleFile> = shipped.iter().filter(wanted).collect();
        if self.origin == Origin::Own {
            files.extend(own);
        }
        files
    }

    fn read_tests(&self, mine: &'a [RuleFile]) -> Result<Vec<TestFile<'a>>, Vec<Problem>> {
        let mut tests = Vec::new();
        let mut problems = Vec::new();
        for file in mine.iter().filter(|file| is_test(file)) {
            match read(file) {
                Ok(test) => {
                    problems.extend(recursion::refuse(&test));
                    tests.push(test);
                }
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(tests) } else { Err(problems) }
    }
}

/// `opa test` goes by what rules are called; here tests are files of their own, so that no rule can see them.
pub fn is_test(file: &RuleFile) -> bool {
    file.path.to_string_lossy().ends_with("_test.rego")
}

/// The name under which the engine knows a file.
pub fn name(file: &RuleFile) -> String {
    file.path.display().to_string()
}

fn read(file: &RuleFile) -> Result<TestFile<'_>, Problem> {
    if let Some(refusal) = scan::refuse(&file.text) {
        return Err(Problem::error(&file.path, refusal.words).at(&file.text, refusal.span).help(refusal.help));
    }
    let mut engine = engine::new();
    engine
        .add_policy(name(file), file.text.to_string())
        .map_err(|error| inspect::unreadable(file, &Complaint::parse(&format!("{error:#}"))))?;
    let tree = engine.get_modules().first().map(|module| tree::module(module));
    let (Some(Ok(tree)), Some(package)) = (tree, scan::package(&file.text)) else {
        return Err(Problem::error(&file.path, "expressions too deep in each other to be looked into"));
    };
    let lines = tree.imports.iter().map(|import| {
        let alias = import.name.map(|alias| format!(" as {}", alias.text(&file.text))).unwrap_or_default();
        format!("import {}{alias}\n", import.refr.span().text(&file.text))
    });
    let import_lines = lines.collect();
    let imports = syntax::Module { imports: tree.imports, rules: Vec::new() };
    let (unit, problems) = Unit::new(file, package.path.clone(), false, imports);
    if let Some(problem) = problems.into_iter().next() {
        return Err(problem);
    }
    let tree = syntax::Module { imports: Vec::new(), rules: tree.rules };
    Ok(TestFile { file, package: package.path.join("."), tree, imports: unit.imports, import_lines })
}

/// Lets the engine do what it does before its first answer, so that its complaints come now.
fn prepare(engine: &mut regorus::Engine, files: &[&RuleFile]) -> Option<Problem> {
    let error = engine.eval_query("true".to_string(), false).err()?;
    let complaint = Complaint::parse(&format!("{error:#}"));
    Some(match files.iter().find(|file| name(file) == complaint.file) {
        Some(file) => Problem::error(&file.path, &complaint.words).at(&file.text, complaint.span(&file.text)),
        None => Problem::error("rules", complaint.words),
    })
}
