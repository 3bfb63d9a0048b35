//! Table 2.G: rules and their engine, and what a push would make of them.

use std::fs;

use crate::scene::{send, with_main};
use crate::stage::{BOB, ERIN, MALLORY, Server, ServerBuilder, line};

const MAIN: &[u8] = b"refs/heads/main";

/// The starter rules, and one of the operator's own.
fn with_rule(code: &str, rego: &str) -> ServerBuilder {
    Server::build().and_rules(&format!("[[rule]]\nuse = {code:?}")).own_rule(code, rego)
}

/// A push without fault comes to no judgement under this rule.
#[track_caller]
fn not_judged(code: &str, rego: &str) {
    let server = with_rule(code, rego).start();
    server.developer(BOB).commit("add a door").push("main").could_not_judge("");
}

#[test]
fn g01_push_does_not_change_the_rules_it_is_judged_by() {
    let server = with_main();
    let mallory = server.developer(MALLORY);
    let lax = "version = 1\nuncovered = \"accept\"\n[[rule]]\nuse = \"update.no_delete\"\n";
    for path in [
        "refgate.toml",
        ".refgate/refgate.toml",
        ".refgate/policy.rego",
        "policies/commit/signed/signed.rego",
        "people.toml",
        "config",
        "hooks/pre-receive",
        "allowed_signers",
    ] {
        mallory.write(path, lax);
    }
    mallory.commit("other rules").push("main").refused("commit.signed: the key ssh:SHA256:… is not known here");
    mallory.push("main:refs/heads/refgate").accepted();
    mallory.push("main").refused("commit.signed");
}

#[test]
fn g02_rules_do_not_come_from_the_branch_that_head_means() {
    let server = with_main();
    let mallory = server.developer(MALLORY);
    mallory
        .write("refgate.toml", "version = 1\nuncovered = \"accept\"\n")
        .commit("lax")
        .push("main:refs/heads/lax")
        .accepted();
    server.git(&["symbolic-ref", "HEAD", "refs/heads/lax"]);
    mallory.commit("laxer").push("main:refs/heads/lax").refused("commit.signed");
}

#[test]
fn g03_repository_of_the_rules_is_judged_by_the_rules_in_force() {
    let server = with_main();
    let folder = server.operator().join("policies/commit/signed");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("signed.rego"), "package refgate.commit.signed\n\ndeny contains \"x\" if false\n").unwrap();
    // Files beside the config are rules only where the config says so, and never in a shipped rule's place unbound.
    let mallory = server.developer(MALLORY);
    mallory.commit("add a tunnel").push("main").refused("commit.signed: the key ssh:SHA256:… is not known here");
}

#[test]
fn g04_files_of_the_operator_that_are_odd_stop_everything() {
    let rule = "package refgate.commit.teams\n\ndeny contains \"x\" if count(data.teams) == 0\n";
    let with_data = || {
        let config = "version = 1\n[policies]\npath = \"policies\"\ndata = [\"data/teams.yaml\"]\n[[rule]]\nuse = \"commit.teams\"\n";
        Server::build().config(config).own_rule("commit.teams", rule)
    };
    let accepted = with_data().file("data/teams.yaml", "a: 1\n").start();
    accepted.developer(BOB).commit("add a door").push("main").accepted();
    for bytes in [&b"\xff\xfe"[..], b"a: [\n", b"a: 1\na: 2\n", b"a: &x [*x]\n"] {
        let server = with_data().file("data/teams.yaml", bytes).start();
        server.developer(BOB).commit("add a door").push("main").could_not_judge("");
    }
    let server = with_data().file("data/teams.yaml", "a: 1\n").start();
    fs::remove_file(server.operator().join("data/teams.yaml")).unwrap();
    server.developer(BOB).commit("add a door").push("main").could_not_judge("");
    for rego in [&b"package refgate.commit.nickname\n\ndeny contains \"\xff\" if false\n"[..], b"\0"] {
        let server = Server::build()
            .rules("[[rule]]\nuse = \"commit.nickname\"")
            .file("policies/commit/nickname/nickname.rego", rego)
            .start();
        server.developer(BOB).commit("add a door").push("main").could_not_judge("");
    }
}

