//! What is wrong with a rule, and how that is said.

use serde_json::json;

use super::{Stage, assert_says, problems};

#[test]
fn a_problem_shows_file_line_frame_and_what_was_meant() {
    insta::assert_snapshot!(problems("deny contains \"x\" if input.commit.signature.statsu != \"good\""), @r#"
    error: 'input.commit.signature' has no field 'statsu'
     --> commit/x.rego:3:45
      |
    3 | deny contains "x" if input.commit.signature.statsu != "good"
      |                                             ^^^^^^
      |
      = help: did you mean 'status'?
    "#);
}

/// Each pass over such a body brings one variable further.
#[test]
fn a_body_that_does_not_settle_is_a_problem_wherever_it_stands() {
    let steps: Vec<String> = (1..12).rev().map(|step| format!("v{step} := v{}", step - 1)).collect();
    let body = format!("v11.name == \"\"; {}; v0 := input.commit.author", steps.join("; "));
    for rule in [
        format!("deny contains \"x\" if {{ {body} }}"),
        format!("deny contains \"x\" if {{ count([1 | {body}]) > 0 }}"),
        format!(
            "deny contains \"x\" if {{ some c in input.commit.changes; c.path == [1 | every d in [1] {{ {body}; d }}] }}"
        ),
    ] {
        assert_says(&problems(&rule), &["this body is too tangled to tell what it reads"]);
    }
}

#[test]
fn fields_that_do_not_exist_are_problems() {
    assert_says(
        &problems("deny contains \"x\" if input.comit.id == \"\""),
        &["'input' has no field 'comit'", "did you mean 'commit'?"],
    );
    assert_says(
        &problems("deny contains \"x\" if { some c in input.commit.changes; c.pth == \"\" }"),
        &["'input.commit.changes[_]' has no field 'pth'", "'path'"],
    );
    assert_says(
        &problems("deny contains \"x\" if input.commit.changes.path == \"\""),
        &["'input.commit.changes' is a list and has no field 'path'", "iterate"],
    );
    assert_says(
        &problems("deny contains \"x\" if input.commit.id.x == \"\""),
        &["'input.commit.id' is a string and has no field 'x'"],
    );
    assert_says(
        &problems("deny contains \"x\" if { some c in input.commit.id; c == \"\" }"),
        &["'input.commit.id' is a string, not a list"],
    );
    assert_says(&problems("deny contains \"x\" if input.tag.id == \"\""), &["'input' has no field 'tag'"]);
    assert_says(
        &problems("import input.commit.autor as a\ndeny contains a.name"),
        &["'input.commit' has no field 'autor'", "'author'"],
    );
    assert_says(&problems("deny contains object.get(input.commit, \"autor\", {})"), &["no field 'autor'"]);
    assert_says(&problems("deny contains object.get(input, [\"commit\", \"autor\"], {})"), &["no field 'autor'"]);
    assert_says(
        &problems("mail(x) := x.mail\ndeny contains mail(input.commit.author)"),
        &["'input.commit.author' has no field 'mail'", "'email'"],
    );
    assert_says(
        &problems("deny contains \"x\" if { some f in [\"author\", \"comitter\"]; input.commit[f].name == \"\" }"),
        &["no field 'comitter'"],
    );
    assert_says(
        &problems("deny contains \"x\" if { {\"nam\": n} = input.commit.author; n == 1 }"),
        &["no field 'nam'"],
    );
}

#[test]
fn mistakes_in_what_nothing_leads_to_are_problems() {
    assert_says(&problems("deny contains \"x\"\nunused if input.commit.idd == \"\""), &["no field 'idd'"]);
    assert_says(&problems("deny contains \"x\"\nunused(x) := input.commit.idd if x"), &["no field 'idd'"]);
}

#[test]
fn every_problem_is_told_once_and_all_at_once() {
    let words = problems(
        "deny contains input.a\nwarn contains input.a\nf(x) := x.b\nallow if f(input.commit)\nallow if f(input.commit)",
    );
    assert_eq!(words.matches("error:").count(), 3, "{words}");
}

#[test]
fn words_that_a_field_never_holds_are_problems() {
    assert_says(
        &problems("deny contains \"x\" if input.commit.signature.status != \"Good\""),
        &["'input.commit.signature.status' is never 'Good'", "did you mean 'good'?"],
    );
    assert_says(
        &problems("deny contains \"x\" if \"squash\" == input.update.action"),
        &["is never 'squash'", "one of 'create', 'delete', 'update'"],
    );
    assert_says(
        &problems("deny contains \"x\" if not input.update.kind in {\"branch\", \"tags\"}"),
        &["is never 'tags'"],
    );
    assert_says(
        &problems("fine := {\"god\"}\ndeny contains \"x\" if not input.commit.signature.status in fine"),
        &["is never 'god'"],
    );
    assert_says(
        &problems("is(s, w) if s.status == w\ndeny contains \"x\" if is(input.commit.signature, \"god\")"),
        &["is never 'god'"],
    );
    Stage::with("commit.x", "deny contains \"x\" if input.commit.signature.format == \"\"").policy();
}

#[test]
fn parameters_that_are_not_declared_are_problems() {
    let rule = "# METADATA\n# custom:\n#   params:\n#     groups: {type: [group], default: []}\npackage refgate.commit.x\n\ndeny contains \"x\" if \"a\" in input.params.grups";
    assert_says(
        &Stage::new().shipped("x.rego", rule).bind("commit.x", json!({})).problems(),
        &["there is no parameter 'grups'", "did you mean 'groups'?"],
    );
    assert_says(
        &problems("deny contains \"x\" if input.params.limit > 1"),
        &["there is no parameter 'limit'", "declare it below 'custom', 'params'"],
    );
}

#[test]
fn data_that_does_not_exist_is_a_problem() {
    let stage = |body: &str| Stage::with("commit.x", body).data(json!({"teams": {"core": ["alice"]}}));
    stage("deny contains \"x\" if not \"alice\" in data.teams.core").policy();
    stage("deny contains \"x\" if { some team in data.teams; \"bob\" in team }").policy();
    stage("deny contains \"x\" if { some who in data.teams[input.commit.author.name]; who == \"\" }").policy();
    stage("deny contains \"x\" if \"bob\" in object.get(data.teams, \"more\", [])").policy();
    stage("deny contains \"x\" if \"bob\" in object.get(data, [\"more\", \"x\"], [])").policy();
    assert_says(
        &stage("deny contains \"x\" if not \"alice\" in data.team.core").problems(),
        &["there is no 'data.team'", "did you mean 'teams'?"],
    );
    assert_says(
        &stage("deny contains \"x\" if not \"alice\" in data.teams.cor").problems(),
        &["there is no 'data.teams.cor'"],
    );
    assert_says(&problems("deny contains \"x\" if data.teams"), &["there is no 'data.teams'", "'[policies]'"]);
    assert_says(&stage("deny contains \"x\"").data(json!({"refgate": {}})).problems(), &["'refgate'"]);
    assert_says(&stage("deny contains \"x\"").data(json!([])).problems(), &["not an object"]);
}

#[test]
fn libraries_and_functions_that_do_not_exist_are_problems() {
    let stage = |body: &str| {
        let rule = format!("package refgate.commit.x\n\n{body}");
        let stage = Stage::new().shipped(
            "lib/sign.rego",
            "package refgate.lib.sign\n\ngood(s) if s.status == \"good\"\n\nfine := {\"good\"}\n",
        );
        stage
            .shipped("x.rego", &rule)
            .shipped("y.rego", "package refgate.commit.y\n\ndeny contains \"y\"\n\nf(x) := x\n")
            .bind("commit.x", json!({}))
    };
    assert_says(
        &stage("import data.refgate.lib.sgn\ndeny contains \"x\" if sgn.good(input.commit.signature)").problems(),
        &["there is no library 'data.refgate.lib.sgn'", "sign"],
    );
    assert_says(
        &stage("import data.refgate.lib.sign\ndeny contains \"x\" if sign.god(input.commit.signature)").problems(),
        &["'data.refgate.lib.sign' has no function 'god'", "'good'"],
    );
    assert_says(
        &stage("import data.refgate.lib.sign\ndeny contains \"x\" if sign.fin").problems(),
        &["'data.refgate.lib.sign' has no rule 'fin'", "'fine'"],
    );
    assert_says(
        &stage("import data.refgate.lib.sign\ndeny contains \"x\" if sign.good").problems(),
        &["is a function and is not called here"],
    );
    assert_says(
        &stage("deny contains \"x\" if data.refgate.commit.y.deny").problems(),
        &["'data.refgate.commit.y' is not a library"],
    );
    assert_says(&stage("deny contains \"x\" if data.refgate.commit.y.f(1)").problems(), &["is not a library"]);
    assert_says(
        &stage("deny contains \"x\" if data.refgate[\"lib\"].sign.fine").problems(),
        &["is not named in full", "import data.refgate.lib.sign"],
    );
    assert_says(
        &problems("deny contains \"x\" if startwith(\"a\", \"b\")"),
        &["there is no function 'startwith'", "did you mean 'startswith'?"],
    );
    assert_says(&problems("f(x) := x\ndeny contains \"x\" if f(1, 2, 3)"), &["'f' takes 1 argument, not 3"]);
    assert_says(&problems("deny contains \"x\" if lower()"), &["'lower' takes 1 argument, not 0"]);
    assert_says(
        &problems("deny contains \"x\" if severty == 1\nseverity := 1"),
        &["'severty' has no value", "'severity'"],
    );
}

#[test]
fn functions_of_chance_and_circumstance_are_problems() {
    assert_says(
        &problems("deny contains \"x\" if time.now_ns() > 1"),
        &["rules may not call 'time.now_ns'", "input.push.received_at_ns"],
    );
    for call in [
        "rand.intn(\"a\", 2)",
        "http.send({})",
        "opa.runtime()",
        "uuid.rfc4122(\"a\")",
        "net.lookup_ip_addr(\"a\")",
        "trace(\"a\")",
    ] {
        assert_says(&problems(&format!("deny contains \"x\" if {call}")), &["rules may not call"]);
    }
    assert_says(
        &problems("deny contains \"x\" if time.clock([input.push.received_at_ns, \"Local\"])[0] > 20"),
        &["the time zone of this machine"],
    );
    assert_says(
        &problems(
            "zone := \"Local\"\ndeny contains \"x\" if time.weekday([input.push.received_at_ns, zone]) == \"Sunday\"",
        ),
        &["the time zone"],
    );
    Stage::with(
        "commit.x",
        "deny contains \"x\" if time.weekday([input.push.received_at_ns, \"Europe/Vienna\"]) == \"Sunday\"",
    )
    .policy();
}

#[test]
fn a_time_zone_is_written_out_or_comes_from_a_parameter() {
    for zone in [
        "input.commit.subject",
        "trim_space(input.commit.subject)",
        "concat(\"\", [\"Lo\", \"cal\"])",
        "data.zones.wrong",
    ] {
        let call = format!("time.clock([input.push.received_at_ns, {zone}])[0] > 20");
        let stage = Stage::with("commit.x", &format!("deny contains \"x\" if {call}"))
            .data(json!({"zones": {"wrong": "Local"}}));
        assert_says(&stage.problems(), &["a time zone that cannot be told when rules are loaded"]);
    }
    for call in [
        "time.clock([input.push.received_at_ns, data.zones.right])[0] > 20",
        "time.clock(input.push.received_at_ns + 1)[0] > 20",
        "time.format([input.push.received_at_ns, \"UTC\", input.commit.subject]) == \"x\"",
        "hour(input.push.received_at_ns, \"Asia/Tokyo\") > 20\n\nhour(ns, zone) := time.clock([ns, zone])[0]",
    ] {
        let stage = Stage::with("commit.x", &format!("deny contains \"x\" if {call}"));
        stage.data(json!({"zones": {"right": "Europe/Vienna"}})).policy();
    }
    let call = "time.add_date([input.push.received_at_ns, \"Local\"], 0, 0, 1) > 1";
    assert_says(&problems(&format!("deny contains \"x\" if {call}")), &["the time zone of this machine"]);
}

#[test]
fn patterns_that_are_written_out_are_tried() {
    for call in [
        "regex.match(`^.{1,100}$`, input.commit.subject)",
        "regex.replace(input.commit.subject, `\\w{1,50}`, \"\") == \"\"",
    ] {
        assert_says(&problems(&format!("deny contains \"x\" if {call}")), &["is too large when compiled", "x.rego:3"]);
    }
    assert_says(
        &problems("word := \"(\"\n\ndeny contains \"x\" if regex.split(word, input.commit.subject) == []"),
        &["'(' is not a regular expression", "x.rego:5"],
    );
    Stage::with("commit.x", "deny contains \"x\" if regex.match(`^[ -~]{1,100}\\p{L}+$`, input.commit.subject)")
        .policy();
}

#[test]
fn this_machine_s_zone_cannot_come_in_by_a_parameter() {
    let text = "# METADATA\n# custom:\n#   params:\n#     zone: {type: string}\n#     label: {type: string, default: Local}\npackage refgate.commit.x\n\ndeny contains input.params.label if {\n\tmoment := [input.push.received_at_ns, input.params.zone]\n\ttime.clock(moment)[0] > 20\n}\n";
    let stage = |zone: &str| Stage::new().own("x.rego", text).bind("commit.x", json!({ "zone": zone }));
    stage("Europe/Vienna").policy();
    assert_says(&stage("Local").problems(), &["the time zone of this machine", "x.rego"]);
}

#[test]
fn whatever_leads_back_to_itself_is_a_problem() {
    assert_says(&problems("f(x) := f(x + 1)\ndeny contains \"x\" if f(1)"), &["'f' leads back to itself"]);
    assert_says(
        &problems("f(x) := g(x)\ng(x) := h\nh := f(1)\ndeny contains \"x\" if f(1)"),
        &["leads back to itself"],
    );
    assert_says(&problems("deny contains \"x\"\nf(x) := g(x)\ng(x) := f(x)"), &["leads back to itself"]);
    assert_says(&problems("a if b\nb if a\ndeny contains \"x\" if a"), &["leads back to itself"]);
    let chain: String = (0..40).map(|n| format!("f{n}(x) := f{}(x)\n", n + 1)).collect();
    assert_says(&problems(&format!("{chain}f40(x) := x\ndeny contains \"x\" if f0(1)")), &["more than 32 deep"]);
}

#[test]
fn what_cannot_be_followed_is_a_problem_unless_said_so() {
    for body in [
        "deny contains \"x\" if input.commit[lower(\"ID\")] == \"\"",
        "deny contains \"x\" if { some k, v in input.commit; v == k }",
        "deny contains \"x\" if { input.commit[k] == \"\"; k > \"a\" }",
        "deny contains \"x\" if object.get(input.commit, input.commit.id, \"\") == \"\"",
        "deny contains \"x\" if \"id\" in object.keys(input.commit)",
        "deny contains \"x\" if { c := object.union(input.commit, {\"a\": 1}); c.b == 1 }",
        "deny contains \"x\" if { c := data; some k, v in c; v == k }",
        "deny contains \"x\" if data.refgate[input.commit.id]",
        "deny contains \"x\" if json.filter(input, [\"commit/idd\"]).commit.idd == \"\"",
    ] {
        assert_says(&problems(body), &["cannot tell which", "'dynamic: true'"]);
    }
    let dynamic = "# METADATA\n# custom:\n#   dynamic: true\npackage refgate.commit.x\n\ndeny contains \"x\" if { some k, v in input.commit; v == k }";
    Stage::new().shipped("x.rego", dynamic).bind("commit.x", json!({})).policy();
}

#[test]
fn a_stand_in_for_the_input_is_a_problem() {
    assert_says(
        &problems("p if input.commit.merge\ndeny contains \"x\" if p with input as {}"),
        &["'with' puts something in the place"],
    );
    assert_says(&problems("deny contains \"x\" if { some input in [1]; input == 1 }"), &["a variable called 'input'"]);
    assert_says(&problems("deny contains \"x\" if { some x; some x in [1] }"), &["variable 'x' is declared twice"]);
}

#[test]
fn decisions_in_any_other_form_are_problems() {
    let deny = "write 'deny contains violation if { … }'";
    for body in [
        "deny[m] { m := \"x\" }",
        "deny[m] if { m := \"x\" }",
        "deny[\"x\"]\nother := 1",
        "deny if true",
        "deny := \"x\"",
        "deny := {\"x\"}",
        "deny = {\"x\"}",
        "deny(x) := x",
        "deny.a contains \"x\"",
        "deny[x] := 1 if x := 2",
    ] {
        assert_says(&problems(body), &[deny, "commit/x.rego:3"]);
    }
    assert_says(&problems("default deny := set()\ndeny contains \"x\""), &["'deny' is a set and has no default"]);
    assert_says(&problems("warn if true"), &["write 'warn contains violation if { … }'"]);
    assert_says(
        &problems("default allow := true"),
        &["the default of 'allow' is not 'false'", "write 'allow if { … }'"],
    );
    assert_says(&problems("allow contains \"x\""), &["'allow' is not a yes or no in this form"]);
    assert_says(&problems("allow(x) if x"), &["'allow' is not a yes or no in this form"]);
    assert_says(&problems("import input.commit as deny\nallow := true"), &["an import called 'deny'"]);
    assert_says(&problems("x := 1"), &["package 'refgate.commit.x' decides nothing", "define 'deny contains"]);
    assert_says(&problems("denny contains \"x\""), &["decides nothing", "did you mean 'deny'?"]);
}

#[test]
fn members_that_can_be_no_violation_are_problems() {
    for (member, words) in [
        ("1", "a member of 'deny' is a number"),
        ("true", "is a boolean"),
        ("input.commit.merge == true", "is a boolean"),
        ("null", "is null"),
        ("[\"x\"]", "is an array"),
        ("{\"x\"}", "is a set"),
        ("{\"msg\": \"x\"}", "has a field 'msg'"),
        ("{\"hint\": \"x\"}", "has no 'message'"),
        ("{\"message\": 1}", "has a number as 'message'"),
        ("{\"message\": \"x\", \"path\": [\"x\"]}", "has an array as 'path'"),
    ] {
        assert_says(&problems(&format!("deny contains {member} if {{ true }}")), &[words, "commit/x.rego:3"]);
    }
    for (member, words) in [
        ("input.commit.merge", "is a boolean"),
        ("input.commit.parents", "is a list"),
        ("input.commit.author", "is an object"),
        ("{\"message\": input.commit.skew_seconds}", "has an integer as 'message'"),
        ("[parent | some parent in input.commit.parents]", "is an array"),
    ] {
        let through = format!("deny contains member if {{\n\tmember := {member}\n}}");
        assert_says(&problems(&through), &["a member of 'deny' ", "x.rego:3:15"]);
        assert_says(&problems(&format!("deny contains {member} if {{ true }}")), &[words]);
    }
    for member in
        ["{\"message\": input.commit.subject}", "object.union({\"message\": \"x\"}, {})", "input.commit.subject"]
    {
        Stage::with("commit.x", &format!("deny contains {member} if {{ true }}")).policy();
    }
}

#[test]
fn rules_of_one_name_that_exclude_each_other_are_problems() {
    for (body, words) in [
        ("x := 1\n\nx contains 2", "'x' is a set here and a value there"),
        ("x contains 2\n\nx[\"a\"] := 1", "'x' is an object here and a set there"),
        ("x := 1\n\nx := 2", "'x' is always 1 and always 2"),
        ("default x := 1\n\ndefault x := 2", "'x' has a second default"),
        ("x(a) := a\n\nx(a, b) := a + b", "'x' takes 2 arguments here and 1 there"),
        ("x(a) := a\n\nx := 1", "'x' is a rule and a function"),
        ("deny := \"x\"", "'deny' is a set here and a value there"),
    ] {
        let words_told = problems(&format!("{body}\n\ndeny contains \"x\" if {{ true }}"));
        assert_says(&words_told, &[words, "commit/x.rego:"]);
    }
    for body in [
        "x := 1 if input.commit.merge\n\nx := 2 if input.commit.root",
        "default x := 1\n\nx := 2 if input.commit.root",
        "x contains 1\n\nx contains 2",
        "x[\"a\"] := 1\n\nx[\"b\"] := 2",
        "x(1) := 1\n\nx(2) := 2",
        "x := 1\n\nx := 1",
    ] {
        Stage::with("commit.x", &format!("{body}\n\ndeny contains \"x\" if {{ true }}")).policy();
    }
}

#[test]
fn what_the_parser_says_is_shown_in_place() {
    assert_says(&problems("deny contains \"x\" if {\n\tinput.commit.\n}"), &["commit/x.rego:"]);
    assert_says(&problems("helper { true }\ndeny contains \"x\""), &["`if` keyword is required", "rules are Rego v1"]);
    let long = format!("deny contains \"{}\"", "x".repeat(1100));
    assert_says(&problems(&long), &["commit/x.rego"]);
}
