//! Gitea and Forgejo: `modules/repository/env.go` says what is set, `SSH_ORIGINAL_COMMAND` says by which way.
//!
//! Their git inherits the environment of Gitea or sshd, so a variable counts only on the way that sets it.

use crate::facts::{Channel, Forge, Protocol, RepositoryKind, Trigger};
use crate::server::{Environment, Pusher, Repository, ServerError, Word};

const FORGE: &str = "Gitea";

pub fn read(environment: &Environment) -> Result<Word, ServerError> {
    let [owner, name, pusher] =
        environment.required(FORGE, ["GITEA_REPO_USER_NAME", "GITEA_REPO_NAME", "GITEA_PUSHER_NAME"])?;
    let kind = kind(environment)?;
    let protocol = protocol(environment)?;
    Ok(Word {
        repository: repository(owner, name, kind),
        pusher: Pusher {
            name: pusher.to_string(),
            id: environment.text_or_empty("GITEA_PUSHER_ID")?,
            email: environment.text_or_empty("GITEA_PUSHER_EMAIL")?,
            key: match protocol {
                Protocol::Ssh => number(environment, "GITEA_KEY_ID")?,
                Protocol::Http | Protocol::Local | Protocol::Unknown | Protocol::Web => String::new(),
            },
            // On every way: it can only take authority away.
            deploy_key: !number(environment, "GITEA_DEPLOY_KEY_ID")?.is_empty(),
        },
        channel: Channel {
            forge: Forge::Gitea,
            protocol,
            trigger: trigger(environment, protocol)?,
            address: match protocol {
                Protocol::Ssh => environment.ssh_address()?,
                Protocol::Http | Protocol::Local | Protocol::Unknown | Protocol::Web => String::new(),
            },
        },
    })
}

/// Over HTTP both names stand as the client typed them in the URL (`routers/web/repo/githttp.go`), and Gitea looks them
/// up in any letter case: in lower case they are the same for every client. Some versions write `.wiki` behind the name.
fn repository(owner: &str, name: &str, kind: RepositoryKind) -> Repository {
    let (owner, name) = (owner.to_ascii_lowercase(), name.to_ascii_lowercase());
    let name = match kind {
        RepositoryKind::Wiki => name.strip_suffix(".wiki").unwrap_or(&name),
        RepositoryKind::Code | RepositoryKind::Other => &name,
    };
    Repository { path: format!("{owner}/{name}"), name: name.to_string(), owner, kind }
}

fn kind(environment: &Environment) -> Result<RepositoryKind, ServerError> {
    match environment.text("GITEA_REPO_IS_WIKI")? {
        None | Some("false") => Ok(RepositoryKind::Code),
        Some("true") => Ok(RepositoryKind::Wiki),
        Some(value) => {
            Err(ServerError::Malformed { forge: FORGE, name: "GITEA_REPO_IS_WIKI", value: value.to_string() })
        }
    }
}

/// Over ssh it is the client's own command, which `gitea serv` refuses unless it begins with the name of a git program;
/// so no client can write one of the two fixed words.
fn protocol(environment: &Environment) -> Result<Protocol, ServerError> {
    Ok(match environment.text("SSH_ORIGINAL_COMMAND")? {
        Some("gitea-internal") => Protocol::Web,
        Some("receive-pack") => Protocol::Http,
        Some(_) => Protocol::Ssh,
        None => Protocol::Unknown,
    })
}

fn trigger(environment: &Environment, protocol: Protocol) -> Result<Trigger, ServerError> {
    Ok(match protocol {
        Protocol::Http | Protocol::Ssh => Trigger::Push,
        Protocol::Web if environment.text("GITEA_INTERNAL_PUSH")? == Some("true") => Trigger::Internal,
        Protocol::Web => match environment.text("GITEA_PUSH_TRIGGER")? {
            Some("pr-merge-to-base") => Trigger::Merge,
            Some("pr-update-with-base") => Trigger::UpdateBranch,
            Some(_) => Trigger::Unknown,
            None if number(environment, "GITEA_PR_ID")?.is_empty() => Trigger::Edit,
            // Versions without the variable: merging into the base and updating from it look the same.
            None => Trigger::Unknown,
        },
        Protocol::Local | Protocol::Unknown => Trigger::Unknown,
    })
}

