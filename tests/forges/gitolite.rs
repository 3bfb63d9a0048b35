//! gitolite 3 behind OpenSSH, as `examples/gitolite` sets it up.

use std::fs;

use crate::machine::{Machine, free_port};
use crate::page::{Page, over_ssh};
use crate::stage::{ALICE, BOB, Developer, Server, read_fixture};
use crate::story::{Story, push_fact};

const PAGE: Page = Page { name: "gitolite" };

fn gitolite(heading: &str) -> Option<(Machine, u16)> {
    let machine = PAGE.machine(&["gitolite", "sshd", "useradd"])?;
    PAGE.follow(&machine, "A new gitolite");
    PAGE.follow(&machine, heading);
    let port = free_port();
    machine.does("ssh-keygen -q -A");
    machine.goes_on("sshd", &format!("exec /usr/sbin/sshd -D -e -o ListenAddress=127.0.0.1 -o Port={port}"));
    machine.waits_for("sshd", port);
    Some((machine, port))
}

fn server(machine: &Machine, repository: &str) -> Server {
    Server::elsewhere(
        machine.seen_from_outside(&format!("/srv/gitolite/repositories/{repository}.git")),
        machine.seen_from_outside("/etc/refgate"),
        machine.seen_from_outside("/var/log/refgate/decisions.jsonl"),
    )
}

/// Gives the administrator's next commit of gitolite's own repository another content.
fn administer(alice: &Developer, config: &str) {
    alice.write("conf/gitolite.conf", config).write("keydir/bob.pub", read_fixture("bob.pub"));
}

const CONFIG: &str = "@security = alice\n@all-people = alice bob\n\
                      repo gitolite-admin\n    RW+ = @security bob\n\
                      repo infra/castle\n    RW+ = @all-people\n";

#[test]
fn the_common_hook_judges_every_repository_and_the_administrator() {
    let Some((machine, port)) = gitolite("The hook in every repository") else { return };
    let admin = server(&machine, "gitolite-admin");
    let (alice, bob) = (admin.developer(ALICE), admin.developer(BOB));
    for (developer, person) in [(&alice, "alice"), (&bob, "bob")] {
        over_ssh(developer, person, port, "git@127.0.0.1:gitolite-admin");
    }
    let story = Story { name: "gitolite, common hook", server: &admin, alice: &alice, bob: &bob };
    let branch = admin.git(&["symbolic-ref", "--short", "HEAD"]);
    alice.git(&["fetch", "--quiet", "server"]);
    alice.git(&["checkout", "--quiet", "-B", "main", &format!("server/{branch}")]);
    administer(&alice, CONFIG);
    let target = format!("main:{branch}");
    story.refused("an administrator's push, unsigned", alice.commit_unsigned("let bob in").push(&target), "commit.signed: not signed");
    alice.git(&["commit", "--quiet", "--amend", "--no-edit", "--gpg-sign"]);
    story.accepted("an administrator's push, signed", alice.push(&target), "alice");
    bob.git(&["fetch", "--quiet", "server"]);
    bob.git(&["checkout", "--quiet", "-B", "main", &format!("server/{branch}")]);
    let told = bob.write("keydir/mallory.pub", "x").commit("let mallory in").push(&target);
    story.refused("an administrator's push, by bob", told, "commit.protected_paths");

    let castle = server(&machine, "infra/castle");
    let (alice, bob) = (castle.developer(ALICE), castle.developer(BOB));
    for (developer, person) in [(&alice, "alice"), (&bob, "bob")] {
        over_ssh(developer, person, port, "git@127.0.0.1:infra/castle");
    }
    Story { server: &castle, alice: &alice, bob: &bob, ..story }.play();
    let push = push_fact(&castle);
    assert_eq!((&push["pusher"]["name"], &push["channel"]["protocol"]), (&"alice".into(), &"ssh".into()));
    assert_eq!((&push["repository"]["path"], &push["repository"]["owner"]), (&"infra/castle".into(), &"infra".into()));
    assert_eq!((&push["channel"]["address"], &push["channel"]["forge"]), (&"127.0.0.1".into(), &"gitolite".into()));

    let round = "cd /srv/gitolite && runuser -u git -- git clone -q repositories/infra/castle.git round && cd round && \
                 runuser -u git -- git -c user.name=x -c user.email=x@example.org commit -q --allow-empty -m x && runuser -u git -- git push";
    let (succeeded, said) = machine.tries(round);
    assert!(!succeeded && said.contains("cannot judge this push") && said.contains("does not say who is pushing"), "{said}");

    machine.does("refgate uninstall --on gitolite /srv/gitolite/local && runuser -l git -c 'gitolite setup --hooks-only'");
    bob.update().commit_unsigned("paint the door").push("main").accepted();
    Story { name: story.name, server: &castle, alice: &alice, bob: &bob }.row("unsigned, after uninstall", "accepted");
}

#[test]
fn a_repository_may_ask_for_the_hook() {
    let Some((machine, port)) = gitolite("The hook in some repositories only") else { return };
    let admin = server(&machine, "gitolite-admin");
    let alice = admin.developer(ALICE);
    over_ssh(&alice, "alice", port, "git@127.0.0.1:gitolite-admin");
    let branch = admin.git(&["symbolic-ref", "--short", "HEAD"]);
    alice.git(&["fetch", "--quiet", "server"]);
    alice.git(&["checkout", "--quiet", "-B", "main", &format!("server/{branch}")]);
    administer(&alice, &format!("{CONFIG}    option hook.pre-receive = refgate\nrepo shed\n    RW+ = @all-people\n"));
    alice.commit_unsigned("let bob in").push(&format!("main:{branch}")).accepted();

    let castle = server(&machine, "infra/castle");
    let link = fs::read_link(castle.repository().join("hooks/pre-receive.h00-refgate")).unwrap();
    assert_eq!(link.to_str(), Some("/srv/gitolite/local/hooks/repo-specific/refgate"));
    let (alice, bob) = (castle.developer(ALICE), castle.developer(BOB));
    for (developer, person) in [(&alice, "alice"), (&bob, "bob")] {
        over_ssh(developer, person, port, "git@127.0.0.1:infra/castle");
    }
    Story { name: "gitolite, repository's own", server: &castle, alice: &alice, bob: &bob }.play();

    let shed = server(&machine, "shed");
    let bob = shed.developer(BOB);
    over_ssh(&bob, "bob", port, "git@127.0.0.1:shed");
    bob.commit_unsigned("store a ladder").push("main").accepted();
}
