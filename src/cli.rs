//! The command line: what may be typed, in words for whoever types it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

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
    /// The bare repository
    pub repository: PathBuf,
    #[command(flatten)]
    pub config: Config,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct Uninstall {
    /// The bare repository
    pub repository: PathBuf,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}
