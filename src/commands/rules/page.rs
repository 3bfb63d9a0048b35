//! One rule, or all of them, in words for whoever writes a config.

use std::fmt::Write as _;

use crate::config::{Config, Mode};
use crate::facts::Forge;
use crate::ids::{ObjectFormat, ObjectId, RefName};
use crate::input::{Reads, Subject};
use crate::policy::{Finding, HintValues, Origin, ParamSpec, ParamType, Rule, fill_hint};
use crate::report::{self, Style};
use crate::time::Time;
use crate::verdict::{Decision, Findings, Inputs, JudgedUpdate, Metrics, Place, Violation};

/// Characters of a line of prose.
const WIDTH: usize = 100;

/// Every rule with its title, subject by subject.
pub fn list(rules: &[Rule], config: Option<&Config>) -> String {
    let width = rules.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
    let mut words = String::new();
    for subject in Subject::ALL {
        let about: Vec<&Rule> = rules.iter().filter(|rule| rule.subject == subject).collect();
        if about.is_empty() {
            continue;
        }
        let _ = writeln!(words, "{}:", asked_about(subject));
        for rule in about {
            let whose = if rule.origin == Origin::Own { " (yours)" } else { "" };
            let bound = config.is_some_and(|config| {
                config.bindings.iter().any(|binding| binding.rules.iter().any(|named| named.name == rule.code))
            });
            let mark = if bound { '*' } else { ' ' };
            let _ = writeln!(words, "{mark} {:width$}  {}{whose}", rule.code, rule.title);
        }
        words.push('\n');
    }
    if let Some(config) = config {
        let _ = writeln!(words, "* bound in {}", config.file.display());
    }
    words + "`refgate rules show <code>` tells more about one.\n"
}

pub fn asked_about(subject: Subject) -> &'static str {
    match subject {
        Subject::Commit => "Asked about each commit that a push brings",
        Subject::Push => "Asked about the push as a whole",
        Subject::Tag => "Asked about each tag that a push brings",
        Subject::Update => "Asked about each ref that a push moves",
    }
}

/// Everything there is to know about a rule.
pub fn page(rule: &Rule, refusal: &[Finding], config: Option<&Config>) -> String {
    let whose = match rule.origin {
        Origin::Own => rule.file.display().to_string(),
        Origin::Shipped => "shipped with refgate".to_string(),
    };
    let mut words = format!("{}: {}\n({whose})\n\n", rule.code, rule.title);
    for paragraph in paragraphs(&rule.description) {
        let _ = writeln!(words, "{}\n", wrap(&paragraph));
    }
    if !rule.not_for.is_empty() {
        let _ = writeln!(words, "When not to use it\n\n{}\n", wrap(&rule.not_for));
    }
    if !rule.params.is_empty() {
        words += "Parameters\n\n";
        for param in &rule.params {
            let _ = writeln!(words, "  {}  ({})\n      {}", param.name, type_and_default(param), param.description);
        }
        words.push('\n');
    }
    let _ = writeln!(words, "Bind it\n\n{}", indent(&binding(rule)));
    if let Some(config) = config {
        words += &bound_in(rule, config);
    }
    if let Some(example) = example(rule, refusal) {
        let _ = writeln!(words, "A refusal\n\n{}", indent(&example));
    }
    if let Some(reads) = &rule.reads {
        let paths = reads.paths();
        let fields = paths
            .iter()
            .filter(|path| *path != "params.*" && *path != "version.*")
            .map(|path| path.trim_end_matches(".*"));
        let _ = writeln!(words, "Reads\n\n{}\n", indent(&fields.collect::<Vec<_>>().join("\n")));
    }
    if !rule.related.is_empty() {
        let _ = writeln!(words, "Read more\n\n{}", indent(&rule.related.join("\n")));
    }
    words.trim_end().to_string() + "\n"
}

fn bound_in(rule: &Rule, config: &Config) -> String {
    let mut words = String::new();
    for binding in config.bindings.iter().filter(|binding| binding.rules.iter().any(|named| named.name == rule.code)) {
        let line = config.text[..binding.span.start.min(config.text.len())].matches('\n').count() + 1;
        let mode = match binding.mode {
            Mode::Enforce => "",
            Mode::Off => ", off",
            Mode::Warn => ", warns only",
        };
        let refs = binding.refs.as_written();
        let refs = if refs.is_empty() { "all refs".to_string() } else { refs.join(", ") };
        let _ = writeln!(words, "  {}:{line}  {refs}{mode}", config.file.display());
    }
    match words.is_empty() {
        true => format!("Not bound in {}, so it does nothing there.\n\n", config.file.display()),
        false => format!("Bound in\n\n{words}\n"),
    }
}

