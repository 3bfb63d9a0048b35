//! `refgate replay`: which pushes of the decision log another config would judge differently.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::{Format, Replay};
use crate::gate::{self, Prospect, Replayed};
use crate::problem::render_all;
use crate::record::Past;
use crate::report::clean;
use crate::setup::Setup;
use crate::verdict::Violation;

use super::edge;

pub fn run(options: &Replay) -> u8 {
    let setup = match Setup::load(&options.config) {
        Ok(setup) => setup,
        Err(problems) => {
            edge::tell(&format!("{}\n\nrefgate: nothing was replayed\n", render_all(&problems)));
            return 2;
        }
    };
    match replay(&setup, &options.log, |past, replayed| tell(options, past, replayed)) {
        Ok(tally) => {
            if options.format == Format::Text {
                edge::answer(&tally.words());
            }
            u8::from(tally.refused + tally.clean > 0)
        }
        Err(cause) => {
            edge::tell(&format!("refgate: {}: {cause}\n", options.log.display()));
            2
        }
    }
}

/// How many pushes came out how.
#[derive(Default)]
struct Tally {
    pushes: usize,
    /// Accepted then, and would be refused.
    refused: usize,
    /// Refused then, and would be accepted.
    clean: usize,
    unknown: usize,
    unjudged: usize,
}

/// What became of one push.
enum Change {
    Alike,
    NowClean,
    NowRefused,
    Unjudged,
    Unknown,
}

impl Change {
    fn of(past: &Past, replayed: &Replayed) -> Self {
        match (past.result.verdict.as_str(), replayed.prospect) {
            ("accepted", Prospect::Refused) => Self::NowRefused,
            ("refused", Prospect::Clean) => Self::NowClean,
            ("accepted", Prospect::Clean) | ("refused", Prospect::Refused) => Self::Alike,
            ("accepted" | "refused", Prospect::Unknown) => Self::Unknown,
            _ => Self::Unjudged,
        }
    }

    fn words(&self) -> &'static str {
        match self {
            Self::Alike => "would be judged alike",
            Self::NowClean => "was refused, would be accepted",
            Self::NowRefused => "was accepted, would be refused",
            Self::Unjudged => "could not be judged then",
            Self::Unknown => "cannot be told",
        }
    }
}

fn replay(setup: &Setup, log: &Path, tell: impl Fn(&Past, &Replayed)) -> Result<Tally, String> {
    let file = File::open(log).map_err(|error| format!("cannot be read: {error}"))?;
    let mut tally = Tally::default();
    for (index, line) in BufReader::new(file).split(b'\n').enumerate() {
        let line = line.map_err(|error| format!("line {}: {error}", index + 1))?;
        let line = String::from_utf8_lossy(&line);
        if line.trim().is_empty() {
            continue;
        }
        let past = match Past::parse(&line) {
            Ok(past) => past,
            // Whoever wrote it was killed before it was whole, and so before anybody could act on it.
            Err(error) if error.is_eof() => {
                edge::tell(&format!(
                    "refgate: line {} was cut off when it was written, and is passed over\n",
                    index + 1
                ));
                continue;
            }
            Err(error) => return Err(format!("line {} is no decision: {error}", index + 1)),
        };
        let replayed = gate::replay(setup, &past);
        tally.pushes += 1;
        match Change::of(&past, &replayed) {
            Change::Alike => {}
            Change::NowClean => tally.clean += 1,
            Change::NowRefused => tally.refused += 1,
            Change::Unjudged => tally.unjudged += 1,
            Change::Unknown => tally.unknown += 1,
        }
        tell(&past, &replayed);
    }
    Ok(tally)
}

fn tell(options: &Replay, past: &Past, replayed: &Replayed) {
    let change = Change::of(past, replayed);
    let differs = matches!(change, Change::NowClean | Change::NowRefused);
    if !(differs || options.verbose) {
        return;
    }
    match options.format {
        Format::Json => edge::answer_json(&format!("{}\n", document(past, replayed, &change))),
        Format::Text => edge::answer(&words(past, replayed, &change)),
    }
}

fn words(past: &Past, replayed: &Replayed, change: &Change) -> String {
    let mut words = format!(
        "{}  {}  {}  {}\n  {}\n",
        clean(&past.decision_id),
        clean(&past.timestamp),
        clean(&past.requested_by),
        clean(past.repository()),
        change.words()
    );
    for violation in &replayed.violations {
        words += &format!("    {}{}: {}\n", place(violation), violation.code, clean(&violation.message));
    }
    if let Change::NowClean = change {
        for one in &past.result.violations {
            words += &format!("    no longer: {}: {}\n", clean(&one.code), clean(&one.message));
        }
    }
    for reason in &replayed.unknown {
        words += &format!("    not known: {}\n", clean(reason));
    }
    words + "\n"
}

fn place(violation: &Violation) -> String {
    let place = &violation.place;
    let commit: String = place.commit.chars().take(7).collect();
    match (place.ref_name.is_empty(), commit.is_empty()) {
        (true, _) => String::new(),
        (false, true) => format!("{}  ", clean(&place.ref_name)),
        (false, false) => format!("{}  {commit} \"{}\"  ", clean(&place.ref_name), clean(&place.subject)),
    }
}

fn document(past: &Past, replayed: &Replayed, change: &Change) -> Value {
    let prospect = match replayed.prospect {
        Prospect::Clean => "accepted",
        Prospect::Refused => "refused",
        Prospect::Unknown => "unknown",
    };
    json!({
        "decision_id": past.decision_id,
        "timestamp": past.timestamp,
        "repository": past.repository(),
        "was": past.result.verdict,
        "would_be": prospect,
        "differs": matches!(change, Change::NowClean | Change::NowRefused),
        "violations": replayed.violations,
        "unknown": replayed.unknown,
    })
}

impl Tally {
    fn words(&self) -> String {
        let pushes = if self.pushes == 1 { "1 push".to_string() } else { format!("{} pushes", self.pushes) };
        let alike = self.pushes - self.refused - self.clean - self.unknown - self.unjudged;
        let mut words = format!(
            "{pushes}: {} would be refused that were accepted, {} accepted that were refused, {alike} judged alike",
            self.refused, self.clean
        );
        if self.unknown > 0 {
            words += &format!(", {} cannot be told", self.unknown);
        }
        if self.unjudged > 0 {
            words += &format!(", {} could not be judged then", self.unjudged);
        }
        let why = if self.unknown > 0 { "`--verbose` tells why some cannot be told.\n" } else { "" };
        format!("{words}\nPeople and keys are as they were then.\n{why}")
    }
}
