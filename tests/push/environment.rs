//! The environment that the hook finds: what it must not believe, what it must not need, and other ways git calls it.

use std::fs;

use crate::stage::{BOB, MALLORY, Server, line, program, run};
use crate::wire::Wire;

/// A server with an unsigned commit that wants to become `main`, and the line that says so.
fn unsigned_at_the_door() -> (Server, String) {
    let server = Server::new();
    let bob = server.developer(BOB);
    let old = bob.commit("add a door").plant("main").head();
    let new = bob.commit_unsigned("add a tunnel").plant("main:refs/heads/rest").head();
    drop(bob);
    (server, line(&old, &new, "refs/heads/main"))
}

#[test]
fn settings_in_the_environment_do_not_replace_the_operator_s() {
    let (server, lines) = unsigned_at_the_door();
    let lax = server.folder().join("lax.toml");
    fs::write(&lax, "version = 1\nuncovered = \"accept\"\n[[rule]]\nuse = \"update.no_delete\"\n").unwrap();
    let config = server.folder().join("gitconfig");
    fs::write(&config, format!("[refgate]\n\tconfig = {}\n[core]\n\tuseReplaceRefs = true\n", lax.display())).unwrap();
    server.hook(&lines).exits(1);
    let lax = lax.display().to_string();
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", config.to_str().unwrap()),
        ("GIT_CONFIG", config.to_str().unwrap()),
        ("GIT_CONFIG_SYSTEM", config.to_str().unwrap()),
        ("REFGATE_CONFIG", &lax),
        ("XDG_CONFIG_HOME", server.folder().to_str().unwrap()),
    ] {
        server
            .hook_with(&lines, |command| drop(command.env(name, value).env_remove("GIT_CONFIG_NOSYSTEM").get_args()))
            .exits(1)
            .says("commit.signed");
    }
    let by_count = |command: &mut std::process::Command| {
        command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "refgate.config").env("GIT_CONFIG_VALUE_0", &lax);
        command.env("GIT_CONFIG_PARAMETERS", format!("'refgate.config'='{lax}'"));
    };
    server.hook_with(&lines, by_count).exits(1).says("commit.signed");
}

#[test]
fn included_settings_of_the_repository_are_not_read() {
    let (server, lines) = unsigned_at_the_door();
    let lax = server.folder().join("lax.toml");
    fs::write(&lax, "version = 1\nuncovered = \"accept\"\n[[rule]]\nuse = \"update.no_delete\"\n").unwrap();
    fs::write(server.folder().join("more"), format!("[refgate]\n\tconfig = {}\n", lax.display())).unwrap();
    let config = server.repository().join("config");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{text}[include]\n\tpath = {}\n", server.folder().join("more").display())).unwrap();
    server.hook(lines).exits(1).says("commit.signed");
}

