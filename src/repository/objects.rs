//! The object store: quarantine, repository and every alternate as one. Bytes by id, nothing parsed.
//!
//! Replace refs do not exist here, no object is found by abbreviation, and nothing is written. Sizes are looked at
//! before content is read.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use gix::objs::{Find, FindHeader};
use thiserror::Error;

use crate::facts::ObjectKind;
use crate::ids::{ObjectFormat, ObjectId};

use super::delta_bases::DeltaBases;
use super::location::{Location, RepositoryError, object_folders};

/// Why an object, or what is worked out from objects, cannot be judged.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ObjectError {
    /// Parsers read it differently: the gate refuses it.
    #[error("the object '{id}' is ambiguous: {reason}")]
    Ambiguous { id: ObjectId, reason: String },
    /// It, or what it leads to, is more than a limit allows: the gate refuses it.
    #[error("the object '{id}' exceeds the limit '{name}' of {limit}")]
    Limit { name: &'static str, limit: u64, id: ObjectId },
    /// It is not stored. For a commit's parent this is a hole in history.
    #[error("the object '{0}' is missing")]
    Missing(ObjectId),
    /// It is stored and cannot be read, or what trusted history says about it is not so.
    #[error("the object '{id}' cannot be read: {reason}")]
    Unreadable { id: ObjectId, reason: String },
}

impl ObjectError {
    pub(super) fn ambiguous(id: ObjectId, reason: impl Into<String>) -> Self {
        Self::Ambiguous { id, reason: reason.into() }
    }

    pub(super) fn limit(name: &'static str, limit: usize, id: ObjectId) -> Self {
        Self::Limit { name, limit: limit as u64, id }
    }
}

/// What an object is, without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub kind: ObjectKind,
    /// Bytes of content.
    pub size: u64,
}

/// The folders of objects, shared by all threads.
#[derive(Clone)]
pub(super) struct Folders {
    format: ObjectFormat,
    /// The most bytes that an object may take in memory.
    largest: usize,
    stores: Vec<(bool, Arc<gix::odb::Store>)>,
}

impl Folders {
    /// Opens every folder that git would look through. `largest` is the most bytes that any object may take in memory.
    pub fn open(location: &Location, format: ObjectFormat, largest: usize) -> Result<Self, RepositoryError> {
        let mut stores = Vec::new();
        for (is_quarantine, path) in object_folders(location)? {
            let options = gix::odb::store::init::Options { alloc_limit_bytes: Some(largest), ..Default::default() };
            let store = gix::odb::Store::at_opts(path.clone(), hash_kind(format), &mut std::iter::empty(), options)
                .map_err(|error| RepositoryError::Objects { path, reason: error.to_string() })?;
            stores.push((is_quarantine, Arc::new(store)));
        }
        Ok(Self { format, largest, stores })
    }

    /// A view for one thread.
    pub fn handle(&self) -> Objects {
        let handles = self.stores.iter().map(|(is_quarantine, store)| {
            let mut handle = store.to_handle_arc();
            handle.ignore_replacements = true;
            if *is_quarantine {
                // Nobody adds to the quarantine while the hook runs; most objects are not in it and must not cost a
                // look at the disk each.
                handle.refresh_never();
            }
            StoreHandle::from(handle).with_pack_cache(|| Box::new(DeltaBases::default()))
        });
        Objects {
            format: self.format,
            largest: self.largest,
            handles: handles.collect(),
            decoded: RefCell::default(),
            found: Cell::default(),
        }
    }
}

type StoreHandle = gix::odb::HandleArc;

/// One thread's view of every folder.
pub(super) struct Objects {
    format: ObjectFormat,
    largest: usize,
    handles: Vec<StoreHandle>,
    /// Where objects are decoded, which takes more room than their content.
    decoded: RefCell<Vec<u8>>,
    /// The header found last: often it is the next one too.
    found: Cell<Option<(ObjectId, Header)>>,
}

/// Most bytes of [`Objects::decoded`] that stay for the next object.
const DECODED_BYTES: usize = 1 << 16;

impl Objects {
    pub fn format(&self) -> ObjectFormat {
        self.format
    }

