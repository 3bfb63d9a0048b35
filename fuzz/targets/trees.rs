//! Two trees compared: both ways alike, as a plain recursion finds it, and the same under a filter.
//!
//! The input is a list of path patterns between commas on the first line, then trees, each ended by a line feed where
//! the next entry would begin. An entry is `mode SP name NUL` and one byte, which stands for the id of one of the
//! objects so far. The last two trees are compared.

#![no_main]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use refgate::config::Limits;
use refgate::facts::{Change, ChangeAction, Entry};
use refgate::ids::{ObjectFormat, ObjectId};
use refgate::pattern::PathPatterns;
use refgate::repository::{Location, ObjectError, Repository};

/// Entries that the plain recursion looks at.
const BUDGET: usize = 20_000;
const TREES: usize = 32;

static STORE: LazyLock<Store> = LazyLock::new(Store::new);

fuzz_target!(|input: &[u8]| {
    let (first, rest) = input.split_at(input.iter().position(|&b| b == b'\n').unwrap_or(input.len()));
    let mut forest = Forest::default();
    forest.plant(rest.get(1..).unwrap_or_default());
    let (old, new) = match forest.planted.as_slice() {
        [.., old, new] => (Some(*old), Some(*new)),
        [only] => (None, Some(*only)),
        [] => (None, None),
    };
    let changes = |old, new, patterns: Option<&PathPatterns>| {
        // Opened anew: what was counted and kept must not depend on what came before.
        let repository = Repository::open(&Location::of(STORE.folder.path()), &limits()).expect("a repository");
        repository.tree_changes(old, new, patterns)
    };
    assert_eq!(changes(old, old, None), Ok(Vec::new()));
    let there = changes(old, new, None);
    let back = changes(new, old, None);
    if let (Ok(there), Ok(back)) = (&there, &back) {
        check_mirrored(there, back);
        if let Some(found) = forest.compare(old, new) {
            check_found(there, &found);
            check_filtered(there, &found, first, |patterns| changes(old, new, Some(patterns)));
        }
    }
    forest.fell();
});

fn limits() -> Limits {
    Limits { tree_entries: 5000, changes: 2000, ..Limits::default() }
}

fn check_mirrored(there: &[Change], back: &[Change]) {
    assert_eq!(there.len(), back.len());
    for (there, back) in there.iter().zip(back) {
        assert_eq!((&there.path, &there.old, &there.new), (&back.path, &back.new, &back.old));
        let action = match there.action {
            ChangeAction::Add => ChangeAction::Delete,
            ChangeAction::Delete => ChangeAction::Add,
            other => other,
        };
        assert_eq!(back.action, action);
        assert_eq!(there.action == ChangeAction::Add, there.old == Entry::default());
        assert_eq!(there.action == ChangeAction::Delete, there.new == Entry::default());
        assert!(there.action != ChangeAction::Mode || there.old.id == there.new.id);
        assert!(there.action != ChangeAction::Modify || there.old.id != there.new.id);
        assert!(there.anomalies.is_sorted_by(|one, other| one < other));
    }
}

fn check_found(changes: &[Change], found: &BTreeMap<Vec<u8>, [Option<Leaf>; 2]>) {
    let told: Vec<Vec<u8>> = changes.iter().map(|change| path(&change.path)).collect();
    assert_eq!(told, found.keys().cloned().collect::<Vec<_>>());
    for (change, [old, new]) in changes.iter().zip(found.values()) {
        for (entry, leaf) in [(&change.old, old), (&change.new, new)] {
            let (id, mode) =
                leaf.map_or_else(Default::default, |leaf| (leaf.id.to_string(), format!("{:06o}", leaf.bits)));
            assert_eq!((&entry.id, &entry.mode), (&id, &mode));
        }
    }
}

/// A filter leaves out what it does not match, and changes nothing else.
fn check_filtered(
    changes: &[Change],
    found: &BTreeMap<Vec<u8>, [Option<Leaf>; 2]>,
    list: &[u8],
    filtered: impl Fn(&PathPatterns) -> Result<Vec<Change>, ObjectError>,
) {
    let Ok(list) = std::str::from_utf8(list) else { return };
    let Ok(patterns) = PathPatterns::parse(&list.split(',').map(str::to_string).collect::<Vec<_>>()) else { return };
    let paths = changes.iter().zip(found.keys());
    let expected: Vec<&Change> = paths.filter(|(_, path)| patterns.matches(path)).map(|(change, _)| change).collect();
    let filtered = filtered(&patterns).expect("a part of what was compared");
    assert_eq!(filtered.iter().collect::<Vec<_>>(), expected, "{list:?}");
}

/// A path's bytes from how it is told.
fn path(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'\\' {
            bytes.push(byte);
        } else if let Some(tail) = rest.strip_prefix(b"\\") {
            bytes.push(b'\\');
            rest = tail;
        } else {
            let digits = std::str::from_utf8(&rest[1..3]).expect("two digits");
            bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
            rest = &rest[3..];
        }
    }
    bytes
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Leaf {
    bits: u32,
    padded: bool,
    id: ObjectId,
}

/// The trees of one input.
#[derive(Default)]
struct Forest {
    planted: Vec<ObjectId>,
    /// Entries by name; of two with one name the first.
    entries: BTreeMap<ObjectId, BTreeMap<Vec<u8>, Leaf>>,
    files: Vec<PathBuf>,
}

