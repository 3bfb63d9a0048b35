//! refgate judges a `git push` by rules.
//!
//! > git's lines become a **push**, the repository turns it into **facts**, keys turn signatures into
//! > **verifications**, both become an **input**, rules turn the input into **violations**, violations become a
//! > **verdict**, and the verdict becomes a **report**.
//!
//! Every bold noun has one room below; every arrow is one function; nothing flows back.

pub mod ids;
pub mod time;
pub mod push;
pub mod problem;
pub mod pattern;
pub mod config;
pub mod people;
pub mod facts;
pub mod server;
pub mod repository;
pub mod signature;
pub mod input;
pub mod policy;
pub mod setup;
pub mod verdict;
pub mod gate;
pub mod report;
pub mod record;
pub mod cli;
pub mod commands;
