//! Table 2.B: push certificates, push options, the environment of the hook.

use std::fs;

use crate::scene::{between, with_main};
use crate::stage::{
    ALICE, BOB, CAROL, DAVE, Developer, ERIN, GRACE, HEIDI, Key, MALLORY, Outcome, Server, line, read_fixture,
};
use crate::wire::Wire;

/// The starter rules, and every push is signed: on a server that gives nonces.
fn certified() -> Server {
    let server = Server::build()
        .and_rules("[[rule]]\nuse = \"push.certificate\"")
        .git_config("receive.certNonceSeed", "a seed of the stage")
        .start();
    keep_certificates(&server);
    server
}

/// Keeps the latest certificate in a file of the stage.
fn keep_certificates(server: &Server) {
    server.add_hook("post-receive", "#!/bin/sh\ngit cat-file blob \"$GIT_PUSH_CERT\" > ../../certificate\n");
}

fn kept(server: &Server) -> String {
    fs::read_to_string(server.folder().join("certificate")).expect("a certificate was kept")
}

fn signed(developer: &Developer<'_>, refspecs: &str) -> Outcome {
    developer.pushing(refspecs).argument("--signed").go()
}

/// The push came to nothing. (Git keeps the text of a certificate even so.)
#[track_caller]
fn came_to_nothing(server: &Server, outcome: Outcome, words: &str) {
    let refs = server.refs();
    let told = outcome.failed().says(words);
    assert_eq!(server.refs(), refs, "{}", told.plain);
    assert_eq!(server.decision()["result"]["verdict"], "refused", "{}", told.plain);
}

/// A certificate by hand, signed by the developer, about these lines.
fn certificate(developer: &Developer<'_>, more: &str, lines: &str, namespace: &str) -> String {
    let text = format!(
        "certificate version 0.1\npusher SHA256:x 1735689600 +0000\npushee file:///srv/castle.git\n{more}\n{lines}"
    );
    let signature = developer.sign(&text, namespace);
    text + &signature
}

/// Sends a certificate about a new `main`; gives git's word about it and what was told.
#[track_caller]
fn refused_with(server: &Server, developer: &Developer<'_>, certificate: &str, words: &str) {
    let pack = developer.pack(&["HEAD"]);
    let answer = Wire::to(server).certificate(certificate).pack(pack).send();
    assert!(answer.told.by_server.contains(words), "{}", answer.told.plain);
    assert_eq!(server.tip("refs/heads/main"), "", "{}", answer.told.plain);
}

#[test]
fn b01_certificate_of_an_unknown_ssh_key_counts_for_nothing() {
    let server = certified();
    let mallory = server.developer(MALLORY);
    mallory.claim_to_be(BOB).commit_unsigned("add a door");
    came_to_nothing(
        &server,
        signed(&mallory, "main:refs/heads/wip"),
        "push.certificate: signature of the push is 'unknown_key'",
    );
    for (person, status) in [(CAROL, "expired"), (DAVE, "revoked")] {
        let developer = server.developer(person);
        developer.commit("add a door");
        came_to_nothing(
            &server,
            signed(&developer, "main:refs/heads/wip"),
            &format!("signature of the push is '{status}'"),
        );
    }
}

#[test]
fn b02_certificate_of_an_openpgp_key_counts_when_the_operator_named_its_fingerprint() {
    let server = certified();
    signed(server.developer(ALICE).commit("add a door"), "main").accepted();
    for (person, status) in [(GRACE, "expired"), (HEIDI, "revoked")] {
        let developer = server.developer(person);
        developer.sign_nothing().commit("add a window").sign_with(person.keys[0]);
        came_to_nothing(
            &server,
            signed(&developer, "main:refs/heads/wip"),
            &format!("signature of the push is '{status}'"),
        );
    }
    let stranger = Server::build()
        .and_rules("[[rule]]\nuse = \"push.certificate\"")
        .git_config("receive.certNonceSeed", "a seed of the stage")
        .file("people.toml", "[bob]\nname = \"Bob\"\nemails = [\"bob@example.org\"]\nkeys = [\"ssh/bob.pub\"]\n[security]\nname = \"x\"\nemails = []\ngroups = [\"security\"]\n")
        .start();
    let alice = stranger.developer(ALICE);
    alice.commit("add a door");
    came_to_nothing(&stranger, signed(&alice, "main:refs/heads/wip"), "signature of the push is 'untrusted'");
}

