//! gitolite: `src/gitolite-shell` sets `GL_USER` and `GL_REPO` for every push it lets in. A push that goes round it has
//! neither, and is refused.

use crate::facts::{Channel, Forge, Protocol, RepositoryKind, Trigger};
use crate::server::{Environment, Pusher, Repository, ServerError, Word};

const FORGE: &str = "gitolite";

pub fn read(environment: &Environment) -> Result<Word, ServerError> {
    let [path, user] = environment.required(FORGE, ["GL_REPO", "GL_USER"])?;
    // Over HTTP gitolite makes up the variables of ssh, so those of the web server are asked first.
    let protocol = if environment.value("GATEWAY_INTERFACE").is_some() || environment.value("REQUEST_URI").is_some() {
        Protocol::Http
    } else if environment.value("SSH_CONNECTION").is_some() {
        Protocol::Ssh
    } else {
        Protocol::Local
    };
    let address = match environment.ssh_address()? {
        address if address.is_empty() => environment.text_or_empty("REMOTE_ADDR")?,
        address => address,
    };
    Ok(Word {
        repository: Repository::from_path(path, RepositoryKind::Code),
        pusher: Pusher { name: user.to_string(), ..Pusher::default() },
        channel: Channel {
            forge: Forge::Gitolite,
            protocol,
            trigger: Trigger::Push,
            address: if protocol == Protocol::Local { String::new() } else { address },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SSH: [(&str, &str); 9] = [
        ("GL_USER", "alice"),
        ("GL_REPO", "infra/prod"),
        ("GL_REPO_BASE", "/home/git/repositories"),
        ("GL_TID", "4711"),
        ("GL_BYPASS_ACCESS_CHECKS", "1"),
        ("SSH_CONNECTION", "192.0.2.7 50322 192.0.2.1 22"),
        ("SSH_ORIGINAL_COMMAND", "git-receive-pack 'infra/prod'"),
        // Noise that must not matter.
        ("GL_USERNAME", "mallory"),
        ("REMOTE_USER", "mallory"),
    ];

    #[test]
    fn a_push_over_ssh_is_told_with_its_address() {
        let word = read(&Environment::of(&SSH)).unwrap();
        assert_eq!(
            (word.repository.path.as_str(), word.repository.name.as_str(), word.repository.owner.as_str()),
            ("infra/prod", "prod", "infra")
        );
        assert_eq!(word.pusher, Pusher { name: "alice".into(), ..Pusher::default() });
        assert_eq!(
            word.channel,
            Channel {
                forge: Forge::Gitolite,
                protocol: Protocol::Ssh,
                trigger: Trigger::Push,
                address: "192.0.2.7".into()
            }
        );
    }

    #[test]
    fn http_is_seen_through_made_up_ssh_variables() {
        let http = [("REQUEST_URI", "/git/infra/prod/git-receive-pack"), ("REMOTE_ADDR", "192.0.2.9")];
        let word = read(&Environment::of(&SSH.iter().chain(&http).copied().collect::<Vec<_>>())).unwrap();
        assert_eq!((word.channel.protocol, word.channel.address.as_str()), (Protocol::Http, "192.0.2.7"));
        let alone = [("GL_USER", "alice"), ("GL_REPO", "x"), http[0], http[1]];
        let word = read(&Environment::of(&alone)).unwrap();
        assert_eq!(
            (word.channel.protocol, word.channel.address.as_str(), word.repository.owner.as_str()),
            (Protocol::Http, "192.0.2.9", "")
        );
    }

    #[test]
    fn a_push_that_goes_round_gitolite_is_refused() {
        let error = read(&Environment::of(&[("SSH_CONNECTION", "x"), ("GL_USER", "alice")])).unwrap_err();
        assert_eq!(error, ServerError::Missing { forge: "gitolite", names: vec!["GL_REPO"] });
        let local = read(&Environment::of(&[("GL_REPO", "x"), ("GL_USER", "alice")])).unwrap();
        assert_eq!(local.channel.protocol, Protocol::Local);
    }
}
