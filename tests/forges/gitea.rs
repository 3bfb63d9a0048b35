//! Gitea, built from its own source, as `examples/gitea` sets it up: pushes, and what people do in its pages by its API.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::machine::{Machine, free_port};
use crate::page::{Page, over_ssh, skip};
use crate::stage::{ALICE, BOB, Developer, Server, program, run};
use crate::story::{Story, push_fact};
use crate::web::{Answer, ask};

const PAGE: Page = Page { name: "gitea" };
const PASSWORD: &str = "open-sesame-42";

/// A Gitea with the people of the example, its ports, and their tokens.
struct Gitea {
    machine: Machine,
    web: u16,
    ssh: u16,
    alice: String,
    bob: String,
}

/// What `.ci/servers` built: the binary, and the source tree with the pages' templates.
fn built() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))?;
    let version = include_str!("gitea.version").trim();
    let folder = cache.join("refgate-ci").join(format!("gitea-{version}"));
    folder.join("gitea").is_file().then_some(folder)
}

impl Gitea {
    fn start() -> Option<Self> {
        let Some(built) = built() else {
            skip("gitea", "it is not built");
            return None;
        };
        let machine = PAGE.machine(&["useradd", "bash", "ssh-keygen"])?;
        let built = built.display();
        machine.does(&format!(
            "touch /usr/local/bin/gitea && mount --bind '{built}/gitea' /usr/local/bin/gitea && \
             mkdir /usr/local/share/gitea && mount --bind '{built}/source' /usr/local/share/gitea"
        ));
        let (web, ssh) = (free_port(), free_port());
        machine.does(&format!("sed -i 's/3000/{web}/; s/2222/{ssh}/; s|^.server.$|&\\nSTATIC_ROOT_PATH = /usr/local/share/gitea|' /srv/example/etc/gitea/app.ini"));
        PAGE.follow(&machine, "A new Gitea");
        PAGE.follow(&machine, "The key that Gitea signs with");
        for (person, admin) in [("alice", "--admin"), ("bob", "")] {
            machine.does(&as_git(&format!(
                "admin user create --username {person} --password {PASSWORD} --email {person}@example.org --must-change-password=false {admin}"
            )));
        }
        let mut gitea = Self { machine, web, ssh, alice: String::new(), bob: String::new() };
        gitea.alice = gitea.token("alice");
        gitea.bob = gitea.token("bob");
        gitea.run("before");
        // One repository is older than refgate.
        gitea.new_repository("old");
        gitea.end();
        PAGE.follow(&gitea.machine, "The hook");
        gitea.run("gitea");
        Some(gitea)
    }

    fn token(&self, person: &str) -> String {
        let said = self.machine.does(&as_git(&format!("admin user generate-access-token --username {person} --token-name t --scopes all --raw")));
        said.lines().last().unwrap_or_default().trim().to_string()
    }

    fn run(&self, name: &str) {
        self.machine.goes_on(name, &format!("cd /var/lib/gitea; {}", as_git("web").replace("runuser", "exec runuser")));
        self.machine.waits_for(name, self.web);
        self.machine.waits_for(name, self.ssh);
    }

    fn end(&self) {
        self.machine.does("for one in /proc/[0-9]*; do case $(readlink $one/exe) in /usr/local/bin/gitea) kill ${one#/proc/};; esac; done; while ls -l /proc/[0-9]*/exe 2>/dev/null | grep -q '/usr/local/bin/gitea'; do sleep 0.05; done");
    }

    #[track_caller]
    fn asks(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        ask(self.web, method, &format!("/api/v1{path}"), &[("Authorization", &format!("token {token}"))], &body)
    }

    fn new_repository(&self, name: &str) -> Server {
        self.asks(&self.alice, "POST", "/user/repos", json!({"name": name, "default_branch": "main"})).is(201);
        self.asks(&self.alice, "PUT", &format!("/repos/alice/{name}/collaborators/bob"), json!({"permission": "write"})).is(204);
        self.server(name)
    }

    fn server(&self, name: &str) -> Server {
        Server::elsewhere(
            self.machine.seen_from_outside(&format!("/srv/gitea/alice/{name}.git")),
            self.machine.seen_from_outside("/etc/refgate"),
            self.machine.seen_from_outside("/var/log/refgate/decisions.jsonl"),
        )
    }

    fn over_http(&self, developer: &Developer, person: &str, name: &str) {
        let url = format!("http://{person}:{PASSWORD}@127.0.0.1:{}/alice/{name}.git", self.web);
        developer.git(&["config", "remote.server.url", &url]);
    }

