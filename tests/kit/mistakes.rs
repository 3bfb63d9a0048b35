use crate::desk::Desk;

/// Everything that can be wrong with rules at once, each in a file of its own.
fn broken() -> Desk {
    let desk = Desk::started();
    let rule = |name: &str, text: &str| {
        desk.write(
            &format!("policies/commit/{name}/{name}.rego"),
            &format!("package refgate.commit.{name}\n\n{text}\n"),
        );
    };
    rule("syntax", "deny contains \"x\" if {");
    rule("field", "deny contains \"x\" if input.commit.subjct == \"\"");
    rule("shape", "deny := \"x\" if input.commit.merge");
    rule("recursive", "deny contains \"x\" if f(1)\n\nf(n) if f(n + 1)");
    rule("impure", "deny contains \"x\" if time.now_ns() > 1");
    rule("missing", "deny contains \"x\" if crypto.sha256(input.commit.id) == \"\"");
    rule("conflict", "deny contains \"x\" if limit > 1\n\nlimit := 2\n\nlimit := 3");
    rule("wrong_type", "deny contains {\"msg\": \"x\"} if input.commit.merge");
    rule("silent", "dney contains \"x\" if input.commit.merge");
    desk.write("policies/commit/marked/marked.rego", "\u{feff}package refgate.commit.marked\n");
    desk.write("policies/comit/typo/typo.rego", "package refgate.comit.typo\n\ndeny contains \"x\" if true\n");
    std::fs::write(desk.path("policies/latin.rego"), b"package refgate.commit.latin # \xe9\n").unwrap();
    desk.write("data/teams.yaml", "a: 1\n").write("data/teams.json", "{}");
    desk.write("data/broken.json", "{\n  \"a\": }")
        .write("data/odd.yaml", "a: 1\nb: [1\n")
        .write("data/half.toml", "a =\n");
    let config = desk
        .read("refgate.toml")
        .replace("# data = [\"data/teams.yaml\"]", "data = [\"data/teams.yaml\", \"data/teams.json\", \"data/broken.json\", \"data/odd.yaml\", \"data/half.toml\"]");
    let config =
        config.replace("\"commit.signed\"", "\"commit.sigend\"").replace("project = \"SHOP\"", "projct = \"SHOP\"");
    let bound: String =
        ["syntax", "field", "shape", "recursive", "impure", "missing", "conflict", "wrong_type", "silent"]
            .iter()
            .map(|name| format!("\"commit.{name}\", "))
            .collect();
    desk.write("refgate.toml", &format!("{config}\n[[rule]]\nuse = [{bound}]\n"));
    desk
}

#[test]
fn every_mistake_is_told_at_once_with_its_place_and_a_way_out() {
    let words = broken().run(&["check", "--config", "refgate.toml"]).ends(2);
    for expected in [
        // Syntax, with the form that was probably meant.
        "policies/commit/syntax/syntax.rego:3:",
        "policies/commit/shape/shape.rego:3:1",
        "write 'deny contains violation if",
        // Rules that exclude each other.
        "policies/commit/conflict/conflict.rego:7:1",
        "'limit' is always 2 and always 3",
        "first here",
        // Members that are no violation.
        "policies/commit/wrong_type/wrong_type.rego:3:1",
        "a member of 'deny' has a field 'msg'",
        // What leads back to itself.
        "policies/commit/recursive/recursive.rego:",
        "leads back to itself",
        // Fields, functions and names that do not exist.
        "policies/commit/field/field.rego:3:",
        "'input.commit' has no field 'subjct'",
        "did you mean 'subject'?",
        "policies/commit/impure/impure.rego:3:",
        "input.push.received_at_ns",
        "policies/commit/missing/missing.rego:3:",
        "there is no function 'crypto.sha256'",
        "policies/commit/silent/silent.rego:3:1",
        "did you mean 'deny'?",
        "'comit' is not a subject, did you mean 'commit'?",
        // Bytes.
        "policies/commit/marked/marked.rego:1:1",
        "begins with a byte order mark",
        "policies/latin.rego:1:32",
        "is not UTF-8: byte 0xe9",
        // Data.
        "refgate.toml:",
        "'data.teams' is taken already",
        "by this one",
        "data/broken.json:2:",
        "not JSON: expected value",
        "data/odd.yaml:2:",
        "not YAML",
        "data/half.toml:1:",
        "not TOML",
        // The config.
        "there is no rule 'commit.sigend'",
        "did you mean 'commit.signed'?",
        "has no parameter 'projct'",
        "did you mean 'project'?",
        "^^^^",
    ] {
        assert!(words.contains(expected), "'{expected}' is not told:\n{words}");
    }
}

#[test]
fn the_same_mistakes_stop_tests_from_being_run() {
    let words = broken().run(&["test", "policies"]).ends(2);
    for expected in
        ["syntax.rego:3:", "has no field 'subjct'", "conflict.rego:7:1", "latin.rego:1:32", "no test was run"]
    {
        assert!(words.contains(expected), "'{expected}' is not told:\n{words}");
    }
}

#[test]
fn a_test_function_that_calls_itself_is_refused_before_it_takes_the_process_down() {
    let desk = Desk::empty();
    desk.write("policies/commit/a/a.rego", "package refgate.commit.a\n\ndeny contains \"x\" if input.commit.merge\n");
    let test = "package refgate.commit.a_test\n\nf(x) := g(x + 1)\n\ng(x) := f(x)\n\ntest_deep if f(1) == 1\n";
    desk.write("policies/commit/a/a_test.rego", test);
    let words = desk.run(&["test", "policies"]).ends(2);
    assert!(words.contains("a_test.rego:3:1") && words.contains("'f' leads back to itself"), "{words}");
}
