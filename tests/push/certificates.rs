//! Push certificates (`git push --signed`): verified by refgate itself, over exactly the commands that git will carry
//! out.

use crate::stage::{ALICE, BOB, CAROL, DAVE, Developer, ERIN, IVAN, MALLORY, Server, ServerBuilder};
use crate::wire::Wire;

const CERTIFIED: &str = r#"package refgate.push.certified

allow if {
	input.push.certificate.status == "good"
	input.push.certificate.person.known
	input.push.certificate.nonce_status == "OK"
}
"#;

fn certified() -> ServerBuilder {
    Server::build()
        .rules("[[rule]]\nuse = \"push.certified\"")
        .own_rule("push.certified", CERTIFIED)
        .git_config("receive.certNonceSeed", "a seed of the stage")
}

/// Keeps the latest certificate in a file of the stage.
fn keep_certificates(server: &Server) {
    server.add_hook("post-receive", "#!/bin/sh\ngit cat-file blob \"$GIT_PUSH_CERT\" > ../../certificate\n");
}

fn kept(server: &Server) -> String {
    std::fs::read_to_string(server.folder().join("certificate")).unwrap()
}

fn signed(developer: &Developer<'_>, refspecs: &str) -> crate::stage::Outcome {
    developer.pushing(refspecs).argument("--signed").go()
}

/// Sends a certificate by hand: `main` must not move. (Git may keep the text of the certificate all the same.)
fn push_again(server: &Server, bob: &Developer<'_>, certificate: &str) {
    let answer = Wire::to(server).certificate(certificate).pack(bob.pack(&["main"])).send();
    assert!(answer.report.contains(&"ng refs/heads/main pre-receive hook declined".to_string()), "{:?}", answer.report);
    assert!(answer.told.by_server.contains("push.certified"), "{}", answer.told.plain);
    assert_eq!(server.tip("refs/heads/main"), "");
}

#[test]
fn certified_push_is_accepted() {
    let server = certified().start();
    signed(server.developer(BOB).commit_unsigned("add a door"), "main").accepted();
    signed(server.developer(ALICE).commit_unsigned("add a window"), "main").accepted();
}

#[test]
fn push_without_a_certificate_is_refused() {
    let server = certified().start();
    server.developer(BOB).commit_unsigned("add a door").push("main").refused("push.certified");
}

#[test]
fn certificate_of_a_stranger_is_refused() {
    let server = certified().start();
    let mallory = server.developer(MALLORY);
    signed(mallory.claim_to_be(BOB).commit_unsigned("add a door"), "main").failed();
    assert!(server.refs().is_empty());
}

#[test]
fn words_of_the_environment_are_no_certificate() {
    let server = certified().start();
    let mallory = server.developer(MALLORY);
    mallory.commit_unsigned("add a door");
    let blob = mallory.store("blob", "certificate version 0.1\n");
    for certificate in ["", "1111111111111111111111111111111111111111", &blob] {
        let push = mallory
            .pushing("main")
            .server_variable("GIT_PUSH_CERT", certificate)
            .server_variable("GIT_PUSH_CERT_STATUS", "G");
        let push = push
            .server_variable("GIT_PUSH_CERT_SIGNER", "bob@example.org")
            .server_variable("GIT_PUSH_CERT_KEY", "SHA256:x");
        push.server_variable("GIT_PUSH_CERT_NONCE_STATUS", "OK").go().declined();
    }
}

#[test]
fn command_beside_the_certificate_is_refused() {
    let server = certified().start();
    keep_certificates(&server);
    let bob = server.developer(BOB);
    let head = bob.commit_unsigned("add a door").head();
    signed(&bob, "main:refs/heads/wip").accepted();
    let certificate = kept(&server);
    server.git(&["update-ref", "-d", "refs/heads/wip"]);
    let wire = Wire::to(&server).command(&server.zero(), &head, "refs/heads/main").certificate(&certificate);
    wire.pack(bob.pack(&["main"])).send().declined();
    assert_eq!(server.tip("refs/heads/main"), "");
}

