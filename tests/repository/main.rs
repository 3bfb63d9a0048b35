//! The repository room against real git: what refgate reads must be what git wrote, and what it works out must be what
//! git, or a simple reference, works out. Uses the public API alone.

mod alike;
mod changes;
mod handed;
mod history;
mod merges;
mod objects;
mod parsers;
mod really_signed;
mod refs;
mod support;