impl Forest {
    fn plant(&mut self, mut rest: &[u8]) {
        while !rest.is_empty() && self.planted.len() < TREES {
            let mut content = Vec::new();
            let mut entries = BTreeMap::new();
            while let Some((&first, tail)) = rest.split_first() {
                if first == b'\n' {
                    rest = tail;
                    break;
                }
                let end = rest.iter().position(|&b| b == 0).map_or(rest.len(), |end| end + 1);
                let (named, tail) = rest.split_at(end);
                content.extend_from_slice(named);
                let Some((&index, tail)) = tail.split_first() else {
                    content.extend_from_slice(tail);
                    rest = &[];
                    break;
                };
                rest = tail;
                let id = self.object(index);
                content.extend_from_slice(id.as_bytes());
                if let Some((name, leaf)) = read(named, id) {
                    entries.entry(name).or_insert(leaf);
                }
            }
            let id = self.write(&content);
            self.entries.insert(id, entries);
            self.planted.push(id);
        }
    }

    fn object(&self, index: u8) -> ObjectId {
        let objects = STORE.objects.len();
        let index = usize::from(index) % (objects + self.planted.len());
        STORE.objects.get(index).copied().unwrap_or_else(|| self.planted[index - objects])
    }

    fn write(&mut self, content: &[u8]) -> ObjectId {
        let (id, file) = STORE.write("tree", content);
        self.files.push(file);
        id
    }

    fn fell(self) {
        for file in self.files {
            // One tree may stand there twice.
            let _ = fs::remove_file(file);
        }
    }

    /// Paths that differ; `None` where there is too much to look at.
    fn compare(&self, old: Option<ObjectId>, new: Option<ObjectId>) -> Option<BTreeMap<Vec<u8>, [Option<Leaf>; 2]>> {
        let mut found = BTreeMap::new();
        let mut budget = BUDGET;
        self.compare_below(b"", [old, new], &mut found, &mut budget)?;
        Some(found)
    }

    fn compare_below(
        &self,
        folder: &[u8],
        sides: [Option<ObjectId>; 2],
        found: &mut BTreeMap<Vec<u8>, [Option<Leaf>; 2]>,
        budget: &mut usize,
    ) -> Option<()> {
        if sides[0] == sides[1] {
            return Some(());
        }
        let nothing = BTreeMap::new();
        let [old, new] = sides.map(|side| side.and_then(|id| self.entries.get(&id)).unwrap_or(&nothing));
        for name in old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))) {
            *budget = budget.checked_sub(1)?;
            let path = if folder.is_empty() { name.clone() } else { [folder, b"/", name].concat() };
            let both = [old.get(name).copied(), new.get(name).copied()];
            let is_folder = |leaf: &Leaf| leaf.bits & 0o170000 == 0o040000;
            let leaves = both.map(|side| side.filter(|leaf| !is_folder(leaf)));
            let folders = both.map(|side| side.filter(is_folder).map(|leaf| leaf.id));
            if leaves[0] != leaves[1] {
                assert!(found.insert(path.clone(), leaves).is_none(), "two entries of one path");
            }
            self.compare_below(&path, folders, found, budget)?;
        }
        Some(())
    }
}

/// Name and entry of `mode SP name NUL`.
fn read(named: &[u8], id: ObjectId) -> Option<(Vec<u8>, Leaf)> {
    let space = named.iter().position(|&b| b == b' ')?;
    let digits = std::str::from_utf8(&named[..space]).ok()?;
    let bits = u32::from_str_radix(digits, 8).ok()?;
    let padded = digits.len() > 1 && digits.starts_with('0');
    Some((named[space + 1..].strip_suffix(b"\0")?.to_vec(), Leaf { bits, padded, id }))
}

/// A repository with a few objects that are always there.
struct Store {
    folder: tempfile::TempDir,
    objects: Vec<ObjectId>,
}

impl Store {
    fn new() -> Self {
        // Never dropped: whoever runs this sets TMPDIR, best to a place in memory, and cleans up there.
        let folder = tempfile::tempdir().expect("a temporary folder");
        for path in ["objects/info", "objects/pack", "refs/heads", "refs/tags", "info"] {
            fs::create_dir_all(folder.path().join(path)).expect("a folder");
        }
        let config = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n";
        fs::write(folder.path().join("config"), config).expect("a file");
        fs::write(folder.path().join("HEAD"), "ref: refs/heads/main\n").expect("a file");
        let mut store = Self { folder, objects: Vec::new() };
        let submodules: &[u8] = b"[submodule \"../x\"]\n\tpath = x\n\turl = -x\n";
        let blobs: [&[u8]; 5] = [b"one\n", b"two\n", b"../outside", b"inside", submodules];
        let mut objects = blobs.map(|content| store.write("blob", content).0).to_vec();
        objects.push(ObjectId::parse(&[b'1'; 40], ObjectFormat::Sha1).expect("an id, of nothing"));
        store.objects = objects;
        store
    }

    /// Writes a loose object, however odd.
    fn write(&self, kind: &str, content: &[u8]) -> (ObjectId, PathBuf) {
        let whole = [format!("{kind} {}\0", content.len()).as_bytes(), content].concat();
        let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
        hasher.update(&whole);
        let hex = hasher.try_finalize().expect("no collision").to_string();
        let file = self.folder.path().join("objects").join(&hex[..2]).join(&hex[2..]);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(&file, zlib_stored(&whole)).expect("a file");
        (ObjectId::parse(hex.as_bytes(), ObjectFormat::Sha1).expect("an id"), file)
    }
}

/// RFC 1950 and 1951 without compressing anything.
fn zlib_stored(content: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = content.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).expect("at most 65535 bytes");
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
