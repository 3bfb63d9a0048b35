//! git without a forge: over sshd, over a web server (git-http-backend(1)), or on the machine itself.
//!
//! The web server vouches for `REMOTE_USER`; otherwise the Unix account is who pushes, and sshd may add the key.

use std::path::Path;

use crate::facts::{Channel, Forge, Protocol, RepositoryKind, Trigger};
use crate::server::{Environment, Process, Pusher, Repository, ServerError, Word};

pub fn read(environment: &Environment, process: Process<'_>) -> Result<Word, ServerError> {
    let protocol = protocol(environment)?;
    let (pusher, address) = match protocol {
        Protocol::Http => {
            let name = environment.text_or_empty("REMOTE_USER")?;
            (Pusher { name, ..Pusher::default() }, environment.text_or_empty("REMOTE_ADDR")?)
        }
        Protocol::Ssh => {
            let key = process.user_authentication.map(only_key).unwrap_or_default();
            (Pusher { name: process.account.to_string(), key, ..Pusher::default() }, environment.ssh_address()?)
        }
        Protocol::Local | Protocol::Unknown | Protocol::Web => {
            (Pusher { name: process.account.to_string(), ..Pusher::default() }, String::new())
        }
    };
    Ok(Word {
        repository: repository(process.git_dir)?,
        pusher,
        channel: Channel { forge: Forge::Plain, protocol, trigger: Trigger::Push, address },
    })
}

/// A client that can make sshd pass on a web server's variables could call itself anyone, so both at once is refused.
fn protocol(environment: &Environment) -> Result<Protocol, ServerError> {
    let set = |name: &'static str| environment.value(name).is_some().then_some(name);
    match (set("GATEWAY_INTERFACE").or_else(|| set("REQUEST_METHOD")), set("SSH_CONNECTION")) {
        (Some(one), Some(other)) => Err(ServerError::Contradiction { one, other }),
        (Some(_), None) => Ok(Protocol::Http),
        (None, Some(_)) => Ok(Protocol::Ssh),
        (None, None) => Ok(Protocol::Local),
    }
}

/// The public key of the one `publickey` line (sshd_config(5), `ExposeAuthInfo`): algorithm and base64. `""` where there
/// is none, or more than one: which of them pushes is not for us to guess.
fn only_key(user_authentication: &[u8]) -> String {
    let text = std::str::from_utf8(user_authentication).unwrap_or_default();
    let mut keys = text.lines().filter_map(|line| line.strip_prefix("publickey "));
    match (keys.next(), keys.next()) {
        (Some(key), None) => key.trim().to_string(),
        (Some(_), Some(_)) | (None, _) => String::new(),
    }
}

