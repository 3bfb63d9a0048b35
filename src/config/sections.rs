//! The tables of `refgate.toml`, one function each.

use std::path::PathBuf;

use toml::de::DeValue;

use crate::config::binding;
use crate::config::document::{Findings, Table, Value};
use crate::config::{
    Binding, Config, HistoryConfig, IdentityConfig, Limits, LogConfig, Mode, Named, PoliciesConfig, ServerConfig,
    Uncovered, quantity,
};
use crate::facts::Forge;
use crate::ids::{ObjectFormat, ObjectId};
use crate::pattern::{PatternError, RefPatterns};

/// The format of the file that this code reads.
const VERSION: i64 = 1;

pub fn config(mut top: Table<'_>, findings: &mut Findings) -> Config {
    version(top.take("version"), findings);
    let uncovered = top
        .take("uncovered")
        .and_then(|value| value.choice(findings, &[("accept", Uncovered::Accept), ("refuse", Uncovered::Refuse)]));
    let config = Config {
        file: findings.file.clone(),
        text: findings.text.clone(),
        identity: section(&mut top, "identity", findings, identity),
        policies: section(&mut top, "policies", findings, policies),
        bindings: bindings(top.take("rule"), findings),
        history: section(&mut top, "history", findings, history),
        server: section(&mut top, "server", findings, server),
        limits: section(&mut top, "limits", findings, Limits::parse),
        log: section(&mut top, "log", findings, log),
        uncovered: uncovered.unwrap_or_default(),
    };
    top.finish(findings);
    config
}