#[test]
fn b03_certificate_that_is_sent_again_is_refused() {
    let server = certified();
    let bob = server.developer(BOB);
    bob.commit("add a door");
    signed(&bob, "main").accepted();
    let certificate = kept(&server);
    server.git(&["update-ref", "-d", "refs/heads/main"]);
    server.git(&["config", "receive.certNonceSeed", "another seed"]);
    refused_with(&server, &bob, &certificate, "push.certificate: ");
}

#[test]
fn b04_certificate_without_a_nonce_is_refused() {
    let server = Server::build().and_rules("[[rule]]\nuse = \"push.certificate\"").start();
    let bob = server.developer(BOB);
    let head = bob.commit("add a door").head();
    let text = certificate(&bob, "", &line(&server.zero(), &head, "refs/heads/main"), "git");
    refused_with(&server, &bob, &text, "push.certificate: ");
    let text = certificate(&bob, "nonce 1735689600-0\n", &line(&server.zero(), &head, "refs/heads/main"), "git");
    refused_with(&server, &bob, &text, "push.certificate: ");
}

#[test]
fn b06_command_beside_a_certificate_is_refused() {
    let server = certified();
    let bob = server.developer(BOB);
    let head = bob.commit("add a door").head();
    signed(&bob, "main:refs/heads/wip").accepted();
    let certificate = kept(&server);
    server.git(&["update-ref", "-d", "refs/heads/wip"]);
    let wire = Wire::to(&server).command(&server.zero(), &head, "refs/heads/main").certificate(&certificate);
    let answer = wire.pack(bob.pack(&["main"])).send();
    assert!(
        answer.told.by_server.contains("gate.certificate: the push certificate is about other updates"),
        "{}",
        answer.told.plain
    );
    assert!(server.refs().is_empty());
}

#[test]
fn b06_command_beside_a_certificate_is_refused_where_nobody_asks_for_one() {
    let server = Server::build().git_config("receive.certNonceSeed", "a seed of the stage").start();
    let bob = server.developer(BOB);
    let head = bob.commit("add a door").head();
    let text = certificate(&bob, "", &line(&server.zero(), &head, "refs/heads/wip"), "git");
    let wire = Wire::to(&server).command(&server.zero(), &head, "refs/heads/main").certificate(&text);
    let answer = wire.pack(bob.pack(&["main"])).send();
    assert!(answer.told.by_server.contains("gate.certificate"), "{}", answer.told.plain);
    assert!(server.refs().is_empty());
}

#[test]
fn b07_certificate_for_another_repository_is_refused() {
    let [one, other] = ["a seed", "another seed"].map(|seed| {
        let server = Server::build()
            .and_rules("[[rule]]\nuse = \"push.certificate\"")
            .git_config("receive.certNonceSeed", seed)
            .start();
        keep_certificates(&server);
        server
    });
    let bob = one.developer(BOB);
    bob.commit("add a door");
    signed(&bob, "main").accepted();
    refused_with(&other, &bob, &kept(&one), "push.certificate: ");
}

