//! The command line: what may be typed, in words for whoever types it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::input::Subject;

/// The config file of git on the whole machine (git-config(1), `--system`).
const GIT_CONFIG: &str = "/etc/gitconfig";

/// What Gitea makes new repositories from, once its app.ini says so.
const GITEA_TEMPLATE: &str = "/etc/refgate/gitea-template";

/// Judges every push to a Git server by rules written in Rego
#[derive(Debug, Parser)]
#[command(name = "refgate", version, disable_help_subcommand = true)]
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

#[derive(Args, Debug)]
pub struct Init {
    /// Where to write; made if it does not exist
    #[arg(default_value = ".")]
    pub folder: PathBuf,
}

#[derive(Args, Debug)]
pub struct Test {
    /// Rule files or folders, in the place of the config's own [default: 'path' of [policies]]
    #[arg(conflicts_with = "shipped")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub rule_set: RuleSet,
    /// Test the shipped rules
    #[arg(long)]
    pub shipped: bool,
    /// Only tests in whose 'package.name' this stands
    #[arg(long, value_name = "WORD")]
    pub run: Option<String>,
    /// Tell which lines of rules no test evaluates
    #[arg(long)]
    pub coverage: bool,
    /// Fail when fewer lines than this are evaluated, in percent
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub threshold: Option<f64>,
    #[arg(long, value_enum, default_value = "text")]
    pub format: TestFormat,
    /// Also list what passed, and what tests print
    #[arg(long, short)]
    pub verbose: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    Json,
    Junit,
    Text,
}

fn percent(word: &str) -> Result<f64, String> {
    match word.trim_end_matches('%').parse::<f64>() {
        Ok(number) if (0.0..=100.0).contains(&number) => Ok(number),
        _ => Err("a number from 0 to 100".to_string()),
    }
}

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Rules {
    #[command(subcommand)]
    pub action: Option<RulesAction>,
    #[command(flatten)]
    pub rule_set: RuleSet,
    /// Print the reference of all shipped rules in Markdown
    #[arg(long)]
    pub markdown: bool,
}

#[derive(Debug, Subcommand)]
pub enum RulesAction {
    /// Tell what a rule refuses, its parameters, and how a refusal reads
    Show {
        /// Code of the rule, such as commit.signed
        code: String,
        #[command(flatten)]
        rule_set: RuleSet,
    },
    /// Copy a shipped rule and its test, under a name of its own, to be changed
    Eject(Eject),
}

#[derive(Args, Debug)]
pub struct Eject {
    /// Code of the shipped rule, such as commit.signed
    pub code: String,
    /// Name of the copy, after the subject [default: our_ and the name]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Your folder of rules
    #[arg(long, value_name = "FOLDER", default_value = "policies")]
    pub into: PathBuf,
}

/// Which rules there are besides the shipped ones.
#[derive(Args, Clone, Debug)]
pub struct RuleSet {
    #[command(flatten)]
    pub config: Config,
    /// Repository whose config is looked up
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub repository: PathBuf,
}

#[derive(Args, Debug)]
pub struct Schema {
    /// What the rule is asked about
    pub subject: SubjectName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SubjectName {
    Commit,
    Push,
    Tag,
    Update,
}

#[derive(Args, Debug)]
pub struct Completions {
    pub shell: Shell,
}

#[derive(Args, Debug)]
pub struct Man {
    /// Write refgate.1 and a page for each command into this folder
    #[arg(long, value_name = "FOLDER")]
    pub into: Option<PathBuf>,
}

impl From<SubjectName> for Subject {
    fn from(name: SubjectName) -> Self {
        match name {
            SubjectName::Commit => Self::Commit,
            SubjectName::Push => Self::Push,
            SubjectName::Tag => Self::Tag,
            SubjectName::Update => Self::Update,
        }
    }
}
