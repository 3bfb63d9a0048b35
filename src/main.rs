//! The edge: arguments, environment, files and clock in, exit code out. Decides nothing.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(refgate::commands::run(std::env::args_os()))
}
