//! Rules: loading them, what they read, asking them. The only room that knows the Rego engine.
//!
//! Knows no facts: an input document goes in, findings come out. Reads no file: sources come in as text.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::config::Binding;
use crate::input::Reads;
use crate::problem::Problem;

mod ask;
mod bind;
mod builtins;
mod conflicts;
mod engine;
mod heads;
mod hint;
mod inspect;
mod load;
mod metadata;
mod params;
mod program;
mod read_set;
mod scan;
mod syntax;
pub mod testing;
mod tree;

pub use crate::input::Subject;
pub use ask::{Answer, AskError, AskLimits, Asker, Finding, cut};
pub use hint::{HintValues, fill_hint};
pub use params::{ParamSpec, ParamType};

/// One Rego module, read by someone else.
#[derive(Clone, Debug)]
pub struct RuleFile {
    /// For messages, and to tell tests (`*_test.rego`) from rules.
    pub path: PathBuf,
    pub text: Arc<str>,
}

/// Everything rules are made from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The rules compiled into the binary.
    pub shipped: Vec<RuleFile>,
    /// `shipped` is exactly what the tests have looked into, so a hook need not look for mistakes in it again.
    pub proven: bool,
    /// The operator's own.
    pub own: Vec<RuleFile>,
    /// The merged data documents; an object, or null for none.
    pub data: Value,
}

/// The `[[rule]]` entries with the text they stand in.
#[derive(Clone, Copy, Debug)]
pub struct Bindings<'a> {
    pub file: &'a Path,
    pub text: &'a Arc<str>,
    pub entries: &'a [Binding],
}

/// What parameters of type `group` and `person` may name, and what a default of such a type may stand for.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue<'a> {
    pub groups: &'a BTreeSet<String>,
    pub people: &'a BTreeSet<String>,
    /// Those of `people` whom people.toml marks `signs_for = "committers"`.
    pub sign_for_committers: &'a BTreeSet<String>,
    /// Otherwise people could not be read, and nobody is missed.
    pub all_known: bool,
}

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Own,
    Shipped,
}

/// What a rule package says about itself. Of a shipped one the words for people are there only where everything is looked
/// into, and of one that is not bound nothing else either.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `commit.signed`.
    pub code: String,
    pub subject: Subject,
    pub origin: Origin,
    pub file: PathBuf,
    pub title: String,
    pub description: String,
    /// What the pusher can do about a violation, with placeholders for [`fill_hint`]; `""` when the rule has none.
    pub hint: String,
    /// When not to use it; `""` when it does not say.
    pub not_for: String,
    /// Links to read more.
    pub related: Vec<String>,
    pub params: Vec<ParamSpec>,
    /// What it can read of its document whatever its parameters are; `None` when it was not looked into: because it
    /// is not bound, or proven.
    pub reads: Option<Arc<Reads>>,
    defines: Defines,
}

/// Every builtin function that a rule may call, by name.
pub fn builtins() -> impl Iterator<Item = &'static str> {
    builtins::Builtin::names()
}

/// A rule as one `[[rule]]` entry uses it.
#[derive(Clone, Debug)]
pub struct BoundRule {
    pub code: String,
    pub subject: Subject,
    /// Index into [`Policy::rules`].
    pub rule: usize,
    /// Checked, converted, defaults filled in: `input.params`.
    pub params: crate::input::Params,
    /// What it can read with these parameters; `params` and `version` always.
    pub reads: Arc<Reads>,
    pub hint: String,
    file: PathBuf,
    defines: Defines,
}

/// Which of the three decisions a package defines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Defines {
    allow: bool,
    deny: bool,
    warn: bool,
}

/// Rules, loaded and checked, ready to be asked.
pub struct Policy {
    rules: Vec<Rule>,
    bound: Vec<Vec<BoundRule>>,
    engine: regorus::Engine,
}

impl Policy {
    /// Loads what the entries bind, and the libraries that takes. A rule that is not bound is not looked into, and in one
    /// that is proven nobody looks for mistakes.
    ///
    /// Either a policy with the warnings that came up, or every problem.
    pub fn load(
        sources: &Sources,
        bindings: Bindings<'_>,
        catalogue: &Catalogue<'_>,
    ) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        load::load(sources, bindings, catalogue, load::Extent::Bound)
    }

    /// The same, with every rule and library looked into, bound or not.
    pub fn check(
        sources: &Sources,
        bindings: Bindings<'_>,
        catalogue: &Catalogue<'_>,
    ) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        load::load(sources, bindings, catalogue, load::Extent::Everything)
    }

    /// Every rule there is, bound or not, by code.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// For each `[[rule]]` entry the rules it uses, in its order.
    pub fn bound(&self) -> &[Vec<BoundRule>] {
        &self.bound
    }

    /// Shows rules that look at the odd ones among a commit's changes all of them: once on record, other rules can be
    /// tried on them.
    pub fn show_every_change(&mut self) {
        for rule in self.bound.iter_mut().flatten().filter(|rule| rule.reads.wants("commit.odd_changes")) {
            let reads = Arc::make_mut(&mut rule.reads);
            ["action", "anomalies", "path"]
                .iter()
                .for_each(|field| reads.read(&["commit", "changes", field].map(str::to_string)));
        }
    }

    /// Someone to ask; each thread takes its own. Cheap: rules and data are shared.
    ///
    /// `time` is the most that one evaluation may take; the engine looks at the clock between statements only.
    pub fn asker(&self, time: Duration, limits: AskLimits) -> Asker {
        Asker::new(self.engine.clone(), time, limits)
    }
}

#[cfg(test)]
mod tests;
