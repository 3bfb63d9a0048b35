//! git-http-backend(1) behind nginx and fcgiwrap, as `examples/http-nginx` sets it up.

use crate::machine::{Machine, free_port};
use crate::page::Page;
use crate::stage::{ALICE, BOB, Developer, Server};
use crate::story::{Story, push_fact};

const PAGE: Page = Page { name: "http-nginx" };
const PASSWORD: &str = "open-sesame";

fn nginx() -> Option<(Machine, u16)> {
    let machine = PAGE.machine(&["nginx", "fcgiwrap", "openssl", "useradd"])?;
    PAGE.follow_with(&machine, "Once", |commands| commands.replace("openssl passwd -6", &format!("openssl passwd -6 {PASSWORD}")));
    let port = free_port();
    machine.does(&format!("sed -i 's/listen 80;/listen 127.0.0.1:{port};/' /etc/nginx/sites-available/git"));
    // systemd gives fcgiwrap its socket, as the account that it runs as.
    machine.does("chmod 1777 /run");
    machine.goes_on("fcgiwrap", "exec runuser -u www-data -- /usr/sbin/fcgiwrap -f -s unix:/run/fcgiwrap.socket");
    machine.goes_on("nginx", "exec nginx -g 'daemon off; error_log stderr info;'");
    machine.waits_for("nginx", port);
    machine.does("for turn in $(seq 500); do test -S /run/fcgiwrap.socket && exit; sleep 0.02; done; exit 1");
    Some((machine, port))
}

/// A second nginx, with the site as it is now.
fn also_listen(machine: &Machine) -> u16 {
    let port = free_port();
    machine.does(&format!("sed -i 's/listen 127.0.0.1:[0-9]*;/listen 127.0.0.1:{port};/' /etc/nginx/sites-available/git"));
    machine.does("sed '/^pid/d' /etc/nginx/nginx.conf > /etc/nginx/second.conf");
    machine.goes_on("second", "exec nginx -g 'daemon off; error_log stderr info; pid /run/second.pid;' -c /etc/nginx/second.conf");
    machine.waits_for("second", port);
    port
}

fn server(machine: &Machine) -> Server {
    Server::elsewhere(
        machine.seen_from_outside("/srv/git/castle.git"),
        machine.seen_from_outside("/etc/refgate"),
        machine.seen_from_outside("/var/log/refgate/decisions.jsonl"),
    )
}

fn over_http(developer: &Developer, person: &str, port: u16) {
    developer.git(&["config", "remote.server.url", &format!("http://{person}:{PASSWORD}@127.0.0.1:{port}/castle.git")]);
}

#[test]
fn people_are_whom_the_web_server_says() {
    let Some((machine, port)) = nginx() else { return };
    let server = server(&machine);
    let (alice, bob) = (server.developer(ALICE), server.developer(BOB));
    over_http(&alice, "alice", port);
    over_http(&bob, "bob", port);
    let story = Story { name: "nginx, git-http-backend", server: &server, alice: &alice, bob: &bob };
    story.play();
    let push = push_fact(&server);
    assert_eq!((&push["pusher"]["name"], &push["channel"]["protocol"]), (&"alice".into(), &"http".into()));
    assert_eq!((&push["channel"]["address"], &push["repository"]["path"]), (&"127.0.0.1".into(), &"/srv/git/castle.git".into()));

    // What a client says of itself in headers is not what the web server says of it.
    bob.update().git(&["config", "--add", "http.extraHeader", "Remote-User: alice"]);
    bob.git(&["config", "--add", "http.extraHeader", "Gateway-Interface: none"]);
    story.accepted("with another name in a header", bob.commit("sweep the floor").push("main"), "bob");

    PAGE.follow(&machine, "Many repositories");
    machine.does("refgate uninstall --on repositories /srv/git && test ! -e /srv/git/castle.git/hooks/pre-receive");
    bob.update().commit_unsigned("paint the door").push("main").accepted();
    story.row("unsigned, after uninstall", "accepted");
}

#[test]
fn whom_the_web_server_does_not_know_never_comes_to_the_hook() {
    let Some((machine, port)) = nginx() else { return };
    let server = server(&machine);
    let bob = server.developer(BOB);
    bob.git(&["config", "remote.server.url", &format!("http://bob:wrong@127.0.0.1:{port}/castle.git")]);
    bob.commit("paint the wall").push("main").failed();
    assert!(server.decisions().is_empty());
    // An operator who forgot the password: nobody has a name then.
    machine.does("sed -i '/auth_basic/d; s/ REMOTE_USER .*/ REMOTE_USER \"\";/' /etc/nginx/sites-available/git && sed -i '/REMOTE_USER/d' /etc/nginx/fastcgi_params");
    let port = also_listen(&machine);
    machine.does("runuser -u www-data -- git -C /srv/git/castle.git config http.receivepack true");
    bob.git(&["config", "remote.server.url", &format!("http://127.0.0.1:{port}/castle.git")]);
    let told = bob.push("main").refused("push.known_pusher");
    told.says("'', whom nobody knows");
}
