//! Refs by their exact, full names: loose files, then `packed-refs`, as git's files backend has them.
//!
//! No short names, no search path, nothing written. A ref's value is not looked at: whether it exists as an object
//! is the object store's business.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;

use crate::ids::{ObjectFormat, ObjectId, RefName};

use super::packed_refs::{PackedRefs, Stamp};
use super::paths::fold;

/// How many symbolic refs git follows in a row.
const SYMBOLIC_DEPTH: usize = 5;
/// The longest loose ref file: git reads at most a path, and `ref: ` before it.
const LOOSE_BYTES: u64 = 8192;

/// Why a ref cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RefError {
    #[error("the ref '{name}' is broken: {reason}")]
    Broken { name: String, reason: &'static str },
    #[error("the symbolic ref '{name}' leads nowhere: more than {SYMBOLIC_DEPTH} in a row")]
    Cycle { name: String },
    #[error("cannot read '{path}': {reason}", path = path.display())]
    Io { path: PathBuf, reason: String },
    #[error("the file 'packed-refs' is broken in line {line}")]
    Packed { line: usize },
    #[error("there are more than {limit} refs below '{prefix}'")]
    TooMany { prefix: String, limit: usize },
}

/// A ref as git will move it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Its name in storage: namespace applied, symbolic refs followed.
    pub stored: RefName,
    /// Its value; `None` when there is none.
    pub current: Option<ObjectId>,
}

/// The refs of one repository.
pub(super) struct Refs {
    git_dir: PathBuf,
    format: ObjectFormat,
    /// `refs/namespaces/…/` or nothing.
    prefix: String,
    /// The file is read again only when it changed.
    packed: Mutex<Option<(Stamp, Arc<PackedRefs>)>>,
}

/// What one ref says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Direct(ObjectId),
    Symbolic(RefName),
}

impl Refs {
    pub fn new(git_dir: &Path, format: ObjectFormat, prefix: String) -> Self {
        Self { git_dir: git_dir.to_path_buf(), format, prefix, packed: Mutex::new(None) }
    }

    /// The branch that HEAD points to, existing or not, as stored; `None` when HEAD is detached. A namespace without a
    /// HEAD of its own has the repository's.
    pub fn head(&self) -> Result<Option<RefName>, RefError> {
        let own = self.read_loose(&format!("{}HEAD", self.prefix))?;
        match own.map_or_else(|| self.read_loose("HEAD"), |value| Ok(Some(value)))? {
            Some(Value::Symbolic(target)) => Ok(Some(self.follow(target)?.stored)),
            Some(Value::Direct(_)) | None => Ok(None),
        }
    }

    /// The commit that HEAD means, whether through a branch or itself; `None` when that branch does not exist yet.
    pub fn checked_out(&self) -> Result<Option<ObjectId>, RefError> {
        match self.read_loose("HEAD")? {
            Some(Value::Symbolic(target)) => Ok(self.follow(target)?.current),
            Some(Value::Direct(id)) => Ok(Some(id)),
            None => Ok(None),
        }
    }

    /// What a client's name stands for: namespace applied, symbolic refs followed.
    pub fn resolve(&self, requested: &RefName) -> Result<Resolved, RefError> {
        let name = format!("{}{requested}", self.prefix);
        // A namespaced name is a name, unless it is one level only: that is a deletion's business.
        let stored =
            RefName::parse(name.as_bytes(), true).map_err(|_| broken(&name, "its name is not one git accepts"))?;
        self.follow(stored)
    }

    /// The value of a stored ref; `None` when there is none.
    pub fn value(&self, stored: &RefName) -> Result<Option<ObjectId>, RefError> {
        Ok(self.follow(stored.clone())?.current)
    }

