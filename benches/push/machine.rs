//! On what machine, with which programs, and when.

use std::fs;
use std::io::BufRead;
use std::process::Command;

use crate::hook;

/// Lines of a list in markdown.
pub fn print() {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    println!("- {} x {}, {} of memory", processors, field("/proc/cpuinfo", "model name"), memory());
    println!("- {}; load when this began: {}", said("uname", &["-sr"]), load());
    println!("- {}; {}; {}", said("git", &["--version"]), said("rustc", &["--version"]), sq_git());
    let revision = said("git", &["-C", env!("CARGO_MANIFEST_DIR"), "describe", "--always", "--dirty"]);
    println!("- refgate {} ({revision}), on {}", env!("CARGO_PKG_VERSION"), said("date", &["-u", "+%Y-%m-%d"]));
}

/// Its version, or that it is missing.
pub fn sq_git() -> String {
    match hook::sq_git().arg("version").output() {
        // It says so on stderr.
        Ok(output) => [output.stdout, output.stderr].concat().lines().next().and_then(Result::ok).unwrap_or_default(),
        Err(_) => "sq-git is not on this machine, so its lines are left out".to_string(),
    }
}

fn memory() -> String {
    let kibibytes = field("/proc/meminfo", "MemTotal");
    let kibibytes: u64 = kibibytes.trim_end_matches(" kB").parse().unwrap_or_default();
    format!("{} GiB", kibibytes.div_ceil(1024 * 1024))
}

fn load() -> String {
    fs::read_to_string("/proc/loadavg").unwrap_or_default().split(' ').next().unwrap_or_default().to_string()
}

fn field(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_once(':').map_or(String::new(), |(_, value)| value.trim().to_string())
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect("it is there");
    String::from_utf8_lossy(&output.stdout).trim().to_string()
}
