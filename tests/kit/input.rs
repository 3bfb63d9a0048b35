use serde_json::Value;

use crate::stage::{BOB, Server};

fn server() -> Server {
    let server = Server::new();
    let bob = server.developer(BOB);
    bob.commit("open the castle").commit("add a door");
    bob.git(&["tag", "--sign", "--message", "the first", "v1"]);
    bob.git(&["tag", "plain"]);
    bob.push("main refs/tags/v1 refs/tags/plain").accepted();
    server
}

#[track_caller]
fn document(server: &Server, arguments: &[&str]) -> Value {
    let told = server.refgate(&[&["input"], arguments].concat()).answers(0);
    serde_json::from_str(&told.plain).unwrap_or_else(|error| panic!("{error}:\n{}", told.plain))
}

#[test]
fn the_document_of_a_commit_is_the_whole_contract() {
    let server = server();
    let printed = document(&server, &["commit", "HEAD"]);
    assert_eq!(printed["commit"]["subject"], "add a door");
    assert_eq!(printed["commit"]["signature"]["status"], "good");
    assert_eq!(printed["commit"]["signature"]["person"]["id"], "bob");
    assert_eq!(printed["commit"]["changes"][0]["path"], "add-a-door.txt");
    assert_eq!(printed["update"]["ref"], "refs/heads/main");
    assert_eq!(printed["update"]["introduced"]["count"], 1);
    let told = server.refgate(&["schema", "commit"]).answers(0);
    let schema: Value = serde_json::from_str(&told.plain).unwrap();
    complete(&schema, &schema, &printed, "input");
}

/// Every required field of the schema is there.
fn complete(schema: &Value, root: &Value, value: &Value, path: &str) {
    let schema = match schema["$ref"].as_str().and_then(|r| r.strip_prefix('#')) {
        Some(pointer) => root.pointer(pointer).unwrap(),
        None => schema,
    };
    for field in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        assert!(!value[field].is_null(), "{path}.{field} is missing");
        complete(&schema["properties"][field], root, &value[field], &format!("{path}.{field}"));
    }
    for member in value.as_array().into_iter().flatten() {
        complete(&schema["items"], root, member, &format!("{path}[]"));
    }
}

#[test]
fn the_documents_of_a_range_are_a_list() {
    let server = server();
    let all = document(&server, &["commit", "--old", "0"]);
    let subjects: Vec<&str> =
        all.as_array().unwrap().iter().map(|one| one["commit"]["subject"].as_str().unwrap()).collect();
    assert_eq!(subjects, ["add a door", "open the castle"]);
}

/// As the push saw it that brought the commit: nobody had it, and what it changed was not there.
#[test]
fn the_document_of_a_stored_commit_is_that_of_its_push() {
    let server = Server::build()
        .log_input()
        .rules("[[rule]]\nuse = \"commit.seeing\"")
        .own_rule("commit.seeing", SEEING)
        .start();
    let bob = server.developer(BOB);
    bob.commit("open the castle").push("main").accepted();
    let first = shown(&server);
    bob.commit("add a door").push("main").accepted();
    let second = shown(&server);
    for (arguments, pushed) in [
        (["commit", "HEAD", "--rule", "commit.seeing"].as_slice(), second),
        (["commit", "--old", "0", "--new", &bob.id("main~1"), "--rule", "commit.seeing"].as_slice(), first),
    ] {
        let mut printed = document(&server, arguments);
        if let Some(only) = printed.as_array_mut().and_then(Vec::pop) {
            printed = only;
        }
        assert_eq!(printed, pushed);
    }
    bob.push("main:refs/heads/side").accepted();
    let known = document(&server, &["commit", "HEAD", "--rule", "commit.seeing"]);
    assert_eq!(known["commit"]["first_seen"], false, "another branch has it");
}

/// A rule that reads what depends on what was there before.
const SEEING: &str = r#"package refgate.commit.seeing

deny contains "seen" if {
	input.commit.first_seen
	input.push.repository.empty
	count(input.update.changes) + count(input.commit.changes) == 0
	some change in input.update.changes
	change.path == input.update.history
}
"#;

/// What the latest push showed it.
fn shown(server: &Server) -> Value {
    server.decision()["input"]["shown"]["documents"][0].clone()
}

#[test]
fn updates_pushes_and_tags_have_documents_too() {
    let server = server();
    let update = document(&server, &["update", "--ref", "refs/heads/other", "--old", "0", "--new", "main"]);
    assert_eq!((&update["update"]["action"], &update["update"]["name"]), (&"create".into(), &"other".into()));
    let push = document(&server, &["push"]);
    assert_eq!(push["push"]["updates"][0]["history"], "fast_forward");
    let tag = document(&server, &["tag", "v1"]);
    assert_eq!((&tag["tag"]["name"], &tag["tag"]["signature"]["status"]), (&"v1".into(), &"good".into()));
    let plain = document(&server, &["tag", "refs/tags/plain"]);
    assert_eq!(plain["tag"]["annotated"], false);
    let deleted = document(&server, &["update", "--old", "main", "--new", "0"]);
    assert_eq!(deleted["update"]["action"], "delete");
}

#[test]
fn a_rule_s_own_document_has_its_parameters_and_nothing_that_it_does_not_read() {
    let server = server();
    let printed = document(&server, &["commit", "HEAD", "--rule", "commit.signed"]);
    assert_eq!(printed["params"]["judge_at"], "receipt");
    assert_eq!(printed["commit"]["signature"]["status"], "good");
    assert!(printed["commit"]["message"].is_null(), "{printed:#}");
    server
        .refgate(&["input", "commit", "HEAD", "--rule", "commit.message"])
        .answers(2)
        .says("'commit.message' is not bound");
    server
        .refgate(&["input", "commit", "HEAD", "--rule", "update.no_delete"])
        .answers(2)
        .says("is asked about a update");
}

#[test]
fn what_is_not_there_is_named() {
    let server = server();
    server.refgate(&["input", "commit", "nowhere"]).answers(2).says("'nowhere' is neither HEAD");
    server.refgate(&["input", "tag", "v2"]).answers(2).says("'refs/tags/v2' does not exist");
    server.refgate(&["input", "tag", "--ref", "refs/heads/main"]).answers(2).says("brings no tag");
    server.refgate(&["input", "commit", "HEAD", "--config", "nowhere.toml"]).answers(2).says("nowhere.toml");
}

#[test]
fn what_was_shown_of_a_real_push_comes_from_the_log() {
    let server = Server::build().log_input().start();
    let told = server.developer(BOB).commit_unsigned("add a tunnel").push("main").refused("commit.signed");
    let (log, id) = (server.log().display().to_string(), told.decision());
    let from_log = ["--log", &log, "--decision", &id];
    let all = document(&server, &[&["commit"], &from_log[..]].concat());
    assert!(all.as_array().unwrap().len() > 1, "{all:#}");
    let shown = document(&server, &[&["commit", "--rule", "commit.signed"], &from_log[..]].concat());
    assert_eq!(shown[0]["commit"]["signature"]["status"], "unsigned");
    server.refgate(&["input", "commit", "--log", &log, "--decision", "01NOPE"]).answers(2).says("there is no decision");
}
