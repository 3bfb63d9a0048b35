//! A person at work: an own clone, an own home with own keys, and real git, gpg and ssh-keygen to sign with.

use std::cell::{Cell, RefCell};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::stage::outcome::Outcome;
use crate::stage::people::{Key, Person, read_fixture};
use crate::stage::program::{Finished, program, run};
use crate::stage::pushing::Pushing;
use crate::stage::raw::Signed;
use crate::stage::server::Server;

/// Somebody with a work folder on a branch `main`. Methods that act on it return `&Self`, so that a story reads on.
pub struct Developer<'a> {
    server: &'a Server,
    home: PathBuf,
    key: Cell<Option<Key>>,
    name: RefCell<String>,
    email: RefCell<String>,
    /// The date of what is made, instead of the next second of the story.
    date: RefCell<Option<String>>,
    _agent: Option<Agent>,
}

/// The agent that gpg starts for a home: it must end with the developer.
struct Agent {
    home: PathBuf,
}

impl Drop for Agent {
    fn drop(&mut self) {
        // One that is left would end by itself when its folder is gone; not waiting for that keeps the machine clean.
        let _ = run(program("gpgconf", &self.home).args(["--kill", "gpg-agent"]), b"");
    }
}

impl<'a> Developer<'a> {
    pub fn new(server: &'a Server, person: &'static Person) -> Self {
        let home = server.new_home(person.id);
        fs::create_dir_all(home.join("work")).expect("the stage can make folders");
        let developer = Self {
            server,
            home: home.clone(),
            key: Cell::new(person.keys.first().copied()),
            name: RefCell::new(person.name.to_string()),
            email: RefCell::new(person.email.to_string()),
            date: RefCell::new(None),
            _agent: person.keys.iter().any(|key| matches!(key, Key::OpenPgp(_))).then(|| Agent { home }),
        };
        developer.fetch_keys(person);
        let format = format!("--object-format={}", server.format());
        developer.git(&["init", "--quiet", "--template=", "--initial-branch=main", &format]);
        let settings = format!(
            "[remote \"server\"]\n\turl = {}\n\tfetch = +refs/heads/*:refs/remotes/server/*\n[gc]\n\tauto = 0\n[advice]\n\tdetachedHead = false\n",
            server.repository().display()
        );
        let config = developer.work().join(".git/config");
        let before = fs::read_to_string(&config).expect("git wrote a config");
        fs::write(&config, before + &settings).expect("the stage can write the config");
        if server.is_reached_by_path() && !server.is_empty() {
            developer.update();
        }
        developer
    }

