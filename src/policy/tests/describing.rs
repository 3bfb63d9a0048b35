//! What rules say about themselves, and what bindings may give them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Stage;
use crate::policy::{Catalogue, Origin, ParamType};

/// A rule whose METADATA is these lines.
fn stage(metadata: &str, params: Value) -> Stage {
    let comment: String = metadata.lines().map(|line| format!("# {line}\n")).collect();
    let text = format!("# METADATA\n{comment}package refgate.commit.x\n\ndeny contains \"x\"\n");
    Stage::new().shipped("x.rego", &text).bind("commit.x", params)
}

/// A rule with one parameter `p`.
fn param(written: &str, params: Value) -> Stage {
    stage(&format!("custom:\n  params:\n    p: {written}"), params)
}

#[track_caller]
fn assert_says(words: &str, expected: &[&str]) {
    for part in expected {
        assert!(words.contains(part), "no '{part}' in:\n{words}");
    }
}

#[track_caller]
fn converted(written: &str, given: Value) -> Value {
    param(written, json!({"p": given})).policy().bound()[0][0].params["p"].clone()
}

#[track_caller]
fn refused(written: &str, given: Value) -> String {
    param(written, json!({"p": given})).problems()
}

#[test]
fn a_rule_says_what_it_is() {
    let metadata = "title: Commits are signed\ndescription: |\n  Each one, by someone known.\nrelated_resources:\n- https://example.org/a\n- ref: https://example.org/b\n  description: more\nauthors: [someone]\ncustom:\n  hint: sign {commit}\n  other: thing\n  params:\n    groups: {type: [group], default: [], description: who may sign}";
    let policy = stage(metadata, json!({})).policy();
    let rule = &policy.rules()[0];
    assert_eq!(
        (rule.code.as_str(), rule.title.as_str(), rule.description.as_str()),
        ("commit.x", "Commits are signed", "Each one, by someone known.")
    );
    assert_eq!((rule.hint.as_str(), rule.origin), ("sign {commit}", Origin::Shipped));
    assert_eq!(rule.related, ["https://example.org/a", "https://example.org/b"]);
    assert_eq!(
        (rule.params[0].name.as_str(), rule.params[0].kind.written(), rule.params[0].description.as_str()),
        ("groups", "[group]".to_string(), "who may sign")
    );
    assert_eq!(policy.bound()[0][0].params["groups"], json!([]));
    assert_eq!(policy.bound()[0][0].hint, "sign {commit}");
}

#[test]
fn metadata_of_the_package_may_stand_apart_if_it_says_so() {
    let text = "# METADATA\n# scope: package\n# title: here\n\n# Something else.\n\npackage refgate.commit.x\n\n# METADATA\n# title: of the rule\n# scope: rule\ndeny contains \"x\"\n\n# METADATA\n# title: of another\nhelper := 1\n";
    assert_eq!(Stage::new().shipped("x.rego", text).bind("commit.x", json!({})).policy().rules()[0].title, "here");
    let text = "# METADATA\n# title: not here\n\nimport_free := 1\n";
    assert_says(&Stage::new().shipped("x.rego", text).problems(), &["the file has no package"]);
}

#[test]
fn metadata_that_cannot_be_read_is_a_problem_in_its_line() {
    assert_says(&stage("title: [a", json!({})).problems(), &["METADATA cannot be read", "x.rego:"]);
    assert_says(
        &stage("title: a\nThis explains: it all: here", json!({})).problems(),
        &["METADATA cannot be read", "x.rego:3", "leave a line without '#'"],
    );
    assert_says(&stage("title: a\ntitle: b", json!({})).problems(), &["METADATA cannot be read", "x.rego:3"]);
    assert_says(&stage("just words", json!({})).problems(), &["METADATA is not a map"]);
    assert_says(
        &stage("titel: a", json!({})).problems(),
        &["unknown METADATA field 'titel'", "did you mean 'title'?", "x.rego:2"],
    );
    assert_says(&stage("title: [a]", json!({})).problems(), &["'title' is not a string", "x.rego:2"]);
    assert_says(&stage("scope: pakage", json!({})).problems(), &["unknown scope \"pakage\"", "'package'"]);
    assert_says(&stage("custom: [a]", json!({})).problems(), &["'custom' is not a map"]);
    assert_says(&stage("custom: {dynamic: 1}", json!({})).problems(), &["'dynamic' is neither true nor false"]);
    assert_says(
        &stage("custom: {hint: \"see {comit}\"}", json!({})).problems(),
        &["unknown placeholder '{comit}'", "{commit} {old} {new} {ref} {path}"],
    );
    assert_says(&stage("related_resources: x", json!({})).problems(), &["'related_resources' is not a list of links"]);
    assert_says(&stage(&format!("title: {}", "x".repeat(40_000)), json!({})).problems(), &["METADATA of more than"]);
    let bomb = "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d]\nf: &f [*e, *e, *e, *e, *e, *e, *e, *e]\ng: [*f, *f, *f, *f, *f, *f, *f, *f]";
    assert_says(&stage(bomb, json!({})).problems(), &["x.rego"]);
    let twice = "# METADATA\n# scope: package\n# title: a\n\n# METADATA\n# title: b\npackage refgate.commit.x\n\ndeny contains \"x\"";
    assert_says(&Stage::new().own("x.rego", twice).problems(), &["a second METADATA block"]);
    let misplaced =
        "package refgate.commit.x\n\n# METADATA\n# custom:\n#   params: {a: {type: string}}\ndeny contains \"x\"";
    assert_says(&Stage::new().own("x.rego", misplaced).problems(), &["parameters outside the package's METADATA"]);
}