pub fn type_and_default(param: &ParamSpec) -> String {
    match &param.default {
        Some(default) => format!("{}, default {default}", param.kind.written()),
        None => format!("{}, required", param.kind.written()),
    }
}

/// An entry for the config that binds the rule.
pub fn binding(rule: &Rule) -> String {
    let mut lines = vec!["[[rule]]".to_string(), format!("use = \"{}\"", rule.code)];
    if rule.subject != Subject::Push {
        lines.push("refs = [\"HEAD\"]".to_string());
    }
    let paths = ["commit.changes.path", "commit.odd_changes.path", "update.changes.path"];
    let reads_changes = |reads: &Reads| paths.iter().any(|path| reads.wants(path));
    if rule.reads.as_ref().is_some_and(|reads| reads_changes(reads)) {
        lines.push("paths = [\"infra/**\"]".to_string());
    }
    let required: Vec<String> = rule
        .params
        .iter()
        .filter(|param| param.default.is_none())
        .map(|param| format!("{} = {}", param.name, placeholder(&param.kind)))
        .collect();
    if !required.is_empty() {
        lines.push(format!("params = {{ {} }}", required.join(", ")));
    }
    lines.join("\n") + "\n"
}

fn placeholder(kind: &ParamType) -> String {
    match kind {
        ParamType::Boolean => "true".to_string(),
        ParamType::Date => "\"2027-01-01\"".to_string(),
        ParamType::Duration => "\"1h\"".to_string(),
        ParamType::Group => "\"maintainers\"".to_string(),
        ParamType::Integer => "1".to_string(),
        ParamType::List(member) => format!("[{}]", placeholder(member)),
        ParamType::Map(member) => format!("{{ name = {} }}", placeholder(member)),
        ParamType::Person => "\"alice\"".to_string(),
        ParamType::Ref => "\"refs/heads/main\"".to_string(),
        ParamType::Regex => "\"^x$\"".to_string(),
        ParamType::String => "\"…\"".to_string(),
    }
}

/// What the pusher reads, from the rule's own words; `None` when it said none.
pub fn example(rule: &Rule, refusal: &[Finding]) -> Option<String> {
    let finding = refusal.first()?;
    let id = |hex: &str| ObjectId::parse(hex.repeat(10).as_bytes(), ObjectFormat::Sha1);
    let (old, new) = (id("1a2b")?, id("3f2a")?);
    let name = if rule.subject == Subject::Tag { "refs/tags/v1.0" } else { "refs/heads/main" };
    let name = RefName::parse(name.as_bytes(), false).ok()?;
    let place = Place {
        update: (rule.subject != Subject::Push).then_some(0),
        ref_name: name.to_string(),
        commit: if rule.subject == Subject::Commit { new.to_string() } else { String::new() },
        subject: if rule.subject == Subject::Commit { "add a door".to_string() } else { String::new() },
        tag: if rule.subject == Subject::Tag { new.to_string() } else { String::new() },
    };
    let (old_short, new_short) = (old.short(), new.short());
    let values = HintValues {
        commit: &new_short,
        old: &old_short,
        new: &new_short,
        ref_name: name.short(),
        path: &finding.path,
    };
    let hint = if finding.hint.is_empty() { fill_hint(&rule.hint, &values) } else { finding.hint.clone() };
    let place = if rule.subject == Subject::Push { Place::default() } else { place };
    let violation = Violation {
        code: rule.code.clone(),
        place,
        message: finding.message.clone(),
        hint,
        path: finding.path.clone(),
    };
    let decision = Decision {
        id: "01JD7Q3W8M3Q5R6S7T8V9W0X1Y".to_string(),
        received: Time(0),
        push: None,
        updates: vec![JudgedUpdate { ref_name: name.clone(), requested: name, old, new }],
        findings: Findings { violations: vec![violation], ..Findings::default() },
        failure: None,
        inputs: Inputs::default(),
        metrics: Metrics::default(),
    };
    Some(report::render(&decision, Style { shown: 1, forge: Forge::Plain }))
}

fn indent(text: &str) -> String {
    text.lines().fold(String::new(), |told, line| if line.is_empty() { told + "\n" } else { told + "  " + line + "\n" })
}

/// Lines of METADATA, put together where no empty line stands between.
pub fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n")
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|paragraph| !paragraph.is_empty())
        .collect()
}

fn wrap(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        if let Some(line) = lines.last_mut() {
            if line.is_empty() {
                line.push_str(word);
            } else if line.chars().count() + 1 + word.chars().count() <= WIDTH {
                line.push(' ');
                line.push_str(word);
            } else {
                lines.push(word.to_string());
            }
        }
    }
    lines.join("\n")
}
