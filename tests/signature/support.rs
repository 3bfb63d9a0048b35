//! The real `gpg`, `ssh-keygen` and `git`, each run with an environment of its own in a folder that goes away.

pub mod wire;

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use refgate::facts::Status;
use refgate::signature::{KeyFile, KeyMaterial, Keyring, Moments, Verification};
use refgate::time::Time;

/// A folder with keys in it.
pub struct Workshop {
    folder: tempfile::TempDir,
}

impl Workshop {
    /// The path is short: `gpg-agent` puts a socket into it.
    pub fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("rg").tempdir_in("/tmp").expect("a temporary folder") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path(name), bytes).expect("a written file");
        self.path(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("a readable file")
    }

    pub fn key_file(&self, name: &str) -> KeyFile {
        KeyFile { path: self.path(name), bytes: self.read(name) }
    }

    /// Runs a program here and hands over whatever it says.
    pub fn try_run<S: AsRef<OsStr>>(&self, program: &str, arguments: &[S], input: &[u8]) -> Output {
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs([("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LC_ALL", "C"), ("TZ", "UTC")])
            .envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0")])
            .env("HOME", self.folder.path())
            .env("GNUPGHOME", self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a program that starts");
        // A program that does not want its input closes the pipe early.
        let _ = child.stdin.take().expect("a piped stdin").write_all(input);
        child.wait_with_output().expect("a program that ends")
    }

    /// Runs a program that must succeed, and hands over its output.
    #[track_caller]
    pub fn run<S: AsRef<OsStr>>(&self, program: &str, arguments: &[S], input: &[u8]) -> Vec<u8> {
        let output = self.try_run(program, arguments, input);
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Makes an SSH key `name` beside `name.pub`, and hands over `type base64`.
    #[track_caller]
    pub fn ssh_key(&self, name: &str, kind: &[&str]) -> String {
        let mut arguments = vec!["-q", "-N", "", "-C", "", "-f", name, "-t"];
        arguments.extend(kind);
        self.run("ssh-keygen", &arguments, b"");
        String::from_utf8(self.read(&format!("{name}.pub"))).expect("text").trim().to_string()
    }

    /// Signs with the private key in `name`.
    #[track_caller]
    pub fn ssh_sign(&self, name: &str, payload: &[u8], options: &[&str]) -> Vec<u8> {
        let mut arguments = vec!["-q", "-Y", "sign", "-f", name];
        if !options.contains(&"-n") {
            arguments.extend(["-n", "git"]);
        }
        arguments.extend(options);
        self.run("ssh-keygen", &arguments, payload)
    }

    /// `SHA256:<base64>` of a public key file.
    pub fn ssh_fingerprint(&self, name: &str) -> String {
        let words = self.run("ssh-keygen", &["-l", "-f", name], b"");
        String::from_utf8(words).expect("text").split(' ').nth(1).expect("a fingerprint").to_string()
    }

    /// Runs gpg at a moment of its own, written `YYYYMMDD` or `YYYYMMDDTHHMMSS`.
    #[track_caller]
    pub fn gpg(&self, date: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut all = vec!["--batch", "--yes"];
        all.extend(arguments);
        self.gpg_dialogue(date, &all, input)
    }

    /// The same, where gpg reads its answers from `input`.
    #[track_caller]
    pub fn gpg_dialogue(&self, date: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let time = if date.contains('T') { "" } else { "T000000" };
        let faked = format!("--faked-system-time={date}{time}!");
        let mut all = vec!["--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", ""];
        all.extend([faked.as_str(), "--trust-model", "always", "--no-auto-check-trustdb"]);
        all.extend(arguments);
        self.run("gpg", &all, input)
    }

    /// Makes a key that certifies and signs, and hands over its fingerprint.
    pub fn gpg_key(&self, date: &str, name: &str, kind: &str, lifetime: &str) -> String {
        self.gpg(date, &["--quick-generate-key", name, kind, "sign", lifetime], b"");
        self.gpg_fingerprint(name)
    }

    /// Revokes a certificate for one of the reasons that gpg numbers: 0 none, 1 compromised, 2 superseded, 3 retired.
    pub fn gpg_revoke(&self, date: &str, name: &str, reason: u8) {
        let answers = format!("y\n{reason}\n\ny\n");
        let arguments = ["--command-fd", "0", "--armor", "--gen-revoke", name];
        let revocation = self.gpg_dialogue(date, &arguments, answers.as_bytes());
        self.gpg(date, &["--import"], &revocation);
    }

    /// The fingerprint of the certificate that gpg finds by this name.
    pub fn gpg_fingerprint(&self, name: &str) -> String {
        let listing = self.gpg("20300101", &["--with-colons", "--list-keys", name], b"");
        let listing = String::from_utf8(listing).expect("text");
        let line = listing.lines().find(|line| line.starts_with("fpr:")).expect("a fingerprint");
        line.split(':').nth(9).expect("a fingerprint").to_string()
    }

    /// Exports the certificate that gpg finds by this name into `file`.
    pub fn gpg_export(&self, name: &str, file: &str) -> KeyFile {
        self.write(file, self.gpg("20300101", &["--export", "--armor", name], b""));
        self.key_file(file)
    }

    /// A detached signature as git asks gpg for one (`gpg -bsau <key>`).
    #[track_caller]
    pub fn gpg_sign(&self, date: &str, name: &str, payload: &[u8], options: &[&str]) -> Vec<u8> {
        let mut arguments = options.to_vec();
        arguments.extend(["-bsau", name]);
        self.gpg(date, &arguments, payload)
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let home: &Path = self.folder.path();
        if fs::read_dir(home)
            .is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(|e| e.file_name() == "private-keys-v1.d")))
        {
            self.try_run("gpgconf", &["--kill", "all"], b"");
        }
    }
}

