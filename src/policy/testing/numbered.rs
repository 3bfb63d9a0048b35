//! Tests of the same name in the same package, told apart: each is a test by itself, the second called `test_x#01`,
//! as OPA does. To the engine they would be one rule, true when any of them is.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::policy::syntax::{Expr, Module, Rule};
use crate::policy::{RuleFile, engine, scan, tree};

use super::bench;

/// Stands for `#`, which no rule's name can hold.
const SIGN: &str = "__number_";

/// The files, with every repeated name of a test numbered where it stands. What cannot be read is left as it is:
/// whoever reads it next says so.
pub fn numbered(files: &[RuleFile]) -> Vec<RuleFile> {
    let mut counts = BTreeMap::new();
    files.iter().map(|file| if bench::is_test(file) { number(file, &mut counts) } else { file.clone() }).collect()
}

/// A test's name as people know it.
pub fn shown(name: &str) -> String {
    name.replace(SIGN, "#")
}

fn number(file: &RuleFile, counts: &mut BTreeMap<(String, String), usize>) -> RuleFile {
    let (Some(package), Some(module)) = (scan::package(&file.text), parse(file)) else { return file.clone() };
    let mut text = file.text.to_string();
    let mut suffixes: Vec<(usize, String)> = Vec::new();
    for rule in module.rules.iter().filter(|rule| matches!(rule, Rule::Spec { .. })) {
        let Some((name, place)) = root(rule.reference()).filter(|(name, _)| name.starts_with("test_")) else {
            continue;
        };
        let count = counts.entry((package.path.join("."), name.to_string())).or_insert(0);
        if *count > 0 {
            suffixes.push((place.end, format!("{SIGN}{count:02}")));
        }
        *count += 1;
    }
    suffixes.sort();
    for (end, suffix) in suffixes.into_iter().rev().filter(|(end, _)| file.text.is_char_boundary(*end)) {
        text.insert_str(end, &suffix);
    }
    RuleFile { path: file.path.clone(), text: text.into() }
}

fn parse(file: &RuleFile) -> Option<Module> {
    if scan::refuse(&file.text).is_some() {
        return None;
    }
    let mut engine = engine::new();
    engine.add_policy(bench::name(file), file.text.to_string()).ok()?;
    tree::module(engine.get_modules().first()?).ok()
}

/// The first part of a name, and where it stands.
fn root(reference: &Expr) -> Option<(&str, Range<usize>)> {
    let mut at = reference;
    loop {
        match at {
            Expr::Var { span, value } => return Some((value, span.range())),
            Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => at = refr,
            _ => return None,
        }
    }
}
