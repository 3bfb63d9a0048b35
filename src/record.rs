//! The decision log: one JSON line for each push, in the field names of OPA's decision logs.
//!
//! Written and flushed to disk before the hook says yes. Records what was decided; decides nothing.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

use crate::facts;
use crate::input::Document;
use crate::report::visible_json;
use crate::verdict::{Decision, Exempted, Inputs, JudgedUpdate, Metrics, Violation};

mod past;

pub use past::{Past, PastEntry, PastQuestion, PastUpdate, PastViolation, Shown};

/// Bytes that are written at once: nearly every line is.
const BUFFER_BYTES: usize = 1 << 16;

/// The line for one decision (`decision_id`, `timestamp`, `labels`, `path`, `requested_by`, `input`, `result`,
/// `metrics`; <https://www.openpolicyagent.org/docs/management-decision-logs>). Borrowed: what was pushed makes it as
/// long as the limits allow.
#[derive(Serialize)]
pub struct Event<'a> {
    decision_id: &'a str,
    timestamp: String,
    labels: Labels<'a>,
    path: &'static str,
    requested_by: &'a str,
    input: Input<'a>,
    result: Outcome<'a>,
    metrics: &'a Metrics,
}

#[derive(Serialize)]
struct Labels<'a> {
    app: &'static str,
    version: &'static str,
    repository: &'a str,
}

#[derive(Serialize)]
struct Input<'a> {
    push: Option<&'a facts::Push>,
    updates: &'a [JudgedUpdate],
    read: &'a Inputs,
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<ShownHere<'a>>,
}

#[derive(Serialize)]
struct Outcome<'a> {
    verdict: &'static str,
    exit_code: u8,
    violations: &'a [Violation],
    warnings: &'a [Violation],
    exempted: &'a [Exempted],
    omitted: usize,
    errors: &'a [String],
    error: &'a str,
}

/// What rules were shown, each document once: enough to ask other rules about it later.
#[derive(Serialize)]
struct ShownHere<'a> {
    config: &'a Value,
    asked: Vec<Question<'a>>,
    unkept: usize,
    documents: Vec<&'a Document>,
    scopes: Vec<Scope<'a>>,
    commits: Vec<&'a Vec<String>>,
}

#[derive(Serialize)]
struct Question<'a> {
    rule: &'a str,
    entry: usize,
    #[serde(rename = "ref")]
    ref_name: &'a str,
    commit: &'a str,
    subject: &'a str,
    tag: &'a str,
    document: usize,
    denied: &'a [String],
    warned: &'a [String],
}

#[derive(Serialize)]
struct Scope<'a> {
    #[serde(rename = "ref")]
    ref_name: &'a str,
    entry: usize,
    rule: &'a str,
    commits: usize,
}

pub fn event(decision: &Decision) -> Event<'_> {
    let Decision { id, received, push, updates, findings, failure, inputs, metrics } = decision;
    let verdict = decision.verdict();
    let push = push.as_ref();
    Event {
        decision_id: id,
        timestamp: received.rfc3339(),
        labels: Labels {
            app: "refgate",
            version: env!("CARGO_PKG_VERSION"),
            repository: push.map_or("", |push| push.repository.path.as_str()),
        },
        path: "refgate/pre_receive",
        requested_by: push.map_or("", |push| push.pusher.name.as_str()),
        input: Input {
            push,
            updates,
            read: inputs,
            shown: inputs.config.as_ref().map(|config| shown(decision, config)),
        },
        result: Outcome {
            verdict: verdict.name(),
            exit_code: verdict.exit_code(),
            violations: &findings.violations,
            warnings: &findings.warnings,
            exempted: &findings.exempted,
            omitted: findings.omitted,
            errors: &findings.errors,
            error: failure.as_ref().map_or("", |failure| failure.detail.as_str()),
        },
        metrics,
    }
}

fn shown<'a>(decision: &'a Decision, config: &'a Value) -> ShownHere<'a> {
    let mut documents: Vec<&Document> = Vec::new();
    let mut positions: HashMap<*const Document, usize> = HashMap::new();
    let mut asked = Vec::new();
    for one in &decision.findings.asked {
        let document = *positions.entry(Arc::as_ptr(&one.document)).or_insert_with(|| {
            documents.push(&one.document);
            documents.len() - 1
        });
        asked.push(Question {
            rule: &one.code,
            entry: one.entry,
            ref_name: &one.place.ref_name,
            commit: &one.place.commit,
            subject: &one.place.subject,
            tag: &one.place.tag,
            document,
            denied: &one.denied,
            warned: &one.warned,
        });
    }
    let mut lists: Vec<&Arc<Vec<String>>> = Vec::new();
    let mut scopes = Vec::new();
    for scope in &decision.findings.scopes {
        let commits = lists.iter().position(|list| Arc::ptr_eq(list, &scope.commits)).unwrap_or_else(|| {
            lists.push(&scope.commits);
            lists.len() - 1
        });
        scopes.push(Scope { ref_name: &scope.ref_name, entry: scope.entry, rule: &scope.code, commits });
    }
    let commits = lists.into_iter().map(|list| &**list).collect();
    ShownHere { config, asked, unkept: decision.findings.unkept, documents, scopes, commits }
}

