//! `[[rule]]`: which rules are asked about what. Whether a rule of that name exists is not known here.

use std::collections::HashMap;
use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use toml::de::DeValue;

use crate::config::document::{Findings, Table, Value};
use crate::config::sections::{commit, patterns};
use crate::config::{Binding, BreakGlass, CommitScope, Exception, Mode, Named};
use crate::pattern::{PathPatterns, RefPatterns, RepositoryPatterns};
use crate::problem::nearest;
use crate::time::Time;

/// What a rule can be asked about: the first part of its code.
const SUBJECTS: [&str; 4] = ["commit", "push", "tag", "update"];

const SECONDS_IN_A_DAY: i64 = 86_400;

pub fn binding(mut table: Table<'_>, findings: &mut Findings) -> Binding {
    let span = table.span.clone();
    let rules = rules(table.take("use"), &span, findings);
    let paths = table.take("paths");
    let scope = table.take("commits");
    let params = table.take("params");
    check_combination(&rules, &paths, &scope, &params, findings);
    let binding = Binding {
        refs: list(table.take("refs"), RefPatterns::parse, findings).unwrap_or_default(),
        repositories: repository_list(table.take("repos"), findings).unwrap_or_default(),
        paths: path_list(paths, findings),
        params: params.as_ref().map(|value| parameters(value, findings)).unwrap_or_default(),
        param_spans: params.and_then(|value| value.table(findings)).map(keys).unwrap_or_default(),
        mode: mode(table.take("mode"), findings).unwrap_or_default(),
        commits: commit_scope(scope, findings).unwrap_or_default(),
        exceptions: exceptions(table.take("except"), findings),
        break_glass: table.take("override").and_then(|value| break_glass(&value, findings)),
        rules,
        span,
    };
    table.finish(findings);
    binding
}

fn rules(value: Option<Value<'_>>, span: &Range<usize>, findings: &mut Findings) -> Vec<Named> {
    let Some(value) = value else {
        findings.missing_in(span, "this entry uses no rule", "write 'use = \"commit.signed\"', or a list of rules");
        return Vec::new();
    };
    let rules = value.string_or_strings(findings);
    if value.raw().as_array().is_some_and(|array| array.is_empty()) {
        findings.error(&value.span(), "'use' names no rule", "name one, or remove the entry");
    }
    let mut first_places = HashMap::new();
    for rule in &rules {
        check_code(rule, findings);
        if let Some(first) = first_places.insert(&rule.name, &rule.span) {
            findings.twice(&rule.span, first, format!("'{}' is used twice in one entry", rule.name), "first here");
        }
    }
    rules
}

fn check_code(rule: &Named, findings: &mut Findings) {
    let message = format!("'{}' is no rule's code", rule.name);
    let code = rule.name.strip_prefix("refgate.").unwrap_or(&rule.name);
    let (subject, name) = code.split_once('.').unwrap_or(("", code));
    let help = match (SUBJECTS.contains(&subject), is_identifier(name)) {
        (true, true) if code == rule.name => return,
        (true, true) => format!("write '{code}'"),
        (false, true) => match nearest(subject, SUBJECTS) {
            Some(near) if !subject.is_empty() => format!("did you mean '{near}.{name}'?"),
            _ => "a code is '<subject>.<name>', the subject 'push', 'update', 'commit' or 'tag'".to_string(),
        },
        (_, false) => "a code is '<subject>.<name>', for example 'commit.signed'".to_string(),
    };
    findings.error(&rule.span, message, help);
}

