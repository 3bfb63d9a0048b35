//! What programs cost: time on the clock, time of processors, memory.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// What the programs of one run used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    pub wall: Duration,
    /// User and system time.
    pub cpu: Duration,
    /// The largest of the processes, in KiB.
    pub memory: u64,
}

/// Runs a command and measures it with all it waits for; `None` when it fails. To be called in a process that has
/// waited for nothing larger before.
pub fn measure(command: &mut Command) -> Option<Cost> {
    let used = || {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel counts");
        let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
        (Duration::from_micros(microseconds as u64), usage.max_rss() as u64)
    };
    let (before, started) = (used().0, Instant::now());
    let status = command.status().expect("the command runs");
    let wall = started.elapsed();
    let (after, memory) = used();
    assert_eq!(status.signal(), None, "{command:?}");
    status.success().then_some(Cost { wall, cpu: after - before, memory })
}

/// `hook <where to write> <program> …`: what git runs as the hook, so that its cost is told apart from git's.
pub fn run(arguments: &[String]) {
    let mut command = Command::new(&arguments[1]);
    command.args(&arguments[2..]);
    let cost = measure(&mut command);
    let Some(cost) = cost else { std::process::exit(1) };
    let mut file = File::options().create(true).append(true).open(&arguments[0]).expect("the cost can be written");
    writeln!(file, "{} {} {}", cost.wall.as_micros(), cost.cpu.as_micros(), cost.memory).expect("there is room");
}

/// Reads what [`run`] wrote, run by run; nothing where it never ran.
pub fn written(path: &Path) -> Vec<Cost> {
    let cost = |line: &str| {
        let numbers: Vec<u64> = line.split(' ').map(|word| word.parse().expect("a number")).collect();
        let [wall, cpu, memory] = numbers[..] else { panic!("'{line}' is no cost") };
        Cost { wall: Duration::from_micros(wall), cpu: Duration::from_micros(cpu), memory }
    };
    fs::read_to_string(path).unwrap_or_default().lines().map(cost).collect()
}

/// The one in the middle.
pub fn median(costs: &[Cost], of: impl Fn(&Cost) -> Duration) -> Duration {
    let mut all: Vec<Duration> = costs.iter().map(of).collect();
    all.sort();
    all.get(all.len() / 2).copied().unwrap_or_default()
}
