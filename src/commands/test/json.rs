//! What tests came to, for programs.

use serde_json::{Value, json};

use crate::policy::testing::{Case, Fault, Outcome, Reason, Tested};

use super::Summary;

pub fn render(tested: &Tested, summary: &Summary) -> String {
    let rules: Vec<Value> = tested
        .trials
        .iter()
        .map(|trial| {
            json!({
                "code": trial.code,
                "file": trial.file,
                "refused_in": trial.refused_in.as_deref().unwrap_or_default(),
                "passed_in": trial.passed_in.as_deref().unwrap_or_default(),
            })
        })
        .collect();
    let files: Vec<Value> = tested
        .coverage
        .iter()
        .map(|file| json!({ "file": file.file, "covered": file.covered, "missed": file.missed }))
        .collect();
    let mut document = json!({
        "good": summary.good(),
        "passed": summary.passed,
        "failed": summary.failed,
        "skipped": summary.skipped,
        "tests": tested.cases.iter().map(case).collect::<Vec<_>>(),
        "rules": rules,
    });
    if let (Some(share), Some(fields)) = (summary.coverage, document.as_object_mut()) {
        let coverage =
            json!({ "covered": share.covered, "lines": share.all, "percent": share.percent(), "files": files });
        fields.insert("coverage".to_string(), coverage);
    }
    format!("{document:#}\n")
}

fn case(case: &Case) -> Value {
    let (outcome, faults) = match &case.outcome {
        Outcome::Broken { at, reason } => ("broken", vec![json!({ "at": at, "reason": reason })]),
        Outcome::Empty => ("empty", Vec::new()),
        Outcome::Failed(faults) => ("failed", faults.iter().map(fault).collect()),
        Outcome::Passed => ("passed", Vec::new()),
        Outcome::Skipped => ("skipped", Vec::new()),
    };
    json!({
        "package": case.package,
        "name": case.name,
        "file": case.file,
        "line": case.line,
        "outcome": outcome,
        "faults": faults,
        "printed": case.prints,
        "elapsed_ns": u64::try_from(case.elapsed.as_nanos()).unwrap_or(u64::MAX),
    })
}

fn fault(fault: &Fault) -> Value {
    let mut document = json!({ "line": fault.line, "expression": fault.expression });
    let values: serde_json::Map<String, Value> =
        fault.parts.iter().map(|part| (part.expression.clone(), Value::from(part.value.as_str()))).collect();
    let fields = match &fault.reason {
        Reason::Differs { actual, expected } => json!({ "actual": actual, "expected": expected }),
        Reason::NotEvery(members) => json!({ "not_for": members }),
        Reason::Was(value) => json!({ "actual": value }),
        Reason::Unknown => json!({}),
    };
    if let (Some(all), Value::Object(fields)) = (document.as_object_mut(), fields) {
        all.extend(fields);
        all.insert("values".to_string(), Value::Object(values));
    }
    document
}
