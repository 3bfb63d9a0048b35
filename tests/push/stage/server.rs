//! The server: a bare repository with a hook, the operator's folder beside it, and the decision log.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;

use crate::stage::config::OperatorFolder;
use crate::stage::developer::Developer;
use crate::stage::hook::{HookRun, shipped_hook};
use crate::stage::kept::KeptLog;
use crate::stage::people::Person;
use crate::stage::program::{program, run};
use crate::stage::snapshot::Snapshot;

/// The first commit of every story: 2025-01-01T00:00:00Z, younger than every key and long past.
const FIRST_SECOND: u64 = 1_735_689_600;

/// A server on the stage. Everything it holds is gone when it is dropped.
pub struct Server {
    /// Before the folder, which holds the log and goes with it.
    _kept: KeptLog,
    folder: TempDir,
    repository: PathBuf,
    operator: PathBuf,
    log: PathBuf,
    format: &'static str,
    /// Others reach the repository by its path, as people do not who have to ask a server for it.
    by_path: bool,
    clock: AtomicU64,
    homes: AtomicU64,
}

/// A server that is still being set up.
pub struct ServerBuilder {
    server: Server,
    operator: OperatorFolder,
    hook: String,
    git_config: Vec<(String, String)>,
    config_name: Option<String>,
}

impl Server {
    /// An empty sha1 repository under the starter rules.
    pub fn new() -> Self {
        Self::build().start()
    }

    /// One under these `[[rule]]` entries alone.
    pub fn with_rules(rules: &str) -> Self {
        Self::build().rules(rules).start()
    }

    pub fn build() -> ServerBuilder {
        let folder = tempfile::Builder::new().prefix("refgate-stage.").tempdir().expect("the stage can make a folder");
        let [repository, operator, log] =
            ["srv/castle.git", "etc", "log/decisions.jsonl"].map(|name| folder.path().join(name));
        let server = Self::at(folder, repository, operator, log);
        ServerBuilder {
            operator: OperatorFolder::new(&server.log()),
            hook: shipped_hook(Path::new(env!("CARGO_BIN_EXE_refgate"))),
            git_config: Vec::new(),
            config_name: Some("refgate.toml".to_string()),
            server,
        }
    }

    /// A server that other programs set up: its repository, the operator's folder, and the decision log.
    #[allow(dead_code, reason = "the forges' tests stand on this stage too")]
    pub fn elsewhere(repository: PathBuf, operator: PathBuf, log: PathBuf) -> Self {
        let folder = tempfile::Builder::new().prefix("refgate-stage.").tempdir().expect("the stage can make a folder");
        Self { by_path: false, ..Self::at(folder, repository, operator, log) }
    }

    fn at(folder: TempDir, repository: PathBuf, operator: PathBuf, log: PathBuf) -> Self {
        let (clock, homes) = (AtomicU64::new(FIRST_SECOND), AtomicU64::new(1));
        let name = folder.path().file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let _kept = KeptLog { log: log.clone(), name };
        Self { _kept, folder, repository, operator, log, format: "sha1", by_path: true, clock, homes }
    }

    /// The folder that holds everything.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The bare repository.
    pub fn repository(&self) -> PathBuf {
        self.repository.clone()
    }

    /// The folder with what the operator wrote.
    pub fn operator(&self) -> PathBuf {
        self.operator.clone()
    }

    /// The decision log.
    pub fn log(&self) -> PathBuf {
        self.log.clone()
    }