#[test]
fn certificate_shown_again_has_no_fresh_nonce() {
    let server = certified().start();
    keep_certificates(&server);
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door");
    signed(&bob, "main").accepted();
    let certificate = kept(&server);
    server.git(&["update-ref", "-d", "refs/heads/main"]);
    server.git(&["config", "receive.certNonceSeed", "another seed"]);
    push_again(&server, &bob, &certificate);
}

#[test]
fn certificate_whose_text_was_changed_is_refused() {
    let server = certified().start();
    keep_certificates(&server);
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door");
    signed(&bob, "main:refs/heads/wip").accepted();
    let certificate = kept(&server).replace("refs/heads/wip", "refs/heads/main");
    push_again(&server, &bob, &certificate);
}

/// The shipped rule, on a server that gives nonces.
fn shipped(params: &str) -> Server {
    Server::build()
        .rules(&format!("[[rule]]\nuse = \"push.certificate\"\nparams = {{ {params} }}"))
        .git_config("receive.certNonceSeed", "a seed of the stage")
        .start()
}

#[test]
fn shipped_rule_asks_for_a_certificate_of_somebody_known() {
    let server = shipped("");
    let unsigned = |developer: Developer<'_>, name: &str| {
        developer.commit_unsigned("add a door");
        developer.pushing(&format!("main:refs/heads/{name}")).argument("--signed").go()
    };
    server.developer(BOB).commit_unsigned("add a roof").push("main").refused("push.certificate: push is not signed … --signed");
    unsigned(server.developer(ALICE), "openpgp").accepted();
    unsigned(server.developer(BOB), "ssh").accepted();
    unsigned(server.developer(IVAN), "certified").accepted();
    for (developer, status) in [(CAROL, "expired"), (DAVE, "revoked"), (MALLORY, "unknown_key")] {
        unsigned(server.developer(developer), "main").failed().says(&format!("signature of the push is '{status}'"));
    }
    assert_eq!(server.tip("refs/heads/main"), "");
}

#[test]
fn shipped_rule_asks_for_a_fresh_nonce_and_a_signature_made_for_git() {
    let server = shipped("");
    keep_certificates(&server);
    let bob = server.developer(BOB);
    bob.commit_unsigned("add a door");
    signed(&bob, "main").accepted();
    let certificate = kept(&server);
    let (payload, _) = certificate.split_at(certificate.find("-----BEGIN").unwrap());
    server.git(&["update-ref", "-d", "refs/heads/main"]);
    let refused = |certificate: &str, words: &str| {
        let answer = Wire::to(&server).certificate(certificate).pack(bob.pack(&["main"])).send();
        assert!(answer.told.text.contains(&format!("push.certificate: {words}")), "{words}\n{}", answer.told.plain);
        assert_eq!(server.tip("refs/heads/main"), "");
    };
    let other = "-----BEGIN SIGNED MESSAGE-----\nU1NIU0lH\n-----END SIGNED MESSAGE-----\n";
    refused(&(payload.to_string() + &bob.sign(payload, "file")), "signature of the push is 'bad'");
    refused(&(payload.to_string() + other), "signature of the push is 'unsupported'");
    server.git(&["config", "receive.certNonceSeed", "another seed"]);
    refused(&certificate, "certificate has a nonce that is 'BAD'");
    server.git(&["config", "--unset", "receive.certNonceSeed"]);
    refused(&certificate, "certificate has a nonce that is ''");
}

#[test]
fn shipped_rule_may_ask_for_one_group_and_for_the_pusher() {
    let server = shipped("groups = [\"security\"], pusher = true");
    let push = |developer: &Developer<'_>, account: &str| {
        developer.pushing("main").argument("--signed").logged_in_as(account).go()
    };
    let bob = server.developer(BOB);
    push(bob.commit_unsigned("add a door"), "bob").failed().says("push.certificate: certificate signed by 'bob'");
    let erin = server.developer(ERIN);
    push(erin.commit_unsigned("add a door"), "bob").failed().says("but the server names another pusher");
    push(&erin, "erin").accepted();
}
