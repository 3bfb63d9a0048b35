//! Documents that begin alike: what a question's documents have in common is converted and hashed once, and one is put
//! together only for a question that was not put before.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::project::{Document, member, project};
use super::{MemoKey, Reads};

/// What the documents of one question have in common: everything but the fact that they are about.
#[derive(Clone)]
pub struct Stem {
    /// An object that is not closed.
    text: String,
    hash: Sha256,
}

impl Stem {
    /// `common` has the fields that come before the fact's, in the order of the document.
    ///
    /// # Panics
    ///
    /// As [`project`].
    pub fn new(common: &impl Serialize, reads: &Reads) -> Self {
        let mut text = String::from(project(common, reads));
        text.pop();
        let hash = Sha256::new().chain_update(&text);
        Self { text, hash }
    }

    /// The document that is nothing but this.
    pub fn alone(&self) -> Draft<'_> {
        Draft { stem: self, rest: "}".to_string() }
    }

    /// The document about `fact`, which stands in it as `name`.
    ///
    /// # Panics
    ///
    /// As [`project`].
    pub fn about(&self, name: &str, fact: &impl Serialize, reads: &Reads) -> Draft<'_> {
        let mut rest = String::with_capacity(512);
        member(name, fact, reads, self.text == "{", &mut rest);
        rest.push('}');
        Draft { stem: self, rest }
    }
}

/// A document in two parts.
pub struct Draft<'a> {
    stem: &'a Stem,
    rest: String,
}

impl Draft<'_> {
    /// Bytes of the document.
    pub fn bytes(&self) -> usize {
        self.stem.text.len() + self.rest.len()
    }

    /// As [`MemoKey::new`] has it of the whole document.
    pub fn key(&self, binding: usize, rule: usize) -> MemoKey {
        MemoKey { binding, rule, document: self.stem.hash.clone().chain_update(&self.rest).finalize().into() }
    }

    pub fn document(&self) -> Document {
        Document::from_parts(&self.stem.text, &self.rest)
    }
}
