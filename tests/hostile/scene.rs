//! Where cases begin: servers, commits and lines that several of them use.

use crate::stage::{BOB, Developer, ERIN, HookRun, Server};
use crate::wire::Wire;

/// Under the starter rules; `main` holds two commits by Bob.
pub fn with_main() -> Server {
    let server = Server::new();
    server.developer(BOB).commit("add a door").commit("add a window").plant("main");
    server
}

/// Under the starter rules; `main` holds `infra/gate.tf`, `infra/moat/depth` and `src/door.rs`, made by Erin who may.
pub fn with_infra() -> Server {
    let server = Server::new();
    let erin = server.developer(ERIN);
    erin.write("infra/gate.tf", "closed\n").write("infra/moat/depth", "3\n").write("src/door.rs", "fn open() {}\n");
    erin.commit("build").plant("main");
    server
}

/// What `new` has and `old` has not, as a pack.
pub fn between(bob: &Developer<'_>, old: &str, new: &str) -> Vec<u8> {
    bob.pack(&[new, &format!("^{old}")])
}

/// A pack of no object, from somebody who has a commit checked out.
pub fn nothing(bob: &Developer<'_>) -> Vec<u8> {
    bob.pack(&["HEAD", "^HEAD"])
}

/// Old value, new value, name.
pub type Line<'a> = (&'a str, &'a str, &'a [u8]);

/// A push of these lines by hand, in this order.
pub fn send<'a>(server: &'a Server, lines: &[Line<'_>], pack: Vec<u8>) -> Wire<'a> {
    lines.iter().fold(Wire::to(server).pack(pack), |wire, (old, new, name)| wire.command(old, new, name))
}

/// The hook with a developer's objects for its quarantine: for what git itself would take long to receive.
pub fn judge(server: &Server, developer: &Developer<'_>, lines: impl AsRef<[u8]>) -> HookRun {
    server.hook_with(lines, |command| quarantine(command, server, developer))
}

/// Lets a hook see a developer's objects as being pushed.
pub fn quarantine(command: &mut std::process::Command, server: &Server, developer: &Developer<'_>) {
    command.env("GIT_OBJECT_DIRECTORY", developer.work().join(".git/objects"));
    command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", server.repository().join("objects"));
}

/// Puts a pack among a developer's objects.
pub fn take_in(developer: &Developer<'_>, pack: &[u8]) {
    let finished = developer.try_git(&["index-pack", "--stdin"], pack);
    assert!(finished.status.success(), "index-pack: {}", finished.stderr_text());
}
