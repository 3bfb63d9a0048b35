//! One file for each command. Thin: they read the outside world, call rooms, and print what rooms say.

mod approve;
mod check;
mod completions;
mod demo;
mod edge;
mod explain;
mod init;
mod input;
mod install;
mod judge;
mod man;
mod operator;
mod people;
mod pre_receive;
mod replay;
mod rules;
mod schema;
mod test;
mod watch;

use std::ffi::OsString;
use std::path::Path;

use clap::Parser;

use crate::cli::{Cli, Command, Config};

/// Runs what the arguments ask for; called by the name `pre-receive`, that is the hook. Returns the exit code.
pub fn run(arguments: impl Iterator<Item = OsString>) -> u8 {
    let arguments: Vec<OsString> = arguments.collect();
    let called = arguments.first().map(Path::new).and_then(Path::file_name);
    if called.is_some_and(|name| name == "pre-receive") {
        return pre_receive::run(&Config::default());
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { 2 } else { 0 };
        }
    };
    match cli.command {
        Command::PreReceive(config) => pre_receive::run(&config),
        Command::People(people) => people::run(&people),
        Command::Approve(approve) => approve::run(&approve),
        Command::Check(check) => check::run(&check),
        Command::Judge(judge) => judge::run(&judge),
        Command::Install(install) => install::run(&install),
        Command::Uninstall(uninstall) => install::undo(&uninstall),
        Command::Demo => demo::run(),
        Command::Init(init) => init::run(&init),
        Command::Test(test) => test::run(&test),
        Command::Rules(rules) => rules::run(&rules),
        Command::Input(input) => input::run(&input),
        Command::Replay(replay) => replay::run(&replay),
        Command::Schema(schema) => schema::run(&schema),
        Command::Completions(completions) => completions::run(&completions),
        Command::Man(man) => man::run(&man),
    }
}