/// A Rego identifier, which the last part of a package name has to be.
fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What one rule may have and another not.
fn check_combination(
    rules: &[Named],
    paths: &Option<Value<'_>>,
    scope: &Option<Value<'_>>,
    params: &Option<Value<'_>>,
    findings: &mut Findings,
) {
    let is_about = |rule: &Named, subject: &str| rule.name.split('.').next() == Some(subject);
    if let Some(paths) = paths {
        for rule in rules.iter().filter(|rule| is_about(rule, "push") || is_about(rule, "tag")) {
            findings.twice(
                &paths.key.span,
                &rule.span,
                format!("'paths' means nothing to '{}', which sees no changes", rule.name),
                "bound here",
            );
        }
    }
    if let Some(params) = params
        && rules.len() > 1
    {
        let help = "give the rule that takes them an entry of its own";
        findings.error(&params.key.span, "'params' in an entry that uses several rules", help);
    }
    if let Some(scope) = scope
        && !rules.iter().any(|rule| is_about(rule, "commit"))
    {
        findings.warning(&scope.key.span, "'commits' has no effect: no rule of this entry is asked about commits", "");
    }
}

fn list<P>(
    value: Option<Value<'_>>,
    parse: impl FnOnce(&[String]) -> Result<P, Vec<(usize, crate::pattern::PatternError)>>,
    findings: &mut Findings,
) -> Option<P> {
    let value = value?;
    let words = value.string_or_strings(findings);
    // A list of which every member was reported already is not empty.
    if words.is_empty() && value.raw().as_array().is_none_or(|array| !array.is_empty()) {
        return None;
    }
    patterns(&value, &words, parse, findings)
}

fn path_list(value: Option<Value<'_>>, findings: &mut Findings) -> Option<PathPatterns> {
    let span = value.as_ref().map(Value::span)?;
    let paths = list(value, PathPatterns::parse, findings)?;
    warn_of_foreign_signs(paths.foreign_signs(), &span, findings);
    Some(paths)
}

fn repository_list(value: Option<Value<'_>>, findings: &mut Findings) -> Option<RepositoryPatterns> {
    let span = value.as_ref().map(Value::span)?;
    let repositories = list(value, RepositoryPatterns::parse, findings)?;
    warn_of_foreign_signs(repositories.foreign_signs(), &span, findings);
    Some(repositories)
}

fn warn_of_foreign_signs(signs: Vec<(&str, char)>, span: &Range<usize>, findings: &mut Findings) {
    for (pattern, sign) in signs {
        let help = "only '*', '**' and a leading '!' are special: write one pattern for each case";
        findings.warning(span, format!("'{sign}' stands for itself in '{pattern}'"), help);
    }
}

fn mode(value: Option<Value<'_>>, findings: &mut Findings) -> Option<Mode> {
    value?.choice(findings, &[("enforce", Mode::Enforce), ("off", Mode::Off), ("warn", Mode::Warn)])
}

fn commit_scope(value: Option<Value<'_>>, findings: &mut Findings) -> Option<CommitScope> {
    value?.choice(findings, &[("all", CommitScope::All), ("first_parent", CommitScope::FirstParent)])
}

fn keys(table: Table<'_>) -> Vec<Named> {
    table.rest().into_iter().map(|field| field.key).collect()
}

fn parameters(value: &Value<'_>, findings: &mut Findings) -> serde_json::Map<String, Json> {
    let fields = value.raw().as_table().map(|_| value.table(findings)).unwrap_or_default();
    let fields = fields.map(Table::rest).unwrap_or_default();
    fields.iter().filter_map(|field| Some((field.key.name.clone(), json(field, field.raw(), findings)?))).collect()
}

/// A parameter as rules see it; a date becomes its text. Nesting is bounded by the TOML parser.
fn json(field: &Value<'_>, value: &DeValue<'_>, findings: &mut Findings) -> Option<Json> {
    let converted = match value {
        DeValue::Array(array) => return array.iter().map(|inner| json(field, inner.get_ref(), findings)).collect(),
        DeValue::Boolean(boolean) => Some(Json::from(*boolean)),
        DeValue::Datetime(datetime) => Some(Json::from(datetime.to_string())),
        DeValue::Float(float) => float.as_str().parse().ok().and_then(serde_json::Number::from_f64).map(Json::Number),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(Json::from),
        DeValue::String(text) => Some(Json::from(text.as_ref())),
        DeValue::Table(table) => {
            let members = table
                .iter()
                .map(|(key, inner)| Some((key.get_ref().to_string(), json(field, inner.get_ref(), findings)?)));
            return members.collect::<Option<serde_json::Map<_, _>>>().map(Json::Object);
        }
    };
    if converted.is_none() {
        findings.error(
            &field.span(),
            format!("'{}' holds a number that rules cannot see as it is", field.key.name),
            "",
        );
    }
    converted
}

