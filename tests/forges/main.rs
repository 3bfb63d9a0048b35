//! refgate on the servers that people run: the real programs, set up by the very pages and files of `examples/`, and real
//! pushes through them.
//!
//! Each server stands on a throw-away [`machine`]. Where one cannot be had, or a program is not installed, the test says
//! so past the test runner and passes; with `CI` in the environment it fails instead. `.ci/servers` installs them all.

#[path = "../push/stage/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the stage of the push tests, of which a part is used here")]
mod stage;

mod machine;
mod page;

/// The pushes that every server is shown, and what must come of them.
mod story;

/// OpenSSH, with one account for everybody and with one for each.
mod plain_ssh;

/// git over HTTP behind nginx.
mod http_nginx;

/// gitolite 3.
mod gitolite;

/// Gitea, and what people do in its pages.
mod gitea;

mod web;

/// GitLab, with a stand-in for Gitaly.
mod gitlab;

/// `refgate install` where no server has a say: folders, git's own config, what was there before.
mod installing;

/// What `.ci/package` makes, and the container files that cannot be run here.
mod packaging;
