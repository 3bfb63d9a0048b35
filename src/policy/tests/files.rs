//! Which files are rules, and which rules act.

use serde_json::json;

use super::{Stage, assert_says, problems, rendered};
use crate::policy::metadata::{self, Part};
use crate::policy::{Policy, Subject, scan};

#[test]
fn files_that_no_one_would_write_are_problems() {
    let deep = format!("deny contains \"x\" if x := {}{}", "[".repeat(30), "]".repeat(30));
    assert_says(&problems(&deep), &["brackets more than 10 deep"]);
    assert!(!problems(&deep).contains("there is no rule"), "{}", problems(&deep));
    for operator in ["+", "==", " in ", "|"] {
        let chain = |length: usize| format!("deny contains \"x\" if 1 == {}1", format!("1{operator}\n").repeat(length));
        assert_says(&problems(&chain(1900)), &["expressions too deep in each other"]);
        assert_says(&problems(&chain(20_000)), &["operators in one file"]);
    }
    let big = format!("deny contains \"x\"\n# {}", "x".repeat(300 << 10));
    assert_says(&problems(&big), &["bytes, more than 262144"]);
    assert_says(&Stage::new().own("a.rego", "\u{feff}package refgate.commit.x").problems(), &["byte order mark"]);
    assert_says(&Stage::new().own("a.rego", "allow := true").problems(), &["a.rego", "the file has no package"]);
}

#[test]
fn packages_that_are_neither_rule_nor_library_are_problems() {
    let own =
        |package: &str| Stage::new().own("a.rego", &format!("package {package}\n\ndeny contains \"x\"")).problems();
    assert_says(
        &own("refgate.comit.x"),
        &[
            "package 'refgate.comit.x' is neither a rule nor a library",
            "'comit' is not a subject, did you mean 'commit'?",
        ],
    );
    assert_says(&own("refgate.commit.x.y"), &["a rule's name has no dots"]);
    assert_says(&own("commit.x"), &["rules are 'refgate.<subject>.<name>'"]);
    assert_says(&own("refgate.lib"), &["libraries 'refgate.lib.<name>'"]);
}

#[test]
fn tests_are_not_rules() {
    let stage = Stage::with("commit.x", "deny contains \"x\"")
        .own("a_test.rego", "this is not even Rego")
        .own("b.rego", "package refgate.commit.x_test\n\ntest_x if data.refgate.commit.x.deny with input as {}");
    let (policy, warnings) = stage.load().map_err(|problems| rendered(&problems)).unwrap();
    assert_eq!((policy.rules().len(), warnings.len()), (1, 0));
}

#[test]
fn a_package_is_defined_once() {
    let rule = "package refgate.commit.x\n\ndeny contains \"x\"";
    assert_says(
        &Stage::new().shipped("s.rego", rule).own("o.rego", rule).bind("commit.x", json!({})).problems(),
        &["o.rego:1", "already defined in s.rego"],
    );
    let library = "package refgate.lib.x\n\ny := 1";
    assert_says(
        &Stage::new().shipped("s.rego", library).own("o.rego", library).problems(),
        &["already defined in s.rego"],
    );
    assert_says(&Stage::new().own("a.rego", rule).own("b.rego", rule).problems(), &["already defined in a.rego"]);
}

#[test]
fn rules_that_do_not_exist_cannot_be_bound() {
    let stage = Stage::with("commit.signed", "deny contains \"x\"").bind("commit.sgned", json!({}));
    assert_says(
        &stage.problems(),
        &["refgate.toml:2", "there is no rule 'commit.sgned'", "did you mean 'commit.signed'?"],
    );
    assert_says(&Stage::new().bind("commit.signed", json!({})).problems(), &["'refgate rules' lists what there is"]);
}

#[test]
fn rules_of_one_s_own_that_are_not_bound_are_told_and_do_nothing() {
    let stage = Stage::with("commit.x", "deny contains \"x\"")
        .own("y.rego", "package refgate.tag.y\n\nthis is not looked into");
    let (policy, warnings) = stage.load().map_err(|problems| rendered(&problems)).unwrap();
    assert_says(&rendered(&warnings), &["warning", "rule 'tag.y' is not bound, so it does nothing"]);
    let codes: Vec<_> =
        policy.rules().iter().map(|rule| (rule.code.as_str(), rule.subject, rule.reads.is_some())).collect();
    assert_eq!(codes, [("commit.x", Subject::Commit, true), ("tag.y", Subject::Tag, false)]);
}

#[test]
fn what_shipped_rules_say_of_themselves_is_read_where_they_are_bound() {
    let described =
        |name: &str| format!("# METADATA\n# titel: a\npackage refgate.commit.{name}\n\ndeny contains \"x\"");
    let stage = Stage::new().shipped("x.rego", &described("x")).shipped("y.rego", &described("y"));
    let words = stage.bind("commit.x", json!({})).problems();
    assert_says(&words, &["unknown METADATA field 'titel'", "x.rego:2"]);
    assert!(!words.contains("y.rego"), "{words}");
}

#[test]
fn what_a_hook_reads_of_shipped_metadata_is_what_it_says() {
    let mut described = 0;
    for file in crate::setup::shipped_rules() {
        let Some(package) = scan::package(&file.text) else { continue };
        let read = |part| metadata::read(&file.path, &file.text, package.start, part).0;
        let (all, part) = (read(Part::All), read(Part::Custom));
        assert_eq!((&part.hint, part.dynamic), (&all.hint, all.dynamic), "{}", file.path.display());
        assert_eq!(part.params, all.params, "{}", file.path.display());
        described += usize::from(!all.params.is_empty() && !all.hint.is_empty());
    }
    assert!(described > 10, "{described}");
}

#[test]
fn what_a_shipped_hint_amends_may_be_an_older_commit() {
    let mut amending = 0;
    for file in crate::setup::shipped_rules() {
        let Some(package) = scan::package(&file.text) else { continue };
        let hint = metadata::read(&file.path, &file.text, package.start, Part::Custom).0.hint;
        let amends = hint.contains("git commit --amend");
        assert!(!amends || hint.contains("git rebase "), "{}: {hint}", file.path.display());
        amending += usize::from(amends);
    }
    assert!(amending > 5, "{amending}");
}

#[test]
fn a_check_looks_into_what_is_not_bound() {
    let stage = Stage::with("commit.x", "deny contains \"x\"")
        .own("y.rego", "package refgate.tag.y\n\ndeny contains input.tag.idd")
        .own("lib.rego", "package refgate.lib.z\n\nf(x) := input.commit.idd if x\n\ng(x) := input.tag.id if x");
    stage.policy();
    let words = rendered(&stage.load_with(Policy::check).err().unwrap());
    assert_says(&words, &["'input.tag' has no field 'idd'", "'input.commit' has no field 'idd'"]);
    assert_eq!(words.matches("error").count(), 2, "{words}");
}
