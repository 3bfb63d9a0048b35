//! Real pushes to a real server, judged by nobody, by git's own plumbing, by other programs, and by refgate: what each
//! way costs, side by side in one run. Times say little on a busy machine: read ratios.
//!
//! | `cargo bench --bench push -- …` | |
//! |---|---|
//! | | plays every row |
//! | `"1 commit" …` | plays those whose name holds the words |
//! | `results` | plays every row and prints all of `RESULTS.md` |
//! | `growth` | prints `growth.svg`: how the cost grows, with what |
//! | `instructions` | counts refgate's instructions by callgrind |
//! | `keep <folder> "1,000 commits, SSH"` | plays nothing and leaves what a profiler needs |

mod cost;
mod desk;
mod floor;
mod growth;
mod hook;
mod instructions;
mod kept;
mod machine;
mod play;
mod plot;
mod repository;
mod results;
mod signer;
mod work;

use std::path::Path;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["floor", keys] => floor::run(keys),
        ["growth"] => growth::print(),
        ["hook", ..] => cost::run(&arguments[1..]),
        ["instructions"] => instructions::print(),
        ["keep", folder, row] => keep(Path::new(folder), row),
        ["results"] => results::print(),
        _ => rows(&words),
    }
}

fn rows(wanted: &[&str]) {
    println!("{}", play::HEAD);
    for row in work::rows().iter().filter(|row| wanted.is_empty() || wanted.iter().any(|word| row.name.contains(word)))
    {
        play::play(row).lines().iter().for_each(|line| println!("{line}"));
    }
    println!("\n{}", machine::sq_git());
}

fn keep(folder: &Path, wanted: &str) {
    let rows = work::rows();
    let row = rows.iter().find(|row| row.name.contains(wanted)).expect("there is such a row");
    println!("{}", kept::Kept::new(folder, row).shell());
}
