//! Real git, pushing: does the pusher get the right answer and the right words, and is nothing left of a refused push?
//!
//! One binary; each topic below says what it is about. [`stage`] holds server and people, [`wire`] a client that
//! sends what no real one would, [`authenticator`] a hardware key made of software, [`running`] the hook at work.

mod authenticator;
mod running;
mod stage;
mod wire;

/// The stage itself, with hooks that are not refgate: each of its assertions is seen passing and failing.
mod the_stage;

/// Signed statements that let a commit become a ref's value.
mod approvals;

/// Push certificates, and everything that only looks like one.
mod certificates;

/// `install`, `check` and `judge`: the same answers outside the hook.
mod commands;

/// Pushes at the same time.
mod concurrency;

/// Where the config is found, and what its entries bind.
mod config;

/// The environment that the hook finds, believed and not believed; other ways in.
mod environment;

/// Whatever is missing or broken refuses.
mod failing_closed;

/// Every shape that repositories and pushes have.
mod formats;

/// Keys in hardware, and whether somebody touched them.
mod hardware;

/// The advice under each violation, followed to the letter.
mod hints;

/// Branches that only grow; old values that are not true.
mod history;

/// Who signed, who committed, who pushed.
mod identity;

/// Detours to a protected branch; what a baseline hides and what not.
mod laundering;

/// The hook ended, starved, blinded and muted.
mod killed;

/// Every limit, at it and beyond.
mod limits;

/// The decision log.
mod log;

/// Everything that may stand in a signature's place, as one table.
mod matrix;

/// What a merge itself changes.
mod merges;

/// What the pusher reads.
mod output;

/// The operator's own Rego.
mod own_rules;

/// Protected paths, and ways of changing them unseen.
mod paths;

/// Which ref git will really move.
mod refs;

/// Whose signature counts.
mod signed;

/// Tag objects, and tags that have none.
mod tags;

/// Dates that signers claim, and the time of receipt.
mod times;

/// What is read, going away meanwhile.
mod vanishing;
