//! The set-ups in `examples/`, played: each folder is the operator's, people push to it, and what they are told is what
//! its page says.

#[path = "../push/stage/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the stage of the push tests, of which a part is used here")]
mod stage;

mod recipe;

/// Clusters follow the branch.
mod cluster;

/// A newcomer follows the page, command by command.
mod first_rule;

/// Paths have owners.
mod monorepo;

/// Contributors whom nobody knows.
mod open_source;

/// Signed, approved, ticketed, at rest on weekends.
mod regulated;

/// One person, one key.
mod solo;