#[test]
fn b08_name_of_the_pusher_in_a_certificate_is_nobody_s_word() {
    let server = certified();
    let mallory = server.developer(MALLORY);
    mallory.claim("root", "alice@example.org").commit_unsigned("add a door");
    came_to_nothing(&server, signed(&mallory, "main:refs/heads/wip"), "push.certificate");
    let decision = server.decision();
    assert_eq!(decision["input"]["push"]["certificate"]["person"]["known"], false, "{decision}");
    let groups = Server::build()
        .and_rules("[[rule]]\nuse = \"push.certificate\"\nparams = { groups = [\"security\"] }")
        .git_config("receive.certNonceSeed", "a seed of the stage")
        .start();
    let bob = groups.developer(BOB);
    bob.claim_to_be(ALICE).commit_unsigned("add a door");
    came_to_nothing(&groups, signed(&bob, "main:refs/heads/wip"), "push.certificate: certificate signed by 'bob'");
}

#[test]
fn b10_certificate_signed_for_files_is_refused() {
    let server = certified();
    let bob = server.developer(BOB);
    let head = bob.commit("add a door").head();
    let text = certificate(&bob, "", &line(&server.zero(), &head, "refs/heads/main"), "file");
    refused_with(&server, &bob, &text, "signature of the push is 'bad'");
}

#[test]
fn b12_words_of_the_environment_make_no_certificate() {
    let server = certified();
    let bob = server.developer(BOB);
    let head = bob.commit("add a door").head();
    let good = certificate(&bob, "", &line(&server.zero(), &head, "refs/heads/other"), "git");
    let blobs =
        ["x".to_string(), "1".repeat(40), head.clone(), bob.store("blob", "certificate"), bob.store("blob", good)];
    bob.plant("main:refs/heads/rest");
    for blob in blobs.iter().map(String::as_str).chain([""]) {
        let forge = [
            ("GIT_PUSH_CERT", blob),
            ("GIT_PUSH_CERT_STATUS", "G"),
            ("GIT_PUSH_CERT_SIGNER", "alice@example.org"),
            ("GIT_PUSH_CERT_KEY", "SHA256:x"),
            ("GIT_PUSH_CERT_NONCE", "1735689600-0"),
            ("GIT_PUSH_CERT_NONCE_STATUS", "OK"),
        ];
        let push = bob.pushing("main");
        forge.iter().fold(push, |push, (name, value)| push.server_variable(name, value)).go().declined();
    }
}

/// Break-glass for those on call.
const OVERRIDE: &str = "[[rule]]\nuse = \"update.fast_forward\"\nrefs = [\"HEAD\"]\noverride = { groups = [\"security\"] }\n\
    [[rule]]\nuse = [\"update.namespaces\", \"commit.well_formed\"]\n";

#[test]
fn b15_push_option_alone_opens_nothing() {
    let server = Server::build().git_config("receive.advertisePushOptions", "true").rules(OVERRIDE).start();
    let bob = server.developer(BOB);
    bob.commit("add a door").commit("add a window").plant("main");
    for option in [
        "skip-policy",
        "break-glass=alice",
        "refgate.override=please",
        "refgate.override=erin",
        "refgate.skip",
        "ci.skip",
    ] {
        bob.pushing("+main~1:main").option(option).go().refused("update.fast_forward");
        bob.pushing("+main~1:main").option(option).logged_in_as("bob").go().refused("update.fast_forward");
        bob.pushing("+main~1:main").option(option).logged_in_as("erin").go().refused("update.fast_forward");
    }
    assert_eq!(server.tip("refs/heads/main"), bob.head());
    // Whom the server names, and who signed what is pushed, is somebody: it is told, and on the record.
    let erin = server.developer(ERIN);
    erin.git(&["commit", "--quiet", "--amend", "-S", "-m", "add another window"]);
    let push = erin.pushing("+main").option("refgate.override=please").logged_in_as("erin");
    push.go().accepted().says("let through by an override: please (erin)");
}

