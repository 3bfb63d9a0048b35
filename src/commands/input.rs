//! `refgate input`: the documents that rules would see of commits that are there, for use in tests.
//!
//! The gate itself makes them. A rule that reads everything and refuses nothing is bound in the place of the config's
//! own rules, and what it is shown is printed.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::cli::{Input, SubjectName};
use crate::config::{Config, HistoryConfig, Uncovered};
use crate::facts::Forge;
use crate::gate::{self, Arrival, Commands, Intended};
use crate::ids::{ObjectId, RefName};
use crate::input::Subject;
use crate::policy::{Bindings, Catalogue, Policy, RuleFile, Sources};
use crate::problem::{Problem, render_all};
use crate::record::{Past, PastQuestion};
use crate::repository::{Location, Repository};
use crate::server::Environment;
use crate::setup::Setup;
use crate::verdict::{Asked, Decision, Failure};

use super::{edge, judge, test};

pub fn run(options: &Input) -> u8 {
    match documents(options) {
        Ok(documents) => {
            let one = options.object.is_some() || matches!(options.subject, SubjectName::Push | SubjectName::Update);
            let printed = match (one, documents.as_slice()) {
                (true, [only]) => format!("{only:#}\n"),
                (_, all) => {
                    format!("{:#}\n", Value::from(all.iter().map(|document| (**document).clone()).collect::<Vec<_>>()))
                }
            };
            edge::answer_json(&printed);
            0
        }
        Err(failure) => {
            edge::tell(&format!("refgate: {}\n{}\n", failure.cause, failure.detail));
            2
        }
    }
}

fn unusable(detail: impl Into<String>) -> Failure {
    Failure::new("there is no such document", detail)
}

fn documents(options: &Input) -> Result<Vec<Arc<Value>>, Failure> {
    let subject: Subject = options.subject.into();
    if let (Some(log), Some(decision)) = (&options.log, &options.decision) {
        return recorded(options, subject, log, decision);
    }
    let git_dir = judge::git_dir_of(&options.rule_set.repository);
    let mut setup = edge::load_setup(test::author_config(&options.rule_set).as_deref(), &git_dir)?;
    let repository = Repository::open(&Location::of(&git_dir), &setup.config.limits).map_err(Failure::from)?;
    let intended = intended(options, subject, &repository)?;
    setup.config.server.forge = Forge::Plain;
    match &options.rule {
        Some(code) => refuse_unbound(code, subject, &setup)?,
        None => bind_everything(&mut setup, subject)
            .map_err(|problems| Failure::new("the document cannot be made", render_all(&problems)))?,
    }
    setup.config.log.input = true;
    let received = edge::now();
    let push = edge::push_fact(&setup, &repository, &Environment::default(), &git_dir, received)?;
    let new = intended.new;
    let arrival = Arrival {
        commands: Commands::Supposed(intended),
        push,
        options: Ok(Vec::new()),
        received,
        id: edge::decision_id(),
    };
    let decision = gate::judge(&setup, &repository, arrival, &edge::progress(true));
    shown(options, subject, new, &repository, decision)
}

/// What each rule about the subject was shown of a push in the log.
fn recorded(options: &Input, subject: Subject, log: &Path, decision: &str) -> Result<Vec<Arc<Value>>, Failure> {
    let unreadable = |reason: String| unusable(format!("'{}': {reason}", log.display()));
    let file = File::open(log).map_err(|error| unreadable(error.to_string()))?;
    let mut found = None;
    for line in BufReader::new(file).split(b'\n') {
        let line = line.map_err(|error| unreadable(error.to_string()))?;
        let line = String::from_utf8_lossy(&line);
        if line.contains(decision) {
            let past = Past::parse(&line).map_err(|error| unreadable(error.to_string()))?;
            found = (past.decision_id == decision).then_some(past).or(found);
        }
    }
    let past = found.ok_or_else(|| unreadable(format!("there is no decision '{decision}'")))?;
    let shown = past.input.shown.ok_or_else(|| unreadable("it was logged without 'input = true'".to_string()))?;
    let of_subject = |code: &str| code.split_once('.').is_some_and(|(name, _)| name == subject.name());
    let object = |asked: &&PastQuestion| match (&options.object, subject) {
        (None, _) => true,
        (Some(word), Subject::Commit) => asked.commit.starts_with(word.as_str()),
        (Some(word), Subject::Tag) => asked.tag.starts_with(word.as_str()) || asked.ref_name.ends_with(word.as_str()),
        (Some(word), Subject::Push | Subject::Update) => asked.ref_name.ends_with(word.as_str()),
    };
    let asked = shown.asked.iter().filter(|asked| of_subject(&asked.rule)).filter(object);
    let asked = asked.filter(|asked| options.rule.as_ref().is_none_or(|rule| asked.rule == *rule));
    let documents: Vec<Arc<Value>> = asked.map(|asked| Arc::new(shown.document(asked).clone())).collect();
    if documents.is_empty() {
        Err(unreadable(format!("no rule was asked about such a {} then", subject.name())))
    } else {
        Ok(documents)
    }
}

