//! What authors of rules may type.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::{Config, Format};
use crate::input::Subject;

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

#[derive(Args, Debug)]
pub struct Input {
    /// What the rule is asked about
    pub subject: SubjectName,
    /// Only the document of this commit, tag or new value: HEAD, a branch, a tag, or a full id
    pub object: Option<String>,
    /// Ref that would move [default: the branch HEAD points to; of a tag its own]
    #[arg(long = "ref", value_name = "REF")]
    pub ref_name: Option<String>,
    /// Its value before; 0 for none [default: the first parent of the new value]
    #[arg(long)]
    pub old: Option<String>,
    /// Its value after [default: OBJECT, or what the ref is now]
    #[arg(long)]
    pub new: Option<String>,
    /// As this rule sees it where it is bound: its parameters, and only what it reads
    #[arg(long, value_name = "CODE")]
    pub rule: Option<String>,
    /// What rules were shown of a push that was logged with 'input = true', instead of what they would see
    #[arg(long, value_name = "LOG", requires = "decision", conflicts_with_all = ["ref_name", "old", "new"])]
    pub log: Option<PathBuf>,
    /// Id of that decision
    #[arg(long, value_name = "ID", requires = "log")]
    pub decision: Option<String>,
    #[command(flatten)]
    pub rule_set: RuleSet,
}

#[derive(Args, Debug)]
pub struct Replay {
    /// Decision log, written with 'input = true' in [log]
    pub log: PathBuf,
    /// Config to judge the past by
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Also list pushes that would be judged alike, and why some cannot be told
    #[arg(long, short)]
    pub verbose: bool,
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
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