#[test]
fn b16_settings_in_the_environment_reach_no_verification() {
    let server = with_main();
    let mallory = server.developer(MALLORY);
    mallory.claim_to_be(BOB).commit("add a tunnel");
    let trust = server.folder().join("signers");
    fs::write(&trust, format!("bob@example.org {}", String::from_utf8_lossy(&read_fixture("mallory.pub")))).unwrap();
    let program = server.folder().join("yes");
    fs::write(&program, "#!/bin/sh\nexit 0\n").unwrap();
    let (trust, program) = (trust.display().to_string(), program.display().to_string());
    let settings = [
        ("gpg.ssh.allowedSignersFile", trust.as_str()),
        ("gpg.ssh.program", &program),
        ("gpg.program", &program),
        ("core.hooksPath", "hooks"),
        ("refgate.config", "/dev/null"),
        ("core.useReplaceRefs", "true"),
    ];
    let mut push = mallory.pushing("main").server_variable("GIT_CONFIG_COUNT", &settings.len().to_string());
    for (number, (key, value)) in settings.iter().enumerate() {
        push = push.server_variable(&format!("GIT_CONFIG_KEY_{number}"), key);
        push = push.server_variable(&format!("GIT_CONFIG_VALUE_{number}"), value);
    }
    push.go().refused("commit.signed: the key ssh:SHA256:… is not known here");
}

#[test]
fn b20_settings_of_the_repository_reach_no_verification() {
    let server = with_main();
    let mallory = server.developer(MALLORY);
    let tunnel = mallory.claim_to_be(BOB).commit("add a tunnel").head();
    let trust = server.folder().join("signers");
    fs::write(&trust, format!("bob@example.org {}", String::from_utf8_lossy(&read_fixture("mallory.pub")))).unwrap();
    server.add_hook("yes", "#!/bin/sh\necho called >> ../../called\nexit 0\n");
    let yes = server.repository().join("hooks/yes").display().to_string();
    for (key, value) in [
        ("gpg.program", yes.as_str()),
        ("gpg.ssh.program", &yes),
        ("gpg.ssh.defaultKeyCommand", &yes),
        ("gpg.ssh.allowedSignersFile", &trust.display().to_string()),
        ("gpg.minTrustLevel", "undefined"),
        ("gpg.format", "ssh"),
        ("log.showSignature", "true"),
    ] {
        server.git(&["config", key, value]);
    }
    mallory.push("main").refused("commit.signed: the key ssh:SHA256:… is not known here");
    assert!(!server.folder().join("called").exists(), "a program of the repository's settings was called");
    // The keys of the stage sign here as everywhere.
    let bob = server.developer(BOB);
    bob.sign_with(Key::Ssh("bob")).commit("add a roof").push("main").accepted();
    let old = bob.head();
    let pack = between(&mallory, "HEAD~1", &tunnel);
    Wire::to(&server).command(&old, &tunnel, "refs/heads/main").pack(pack).send().refused("commit.signed");
}

#[test]
fn b21_names_that_a_proxy_hands_on_count_where_the_operator_said_so() {
    let known = "[[rule]]\nuse = \"push.known_pusher\"\nparams = { groups = [\"security\"] }";
    let server = Server::build().and_rules(known).start();
    let erin = server.developer(ERIN);
    erin.commit("add a door");
    // Headers of a request are not the server's word.
    let spoofed =
        erin.pushing("main").server_variable("GATEWAY_INTERFACE", "CGI/1.1").server_variable("REMOTE_USER", "bob");
    let spoofed = spoofed.server_variable("HTTP_REMOTE_USER", "erin").server_variable("HTTP_X_FORWARDED_USER", "erin");
    spoofed.go().refused("push.known_pusher: pushed by 'bob'");
    // Nor is a name without a web server, or another kind of server's.
    for (name, value) in [
        ("REMOTE_USER", "erin"),
        ("GL_USERNAME", "erin"),
        ("GITEA_PUSHER_NAME", "erin"),
        ("GITHUB_USER_LOGIN", "erin"),
        ("GL_USER", "erin"),
        ("USER", "erin"),
        ("LOGNAME", "erin"),
        ("SUDO_USER", "erin"),
    ] {
        erin.pushing("main").server_variable(name, value).go().refused("push.known_pusher");
    }
    erin.pushing("main").logged_in_as("erin").go().accepted();
}