fn exceptions(value: Option<Value<'_>>, findings: &mut Findings) -> Vec<Exception> {
    let tables = value.map(|value| value.tables(findings)).unwrap_or_default();
    tables.into_iter().map(|table| exception(table, findings)).collect()
}

fn exception(mut table: Table<'_>, findings: &mut Findings) -> Exception {
    let span = table.span.clone();
    let (person, refs, path, id) = (table.take("person"), table.take("ref"), table.take("path"), table.take("commit"));
    if person.is_none() && refs.is_none() && path.is_none() && id.is_none() {
        let help = "name a 'person', 'ref', 'path' or 'commit'; to let everything through, write 'mode = \"off\"'";
        findings.missing_in(&span, "an exception that says nothing lets everything through", help);
    }
    let reason = table.take("reason");
    if reason.is_none() {
        findings.missing_in(
            &span,
            "an exception without 'reason'",
            "say why: it is logged whenever the exception is used",
        );
    }
    let until = table.take("until");
    if until.is_none() {
        findings.missing_in(
            &span,
            "an exception without 'until'",
            "write the last day it holds, 'until = \"2027-01-01\"', or 'until = \"never\"'",
        );
    }
    let exception = Exception {
        person: person.and_then(|value| value.string(findings)),
        refs: list(refs, RefPatterns::parse, findings),
        paths: path_list(path, findings),
        commit: id.and_then(|value| commit(&value.string(findings)?, findings)),
        reason: reason.and_then(|value| value.string(findings)).map(|word| word.name).unwrap_or_default(),
        until: until.and_then(|value| end(&value, findings)).unwrap_or(Time::NEVER_WAS),
        span,
    };
    table.finish(findings);
    exception
}

/// The last second of a day in UTC, written with or without quotes, or `"never"`.
fn end(value: &Value<'_>, findings: &mut Findings) -> Option<Time> {
    let text = match value.raw() {
        DeValue::Datetime(datetime) => datetime.to_string(),
        _ => value.string(findings)?.name,
    };
    if text == "never" {
        return Some(Time::NEVER_ENDS);
    }
    let last_second = date(&text)
        .and_then(|date| date.to_zoned(TimeZone::UTC).ok())
        .map(|start| Time(start.timestamp().as_second().saturating_add(SECONDS_IN_A_DAY - 1)));
    if last_second.is_none() {
        findings.error(
            &value.span(),
            format!("'{text}' is not a date"),
            "write the last day it holds, \"2027-01-01\", or \"never\"",
        );
    }
    last_second
}

/// Exactly `YYYY-MM-DD`, and a day that exists.
fn date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let mut part =
        |digits: usize| parts.next().filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()));
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    match parts.next() {
        None => Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok(),
        Some(_) => None,
    }
}

fn break_glass(value: &Value<'_>, findings: &mut Findings) -> Option<BreakGlass> {
    let mut table = value.table(findings)?;
    let groups = match table.take("groups") {
        Some(groups) => {
            let names = groups.string_or_strings(findings);
            if groups.raw().as_array().is_some_and(|array| array.is_empty()) {
                findings.error(
                    &groups.span(),
                    "'groups' names no group",
                    "name who may override, or leave 'override' out",
                );
            }
            names
        }
        None => {
            findings.missing_in(
                &table.span,
                "'override' without 'groups'",
                "write 'override = { groups = [\"oncall\"] }'",
            );
            Vec::new()
        }
    };
    table.finish(findings);
    Some(BreakGlass { groups })
}