    /// Kind and size; `None` when it is not stored.
    pub fn find_header(&self, id: ObjectId) -> Result<Option<Header>, ObjectError> {
        if let Some((_, header)) = self.found.get().filter(|(found, _)| *found == id) {
            return Ok(Some(header));
        }
        let wanted = to_gix(id);
        for handle in &self.handles {
            if let Some(header) = handle.try_header(&wanted).map_err(|error| unreadable(id, &error))? {
                let header = Header { kind: object_kind(header.kind), size: header.size };
                self.found.set(Some((id, header)));
                return Ok(Some(header));
            }
        }
        Ok(self.known_without_storage(id).then_some(Header { kind: ObjectKind::Tree, size: 0 }))
    }

    /// Kind and size of an object that must be there.
    pub fn header(&self, id: ObjectId) -> Result<Header, ObjectError> {
        self.find_header(id)?.ok_or(ObjectError::Missing(id))
    }

    /// Content of an object that must be there, at most `limit` bytes of it; `name` is the limit's.
    pub fn read(&self, id: ObjectId, name: &'static str, limit: usize) -> Result<(ObjectKind, Vec<u8>), ObjectError> {
        match self.find(id, name, limit)? {
            // The store's own bound held it in memory.
            (_, content) if content.len() > limit => Err(ObjectError::limit(name, limit, id)),
            found => Ok(found),
        }
    }

    /// Content of an object that must be there. Only the store's own bound keeps it from being large: for objects that
    /// are not judged.
    pub fn read_any(&self, id: ObjectId) -> Result<(ObjectKind, Vec<u8>), ObjectError> {
        self.find(id, "tree_bytes", self.largest)
    }

    fn find(&self, id: ObjectId, name: &'static str, limit: usize) -> Result<(ObjectKind, Vec<u8>), ObjectError> {
        let wanted = to_gix(id);
        let mut decoded = self.decoded.take();
        // Even a small object takes much memory where it is stored as its difference from a large one.
        let failed = |error: gix::Error| match error.is_resource_exhausted() {
            true => ObjectError::limit(name, limit, id),
            false => unreadable(id, &error),
        };
        for handle in &self.handles {
            if let Some(found) = handle.try_find(&wanted, &mut decoded).map_err(failed)? {
                let (kind, length) = (object_kind(found.kind), found.data.len());
                decoded.truncate(length);
                if decoded.capacity() > DECODED_BYTES {
                    // Whoever keeps the content counts its length.
                    decoded.shrink_to_fit();
                    return Ok((kind, decoded));
                }
                let content = decoded.clone();
                self.decoded.replace(decoded);
                return Ok((kind, content));
            }
        }
        match self.known_without_storage(id) {
            true => Ok((ObjectKind::Tree, Vec::new())),
            false => Err(ObjectError::Missing(id)),
        }
    }

    /// Git knows the empty tree whether or not it is stored.
    fn known_without_storage(&self, id: ObjectId) -> bool {
        id == ObjectId::empty_tree(self.format)
    }

    /// The id that content would have as an object of this kind.
    pub fn hash_blob(&self, content: &[u8]) -> Option<ObjectId> {
        let id = gix::objs::compute_hash(hash_kind(self.format), gix::objs::Kind::Blob, content).ok()?;
        ObjectId::from_bytes(id.as_slice(), self.format)
    }
}

fn unreadable(id: ObjectId, error: &gix::Error) -> ObjectError {
    ObjectError::Unreadable { id, reason: error.to_string() }
}

fn hash_kind(format: ObjectFormat) -> gix::hash::Kind {
    match format {
        ObjectFormat::Sha1 => gix::hash::Kind::Sha1,
        ObjectFormat::Sha256 => gix::hash::Kind::Sha256,
    }
}

fn to_gix(id: ObjectId) -> gix::hash::ObjectId {
    gix::hash::ObjectId::from_bytes_or_panic(id.as_bytes())
}

fn object_kind(kind: gix::objs::Kind) -> ObjectKind {
    match kind {
        gix::objs::Kind::Blob => ObjectKind::Blob,
        gix::objs::Kind::Commit => ObjectKind::Commit,
        gix::objs::Kind::Tag => ObjectKind::Tag,
        gix::objs::Kind::Tree => ObjectKind::Tree,
    }
}