    pub fn format(&self) -> &'static str {
        self.format
    }

    /// Git's word for "no object" in this repository.
    pub fn zero(&self) -> String {
        "0".repeat(if self.format == "sha256" { 64 } else { 40 })
    }

    /// A person with an own work folder that knows what the server has now.
    pub fn developer(&self, person: &'static Person) -> Developer<'_> {
        Developer::new(self, person)
    }

    /// A home that nobody has yet.
    pub fn new_home(&self, name: &str) -> PathBuf {
        self.folder().join(format!("{name}{}", self.homes.fetch_add(1, Ordering::Relaxed)))
    }

    /// The next second of the story, in git's raw date form.
    pub fn tick(&self) -> String {
        format!("{} +0000", self.clock.fetch_add(1, Ordering::Relaxed))
    }

    /// A git command inside the bare repository, as the operator.
    pub fn git(&self, arguments: &[&str]) -> String {
        let mut command = self.command();
        let finished = run(command.args(arguments), b"");
        assert!(finished.status.success(), "git {arguments:?} on the server: {}", finished.stderr_text());
        String::from_utf8_lossy(&finished.stdout).trim_end().to_string()
    }

    fn command(&self) -> Command {
        let mut command = program("git", self.folder());
        command.current_dir(self.repository()).env("GIT_DIR", ".");
        command
    }

    /// What a ref points to; `""` when there is none.
    pub fn tip(&self, name: &str) -> String {
        let finished = run(self.command().args(["show-ref", "--verify", "--hash", "--", name]), b"");
        String::from_utf8_lossy(&finished.stdout).trim_end().to_string()
    }

    /// Whether a developer can fetch from it at once, by its path.
    pub fn is_reached_by_path(&self) -> bool {
        self.by_path
    }

    /// Whether it has no ref at all, without asking git.
    pub fn is_empty(&self) -> bool {
        let names = ["refs/heads", "refs/tags", "packed-refs"].map(|name| self.repository().join(name));
        names.iter().all(|path| fs::read_dir(path).map_or(!path.is_file(), |mut entries| entries.next().is_none()))
    }

    /// Every ref with its value, `<id> <name>`, sorted by name.
    pub fn refs(&self) -> Vec<String> {
        self.git(&["for-each-ref", "--format=%(objectname) %(refname)"]).lines().map(str::to_string).collect()
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.repository())
    }

    /// Calls the hook as receive-pack does, with these bytes on stdin and no quarantine.
    pub fn hook(&self, stdin: impl AsRef<[u8]>) -> HookRun {
        self.hook_with(stdin, |_| {})
    }

    /// The same, in an environment that the test changes.
    pub fn hook_with(&self, stdin: impl AsRef<[u8]>, change: impl FnOnce(&mut Command)) -> HookRun {
        let mut command = program(self.repository().join("hooks/pre-receive"), self.folder());
        command.current_dir(self.repository()).env("GIT_DIR", ".");
        change(&mut command);
        HookRun::new(run(&mut command, stdin.as_ref()))
    }

    /// Runs a command of refgate as the operator; `GIT_DIR` is not set.
    pub fn refgate(&self, arguments: &[&str]) -> HookRun {
        let mut command = program(env!("CARGO_BIN_EXE_refgate"), self.folder());
        HookRun::new(run(command.current_dir(self.repository()).args(arguments), b""))
    }

    /// The decisions so far, oldest first.
    pub fn decisions(&self) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(self.log()).unwrap_or_default();
        assert!(text.is_empty() || text.ends_with('\n'), "the log ends in the middle of a line:\n{text}");
        let read = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in the log line:\n{line}"));
        text.lines().map(read).collect()
    }

    /// The latest decision.
    pub fn decision(&self) -> serde_json::Value {
        self.decisions().pop().expect("a decision was logged")
    }

    /// Writes a hook (`post-receive`) into the repository.
    ///
    /// Another process writes it: were it this one, a test that starts a program at the same moment would hand the
    /// open file to its child, and the system does not execute a file that is open for writing.
    pub fn add_hook(&self, name: &str, text: &str) {
        let mut command = program("sh", self.folder());
        command.args(["-c", "cat > \"$1\" && chmod 755 \"$1\"", "sh"]).arg(self.repository().join("hooks").join(name));
        let finished = run(&mut command, text.as_bytes());
        assert!(finished.status.success(), "cannot write the hook '{name}': {}", finished.stderr_text());
    }
}

impl ServerBuilder {
    /// A repository whose ids are SHA-256.
    pub fn sha256(mut self) -> Self {
        self.server.format = "sha256";
        self
    }

    /// The whole text of `refgate.toml`.
    pub fn config(mut self, text: &str) -> Self {
        self.operator.whole = Some(text.to_string());
        self
    }

    /// A line at the top of `refgate.toml`.
    pub fn top(mut self, line: &str) -> Self {
        self.operator.top += &format!("{line}\n");
        self
    }

