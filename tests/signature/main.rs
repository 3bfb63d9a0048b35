//! Signatures made by the real `gpg`, `ssh-keygen` and `git`, judged by refgate.

mod support;

/// OpenPGP: certificates, subkeys, revocations, times.
mod openpgp;
/// SSH keys listed in `allowed_signers` or by people.
mod ssh;