/// A number as Gitea writes it, `""` for 0 and for none.
fn number(environment: &Environment, name: &'static str) -> Result<String, ServerError> {
    match environment.text(name)? {
        None | Some("0") => Ok(String::new()),
        Some(number) if number.bytes().all(|b| b.is_ascii_digit()) => Ok(number.to_string()),
        Some(value) => Err(ServerError::Malformed { forge: FORGE, name, value: value.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SSH: [(&str, &str); 17] = [
        ("SSH_ORIGINAL_COMMAND", "git-receive-pack '/Infra/Prod.git'"),
        ("SSH_CONNECTION", "192.0.2.7 50322 192.0.2.1 22"),
        ("GITEA_REPO_IS_WIKI", "false"),
        ("GITEA_REPO_NAME", "Prod"),
        ("GITEA_REPO_USER_NAME", "Infra"),
        ("GITEA_PUSHER_NAME", "alice"),
        ("GITEA_PUSHER_EMAIL", "alice@example.org"),
        ("GITEA_PUSHER_ID", "7"),
        ("GITEA_REPO_ID", "42"),
        ("GITEA_PR_ID", "0"),
        ("GITEA_DEPLOY_KEY_ID", "0"),
        ("GITEA_KEY_ID", "12"),
        ("GITEA_ROOT_URL", "https://git.example.org/"),
        // Noise that must not matter.
        ("GL_USER", "mallory"),
        ("REMOTE_USER", "mallory"),
        ("GITEA_PUSH_TRIGGER", "pr-merge-to-base"),
        ("GITEA_INTERNAL_PUSH", "true"),
    ];

    fn word(changes: &[(&str, &str)]) -> Result<Word, ServerError> {
        let kept = SSH.iter().filter(|(name, _)| !changes.iter().any(|(other, _)| other == name));
        read(&Environment::of(&kept.chain(changes).copied().collect::<Vec<_>>()))
    }

    #[test]
    fn a_push_over_ssh_is_told_with_key_and_address() {
        let word = word(&[]).unwrap();
        let repository = Repository {
            path: "infra/prod".into(),
            name: "prod".into(),
            owner: "infra".into(),
            kind: RepositoryKind::Code,
        };
        assert_eq!(word.repository, repository);
        let pusher = Pusher {
            name: "alice".into(),
            id: "7".into(),
            email: "alice@example.org".into(),
            key: "12".into(),
            deploy_key: false,
        };
        assert_eq!(word.pusher, pusher);
        assert_eq!(word.pusher.account(), Some("alice"));
        let channel = Channel {
            forge: Forge::Gitea,
            protocol: Protocol::Ssh,
            trigger: Trigger::Push,
            address: "192.0.2.7".into(),
        };
        assert_eq!(word.channel, channel);
    }

    #[test]
    fn a_push_over_http_has_neither_key_nor_address() {
        let word =
            word(&[("SSH_ORIGINAL_COMMAND", "receive-pack"), ("GITEA_REPO_NAME", "PROD"), ("GITEA_PUSHER_EMAIL", "")])
                .unwrap();
        assert_eq!((word.channel.protocol, word.channel.trigger), (Protocol::Http, Trigger::Push));
        assert_eq!((word.repository.path.as_str(), word.pusher.email.as_str()), ("infra/prod", ""));
        assert_eq!((word.pusher.key.as_str(), word.channel.address.as_str()), ("", ""));
    }

    #[test]
    fn what_the_server_does_itself_is_told_apart() {
        let trigger = |changes: &[(&'static str, &'static str)]| {
            let web = [("SSH_ORIGINAL_COMMAND", "gitea-internal"), ("GITEA_INTERNAL_PUSH", "")];
            let web = web.iter().filter(|(name, _)| !changes.iter().any(|(other, _)| other == name));
            word(&web.chain(changes).copied().collect::<Vec<_>>())
                .map(|word| (word.channel.protocol, word.channel.trigger))
                .unwrap()
        };
        assert_eq!(
            trigger(&[("GITEA_PUSH_TRIGGER", "pr-merge-to-base"), ("GITEA_PR_ID", "3")]),
            (Protocol::Web, Trigger::Merge)
        );
        assert_eq!(
            trigger(&[("GITEA_PUSH_TRIGGER", "pr-update-with-base"), ("GITEA_PR_ID", "3")]),
            (Protocol::Web, Trigger::UpdateBranch)
        );
        assert_eq!(trigger(&[("GITEA_PUSH_TRIGGER", "new"), ("GITEA_PR_ID", "3")]), (Protocol::Web, Trigger::Unknown));
        assert_eq!(trigger(&[("GITEA_PUSH_TRIGGER", ""), ("GITEA_PR_ID", "3")]), (Protocol::Web, Trigger::Unknown));
        assert_eq!(trigger(&[("GITEA_PUSH_TRIGGER", "")]), (Protocol::Web, Trigger::Edit));
        assert_eq!(trigger(&[("GITEA_INTERNAL_PUSH", "true")]), (Protocol::Web, Trigger::Internal));
    }

    #[test]
    fn a_deploy_key_is_nobody_s_account() {
        for command in ["git-receive-pack 'infra/prod.git'", "receive-pack", "gitea-internal"] {
            let word = word(&[("SSH_ORIGINAL_COMMAND", command), ("GITEA_DEPLOY_KEY_ID", "5")]).unwrap();
            assert!(word.pusher.deploy_key && word.pusher.account().is_none(), "{command}");
        }
    }

    #[test]
    fn a_wiki_has_its_repository_s_name() {
        for name in ["Prod", "Prod.wiki"] {
            let word = word(&[("GITEA_REPO_IS_WIKI", "true"), ("GITEA_REPO_NAME", name)]).unwrap();
            assert_eq!((word.repository.path.as_str(), word.repository.kind), ("infra/prod", RepositoryKind::Wiki));
        }
        assert_eq!(word(&[("GITEA_REPO_NAME", "x.wiki")]).unwrap().repository.path, "infra/x.wiki");
    }

    #[test]
    fn what_gitea_always_sets_must_be_set() {
        let error = word(&[("GITEA_PUSHER_NAME", ""), ("GITEA_REPO_NAME", "")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the server is said to be Gitea, which sets GITEA_REPO_NAME, GITEA_PUSHER_NAME, but that is not set"
        );
        assert!(error.hint().contains("'forge' under '[server]'"));
        for (name, value) in [("GITEA_REPO_IS_WIKI", "maybe"), ("GITEA_DEPLOY_KEY_ID", "-1"), ("GITEA_KEY_ID", "x")] {
            assert!(matches!(word(&[(name, value)]), Err(ServerError::Malformed { .. })), "{name}");
        }
        assert_eq!(word(&[("SSH_ORIGINAL_COMMAND", "")]).unwrap().channel.protocol, Protocol::Unknown);
    }
}