    fn over_ssh(&self, developer: &Developer, person: &str, name: &str) {
        over_ssh(developer, person, self.ssh, &format!("ssh://git@127.0.0.1/alice/{name}.git"));
        let public = run(program("ssh-keygen", developer.home()).args(["-y", "-f"]).arg(developer.home().join("login")), b"").stdout;
        let key = String::from_utf8(public).expect("a public key is text");
        let token = if person == "alice" { &self.alice } else { &self.bob };
        self.asks(token, "POST", "/user/keys", json!({"title": name, "key": key.trim()}));
    }
}

fn as_git(command: &str) -> String {
    format!("runuser -u git -- env HOME=/var/lib/gitea gitea --config /etc/gitea/app.ini {command}")
}

#[test]
fn pushes_over_ssh_and_http() {
    let Some(gitea) = Gitea::start() else { return };
    for (name, repository) in [("Gitea, ssh, older repository", "old"), ("Gitea, http, new repository", "castle")] {
        let server = if repository == "old" { gitea.server("old") } else { gitea.new_repository(repository) };
        let (alice, bob) = (server.developer(ALICE), server.developer(BOB));
        for (developer, person) in [(&alice, "alice"), (&bob, "bob")] {
            match repository {
                "old" => gitea.over_ssh(developer, person, repository),
                _ => gitea.over_http(developer, person, repository),
            }
        }
        Story { name, server: &server, alice: &alice, bob: &bob }.play();
        let push = push_fact(&server);
        assert_eq!((&push["pusher"]["name"], &push["pusher"]["email"]), (&"alice".into(), &"alice@example.org".into()));
        assert_eq!((&push["channel"]["forge"], &push["channel"]["trigger"]), (&"gitea".into(), &"push".into()));
        assert_eq!(push["channel"]["protocol"], if repository == "old" { "ssh" } else { "http" });
        assert_eq!(push["repository"]["path"], format!("alice/{repository}"));
        assert_eq!(push["pusher"]["key"].as_str().unwrap().is_empty(), repository != "old", "{push:#}");
        assert_eq!(push["channel"]["address"], "", "neither way tells it");
    }
}

/// Asks again while the answer is that Gitea is not there yet, for half a minute at most.
fn later(ask: impl Fn() -> Answer, is_too_early: impl Fn(&Answer) -> bool) -> Answer {
    let mut answer = ask();
    for _ in 0..600 {
        if !is_too_early(&answer) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
        answer = ask();
    }
    answer
}

/// Two people with `main` in a repository of Alice's.
struct Castle<'a> {
    gitea: &'a Gitea,
    server: &'a Server,
    alice: Developer<'a>,
    bob: Developer<'a>,
}

impl<'a> Castle<'a> {
    fn new(gitea: &'a Gitea, server: &'a Server) -> Self {
        let (alice, bob) = (server.developer(ALICE), server.developer(BOB));
        for (developer, person) in [(&alice, "alice"), (&bob, "bob")] {
            gitea.over_http(developer, person, "castle");
        }
        alice.write("infra/door", "closed\n").commit("open the shop").push("main").accepted();
        bob.update();
        Self { gitea, server, alice, bob }
    }

    /// Bob's pull request from a branch of that name, once Gitea has looked at it. Returns its number.
    #[track_caller]
    fn pull_request(&self, branch: &str) -> u64 {
        // Gitea learns of a pushed branch in the background, and has no such thing until then.
        let asked = || {
            let asked = json!({"head": branch, "base": "main", "title": format!("SHOP-1: {branch}")});
            self.gitea.asks(&self.gitea.bob, "POST", "/repos/alice/castle/pulls", asked)
        };
        let number = later(asked, |answer| answer.status == 404).is(201).json()["number"].as_u64().expect("a pull request has a number");
        self.waits_for_pull_request(number);
        number
    }

    /// Gitea finds out in the background whether a pull request can be merged.
    #[track_caller]
    fn waits_for_pull_request(&self, number: u64) {
        let path = format!("/repos/alice/castle/pulls/{number}");
        self.waits_until("the pull request can be merged", || {
            self.gitea.asks(&self.gitea.alice, "GET", &path, Value::Null).is(200).json()["mergeable"] == true
        });
    }

