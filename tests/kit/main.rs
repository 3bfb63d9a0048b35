//! The rule author's kit, as an author uses it: the binary in a folder of its own.

mod desk;

/// `init`: a start that is good as it stands.
mod init;

/// `rules`: what there is, and taking it over.
mod rules;

/// `test`: what tests show, and what their failures say.
mod testing;

/// `schema`, `completions`, `man`.
mod pages;