#[test]
fn parameters_that_are_declared_wrongly_are_problems() {
    assert_says(
        &param("{type: strng}", json!({})).problems(),
        &["parameter 'p': 'strng' is not a type, did you mean 'string'?", "x.rego:4", "'[type]'"],
    );
    assert_says(&param("{type: [string, integer]}", json!({})).problems(), &["a list type names exactly one type"]);
    assert_says(&param("{type: {integer: string}}", json!({})).problems(), &["a map type is '{string: type}'"]);
    assert_says(&param("{type: [[[[string]]]]}", json!({})).problems(), &["too deep"]);
    assert_says(&param("{default: 1}", json!({})).problems(), &["it has no type"]);
    assert_says(&param("string", json!({})).problems(), &["parameter 'p' is not a map"]);
    assert_says(
        &param("{type: string, defalt: x}", json!({})).problems(),
        &["unknown field 'defalt' of parameter 'p'", "'default'"],
    );
    assert_says(
        &param("{type: integer, default: x}", json!({})).problems(),
        &["the default of parameter 'p': \"x\" is not an integer", "x.rego:4"],
    );
    assert_says(
        &stage("custom:\n  params:\n    Big-One: {type: string, default: x}", json!({})).problems(),
        &["'Big-One' is not a parameter name"],
    );
    assert_says(&stage("custom:\n  params: [a]", json!({})).problems(), &["'params' is not a map"]);
}

#[test]
fn bindings_give_what_rules_ask_for() {
    assert_says(
        &param("{type: [group], description: who}", json!({})).problems(),
        &["refgate.toml:1", "rule 'commit.x' needs the parameter 'p'", "of type [group]: who"],
    );
    assert_says(
        &param("{type: string, default: x}", json!({"q": 1})).problems(),
        &["refgate.toml:2", "rule 'commit.x' has no parameter 'q'"],
    );
    assert_says(&stage("title: a", json!({"q": 1})).problems(), &["it has none"]);
    let both = stage(
        "custom:\n  params:\n    groups: {type: [group], default: []}\n    people: {type: [person], default: []}",
        json!({"grups": []}),
    );
    assert_says(&both.problems(), &["has no parameter 'grups'", "did you mean 'groups'?"]);
}

#[test]
fn values_are_checked_and_turned_into_what_rules_see() {
    assert_eq!(converted("{type: string}", json!("x")), json!("x"));
    assert_eq!(converted("{type: integer}", json!(-3)), json!(-3));
    assert_eq!(converted("{type: boolean}", json!(true)), json!(true));
    assert_eq!(
        converted("{type: duration}", json!("1w2d3h4m5s")),
        json!((7 * 86_400 + 2 * 86_400 + 3 * 3600 + 4 * 60 + 5) * 1_000_000_000_i64)
    );
    assert_eq!(converted("{type: date}", json!("2027-01-01")), json!(1_798_761_600_000_000_000_i64));
    assert_eq!(converted("{type: regex}", json!("^[A-Z]+-[0-9]+")), json!("^[A-Z]+-[0-9]+"));
    assert_eq!(converted("{type: ref}", json!("refs/heads/main")), json!("refs/heads/main"));
    assert_eq!(converted("{type: [group]}", json!(["security", "maintainers"])), json!(["security", "maintainers"]));
    assert_eq!(converted("{type: {string: [person]}}", json!({"a/b": ["alice"]})), json!({"a/b": ["alice"]}));
    assert_eq!(
        param("{type: duration, default: 5m}", json!({})).policy().bound()[0][0].params["p"],
        json!(300_000_000_000_i64)
    );
}