/// Appends one line and waits until it is on disk. A line that does not fit is taken back; one that a killed process
/// left unfinished is ended first, so that it spoils no other.
pub fn append(log: &Path, event: &impl Serialize) -> io::Result<()> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(log)?;
    file.lock()?;
    let before = file.metadata()?.len();
    let unfinished = ends_within_a_line(log, before);
    let written = write_line(&file, event, unfinished).and_then(|()| file.sync_data()).and_then(|()| match before {
        0 => sync_folder(log, &file),
        _ => Ok(()),
    });
    if written.is_err() {
        let _ = file.set_len(before);
    }
    written
}

/// Why nobody could append to this log; `None` when nothing is seen to be in the way.
pub fn obstacle(log: &Path) -> Option<String> {
    if log.is_dir() {
        return Some("it is a folder".to_string());
    }
    let folder = folder_of(log);
    match std::fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => None,
        Ok(_) => Some(format!("'{}' is no folder", folder.display())),
        // Others may see more.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => None,
        Err(error) => Some(format!("its folder '{}': {error}", folder.display())),
    }
}

fn folder_of(log: &Path) -> &Path {
    log.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Written as it is worked out: a long line is never in memory.
fn write_line(file: &File, event: &impl Serialize, unfinished: bool) -> io::Result<()> {
    let mut buffer = BufWriter::with_capacity(BUFFER_BYTES, file);
    if unfinished {
        buffer.write_all(b"\n")?;
    }
    event.serialize(&mut Serializer::with_formatter(&mut buffer, Visible))?;
    buffer.write_all(b"\n")?;
    buffer.flush()
}

/// JSON on one line, in which every character can be seen.
struct Visible;

impl Formatter for Visible {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        writer.write_all(visible_json(fragment).as_bytes())
    }
}

/// A file that is new is on disk when its name is (fsync(2)). What is no file has no such name.
fn sync_folder(log: &Path, file: &File) -> io::Result<()> {
    if !file.metadata()?.is_file() {
        return Ok(());
    }
    File::open(folder_of(log))?.sync_all()
}

/// A log that may be written and not read is taken to be whole.
fn ends_within_a_line(log: &Path, bytes: u64) -> bool {
    let mut last = [b'\n'];
    let Some(position) = bytes.checked_sub(1) else { return false };
    let read = File::open(log).and_then(|file| file.read_exact_at(&mut last, position));
    read.is_ok() && last != [b'\n']
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_that_was_cut_off_stays_alone() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("decisions.jsonl");
        std::fs::write(&log, "{\"n\"").unwrap();
        append(&log, &json!({"n": 2})).unwrap();
        append(&log, &json!({"n": 3})).unwrap();
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "{\"n\"\n{\"n\":2}\n{\"n\":3}\n");
    }

    #[test]
    fn lines_are_appended_whole() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("decisions.jsonl");
        append(&log, &json!({"n": 1})).unwrap();
        append(&log, &json!({"n": 2})).unwrap();
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "{\"n\":1}\n{\"n\":2}\n");
    }

    #[test]
    fn a_line_says_what_it_says_and_hides_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("decisions.jsonl");
        let odd = json!({"a\u{202e}\"b": ["\u{1b}[2J\n", "\u{e0041}ü\u{85}", "x".repeat(3 * BUFFER_BYTES)]});
        append(&log, &odd).unwrap();
        let line = std::fs::read_to_string(&log).unwrap();
        assert_eq!((visible_json(&line), serde_json::from_str::<Value>(&line).unwrap()), (line.as_str().into(), odd));
        assert_eq!(line.matches('\n').count(), 1);
    }

    #[test]
    fn a_log_that_is_named_alone_is_in_this_folder() {
        // Where the tests run is the package, and a file of it is as good as any.
        let file = File::open("Cargo.toml").unwrap();
        assert!(sync_folder(Path::new("Cargo.toml"), &file).is_ok());
        assert!(sync_folder(Path::new("/nonexistent/log"), &file).is_err());
        let pipe = File::open("/dev/null").unwrap();
        assert!(sync_folder(Path::new("/nonexistent/log"), &pipe).is_ok());
    }

    #[test]
    fn a_full_disk_is_an_error() {
        assert!(append(Path::new("/dev/full"), &json!({})).is_err());
    }
}
