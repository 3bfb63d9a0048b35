//! A client of receive-pack that sends what a test says, however wrong: the other half of gitprotocol-pack(5).
//!
//! It checks nothing on the way. What matters afterwards is what the repository holds, not what was reported.

use std::process::Command;

use crate::stage::{Outcome, Server, Snapshot, Told, program, run};

/// A push put together by hand.
#[must_use = "it is sent by `send`"]
pub struct Wire<'a> {
    server: &'a Server,
    capabilities: String,
    shallow: Vec<String>,
    commands: Vec<Vec<u8>>,
    certificate: Option<Vec<u8>>,
    options: Option<Vec<Vec<u8>>>,
    pack: Vec<u8>,
    variables: Vec<(String, String)>,
}

/// What receive-pack answered, and the repository before and after.
#[must_use = "say what should have happened"]
pub struct Answer {
    /// `unpack ok`, `ok <ref>`, `ng <ref> <why>`: git's report, empty when it gave none.
    pub report: Vec<String>,
    /// What the hook, and receive-pack itself, said.
    pub told: Told,
    before: Snapshot,
    after: Snapshot,
    outcome: Outcome,
}

impl<'a> Wire<'a> {
    pub fn to(server: &'a Server) -> Self {
        Self {
            server,
            capabilities: format!("report-status side-band-64k agent=stage object-format={}", server.format()),
            shallow: Vec::new(),
            commands: Vec::new(),
            certificate: None,
            options: None,
            pack: Vec::new(),
            variables: Vec::new(),
        }
    }

    /// One command; the name may be any bytes but NUL.
    pub fn command(mut self, old: &str, new: &str, name: impl AsRef<[u8]>) -> Self {
        self.commands.push([format!("{old} {new} ").as_bytes(), name.as_ref()].concat());
        self
    }

    /// A further capability to ask for: `atomic`.
    pub fn capability(mut self, name: &str) -> Self {
        self.capabilities += &format!(" {name}");
        self
    }

    /// Objects to send along, as git-pack-objects(1) writes them.
    pub fn pack(mut self, bytes: Vec<u8>) -> Self {
        self.pack = bytes;
        self
    }

    /// A push option, any bytes.
    pub fn option(mut self, option: impl AsRef<[u8]>) -> Self {
        self.options.get_or_insert_default().push(option.as_ref().to_vec());
        self
    }

    /// The client's history ends at this commit.
    pub fn shallow(mut self, id: &str) -> Self {
        self.shallow.push(id.to_string());
        self
    }

    /// A push certificate: the whole text, signature included. Its commands count, and so do those of
    /// [`Self::command`].
    pub fn certificate(mut self, text: &str) -> Self {
        self.certificate = Some(text.as_bytes().to_vec());
        self
    }

    /// A variable in receive-pack's environment.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_string(), value.to_string()));
        self
    }

    pub fn send(self) -> Answer {
        let before = self.server.snapshot();
        let finished = run(&mut self.receive_pack(), &self.request());
        let (report, mut words) = read_answer(&finished.stdout);
        words.extend_from_slice(&finished.stderr);
        let told = Told::new(words.clone());
        let mut outcome = Outcome::new(self.server, finished, before.clone());
        outcome.succeeded = report.first().is_some_and(|line| line == "unpack ok")
            && report[1..].iter().all(|line| line.starts_with("ok "));
        outcome.told = Told::new([words, b"\n".to_vec(), report.join("\n").into_bytes()].concat());
        Answer { report, told, after: outcome.after.clone(), before, outcome }
    }

    /// The program that a server would start.
    pub fn receive_pack(&self) -> Command {
        let mut command = program("git", self.server.folder());
        command.arg("receive-pack").arg(self.server.repository());
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command
    }

    /// Everything that the client says.
    pub fn request(&self) -> Vec<u8> {
        let mut capabilities = self.capabilities.clone();
        if self.options.is_some() {
            capabilities += " push-options";
        }
        let mut bytes = Vec::new();
        for id in &self.shallow {
            packet(&mut bytes, format!("shallow {id}").as_bytes());
        }
        for (position, command) in self.commands.iter().enumerate() {
            let asked = if position == 0 { [b"\0 ", capabilities.as_bytes()].concat() } else { Vec::new() };
            packet(&mut bytes, &[command.as_slice(), &asked].concat());
        }
        if let Some(certificate) = &self.certificate {
            packet(&mut bytes, &[b"push-cert\0 ", capabilities.as_bytes()].concat());
            // Git puts the packets together again, so a line may be longer than one.
            for line in certificate.split_inclusive(|&byte| byte == b'\n') {
                line.chunks(PACKET_BYTES).for_each(|part| packet(&mut bytes, part));
            }
            packet(&mut bytes, b"push-cert-end\n");
        }
        bytes.extend_from_slice(b"0000");
        if let Some(options) = &self.options {
            for option in options {
                packet(&mut bytes, option);
            }
            bytes.extend_from_slice(b"0000");
        }
        bytes.extend_from_slice(&self.pack);
        bytes
    }
}

