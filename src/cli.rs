//! The command line: what may be typed, in words for whoever types it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config;

mod author;

pub use author::{Completions, Eject, Init, Input, Man, Replay, RuleSet, Rules, RulesAction, Schema, SubjectName, Test, TestFormat};

/// The config file of git on the whole machine (git-config(1), `--system`).
const GIT_CONFIG: &str = "/etc/gitconfig";

/// What Gitea makes new repositories from, once its app.ini says so.
const GITEA_TEMPLATE: &str = "/etc/refgate/gitea-template";

/// The version, and which build it is if whoever built it said so (`.ci/package` does).
const VERSION: &str = match option_env!("REFGATE_BUILD") {
    Some(build) => build,
    None => env!("CARGO_PKG_VERSION"),
};

/// Judges every push to a Git server by rules written in Rego
#[derive(Debug, Parser)]
#[command(name = "refgate", version = VERSION, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge a push: git runs this, with the updates on stdin
    PreReceive(Config),
    /// Read config, people, keys and rules, and tell every problem and what is covered
    Check(Check),
    /// List who is known, with which keys, what ends soon and what is revoked
    People(People),
    /// Print the commands that approve a commit as a branch's value
    Approve(Approve),
    /// Judge one update of existing commits, as a dry run
    Judge(Judge),
    /// Put the hook into a bare repository
    Install(Install),
    /// Take the hook out again and put back what was there
    Uninstall(Uninstall),
    /// Play real pushes to a throw-away server and show what each was told
    Demo,
    /// Write a config, people and a rule of your own with its test, to start from
    Init(Init),
    /// Run the Rego tests of your rules
    Test(Test),
    /// List rules, show one, or take a shipped one over into your own folder
    Rules(Rules),
    /// Print the documents that rules would see of commits that are there
    Input(Input),
    /// Judge the pushes of a decision log by another config, and tell what would differ
    Replay(Replay),
    /// Print the JSON Schema of the document that rules about a subject see
    Schema(Schema),
    /// Print completions for a shell
    Completions(Completions),
    /// Print the manual page, or write one for each command
    Man(Man),
}

#[derive(Args, Clone, Debug, Default)]
pub struct Config {
    /// Config file [default: refgate.config in the repository's config, else refgate.toml in the repository, else /etc/refgate/refgate.toml]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Check {
    #[command(flatten)]
    pub config: Config,
    /// Repository whose config is looked up
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub repository: PathBuf,
    /// Also list limits and where everything was read from
    #[arg(long, short)]
    pub verbose: bool,
}

#[derive(Args, Debug)]
pub struct People {
    #[command(flatten)]
    pub config: Config,
    /// Repository whose config is looked up
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub repository: PathBuf,
    /// Tell which keys end within this time, such as 30d or 12h
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = duration)]
    pub expires_within: Duration,
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
}

fn duration(word: &str) -> Result<Duration, String> {
    let parsed = if word.is_empty() { None } else { config::parse_duration(word) };
    parsed.ok_or_else(|| "a time such as 30d, 12h or 1d12h".to_string())
}

#[derive(Args, Debug)]
pub struct Approve {
    /// The branch, or the full name of another ref, that the commit is to become the value of
    #[arg(value_name = "REF")]
    pub ref_name: String,
    /// A full id, a full ref name, or a branch here or at a remote (origin/topic) [default: HEAD]
    #[arg(value_name = "COMMIT")]
    pub commit: Option<String>,
    /// The repository as the server calls it: owner/name, or its absolute path on a plain server; a refusal shows it
    #[arg(long, value_name = "NAME")]
    pub repository: String,
    /// The tag's name [default: one of commit and account]
    #[arg(long, value_name = "TAG")]
    pub name: Option<String>,
    /// Where to push to
    #[arg(long, value_name = "REMOTE", default_value = "origin")]
    pub remote: String,
    /// The repository at hand
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub work: PathBuf,
}

#[derive(Args, Debug)]
pub struct Judge {
    /// Full name of the ref that would move
    #[arg(value_name = "REF")]
    pub ref_name: String,
    /// Its value before: a full id, a full ref name, or 0 for none
    pub old: String,
    /// Its value after: a full id, a full ref name, or 0 to delete it
    pub new: String,
    #[command(flatten)]
    pub config: Config,
    /// The repository
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub repository: PathBuf,
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Also tell which rules were asked, what each was shown, and what it said
    #[arg(long)]
    pub explain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Json,
    Text,
}

#[derive(Args, Debug)]
pub struct Install {
    #[command(flatten)]
    pub at: At,
    #[command(flatten)]
    pub config: Config,
    /// Binary that the hook is to run [default: this one, where it really is]
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct Uninstall {
    #[command(flatten)]
    pub at: At,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Where the hook stands.
#[derive(Args, Debug)]
pub struct At {
    /// The bare repository, or what --on says
    #[arg(value_name = "PLACE")]
    pub place: PathBuf,
    /// What PLACE is
    #[arg(long, value_enum, default_value = "repository", value_name = "KIND")]
    pub on: On,
    /// With --on hooks-path: the git config file that names the folder
    #[arg(long, value_name = "FILE", default_value = GIT_CONFIG)]
    pub git_config: PathBuf,
    /// With --on gitea: the folder to make new repositories from
    #[arg(long, value_name = "DIR", default_value = GITEA_TEMPLATE)]
    pub template: PathBuf,
}

impl At {
    /// A bare repository, as if nothing more were typed.
    pub fn repository(place: PathBuf) -> Self {
        Self { place, on: On::Repository, git_config: GIT_CONFIG.into(), template: GITEA_TEMPLATE.into() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum On {
    /// A bare repository
    Repository,
    /// A folder: every bare repository below it
    Repositories,
    /// A folder of hooks for all repositories of the machine (core.hooksPath)
    HooksPath,
    /// A config file of git 2.54 or later, which names hooks itself (/etc/gitconfig)
    GitConfig,
    /// gitolite's LOCAL_CODE folder: the hook of every repository
    Gitolite,
    /// gitolite's LOCAL_CODE folder: the hook of repositories that ask for it
    GitoliteSpecific,
    /// Gitea's or Forgejo's folder of repositories
    #[value(alias = "forgejo")]
    Gitea,
    /// GitLab's folder of hooks for all projects (custom_hooks_dir), or one project's repository
    Gitlab,
}
