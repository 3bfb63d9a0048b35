//! The stage that push tests play on: a throw-away server with refgate as its hook, people with keys, and real git
//! between them. A test has four lines: stage, person, act, outcome.
//!
//! Nothing here knows a rule, and nothing here asks refgate's library: what is asserted is what git did and what
//! people were told.

mod config;
mod developer;
mod hook;
mod kept;
mod outcome;
mod people;
mod program;
mod pushing;
mod raw;
mod server;
mod snapshot;
mod transcript;

pub use developer::Developer;
pub use hook::{HookRun, shipped_hook};
pub use outcome::Outcome;
pub use people::{ALICE, BOB, CAROL, DAVE, ERIN, FORGE, GRACE, HEIDI, IVAN, JUDY, Key, MALLORY, OSCAR, Person, ROBOT, read_fixture};
pub use program::{program, run};
pub use raw::{Signed, line};
pub use server::{Server, ServerBuilder};
pub use snapshot::Snapshot;
pub use transcript::Told;