fn section<T: Default>(
    top: &mut Table<'_>,
    key: &'static str,
    findings: &mut Findings,
    read: impl FnOnce(Table<'_>, &mut Findings) -> T,
) -> T {
    let table = top.take(key).and_then(|value| value.table(findings));
    table.map(|table| read(table, findings)).unwrap_or_default()
}

fn version(value: Option<Value<'_>>, findings: &mut Findings) {
    let Some(value) = value else {
        findings.missing("there is no 'version'", "begin the file with 'version = 1'");
        return;
    };
    match value.raw() {
        DeValue::Integer(number) if i64::from_str_radix(number.as_str(), number.radix()) == Ok(VERSION) => {}
        DeValue::Integer(number) => {
            findings.error(
                &value.span(),
                format!("version {number} is not known"),
                format!("this refgate reads version {VERSION}"),
            );
        }
        _ => {
            value.wrong::<()>(findings, "a whole number");
        }
    }
}

fn identity(mut table: Table<'_>, findings: &mut Findings) -> IdentityConfig {
    let mut identity = IdentityConfig {
        people: path(table.take("people"), findings),
        allowed_signers: paths(table.take("allowed_signers"), findings),
        revoked_keys: paths(table.take("revoked_keys"), findings),
        openpgp: paths(table.take("openpgp"), findings),
        ..IdentityConfig::default()
    };
    if let Some(value) = table.take("clock_tolerance") {
        let day = std::time::Duration::from_secs(24 * 60 * 60);
        quantity::duration(&value, std::time::Duration::ZERO..=day, findings, &mut identity.clock_tolerance);
    }
    table.finish(findings);
    identity
}

fn policies(mut table: Table<'_>, findings: &mut Findings) -> PoliciesConfig {
    let path = path(table.take("path"), findings);
    let data = table.take("data").map(|value| value.string_or_strings(findings)).unwrap_or_default();
    table.finish(findings);
    PoliciesConfig {
        path,
        data: data.iter().map(|written| findings.path(written)).collect(),
        data_spans: data.into_iter().map(|written| written.span).collect(),
    }
}

fn bindings(value: Option<Value<'_>>, findings: &mut Findings) -> Vec<Binding> {
    let is_empty = |value: &Value<'_>| value.raw().as_array().is_some_and(|array| array.is_empty());
    if value.as_ref().is_none_or(is_empty) {
        findings.missing(
            "no rule is bound: every push would be refused, or let through unjudged",
            "write a '[[rule]]' with 'use', for example 'use = \"update.fast_forward\"'",
        );
    }
    let tables = value.map(|value| value.tables(findings)).unwrap_or_default();
    let bindings: Vec<_> = tables.into_iter().map(|table| binding::binding(table, findings)).collect();
    if let Some(first) = bindings.first()
        && bindings.iter().all(|binding| binding.mode != Mode::Enforce)
    {
        findings.warning(
            &first.span,
            "no rule is enforced",
            "leave 'mode' out, or write 'mode = \"enforce\"', where a violation shall refuse",
        );
    }
    bindings
}

fn history(mut table: Table<'_>, findings: &mut Findings) -> HistoryConfig {
    let history = HistoryConfig {
        baseline: baseline(table.take("baseline"), findings),
        trusted: table.take("trusted").map(|value| trusted(&value, findings)).unwrap_or_default(),
    };
    table.finish(findings);
    history
}

/// Here an empty list says what it means: no baseline.
fn baseline(value: Option<Value<'_>>, findings: &mut Findings) -> RefPatterns {
    let Some(value) = value else { return RefPatterns::none() };
    let words = value.string_or_strings(findings);
    if words.is_empty() {
        return RefPatterns::none();
    }
    patterns(&value, &words, RefPatterns::parse, findings).unwrap_or_else(RefPatterns::none)
}

fn trusted(value: &Value<'_>, findings: &mut Findings) -> Vec<ObjectId> {
    value.strings(findings).iter().filter_map(|word| commit(word, findings)).collect()
}

fn server(mut table: Table<'_>, findings: &mut Findings) -> ServerConfig {
    let forges = [
        ("gitea", Forge::Gitea),
        ("github", Forge::Github),
        ("gitlab", Forge::Gitlab),
        ("gitolite", Forge::Gitolite),
        ("plain", Forge::Plain),
    ];
    let forge = table.take("forge").and_then(|value| value.choice(findings, &forges));
    table.finish(findings);
    ServerConfig { forge: forge.unwrap_or_default() }
}

fn log(mut table: Table<'_>, findings: &mut Findings) -> LogConfig {
    let log = LogConfig {
        path: path(table.take("path"), findings),
        input: table.take("input").and_then(|value| value.boolean(findings)).unwrap_or_default(),
    };
    table.finish(findings);
    log
}

fn path(value: Option<Value<'_>>, findings: &mut Findings) -> Option<PathBuf> {
    let written = value?.string(findings)?;
    Some(findings.path(&written))
}

fn paths(value: Option<Value<'_>>, findings: &mut Findings) -> Vec<PathBuf> {
    let written = value.map(|value| value.string_or_strings(findings)).unwrap_or_default();
    written.iter().map(|written| findings.path(written)).collect()
}

/// A full object id of either width.
pub fn commit(word: &Named, findings: &mut Findings) -> Option<ObjectId> {
    let formats = [ObjectFormat::Sha1, ObjectFormat::Sha256];
    let id = formats.into_iter().find_map(|format| ObjectId::parse(word.name.as_bytes(), format));
    if id.is_none() || id.is_some_and(|id| id.is_null()) {
        findings.error(
            &word.span,
            format!("'{}' is not the full id of a commit", word.name),
            "write all 40 or 64 digits, letters in lower case",
        );
    }
    id
}

/// Compiles patterns; each error is told at its own place in the list.
pub fn patterns<P>(
    value: &Value<'_>,
    words: &[Named],
    parse: impl FnOnce(&[String]) -> Result<P, Vec<(usize, PatternError)>>,
    findings: &mut Findings,
) -> Option<P> {
    let written: Vec<String> = words.iter().map(|word| word.name.clone()).collect();
    match parse(&written) {
        Ok(patterns) => Some(patterns),
        Err(errors) => {
            for (index, error) in errors {
                let span = match (&error, words.get(index)) {
                    (PatternError::EmptyList | PatternError::OnlyExclusions, _) | (_, None) => value.span(),
                    (_, Some(word)) => word.span.clone(),
                };
                findings.error(&span, error.to_string(), error.help());
            }
            None
        }
    }
}