/// What was shown of what was asked for.
fn shown(
    options: &Input,
    subject: Subject,
    new: Option<ObjectId>,
    repository: &Repository,
    decision: Decision,
) -> Result<Vec<Arc<Value>>, Failure> {
    if let Some(failure) = decision.failure {
        return Err(failure);
    }
    if decision.findings.unkept > 0 {
        return Err(unusable(
            "there are more of them than are kept at once: give a shorter range, or raise the limit 'kept_bytes'",
        ));
    }
    let wanted = match (&options.object, subject) {
        (Some(word), Subject::Commit) => Some(named(repository, word)?),
        _ => None,
    };
    let tip = new.map(|id| id.to_string()).unwrap_or_default();
    let code = options.rule.as_deref();
    let asked = decision.findings.asked.into_iter().filter(|asked: &Asked| match subject {
        _ if code.is_some_and(|code| asked.code != code) => false,
        Subject::Commit => wanted.is_none_or(|id| asked.place.commit == id.to_string()),
        // Of tags within tags the outermost is the one that was named.
        Subject::Tag => options.object.is_none() || asked.place.tag.is_empty() || asked.place.tag == tip,
        Subject::Push | Subject::Update => true,
    });
    let documents: Vec<Arc<Value>> = asked.map(|asked| Arc::new(asked.document.value())).collect();
    match (documents.is_empty(), decision.findings.violations.first()) {
        (false, _) => Ok(documents),
        (true, Some(violation)) => Err(unusable(format!("{}: {}", violation.code, violation.message))),
        (true, None) => Err(unusable(match code {
            Some(code) => format!(
                "rule '{code}' is not asked about it: its 'refs', 'paths' or 'commits' leave it out, or it is not in the range"
            ),
            None => format!("the range brings no {}", subject.name()),
        })),
    }
}

/// Which update is supposed.
fn intended(options: &Input, subject: Subject, repository: &Repository) -> Result<Intended, Failure> {
    let name = match (&options.ref_name, &options.object, subject) {
        (Some(name), _, _) => full_name(name)?,
        (None, Some(tag), Subject::Tag) => full_name(&format!("refs/tags/{}", tag.trim_start_matches("refs/tags/")))?,
        (None, _, _) => {
            let detached = || unusable("HEAD points to no branch: name one with '--ref refs/heads/…'");
            repository.head().cloned().ok_or_else(detached)?
        }
    };
    let resolved = repository.resolve(&name).map_err(Failure::from)?;
    let new = match (&options.new, &options.object, subject) {
        (Some(word), _, _) => value(repository, word)?,
        (None, Some(word), Subject::Commit | Subject::Push | Subject::Update) => Some(named(repository, word)?),
        (None, Some(_), Subject::Tag) | (None, None, _) => resolved.current,
    };
    let old = match (&options.old, new) {
        (Some(word), _) => value(repository, word)?,
        (None, Some(new)) if subject != Subject::Tag => match repository.tip(new).map_err(Failure::from)? {
            Some(commit) => repository.first_parent(commit).map_err(Failure::from)?,
            None => None,
        },
        (None, _) => None,
    };
    if old.is_none() && new.is_none() {
        return Err(unusable(format!("'{name}' does not exist: say what it would become with '--new'")));
    }
    Ok(Intended { stored: resolved.stored, requested: name, old, new })
}

fn full_name(name: &str) -> Result<RefName, Failure> {
    RefName::parse(name.as_bytes(), false)
        .map_err(|_| unusable(format!("'{name}' is not a full ref name such as refs/heads/main")))
}

fn value(repository: &Repository, word: &str) -> Result<Option<ObjectId>, Failure> {
    if !word.is_empty() && word.bytes().all(|byte| byte == b'0') { Ok(None) } else { named(repository, word).map(Some) }
}

/// `HEAD`, a full id, a full ref name, a branch or a tag.
fn named(repository: &Repository, word: &str) -> Result<ObjectId, Failure> {
    if word == "HEAD" {
        let branch = repository.head().map(|head| repository.value(head)).transpose().map_err(Failure::from)?.flatten();
        return branch.ok_or_else(|| unusable("HEAD points to no commit"));
    }
    let candidates = [word.to_string(), format!("refs/heads/{word}"), format!("refs/tags/{word}")];
    for candidate in candidates {
        if let Ok(Some(id)) = judge::value(repository, &candidate) {
            return Ok(id);
        }
    }
    Err(unusable(format!("'{word}' is neither HEAD, a full object id, a branch nor a tag here")))
}

fn refuse_unbound(code: &str, subject: Subject, setup: &Setup) -> Result<(), Failure> {
    let bound = setup.policy.bound().iter().flatten().find(|rule| rule.code == code);
    match bound {
        Some(rule) if rule.subject == subject => Ok(()),
        Some(rule) => Err(unusable(format!(
            "rule '{code}' is asked about a {}, not about a {}",
            rule.subject.name(),
            subject.name()
        ))),
        None => Err(unusable(format!("rule '{code}' is not bound in {}", setup.config.file.display()))),
    }
}

/// Puts one rule that reads everything in the place of all others, everywhere, and hides no commit from it.
fn bind_everything(setup: &mut Setup, subject: Subject) -> Result<(), Vec<Problem>> {
    let code = format!("{}.everything", subject.name());
    let rule = format!(
        "# METADATA\n# custom:\n#   dynamic: true\npackage refgate.{code}\n\ndeny contains \"everything\" if json.marshal(input) == \"\"\n"
    );
    let file = RuleFile { path: "everything.rego".into(), text: rule.into() };
    let sources = Sources { own: vec![file], ..Sources::default() };
    let (config, _) =
        Config::parse(Path::new("refgate.toml"), &format!("version = 1\n\n[[rule]]\nuse = \"{code}\"\n"))?;
    let nobody = BTreeSet::new();
    let catalogue = Catalogue { groups: &nobody, people: &nobody, sign_for_committers: &nobody, all_known: true };
    let bindings = Bindings { file: &config.file, text: &config.text, entries: &config.bindings };
    let (policy, _) = Policy::load(&sources, bindings, &catalogue)?;
    setup.policy = policy;
    setup.config.bindings = config.bindings;
    setup.config.history = HistoryConfig::default();
    setup.config.uncovered = Uncovered::Accept;
    Ok(())
}