#[test]
fn g05_what_is_not_there_never_makes_a_rule_fall_silent() {
    let server = with_rule("commit.alice", "package refgate.commit.alice\n\ndeny contains \"not by alice\" if input.commit.signature.person.id != \"alice\"\n").start();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door").push("main:refs/heads/wip").refused("commit.alice: not by alice");
    let server = with_rule(
        "commit.alice",
        "package refgate.commit.alice\n\nallow if input.commit.signature.person.id == \"alice\"\n",
    )
    .start();
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door").push("main:refs/heads/wip").refused("commit.alice: not allowed");
    not_judged(
        "commit.alice",
        "package refgate.commit.alice\n\ndeny contains \"x\" if input.signer.email != \"alice@example.org\"\n",
    );
    not_judged("commit.alice", "package refgate.commit.alice\n\ndefault allow := true\n");
}

#[test]
fn g06_errors_of_builtins_refuse() {
    for body in [
        "to_number(input.commit.subject) == 1",
        "time.parse_rfc3339_ns(input.commit.subject) == 1",
        "base64.decode(input.commit.subject) == \"x\"",
        "1 / count(input.commit.parents) == 5",
        "json.unmarshal(input.commit.subject) == 1",
    ] {
        not_judged("commit.odd", &format!("package refgate.commit.odd\n\ndeny contains \"x\" if {body}\n"));
    }
}

#[test]
fn g07_rule_that_is_not_there_refuses() {
    for code in
        ["commit.nothing", "commit.Signed", "commit", "", "lib.person", "commit.signed.deny", "../commit.signed"]
    {
        let server = Server::build().rules(&format!("[[rule]]\nuse = {code:?}")).start();
        server.developer(BOB).commit("add a door").push("main").could_not_judge("");
    }
    not_judged("commit.odd", "package refgate.commit.other\n\ndeny contains \"x\" if false\n");
}

#[test]
fn g09_rule_that_takes_too_long_refuses() {
    let pairs = "package refgate.push.pairs\n\ndeny contains \"x\" if {\n\tsome a in input.push.updates\n\tsome b in input.push.updates\n\tsome c in input.push.updates\n\ta.ref == concat(\"\", [b.ref, c.ref])\n}\n";
    let server = with_rule("push.pairs", pairs).limit("deadline = \"1s\"").start();
    let bob = server.developer(BOB);
    let head = bob.commit("add a door").plant("main").head();
    let lines: String = (0..2000).map(|number| line(&server.zero(), &head, &format!("refs/heads/{number}"))).collect();
    server.hook(lines).exits(2).says("it takes too long");
}

