//! `refgate completions`: what a shell has to know to complete our commands.

use clap::CommandFactory;

use crate::cli::{Cli, Completions};

use super::edge;

pub fn run(options: &Completions) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "refgate", &mut script);
    edge::answer(&String::from_utf8_lossy(&script));
    0
}