impl Answer {
    /// refgate accepted and git moved every ref.
    #[track_caller]
    pub fn accepted(self) -> Told {
        self.outcome.accepted()
    }

    /// refgate refused with these words, and nothing is left behind; as [`Outcome::refused`]. Gives the words without
    /// git's report, which repeats names as the client sent them.
    #[track_caller]
    pub fn refused(self, words: &str) -> Told {
        self.outcome.refused(words);
        self.told
    }

    /// As [`Outcome::declined`].
    #[track_caller]
    pub fn declined(self) -> Told {
        self.outcome.declined()
    }

    /// As [`Outcome::changed_nothing`].
    #[track_caller]
    pub fn changed_nothing(self) -> Told {
        self.outcome.changed_nothing()
    }

    /// Whoever stopped it and whatever was said: the repository is as it was.
    #[track_caller]
    pub fn left_nothing(self) -> Told {
        let differences = self.before.differences(&self.after);
        assert!(differences.is_empty(), "these should be as they were: {differences:#?}\n{}", self.told.plain);
        self.told
    }
}

/// Fewer than fit into one packet (gitprotocol-common(5)).
const PACKET_BYTES: usize = 65_000;

/// A pkt-line: four hex digits of the whole length, then the bytes.
fn packet(bytes: &mut Vec<u8>, payload: &[u8]) {
    bytes.extend_from_slice(format!("{:04x}", payload.len() + 4).as_bytes());
    bytes.extend_from_slice(payload);
}

/// The pkt-lines of a stream; `None` for a flush. Ends at the first thing that is none.
fn packets(mut bytes: &[u8]) -> Vec<Option<&[u8]>> {
    let mut found = Vec::new();
    while let Some((digits, rest)) = bytes.split_at_checked(4) {
        let Some(length) = std::str::from_utf8(digits).ok().and_then(|text| usize::from_str_radix(text, 16).ok())
        else {
            break;
        };
        if length < 4 {
            found.push(None);
            bytes = rest;
            continue;
        }
        let Some((payload, after)) = rest.split_at_checked(length - 4) else { break };
        found.push(Some(payload));
        bytes = after;
    }
    found
}

/// Git's report (band 1) and the words for people (bands 2 and 3), after the advertisement of refs.
fn read_answer(stdout: &[u8]) -> (Vec<String>, Vec<u8>) {
    let mut report = Vec::new();
    let mut words = Vec::new();
    for packet in packets(stdout).into_iter().skip_while(Option::is_some).flatten() {
        match packet.split_first() {
            Some((1, band)) => report.extend_from_slice(band),
            Some((2 | 3, band)) => words.extend_from_slice(band),
            _ => {}
        }
    }
    let lines = packets(&report).into_iter().flatten().map(|line| String::from_utf8_lossy(line).trim_end().to_string());
    (lines.collect(), words)
}
