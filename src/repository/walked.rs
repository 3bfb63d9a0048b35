//! Commits that a walk read and that are likely to be judged next: their content, so that it is read once. A cache, and
//! nothing else.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::ids::ObjectId;

/// Bytes that are kept, for all threads. A walk begins with what is judged first.
const KEPT_BYTES: usize = 8 << 20;

#[derive(Default)]
pub(super) struct Walked(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    contents: HashMap<ObjectId, Vec<u8>>,
    bytes: usize,
}

impl Walked {
    /// Keeps the content of a commit, as long as there is room.
    pub fn keep(&self, id: ObjectId, content: Vec<u8>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes.saturating_add(content.len()) <= KEPT_BYTES && !kept.contents.contains_key(&id) {
            kept.bytes += content.len();
            kept.contents.insert(id, content);
        }
    }

    /// Works on the content of a commit, and leaves it here.
    pub fn peek<T>(&self, id: ObjectId, look: impl FnOnce(&[u8]) -> T) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contents.get(&id).map(|content| look(content))
    }

    /// Gives up the content of a commit that is judged now.
    pub fn take(&self, id: ObjectId) -> Option<Vec<u8>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let content = kept.contents.remove(&id)?;
        kept.bytes -= content.len();
        Some(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ObjectFormat;

    #[test]
    fn what_does_not_fit_is_not_kept() {
        let id = |byte: u8| ObjectId::from_bytes(&[byte; 20], ObjectFormat::Sha1).unwrap();
        let walked = Walked::default();
        walked.keep(id(1), vec![1; KEPT_BYTES - 1]);
        walked.keep(id(2), vec![2; 2]);
        walked.keep(id(3), vec![3]);
        walked.keep(id(3), vec![3]);
        assert_eq!(walked.peek(id(1), <[u8]>::len), Some(KEPT_BYTES - 1));
        assert_eq!((walked.take(id(2)), walked.take(id(3))), (None, Some(vec![3])));
    }

    #[test]
    fn what_is_taken_makes_room() {
        let id = |byte: u8| ObjectId::from_bytes(&[byte; 20], ObjectFormat::Sha1).unwrap();
        let walked = Walked::default();
        walked.keep(id(1), vec![1; KEPT_BYTES]);
        assert_eq!(walked.take(id(1)).map(|content| content.len()), Some(KEPT_BYTES));
        assert_eq!(walked.take(id(1)), None);
        walked.keep(id(2), vec![2; KEPT_BYTES]);
        assert!(walked.take(id(2)).is_some());
    }
}
