use crate::desk::Desk;

const RULE: &str = "package refgate.commit.short\n\ndeny contains \"too long\" if count(input.commit.subject) > 10\n";

/// A desk with one rule and this test of it; the test's package and import are there already.
fn with_test(test: &str) -> Desk {
    let desk = Desk::empty();
    let head = "package refgate.commit.short_test\n\nimport data.refgate.commit.short\n\n";
    desk.write("policies/commit/short/short.rego", RULE)
        .write("policies/commit/short/short_test.rego", &format!("{head}{test}"));
    desk
}

const GOOD: &str = r#"
deny(subject) := found if {
	found := short.deny with input.commit.subject as subject
}

test_long if deny("a very long subject") == {"too long"}

test_short if deny("short") == set()
"#;

#[track_caller]
fn says(words: &str, expected: &[&str]) {
    for one in expected {
        assert!(words.contains(one), "'{one}' is not in\n{words}");
    }
}

#[test]
fn every_shipped_rule_has_its_tests_and_every_line_is_evaluated() {
    let words = Desk::empty().run(&["test", "--shipped", "--coverage", "--threshold", "100"]).answer();
    says(&words, &["100.0 %", " passed"]);
}

#[test]
fn good_tests_pass_and_say_how_many() {
    assert_eq!(with_test(GOOD).run(&["test", "policies"]).answer(), "2 passed\n");
}

#[test]
fn a_comparison_that_fails_tells_expected_and_actual() {
    let desk = with_test(&format!("{GOOD}\ntest_wrong if deny(\"a very long subject\") == {{\"too short\"}}\n"));
    let words = desk.run(&["test", "policies"]).ends(1);
    says(
        &words,
        &[
            "policies/commit/short/short_test.rego\n  failed   test_wrong, line 14\n",
            "      14 | deny(\"a very long subject\") == {\"too short\"}\n",
            "    expected  {\"too short\"}\n    actual    {\"too long\"}\n",
            "2 passed, 1 failed\n",
        ],
    );
}

#[test]
fn the_constant_side_is_what_was_expected_wherever_it_stands() {
    let words = with_test(&format!("{GOOD}\ntest_wrong if set() == deny(\"a very long subject\")\n"))
        .run(&["test", "policies"])
        .ends(1);
    says(&words, &["    expected  set()\n    actual    {\"too long\"}\n"]);
}

#[test]
fn long_values_are_told_as_a_difference_line_by_line() {
    let test = r#"
long(n) := {sprintf("violation number %v with a good many words in it", [i]) | some i in numbers.range(1, n)}

test_wrong if {
	long(3) == long(4)
}
"#;
    let words = with_test(&format!("{GOOD}{test}")).run(&["test", "policies"]).ends(1);
    says(&words, &["    - expected\n    + actual\n", "    -  \"violation number 4 with a good many words in it\",\n"]);
    assert!(!words.contains("+  \"violation number 1"), "{words}");
}

#[test]
fn the_statement_that_does_not_hold_is_shown_with_the_values_of_its_parts() {
    let test = r#"
test_wrong if {
	subject := "a very long subject"
	limit := 30
	count(subject) > limit
	limit == 30
}
"#;
    let words = with_test(&format!("{GOOD}{test}")).run(&["test", "policies"]).ends(1);
    says(
        &words,
        &[
            "      17 | count(subject) > limit\n",
            "      count(subject) is 19\n",
            "      subject is \"a very long subject\"\n",
            "      limit is 30\n",
        ],
    );
    assert!(!words.contains("limit == 30"), "{words}");
}

#[test]
fn a_reference_that_leads_nowhere_is_told_as_far_as_it_leads() {
    let test = "\nthing := {\"a\": {\"b\": 1}}\n\ntest_wrong if thing.a.c.d == 1\n";
    let words = with_test(&format!("{GOOD}{test}")).run(&["test", "policies"]).ends(1);
    says(&words, &["    expected  1\n    actual    undefined\n", "thing.a.c is undefined", "thing.a is {\"b\": 1}"]);
}

#[test]
fn what_is_not_to_hold_and_does_is_told_with_its_value() {
    let words = with_test(&format!("{GOOD}\ntest_wrong if not deny(\"a very long subject\")\n"))
        .run(&["test", "policies"])
        .ends(1);
    says(&words, &["    is        {\"too long\"}\n"]);
}

#[test]
fn the_members_are_named_for_which_every_does_not_hold() {
    let test = "\ntest_wrong if {\n\tevery n in [1, 2, 3] {\n\t\tn < 2\n\t}\n}\n";
    let words = with_test(&format!("{GOOD}{test}")).run(&["test", "policies"]).ends(1);
    says(&words, &["    not for   2\n    not for   3\n"]);
}