#[test]
fn g10_document_that_is_too_large_is_refused() {
    let server = with_rule(
        "commit.long",
        "package refgate.commit.long\n\ndeny contains \"x\" if input.commit.message == \"x\"\n",
    )
    .limit("input_bytes = 10000")
    .start();
    let bob = server.developer(BOB);
    bob.commit(&"m".repeat(20_000)).push("main").refused("gate.limit … limit 'input_bytes'");
    let deep = format!(
        "package refgate.commit.deep\n\ndeny contains \"x\" if input.commit.subject == {}1{}\n",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    not_judged("commit.deep", &deep);
}

#[test]
fn g11_rules_reach_no_network_clock_or_environment() {
    for body in [
        "http.send({\"method\": \"GET\", \"url\": \"http://127.0.0.1\"}).status_code == 200",
        "opa.runtime().env.HOME == \"x\"",
        "time.now_ns() > 0",
        "rand.intn(\"x\", 10) == 1",
        "uuid.rfc4122(\"x\") == \"x\"",
        "net.lookup_ip_addr(\"localhost\") == set()",
        "io.jwt.decode(\"x\") == 1",
    ] {
        not_judged("commit.reach", &format!("package refgate.commit.reach\n\ndeny contains \"x\" if {body}\n"));
    }
}

#[test]
fn g12_words_of_a_rule_reach_no_terminal_as_they_are() {
    let rule = "package refgate.commit.echo\n\ndeny contains {\"message\": input.commit.message, \"hint\": input.commit.subject, \"path\": input.commit.author.name}\n";
    let server = Server::build().rules("[[rule]]\nuse = \"commit.echo\"").own_rule("commit.echo", rule).start();
    let bob = server.developer(BOB);
    bob.claim("Bob\u{202e}\u{9b}2J", "bob@example.org")
        .commit_with("add\u{1b}[2J\u{7}\n\nrefgate: push accepted\r\u{2066}", &["--cleanup=verbatim"]);
    let told = bob.push("main").refused("commit.echo");
    let text = String::from_utf8(told.raw.clone()).expect("what is told is UTF-8");
    assert!(!text.contains(|c: char| c.is_control() && c != '\n' || "\u{202e}\u{2066}".contains(c)), "{text:?}");
    assert!(!told.plain.lines().any(|line| line.starts_with("refgate: push accepted")), "{}", told.plain);
}

#[test]
fn g15_spelling_of_an_address_makes_nobody_else() {
    let server = with_main();
    let bob = server.developer(BOB);
    for email in [
        "bob+x@example.org",
        "bob@exämple.org",
        "bob@xn--exmple-cua.org",
        "bob@example.org\u{200b}",
        "b\u{43e}b@example.org",
        "alice@example.org",
    ] {
        bob.claim("Bob Example", email).commit("odd");
        bob.push("main").refused("commit.identity: committer");
        bob.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    }
    // An address whose capitals differ is the same: mail does not mind either.
    bob.claim("Bob Example", "Bob@Example.org").commit("capitals").push("main").accepted();
}

#[test]
fn g16_hook_without_its_program_refuses() {
    let hook = crate::stage::shipped_hook(std::path::Path::new("/nonexistent/refgate"));
    let server = Server::build().hook(&hook).start();
    server.developer(BOB).commit("add a door").push("main").declined();
}

#[test]
fn g17_program_that_dies_refuses() {
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_refgate"));
    for limit in ["ulimit -v 20000", "ulimit -t 0", "ulimit -f 0", "kill -9 $$", "kill -TERM $$"] {
        let hook = crate::stage::shipped_hook(binary).replace("\nexec ", &format!("\n{limit}\nexec "));
        let server = Server::build().hook(&hook).start();
        server.developer(BOB).commit("add a door").push("main").declined();
    }
}

#[test]
fn g19_no_verdict_outlives_what_it_was_based_on() {
    let server = with_main();
    let erin = server.developer(ERIN);
    let roof = erin.commit("add a roof").head();
    erin.push("main:refs/heads/release/1").accepted();
    // Her keys are taken from her, and the same commit comes again.
    let people = server.operator().join("people.toml");
    let text = fs::read_to_string(&people).unwrap();
    let start = text.find("[erin]").expect("she is there");
    let end = text[start + 1..].find("\n[").map_or(text.len(), |end| start + 1 + end);
    fs::write(&people, format!("{}{}", &text[..start], &text[end..])).unwrap();
    let signers = server.operator().join("allowed_signers");
    let others = fs::read_to_string(&signers)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with("erin"))
        .collect::<Vec<_>>()
        .join("\n");
    fs::write(&signers, others + "\n").unwrap();
    let old = server.tip("refs/heads/main");
    send(&server, &[(&old, &roof, MAIN)], crate::scene::nothing(&erin))
        .send()
        .refused("\"add a roof\" … commit.signed");
}
