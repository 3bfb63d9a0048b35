//! The operator's own Rego: what its answers do to a push.

use crate::stage::{ALICE, BOB, Server, ServerBuilder};

/// One rule of the operator's own, bound everywhere.
fn bound(code: &str, body: &str) -> ServerBuilder {
    let rego = format!("package refgate.{code}\n\n{body}\n");
    Server::build().rules(&format!("[[rule]]\nuse = {code:?}")).own_rule(code, &rego)
}

#[test]
fn deny_refuses_in_its_own_words() {
    let server = bound(
        "commit.ticket",
        "deny contains \"no ticket\" if not regex.match(`\\bCASTLE-[0-9]+\\b`, input.commit.message)",
    )
    .start();
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").refused("\"add a door\" … commit.ticket: no ticket");
    bob.git(&["commit", "--quiet", "--amend", "-S", "-m", "CASTLE-7: add a door"]);
    bob.push("main").accepted();
}

#[test]
fn deny_may_carry_a_hint_and_a_path() {
    let body = "deny contains {\"message\": \"too big\", \"hint\": \"use less\", \"path\": change.path} if {\n\t\
        some change in input.commit.changes\n\tchange.new.size > 100\n}";
    let server = bound("commit.size", body).start();
    let bob = server.developer(BOB);
    bob.write("small", "x\n").write("big/er", "x".repeat(101)).commit("add");
    bob.push("main").refused("commit.size").says("too big").says("big/er").says("hint: use less").never_says("small");
}

#[test]
fn allow_that_is_not_true_refuses() {
    let server = bound("update.named", "allow if startswith(input.update.name, \"feature/\")").start();
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").refused("refs/heads/main … update.named");
    bob.push("main:refs/heads/feature/door").accepted();
}

#[test]
fn allow_that_is_something_else_than_true_never_accepts() {
    for body in ["allow := \"true\"", "allow := 1", "allow := {true}", "allow := false"] {
        let server = bound("update.named", &format!("{body} if input.update.name != \"\"")).start();
        server.developer(BOB).commit("add a door").push("main").declined();
    }
}

#[test]
fn deny_wins_over_allow() {
    let server = bound(
        "update.named",
        "allow if input.update.name != \"\"\n\ndeny contains \"never\" if input.update.name == \"main\"",
    )
    .start();
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").refused("update.named: never");
    bob.push("main:refs/heads/door").accepted();
}

#[test]
fn warn_is_told_and_passes() {
    let server = bound("update.named", "deny contains \"never\" if input.update.name == \"never\"\n\nwarn contains \"a strange name\" if input.update.name == \"main\"").start();
    server.developer(BOB).commit("add a door").push("main").accepted().says("update.named: a strange name");
}

#[test]
fn member_of_another_form_is_an_error() {
    for member in
        ["1", "{\"text\": \"x\"}", "{\"message\": 1}", "[\"x\"]", "{\"message\": \"x\", \"hnt\": \"y\"}", "null"]
    {
        let server = bound("update.odd", &format!("deny contains {member} if input.update.name == \"main\"")).start();
        server.developer(BOB).commit("add a door").push("main").could_not_judge("");
    }
}

#[test]
fn error_while_evaluating_is_not_an_acceptance() {
    for condition in [
        "to_number(input.update.name) > 3",
        "1 / count([1 | input.update.name == \"x\"]) > 3",
        "time.parse_rfc3339_ns(input.update.name) > 0",
    ] {
        let server = bound("update.odd", &format!("deny contains \"x\" if {condition}")).start();
        server.developer(BOB).commit("add a door").push("main").could_not_judge("");
    }
}

#[test]
fn error_in_a_binding_that_warns_is_told_and_passes() {
    let server = bound("update.odd", "deny contains \"x\" if to_number(input.update.name) > 3")
        .rules("[[rule]]\nuse = \"update.odd\"\nmode = \"warn\"\n[[rule]]\nuse = \"update.namespaces\"")
        .start();
    server.developer(BOB).commit("add a door").push("main").accepted().says("update.odd");
}

#[test]
fn rules_cannot_look_around() {
    for body in [
        "deny contains \"x\" if time.now_ns() > 0",
        "deny contains \"x\" if http.send({\"method\": \"get\", \"url\": \"http://127.0.0.1:9\"}).status_code == 200",
        "deny contains \"x\" if opa.runtime().env.HOME == input.update.name",
        "deny contains \"x\" if rand.intn(input.update.name, 2) == 1",
    ] {
        let server = bound("update.curious", body).start();
        server.developer(BOB).commit("add a door").push("main").could_not_judge("");
    }
}