#[test]
fn a_default_may_stand_for_those_who_sign_for_committers() {
    let value = |spec: &str, given: Value| param(spec, given).policy().bound()[0][0].params["p"].clone();
    let spec = "{type: [person], default: \"@signs_for.committers\"}";
    assert_eq!(value(spec, json!({})), json!(["forge"]));
    assert_eq!(value(spec, json!({"p": []})), json!([]));
    assert_eq!(value(spec, json!({"p": ["alice"]})), json!(["alice"]));
    // Elsewhere these are only letters.
    assert_eq!(value("{type: string, default: \"@signs_for.committers\"}", json!({})), json!("@signs_for.committers"));
    assert_says(&param("{type: [person], default: \"@signs_for.comitters\"}", json!({})).problems(), &["is not a list"]);
    assert_says(&refused("{type: [person]}", json!("@signs_for.committers")), &["is not a list"]);
}

#[test]
fn values_of_the_wrong_kind_are_problems_at_their_key() {
    assert_says(
        &refused("{type: [group]}", json!(["securty"])),
        &["refgate.toml:2", "parameter 'p': there is no group 'securty', did you mean 'security'?"],
    );
    assert_says(&refused("{type: person}", json!("mallory")), &["there is no person 'mallory'"]);
    assert_says(&refused("{type: regex}", json!("a(")), &["'a(' is not a regular expression: unclosed group"]);
    assert_says(&refused("{type: regex}", json!("^.{1,100}$")), &["is too large when compiled"]);
    assert_says(&refused("{type: ref}", json!("main")), &["'main' is not a full ref name"]);
    assert_says(&refused("{type: ref}", json!("refs/heads/*")), &["is not a full ref name"]);
    for duration in ["", "5", "m", "5x", "5 m", "-5m", "5m ", "5µ"] {
        assert_says(&refused("{type: duration}", json!(duration)), &["is not a duration"]);
    }
    assert_says(&refused("{type: duration}", json!("20000w")), &["longer than 292 years"]);
    for date in ["2027-13-01", "2027-1-1", "2027-01-01T00:00:00Z", "", "2027-02-30"] {
        assert_says(&refused("{type: date}", json!(date)), &["is not a date"]);
    }
    assert_says(&refused("{type: date}", json!("9999-01-01")), &["out of range"]);
    assert_says(&refused("{type: integer}", json!(1.5)), &["1.5 is not an integer"]);
    assert_says(&refused("{type: integer}", json!(u64::MAX)), &["is not an integer"]);
    assert_says(&refused("{type: string}", json!(["x"])), &["[\"x\"] is not a string"]);
    assert_says(&refused("{type: string}", json!(null)), &["null is not a string"]);
    assert_says(&refused("{type: [string]}", json!("x")), &["\"x\" is not a list, each member a string"]);
    assert_says(&refused("{type: {string: string}}", json!({"a": 1})), &["1 is not a string"]);
}

/// The engine's limit can be neither asked for nor set, so it is looked for.
#[test]
fn the_limit_on_regular_expressions_is_the_engine_s() {
    let mut engine = crate::policy::engine::new();
    engine.add_policy("x.rego".to_string(), "package x\ny := regex.match(input, \"\")".to_string()).unwrap();
    let nobody = BTreeSet::new();
    let catalogue = Catalogue { groups: &nobody, people: &nobody, sign_for_committers: &nobody, all_known: true };
    let mut fits = |pattern: String| {
        engine.set_input(regorus::Value::from(pattern.as_str()));
        let evaluates = engine.eval_rule("data.x.y".to_string()).is_ok();
        assert_eq!(ParamType::Regex.convert(&json!(pattern), &catalogue).is_ok(), evaluates, "{pattern}");
        evaluates
    };
    let (small, large): (Vec<usize>, Vec<usize>) =
        (1..4000).step_by(7).partition(|count| fits(format!("a{{{count}}}")));
    assert!(!small.is_empty() && !large.is_empty());
    assert!(!fits("a(".to_string()));
}
