//! Rules: loading them, what they read, asking them. The only room that knows the Rego engine.
//!
//! Knows no facts: an input document goes in, findings come out.
