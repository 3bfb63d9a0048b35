//! A push in the making: what to push, and how.

use crate::stage::developer::Developer;
use crate::stage::outcome::Outcome;
use crate::stage::program::run;

/// A `git push` that has not happened yet.
#[must_use = "a push happens at `go`"]
pub struct Pushing<'a> {
    developer: &'a Developer<'a>,
    refspecs: Vec<String>,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
}

impl<'a> Pushing<'a> {
    /// `refspecs` as in git-push(1), separated by blanks.
    pub fn new(developer: &'a Developer<'a>, refspecs: &str) -> Self {
        let refspecs = refspecs.split_whitespace().map(str::to_string).collect();
        Self { developer, refspecs, arguments: Vec::new(), variables: Vec::new() }
    }

    /// A further argument of git-push(1).
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_string());
        self
    }

    /// A push option.
    pub fn option(self, option: &str) -> Self {
        let argument = format!("--push-option={option}");
        self.argument(&argument)
    }

    /// A variable in the environment of the server's side.
    pub fn server_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_string(), value.to_string()));
        self
    }

    /// A push that comes in through a web server, which says who logged in.
    pub fn logged_in_as(self, account: &str) -> Self {
        self.server_variable("GATEWAY_INTERFACE", "CGI/1.1").server_variable("REMOTE_USER", account)
    }

    pub fn go(self) -> Outcome {
        let server = self.developer.server();
        let before = server.snapshot();
        let mut command = self.developer.command();
        let receive_pack = self.receive_pack();
        command.arg("push").arg("--quiet").arg(receive_pack).args(self.arguments);
        command.arg("server").args(self.refspecs);
        Outcome::new(server, run(&mut command, b""), before)
    }

    /// Variables are set where the server's side starts, as a login on the server would, so that the client's git
    /// does not see them.
    fn receive_pack(&self) -> String {
        let quote = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let settings = self.variables.iter().map(|(name, value)| format!("{name}={} ", quote(value)));
        match self.variables.is_empty() {
            true => "--receive-pack=git-receive-pack".to_string(),
            false => format!("--receive-pack=env {}git-receive-pack", settings.collect::<String>()),
        }
    }
}
