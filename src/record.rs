//! The decision log: one JSON line for each push, in the field names of OPA's decision logs.
//!
//! Written and flushed to disk before the hook says yes. Records what was decided; decides nothing.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::verdict::Decision;

/// The line for one decision (`decision_id`, `timestamp`, `labels`, `path`, `requested_by`, `input`, `result`,
/// `metrics`; <https://www.openpolicyagent.org/docs/management-decision-logs>).
pub fn event(decision: &Decision) -> Value {
    let verdict = decision.verdict();
    let push = decision.push.as_ref();
    json!({
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
    })
}

/// Appends one line and waits until it is on disk. A line that does not fit is taken back: the log never ends in
/// half a record.
pub fn append(log: &Path, event: &Value) -> io::Result<()> {
    let mut line = serde_json::to_vec(event)?;
    line.push(b'\n');
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(log)?;
    file.lock()?;
    let before = file.metadata()?.len();
    let written = file.write_all(&line).and_then(|()| file.sync_data());
    if written.is_err() {
        let _ = file.set_len(before);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

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
