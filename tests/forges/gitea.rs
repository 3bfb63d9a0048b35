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
            "install -m 755 '{built}/gitea' /usr/local/bin/gitea && mkdir -p /usr/local/share/gitea && \
             cp -r '{built}/source/options' '{built}/source/templates' '{built}/source/public' /usr/local/share/gitea"
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
    }
}