#[test]
fn rule_about_the_push_sees_all_updates() {
    let body =
        "deny contains \"one branch at a time\" if count([u | some u in input.push.updates; u.kind == \"branch\"]) > 1";
    let server = bound("push.single", body).start();
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main main:refs/heads/wip").refused("push.single: one branch at a time");
    bob.push("main main:refs/tags/v1").accepted();
}

#[test]
fn rule_about_tags_is_asked_for_tags_without_an_object_too() {
    let server = bound(
        "tag.annotated",
        "deny contains sprintf(\"%s is lightweight\", [input.tag.name]) if not input.tag.annotated",
    )
    .and_rules("[[rule]]\nuse = \"update.namespaces\"")
    .start();
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main main:refs/tags/light").refused("refs/tags/light … tag.annotated");
    bob.tag("heavy").push("main refs/tags/heavy").accepted();
}

#[test]
fn parameters_come_from_the_binding_and_are_checked() {
    let rego = "# METADATA\n# custom:\n#   params:\n#     most: {type: integer, default: 1, description: how many}\npackage refgate.update.few\n\n\
        deny contains sprintf(\"%d commits\", [input.update.introduced.count]) if input.update.introduced.count > input.params.most\n";
    let server = |params: &str| {
        Server::build().rules(&format!("[[rule]]\nuse = \"update.few\"\n{params}")).own_rule("update.few", rego).start()
    };
    let two = |server: &Server| server.developer(BOB).commit("add a door").commit("add a window").push("main");
    two(&server("")).refused("update.few: 2 commits");
    two(&server("params = { most = 2 }")).accepted();
    two(&server("params = { most = \"2\" }")).could_not_judge("");
    two(&server("params = { mots = 2 }")).could_not_judge("");
}

#[test]
fn data_of_the_operator_is_seen() {
    let rego = "package refgate.update.owned\n\nallow if input.update.name in data.teams.open\n";
    let server = Server::build()
        .config("version = 1\n[policies]\npath = \"policies\"\ndata = [\"data/teams.yaml\"]\n[[rule]]\nuse = \"update.owned\"\n")
        .own_rule("update.owned", rego)
        .file("data/teams.yaml", "open: [main]\n")
        .start();
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main:refs/heads/wip").refused("update.owned");
    bob.push("main").accepted();
}

#[test]
fn rule_that_is_not_bound_does_nothing() {
    let server = Server::build()
        .own_rule(
            "update.never",
            "package refgate.update.never\n\ndeny contains \"never\" if input.update.name != \"\"\n",
        )
        .start();
    server.developer(BOB).commit("add a door").push("main").accepted().never_says("never");
}

#[test]
fn own_rule_may_use_shipped_and_own_libraries() {
    let files = "package refgate.lib.castle\n\ntower(name) if startswith(name, \"tower/\")\n";
    let body = "import data.refgate.lib.castle\n\nallow if castle.tower(input.update.name)";
    let server = bound("update.tower", body).file("policies/lib/castle/castle.rego", files).start();
    let bob = server.developer(BOB);
    bob.commit("add a door").push("main").refused("update.tower");
    bob.push("main:refs/heads/tower/east").accepted();
}

#[test]
fn rule_sees_what_was_changed_and_by_whom() {
    let body = "deny contains sprintf(\"%s %s by %s\", [change.action, change.path, input.commit.signature.person.name]) if {\n\t\
        some change in input.commit.changes\n\tchange.action != \"add\"\n}";
    let server = bound("commit.tell", body).start();
    let alice = server.developer(ALICE);
    alice.write("a", "1\n").write("b", "1\n").commit("add").push("main").accepted();
    alice.git(&["rm", "--quiet", "a"]);
    alice
        .write("b", "2\n")
        .commit("change")
        .push("main")
        .refused("commit.tell")
        .says("delete a by Alice Example")
        .says("modify b by Alice Example");
}

#[test]
fn same_rule_twice_with_other_parameters_is_asked_twice() {
    let rego = "# METADATA\n# custom:\n#   params:\n#     word: {type: string, description: which}\npackage refgate.commit.word\n\n\
        deny contains sprintf(\"lacks %s\", [input.params.word]) if not contains(input.commit.message, input.params.word)\n";
    let rules = "[[rule]]\nuse = \"commit.word\"\nparams = { word = \"door\" }\n[[rule]]\nuse = \"commit.word\"\nparams = { word = \"window\" }";
    let server = Server::build().rules(rules).own_rule("commit.word", rego).start();
    let bob = server.developer(BOB);
    bob.commit("add a roof").push("main").refused("lacks door").says("lacks window");
    bob.git(&["commit", "--quiet", "--amend", "-S", "-m", "add a door and a window"]);
    bob.push("main").accepted();
}