/// A repeatable choice, good enough to mix things with.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.roll(from.len())]
    }

    /// One to four bytes changed, taken out, doubled or put in.
    pub fn bend(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bent = bytes.to_vec();
        for _ in 0..=self.roll(4) {
            let place = self.roll(bent.len().max(1));
            let byte = u8::try_from(self.roll(256)).expect("a byte");
            match self.roll(5) {
                _ if bent.is_empty() => bent.push(byte),
                0 => bent[place] ^= 1 << self.roll(8),
                1 => bent[place] = byte,
                2 => bent.insert(place, byte),
                3 => bent.truncate(place),
                _ => drop(bent.remove(place)),
            }
        }
        bent
    }
}

/// Midnight UTC of a date written `YYYYMMDD`.
pub fn date(text: &str) -> Time {
    let part = |from: usize, to: usize| text[from..to].parse::<i16>().expect("a number");
    let date = jiff::civil::date(part(0, 4), part(4, 6) as i8, part(6, 8) as i8);
    Time(date.to_zoned(jiff::tz::TimeZone::UTC).expect("a date").timestamp().as_second())
}

/// Received on one date, with a signer who claims another.
pub fn moments(received: &str, claimed: &str) -> Moments {
    Moments { claimed: date(claimed), received: date(received), tolerance: Duration::from_secs(300) }
}

#[track_caller]
pub fn load(material: &KeyMaterial) -> Keyring {
    match Keyring::load(material) {
        Ok((keyring, _)) => keyring,
        Err(problems) => {
            let words: Vec<String> = problems.iter().map(|problem| problem.render()).collect();
            panic!("{}", words.join("\n"))
        }
    }
}

/// A keyring of one `allowed_signers` file.
#[track_caller]
pub fn signers(text: &str) -> Keyring {
    load(&KeyMaterial { allowed_signers: vec![allowed(text)], ..KeyMaterial::default() })
}

pub fn allowed(text: &str) -> KeyFile {
    KeyFile { path: PathBuf::from("allowed_signers"), bytes: text.as_bytes().to_vec() }
}

/// Status and status at signing.
pub fn both(verification: &Verification) -> (Status, Status) {
    (verification.status, verification.at_signing)
}
