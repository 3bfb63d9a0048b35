//! What rules answer, and what counts as an answer.

use serde_json::json;

use super::Stage;
use crate::input::Document;
use crate::policy::{Answer, AskError, Finding};

fn answer(body: &str) -> Result<Answer, AskError> {
    Stage::with("commit.x", body).ask(json!({"commit": {"message": "hi"}}))
}

#[track_caller]
fn denied(body: &str) -> Vec<String> {
    answer(body).unwrap().deny.into_iter().map(|finding| finding.message).collect()
}

#[track_caller]
fn failure(body: &str) -> String {
    answer(body).unwrap_err().to_string()
}

#[test]
fn members_of_deny_come_sorted_with_hint_and_path() {
    let deny = answer(
        r#"deny contains "b"
        deny contains {"message": "a", "hint": "do it", "path": "x/y"}
        deny contains {"message": "a"}"#,
    );
    let finding = |message: &str, path: &str, hint: &str| Finding {
        message: message.into(),
        path: path.into(),
        hint: hint.into(),
    };
    assert_eq!(deny.unwrap().deny, [finding("a", "", ""), finding("a", "x/y", "do it"), finding("b", "", "")]);
}

#[test]
fn nothing_denied_is_an_empty_answer() {
    assert_eq!(answer(r#"deny contains "b" if input.commit.message == "ho""#).unwrap(), Answer::default());
}

#[test]
fn warnings_do_not_deny() {
    let answer = answer(r#"warn contains "w""#).unwrap();
    assert_eq!((answer.deny.len(), answer.warn.len()), (0, 1));
}

#[test]
fn allow_must_be_exactly_true() {
    assert_eq!(denied(r#"allow if input.commit.message == "hi""#), [""; 0]);
    for body in [
        r#"allow if input.commit.message == "ho""#,
        "allow := 1",
        "allow := \"true\"",
        "allow := false",
        "default allow := false",
        "allow := {true}",
    ] {
        assert_eq!(denied(body), ["not allowed by commit.x"], "{body}");
    }
}

#[test]
fn deny_and_allow_together_must_both_agree() {
    assert_eq!(denied("allow := true\ndeny contains \"x\""), ["x"]);
    assert_eq!(denied("allow := false\ndeny contains \"x\""), ["x", "not allowed by commit.x"]);
}

#[test]
fn members_of_any_other_form_are_errors() {
    // Where it can be seen what they are, they do not load.
    let cases = [
        ("deny contains 1", "is a number"),
        ("deny contains null", "is null"),
        ("deny contains [\"x\"]", "is an array"),
        ("deny contains {\"hint\": \"x\"}", "has no 'message'"),
        ("deny contains {\"message\": 1}", "has a number as 'message'"),
        ("deny contains {\"message\": \"x\", \"hint\": null}", "has null as 'hint'"),
        ("deny contains {\"message\": \"x\", \"hnt\": \"x\"}", "has a field \"hnt\""),
        ("warn contains true", "a member of 'warn' is a boolean"),
    ];
    for (body, words) in cases {
        let (head, member) = body.split_once(" contains ").unwrap();
        let failure =
            failure(&format!("{head} contains member if {{\n\tmember := json.unmarshal(json.marshal({member}))\n}}"));
        assert!(failure.contains(words), "{body}: {failure}");
    }
}

/// With the engine's other setting, which is OPA's default, each of these would accept.
#[test]
fn builtin_errors_are_errors() {
    for body in [
        r#"deny contains "x" if to_number(input.commit.message) > 1"#,
        r#"deny contains "x" if regex.match(concat("", ["("]), input.commit.message)"#,
        r#"deny contains "x" if 1 / count([]) > 1"#,
        r#"deny contains "x" if not startswith(input.commit, "x")"#,
        r#"deny contains "x" if time.parse_rfc3339_ns(input.commit.message) > 1"#,
    ] {
        assert!(failure(body).starts_with("commit.x: "), "{body}");
        assert!(failure(body).contains("(commit/x.rego"), "{}", failure(body));
    }
}

#[test]
fn rules_that_contradict_each_other_are_errors() {
    assert!(answer("allow := true if { true }\nallow := false if { true }").is_err());
    assert!(answer("f(_) := 1\nf(_) := 2\nallow if f(1) == 1").is_err());
}

#[test]
fn findings_and_their_words_are_bounded() {
    let deny = denied(
        "deny contains sprintf(\"%d ü%s\", [i, concat(\"\", [\"é\" | some _ in numbers.range(1, 100)])]) if some i in numbers.range(1, 9)",
    );
    assert_eq!(deny.len(), 4);
    assert_eq!(deny[3], "and 6 more");
    assert!(deny[0].len() <= 40 && deny[0].ends_with("é…"), "{}", deny[0]);
    let three = denied("deny contains sprintf(\"%d\", [i]) if some i in numbers.range(1, 3)");
    assert_eq!(three, ["1", "2", "3"]);
}

#[test]
fn an_evaluation_that_takes_too_long_is_an_error() {
    let stage = Stage::with(
        "commit.x",
        "deny contains \"x\" if {\n\tsome i in numbers.range(1, 3000)\n\tsome j in numbers.range(1, 3000)\n\ti * j == 0\n}",
    );
    let policy = stage.policy();
    let limits = crate::policy::AskLimits::of(&crate::config::Limits::default());
    let rule = &policy.bound()[0][0];
    let failure =
        policy.asker(std::time::Duration::from_millis(50), limits).ask(rule, &Document::from(&json!({}))).unwrap_err();
    assert!(failure.reason.contains("time"), "{failure}");
}

#[test]
fn large_integers_reach_rules_unchanged() {
    let stage = Stage::with("commit.x", "deny contains sprintf(\"%v\", [n]) if some n in input.commit.parents");
    let answer = stage.ask(json!({"commit": {"parents": [i64::MAX, u64::MAX, i64::MIN]}})).unwrap();
    let words: Vec<_> = answer.deny.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(words, ["-9223372036854775808", "18446744073709551615", "9223372036854775807"]);
}

#[test]
fn what_a_rule_prints_goes_nowhere() {
    assert_eq!(denied("deny contains \"x\" if print(\"secret\", input)"), ["x"]);
}
