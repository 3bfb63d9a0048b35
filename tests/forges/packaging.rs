//! The Debian package on a throw-away machine, and container files as far as they can be read without an engine.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::page::Page;
use crate::stage::{BOB, Server, program, run};

const PAGE: Page = Page { name: "plain-ssh" };

#[test]
fn the_debian_package_installs_judges_and_goes_without_opening_the_gate() {
    let Some(machine) = PAGE.machine(&["dpkg-deb", "bash", "logrotate"]) else { return };
    machine.does("rm /usr/bin/refgate");
    let out = tempfile::tempdir().unwrap();
    let mut pack = program(Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/package"), out.path());
    // A debug build is big, and nobody downloads this one.
    pack.env("DPKG_DEB_COMPRESSOR_TYPE", "none").env("GZIP", "-1");
    let packed = run(pack.arg(out.path()).arg(env!("CARGO_BIN_EXE_refgate")), b"");
    assert!(packed.status.success(), "{}", packed.stderr_text());
    let package = fs::read_dir(out.path()).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.extension().is_some_and(|it| it == "deb"));
    let bytes = fs::read(package.expect("a package was made")).unwrap();
    machine.put("/srv/refgate.deb", &bytes, 0o644);
    machine.does("dpkg -i /srv/refgate.deb");
    assert!(machine.does("refgate --version").starts_with(&format!("refgate {}", env!("CARGO_PKG_VERSION"))));
    machine.does("test \"$(stat -c '%U %a' /etc/refgate /usr/bin/refgate | sort -u)\" = 'root 755'");
    machine.does("test -x /usr/share/refgate/hooks/pre-receive && test -e /usr/share/doc/refgate/examples/gitea/README.md");

    PAGE.follow(&machine, "Once");
    machine.does("sed -i 's/^accounts = \\[\"bob\"\\]/accounts = [\"root\"]/' /etc/refgate/people.toml");
    machine.does("git init -q --bare --initial-branch=main /srv/castle.git && refgate install /srv/castle.git --config /etc/refgate/refgate.toml");
    let server = Server::elsewhere(
        machine.seen_from_outside("/srv/castle.git"),
        machine.seen_from_outside("/etc/refgate"),
        machine.seen_from_outside("/var/log/refgate/decisions.jsonl"),
    );
    let bob = server.developer(BOB);
    bob.git(&["config", "protocol.ext.allow", "always"]);
    let url = format!("ext::{} env -i PATH=/usr/bin:/bin HOME=/root %S /srv/castle.git", machine.door());
    bob.git(&["config", "remote.server.url", &url]);
    bob.commit("paint the wall").push("main").accepted();
    machine.does("logrotate --force /etc/logrotate.d/refgate && test -s /var/log/refgate/decisions.jsonl-*");
    machine.does("dpkg -i /srv/refgate.deb");
    bob.commit_unsigned("paint the door").push("main").refused("commit.signed");
    assert!(machine.does("dpkg --remove refgate").contains("refuse every push from now on"));
    bob.push("main").declined();
    bob.git(&["commit", "--quiet", "--amend", "--no-edit", "--gpg-sign"]);
    bob.push("main").declined();
    machine.does("dpkg -i /srv/refgate.deb");
    bob.push("main").accepted();
}

/// `section.key` of an ini file.
fn ini(text: &str) -> BTreeMap<String, String> {
    let mut section = String::new();
    let mut values = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(';')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.to_string();
        } else if let Some((key, value)) = line.split_once('=') {
            values.insert(format!("{section}.{}", key.trim()), value.trim().to_string());
        }
    }
    values
}

#[test]
fn the_compose_file_gives_gitea_the_settings_of_the_page() {
    let folder = Page { name: "gitea" }.folder();
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let compose: serde_json::Value = serde_saphyr::from_str(&read("compose.yaml")).unwrap();
    let service = &compose["services"]["gitea"];
    let page = ini(&read("etc/gitea/app.ini"));
    let mut compared = 0;
    for (name, value) in service["environment"].as_object().unwrap() {
        let Some(setting) = name.strip_prefix("GITEA__") else { continue };
        // Gitea writes a dot in the name of a variable as _0X2E_.
        let (section, key) = setting.split_once("__").unwrap();
        let setting = format!("{}.{}", section.replace("_0X2E_", "."), key.replace("_0X2E_", "."));
        let expected = page.get(&setting).unwrap_or_else(|| panic!("'{setting}' is not in the page's app.ini"));
        let is_path = expected.starts_with('/');
        assert!(is_path && value.as_str().unwrap().starts_with('/') || value == expected, "{setting}: {value}, not {expected}");
        compared += 1;
    }
    let asked: Vec<&String> = page.keys().filter(|key| key.starts_with("repository.signing.") || key.starts_with("git.config.")).collect();
    assert!(compared >= asked.len() + 3, "{compared} of the settings that the page marks");
    for volume in service["volumes"].as_array().unwrap() {
        if let Some(local) = volume.as_str().unwrap().strip_prefix("./etc") {
            assert!(folder.join("etc").join(local.split(':').next().unwrap().trim_start_matches('/')).is_dir());
        }
    }
    let container = read(service["build"]["dockerfile"].as_str().unwrap());
    assert!(container.contains("COPY --chmod=755 refgate /usr/local/bin/refgate"));
}
