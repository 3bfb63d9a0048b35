//! Deterministic repositories: the same arguments make the same trees, histories and keys.
//!
//! Objects are written as one pack, so that a hundred thousand signed commits take seconds, and no program signs.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::signer::{Scheme, Signer};

/// What a repository looks like.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Commits from `base` to `main`.
    pub commits: usize,
    /// Files in the tree, three folders deep.
    pub files: usize,
    /// Files that each commit changes.
    pub changed: usize,
    /// Every so many commits a merge of a side branch; 0 for none.
    pub merges: usize,
    /// Branches beside `main` that the server has already.
    pub refs: usize,
    /// Branches with a commit of their own each, to be pushed.
    pub new_refs: usize,
    /// People who sign in turn.
    pub signers: usize,
    pub scheme: Scheme,
}

pub const PLAIN: Shape = Shape {
    commits: 1,
    files: 5_000,
    changed: 2,
    merges: 0,
    refs: 0,
    new_refs: 0,
    signers: 4,
    scheme: Scheme::SshEd25519,
};

/// The time of the first commit; each that follows is a minute younger.
pub const BEGINNING: u64 = 1_700_000_000;

type Id = [u8; 20];

/// A client's repository with what is to be pushed, and the server's as it is before.
pub struct Made {
    pub client: PathBuf,
    pub server: PathBuf,
    pub signers: Vec<Signer>,
}

/// Makes both repositories below `folder`.
pub fn make(folder: &Path, shape: &Shape) -> Made {
    let signers: Vec<Signer> = (0..shape.signers).map(|number| Signer::new(shape.scheme, number)).collect();
    let (client, server) = (folder.join("client.git"), folder.join("server.git"));
    let mut history = History { pack: Pack::default(), tree: Tree::new(shape.files), signers: &signers, made: 0 };
    let base = history.commit(&[], &[]);
    let files = history.tree.clone();
    let mut branch = |number: usize| {
        history.tree.clone_from(&files);
        history.commit(&[base], &[spread(number)])
    };
    let old: Vec<Id> = (0..shape.refs).map(&mut branch).collect();
    let new: Vec<Id> = (shape.refs..shape.refs + shape.new_refs).map(&mut branch).collect();
    history.tree = files;
    let mut tip = base;
    for number in 0..shape.commits {
        let files: Vec<usize> = (0..shape.changed).map(|place| spread(number * shape.changed + place)).collect();
        tip = match shape.merges {
            every if every > 0 && number % every == every - 1 => {
                let side = history.commit(&[tip], &files);
                history.commit(&[tip, side], &[])
            }
            _ => history.commit(&[tip], &files),
        };
    }
    git(folder, &["init", "--quiet", "--bare", "--initial-branch=main", "client.git"], b"");
    git(&client, &["index-pack", "--stdin"], &history.pack.finish());
    let mut refs = format!("create refs/heads/base {}\ncreate refs/heads/main {}\n", hex(&base), hex(&tip));
    for (number, id) in old.iter().enumerate() {
        refs.push_str(&format!("create refs/old/{number:06} {}\n", hex(id)));
    }
    for (number, id) in new.iter().enumerate() {
        refs.push_str(&format!("create refs/new/{number:06} {}\n", hex(id)));
    }
    git(&client, &["update-ref", "--stdin"], refs.as_bytes());
    git(&client, &["repack", "-adfq"], b"");
    git(folder, &["init", "--quiet", "--bare", "--initial-branch=main", "server.git"], b"");
    let specs = ["refs/heads/base:refs/heads/main", "refs/old/*:refs/heads/old/*"];
    git(&server, &[&["fetch", "--quiet", "--no-tags", "../client.git"], &specs[..]].concat(), b"");
    git(&server, &["repack", "-adq"], b"");
    git(&server, &["pack-refs", "--all"], b"");
    for setting in ["receive.autogc=false", "gc.auto=0", "maintenance.auto=false", "receive.denyCurrentBranch=ignore"] {
        let (key, value) = setting.split_once('=').expect("a setting has a value");
        git(&server, &["config", key, value], b"");
        git(&client, &["config", key, value], b"");
    }
    Made { client, server, signers }
}

/// A file for a number, so that neighbours lie in different folders.
fn spread(number: usize) -> usize {
    number.wrapping_mul(7_919)
}

struct History<'a> {
    pack: Pack,
    tree: Tree,
    signers: &'a [Signer],
    made: u64,
}

impl History<'_> {
    /// A commit that changes these files of the latest tree.
    fn commit(&mut self, parents: &[Id], files: &[usize]) -> Id {
        for &file in files {
            self.tree.change(file, self.made, &mut self.pack);
        }
        let tree = self.tree.write(&mut self.pack);
        let signer = &self.signers[self.made as usize % self.signers.len()];
        let time = BEGINNING + self.made * 60;
        let mut headers = format!("tree {}\n", hex(&tree));
        for parent in parents {
            headers.push_str(&format!("parent {}\n", hex(parent)));
        }
        let person = format!("{0} <{0}@example.org> {time} +0000", signer.name);
        headers.push_str(&format!("author {person}\ncommitter {person}\n"));
        let message = format!("change {}\n\nOne of the commits that the benchmarks are about.\n", self.made);
        let signature = signer.sign(format!("{headers}\n{message}").as_bytes(), time);
        let header = signature.trim_end().replace('\n', "\n ");
        self.made += 1;
        self.pack.add(1, "commit", format!("{headers}gpgsig {header}\n\n{message}").as_bytes())
    }
}

