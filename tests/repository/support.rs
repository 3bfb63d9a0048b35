//! Throw-away repositories, filled by real git in a cleared environment, or object by object.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use refgate::config::Limits;
use refgate::ids::{ObjectFormat, ObjectId, RefName};
use refgate::repository::{Location, Repository};

/// A bare repository that goes away with the test.
pub struct Stage {
    folder: tempfile::TempDir,
    pub format: ObjectFormat,
}

impl Stage {
    pub fn new() -> Self {
        Self::with_format(ObjectFormat::Sha1)
    }

    pub fn with_format(format: ObjectFormat) -> Self {
        // In memory where there is such a place: stages are many small files that nobody keeps.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        // What `git init --bare` writes, less the samples and descriptions: thousands of stages are set up.
        for path in ["objects/info", "objects/pack", "refs/heads", "refs/tags", "info"] {
            std::fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        let config = match format {
            ObjectFormat::Sha1 => "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
            ObjectFormat::Sha256 => {
                "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n"
            }
        };
        std::fs::write(folder.path().join("config"), config).unwrap();
        std::fs::write(folder.path().join("HEAD"), "ref: refs/heads/main\n").unwrap();
        Self { folder, format }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn location(&self) -> Location {
        Location::of(self.path())
    }

    pub fn open(&self) -> Repository {
        Repository::open(&self.location(), &Limits::default()).unwrap()
    }

    pub fn open_with(&self, limits: &Limits) -> Repository {
        Repository::open(&self.location(), limits).unwrap()
    }

    /// What git says on stdout, without the last line feed; it must succeed.
    #[track_caller]
    pub fn git(&self, arguments: &[&str]) -> String {
        self.git_with(arguments, b"")
    }

    #[track_caller]
    pub fn git_with(&self, arguments: &[&str], stdin: &[u8]) -> String {
        let output = self.try_git(arguments, stdin);
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_string()
    }

    pub fn try_git(&self, arguments: &[&str], stdin: &[u8]) -> Output {
        run(git(self.path()).args(arguments), stdin)
    }

    /// Writes a loose object as it is given, however odd, and returns its id.
    #[track_caller]
    pub fn write(&self, kind: &str, content: &[u8]) -> ObjectId {
        let hash = match self.format {
            ObjectFormat::Sha1 => gix::hash::Kind::Sha1,
            ObjectFormat::Sha256 => gix::hash::Kind::Sha256,
        };
        let gix_kind = gix::objs::Kind::from_bytes(kind.as_bytes()).unwrap();
        let hex = gix::objs::compute_hash(hash, gix_kind, content).unwrap().to_string();
        let folder = self.path().join("objects").join(&hex[..2]);
        std::fs::create_dir_all(&folder).unwrap();
        let whole = [format!("{kind} {}\0", content.len()).as_bytes(), content].concat();
        std::fs::write(folder.join(&hex[2..]), zlib_stored(&whole)).unwrap();
        self.id(&hex)
    }

    #[track_caller]
    pub fn id(&self, hex: &str) -> ObjectId {
        ObjectId::parse(hex.as_bytes(), self.format).unwrap_or_else(|| panic!("not an id: {hex:?}"))
    }

    /// What `git rev-parse` makes of an expression.
    #[track_caller]
    pub fn rev(&self, expression: &str) -> ObjectId {
        self.id(&self.git(&["rev-parse", "--verify", expression]))
    }

    /// A raw tree from `mode name id` entries, in the order given.
    pub fn tree(&self, entries: &[(&str, &[u8], ObjectId)]) -> ObjectId {
        let mut content = Vec::new();
        for (mode, name, id) in entries {
            content.extend_from_slice(mode.as_bytes());
            content.push(b' ');
            content.extend_from_slice(name);
            content.push(0);
            content.extend_from_slice(id.as_bytes());
        }
        self.write("tree", &content)
    }

    pub fn blob(&self, content: &[u8]) -> ObjectId {
        self.write("blob", content)
    }

    /// A commit of `tree` with committer date `time`.
    pub fn commit(&self, tree: ObjectId, parents: &[ObjectId], time: i64) -> ObjectId {
        let mut content = format!("tree {tree}\n");
        for parent in parents {
            content.push_str(&format!("parent {parent}\n"));
        }
        content.push_str(&format!("author A <a@x> {time} +0000\ncommitter A <a@x> {time} +0000\n\nmessage\n"));
        self.write("commit", content.as_bytes())
    }

    /// The tree that holds these files; a submodule's content stands for some commit.
    pub fn files(&self, files: &Files) -> ObjectId {
        let mut here: BTreeMap<&str, (String, ObjectId)> = BTreeMap::new();
        let mut below: BTreeMap<&str, Files> = BTreeMap::new();
        for (path, (mode, content)) in files.iter() {
            match path.split_once('/') {
                Some((folder, rest)) => {
                    below.entry(folder).or_default().0.insert(rest.to_string(), (mode.clone(), content.clone()));
                }
                None => {
                    here.insert(path, (mode.clone(), self.blob(content.as_bytes())));
                }
            }
        }
        for (name, files) in &below {
            here.insert(name, ("40000".to_string(), self.files(files)));
        }
        let entries: Vec<_> = here.iter().map(|(name, (mode, id))| (mode.as_str(), name.as_bytes(), *id)).collect();
        self.sorted_tree(&entries)
    }

    /// A raw tree with its entries in git's order.
    pub fn sorted_tree(&self, entries: &[(&str, &[u8], ObjectId)]) -> ObjectId {
        let mut entries = entries.to_vec();
        entries.sort_by_key(|(mode, name, _)| {
            let end: &[u8] = if mode.ends_with("40000") { b"/" } else { b"" };
            [*name, end].concat()
        });
        self.tree(&entries)
    }

    pub fn empty_tree(&self) -> ObjectId {
        self.write("tree", b"")
    }
}

/// What a tree holds: mode and content by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files(pub BTreeMap<String, (String, String)>);

impl Files {
    pub fn of(entries: &[(&str, &str, &str)]) -> Self {
        entries
            .iter()
            .map(|(path, mode, content)| (path.to_string(), (mode.to_string(), content.to_string())))
            .collect()
    }

    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &(String, String))> {
        self.0.iter()
    }
}

impl FromIterator<(String, (String, String))> for Files {
    fn from_iter<I: IntoIterator<Item = (String, (String, String))>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

/// RFC 1950 and 1951 without compressing anything: writing must cost nothing.
fn zlib_stored(content: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = content.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap();
        out.push(u8::from(blocks.peek().is_none()));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    let (mut a, mut b) = (1u32, 0u32);
    for byte in content {
        a = (a + u32::from(*byte)) % 65521;
        b = (b + a) % 65521;
    }
    out.extend_from_slice(&(b << 16 | a).to_be_bytes());
    out
}

/// A `git` in `folder` that no configuration of this machine reaches.
pub fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for (name, value) in [
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_AUTHOR_NAME", "A"),
        ("GIT_AUTHOR_EMAIL", "a@x"),
        ("GIT_AUTHOR_DATE", "1700000000 +0000"),
        ("GIT_COMMITTER_NAME", "A"),
        ("GIT_COMMITTER_EMAIL", "a@x"),
        ("GIT_COMMITTER_DATE", "1700000000 +0000"),
        ("HOME", "/nonexistent"),
        ("LC_ALL", "C"),
        ("TZ", "UTC"),
    ] {
        command.env(name, value);
    }
    command
}

pub fn run(command: &mut Command, stdin: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program is installed");
    let mut input = child.stdin.take().unwrap();
    // A program may end without reading everything.
    let feed = stdin.to_vec();
    let feeder = std::thread::spawn(move || {
        let _ = input.write_all(&feed);
    });
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}

pub fn name(text: &str) -> RefName {
    RefName::parse(text.as_bytes(), true).unwrap()
}

/// The hook that a stage's `git receive-pack` runs, which saves what it sees of the world.
pub fn install_hook(git_dir: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    let hook: PathBuf = git_dir.join("hooks/pre-receive");
    std::fs::create_dir_all(git_dir.join("hooks")).unwrap();
    std::fs::write(&hook, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
}
