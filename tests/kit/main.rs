//! The rule author's kit, as an author uses it: the binary in a folder of its own.

mod desk;

/// Real pushes, on the stage of the push tests.
#[allow(dead_code, unused_imports, reason = "the stage of the push tests, of which a part is used here")]
#[path = "../push/stage/mod.rs"]
mod stage;

/// `init`: a start that is good as it stands.
mod init;

/// `rules`: what there is, and taking it over.
mod rules;

/// `policies/authors.md`: what the page says is so.
mod authors;

/// What is wrong is told, all of it.
mod mistakes;

/// `test`: what tests show, and what their failures say.
mod testing;

/// `schema`, `completions`, `man`.
mod pages;

/// `judge --explain`: why a decision came out as it did.
mod explain;

/// `input`: documents for tests.
mod input;

/// `replay`: the past by another config.
mod replay;