/// Files `d../d../f..`, about as many folders as entries in each.
#[derive(Clone)]
struct Tree {
    width: usize,
    files: Vec<Id>,
    leaves: Vec<Option<Id>>,
    middles: Vec<Option<Id>>,
    root: Option<Id>,
    filled: bool,
}

impl Tree {
    fn new(files: usize) -> Self {
        let width = (1..).find(|width| width * width * width >= files).unwrap_or(1);
        let leaves = files.div_ceil(width);
        let middles = leaves.div_ceil(width);
        let (leaves, middles) = (vec![None; leaves], vec![None; middles]);
        Self { width, files: vec![[0; 20]; files], leaves, middles, root: None, filled: false }
    }

    fn change(&mut self, file: usize, version: u64, pack: &mut Pack) {
        let file = file % self.files.len();
        let text: String = (0..20).map(|line| format!("line {line} of file {file}\n")).collect();
        self.files[file] = pack.add(3, "blob", format!("version {version}\n{text}").as_bytes());
        let leaf = file / self.width;
        self.leaves[leaf] = None;
        self.middles[leaf / self.width] = None;
        self.root = None;
    }

    fn write(&mut self, pack: &mut Pack) -> Id {
        if !std::mem::replace(&mut self.filled, true) {
            (0..self.files.len()).for_each(|file| self.change(file, 0, pack));
        }
        for leaf in 0..self.leaves.len() {
            let files = self.files.chunks(self.width).nth(leaf).unwrap_or_default();
            self.leaves[leaf].get_or_insert_with(|| folder(b"100644 f", files, pack));
        }
        let leaves: Vec<Id> = self.leaves.iter().flatten().copied().collect();
        for (middle, leaves) in leaves.chunks(self.width).enumerate() {
            self.middles[middle].get_or_insert_with(|| folder(b"40000 d", leaves, pack));
        }
        let middles: Vec<Id> = self.middles.iter().flatten().copied().collect();
        *self.root.get_or_insert_with(|| folder(b"40000 d", &middles, pack))
    }
}

fn folder(start: &[u8], entries: &[Id], pack: &mut Pack) -> Id {
    let mut content = Vec::new();
    for (number, id) in entries.iter().enumerate() {
        content.extend_from_slice(start);
        content.extend_from_slice(format!("{number:04}\0").as_bytes());
        content.extend_from_slice(id);
    }
    pack.add(2, "tree", &content)
}

/// Objects in the form of gitformat-pack(5), version 2, without deltas.
#[derive(Default)]
struct Pack {
    objects: Vec<u8>,
    count: u32,
    known: std::collections::HashSet<Id>,
}

impl Pack {
    fn add(&mut self, kind: u8, name: &str, content: &[u8]) -> Id {
        let kind_of_hash = match name {
            "blob" => gix::objs::Kind::Blob,
            "tree" => gix::objs::Kind::Tree,
            _ => gix::objs::Kind::Commit,
        };
        let id = gix::objs::compute_hash(gix::hash::Kind::Sha1, kind_of_hash, content).expect("content has a hash");
        let id: Id = id.as_slice().try_into().expect("SHA-1 has 20 bytes");
        if self.known.insert(id) {
            let mut size = content.len();
            let mut byte = kind << 4 | (size & 15) as u8;
            size >>= 4;
            while size > 0 {
                self.objects.push(byte | 0x80);
                byte = (size & 0x7f) as u8;
                size >>= 7;
            }
            self.objects.push(byte);
            store(content, &mut self.objects);
            self.count += 1;
        }
        id
    }

    fn finish(self) -> Vec<u8> {
        let mut pack = [b"PACK", &2u32.to_be_bytes()[..], &self.count.to_be_bytes(), &self.objects].concat();
        let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
        hasher.update(&pack);
        pack.extend_from_slice(hasher.try_finalize().expect("no collision").as_slice());
        pack
    }
}

/// Content as a zlib stream that compresses nothing (RFC 1950, RFC 1951 section 3.2.4): git packs it anew anyway.
fn store(content: &[u8], to: &mut Vec<u8>) {
    to.extend_from_slice(&[0x78, 0x01]);
    let blocks = content.len().div_ceil(0xffff).max(1);
    for number in 0..blocks {
        let block = &content[number * 0xffff..content.len().min((number + 1) * 0xffff)];
        to.push(u8::from(number + 1 == blocks));
        let length = block.len() as u16;
        to.extend_from_slice(&length.to_le_bytes());
        to.extend_from_slice(&(!length).to_le_bytes());
        to.extend_from_slice(block);
    }
    let (low, high) = content.iter().fold((1, 0), |(low, high), &byte| {
        let low = (low + u32::from(byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    to.extend_from_slice(&(high << 16 | low).to_be_bytes());
}

fn hex(id: &Id) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Runs git on a repository without anybody's own configuration.
pub fn git(folder: &Path, arguments: &[&str], stdin: &[u8]) -> String {
    let mut child =
        command(folder).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("git runs");
    let mut pipe = child.stdin.take().expect("stdin is a pipe");
    let stdin = stdin.to_vec();
    let writer = std::thread::spawn(move || pipe.write_all(&stdin));
    let output = child.wait_with_output().expect("git ends");
    assert!(output.status.success(), "git {arguments:?} in {}", folder.display());
    writer.join().expect("the writer ends").expect("git reads its input");
    String::from_utf8_lossy(&output.stdout).trim().to_string()
}

pub fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    command
}

/// The same repository again: files that git never writes to are shared.
pub fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    let copied = Command::new("cp").arg("-al").arg(from).arg(to).status().expect("cp runs");
    assert!(copied.success());
}
