//! OpenSSH's sshd, as `examples/plain-ssh` sets it up.

use crate::machine::{Machine, free_port};
use crate::page::{Page, over_ssh};
use crate::stage::{ALICE, BOB, Server, read_fixture};
use crate::story::{Story, push_fact};

const PAGE: Page = Page { name: "plain-ssh" };

/// A machine that the page was followed on under a heading, and the port that its sshd listens on.
fn sshd(heading: &str) -> Option<(Machine, u16)> {
    let machine = PAGE.machine(&["sshd", "ssh-keygen", "useradd"])?;
    PAGE.follow(&machine, "Once");
    PAGE.follow(&machine, heading);
    let port = free_port();
    // A machine on which sshd was never started has no host keys.
    machine.does("ssh-keygen -q -A");
    machine.goes_on("sshd", &format!("exec /usr/sbin/sshd -D -e -o ListenAddress=127.0.0.1 -o Port={port}"));
    machine.waits_for("sshd", port);
    Some((machine, port))
}

fn server(machine: &Machine, repository: &str) -> Server {
    Server::elsewhere(
        machine.seen_from_outside(repository),
        machine.seen_from_outside("/etc/refgate"),
        machine.seen_from_outside("/var/log/refgate/decisions.jsonl"),
    )
}

#[test]
fn one_account_for_everybody_and_people_told_apart_by_key() {
    let Some((machine, port)) = sshd("One account that everyone shares") else { return };
    let server = server(&machine, "/srv/git/castle.git");
    let (alice, bob) = (server.developer(ALICE), server.developer(BOB));
    for (developer, person) in [(&alice, "alice"), (&bob, "bob")] {
        over_ssh(developer, person, port, "git@127.0.0.1:castle.git");
    }
    let story = Story { name: "OpenSSH, one account", server: &server, alice: &alice, bob: &bob };
    story.play();
    let push = push_fact(&server);
    assert_eq!((&push["pusher"]["name"], &push["channel"]["protocol"]), (&"git".into(), &"ssh".into()));
    assert_eq!(push["channel"]["address"], "127.0.0.1");
    let key = String::from_utf8(read_fixture("erin.pub")).unwrap();
    assert!(key.starts_with(push["pusher"]["key"].as_str().unwrap()), "{push:#}");
}

#[test]
fn without_the_key_nobody_is_known() {
    let Some((machine, _)) = sshd("One account that everyone shares") else { return };
    let server = server(&machine, "/srv/git/castle.git");
    let bob = server.developer(BOB);
    // A second sshd, whose operator forgot the line that matters.
    let port = free_port();
    machine.does("sed 's/^ExposeAuthInfo yes/ExposeAuthInfo no/' -i /etc/ssh/sshd_config.d/refgate.conf");
    machine.goes_on("forgetful", &format!("exec /usr/sbin/sshd -D -e -o ListenAddress=127.0.0.1 -o Port={port}"));
    machine.waits_for("forgetful", port);
    over_ssh(&bob, "bob", port, "git@127.0.0.1:castle.git");
    let told = bob.commit("paint the wall").push("main").refused("push.known_pusher");
    told.says("'git', whom nobody knows");
}

#[test]
fn an_account_for_each_person() {
    let Some((machine, port)) = sshd("One account for each person") else { return };
    let server = server(&machine, "/srv/shared/castle.git");
    let (alice, bob) = (server.developer(ALICE), server.developer(BOB));
    for (developer, person) in [(&alice, "alice"), (&bob, "bob")] {
        over_ssh(developer, person, port, &format!("{person}@127.0.0.1:/srv/shared/castle.git"));
    }
    let story = Story { name: "OpenSSH, git-shell", server: &server, alice: &alice, bob: &bob };
    story.play();
    assert_eq!(push_fact(&server)["pusher"]["name"], "alice");
    machine.does("refgate uninstall /srv/shared/castle.git && test ! -e /srv/shared/castle.git/hooks/pre-receive");
    bob.update().commit_unsigned("paint the door").push("main").accepted();
    story.row("unsigned, after uninstall", "accepted");
}
