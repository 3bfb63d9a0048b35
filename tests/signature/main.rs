//! Signatures made by the real `gpg`, `ssh-keygen` and `git`, judged by refgate.

mod support;

/// `allowed_signers` files: refgate and ssh-keygen give the same answers, or refgate the stricter one.
mod allowed_signers;
/// SSH certificates inside signatures.
mod certificate;
/// OpenPGP certificates and signatures that gpg does not make.
mod crafted;
/// Commits and tags that git itself signed.
mod git;
/// How long it takes to load the certificates of many people.
mod many;
/// Anything bent at random: no panic, and never good.
mod mutation;
/// OpenPGP: certificates, subkeys, revocations, times.
mod openpgp;
/// Revocations of OpenPGP certificates in files of their own.
mod lone_revocation;
/// KRLs and lists of revoked keys: refgate and ssh-keygen give the same answers.
mod revocation;
/// SSH keys listed in `allowed_signers` or by people.
mod ssh;
