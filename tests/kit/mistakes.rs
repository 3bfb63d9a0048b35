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
    rule("silent", "dney contains \"x\" if input.commit.merge");
    desk.write("policies/commit/marked/marked.rego", "\u{feff}package refgate.commit.marked\n");
    desk.write("policies/comit/typo/typo.rego", "package refgate.comit.typo\n\ndeny contains \"x\" if true\n");
    std::fs::write(desk.path("policies/latin.rego"), b"package refgate.commit.latin # \xe9\n").unwrap();
    desk.write("data/teams.yaml", "a: 1\n").write("data/teams.json", "{}");
    let config = desk
        .read("refgate.toml")
        .replace("# data = [\"data/teams.yaml\"]", "data = [\"data/teams.yaml\", \"data/teams.json\"]");
    let config =
        config.replace("\"commit.signed\"", "\"commit.sigend\"").replace("project = \"SHOP\"", "projct = \"SHOP\"");
    let bound: String = ["syntax", "field", "shape", "recursive", "impure", "missing", "silent"]
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
        "policies/commit/syntax/syntax.rego:3:",
        "policies/commit/shape/shape.rego:3:1",
        "write 'deny contains violation if",
        "marked.rego",
        "begins with a byte order mark",
        "latin.rego: is not UTF-8",
        "'data.teams' is taken already",
        "'comit' is not a subject, did you mean 'commit'?",
        "there is no rule 'commit.sigend'",
        "did you mean 'commit.signed'?",
        "has no parameter 'projct'",
        "did you mean 'project'?",
    ] {
        assert!(words.contains(expected), "'{expected}' is not told:\n{words}");
    }
}

#[test]
fn what_the_parser_takes_and_no_rule_may_say_is_told_with_a_frame() {
    let desk = broken();
    for name in [
        "policies/commit/syntax/syntax.rego",
        "policies/commit/marked/marked.rego",
        "policies/comit/typo/typo.rego",
        "policies/latin.rego",
    ] {
        std::fs::remove_file(desk.path(name)).unwrap();
    }
    desk.write("refgate.toml", &desk.read("refgate.toml").replace(", \"data/teams.json\"", ""));
    let words = desk.run(&["test", "policies"]).ends(2);
    for expected in [
        "'input.commit' has no field 'subjct'",
        "did you mean 'subject'?",
        "recursive.rego:",
        "leads back to itself",
        "impure.rego:3:",
        "input.push.received_at_ns",
        "missing.rego:3:",
        "silent.rego:3:1",
        "did you mean 'deny'?",
        "^^^^",
    ] {
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
