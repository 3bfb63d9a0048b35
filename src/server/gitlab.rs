//! GitLab: Gitaly's `internal/gitaly/hook/custom.go` says what is set. Its environment is an allow-list of its own: no
//! address, no e-mail, and no word on what a web action was.

use crate::facts::{Channel, Forge, Protocol, RepositoryKind, Trigger};
use crate::server::{Environment, Pusher, Repository, ServerError, Word};

const FORGE: &str = "GitLab";

pub fn read(environment: &Environment) -> Result<Word, ServerError> {
    let [id, path, repository] = environment.required(FORGE, ["GL_ID", "GL_PROJECT_PATH", "GL_REPOSITORY"])?;
    let (protocol, trigger) = match environment.text("GL_PROTOCOL")? {
        Some("http") => (Protocol::Http, Trigger::Push),
        Some("ssh") => (Protocol::Ssh, Trigger::Push),
        Some("web") => (Protocol::Web, Trigger::Unknown),
        Some(_) | None => (Protocol::Unknown, Trigger::Unknown),
    };
    let deploy_key = id.strip_prefix("key-");
    Ok(Word {
        repository: Repository::from_path(path, kind(repository)),
        pusher: Pusher {
            // With a deploy key it is whoever added the key.
            name: environment.text_or_empty("GL_USERNAME")?,
            id: id.to_string(),
            email: String::new(),
            key: deploy_key.unwrap_or_default().to_string(),
            deploy_key: deploy_key.is_some(),
        },
        channel: Channel { forge: Forge::Gitlab, protocol, trigger, address: String::new() },
    })
}

/// `project-1`, `wiki-1`, `group-1-wiki`; designs and snippets are neither.
fn kind(repository: &str) -> RepositoryKind {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if repository.strip_prefix("project-").is_some_and(is_number) {
        RepositoryKind::Code
    } else if repository.starts_with("wiki-") || repository.ends_with("-wiki") {
        RepositoryKind::Wiki
    } else {
        RepositoryKind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTTP: [(&str, &str); 9] = [
        ("GL_ID", "user-2234"),
        ("GL_USERNAME", "alice"),
        ("GL_PROJECT_PATH", "infra/cloud/prod"),
        ("GL_REPOSITORY", "project-1234"),
        ("GL_PROTOCOL", "http"),
        // Noise that must not matter.
        ("GL_USER", "mallory"),
        ("REMOTE_USER", "mallory"),
        ("GITEA_PUSHER_NAME", "mallory"),
        ("SSH_CONNECTION", "192.0.2.7 1 192.0.2.1 22"),
    ];

    fn word(changes: &[(&str, &str)]) -> Result<Word, ServerError> {
        let kept = HTTP.iter().filter(|(name, _)| !changes.iter().any(|(other, _)| other == name));
        read(&Environment::of(&kept.chain(changes).copied().collect::<Vec<_>>()))
    }

    #[test]
    fn a_push_is_told_with_project_and_account() {
        let word = word(&[]).unwrap();
        let repository = Repository {
            path: "infra/cloud/prod".into(),
            name: "prod".into(),
            owner: "infra/cloud".into(),
            kind: RepositoryKind::Code,
        };
        assert_eq!(word.repository, repository);
        let pusher = Pusher { name: "alice".into(), id: "user-2234".into(), ..Pusher::default() };
        assert_eq!(word.pusher, pusher);
        assert_eq!(
            word.channel,
            Channel { forge: Forge::Gitlab, protocol: Protocol::Http, trigger: Trigger::Push, address: String::new() }
        );
    }

    #[test]
    fn a_web_action_is_not_said_to_be_a_push() {
        let channel = |protocol| {
            word(&[("GL_PROTOCOL", protocol)]).map(|word| (word.channel.protocol, word.channel.trigger)).unwrap()
        };
        assert_eq!(channel("ssh"), (Protocol::Ssh, Trigger::Push));
        assert_eq!(channel("web"), (Protocol::Web, Trigger::Unknown));
        assert_eq!(channel("carrier-pigeon"), (Protocol::Unknown, Trigger::Unknown));
        assert_eq!(channel(""), (Protocol::Unknown, Trigger::Unknown));
    }

    #[test]
    fn a_deploy_key_is_nobody_s_account() {
        let word = word(&[("GL_ID", "key-4")]).unwrap();
        assert_eq!((word.pusher.deploy_key, word.pusher.key.as_str(), word.pusher.account()), (true, "4", None));
    }

    #[test]
    fn wikis_and_snippets_are_told_apart() {
        for (repository, kind) in [
            ("wiki-1", RepositoryKind::Wiki),
            ("group-7-wiki", RepositoryKind::Wiki),
            ("project-1-wiki", RepositoryKind::Wiki),
            ("design-1", RepositoryKind::Other),
            ("snippet-3", RepositoryKind::Other),
            ("project-", RepositoryKind::Other),
        ] {
            assert_eq!(word(&[("GL_REPOSITORY", repository)]).unwrap().repository.kind, kind, "{repository}");
        }
    }

    #[test]
    fn what_gitlab_always_sets_must_be_set() {
        for name in ["GL_ID", "GL_PROJECT_PATH", "GL_REPOSITORY"] {
            assert_eq!(word(&[(name, "")]), Err(ServerError::Missing { forge: "GitLab", names: vec![name] }));
        }
        assert_eq!(word(&[("GL_USERNAME", "")]).unwrap().pusher.account(), None);
    }
}
