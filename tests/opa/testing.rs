use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::program::{Opa, POLICIES};

/// What became of each test, and of each subtest, by `package.name[subtest]`.
pub type Outcomes = BTreeMap<String, &'static str>;

/// As `opa test` says.
pub fn theirs(opa: &Opa, folder: &Path) -> Outcomes {
    let finished = opa.run(&["test", "--format", "json", &folder.display().to_string()]);
    let results: Value = serde_json::from_slice(&finished.stdout)
        .unwrap_or_else(|error| panic!("{error}:\n{}", String::from_utf8_lossy(&finished.stderr)));
    let mut outcomes = Outcomes::new();
    for result in results.as_array().expect("a list of tests") {
        let package = result["package"].as_str().expect("a package").trim_start_matches("data.");
        collect(&format!("{package}.{}", result["name"].as_str().expect("a name")), result, &mut outcomes);
    }
    outcomes
}

/// A test, or the subtests that it has, as deep as they go.
fn collect(name: &str, result: &Value, outcomes: &mut Outcomes) {
    if let Some(subtests) = result["sub_results"].as_object() {
        return subtests.iter().for_each(|(label, subtest)| collect(&format!("{name}[{label}]"), subtest, outcomes));
    }
    let outcome = match (result["skip"] == true, result["fail"] == true || !result["error"].is_null()) {
        (true, _) => "skipped",
        (false, true) => "failed",
        (false, false) => "passed",
    };
    outcomes.insert(name.to_string(), outcome);
}

/// As `refgate test` says.
pub fn ours(folder: &Path) -> Outcomes {
    let mut command = Command::new(env!("CARGO_BIN_EXE_refgate"));
    let output = command.args(["test", "--format", "json"]).arg(folder).output().expect("refgate can be run");
    let printed: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}:\n{}", String::from_utf8_lossy(&output.stderr)));
    let mut outcomes = Outcomes::new();
    for test in printed["tests"].as_array().expect("a list of tests") {
        let outcome = match test["outcome"].as_str() {
            Some("passed") => "passed",
            Some("skipped") => "skipped",
            Some("empty") => "empty",
            _ => "failed",
        };
        let (package, name) = (test["package"].as_str().expect("a package"), test["name"].as_str().expect("a name"));
        outcomes.insert(format!("{package}.{name}"), outcome);
    }
    outcomes
}

/// Tests that come out in every way there is.
const TESTS: &str = r#"package refgate.commit.short_test

import data.refgate.commit.short

deny(subject) := violations if {
	violations := short.deny with input.commit.subject as subject
}

test_passes if deny("short") == set()

test_fails if deny("a subject that is too long") == set()

test_true := true

test_false := false

test_number := 1

test_string := "true"

test_set contains 1

test_object := {"a": true}

test_undefined if 1 == 2

test_error if to_number("z") == 1

test_else if {
	1 == 2
} else := true

todo_test_later if 1 == 2

test_table[name] if {
	some name, subject in {"good": "short", "bad": "a subject that is too long"}
	deny(subject) == set()
}

test_values[name] := value if {
	some name, value in {"one": true, "two": false, "three": 3}
}

test_deep[a][b] if {
	some a, list in {"x": [1, 2], "y": [1]}
	some b in list
	b == 1
}

todo_test_table[name] if {
	some name in ["a"]
	name == "b"
}

test_twice if 1 == 2

test_twice if 1 == 1

test_twice_over[name] if {
	some name, value in {"a": 1, "b": 2}
	value == 1
}

test_twice_over[name] if {
	some name, value in {"a": 1, "b": 2}
	value == 2
}

test_function(x) := x
"#;

/// Another file of the same package. Without a name of the first one: which file's test OPA numbers then is chance.
const MORE: &str = "package refgate.commit.short_test\n\ntest_elsewhere if 1 == 1\n";

fn desk(opa: &Opa, tests: &[(&str, &str)]) -> std::path::PathBuf {
    let desk = opa.home().join("desk");
    fs::create_dir_all(desk.join("commit/short")).expect("there is room for a folder");
    let rule = "package refgate.commit.short\n\ndeny contains \"too long\" if count(input.commit.subject) > 10\n";
    for (name, text) in [("short.rego", rule)].iter().chain(tests) {
        fs::write(desk.join("commit/short").join(name), text).expect("files can be written");
    }
    desk
}

#[test]
fn tests_of_shipped_rules_come_out_alike() {
    let Some(opa) = Opa::find() else { return };
    let (theirs, ours) = (theirs(&opa, Path::new(POLICIES)), ours(Path::new(POLICIES)));
    assert!(ours.len() > 150, "{} tests", ours.len());
    assert_eq!(ours, theirs);
}

#[test]
fn own_tests_come_out_alike_however_they_come_out() {
    let Some(opa) = Opa::find() else { return };
    let desk = desk(&opa, &[("short_test.rego", TESTS), ("short_too_test.rego", MORE)]);
    let (theirs, ours) = (theirs(&opa, &desk), ours(&desk));
    for outcome in ["passed", "failed", "skipped"] {
        assert!(ours.values().any(|one| *one == outcome), "{ours:#?}");
    }
    assert_eq!(ours, theirs);
}

/// The one difference that is meant: a table without cases tests nothing, and OPA lets it pass.
#[test]
fn a_table_without_cases_passes_in_opa_and_not_here() {
    let Some(opa) = Opa::find() else { return };
    let tests = "package refgate.commit.short_test\n\ntest_none[x] if {\n\tsome x in []\n\tx == 1\n}\n";
    let desk = desk(&opa, &[("short_test.rego", tests)]);
    let name = "refgate.commit.short_test.test_none".to_string();
    assert_eq!(theirs(&opa, &desk).get(&name), Some(&"passed"));
    assert_eq!(ours(&desk).get(&name), Some(&"empty"));
}
