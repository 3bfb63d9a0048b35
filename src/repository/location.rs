//! Where the repository is and what kind it is: its folders, its `config` file, and what refgate refuses by name.
//!
//! Opens no object and no ref. Reads no environment: the caller passes what git put there.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;
use thiserror::Error;

use crate::ids::{ObjectFormat, RefName};

use super::refs::RefError;

/// How many alternates of alternates git follows (gitrepository-layout(5), `objects/info/alternates`).
const ALTERNATE_DEPTH: usize = 5;
/// Object folders in all. Fork networks have a handful; this only ends a misconfiguration.
const OBJECT_FOLDERS: usize = 64;

/// Where git says the repository, and what is being pushed into it, can be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// `GIT_DIR`.
    pub git_dir: PathBuf,
    /// `GIT_OBJECT_DIRECTORY`: during a push the quarantine (git-receive-pack(1), "QUARANTINE ENVIRONMENT").
    pub quarantine: Option<PathBuf>,
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES`, split.
    pub alternates: Vec<PathBuf>,
    /// `GIT_NAMESPACE` (gitnamespaces(7)).
    pub namespace: Option<String>,
}

impl Location {
    /// A repository as it lies on disk, without anything being pushed.
    pub fn of(git_dir: impl Into<PathBuf>) -> Self {
        Self { git_dir: git_dir.into(), ..Self::default() }
    }

    /// Takes git's own variables. An empty `GIT_OBJECT_DIRECTORY` counts as none.
    pub fn from_environment(git_dir: &Path, object_directory: Option<&OsStr>, alternates: Option<&OsStr>) -> Self {
        Self {
            git_dir: git_dir.to_path_buf(),
            quarantine: object_directory.filter(|directory| !directory.is_empty()).map(PathBuf::from),
            alternates: alternates.map(|list| split_alternates(list.as_bytes(), b':')).unwrap_or_default(),
            namespace: None,
        }
    }

    /// The same within a namespace; an empty one counts as none.
    pub fn within(mut self, namespace: Option<String>) -> Self {
        self.namespace = namespace.filter(|namespace| !namespace.is_empty());
        self
    }
}

/// Why a repository cannot be judged at all.
#[derive(Debug, Error)]
pub enum RepositoryError {
    #[error("the config file '{path}' cannot be read: {reason}", path = path.display())]
    Config { path: PathBuf, reason: String },
    #[error("'{path}' holds grafts, which change what history is; remove the file", path = path.display())]
    Grafts { path: PathBuf },
    #[error("cannot read '{path}': {source}", path = path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("'{path}' belongs to a linked worktree; push to the repository itself", path = path.display())]
    LinkedWorktree { path: PathBuf },
    #[error("the namespace '{0}' is not a name that git accepts")]
    Namespace(String),
    #[error("'{path}' is not a git repository: it has no '{missing}'", path = path.display())]
    NotARepository { path: PathBuf, missing: &'static str },
    #[error("the object folder '{path}' cannot be opened: {reason}", path = path.display())]
    Objects { path: PathBuf, reason: String },
    #[error(transparent)]
    Refs(#[from] RefError),
    #[error("'{path}' keeps its refs in a reftable, which refgate cannot read yet", path = path.display())]
    Reftable { path: PathBuf },
    #[error("'{path}' marks the repository as shallow: its history has holes and cannot be judged", path = path.display())]
    Shallow { path: PathBuf },
    #[error("alternates lead to more than {OBJECT_FOLDERS} object folders")]
    TooManyAlternates,
}

/// What the `config` file says about how objects are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub format: ObjectFormat,
    /// `extensions.compatObjectFormat` is set: objects may carry a signature over their twin in the other hash.
    pub compatible: bool,
    /// `core.ignoreCase` is set: the file system takes names for one that differ only in case.
    pub folds_names: bool,
}

/// Reads the layout, and refuses by name what cannot be judged.
pub(super) fn read_layout(git_dir: &Path) -> Result<Layout, RepositoryError> {
    for missing in ["HEAD", "objects", "refs"] {
        // HEAD may be a symbolic link to a branch that does not exist yet.
        if fs::symlink_metadata(git_dir.join(missing)).is_err() {
            return Err(RepositoryError::NotARepository { path: git_dir.to_path_buf(), missing });
        }
    }
    if git_dir.join("commondir").exists() {
        return Err(RepositoryError::LinkedWorktree { path: git_dir.to_path_buf() });
    }
    if git_dir.join("reftable").exists() {
        return Err(RepositoryError::Reftable { path: git_dir.to_path_buf() });
    }
    let shallow = git_dir.join("shallow");
    if !read_or_empty(&shallow)?.trim().is_empty() {
        return Err(RepositoryError::Shallow { path: shallow });
    }
    let grafts = git_dir.join("info/grafts");
    if read_or_empty(&grafts)?.lines().any(|line| !line.trim().is_empty() && !line.starts_with(b"#")) {
        return Err(RepositoryError::Grafts { path: grafts });
    }
    read_config(git_dir)
}

/// Extensions that change nothing about how objects and refs are read, or that are looked at here
/// (git-config(1), "extensions"). Git itself refuses a repository with any that it does not know.
const EXTENSIONS: [&str; 9] = [
    "compatobjectformat",
    "noop",
    "noop-v1",
    "objectformat",
    "partialclone",
    "preciousobjects",
    "refstorage",
    "relativeworktrees",
    "worktreeconfig",
];

fn unknown_extension(config: &gix::config::File) -> Option<String> {
    let sections = config.sections_by_name("extensions")?;
    sections
        .flat_map(|section| section.value_names().map(|name| name.to_string().to_ascii_lowercase()).collect::<Vec<_>>())
        .find(|name| !EXTENSIONS.contains(&name.as_str()))
}

/// One path from a git config file: that file alone, no includes. `None` when the key, or the file, is not there.
pub fn config_value(file: &Path, key: &str) -> Result<Option<PathBuf>, RepositoryError> {
    use std::os::unix::ffi::OsStrExt;
    let value = parse_config(file)?.string(key).map(|value| PathBuf::from(std::ffi::OsStr::from_bytes(&value)));
    Ok(value)
}

/// A git config file alone, as git reads it to learn a repository's format: no includes, no other files.
fn parse_config(path: &Path) -> Result<gix::config::File, RepositoryError> {
    let text = read_or_empty(path)?;
    let metadata = gix::config::file::Metadata::from(gix::config::Source::Local);
    gix::config::File::from_bytes_no_includes(&text, metadata, gix::config::file::init::Options::default())
        .map_err(|error| RepositoryError::Config { path: path.to_path_buf(), reason: error.to_string() })
}

fn read_config(git_dir: &Path) -> Result<Layout, RepositoryError> {
    let path = git_dir.join("config");
    let broken = |reason: String| RepositoryError::Config { path: path.clone(), reason };
    let config = parse_config(&path)?;
    let version =
        config.integer("core.repositoryformatversion").map_err(|error| broken(error.to_string()))?.unwrap_or(0);
    let word = |key: &str| config.string(key).map(|value| value.to_ascii_lowercase());
    let object_format = word("extensions.objectformat");
    let ref_storage = word("extensions.refstorage");
    let compatible = word("extensions.compatobjectformat").is_some();
    let folds_names = config.boolean("core.ignorecase").map_err(|error| broken(error.to_string()))?.unwrap_or(false);
    if !(0..=1).contains(&version) {
        return Err(broken(format!("'core.repositoryformatversion' is {version}, which is not known")));
    }
    if version == 0 && (object_format.is_some() || ref_storage.is_some() || compatible) {
        return Err(broken("'extensions' need 'core.repositoryformatversion' 1".to_string()));
    }
    if let Some(unknown) = unknown_extension(&config) {
        return Err(broken(format!("'extensions.{unknown}' is not known")));
    }
    match ref_storage.as_deref() {
        None | Some(b"files") => {}
        Some(b"reftable") => return Err(RepositoryError::Reftable { path: git_dir.to_path_buf() }),
        Some(other) => {
            return Err(broken(format!("'extensions.refStorage' is '{}', which is not known", other.as_bstr())));
        }
    }
    let format = match object_format.as_deref() {
        None | Some(b"sha1") => ObjectFormat::Sha1,
        Some(b"sha256") => ObjectFormat::Sha256,
        Some(other) => {
            return Err(broken(format!("'extensions.objectFormat' is '{}', which is not known", other.as_bstr())));
        }
    };
    Ok(Layout { format, compatible, folds_names })
}

fn read_or_empty(path: &Path) -> Result<Vec<u8>, RepositoryError> {
    match fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(source) if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(Vec::new())
        }
        Err(source) => Err(RepositoryError::Io { path: path.to_path_buf(), source }),
    }
}

/// Every folder that objects may be in, quarantine first, each once: what git itself would look through.
///
/// The first of the pair says that the folder is the quarantine.
pub(super) fn object_folders(location: &Location) -> Result<Vec<(bool, PathBuf)>, RepositoryError> {
    let mut folders: Vec<(bool, PathBuf)> = Vec::new();
    let mut seen = Vec::new();
    let own = location.git_dir.join("objects");
    let real_own = fs::canonicalize(&own).map_err(|source| RepositoryError::Io { path: own.clone(), source })?;
    let mut queue: Vec<(bool, usize, PathBuf)> = Vec::new();
    queue.extend(location.quarantine.iter().map(|path| (true, 0, path.clone())));
    queue.push((false, 0, own));
    queue.extend(location.alternates.iter().map(|path| (false, 0, path.clone())));
    let mut next = 0;
    while let Some((is_quarantine, depth, path)) = queue.get(next).cloned() {
        next += 1;
        let real = match fs::canonicalize(&path) {
            Ok(real) => real,
            // Git tells of an alternate that is gone and goes on; what it held is then missing, and that is an error.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !is_quarantine => continue,
            Err(source) => return Err(RepositoryError::Io { path, source }),
        };
        if seen.contains(&real) {
            continue;
        }
        if folders.len() == OBJECT_FOLDERS {
            return Err(RepositoryError::TooManyAlternates);
        }
        let list = read_or_empty(&real.join("info/alternates"))?;
        if depth <= ALTERNATE_DEPTH {
            // A relative path starts at the folder whose file names it.
            queue.extend(split_alternates(&list, b'\n').into_iter().map(|entry| (false, depth + 1, real.join(entry))));
        }
        seen.push(real.clone());
        folders.push((is_quarantine && real != real_own, real));
    }
    Ok(folders)
}

/// Splits a list of alternates: comments begin with `#`, a name in double quotes is unquoted (git(1)).
fn split_alternates(list: &[u8], separator: u8) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut rest = list;
    while !rest.is_empty() {
        let end = rest.find_byte(separator).unwrap_or(rest.len());
        let plain = &rest[..end];
        let (path, consumed) = match unquote(rest) {
            Some((path, consumed)) => (path, consumed),
            None if plain.starts_with(b"#") => (Vec::new(), end),
            None => (plain.to_vec(), end),
        };
        if !path.is_empty() {
            paths.push(PathBuf::from(OsStr::from_bytes(&path)));
        }
        rest = rest.get(consumed..).unwrap_or_default();
        rest = rest.strip_prefix(&[separator]).unwrap_or(rest);
    }
    paths
}

