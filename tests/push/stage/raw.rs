//! Objects and lines that git's own commands would not make.
//!
//! Where signatures belong in a commit is gitformat-signature(5).

/// One line of a pre-receive hook's stdin.
pub fn line(old: &str, new: &str, name: &str) -> String {
    format!("{old} {new} {name}\n")
}

/// A commit in parts, so that a test can put them together in its own way.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The header lines that are signed, each with its line feed.
    pub headers: String,
    /// What follows the empty line.
    pub message: String,
    /// Armored, with its last line feed.
    pub signature: String,
}

impl Signed {
    /// The bytes that the signature covers.
    pub fn payload(&self) -> String {
        format!("{}\n{}", self.headers, self.message)
    }

    /// The commit as git would store it.
    pub fn commit(&self) -> String {
        format!("{}{}\n{}", self.headers, self.signature_header("gpgsig"), self.message)
    }

    /// The signature as a header of this name: continuation lines begin with a blank.
    pub fn signature_header(&self, name: &str) -> String {
        format!("{name} {}\n", self.signature.trim_end().replace('\n', "\n "))
    }
}
