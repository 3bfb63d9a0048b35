//! The demo's stage: a bare repository, a work repository, people, and git to act with.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::signature::ThrowawayKey;

/// Someone on stage.
pub struct Person {
    pub name: &'static str,
    pub email: &'static str,
    pub key: ThrowawayKey,
}

pub struct Stage {
    folder: tempfile::TempDir,
    pub alice: Person,
    pub bob: Person,
    pub mallory: Person,
}

/// What a push came to.
pub struct Pushed {
    pub accepted: bool,
    pub said: String,
}

/// When the first commit of the demo is made, in seconds since 1970; the time does not matter to any of its rules.
const DATE: &str = "1767225600 +0000";

impl Stage {
    /// A server with `config`, which knows Alice and Bob, and does not know Mallory.
    pub fn build(config: &str) -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("refgate-demo-").tempdir().map_err(|error| error.to_string())?;
        let person = |name, email| {
            ThrowawayKey::fresh().map(|key| Person { name, email, key }).ok_or("the system gives no randomness")
        };
        let stage = Self {
            folder,
            alice: person("Alice", "alice@example.org")?,
            bob: person("Bob", "bob@example.org")?,
            mallory: person("Mallory", "mallory@example.net")?,
        };
        let people = "[alice]\nname = \"Alice\"\nemails = [\"alice@example.org\"]\ngroups = [\"security\"]\n\n\
                      [bob]\nname = \"Bob\"\nemails = [\"bob@example.org\"]\n";
        for (place, arguments) in
            [(stage.server(), ["init", "--quiet", "--bare"].as_slice()), (stage.work(), &["init", "--quiet"])]
        {
            std::fs::create_dir(&place).map_err(|error| error.to_string())?;
            stage.git(&place, arguments, b"")?;
            stage.git(&place, &["symbolic-ref", "HEAD", "refs/heads/main"], b"")?;
        }
        let signers = stage.alice.allowed_signer() + &stage.bob.allowed_signer();
        for (name, text) in [("refgate.toml", config), ("people.toml", people), ("allowed_signers", &signers)] {
            write_private(&stage.server().join(name), text)?;
        }
        stage.git(&stage.work(), &["remote", "add", "server", &stage.server().display().to_string()], b"")?;
        Ok(stage)
    }

    pub fn server(&self) -> PathBuf {
        self.folder.path().join("server.git")
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// A commit by `author` on top of the first parent's files, signed by `signer` if any. Returns its id.
    pub fn commit(
        &self,
        author: &Person,
        signer: Option<&Person>,
        parents: &[&str],
        message: &str,
        files: &[(&str, &str)],
    ) -> Result<String, String> {
        let work = self.work();
        match parents.first() {
            Some(parent) => self.git(&work, &["read-tree", parent], b"")?,
            None => self.git(&work, &["read-tree", "--empty"], b"")?,
        };
        for (path, content) in files {
            let blob = self.git(&work, &["hash-object", "-w", "--stdin"], content.as_bytes())?;
            self.git(&work, &["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{path}")], b"")?;
        }
        let tree = self.git(&work, &["write-tree"], b"")?;
        let parents: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
        let identity = format!("{} <{}> {DATE}", author.name, author.email);
        let headers = format!("tree {tree}\n{parents}author {identity}\ncommitter {identity}\n");
        let object = match signer {
            Some(signer) => {
                let armored =
                    signer.key.sign(format!("{headers}\n{message}\n").as_bytes()).ok_or("the key cannot sign")?;
                // A header that spans lines: each further line begins with a space (gitformat-signature(5)).
                format!("{headers}gpgsig {}\n\n{message}\n", armored.trim_end().replace('\n', "\n "))
            }
            None => format!("{headers}\n{message}\n"),
        };
        self.git(&work, &["hash-object", "-t", "commit", "-w", "--stdin"], object.as_bytes())
    }

    /// A signed merge of `theirs` into `ours` whose files are those of `ours` with `files` put in.
    pub fn merge(
        &self,
        by: &Person,
        ours: &str,
        theirs: &str,
        message: &str,
        files: &[(&str, &str)],
    ) -> Result<String, String> {
        self.commit(by, Some(by), &[ours, theirs], message, files)
    }

    pub fn push(&self, arguments: &[&str]) -> Result<Pushed, String> {
        let mut all = vec!["push", "server"];
        all.extend(arguments);
        let output = self.run(&self.work(), &all, b"")?;
        Ok(Pushed { accepted: output.status.success(), said: String::from_utf8_lossy(&output.stderr).into_owned() })
    }

    fn git(&self, folder: &std::path::Path, arguments: &[&str], stdin: &[u8]) -> Result<String, String> {
        let output = self.run(folder, arguments, stdin)?;
        if !output.status.success() {
            return Err(format!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim_end()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_string())
    }

    /// Runs git with nothing of the caller's environment but PATH.
    fn run(&self, folder: &std::path::Path, arguments: &[&str], stdin: &[u8]) -> Result<Output, String> {
        let mut git = Command::new("git");
        git.env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C")
            .current_dir(folder)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let cannot = |error: std::io::Error| format!("git: {error}");
        let mut child = git.spawn().map_err(cannot)?;
        if let Some(mut pipe) = child.stdin.take() {
            pipe.write_all(stdin).map_err(cannot)?;
        }
        child.wait_with_output().map_err(cannot)
    }
}

/// Writes a file that only its owner may change, whatever the umask.
fn write_private(path: &std::path::Path, text: &str) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).map_err(|error| error.to_string())?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).map_err(|error| error.to_string())
}