    pub fn server(&self) -> &'a Server {
        self.server
    }

    pub fn work(&self) -> PathBuf {
        self.home.join("work")
    }

    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Puts the person's own halves of the keys into the home, as only the person may read them.
    fn fetch_keys(&self, person: &Person) {
        for key in person.keys {
            match key {
                Key::OpenPgp(file) => {
                    let folder = self.home.join("gnupg");
                    fs::create_dir_all(&folder).expect("the stage can make folders");
                    restrict(&folder, 0o700);
                    let mut command = program("gpg", &self.home);
                    command.args(["--batch", "--quiet", "--import"]);
                    let finished = run(&mut command, &read_fixture(&format!("{file}.secret.asc")));
                    assert!(finished.status.success(), "gpg --import: {}", finished.stderr_text());
                }
                Key::Ssh(file) => self.fetch_ssh_key(&[file, &format!("{file}.pub")]),
                Key::SshCertificate(file) => {
                    self.fetch_ssh_key(&[file, &format!("{file}.pub"), &format!("{file}-cert.pub")])
                }
            }
        }
    }

    fn fetch_ssh_key(&self, files: &[&str]) {
        for file in files {
            let path = self.home.join(file);
            fs::write(&path, read_fixture(file)).expect("the stage can write files");
            restrict(&path, 0o600);
        }
    }

    /// Signs with this key from now on.
    pub fn sign_with(&self, key: Key) -> &Self {
        self.key.set(Some(key));
        self
    }

    /// Signs nothing from now on.
    pub fn sign_nothing(&self) -> &Self {
        self.key.set(None);
        self
    }

    /// Calls herself this from now on, as author, committer and tagger.
    pub fn claim(&self, name: &str, email: &str) -> &Self {
        *self.name.borrow_mut() = name.to_string();
        *self.email.borrow_mut() = email.to_string();
        self
    }

    /// Writes this date into everything from now on, as git reads dates.
    pub fn on(&self, date: &str) -> &Self {
        *self.date.borrow_mut() = Some(date.to_string());
        self
    }

    /// Claims to be somebody else.
    pub fn claim_to_be(&self, person: &Person) -> &Self {
        self.claim(person.name, person.email)
    }

    /// A git command in the work folder that has not run yet, at the next second of the story.
    pub fn command(&self) -> Command {
        let date = self.date.borrow().clone().unwrap_or_else(|| self.server.tick());
        let mut command = program("git", &self.home);
        command
            .current_dir(self.work())
            .env("GIT_AUTHOR_NAME", &*self.name.borrow())
            .env("GIT_AUTHOR_EMAIL", &*self.email.borrow())
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_NAME", &*self.name.borrow())
            .env("GIT_COMMITTER_EMAIL", &*self.email.borrow())
            .env("GIT_COMMITTER_DATE", &date);
        match self.key.get() {
            // By the key's own address: the claimed one may be somebody else's.
            Some(Key::OpenPgp(file)) => setting(&mut command, "user.signingKey", &format!("{file}@example.org")),
            Some(Key::Ssh(file)) => {
                setting(&mut command, "gpg.format", "ssh");
                setting(&mut command, "user.signingKey", &self.home.join(file).display().to_string());
            }
            Some(Key::SshCertificate(file)) => {
                setting(&mut command, "gpg.format", "ssh");
                setting(
                    &mut command,
                    "user.signingKey",
                    &self.home.join(format!("{file}-cert.pub")).display().to_string(),
                );
            }
            None => {}
        }
        command
    }

    /// Runs git in the work folder and gives what it printed, without the last line feed. It must succeed.
    #[track_caller]
    pub fn git(&self, arguments: &[&str]) -> String {
        let finished = self.try_git(arguments, b"");
        assert!(finished.status.success(), "git {arguments:?}: {}", finished.stderr_text());
        String::from_utf8_lossy(&finished.stdout).trim_end().to_string()
    }

    pub fn try_git(&self, arguments: &[&str], stdin: &[u8]) -> Finished {
        run(self.command().args(arguments), stdin)
    }

    /// Takes what the server has, and puts `main` where the server's is.
    pub fn update(&self) -> &Self {
        self.git(&["fetch", "--quiet", "--prune", "server"]);
        let main = self.git(&["for-each-ref", "refs/remotes/server/main"]);
        if !main.is_empty() {
            self.git(&["checkout", "--quiet", "-B", "main", "server/main"]);
        }
        self
    }

    /// Writes a file of the work folder; the next commit takes it.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.work().join(path);
        fs::create_dir_all(path.parent().expect("it is below the work folder")).expect("the stage can make folders");
        fs::write(path, content).expect("the stage can write files");
        self
    }

    /// Commits whatever is new in the work folder, or else a file named after the message; signed unless
    /// [`Self::sign_nothing`] was said.
    #[track_caller]
    pub fn commit(&self, message: &str) -> &Self {
        let signing = if self.key.get().is_some() { "--gpg-sign" } else { "--no-gpg-sign" };
        self.commit_with(message, &[signing])
    }

    #[track_caller]
    pub fn commit_unsigned(&self, message: &str) -> &Self {
        self.commit_with(message, &["--no-gpg-sign"])
    }

    /// Commits with further arguments of git-commit(1).
    #[track_caller]
    pub fn commit_with(&self, message: &str, arguments: &[&str]) -> &Self {
        if self.git(&["status", "--porcelain"]).is_empty() {
            self.write(&file_named_after(message), format!("{message}\n"));
        }
        self.git(&["add", "--all"]);
        let whole = [&["commit", "--quiet", "--allow-empty", "--message", message], arguments].concat();
        self.git(&whole);
        self
    }

    /// A new branch at what is checked out now.
    #[track_caller]
    pub fn branch(&self, name: &str) -> &Self {
        self.git(&["checkout", "--quiet", "-b", name]);
        self
    }

    #[track_caller]
    pub fn switch(&self, name: &str) -> &Self {
        self.git(&["checkout", "--quiet", name]);
        self
    }

    /// Merges with a commit of its own, signed as [`Self::commit`] does.
    #[track_caller]
    pub fn merge(&self, name: &str) -> &Self {
        let signing = if self.key.get().is_some() { "--gpg-sign" } else { "--no-gpg-sign" };
        let message = format!("merge {name}");
        self.git(&["merge", "--quiet", "--no-ff", signing, "-m", &message, name]);
        self
    }

    /// A signed annotated tag of what is checked out.
    #[track_caller]
    pub fn tag(&self, name: &str) -> &Self {
        self.git(&["tag", "--sign", "--message", name, name]);
        self
    }

    /// The full id of a revision.
    #[track_caller]
    pub fn id(&self, revision: &str) -> String {
        self.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", revision])
    }

    /// The id of what is checked out.
    #[track_caller]
    pub fn head(&self) -> String {
        self.id("HEAD")
    }

    /// Stores these bytes as an object of this type, whatever git thinks of them.
    #[track_caller]
    pub fn store(&self, kind: &str, bytes: impl AsRef<[u8]>) -> String {
        let finished = self.try_git(&["hash-object", "-w", "-t", kind, "--literally", "--stdin"], bytes.as_ref());
        assert!(finished.status.success(), "hash-object: {}", finished.stderr_text());
        String::from_utf8_lossy(&finished.stdout).trim_end().to_string()
    }

    /// Puts a local branch at this id without looking at it.
    #[track_caller]
    pub fn place(&self, name: &str, id: &str) -> &Self {
        let path = self.work().join(".git/refs/heads").join(name);
        fs::create_dir_all(path.parent().expect("it is below the folder")).expect("the stage can make folders");
        fs::write(path, format!("{id}\n")).expect("the stage can write refs");
        self
    }

    /// The commit that is checked out, taken apart.
    #[track_caller]
    pub fn take_apart(&self, revision: &str) -> Signed {
        let text = self.git(&["cat-file", "commit", revision]) + "\n";
        let (headers, message) = text.split_once("\n\n").expect("a commit has an empty line");
        let mut kept = String::new();
        let mut signature = String::new();
        let mut in_signature = false;
        for line in headers.lines() {
            in_signature = line.starts_with("gpgsig") || in_signature && line.starts_with(' ');
            match in_signature {
                true => signature += &format!("{}\n", line.split_once(' ').expect("a blank follows").1),
                false => kept += &format!("{line}\n"),
            }
        }
        Signed { headers: kept, message: message.to_string(), signature }
    }

    /// This person's SSH signature over bytes, armored, in a namespace (git's is `git`).
    #[track_caller]
    pub fn sign(&self, payload: &str, namespace: &str) -> String {
        let Some(Key::Ssh(file) | Key::SshCertificate(file)) = self.key.get() else {
            panic!("only SSH keys sign bytes here")
        };
        let mut command = program("ssh-keygen", &self.home);
        command.args(["-Y", "sign", "-n", namespace, "-f"]).arg(self.home.join(file));
        let finished = run(&mut command, payload.as_bytes());
        assert!(finished.status.success(), "ssh-keygen: {}", finished.stderr_text());
        String::from_utf8(finished.stdout).expect("an armored signature is ASCII")
    }

    /// Unsigned commits on a new branch, many at once; gives the id of the last.
    #[track_caller]
    pub fn import(&self, branch: &str, count: usize) -> String {
        let mut stream = String::new();
        for number in 1..=count {
            let message = format!("change {number}");
            stream += &format!("commit refs/heads/{branch}\n");
            stream += &format!("committer {} <{}> {}\n", self.name.borrow(), self.email.borrow(), self.server.tick());
            stream += &format!("data {}\n{message}\n", message.len());
            if number == 1 && !self.git(&["for-each-ref", "refs/heads/main"]).is_empty() {
                stream += "from refs/heads/main^0\n";
            }
            stream += &format!("M 100644 inline import/{number}\ndata {}\n{message}\n", message.len());
        }
        let finished = self.try_git(&["fast-import", "--quiet"], stream.as_bytes());
        assert!(finished.status.success(), "fast-import: {}", finished.stderr_text());
        self.id(&format!("refs/heads/{branch}"))
    }

    /// A pack of what these revisions reach (`^x` excludes, as in git-rev-list(1)).
    #[track_caller]
    pub fn pack(&self, revisions: &[&str]) -> Vec<u8> {
        let finished =
            self.try_git(&["pack-objects", "--quiet", "--revs", "--stdout"], (revisions.join("\n") + "\n").as_bytes());
        assert!(finished.status.success(), "pack-objects: {}", finished.stderr_text());
        finished.stdout
    }

    /// Pushes to the server; refspecs as in git-push(1), separated by blanks.
    pub fn push(&self, refspecs: &str) -> Outcome {
        self.pushing(refspecs).go()
    }

    /// A push to be described further.
    pub fn pushing(&'a self, refspecs: &str) -> Pushing<'a> {
        Pushing::new(self, refspecs)
    }

    /// Puts refs on the server as if they had been there before refgate: its hook is not asked.
    #[track_caller]
    pub fn plant(&self, refspecs: &str) -> &Self {
        let receive_pack = "--receive-pack=git -c core.hooksPath=/dev/null receive-pack";
        let mut arguments = vec!["push", "--quiet", "--force", receive_pack, "server"];
        arguments.extend(refspecs.split_whitespace());
        self.git(&arguments);
        self
    }
}

fn setting(command: &mut Command, key: &str, value: &str) {
    command.arg("-c").arg(format!("{key}={value}"));
}

fn restrict(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the stage can restrict files");
}

/// `add a door` becomes `add-a-door.txt`.
fn file_named_after(message: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let subject = message.lines().next().unwrap_or_default();
    format!("{}.txt", subject.chars().take(60).map(plain).collect::<String>())
}
