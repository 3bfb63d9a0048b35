//! The same files in OPA itself: the same answers, the same tests passed and failed, the same fields known.
//!
//! Needs `opa`, of the version that `.ci/policies` builds: `REFGATE_OPA` names it, and then it has to be there. Without,
//! these tests are passed over, and say so.

/// Real pushes, on the stage of the push tests.
#[allow(dead_code, unused_imports, reason = "the stage of the push tests, of which a part is used here")]
#[path = "../push/stage/mod.rs"]
mod stage;

/// OPA as a program.
mod program;

/// Pushes in which every shipped rule refuses something and lets something pass.
mod played;

/// What decision logs say that rules were shown, and what they said to it.
mod recorded;

/// Every shipped rule, asked again about everything that it was shown.
mod answers;

/// Functions that rules can call.
mod builtins;

/// Functions that answer otherwise, as the authors' page has them.
mod differences;

/// `refgate test` and `opa test`.
mod testing;

/// `refgate schema` and `opa check --schema`.
mod typed;