    #[track_caller]
    fn waits_until(&self, what: &str, is_so: impl Fn() -> bool) {
        for _ in 0..600 {
            if is_so() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("in half a minute it did not come to this: {what}");
    }

    fn merges(&self, number: u64, how: &str) -> Answer {
        let path = format!("/repos/alice/castle/pulls/{number}/merge");
        let asked = || self.gitea.asks(&self.gitea.alice, "POST", &path, json!({"Do": how}));
        later(asked, |answer| answer.status == 405 && answer.text.contains("try again later"))
    }

    /// The latest decision about a ref.
    #[track_caller]
    fn decision(&self, name: &str) -> Value {
        let about = |decision: &Value| decision["input"]["updates"].as_array().is_some_and(|all| all.iter().any(|one| one["ref"] == name));
        let decisions = self.server.decisions();
        decisions.into_iter().rev().find(about).unwrap_or_else(|| panic!("nothing was decided about '{name}'"))
    }

    #[track_caller]
    fn was_let_in(&self, name: &str, pusher: &str, trigger: &str) {
        let decision = self.decision(name);
        let push = &decision["input"]["push"];
        assert_eq!(decision["result"]["verdict"], "accepted", "{decision:#}");
        let said = [&push["pusher"]["name"], &push["pusher"]["person"]["id"], &push["channel"]["protocol"], &push["channel"]["trigger"]];
        assert_eq!(said, [pusher, pusher, "web", trigger], "{decision:#}");
    }

    fn row(&self, what: &str, came_of_it: &str) {
        Story { name: "Gitea, in its pages", server: self.server, alice: &self.alice, bob: &self.bob }.row(what, came_of_it);
    }
}

#[test]
fn pull_requests_are_opened_updated_and_merged() {
    let Some(gitea) = Gitea::start() else { return };
    let server = gitea.new_repository("castle");
    let castle = Castle::new(&gitea, &server);
    let (alice, bob) = (&castle.alice, &castle.bob);

    bob.branch("window").commit("add a window").push("window").accepted();
    let window = castle.pull_request("window");
    castle.was_let_in(&format!("refs/pull/{window}/head"), "bob", "internal");
    castle.row("a pull request is opened", "accepted");

    bob.commit("paint the window").push("window").accepted();
    let head = bob.head();
    castle.waits_until("the pull request is updated", || server.tip(&format!("refs/pull/{window}/head")) == head);
    castle.row("a pull request gets another commit", "accepted");

    alice.commit("sweep the floor").push("main").accepted();
    castle.waits_for_pull_request(window);
    gitea.asks(&gitea.bob, "POST", &format!("/repos/alice/castle/pulls/{window}/update?style=merge"), Value::Null).is(200);
    castle.was_let_in("refs/heads/window", "bob", "update_branch");
    castle.row("a pull request's branch is updated", "accepted");

    castle.waits_for_pull_request(window);
    castle.merges(window, "merge").is(200);
    castle.was_let_in("refs/heads/main", "alice", "merge");
    castle.row("the merge button", "accepted");

    for how in ["squash", "rebase", "rebase-merge"] {
        bob.git(&["fetch", "--quiet", "server"]);
        bob.git(&["checkout", "--quiet", "-b", how, "server/main"]);
        bob.commit(&format!("build a tower by {how}")).commit(&format!("paint the tower by {how}")).push(how).accepted();
        let number = castle.pull_request(how);
        castle.merges(number, how).is(200);
        castle.was_let_in("refs/heads/main", "alice", "merge");
        castle.row(&format!("the merge button, by {how}"), "accepted");
    }

    bob.git(&["fetch", "--quiet", "server"]);
    bob.git(&["checkout", "--quiet", "-b", "tunnel", "server/main"]);
    bob.commit_unsigned("dig a tunnel").push("tunnel").accepted();
    let tunnel = castle.pull_request("tunnel");
    let main = server.tip("refs/heads/main");
    let answer = castle.merges(tunnel, "merge");
    assert!(answer.status >= 400, "{answer:?}");
    for words in ["refgate: push refused, no ref was updated", "commit.signed: not signed", "dig a tunnel"] {
        assert!(answer.text.contains(words), "'{words}' is missing in what the page says: {}", answer.text);
    }
    assert_eq!(server.tip("refs/heads/main"), main);
    castle.row("the merge button, an unsigned commit in it", "refused: commit.signed: not signed");

    let pushing = bob.pushing("HEAD:refs/for/main").option("topic=moat");
    bob.git(&["checkout", "--quiet", "-B", "moat", "server/main"]);
    bob.commit("dig a moat");
    pushing.go().accepted();
    castle.row("a pull request by pushing to refs/for/main", "accepted");
}

#[test]
fn the_pages_work_under_the_config_that_init_writes() {
    let Some(gitea) = Gitea::start() else { return };
    gitea.machine.does(
        "rm -r /etc/refgate && refgate init /etc/refgate && \
         refgate install --on gitea /srv/gitea --config /etc/refgate/refgate.toml && grep -q '^forge = \"gitea\"' /etc/refgate/refgate.toml",
    );
    let server = gitea.new_repository("castle");
    let castle = Castle { gitea: &gitea, server: &server, alice: server.developer(ALICE), bob: server.developer(BOB) };
    let (alice, bob) = (&castle.alice, &castle.bob);
    for (developer, person) in [(alice, "alice"), (bob, "bob")] {
        gitea.over_http(developer, person, "castle");
    }
    alice.commit("SHOP-1: open the shop").push("main").accepted();
    alice.commit("paint the wall").push("main").refused("commit.ticket: subject names no ticket of 'SHOP'");
    for how in ["merge", "squash", "rebase", "rebase-merge"] {
        bob.git(&["fetch", "--quiet", "server"]);
        bob.git(&["checkout", "--quiet", "-b", how, "server/main"]);
        bob.commit("SHOP-1: build a tower").push(how).accepted();
        let number = castle.pull_request(how);
        bob.commit("SHOP-1: paint the tower").push(how).accepted();
        let head = bob.head();
        castle.waits_until("the pull request is updated", || server.tip(&format!("refs/pull/{number}/head")) == head);
        castle.waits_for_pull_request(number);
        castle.merges(number, how).is(200);
        castle.row(&format!("starter config: a pull request, by {how}"), "accepted");
    }
    let asked = json!({"branch": "main", "message": "SHOP-1: write it down", "content": "b3Blbgo="});
    gitea.asks(&gitea.bob, "POST", "/repos/alice/castle/contents/notes", asked).is(201);
    castle.row("starter config: a file edited in the pages", "accepted");
}

#[test]
fn files_are_edited_and_branches_deleted_in_the_pages() {
    let Some(gitea) = Gitea::start() else { return };
    let server = gitea.new_repository("castle");
    let castle = Castle::new(&gitea, &server);
    let edit = |token: &str, path: &str| {
        let asked = json!({"branch": "main", "message": "write it down", "content": "b3Blbgo="});
        gitea.asks(token, "POST", &format!("/repos/alice/castle/contents/{path}"), asked)
    };
    edit(&gitea.bob, "notes").is(201);
    castle.was_let_in("refs/heads/main", "bob", "edit");
    castle.row("a file edited in the pages", "accepted");
    let main = server.tip("refs/heads/main");
    let answer = edit(&gitea.bob, "infra/window");
    assert!(answer.status >= 400 && answer.text.contains("commit.protected_paths"), "{answer:?}");
    assert_eq!(server.tip("refs/heads/main"), main);
    castle.row("a protected file edited in the pages", "refused: commit.protected_paths");

    // A repository that begins with Gitea's own commit, a wiki, a fork: all have the hook, and pass.
    let asked = json!({"name": "tower", "default_branch": "main", "auto_init": true, "readme": "Default"});
    gitea.asks(&gitea.alice, "POST", "/user/repos", asked).is(201);
    assert_eq!(server.decision()["input"]["push"]["channel"]["trigger"], "internal");
    castle.row("a repository made with a first commit", "accepted");
    let asked = json!({"title": "Home", "content_base64": "b3Blbgo=", "message": "begin"});
    gitea.asks(&gitea.bob, "POST", "/repos/alice/castle/wiki/new", asked).is(201);
    let push = push_fact(&server);
    assert_eq!((&push["repository"]["kind"], &push["repository"]["path"]), (&"wiki".into(), &"alice/castle".into()));
    castle.row("a page of the wiki", "accepted");
    gitea.asks(&gitea.bob, "POST", "/repos/alice/castle/forks", json!({})).is(202);
    gitea.machine.does("for turn in $(seq 500); do test -x /srv/gitea/bob/castle.git/hooks/pre-receive.d/refgate && exit; sleep 0.02; done; exit 1");

    // What no hook sees: the page of this example says so.
    castle.bob.branch("side").commit("add a side door").push("side").accepted();
    let before = server.decisions().len();
    gitea.asks(&gitea.bob, "DELETE", "/repos/alice/castle/branches/side", Value::Null).is(204);
    assert_eq!(server.tip("refs/heads/side"), "");
    gitea.asks(&gitea.alice, "POST", "/repos/alice/castle/releases", json!({"tag_name": "v9", "target_commitish": "main"})).is(201);
    assert!(!server.tip("refs/tags/v9").is_empty());
    assert_eq!(server.decisions().len(), before);
    castle.row("a branch deleted, a release made in the pages", "not seen by any hook");
}

#[test]
fn deploy_keys_and_bots_are_not_the_people_who_own_them() {
    let Some(gitea) = Gitea::start() else { return };
    let server = gitea.new_repository("castle");
    let bob = server.developer(BOB);
    let key = run(program("ssh-keygen", bob.home()).args(["-q", "-t", "ed25519", "-N", "", "-f", "deploy"]).current_dir(bob.home()), b"");
    assert!(key.status.success());
    let public = std::fs::read_to_string(bob.home().join("deploy.pub")).unwrap();
    let asked = json!({"title": "deploy", "key": public.trim(), "read_only": false});
    gitea.asks(&gitea.alice, "POST", "/repos/alice/castle/keys", asked).is(201);
    gitea.over_ssh(&bob, "bob", "castle");
    std::fs::copy(bob.home().join("deploy"), bob.home().join("login")).unwrap();
    bob.commit("paint the wall").push("main").refused("push.known_pusher: pushed by a deploy key");
    let push = push_fact(&server);
    assert_eq!((&push["pusher"]["deploy_key"], &push["pusher"]["person"]["known"]), (&true.into(), &false.into()));
    Story { name: "Gitea, ssh", server: &server, alice: &bob, bob: &bob }.row("with a deploy key", "refused: push.known_pusher");

    gitea.machine.does(&as_git("admin user create --username ci-bot --email ci-bot@example.org --user-type bot"));
    gitea.machine.does(&as_git("admin user must-change-password --unset ci-bot"));
    let token = gitea.token("ci-bot");
    gitea.asks(&gitea.alice, "PUT", "/repos/alice/castle/collaborators/ci-bot", json!({"permission": "write"})).is(204);
    let url = format!("http://ci-bot:{token}@127.0.0.1:{}/alice/castle.git", gitea.web);
    bob.git(&["config", "remote.server.url", &url]);
    bob.push("main").refused("push.known_pusher: pushed by 'ci-bot', whom nobody knows");
    gitea.machine.does("printf '\\n[ci-bot]\\naccounts = [\"ci-bot\"]\\n' >> /etc/refgate/people.toml");
    let story = Story { name: "Gitea, http", server: &server, alice: &bob, bob: &bob };
    story.accepted("by a bot that people.toml knows", bob.push("main"), "ci-bot");
}

#[test]
fn behind_openssh_the_client_s_address_is_told() {
    let Some(gitea) = Gitea::start() else { return };
    let server = gitea.server("old");
    let bob = server.developer(BOB);
    gitea.over_ssh(&bob, "bob", "old");
    gitea.end();
    gitea.machine.does("sed -i 's/^START_SSH_SERVER.*/START_SSH_SERVER = false/' /etc/gitea/app.ini && ssh-keygen -q -A");
    gitea.machine.goes_on("behind", &format!("cd /var/lib/gitea; exec {}", as_git("web")));
    gitea.machine.waits_for("behind", gitea.web);
    gitea.machine.does(&as_git("admin regenerate keys"));
    let sshd = format!("exec /usr/sbin/sshd -D -e -o ListenAddress=127.0.0.1 -o Port={}", gitea.ssh);
    gitea.machine.goes_on("sshd", &sshd);
    gitea.machine.waits_for("sshd", gitea.ssh);
    let story = Story { name: "Gitea, behind OpenSSH", server: &server, alice: &bob, bob: &bob };
    story.accepted("signed, by a known person", bob.commit("paint the wall").push("main"), "bob");
    let push = push_fact(&server);
    assert_eq!((&push["channel"]["protocol"], &push["channel"]["address"]), (&"ssh".into(), &"127.0.0.1".into()));
    assert_ne!(push["pusher"]["key"], "");
    story.refused("unsigned", bob.commit_unsigned("paint the door").push("main"), "commit.signed: not signed");
}

#[test]
fn resynchronizing_keeps_the_hook_and_uninstalling_leaves_gitea_as_it_was() {
    let Some(gitea) = Gitea::start() else { return };
    let server = gitea.server("old");
    let before = server.snapshot();
    gitea.machine.does(&as_git("admin regenerate hooks"));
    gitea.machine.does("refgate install --on gitea /srv/gitea --config /etc/refgate/refgate.toml");
    assert_eq!(before.differences(&server.snapshot()), Vec::<String>::new());
    let bob = server.developer(BOB);
    gitea.over_http(&bob, "bob", "old");
    bob.commit_unsigned("paint the wall").push("main").refused("commit.signed");
    gitea.machine.does("refgate uninstall --on gitea /srv/gitea && test ! -e /etc/refgate/gitea-template");
    assert_eq!(before.differences(&server.snapshot()), ["- hooks/pre-receive.d/refgate"]);
    bob.push("main").accepted();
}
