//! How many instructions refgate takes, by callgrind: what seconds on a busy machine cannot tell.

use std::process::{Command, Stdio};

use crate::kept::{Kept, REFGATE};
use crate::work::{self, Work};

/// The rows that are counted.
const COUNTED: [&str; 4] = [
    "1 commit, SSH Ed25519",
    "1 commit, OpenPGP Ed25519",
    "1,000 commits, SSH Ed25519",
    "1,000 commits, OpenPGP Ed25519",
];

/// Counts each row twice, so that it shows how far the number can be trusted.
pub fn print() {
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("valgrind is not on this machine.");
        return;
    }
    println!("| push | instructions | a second time |\n|---|--:|--:|");
    for row in work::rows().iter().filter(|row| COUNTED.contains(&row.name)) {
        let [first, second] = count(row);
        println!("| {} | {first} | {second} |", row.name);
    }
}

fn count(row: &Work) -> [String; 2] {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let kept = Kept::new(folder.path(), row);
    [(); 2].map(|()| {
        let judged = kept
            .judge("valgrind", &["--tool=callgrind", "--callgrind-out-file=/dev/null", REFGATE])
            .output()
            .expect("valgrind runs");
        let told = String::from_utf8_lossy(&judged.stderr);
        assert!(judged.status.success(), "{told}");
        let count = told.lines().find_map(|line| line.split_once("Collected : ")).expect("callgrind says it");
        let millions = count.1.trim().parse::<f64>().expect("a number") / 1e6;
        format!("{millions:.1} million")
    })
}