fn unquote(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    if !text.starts_with(b"\"") {
        return None;
    }
    let (path, consumed) = gix::quote::ansi_c::undo(text.as_bstr()).ok()?;
    Some((path.to_vec(), consumed))
}

/// `a/b` becomes `refs/namespaces/a/refs/namespaces/b/` (gitnamespaces(7)).
pub(super) fn namespace_prefix(namespace: Option<&str>) -> Result<String, RepositoryError> {
    let Some(namespace) = namespace else { return Ok(String::new()) };
    let prefix: String =
        namespace.split('/').filter(|part| !part.is_empty()).map(|part| format!("refs/namespaces/{part}/")).collect();
    if prefix.is_empty() {
        return Ok(prefix);
    }
    match RefName::parse(prefix.trim_end_matches('/').as_bytes(), true) {
        Ok(_) => Ok(prefix),
        Err(_) => Err(RepositoryError::Namespace(namespace.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["objects", "refs", "info"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        fs::write(dir.path().join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(dir.path().join("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n").unwrap();
        dir
    }

    fn layout_with(config: &str) -> Result<Layout, RepositoryError> {
        let dir = bare();
        fs::write(dir.path().join("config"), config).unwrap();
        read_layout(dir.path())
    }

    #[test]
    fn the_object_format_is_the_one_in_the_config_file() {
        let layout = layout_with("[core]\nrepositoryformatversion = 0\n").unwrap();
        assert_eq!(layout, Layout { format: ObjectFormat::Sha1, compatible: false, folds_names: false });
        let text =
            "[core]\nrepositoryformatversion = 1\n[extensions]\nobjectFormat = sha256\ncompatObjectFormat = sha1\n";
        assert_eq!(layout_with(text).unwrap(), Layout { format: ObjectFormat::Sha256, compatible: true, folds_names: false });
    }

    #[test]
    fn formats_that_cannot_be_read_are_refused_by_name() {
        let v1 = |extension: &str| format!("[core]\nrepositoryformatversion = 1\n[extensions]\n{extension}\n");
        assert!(matches!(layout_with(&v1("refStorage = reftable")), Err(RepositoryError::Reftable { .. })));
        assert!(matches!(layout_with(&v1("refStorage = other")), Err(RepositoryError::Config { .. })));
        assert!(matches!(layout_with(&v1("objectFormat = sha512")), Err(RepositoryError::Config { .. })));
        assert!(matches!(layout_with("[extensions]\nobjectFormat = sha256\n"), Err(RepositoryError::Config { .. })));
        assert!(matches!(layout_with("[core]\nrepositoryformatversion = 2\n"), Err(RepositoryError::Config { .. })));
        assert!(matches!(layout_with("[core\n"), Err(RepositoryError::Config { .. })));
    }

    #[test]
    fn holes_in_history_and_other_shapes_are_refused_by_name() {
        let with = |name: &str, text: &str| {
            let dir = bare();
            fs::write(dir.path().join(name), text).unwrap();
            read_layout(dir.path())
        };
        assert!(matches!(
            with("shallow", "4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"),
            Err(RepositoryError::Shallow { .. })
        ));
        assert!(with("shallow", "").is_ok());
        assert!(matches!(
            with("info/grafts", "4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"),
            Err(RepositoryError::Grafts { .. })
        ));
        assert!(with("info/grafts", "# nothing\n").is_ok());
        assert!(matches!(with("reftable", ""), Err(RepositoryError::Reftable { .. })));
        assert!(matches!(with("commondir", "..\n"), Err(RepositoryError::LinkedWorktree { .. })));
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(read_layout(empty.path()), Err(RepositoryError::NotARepository { .. })));
    }

    #[test]
    fn lists_of_alternates_are_split_and_unquoted_as_git_does() {
        let split = |text: &str| {
            split_alternates(text.as_bytes(), b':').iter().map(|p| p.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(split("/a:/b"), ["/a", "/b"]);
        assert_eq!(split("\"/a:b\":/c"), ["/a:b", "/c"]);
        assert_eq!(split("\"/tab\\there\""), ["/tab\there"]);
        assert_eq!(split("\"/open:/b"), ["\"/open", "/b"]);
        assert_eq!(split(":/a::#no:"), ["/a"]);
    }

    #[test]
    fn alternates_are_followed_from_where_they_are_named_each_once_and_not_for_ever() {
        let root = tempfile::tempdir().unwrap();
        let objects = |name: &str| {
            let path = root.path().join(name).join("objects");
            fs::create_dir_all(path.join("info")).unwrap();
            path
        };
        let (base, middle, top) = (objects("base"), objects("x/middle"), objects("x/y/top"));
        fs::write(middle.join("info/alternates"), "../../../base/objects\n").unwrap();
        fs::write(top.join("info/alternates"), "# a fork\n../../../middle/objects\n/does/not/exist\n").unwrap();
        fs::write(base.join("info/alternates"), format!("{}\n", top.display())).unwrap();
        let location = Location { alternates: vec![base.clone()], ..Location::of(root.path().join("x/y/top/.")) };
        let real = |path: &Path| fs::canonicalize(path).unwrap();
        let own = [(false, real(&top)), (false, real(&base)), (false, real(&middle))];
        assert_eq!(object_folders(&location).unwrap(), own);
        // Some servers name the repository's own folder where git names the quarantine.
        let location = Location { quarantine: Some(top.join(".")), ..location };
        assert_eq!(object_folders(&location).unwrap(), own);
        let quarantine = objects("incoming");
        let location = Location { quarantine: Some(quarantine.join("./.")), ..location };
        assert_eq!(object_folders(&location).unwrap()[..2], [(true, real(&quarantine)), (false, real(&top))]);
        let location = Location { quarantine: Some(root.path().join("gone")), ..location };
        assert!(matches!(object_folders(&location), Err(RepositoryError::Io { .. })));
    }

    #[test]
    fn namespaces_nest_and_must_be_names() {
        assert_eq!(namespace_prefix(None).unwrap(), "");
        assert_eq!(namespace_prefix(Some("a/b")).unwrap(), "refs/namespaces/a/refs/namespaces/b/");
        assert!(matches!(namespace_prefix(Some("a..b")), Err(RepositoryError::Namespace(_))));
    }
}
