//! What rules read.

use serde_json::json;

use super::Stage;

/// The read set of a commit rule, one path after the other.
#[track_caller]
fn reads(body: &str) -> String {
    Stage::with("commit.x", body).reads().join(" ")
}

#[test]
fn a_path_is_read_to_its_end_and_no_further() {
    assert_eq!(reads(r#"deny contains "x" if input.commit.signature.status != "good""#), "commit.signature.status.*");
}

#[test]
fn an_alias_reads_what_is_taken_from_it() {
    let body = r#"deny contains "x" if {
        c := input.commit
        s := c.signature
        s.status != "good"
        c["subject"] == ""
    }"#;
    assert_eq!(reads(body), "commit.signature.status.* commit.subject.*");
}

#[test]
fn an_alias_nothing_is_taken_from_is_touched() {
    assert_eq!(reads(r#"deny contains "x" if { c := input.commit; c }"#), "commit.*");
    assert_eq!(reads(r#"deny contains "x" if { _ := input.commit }"#), "commit");
    assert_eq!(reads(r#"deny contains "x" if { _ := input.commit.changes }"#), "commit.changes");
}

#[test]
fn iteration_reads_members_by_field() {
    for body in [
        "deny contains c.path if some c in input.commit.changes",
        "deny contains c.path if some i, c in input.commit.changes",
        "deny contains input.commit.changes[_].path",
        "deny contains input.commit.changes[i].path if { some i; input.commit.changes[i] }",
        "deny contains p if { some i; p := input.commit.changes[i].path }",
        "deny contains p if { p := input.commit.changes[i].path; i > 2 }",
        "deny contains \"x\" if { every c in input.commit.changes { c.path == \"x\" } }",
        "deny contains \"x\" if { every i, c in input.commit.changes { c.path == \"x\"; i > 1 } }",
        "deny contains p if { some p in [c.path | some c in input.commit.changes] }",
        "deny contains p if { some p in {c.path | some c in input.commit.changes} }",
        "deny contains p if { some p, _ in {c.path: 1 | some c in input.commit.changes} }",
    ] {
        let expected =
            if body.contains("input.commit.changes[i] }") { "commit.changes.*" } else { "commit.changes.path.*" };
        assert_eq!(reads(body), expected, "{body}");
    }
}

#[test]
fn statements_in_any_order_read_the_same() {
    assert_eq!(
        reads("deny contains c.path if { c.action == \"add\"; some c in input.commit.changes }"),
        "commit.changes.action.* commit.changes.path.*"
    );
}

#[test]
fn comprehensions_pass_their_members_on() {
    let body = r#"deny contains c.path if {
        risky := [c | some c in input.commit.changes; c.action == "delete"]
        some c in risky
        c.old.type == "file"
    }"#;
    assert_eq!(reads(body), "commit.changes.action.* commit.changes.old.type.* commit.changes.path.*");
}

#[test]
fn a_set_looks_at_all_of_its_members() {
    assert_eq!(reads("deny contains c.path if { some c in {d | some d in input.commit.changes} }"), "commit.changes.*");
    assert_eq!(
        reads("risky contains c if some c in input.commit.changes\n\ndeny contains c.path if some c in risky"),
        "commit.changes.*"
    );
}

#[test]
fn the_length_of_a_list_touches_it() {
    assert_eq!(reads(r#"deny contains "x" if count(input.commit.changes) > 3"#), "commit.changes");
    assert_eq!(
        reads(r#"deny contains "x" if count([c | some c in input.commit.changes; c.action == "add"]) > 3"#),
        "commit.changes.action.*"
    );
    assert_eq!(reads(r#"deny contains "x" if count(input.commit.signature) > 3"#), "commit.signature.*");
}

#[test]
fn rules_of_the_file_pass_on_what_they_are() {
    let body = r#"
        who := input.commit.author
        good if input.commit.signature.status == "good"
        default known := false
        known := who.claimed.known
        unused if input.commit.message == "x"
        deny contains who.name if { not good; not known }"#;
    assert_eq!(reads(body), "commit.author.claimed.known.* commit.author.name.* commit.signature.status.*");
}

#[test]
fn a_rule_with_two_values_compares_them() {
    let body = "who := input.commit.author if input.commit.merge\nwho := input.commit.committer if not input.commit.merge\ndeny contains who.name";
    assert_eq!(reads(body), "commit.author.* commit.committer.* commit.merge.*");
    let body =
        "who := input.commit.author if input.commit.merge else := input.commit.committer\ndeny contains who.name";
    assert_eq!(reads(body), "commit.author.name.* commit.committer.name.* commit.merge.*");
    let body = "who := c.new if some c in input.commit.changes\ndeny contains who.id";
    assert_eq!(reads(body), "commit.changes.new.*");
    let body = "who := input.commit.changes[_].new\ndeny contains who.id";
    assert_eq!(reads(body), "commit.changes.new.*");
}

#[test]
fn functions_read_by_call() {
    let body = r#"
        weak(signature) if signature.hash == "sha1"
        mail(identity) := identity.email
        deny contains mail(input.commit.author) if weak(input.commit.signature)"#;
    assert_eq!(reads(body), "commit.author.email.* commit.signature.hash.*");
}

#[test]
fn functions_in_functions_read_by_call() {
    let body = r#"
        outer(c) := inner(c.signature)
        inner(s) := s.key
        first(list) := list[0]
        deny contains outer(input.commit).algorithm if first(input.commit.changes).path == "x""#;
    assert_eq!(reads(body), "commit.changes.path.* commit.signature.key.algorithm.*");
}

#[test]
fn a_function_that_takes_its_argument_apart_reads_it() {
    assert_eq!(reads("f([a, b]) := a.name\ndeny contains f([input.commit.author, 1])"), "commit.author.*");
    assert_eq!(
        reads("f(\"x\") := 1\nf(s) := 2 if s == \"y\"\ndeny contains \"x\" if f(input.commit.subject) == 1"),
        "commit.subject.*"
    );
}

#[test]
fn libraries_are_followed_through_imports_and_full_names() {
    let library = "package refgate.lib.sign\n\nimport data.refgate.lib.who\n\ngood(s) if { s.status == \"good\"; who.known(s.person) }\n\nstatuses := {\"good\", \"weak\"}\n\nnothing(c) if c.tree == \"\"\n";
    let who = "package refgate.lib.who\n\nknown(person) if person.known\n";
    let rule = |body: &str| {
        let text = format!("package refgate.commit.x\n\n{body}");
        Stage::new()
            .shipped("lib/sign.rego", library)
            .shipped("lib/who.rego", who)
            .shipped("x.rego", &text)
            .bind("commit.x", json!({}))
            .reads()
            .join(" ")
    };
    let expected = "commit.signature.person.known.* commit.signature.status.*";
    assert_eq!(
        rule("import data.refgate.lib.sign\ndeny contains \"x\" if not sign.good(input.commit.signature)"),
        expected
    );
    assert_eq!(
        rule(
            "import data.refgate.lib.sign as s\nimport input.commit as c\ndeny contains \"x\" if not s.good(c.signature)"
        ),
        expected
    );
    assert_eq!(
        rule("import data.refgate.lib.sign.good\ndeny contains \"x\" if not good(input.commit.signature)"),
        expected
    );
    assert_eq!(rule("deny contains \"x\" if not data.refgate.lib.sign.good(input.commit.signature)"), expected);
    assert_eq!(
        rule("import data.refgate.lib.sign\ndeny contains \"x\" if not input.commit.signature.status in sign.statuses"),
        "commit.signature.status.*"
    );
    assert_eq!(
        rule(
            "import data.refgate.lib.sign.statuses as fine\ndeny contains \"x\" if not input.commit.signature.status in fine"
        ),
        "commit.signature.status.*"
    );
}

#[test]
fn imported_parts_of_the_document_are_aliases() {
    assert_eq!(
        reads("import input.commit.author as who\nimport input.update\ndeny contains who.name if update.is_head"),
        "commit.author.name.* update.is_head.*"
    );
}

#[test]
fn object_get_with_constant_names_is_a_path() {
    assert_eq!(reads(r#"deny contains object.get(input.commit, "subject", "")"#), "commit.subject.*");
    assert_eq!(reads(r#"deny contains object.get(input.commit, ["author", "name"], "")"#), "commit.author.name.*");
    assert_eq!(reads(r#"deny contains object.get(input, ["commit", "author"], {}).name"#), "commit.author.name.*");
}

#[test]
fn constant_words_in_a_variable_are_followed() {
    let body = r#"deny contains who if { some who in ["author", "committer"]; input.commit[who].email == "" }"#;
    assert_eq!(reads(body), "commit.author.email.* commit.committer.email.*");
    let body = "roles := {\"author\", \"committer\"}\ndeny contains \"x\" if { some who in roles; input.commit[who].email == \"\" }";
    assert_eq!(reads(body), "commit.author.email.* commit.committer.email.*");
    let body = "of(who) := input.commit[who].email\ndeny contains of(\"author\")";
    assert_eq!(reads(body), "commit.author.email.*");
}

#[test]
fn parts_in_literals_are_followed() {
    let body = r#"deny contains who.email if some who in [input.commit.author, input.commit.committer]"#;
    assert_eq!(reads(body), "commit.author.email.* commit.committer.email.*");
    let body = r#"deny contains x.a.email if x := {"a": input.commit.author, "b": input.commit.committer}"#;
    assert_eq!(reads(body), "commit.author.email.* commit.committer");
}

#[test]
fn unification_reads_both_sides() {
    assert_eq!(reads(r#"deny contains "x" if { x = input.commit.author; x.name == "" }"#), "commit.author.*");
    assert_eq!(reads(r#"deny contains n if { {"name": n} = input.commit.author }"#), "commit.author.*");
    assert_eq!(
        reads(r#"deny contains a if { [a, b] := [input.commit.author.name, input.commit.id] }"#),
        "commit.author.name.* commit.id.*"
    );
}

#[test]
fn whole_values_are_read_whole() {
    assert_eq!(reads(r#"deny contains sprintf("%v", [input.commit.author])"#), "commit.author.*");
    assert_eq!(
        reads(r#"deny contains "x" if input.commit.author == input.commit.committer"#),
        "commit.author.* commit.committer.*"
    );
    assert_eq!(reads(r#"deny contains json.marshal(input)"#), "*");
    assert_eq!(reads(r#"deny contains "x" if "a" in input.commit.parents"#), "commit.parents.*");
}

#[test]
fn computed_fields_read_everything_where_that_is_said() {
    let dynamic = |body: &str| {
        let text = format!("# METADATA\n# custom:\n#   dynamic: true\npackage refgate.commit.x\n\n{body}");
        Stage::new().shipped("x.rego", &text).bind("commit.x", json!({})).reads().join(" ")
    };
    assert_eq!(dynamic("deny contains \"x\" if { f := lower(\"ID\"); input.commit[f] == \"\" }"), "*");
    assert_eq!(dynamic("deny contains \"x\" if { some k, v in input.commit; v == k }"), "*");
    assert_eq!(dynamic("deny contains \"x\" if { k := object.keys(input.commit); \"x\" in k }"), "*");
    assert_eq!(dynamic("deny contains \"x\" if count(data.refgate) == 1"), "*");
}

#[test]
fn parameters_are_always_there() {
    let policy = Stage::with("commit.x", "deny contains \"x\"").policy();
    assert_eq!(policy.bound()[0][0].reads.paths(), ["params.*", "version.*"]);
}

#[test]
fn what_parameters_rule_out_is_not_read() {
    let reads = |body: &str| {
        let head = "# METADATA\n# custom:\n#   params:\n#     on: {type: boolean}\n#     off: {type: boolean}\n#     mode: {type: string}\n#     n: {type: integer}\n#     none: {type: [string]}\npackage refgate.commit.x\n\n";
        let lax = "lax if { input.params.off; input.commit.root }\nlax if not input.params.on\n\n";
        let params = json!({"on": true, "off": false, "mode": "a", "n": 3, "none": []});
        Stage::new().shipped("x.rego", &format!("{head}{body}\n{lax}")).bind("commit.x", params).reads().join(" ")
    };
    for out in [
        "input.params.off",
        "not input.params.on",
        "input.params.off != false",
        "input.params.on == false",
        "input.params.mode == \"b\"",
        "input.params[\"n\"] > 3",
        "count(input.params.none) > 0",
        "not input.params.mode",
        "3 < input.params.n",
        "input.commit.merge in input.params.none",
        "lax",
    ] {
        assert_eq!(
            reads(&format!("deny contains input.commit.subject if {{ input.commit.merge; {out}; input.commit.root }}")),
            "commit.merge.*",
            "{out}"
        );
    }
    for open in [
        "input.params.on",
        "not input.params.off",
        "input.params.on != false",
        "input.params.mode == \"a\"",
        "input.params.n >= 3",
        "count(input.params.none) == 0",
    ] {
        assert_eq!(
            reads(&format!("deny contains input.commit.subject if {{ {open}; input.commit.root }}")),
            "commit.root.* commit.subject.*",
            "{open}"
        );
    }
    assert_eq!(reads("deny contains \"x\" if not lax"), "");
    assert_eq!(
        reads(
            "default slack := false\nslack if input.params.off\ndeny contains \"x\" if { not slack; input.commit.root }"
        ),
        "commit.root.*"
    );
    assert_eq!(
        reads("some_of contains 1 if input.params.off\ndeny contains \"x\" if { some_of; input.commit.root }"),
        "commit.root.*"
    );
    assert_eq!(reads("import input.params as p\ndeny contains input.commit.subject if p.off"), "");
    assert_eq!(reads("deny contains input.commit.subject if { p := {\"off\": true}; p.off }"), "commit.subject.*");
    assert_eq!(
        reads("count(_) := 1\ndeny contains input.commit.subject if count(input.params.none) > 0"),
        "commit.subject.*"
    );
}

#[test]
fn mistakes_behind_what_parameters_rule_out_are_problems() {
    let text = "# METADATA\n# custom:\n#   params:\n#     off: {type: boolean, default: false}\npackage refgate.commit.x\n\ndeny contains \"x\" if { input.params.off; input.commit.idd }";
    assert!(Stage::new().shipped("x.rego", text).bind("commit.x", json!({})).problems().contains("no field 'idd'"));
}
