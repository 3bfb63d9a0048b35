//! The file `packed-refs` (git-pack-refs(1)): one `<id> SP <name>` a line, peeled values in lines of their own after it.
//!
//! Looked up by exact name. Loose refs win over it; that is decided elsewhere.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use bstr::ByteSlice;

use crate::ids::{ObjectFormat, ObjectId, RefName};

use super::refs::RefError;

/// Bytes of a ref's name and what stands around it, about.
const USUAL_NAME: usize = 24;

/// What tells one version of a file from another: device, inode, size, and modification time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp(u64, u64, u64, i64, i64);

impl Stamp {
    /// The stamp of no file is a stamp too.
    pub fn of(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(metadata) => {
                Ok(Self(metadata.dev(), metadata.ino(), metadata.size(), metadata.mtime(), metadata.mtime_nsec()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }
}

/// The file's content, with the lines of refs in byte order of their names.
pub(super) struct PackedRefs {
    bytes: Vec<u8>,
    format: ObjectFormat,
    /// Where each ref's line starts.
    lines: Vec<usize>,
}

impl PackedRefs {
    /// Reads the whole file; anything that git does not write there is an error.
    pub fn parse(bytes: Vec<u8>, format: ObjectFormat) -> Result<Self, RefError> {
        let mut lines = Vec::with_capacity(bytes.len() / (format.hex_digits() + USUAL_NAME));
        let (mut start, mut number) = (0, 0);
        let (mut last, mut sorted): (&[u8], bool) = (b"", true);
        while start < bytes.len() {
            number += 1;
            let wrong = RefError::Packed { line: number };
            let Some(text) = bytes[start..].find_byte(b'\n').map(|length| &bytes[start..start + length]) else {
                return Err(wrong);
            };
            match (text.first(), text.get(format.hex_digits()..)) {
                (Some(b'#'), _) if number == 1 => {}
                (Some(b'^'), Some([_])) if !lines.is_empty() => {}
                (Some(_), Some([b' ', name @ ..])) => {
                    lines.push(start);
                    sorted &= last <= name;
                    last = name;
                }
                _ => return Err(wrong),
            }
            start += text.len() + 1;
        }
        let mut packed = Self { bytes, format, lines: Vec::new() };
        // Git sorts the file and says so in its first line; that line is only a promise.
        if !sorted {
            lines.sort_by_key(|&start| packed.name(start));
        }
        packed.lines = lines;
        Ok(packed)
    }

    pub fn find(&self, name: &str) -> Result<Option<ObjectId>, RefError> {
        let at = self.lines.partition_point(|&start| self.name(start) < name.as_bytes());
        match self.lines.get(at) {
            Some(&start) if self.name(start) == name.as_bytes() => self.id(start).map(Some),
            _ => Ok(None),
        }
    }

    /// Names and values of the refs whose names begin with `prefix`, in byte order. Names that are not UTF-8 are left
    /// out: nobody can ask for them.
    pub fn below<'a>(&'a self, prefix: &str) -> impl Iterator<Item = Result<(RefName, ObjectId), RefError>> + 'a {
        let from = self.lines.partition_point(|&start| self.name(start) < prefix.as_bytes());
        let prefix = prefix.as_bytes().to_vec();
        let here = self.lines[from..].iter().take_while(move |&&start| self.name(start).starts_with(&prefix));
        here.filter_map(|&start| {
            let name = RefName::parse(self.name(start), true).ok()?;
            Some(self.id(start).map(|id| (name, id)))
        })
    }

    fn name(&self, start: usize) -> &[u8] {
        let rest = self.bytes.get(start + self.format.hex_digits() + 1..).unwrap_or_default();
        rest.find_byte(b'\n').map_or(rest, |length| &rest[..length])
    }

    fn id(&self, start: usize) -> Result<ObjectId, RefError> {
        let digits = self.bytes.get(start..start + self.format.hex_digits()).unwrap_or_default();
        ObjectId::parse(digits, self.format).filter(|id| !id.is_null()).ok_or_else(|| RefError::Broken {
            name: String::from_utf8_lossy(self.name(start)).into_owned(),
            reason: "it holds no object id",
        })
    }
}