    /// Stored names and values of all refs whose name, namespace aside, begins with `prefix`, in byte order.
    pub fn below(&self, prefix: &str, limit: usize) -> Result<Vec<(RefName, ObjectId)>, RefError> {
        let full = format!("{}{prefix}", self.prefix);
        let too_many = || RefError::TooMany { prefix: prefix.to_string(), limit };
        // Loose files first: git moves refs from there to the packed file, never back. A symbolic ref without a
        // target has no value, but hides a packed one.
        let mut found = BTreeMap::new();
        self.walk_loose(&full, |name| {
            let value = self.value(&name)?;
            found.insert(name, value);
            if found.len() > limit { Err(too_many()) } else { Ok(Walk::On) }
        })?;
        for entry in self.packed()?.below(&full) {
            let (name, id) = entry?;
            found.entry(name).or_insert(Some(id));
            if found.len() > limit {
                return Err(too_many());
            }
        }
        Ok(found.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
    }

    /// Whether no ref has a value, in this namespace if there is one.
    pub fn is_empty(&self) -> Result<bool, RefError> {
        let full = format!("{}refs/", self.prefix);
        let mut empty = true;
        self.walk_loose(&full, |name| {
            empty = self.value(&name)?.is_none();
            Ok(if empty { Walk::On } else { Walk::Enough })
        })?;
        Ok(empty && self.packed()?.below(&full).next().is_none())
    }

    /// A stored ref, or HEAD's branch, that a file system which folds names takes for this one, or for a folder on the
    /// way to it; namespaces are names like others here.
    pub fn twin(&self, stored: &RefName) -> Result<Option<RefName>, RefError> {
        let mut twin = self.head()?.filter(|head| are_twins(head, stored));
        self.walk_loose("refs/", |name| {
            twin = twin.take().or_else(|| are_twins(&name, stored).then_some(name));
            Ok(if twin.is_some() { Walk::Enough } else { Walk::On })
        })?;
        for entry in self.packed()?.below("refs/") {
            let (name, _) = entry?;
            twin = twin.or_else(|| are_twins(&name, stored).then_some(name));
        }
        Ok(twin)
    }

    fn follow(&self, mut name: RefName) -> Result<Resolved, RefError> {
        for _ in 0..=SYMBOLIC_DEPTH {
            match self.read(&name)? {
                Some(Value::Direct(id)) => return Ok(Resolved { stored: name, current: Some(id) }),
                Some(Value::Symbolic(target)) => name = target,
                None => return Ok(Resolved { stored: name, current: None }),
            }
        }
        Err(RefError::Cycle { name: name.to_string() })
    }

    fn read(&self, name: &RefName) -> Result<Option<Value>, RefError> {
        match self.read_loose(name.as_str())? {
            Some(value) => Ok(Some(value)),
            None => Ok(self.packed()?.find(name.as_str())?.map(Value::Direct)),
        }
    }

    /// The loose ref file: hex digits, or `ref: <name>`; formerly a symbolic link (gitrepository-layout(5)).
    fn read_loose(&self, name: &str) -> Result<Option<Value>, RefError> {
        let path = self.git_dir.join(name);
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(unreadable(&path, &error)),
        };
        if metadata.is_symlink() {
            let target = fs::read_link(&path).map_err(|error| unreadable(&path, &error))?;
            let target = target.to_str().and_then(|target| RefName::parse(target.as_bytes(), true).ok());
            if let Some(target) = target {
                return Ok(Some(Value::Symbolic(target)));
            }
        }
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => return Ok(None),
            Ok(metadata) if metadata.len() > LOOSE_BYTES => return Err(broken(name, "its file is too long")),
            Ok(_) => {}
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(unreadable(&path, &error)),
        }
        match fs::read(&path) {
            Ok(text) => parse_loose(name, &text, self.format).map(Some),
            // Moved into the packed file, or deleted, since.
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(unreadable(&path, &error)),
        }
    }

    fn packed(&self) -> Result<Arc<PackedRefs>, RefError> {
        let path = self.git_dir.join("packed-refs");
        let mut cached = self.packed.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = Stamp::of(&path).map_err(|error| unreadable(&path, &error))?;
        if let Some((known, packed)) = cached.as_ref()
            && *known == stamp
        {
            return Ok(packed.clone());
        }
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if is_absent(&error) => Vec::new(),
            Err(error) => return Err(unreadable(&path, &error)),
        };
        let packed = Arc::new(PackedRefs::parse(bytes, self.format)?);
        *cached = Some((stamp, packed.clone()));
        Ok(packed)
    }

    /// Visits the names of loose refs that begin with `prefix`, without an order.
    fn walk_loose(
        &self,
        prefix: &str,
        mut visit: impl FnMut(RefName) -> Result<Walk, RefError>,
    ) -> Result<(), RefError> {
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut folders = vec![folder.to_string()];
        while let Some(folder) = folders.pop() {
            let path = self.git_dir.join(&folder);
            let entries = match fs::read_dir(&path) {
                Ok(entries) => entries,
                Err(error) if is_absent(&error) => continue,
                Err(error) => return Err(unreadable(&path, &error)),
            };
            for entry in entries {
                let entry = entry.map_err(|error| unreadable(&path, &error))?;
                let Some(name) = entry.file_name().to_str().map(|name| format!("{folder}/{name}")) else { continue };
                let kind = match entry.file_type() {
                    Ok(kind) => kind,
                    Err(error) if is_absent(&error) => continue,
                    Err(error) => return Err(unreadable(&path, &error)),
                };
                let leads_on = name.starts_with(prefix) || prefix.starts_with(&format!("{name}/"));
                if kind.is_dir() && leads_on {
                    folders.push(name);
                } else if name.starts_with(prefix)
                    && let Ok(name) = RefName::parse(name.as_bytes(), true)
                    && matches!(visit(name)?, Walk::Enough)
                {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Whether the first part in which two names differ is one name to a file system that folds them.
pub fn are_twins(one: &RefName, other: &RefName) -> bool {
    let parts = one.as_str().split('/').zip(other.as_str().split('/'));
    parts
        .into_iter()
        .find(|(one, other)| one != other)
        .is_some_and(|(one, other)| fold(one.as_bytes()) == fold(other.as_bytes()))
}

enum Walk {
    Enough,
    On,
}

fn parse_loose(name: &str, text: &[u8], format: ObjectFormat) -> Result<Value, RefError> {
    let text = text.trim_ascii_end();
    if let Some(target) = text.strip_prefix(b"ref:") {
        let target = RefName::parse(target.trim_ascii_start(), true);
        return target.map(Value::Symbolic).map_err(|_| broken(name, "what it points to is not a ref name"));
    }
    let digits = text.get(..format.hex_digits()).unwrap_or(text);
    let rest = &text[digits.len()..];
    match ObjectId::parse(digits, format) {
        Some(id) if !id.is_null() && rest.first().is_none_or(u8::is_ascii_whitespace) => Ok(Value::Direct(id)),
        _ => Err(broken(name, "it holds neither an object id nor a ref name")),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn broken(name: &str, reason: &'static str) -> RefError {
    RefError::Broken { name: name.to_string(), reason }
}

fn unreadable(path: &Path, error: &io::Error) -> RefError {
    RefError::Io { path: path.to_path_buf(), reason: error.to_string() }
}
