//! The edge: arguments, environment, files and clock in, exit code out. Decides nothing.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A push makes many small documents on several threads at once: this takes a fifth off what it costs.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(refgate::commands::run(std::env::args_os()))
}