/// The directory's own name, without `.git`; of a repository with a work tree (`x/.git`), the work tree's.
fn repository(git_dir: &Path) -> Result<Repository, ServerError> {
    let not_utf8 = || ServerError::NotUtf8 { name: git_dir.display().to_string() };
    let path = git_dir.to_str().ok_or_else(not_utf8)?;
    let named = match git_dir.file_name() {
        Some(name) if name == ".git" => git_dir.parent().and_then(Path::file_name),
        other => other,
    };
    let name = named.and_then(|name| name.to_str()).unwrap_or_default();
    let name = name.strip_suffix(".git").unwrap_or(name);
    Ok(Repository { path: path.to_string(), name: name.to_string(), owner: String::new(), kind: RepositoryKind::Code })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(user_authentication: Option<&[u8]>) -> Process<'_> {
        Process { git_dir: Path::new("/srv/git/infra/prod.git"), account: "alice", user_authentication }
    }

    fn word(variables: &[(&str, &str)], process: Process<'_>) -> Result<Word, ServerError> {
        let noise = [
            ("GL_USER", "mallory"),
            ("GL_ID", "user-1"),
            ("GITEA_PUSHER_NAME", "mallory"),
            ("GITHUB_USER_LOGIN", "mallory"),
            ("USER", "mallory"),
            ("LOGNAME", "mallory"),
            ("GIT_COMMITTER_NAME", "mallory"),
        ];
        read(&Environment::of(&noise.iter().chain(variables).copied().collect::<Vec<_>>()), process)
    }

    #[test]
    fn over_ssh_the_account_pushes_and_the_key_is_passed_on() {
        let variables = [
            ("SSH_CONNECTION", "192.0.2.7 50322 192.0.2.1 22"),
            ("SSH_USER_AUTH", "/run/sshd/auth.1"),
            ("REMOTE_USER", "mallory"),
        ];
        let authentication = b"publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ\n";
        let word = word(&variables, process(Some(authentication))).unwrap();
        let pusher =
            Pusher { name: "alice".into(), key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ".into(), ..Pusher::default() };
        assert_eq!(word.pusher, pusher);
        assert_eq!(
            word.channel,
            Channel {
                forge: Forge::Plain,
                protocol: Protocol::Ssh,
                trigger: Trigger::Push,
                address: "192.0.2.7".into()
            }
        );
        let repository = Repository {
            path: "/srv/git/infra/prod.git".into(),
            name: "prod".into(),
            owner: String::new(),
            kind: RepositoryKind::Code,
        };
        assert_eq!(word.repository, repository);
    }

    #[test]
    fn a_key_is_named_only_when_there_is_one() {
        for (authentication, key) in [
            (&b"publickey ssh-ed25519 AAAA"[..], "ssh-ed25519 AAAA"),
            (b"keyboard-interactive/pam\npublickey ssh-rsa AAAB\n", "ssh-rsa AAAB"),
            (b"publickey ssh-ed25519 AAAA\npublickey ssh-rsa AAAB\n", ""),
            (b"password\n", ""),
            (b"", ""),
            (b"publickey ssh-ed25519 \xff\n", ""),
        ] {
            assert_eq!(only_key(authentication), key);
        }
    }

    #[test]
    fn over_http_the_web_server_says_who_pushes() {
        for one in [("GATEWAY_INTERFACE", "CGI/1.1"), ("REQUEST_METHOD", "POST")] {
            let word = word(&[one, ("REMOTE_USER", "bob"), ("REMOTE_ADDR", "192.0.2.9")], process(None)).unwrap();
            assert_eq!(
                (word.pusher.account(), word.channel.address.as_str(), word.channel.protocol),
                (Some("bob"), "192.0.2.9", Protocol::Http)
            );
        }
        let anonymous = word(&[("GATEWAY_INTERFACE", "CGI/1.1")], process(None)).unwrap();
        assert_eq!(anonymous.pusher.account(), None);
    }

    #[test]
    fn an_ssh_client_cannot_pass_for_a_web_server() {
        let forged =
            [("SSH_CONNECTION", "192.0.2.7 1 192.0.2.1 22"), ("GATEWAY_INTERFACE", "CGI/1.1"), ("REMOTE_USER", "root")];
        let error = word(&forged, process(None)).unwrap_err();
        assert_eq!(error, ServerError::Contradiction { one: "GATEWAY_INTERFACE", other: "SSH_CONNECTION" });
        assert!(error.hint().contains("let sshd accept no variables from clients"));
    }

    #[test]
    fn on_the_machine_itself_the_account_pushes() {
        let variables = [("REMOTE_USER", "root"), ("REMOTE_ADDR", "192.0.2.9")];
        let word = word(&variables, process(Some(b"publickey ssh-rsa AAAA"))).unwrap();
        assert_eq!(word.pusher, Pusher { name: "alice".into(), ..Pusher::default() });
        assert_eq!((word.channel.protocol, word.channel.address.as_str()), (Protocol::Local, ""));
    }

    #[test]
    fn a_repository_is_named_by_its_folder() {
        for (git_dir, name) in
            [("/srv/x.git", "x"), ("/srv/x", "x"), ("/home/a/work/.git", "work"), ("/srv/.git.git", ".git"), ("/", "")]
        {
            assert_eq!(repository(Path::new(git_dir)).unwrap().name, name, "{git_dir}");
        }
    }
}