#[test]
fn verdict_does_not_depend_on_stray_variables() {
    let (server, lines) = unsigned_at_the_door();
    let tip = server.tip("refs/heads/main");
    let stray = [
        ("GIT_REPLACE_REF_BASE", "refs/heads/"),
        ("GIT_GRAFT_FILE", "/nonexistent"),
        ("GIT_SHALLOW_FILE", "/nonexistent"),
        ("GIT_WORK_TREE", "/"),
        ("GIT_INDEX_FILE", "/nonexistent"),
        ("GIT_TRACE", "1"),
        ("GIT_PUSH_OPTION_7", "refgate.override=x"),
        ("RUST_LOG", "trace"),
        ("RUST_BACKTRACE", "1"),
        ("TZ", "Asia/Kathmandu"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("PATH", "/nonexistent"),
        ("HOME", "/nonexistent"),
        ("GNUPGHOME", "/nonexistent"),
        ("TMPDIR", "/nonexistent"),
        ("FAKETIME", "2020-01-01"),
    ];
    let set = |command: &mut std::process::Command| {
        command.envs(stray);
    };
    server.hook_with(&lines, set).exits(1).says("commit.signed: not signed");
    let told = server.hook_with(line(&server.zero(), &tip, "refs/heads/release/1"), set).exits(0);
    assert_eq!(told.plain, "");
}

#[test]
fn hook_needs_nothing_but_the_repository() {
    let (server, lines) = unsigned_at_the_door();
    server
        .hook_with(&lines, |command| drop(command.env_clear().env("GIT_DIR", ".").get_args()))
        .exits(1)
        .says("commit.signed");
    server
        .hook_with(&lines, |command| drop(command.env("GIT_DIR", server.repository()).current_dir("/").get_args()))
        .exits(1);
}

#[test]
fn hook_outside_a_repository_cannot_judge() {
    let (server, lines) = unsigned_at_the_door();
    server.hook_with(&lines, |command| drop(command.env_remove("GIT_DIR").current_dir("/").get_args())).exits(2);
    server.hook_with(&lines, |command| drop(command.env("GIT_DIR", "/nonexistent").get_args())).exits(2);
}

#[test]
fn quarantine_that_is_not_called_so_is_read() {
    let server = Server::new();
    let bob = server.developer(BOB);
    let new = bob.commit("add a door").head();
    let evil = bob.commit_unsigned("add a tunnel").head();
    let quarantine = |command: &mut std::process::Command| {
        command.env("GIT_OBJECT_DIRECTORY", bob.work().join(".git/objects"));
        command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", server.repository().join("objects"));
    };
    server.hook_with(line(&server.zero(), &new, "refs/heads/main"), quarantine).exits(0);
    server
        .hook_with(line(&server.zero(), &evil, "refs/heads/main"), quarantine)
        .exits(1)
        .says("\"add a tunnel\" … commit.signed");
    server.hook(line(&server.zero(), &new, "refs/heads/main")).exits(2);
}

#[test]
fn repository_in_an_odd_folder_is_judged() {
    let (server, lines) = unsigned_at_the_door();
    let odd = server.folder().join("srv/a:b \"c\"\n$d.git");
    fs::rename(server.repository(), &odd).unwrap();
    let hook = odd.join("hooks/pre-receive");
    let mut command = program(hook, server.folder());
    let finished = run(command.current_dir(&odd).env("GIT_DIR", "."), lines.as_bytes());
    assert_eq!(finished.status.code(), Some(1), "{}", finished.stderr_text());
    assert!(finished.stderr_text().contains("commit.signed: not signed"), "{}", finished.stderr_text());
}

#[test]
fn push_over_http_is_judged_with_the_web_server_s_user() {
    let pushed_by_bob = "package refgate.push.bob\n\nallow if {\n\tinput.push.pusher.person.id == \"bob\"\n\tinput.push.channel.protocol == \"http\"\n}\n";
    let server = Server::build()
        .and_rules("[[rule]]\nuse = \"push.bob\"")
        .own_rule("push.bob", pushed_by_bob)
        .git_config("http.receivepack", "true")
        .start();
    let bob = server.developer(BOB);
    let head = bob.commit("add a door").head();
    let body = Wire::to(&server).command(&server.zero(), &head, "refs/heads/main").pack(bob.pack(&["main"])).request();
    let post = |user: &str| {
        let mut command = program("git", server.folder());
        command
            .arg("http-backend")
            .env("GIT_PROJECT_ROOT", server.folder().join("srv"))
            .env("GIT_HTTP_EXPORT_ALL", "1");
        command.env("REQUEST_METHOD", "POST").env("PATH_INFO", "/castle.git/git-receive-pack").env("QUERY_STRING", "");
        command
            .env("CONTENT_TYPE", "application/x-git-receive-pack-request")
            .env("CONTENT_LENGTH", body.len().to_string());
        let finished = run(command.env("REMOTE_USER", user).env("REMOTE_ADDR", "192.0.2.1"), &body);
        String::from_utf8_lossy(&finished.stdout).into_owned()
    };
    let told = post("alice");
    assert!(told.contains("push.bob") && server.refs().is_empty(), "{told}");
    let told = post("bob");
    assert_eq!(server.tip("refs/heads/main"), head, "{told}");
}

#[test]
fn nothing_is_left_in_the_temporary_folder() {
    let server = Server::new();
    let bob = server.developer(BOB);
    let mallory = server.developer(MALLORY);
    bob.commit("add a door").push("main").accepted();
    mallory.commit("add a tunnel").push("main").failed();
    for home in [bob.home(), mallory.home()] {
        let names: Vec<_> =
            fs::read_dir(home).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        assert!(
            names.iter().all(|name| name == "work" || name.starts_with("bob") || name.starts_with("mallory")),
            "{names:?}"
        );
    }
}
