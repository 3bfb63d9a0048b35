//! `refgate check`: every problem in what the operator wrote, and which rules hold where.

use std::fmt::Write as _;
use std::time::Duration;

use crate::cli::Check;
use crate::config::{Mode, Uncovered};
use crate::ids::RefName;
use crate::input::{Reads, Subject};
use crate::problem::{Problem, Severity, render_all};
use crate::record;
use crate::setup::Setup;
use crate::time::Time;

use super::{edge, judge, people};

/// Exceptions and keys that end within this many seconds are warned about: 30 days.
const SOON: u64 = 30 * 24 * 60 * 60;

/// Which kinds of refs the coverage table shows besides those the config names, each with a ref of that kind.
const KINDS: [(&str, &str); 4] = [
    ("other branches", "refs/heads/any-other"),
    ("tags", "refs/tags/any-other"),
    ("notes", "refs/notes/any-other"),
    ("all other refs", "refs/any-other/x"),
];

pub fn run(options: &Check) -> u8 {
    let git_dir = judge::git_dir_of(&options.repository);
    let loaded = edge::locate_config(options.config.config.as_deref(), &git_dir)
        .map_err(|problem| vec![problem])
        .and_then(|config| Setup::load(&config));
    match loaded {
        Ok(setup) => {
            let mut warnings = setup.warnings.clone();
            // Where a config is checked is not always where it judges.
            warnings.extend(log_problem(&setup).map(|problem| Problem { severity: Severity::Warning, ..problem }));
            warnings.extend(gaps(&setup, edge::now()));
            warnings.extend(people::warnings(&setup, edge::now(), Duration::from_secs(SOON)));
            if !warnings.is_empty() {
                edge::tell(&format!("{}\n", render_all(&warnings)));
            }
            edge::answer(&coverage(&setup));
            if options.verbose {
                edge::answer(&details(&setup));
            }
            edge::answer(&format!("{}: good, {}\n", setup.config.file.display(), counted(warnings.len(), "warning")));
            0
        }
        Err(problems) => {
            let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
            edge::tell(&format!(
                "{}\n\nrefgate: {}; every push would be refused\n",
                render_all(&problems),
                counted(errors, "error")
            ));
            2
        }
    }
}

/// What keeps decisions from being put on record: then no push is accepted.
pub fn log_problem(setup: &Setup) -> Option<Problem> {
    let log = setup.config.log.path.as_ref()?;
    let message = format!("no push would be accepted: the decision log '{}' cannot be written: ", log.display());
    let problem = Problem::error(&setup.config.file, message + &record::obstacle(log)?);
    Some(problem.help("make its folder for the account that hooks run as: `install -d -o <account> -m 700 <folder>`"))
}

fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// One row of the table: a pattern or kind of ref, and the rules that hold there.
struct Row {
    title: String,
    rules: Vec<(String, Mode, Subject)>,
}

fn rows(setup: &Setup) -> Vec<Row> {
    let head = sample("refs/heads/the-head");
    let mut named: Vec<(String, RefName)> = Vec::new();
    for binding in &setup.config.bindings {
        for pattern in binding.refs.as_written().iter().filter(|pattern| !pattern.starts_with('!')) {
            let example = if pattern == "HEAD" {
                head.clone()
            } else {
                sample(&pattern.replace("**", "any-other").replace('*', "any-other"))
            };
            if let Some(example) = example
                && !named.iter().any(|(title, _)| title == pattern)
            {
                named.push((pattern.clone(), example));
            }
        }
    }
    let kinds = KINDS.iter().filter_map(|(title, name)| Some((title.to_string(), sample(name)?)));
    named
        .into_iter()
        .chain(kinds)
        .map(|(title, example)| {
            let mut rules = Vec::new();
            for (binding, bound) in setup.config.bindings.iter().zip(setup.policy.bound()) {
                if binding.mode != Mode::Off && binding.refs.matches(&example, head.as_ref()) {
                    rules.extend(bound.iter().map(|rule| (rule.code.clone(), binding.mode, rule.subject)));
                }
            }
            Row { title, rules }
        })
        .collect()
}

/// A ref name that stands for a pattern.
fn sample(name: &str) -> Option<RefName> {
    RefName::parse(name.as_bytes(), false).ok()
}

fn coverage(setup: &Setup) -> String {
    let rows = rows(setup);
    let width = rows.iter().map(|row| row.title.len()).max().unwrap_or(0);
    let mut words = "Which rules hold where:\n\n".to_string();
    for row in rows {
        let rules: Vec<String> = row
            .rules
            .iter()
            .map(|(code, mode, _)| match mode {
                Mode::Warn => format!("{code} (warn)"),
                Mode::Enforce | Mode::Off => code.clone(),
            })
            .collect();
        let said = match (rules.is_empty(), setup.config.uncovered) {
            (false, _) => rules.join(", "),
            (true, Uncovered::Refuse) => "nothing: pushes there are refused".to_string(),
            (true, Uncovered::Accept) => "nothing: pushes there are accepted unseen".to_string(),
        };
        let _ = writeln!(words, "  {:width$}  {said}", row.title);
    }
    words.push('\n');
    words
}

/// What is allowed by the letter and probably not meant.
fn gaps(setup: &Setup, now: Time) -> Vec<Problem> {
    let file = &setup.config.file;
    let mut problems = Vec::new();
    for row in rows(setup) {
        let enforced =
            |subject: Subject| row.rules.iter().any(|(_, mode, of)| *mode == Mode::Enforce && *of == subject);
        // A rule that compares the two values sees every move, backwards too.
        let sees_rewinds = |reads: &Reads| {
            reads.wants("update.history")
                || reads.wants("update.discarded")
                || reads.wants("update.old") && reads.wants("update.new")
        };
        let judges_rewinds = setup.policy.bound().iter().flatten().any(|rule| {
            rule.subject != Subject::Commit
                && sees_rewinds(&rule.reads)
                && row.rules.iter().any(|(code, mode, _)| *code == rule.code && *mode == Mode::Enforce)
        });
        if enforced(Subject::Commit) && !judges_rewinds && !KINDS.iter().any(|(title, _)| *title == row.title) {
            let message =
                format!("commits on {} are judged, but no rule judges its history being rewritten", row.title);
            problems.push(Problem::warning(file, message).help("bind update.fast_forward there"));
        }
        if !row.rules.iter().any(|(_, mode, _)| *mode == Mode::Enforce) && setup.config.uncovered == Uncovered::Accept {
            problems.push(Problem::warning(
                file,
                format!("no rule covers {}, and uncovered = \"accept\" lets it through", row.title),
            ));
        }
    }
    for exception in setup.config.bindings.iter().flat_map(|binding| &binding.exceptions) {
        let problem = |message: String| Problem::warning(file, message).at(&setup.config.text, exception.span.clone());
        if !exception.holds_at(now) {
            problems.push(problem(format!("this exception ended on {}", exception.until.rfc3339())));
        } else if exception.until < now.plus(SOON) {
            problems.push(problem(format!("this exception ends on {}", exception.until.rfc3339())));
        }
    }
    problems
}

fn details(setup: &Setup) -> String {
    let mut words = "Limits:\n\n".to_string();
    for (name, value) in setup.config.limits.as_written() {
        let _ = writeln!(words, "  {name:22} {value}");
    }
    words += "\nRead:\n\n";
    for (path, digest) in &setup.files {
        let _ = writeln!(words, "  {}  {path}", &digest[..16]);
    }
    words.push('\n');
    words
}
