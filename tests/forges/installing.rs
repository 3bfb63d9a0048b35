//! `refgate install` and `uninstall` beyond one repository: every step told, taken, and taken back.

use std::fs;

use crate::machine::Machine;
use crate::page::Page;
use crate::stage::{BOB, Developer, MALLORY, Server};

const PAGE: Page = Page { name: "plain-ssh" };
const CONFIG: &str = "--config /etc/refgate/refgate.toml";

/// A machine with two repositories, `castle` with hooks of its own that leave marks, `shed` with none.
fn machine() -> Option<Machine> {
    let machine = PAGE.machine(&["useradd"])?;
    PAGE.follow(&machine, "Once");
    // Whoever is on the machine pushes as root here: known, so that these tests are about hooks alone.
    machine.does("sed -i 's/^accounts = \\[\"bob\"\\]/accounts = [\"root\"]/' /etc/refgate/people.toml && mkdir -p /var/log/refgate");
    for name in ["castle", "shed"] {
        machine.does(&format!(
            "git init -q --bare --initial-branch=main /srv/git/{name}.git && rm -f /srv/git/{name}.git/hooks/*"
        ));
    }
    for (name, lines) in [
        ("pre-receive", "cat >/dev/null\ntest ! -e shut || { echo 'the castle is shut'; exit 1; }\n"),
        ("update", "echo \"$1\" > seen-by-update\n"),
        ("post-receive", "cat > seen-by-post-receive\n"),
    ] {
        machine.put(&format!("/srv/git/castle.git/hooks/{name}"), format!("#!/bin/sh\n{lines}").as_bytes(), 0o755);
    }
    Some(machine)
}

fn server(machine: &Machine, name: &str) -> Server {
    Server::elsewhere(
        machine.seen_from_outside(&format!("/srv/git/{name}.git")),
        machine.seen_from_outside("/etc/refgate"),
        machine.seen_from_outside("/var/log/refgate/decisions.jsonl"),
    )
}

/// Pushes as somebody who is on the machine does.
fn on_the_machine(developer: &Developer, machine: &Machine, name: &str) {
    let url =
        format!("ext::{} env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/root %S /srv/git/{name}.git", machine.door());
    developer.git(&["config", "protocol.ext.allow", "always"]);
    developer.git(&["config", "remote.server.url", &url]);
}

#[test]
fn one_folder_of_hooks_judges_every_repository_and_runs_their_own_hooks() {
    let Some(machine) = machine() else { return };
    let etc = "cd /etc && find refgate gitconfig 2>/dev/null | sort | xargs ls -ld --time-style=+ ; cat /etc/gitconfig 2>/dev/null || echo no gitconfig";
    let before = machine.does(etc);
    let would = machine.does(&format!("refgate install --on hooks-path /etc/refgate/hooks {CONFIG} --dry-run"));
    assert!(
        would.contains("would have: wrote /etc/refgate/hooks/pre-receive")
            && would.contains("would have: set core.hooksPath"),
        "{would}"
    );
    assert_eq!(machine.does(etc), before);
    PAGE.follow(&machine, "Every repository of the machine");
    let once = machine.does(etc);
    assert!(!machine.does(&format!("refgate install --on hooks-path /etc/refgate/hooks {CONFIG}")).contains("wrote"));
    assert_eq!(machine.does(etc), once);

    let castle = server(&machine, "castle");
    let bob = castle.developer(BOB);
    on_the_machine(&bob, &machine, "castle");
    bob.commit("paint the wall").push("main").accepted();
    let seen = |name: &str| fs::read_to_string(castle.repository().join(name)).unwrap_or_default();
    assert_eq!(seen("seen-by-update"), "refs/heads/main\n");
    assert_eq!(seen("seen-by-post-receive"), format!("{} {} refs/heads/main\n", castle.zero(), bob.head()));
    bob.commit_unsigned("paint the door").push("main").refused("commit.signed");
    machine.does("touch /srv/git/castle.git/shut");
    bob.push("main").declined().says("the castle is shut").never_says("refgate");

    let shed = server(&machine, "shed");
    let bob = shed.developer(BOB);
    on_the_machine(&bob, &machine, "shed");
    bob.commit_unsigned("store a ladder").push("main").refused("commit.signed");

    machine.does("refgate uninstall --on hooks-path /etc/refgate/hooks");
    assert_eq!(machine.does(etc), before);
    bob.push("main").accepted();
}

#[test]
fn a_folder_of_hooks_that_was_there_keeps_its_own_hook_and_wakes_no_other() {
    let Some(machine) = machine() else { return };
    machine.put("/etc/hooks/pre-receive", b"#!/bin/sh\ncat >> /etc/hooks/seen\n", 0o755);
    let (succeeded, said) = machine.tries(&format!("refgate install --on hooks-path /etc/hooks {CONFIG}"));
    assert!(!succeeded && said.contains("nothing says that git looks into the folder"), "{said}");
    machine.does("git config --system core.hooksPath /etc/hooks");
    let (succeeded, said) = machine.tries(&format!("refgate install /srv/git/castle.git {CONFIG}"));
    assert!(!succeeded && said.contains("git looks for hooks in '/etc/hooks'"), "{said}");
    machine.does(&format!("refgate install --on hooks-path /etc/hooks {CONFIG}"));
    let castle = server(&machine, "castle");
    let bob = castle.developer(BOB);
    on_the_machine(&bob, &machine, "castle");
    bob.commit("paint the wall").push("main").accepted();
    assert!(!castle.repository().join("seen-by-post-receive").exists());
    assert!(machine.does("cat /etc/hooks/seen").ends_with(" refs/heads/main\n"));
    bob.commit_unsigned("paint the door").push("main").refused("commit.signed");
    machine.does("refgate uninstall --on hooks-path /etc/hooks");
    assert_eq!(
        machine.does("ls /etc/hooks; cat /etc/hooks/pre-receive; git config --system core.hooksPath"),
        "pre-receive\nseen\n#!/bin/sh\ncat >> /etc/hooks/seen\n/etc/hooks\n"
    );
}