#[test]
fn tables_are_reported_by_the_names_of_their_cases() {
    let test = r#"
cases := {
	"good": {"subject": "short", "want": set()},
	"bad": {"subject": "a very long subject", "want": set()},
	"undefined": {"want": set()},
}

test_table[name] if {
	some name, case in cases
	deny(case.subject) == case.want
}
"#;
    let words = with_test(&format!("{GOOD}{test}")).run(&["test", "policies", "--verbose"]).ends(1);
    says(
        &words,
        &[
            "passed   test_table[good]",
            "failed   test_table[bad]",
            "failed   test_table[undefined]",
            "actual    {\"too long\"}",
            "case.subject is undefined",
            "3 passed, 2 failed",
        ],
    );
}

#[test]
fn tables_of_tables_and_tables_without_cases() {
    let test = "\ntest_deep[a][b] if {\n\tsome a, list in {\"x\": [1, 2]}\n\tsome b in list\n\tb == 1\n}\n\ntest_none[x] if {\n\tsome x in []\n\tx == 1\n}\n";
    let words = with_test(&format!("{GOOD}{test}")).run(&["test", "policies", "--verbose"]).ends(1);
    says(
        &words,
        &[
            "passed   test_deep[x][1]",
            "failed   test_deep[x][2]",
            "failed   test_none, line 20\n\n    it tests nothing",
        ],
    );
}

#[test]
fn only_true_passes_and_todo_is_skipped() {
    let test = "\ntest_number := 1\n\ntest_false := false\n\ntest_set contains 1\n\ntodo_test_later if 1 == 2\n";
    let words = with_test(&format!("{GOOD}{test}")).run(&["test", "policies"]).ends(1);
    says(
        &words,
        &["failed   test_number", "failed   test_false", "failed   test_set", "2 passed, 3 failed, 1 skipped"],
    );
}

/// To the engine two rules of one name are one, true when either is.
#[test]
fn tests_of_one_name_are_numbered_and_each_has_to_pass() {
    let test = "\ntest_twice if 1 == 2\n\ntest_twice if 1 == 1\n\ntest_each[n] if {\n\tsome n in [1]\n\tn == 1\n}\n\ntest_each[n] if {\n\tsome n in [1]\n\tn == 2\n}\n";
    let desk = with_test(&format!("{GOOD}{test}"));
    desk.write("policies/commit/short/more_test.rego", "package refgate.commit.short_test\n\ntest_long if 1 == 2\n");
    let words = desk.run(&["test", "policies", "--verbose"]).ends(1);
    says(&words, &["failed   test_twice, line", "passed   test_twice#01"]);
    says(&words, &["passed   test_each[1]", "failed   test_each#01[1]"]);
    says(&words, &["passed   test_long", "test_long#01"]);
    says(&words, &["3 failed"]);
    let words = desk.run(&["test", "policies", "--run", "test_twice#01"]).ends(0);
    says(&words, &["1 passed"]);
}

#[test]
fn what_is_called_a_test_and_takes_arguments_fails() {
    let words = with_test(&format!("{GOOD}\ntest_one(n) if n == 1\n")).run(&["test", "policies"]).ends(1);
    says(
        &words,
        &[
            "failed   test_one, line 14",
            "cannot be evaluated: it takes arguments, so it is no test",
            "2 passed, 1 failed",
        ],
    );
}

#[test]
fn an_error_of_a_function_fails_the_test_and_what_it_printed_is_shown() {
    let test = "\ntest_wrong if {\n\tprint(\"before\", 1)\n\tto_number(\"z\") == 1\n}\n";
    let words = with_test(&format!("{GOOD}{test}")).run(&["test", "policies"]).ends(1);
    says(
        &words,
        &[
            "cannot be evaluated: could not parse string as number (policies/commit/short/short_test.rego:16)",
            "before 1",
        ],
    );
}

#[test]
fn a_rule_without_a_test_in_which_it_refuses_is_named() {
    let head = "\ndeny(subject) := found if {\n\tfound := short.deny with input.commit.subject as subject\n}\n";
    let words =
        with_test(&format!("{head}\ntest_short if deny(\"short\") == set()\n")).run(&["test", "policies"]).ends(1);
    says(&words, &["commit.short has no test in which it refuses (policies/commit/short/short.rego)", "1 passed"]);
    let words = with_test(&format!("{head}\ntest_long if count(deny(\"a very long subject\")) == 1\n"))
        .run(&["test", "policies"])
        .ends(1);
    says(&words, &["commit.short has no test in which it lets something pass"]);
    let words = with_test("\ntest_nothing if count(\"\") == 0\n").run(&["test", "policies"]).ends(1);
    says(&words, &["no test in which it refuses, and none in which it lets something pass"]);
}

