//! GitLab, as far as it can be had: the page of `examples/gitlab` followed on a machine, and real pushes to a repository
//! whose hook is a stand-in for Gitaly (`gitaly.sh`), since Gitaly itself cannot be built from what its module offers.

use crate::machine::Machine;
use crate::page::Page;
use crate::stage::{ALICE, BOB, Developer, Outcome, Server};
use crate::story::{Story, push_fact};

const PAGE: Page = Page { name: "gitlab" };
const REPOSITORY: &str = "/var/opt/gitlab/git-data/repositories/@hashed/6b/86/6b86.git";

fn gitlab() -> Option<(Machine, Server)> {
    let machine = PAGE.machine(&["useradd"])?;
    machine.does("useradd --system --create-home --home-dir /var/opt/gitlab --shell /bin/sh git");
    machine.does(&format!("runuser -u git -- git init -q --bare --initial-branch=main {REPOSITORY}"));
    machine.put(&format!("{REPOSITORY}/hooks/pre-receive"), include_bytes!("gitaly.sh"), 0o755);
    PAGE.follow(&machine, "All projects");
    let server = Server::elsewhere(
        machine.seen_from_outside(REPOSITORY),
        machine.seen_from_outside("/etc/refgate"),
        machine.seen_from_outside("/var/log/refgate/decisions.jsonl"),
    );
    Some((machine, server))
}

/// Lets a developer push as GitLab would for this account: git's own protocol, with the server's side on the machine.
fn as_account(developer: &Developer, machine: &Machine, id: &str, name: &str, protocol: &str) {
    let said = format!("GL_ID={id} GL_USERNAME={name} GL_PROTOCOL={protocol} GL_PROJECT_PATH=infra/cloud/castle GL_REPOSITORY=project-7");
    let url = format!("ext::{} runuser -u git -- env -i PATH=/usr/bin:/bin HOME=/var/opt/gitlab {said} %S {REPOSITORY}", machine.door());
    developer.git(&["config", "protocol.ext.allow", "always"]);
    developer.git(&["config", "remote.server.url", &url]);
}

#[test]
fn pushes_are_judged_as_gitaly_runs_hooks() {
    let Some((machine, server)) = gitlab() else { return };
    let (alice, bob) = (server.developer(ALICE), server.developer(BOB));
    as_account(&alice, &machine, "user-1", "alice", "ssh");
    as_account(&bob, &machine, "user-2", "bob", "http");
    let story = Story { name: "GitLab (stand-in)", server: &server, alice: &alice, bob: &bob };
    story.play();
    let push = push_fact(&server);
    assert_eq!((&push["pusher"]["name"], &push["pusher"]["id"]), (&"alice".into(), &"user-1".into()));
    assert_eq!((&push["channel"]["protocol"], &push["channel"]["trigger"]), (&"ssh".into(), &"push".into()));
    assert_eq!((&push["repository"]["path"], &push["repository"]["owner"]), (&"infra/cloud/castle".into(), &"infra/cloud".into()));

    // Whoever clicks sees only lines that begin in this way.
    bob.update().commit_unsigned("paint the door");
    let told = bob.push("main").refused("commit.signed");
    let judged: Vec<&str> = told.by_server.lines().filter(|line| !line.is_empty()).collect();
    assert!(!judged.is_empty() && judged.iter().all(|line| line.starts_with("GL-HOOK-ERR:")), "{}", told.by_server);

    as_account(&bob, &machine, "key-4", "alice", "ssh");
    bob.update().commit("paint the gate");
    story.refused("with a deploy key that alice added", bob.push("main"), "push.known_pusher: pushed by a deploy key");
}

#[test]
fn the_merge_button_works_and_brings_nothing_of_its_own() {
    let Some((machine, server)) = gitlab() else { return };
    let (alice, bob) = (server.developer(ALICE), server.developer(BOB));
    as_account(&alice, &machine, "user-1", "alice", "web");
    as_account(&bob, &machine, "user-2", "bob", "ssh");
    let story = Story { name: "GitLab (stand-in)", server: &server, alice: &alice, bob: &bob };
    alice.write("infra/door", "closed\n").commit("open the shop").push("main").accepted();
    bob.update().branch("window").commit("add a window").push("window").accepted();
    alice.commit("sweep the floor").push("main").accepted();
    alice.update().git(&["fetch", "--quiet", "server", "window:window"]);
    let merge = |change: &dyn Fn()| -> Outcome {
        alice.git(&["checkout", "--quiet", "-B", "main", "server/main"]);
        alice.sign_nothing().git(&["merge", "--quiet", "--no-ff", "--no-commit", "window"]);
        change();
        alice.commit_unsigned("Merge branch 'window' into 'main'").push("main")
    };
    let evil = merge(&|| {
        alice.write("infra/door", "open\n");
    });
    story.refused("an unsigned merge in the pages with a change of its own", evil, "commit.signed: not signed");
    story.accepted("the merge button", merge(&|| ()), "alice");
    assert_eq!(push_fact(&server)["channel"]["protocol"], "web");
}

#[test]
fn a_project_s_own_hook_runs_first_and_uninstalling_leaves_it() {
    let Some((machine, server)) = gitlab() else { return };
    let bob = server.developer(BOB);
    as_account(&bob, &machine, "user-2", "bob", "ssh");
    let own = format!("{REPOSITORY}/custom_hooks/pre-receive");
    machine.put(&own, b"#!/bin/sh\necho 'GL-HOOK-ERR: the castle is shut'; exit 1\n", 0o755);
    bob.commit("paint the wall").push("main").declined().says("the castle is shut").never_says("refgate");
    machine.does(&format!("rm {own}"));
    PAGE.follow(&machine, "One project");
    machine.does(&format!("cd /srv/example && tar -C {REPOSITORY} -xf custom_hooks.tar && test -x {REPOSITORY}/custom_hooks/pre-receive.d/refgate"));
    machine.does("refgate uninstall --on gitlab /var/opt/gitlab/gitaly/custom_hooks && test -d /var/opt/gitlab/gitaly/custom_hooks && test ! -e /var/opt/gitlab/gitaly/custom_hooks/pre-receive.d");
    bob.commit_unsigned("paint the door").push("main").refused("commit.signed");
    machine.does(&format!("refgate uninstall --on gitlab {REPOSITORY} && test ! -e {REPOSITORY}/custom_hooks"));
    bob.push("main").accepted();
}