    /// Another `[identity]` section.
    pub fn identity(mut self, text: &str) -> Self {
        self.operator.identity = format!("\n[identity]\n{text}\n");
        self
    }

    /// These `[[rule]]` entries instead of the starter rules.
    pub fn rules(mut self, text: &str) -> Self {
        self.operator.rules = format!("\n{text}\n");
        self
    }

    /// More `[[rule]]` entries.
    pub fn and_rules(mut self, text: &str) -> Self {
        self.operator.rules += &format!("\n{text}\n");
        self
    }

    /// Another `[history]` section.
    pub fn history(mut self, text: &str) -> Self {
        self.operator.history = format!("\n[history]\n{text}\n");
        self
    }

    /// A line in `[limits]`.
    pub fn limit(mut self, line: &str) -> Self {
        self.operator.sections += &format!("\n[limits]\n{line}\n");
        self
    }

    /// Whose word about the pusher counts.
    pub fn forge(mut self, name: &str) -> Self {
        self.operator.sections += &format!("\n[server]\nforge = {name:?}\n");
        self
    }

    /// A rule of the operator's own, `commit.nickname` for instance.
    pub fn own_rule(self, code: &str, rego: &str) -> Self {
        let folder = code.replace('.', "/");
        let name = code.rsplit('.').next().expect("a split has a last part");
        self.file(&format!("policies/{folder}/{name}.rego"), rego)
    }

    /// A file in the operator's folder.
    pub fn file(mut self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.operator.files.insert(name.to_string(), bytes.as_ref().to_vec());
        self
    }

    /// One more person whom the operator knows.
    pub fn and_person(mut self, person: &'static Person) -> Self {
        self.operator.cast.push(person);
        self
    }

    /// More entries of `people.toml`.
    pub fn and_people(mut self, text: &str) -> Self {
        self.operator.people += &format!("\n{text}\n");
        self
    }

    /// More lines of `allowed_signers`.
    pub fn and_signers(mut self, lines: &str) -> Self {
        self.operator.signers += &format!("{}\n", lines.trim_end());
        self
    }

    /// Another decision log.
    pub fn log_to(mut self, path: &str) -> Self {
        self.operator.log = path.to_string();
        self
    }

    /// The decision log also says what rules were shown.
    pub fn log_input(mut self) -> Self {
        self.operator.log_input = true;
        self
    }

    /// A setting of the server's repository.
    pub fn git_config(mut self, key: &str, value: &str) -> Self {
        self.git_config.push((key.to_string(), value.to_string()));
        self
    }

    /// Another hook than the shipped one.
    pub fn hook(mut self, text: &str) -> Self {
        self.hook = text.to_string();
        self
    }

    /// The config that `refgate.config` names, relative to the operator's folder; `None` names none.
    pub fn config_name(mut self, name: Option<&str>) -> Self {
        self.config_name = name.map(str::to_string);
        self
    }

    pub fn start(self) -> Server {
        let server = self.server;
        self.operator.write(&server.operator());
        fs::create_dir_all(server.log().parent().expect("it is in a folder")).expect("the stage can make folders");
        let repository = server.repository();
        let format = format!("--object-format={}", server.format);
        let mut command = program("git", server.folder());
        command.args(["init", "--quiet", "--bare", "--template=", "--initial-branch=main", &format]).arg(&repository);
        let finished = run(&mut command, b"");
        assert!(finished.status.success(), "git init: {}", finished.stderr_text());
        fs::create_dir_all(repository.join("hooks")).expect("the stage can make folders");
        server.add_hook("pre-receive", &self.hook);
        let mut settings = String::from("[gc]\n\tauto = 0\n[receive]\n\tautogc = false\n");
        if let Some(name) = self.config_name {
            settings += &format!("[refgate]\n\tconfig = {}\n", server.operator().join(name).display());
        }
        let config = repository.join("config");
        let before = fs::read_to_string(&config).expect("git wrote a config");
        fs::write(&config, before + &settings).expect("the stage can write the config");
        for (key, value) in &self.git_config {
            server.git(&["config", key, value]);
        }
        server
    }
}
