//! Real git, pushing: does the pusher get the right answer and the right words, and is nothing left of a refused push?
//!
//! One binary; each topic below says what it is about. [`stage`] holds server and people, [`wire`] a client that
//! sends what no real one would.

mod stage;
mod wire;

/// The stage itself, with hooks that are not refgate: each of its assertions is seen passing and failing.
mod the_stage;
