//! What targets have in common: a repository's two formats, the signatures in `signed/` and whose they are, and what
//! is true of every problem that is told.

pub mod objects;
pub mod signed;
pub mod told;
