//! The part of the environment that refgate looks at: nothing that is not on this list is ever read.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use crate::server::ServerError;

/// Every name but those of push options (`GIT_PUSH_OPTION_<n>`), by who sets it.
const NAMES: [&str; 42] = [
    // git: githooks(5), git(1), gitnamespaces(7)
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_DIR",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PUSH_CERT",
    "GIT_PUSH_CERT_NONCE",
    "GIT_PUSH_CERT_NONCE_SLOP",
    "GIT_PUSH_CERT_NONCE_STATUS",
    "GIT_PUSH_OPTION_COUNT",
    "GIT_QUARANTINE_PATH",
    "GIT_SHALLOW_FILE",
    // sshd: ssh(1), sshd_config(5)
    "SSH_CONNECTION",
    "SSH_ORIGINAL_COMMAND",
    "SSH_USER_AUTH",
    // web servers: RFC 3875
    "GATEWAY_INTERFACE",
    "REMOTE_ADDR",
    "REMOTE_USER",
    "REQUEST_METHOD",
    "REQUEST_URI",
    // Gitea and Forgejo
    "GITEA_DEPLOY_KEY_ID",
    "GITEA_INTERNAL_PUSH",
    "GITEA_KEY_ID",
    "GITEA_PR_ID",
    "GITEA_PUSHER_EMAIL",
    "GITEA_PUSHER_ID",
    "GITEA_PUSHER_NAME",
    "GITEA_PUSH_TRIGGER",
    "GITEA_REPO_IS_WIKI",
    "GITEA_REPO_NAME",
    "GITEA_REPO_USER_NAME",
    // GitHub Enterprise Server
    "GITHUB_PUBLIC_KEY_FINGERPRINT",
    "GITHUB_REPO_NAME",
    "GITHUB_USER_IP",
    "GITHUB_USER_LOGIN",
    "GITHUB_VIA",
    // GitLab
    "GL_ID",
    "GL_PROJECT_PATH",
    "GL_PROTOCOL",
    "GL_REPOSITORY",
    "GL_USERNAME",
    // gitolite
    "GL_REPO",
    "GL_USER",
];

const PUSH_OPTION: &str = "GIT_PUSH_OPTION_";

/// The allowed part of a process's environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, OsString>);

impl Environment {
    /// Keeps what is on the list, for example of `std::env::vars_os()`.
    ///
    /// The same name twice with different values is an error: which one counts differs from program to program.
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Self, ServerError> {
        let mut kept = BTreeMap::new();
        for (name, value) in variables {
            let Some(name) = name.to_str().filter(|name| is_allowed(name)) else { continue };
            match kept.get(name) {
                Some(first) if *first != value => return Err(ServerError::Twice { name: name.to_string() }),
                Some(_) | None => kept.insert(name.to_string(), value),
            };
        }
        Ok(Self(kept))
    }

    /// The value of a name that is on the list.
    pub fn value(&self, name: &str) -> Option<&OsStr> {
        debug_assert!(is_allowed(name), "'{name}' is not on the list");
        self.0.get(name).map(OsString::as_os_str)
    }

    /// The value as text; `None` when it is not set or empty.
    pub fn text(&self, name: &str) -> Result<Option<&str>, ServerError> {
        let not_utf8 = || ServerError::NotUtf8 { name: name.to_string() };
        let text = self.value(name).map(|value| value.to_str().ok_or_else(not_utf8)).transpose()?;
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// The value as text; `""` when it is not set.
    pub(super) fn text_or_empty(&self, name: &str) -> Result<String, ServerError> {
        self.text(name).map(|text| text.unwrap_or_default().to_string())
    }

    /// The values of variables that a server always sets, in this order.
    pub(super) fn required<const N: usize>(
        &self,
        forge: &'static str,
        names: [&'static str; N],
    ) -> Result<[&str; N], ServerError> {
        let mut values = [""; N];
        let mut missing = Vec::new();
        for (value, name) in values.iter_mut().zip(names) {
            match self.text(name)? {
                Some(text) => *value = text,
                None => missing.push(name),
            }
        }
        match missing.is_empty() {
            true => Ok(values),
            false => Err(ServerError::Missing { forge, names: missing }),
        }
    }

    /// The client's address, as sshd writes it first in `SSH_CONNECTION` (ssh(1)).
    pub(super) fn ssh_address(&self) -> Result<String, ServerError> {
        let connection = self.text("SSH_CONNECTION")?.unwrap_or_default();
        Ok(connection.split(' ').next().unwrap_or_default().to_string())
    }
}

fn is_allowed(name: &str) -> bool {
    let is_push_option =
        |number: &str| !number.is_empty() && number.len() <= 9 && number.bytes().all(|b| b.is_ascii_digit());
    NAMES.contains(&name) || name.strip_prefix(PUSH_OPTION).is_some_and(is_push_option)
}

#[cfg(test)]
impl Environment {
    /// An environment as a test writes it.
    pub(super) fn of(variables: &[(&str, &str)]) -> Self {
        Self::new(variables.iter().map(|(name, value)| (name.into(), value.into()))).expect("no name is set twice")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn only_names_on_the_list_are_kept() {
        let noise = [
            "PATH",
            "HOME",
            "LD_PRELOAD",
            "GIT_CONFIG_COUNT",
            "GIT_PUSH_CERT_STATUS",
            "GIT_PUSH_CERT_SIGNER",
            "GIT_PUSH_OPTION_x",
            "GIT_PUSH_OPTION_",
            "GL_BYPASS_ACCESS_CHECKS",
        ];
        let pairs: Vec<_> = noise.iter().chain(&["GIT_DIR", "GIT_PUSH_OPTION_17"]).map(|name| (*name, "x")).collect();
        let kept = Environment::of(&pairs);
        assert_eq!(kept.0.keys().collect::<Vec<_>>(), ["GIT_DIR", "GIT_PUSH_OPTION_17"]);
    }

    #[test]
    fn a_name_with_two_values_is_refused() {
        let pairs = |values: [&str; 2]| values.map(|value| (OsString::from("GL_USER"), OsString::from(value)));
        assert_eq!(Environment::new(pairs(["a", "b"])), Err(ServerError::Twice { name: "GL_USER".to_string() }));
        assert!(Environment::new(pairs(["a", "a"])).is_ok());
        let unread = [("PATH".into(), "a".into()), ("PATH".into(), "b".into())];
        assert!(Environment::new(unread).is_ok());
    }

    #[test]
    fn text_that_is_not_utf8_is_refused_and_other_bytes_are_kept() {
        let value = OsStr::from_bytes(b"/srv/\xff");
        let environment = Environment::new([("GIT_DIR".into(), value.to_os_string())]).unwrap();
        assert_eq!(environment.value("GIT_DIR"), Some(value));
        assert_eq!(environment.text("GIT_DIR"), Err(ServerError::NotUtf8 { name: "GIT_DIR".to_string() }));
        assert_eq!(Environment::of(&[("GL_USER", "")]).text("GL_USER"), Ok(None));
    }

    #[test]
    fn the_list_has_no_name_twice() {
        let mut names = NAMES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), NAMES.len());
    }
}
