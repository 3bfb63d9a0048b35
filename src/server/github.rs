//! GitHub Enterprise Server: its documentation, "Creating a pre-receive hook script", says what is set when. It does not
//! say how a deploy key shows.

use crate::facts::{Channel, Forge, Protocol, RepositoryKind, Trigger};
use crate::server::{Environment, Pusher, Repository, ServerError, Word};

const FORGE: &str = "GitHub";

pub fn read(environment: &Environment) -> Result<Word, ServerError> {
    let [path, login] = environment.required(FORGE, ["GITHUB_REPO_NAME", "GITHUB_USER_LOGIN"])?;
    let key = environment.text_or_empty("GITHUB_PUBLIC_KEY_FINGERPRINT")?;
    // Set for every change by web or API, the key's fingerprint for every push over ssh; the rest is HTTP.
    let (protocol, trigger) = match environment.text("GITHUB_VIA")? {
        Some(via) => (Protocol::Web, trigger(via.trim())),
        None if key.is_empty() => (Protocol::Http, Trigger::Push),
        None => (Protocol::Ssh, Trigger::Push),
    };
    let (path, kind) = match path.strip_suffix(".wiki") {
        Some(path) => (path, RepositoryKind::Wiki),
        None => (path, RepositoryKind::Code),
    };
    Ok(Word {
        repository: Repository::from_path(path, kind),
        pusher: Pusher { name: login.to_string(), key, ..Pusher::default() },
        channel: Channel {
            forge: Forge::Github,
            protocol,
            trigger,
            address: environment.text_or_empty("GITHUB_USER_IP")?,
        },
    })
}

/// What `GITHUB_VIA` says was done. Refs moved, made or deleted by button or API are none of the kinds.
fn trigger(via: &str) -> Trigger {
    match via {
        "blob edit" | "blob#save" | "git repo contents api" => Trigger::Edit,
        "branch merge api" | "merge" | "merge api" | "pull request merge api" | "pull request merge button" => {
            Trigger::Merge
        }
        "auto-merge deployment api" | "merge base into head" => Trigger::UpdateBranch,
        _ => Trigger::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SSH: [(&str, &str); 9] = [
        ("GITHUB_REPO_NAME", "octo-org/hello-enterprise"),
        ("GITHUB_REPO_PUBLIC", "false"),
        ("GITHUB_USER_IP", "192.0.2.1"),
        ("GITHUB_USER_LOGIN", "octocat"),
        ("GITHUB_PUBLIC_KEY_FINGERPRINT", "a1:b2:c3:d4:e5:f6:07:08:09:10:11:12:13:14:15:16"),
        ("GIT_USER_AGENT", "git/2.47.3"),
        // Noise that must not matter.
        ("GL_USERNAME", "mallory"),
        ("REMOTE_USER", "mallory"),
        ("SSH_CONNECTION", "198.51.100.1 1 192.0.2.1 22"),
    ];

    fn word(changes: &[(&str, &str)]) -> Result<Word, ServerError> {
        let kept = SSH.iter().filter(|(name, _)| !changes.iter().any(|(other, _)| other == name));
        read(&Environment::of(&kept.chain(changes).copied().collect::<Vec<_>>()))
    }

    #[test]
    fn a_push_over_ssh_is_told_with_key_and_address() {
        let word = word(&[]).unwrap();
        let repository = Repository {
            path: "octo-org/hello-enterprise".into(),
            name: "hello-enterprise".into(),
            owner: "octo-org".into(),
            kind: RepositoryKind::Code,
        };
        assert_eq!(word.repository, repository);
        assert_eq!((word.pusher.account(), word.pusher.key.as_str()), (Some("octocat"), SSH[4].1));
        assert_eq!(
            word.channel,
            Channel {
                forge: Forge::Github,
                protocol: Protocol::Ssh,
                trigger: Trigger::Push,
                address: "192.0.2.1".into()
            }
        );
    }

    #[test]
    fn what_was_done_on_the_web_is_told() {
        let channel =
            |via| word(&[("GITHUB_VIA", via)]).map(|word| (word.channel.protocol, word.channel.trigger)).unwrap();
        for (via, trigger) in [
            ("pull request merge button", Trigger::Merge),
            ("merge ", Trigger::Merge),
            ("merge base into head", Trigger::UpdateBranch),
            ("blob#save", Trigger::Edit),
            ("git refs update api", Trigger::Unknown),
            ("stafftools branch restore", Trigger::Unknown),
            ("something new", Trigger::Unknown),
        ] {
            assert_eq!(channel(via), (Protocol::Web, trigger), "{via}");
        }
    }

    #[test]
    fn a_push_without_a_key_came_over_http() {
        let word = word(&[("GITHUB_PUBLIC_KEY_FINGERPRINT", "")]).unwrap();
        assert_eq!((word.channel.protocol, word.channel.trigger), (Protocol::Http, Trigger::Push));
    }

    #[test]
    fn a_wiki_has_its_repository_s_name() {
        let word = word(&[("GITHUB_REPO_NAME", "octo-org/x.wiki")]).unwrap();
        assert_eq!((word.repository.path.as_str(), word.repository.kind), ("octo-org/x", RepositoryKind::Wiki));
    }

    #[test]
    fn what_github_always_sets_must_be_set() {
        let error = read(&Environment::default()).unwrap_err();
        assert_eq!(
            error,
            ServerError::Missing { forge: "GitHub", names: vec!["GITHUB_REPO_NAME", "GITHUB_USER_LOGIN"] }
        );
    }
}