#[test]
fn rules_that_allow_are_seen_refusing_when_they_are_undefined() {
    let desk = Desk::empty();
    desk.write("policies/tag/v/v.rego", "package refgate.tag.v\n\nallow if startswith(input.tag.name, \"v\")\n");
    let head = "package refgate.tag.v_test\n\nimport data.refgate.tag.v\n\n";
    let yes = "test_yes if v.allow with input.tag.name as \"v1\"\n\n";
    desk.write("policies/tag/v/v_test.rego", &format!("{head}{yes}"));
    says(&desk.run(&["test", "policies"]).ends(1), &["tag.v has no test in which it refuses"]);
    desk.write(
        "policies/tag/v/v_test.rego",
        &format!("{head}{yes}test_no if not v.allow with input.tag.name as \"1\"\n"),
    );
    let _ = desk.run(&["test", "policies"]).answer();
}

#[test]
fn lines_that_no_test_evaluates_are_told_and_a_threshold_holds() {
    let desk = with_test(GOOD);
    desk.write("policies/lib/never/never.rego", "package refgate.lib.never\n\nused(x) := y if {\n\ty := x + 1\n}\n");
    let words = desk.run(&["test", "policies", "--coverage"]).answer();
    says(&words, &["policies/lib/never/never.rego: 0 of 2 lines, not 3-4\n", "1 of 3 lines evaluated, 33.3 %"]);
    let words = desk.run(&["test", "policies", "--threshold", "90"]).ends(1);
    says(&words, &["that is less than 90 %"]);
    let _ = desk.run(&["test", "policies", "--threshold", "33"]).answer();
    let _ = desk.run(&["test", "policies", "--threshold", "101"]).ends(2);
}

#[test]
fn mistakes_in_rules_and_tests_are_told_with_their_place_and_no_test_is_run() {
    let desk = with_test(GOOD);
    desk.write(
        "policies/commit/odd/odd.rego",
        "package refgate.commit.odd\n\ndeny contains \"x\" if input.comit.subject == \"\"\n",
    );
    let words = desk.run(&["test", "policies"]).ends(2);
    says(&words, &["odd.rego:3:28", "did you mean 'commit'?", "no test was run"]);
    assert!(!words.contains("is not bound"), "{words}");
    let desk = with_test("test_broken if {");
    says(&desk.run(&["test", "policies"]).ends(2), &["short_test.rego:"]);
}

#[test]
fn tests_may_use_the_shipped_examples_and_the_data_of_the_config() {
    let desk = Desk::started();
    let config = desk.read("refgate.toml").replace("# data = [\"data/teams.yaml\"]", "data = [\"data/teams.yaml\"]");
    desk.write("refgate.toml", &config).write("data/teams.yaml", "shop: [alice]\n");
    let test = r#"package refgate.commit.more_test

import data.refgate.commit.ticket
import data.refgate.lib.examples_test as examples

test_example if {
	input_of := examples.commit_input({"params": {"project": "SHOP"}, "commit": {"subject": "SHOP-1: door"}})
	ticket.deny == set() with input as input_of
}

test_data if data.teams.shop == ["alice"]
"#;
    desk.write("policies/commit/ticket/more_test.rego", test);
    assert_eq!(desk.run(&["test"]).answer(), "8 passed\n");
}

#[test]
fn some_tests_can_be_run_alone() {
    let desk = with_test(GOOD);
    assert_eq!(desk.run(&["test", "policies", "--run", "short_test.test_long"]).answer(), "1 passed\n");
    says(&desk.run(&["test", "policies", "--run", "test_lnog"]).ends(2), &["no test has 'test_lnog' in its name"]);
}

#[test]
fn programs_read_json_and_junit() {
    let desk = with_test(&format!(
        "{GOOD}\ntest_wrong[name] if {{\n\tsome name in [\"<&>\"]\n\tdeny(name) == {{\"x\"}}\n}}\n"
    ));
    let json: serde_json::Value =
        serde_json::from_str(&desk.run(&["test", "policies", "--format", "json"]).ends(1)).unwrap();
    assert_eq!((&json["good"], &json["passed"], &json["failed"]), (&false.into(), &2.into(), &1.into()));
    assert_eq!(json["tests"][2]["faults"][0]["actual"], "set()");
    assert_eq!(json["rules"][0]["refused_in"], "refgate.commit.short_test.test_long");
    let xml = desk.run(&["test", "policies", "--format", "junit"]).ends(1);
    says(
        &xml,
        &[
            "<testsuites name=\"refgate\" tests=\"3\" failures=\"1\">",
            "name=\"test_wrong[&lt;&amp;&gt;]\"",
            "<failure ",
        ],
    );
}

#[test]
fn without_rules_of_ones_own_the_next_step_is_told() {
    let desk = Desk::empty();
    desk.write("refgate.toml", "version = 1\n\n[[rule]]\nuse = \"update.no_delete\"\n");
    let words = desk.run(&["test"]).ends(2);
    says(&words, &["there are no rules of your own to test", "refgate test --shipped"]);
}
