//! The decision log: one JSON line for each push, in the field names of OPA's decision logs.
//!
//! Written and flushed to disk before the hook says yes. Records what was decided; decides nothing.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::report::visible_json;
use crate::verdict::Decision;

mod past;

pub use past::{Past, PastEntry, PastQuestion, PastUpdate, PastViolation, Shown};

/// The line for one decision (`decision_id`, `timestamp`, `labels`, `path`, `requested_by`, `input`, `result`,
/// `metrics`; <https://www.openpolicyagent.org/docs/management-decision-logs>).
pub fn event(decision: &Decision) -> Value {
    let verdict = decision.verdict();
    let push = decision.push.as_ref();
    let mut event = json!({
        "decision_id": decision.id,
        "timestamp": decision.received.rfc3339(),
        "labels": {
            "app": "refgate",
            "version": env!("CARGO_PKG_VERSION"),
            "repository": push.map_or("", |push| push.repository.path.as_str()),
        },
        "path": "refgate/pre_receive",
        "requested_by": push.map_or("", |push| push.pusher.name.as_str()),
        "input": { "push": push, "updates": decision.updates, "read": decision.inputs },
        "result": {
            "verdict": verdict.name(),
            "exit_code": verdict.exit_code(),
            "violations": decision.findings.violations,
            "warnings": decision.findings.warnings,
            "exempted": decision.findings.exempted,
            "omitted": decision.findings.omitted,
            "errors": decision.findings.errors,
            "error": decision.failure.as_ref().map_or("", |failure| failure.detail.as_str()),
        },
        "metrics": decision.metrics,
    });
    if let (Some(config), Some(input)) = (&decision.inputs.config, event["input"].as_object_mut()) {
        input.insert("shown".to_string(), shown(decision, config));
    }
    event
}

/// What rules were shown, each document once: enough to ask other rules about it later.
fn shown(decision: &Decision, config: &Value) -> Value {
    let mut documents: Vec<&Value> = Vec::new();
    let mut positions: HashMap<*const Value, usize> = HashMap::new();
    let mut asked = Vec::new();
    for one in &decision.findings.asked {
        let position = *positions.entry(Arc::as_ptr(&one.document)).or_insert_with(|| {
            documents.push(&one.document);
            documents.len() - 1
        });
        asked.push(json!({
            "rule": one.code,
            "entry": one.entry,
            "ref": one.place.ref_name,
            "commit": one.place.commit,
            "subject": one.place.subject,
            "tag": one.place.tag,
            "document": position,
            "denied": one.denied,
            "warned": one.warned,
        }));
    }
    let mut lists: Vec<&Arc<Vec<String>>> = Vec::new();
    let mut scopes = Vec::new();
    for scope in &decision.findings.scopes {
        let position = lists.iter().position(|list| Arc::ptr_eq(list, &scope.commits)).unwrap_or_else(|| {
            lists.push(&scope.commits);
            lists.len() - 1
        });
        scopes.push(json!({ "ref": scope.ref_name, "entry": scope.entry, "rule": scope.code, "commits": position }));
    }
    json!({
        "config": config,
        "asked": asked,
        "unkept": decision.findings.unkept,
        "documents": documents,
        "scopes": scopes,
        "commits": lists.into_iter().map(|list| &**list).collect::<Vec<_>>(),
    })
}

/// Appends one line and waits until it is on disk. A line that does not fit is taken back; one that a killed process
/// left unfinished is ended first, so that it spoils no other.
pub fn append(log: &Path, event: &Value) -> io::Result<()> {
    let mut line = visible_json(&serde_json::to_string(event)?).into_owned();
    line.push('\n');
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(log)?;
    file.lock()?;
    let before = file.metadata()?.len();
    if ends_within_a_line(log, before) {
        line.insert(0, '\n');
    }
    let written = file.write_all(line.as_bytes()).and_then(|()| file.sync_data());
    if written.is_err() {
        let _ = file.set_len(before);
    }
    written
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
    fn a_full_disk_is_an_error() {
        assert!(append(Path::new("/dev/full"), &json!({})).is_err());
    }
}