#[test]
fn every_repository_below_a_folder_has_the_hook_and_what_cannot_is_told() {
    let Some(machine) = machine() else { return };
    machine.does("git init -q --bare /srv/git/deep/er/barn.git && chmod g+w /srv/git/shed.git/hooks");
    // Where somebody works, nobody pushes to.
    machine.does("git init -q /srv/git/desk");
    // One belongs to an account of its own, which alone reads it.
    machine.does("useradd git && chown -R git /srv/git/deep && chmod -R go= /srv/git/deep/er/barn.git");
    let state = "cd /srv/git && find . | sort | xargs ls -ld --time-style=+ && cat */config */hooks/* deep/er/*/config";
    let before = machine.does(state);
    let (succeeded, said) = machine.tries(&format!("refgate install --on repositories /srv/git {CONFIG}"));
    assert!(!succeeded, "{said}");
    for words in [
        "kept the hook that was there as /srv/git/castle.git/hooks/pre-receive.before-refgate; it runs first",
        "wrote /srv/git/deep/er/barn.git/hooks/pre-receive",
        "left out: others may write '/srv/git/shed.git/hooks', and so replace the hook: run `chmod go-w /srv/git/shed.git/hooks` first",
        "1 left out, where nothing is judged",
    ] {
        assert!(said.contains(words), "'{words}' is missing in:\n{said}");
    }
    assert!(!said.contains("/srv/git/desk"), "{said}");
    machine.does("test -z \"$(find /srv/git/deep ! -user git)\" && runuser -u git -- git -C /srv/git/deep/er/barn.git config refgate.config");
    let castle = server(&machine, "castle");
    let bob = castle.developer(BOB);
    on_the_machine(&bob, &machine, "castle");
    bob.commit_unsigned("paint the door").push("main").refused("commit.signed");
    machine.does("refgate uninstall --on repositories /srv/git");
    assert_eq!(machine.does(state), before);
}

#[test]
fn hooks_in_git_s_config_are_written_for_a_git_that_runs_them() {
    let Some(machine) = machine() else { return };
    let castle = server(&machine, "castle");
    let mallory = castle.developer(MALLORY);
    on_the_machine(&mallory, &machine, "castle");
    mallory.commit("dig a tunnel");
    let (succeeded, said) = machine.tries(&format!("refgate install --on git-config /etc/gitconfig {CONFIG}"));
    let version = machine.does("git --version");
    let mut numbers = version.split([' ', '.']).filter_map(|part| part.trim().parse::<u32>().ok());
    if (numbers.next(), numbers.next()) >= (Some(2), Some(54)) {
        assert!(succeeded, "{said}");
        mallory.push("main").refused("commit.signed");
        machine.does("refgate uninstall --on git-config /etc/gitconfig && test ! -e /etc/gitconfig");
        mallory.push("main").accepted();
    } else {
        assert!(!succeeded && said.contains("does not run hooks that its config names"), "{said}");
        machine.does("test ! -e /etc/gitconfig");
    }
}

#[test]
fn what_could_be_changed_by_others_is_not_installed() {
    let Some(machine) = machine() else { return };
    let refused = |script: &str, words: &str| {
        let (succeeded, said) = machine.tries(script);
        assert!(!succeeded && said.contains(words), "'{words}' is missing in:\n{said}");
        machine.does("test ! -e /srv/git/shed.git/hooks/pre-receive");
    };
    let install = format!("refgate install /srv/git/shed.git {CONFIG}");
    refused(&format!("chmod o+w /srv/git/shed.git; {install}"), "run `chmod o-w /srv/git/shed.git` first");
    machine.does("chmod o-w /srv/git/shed.git");
    refused(&format!("chmod g+w /srv/git/shed.git/hooks; {install}"), "run `chmod go-w /srv/git/shed.git/hooks` first");
    machine.does("chmod g-w /srv/git/shed.git/hooks");
    refused(&format!("chmod g+w /etc/refgate/people.toml; {install}"), "others may write this file");
    machine.does("chmod g-w /etc/refgate/people.toml");
    refused(&format!("chmod o+w /etc/refgate; {install}"), "run `chmod o-w /etc/refgate`");
    // As Kubernetes mounts a ConfigMap.
    machine.does("mount --bind /etc/refgate /etc/refgate && mount -o remount,bind,ro /etc/refgate");
    machine.does("refgate check --config /etc/refgate/refgate.toml && umount /etc/refgate && chmod o-w /etc/refgate");
    refused(
        &format!(
            "cp /usr/bin/refgate /tmp/r.$$ && chmod o+w /tmp/r.$$; /tmp/r.$$ install /srv/git/shed.git {CONFIG} || {{ rm /tmp/r.$$; exit 2; }}"
        ),
        "first",
    );
    refused(&format!("refgate install --on gitea /srv/git {CONFIG}"), "says 'forge = \"plain\"'");
    machine.does("sed -i '/^forge/d' /etc/refgate/refgate.toml");
    refused(
        &format!("refgate install --on gitea /srv/git {CONFIG}"),
        "left out: '/srv/git/shed.git' has no hook of Gitea's",
    );
    assert!(machine.does("cat /etc/refgate/refgate.toml").contains("[server]\nforge = \"gitea\"\n"));
    refused("refgate uninstall /srv/git/shed.git", "nothing of refgate's is at '/srv/git/shed.git'");
}
