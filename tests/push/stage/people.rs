//! The people on the stage. Their keys are in `fixtures/keys`, with the commands that made them.

use std::path::PathBuf;

/// Somebody who pushes, and what the operator wrote about them.
#[derive(Debug)]
pub struct Person {
    pub id: &'static str,
    pub name: &'static str,
    pub email: &'static str,
    pub groups: &'static [&'static str],
    /// The first one signs unless the test says otherwise.
    pub keys: &'static [Key],
    /// Further options of the person's lines in `allowed_signers`.
    pub ssh_options: &'static str,
    /// Further lines of the person's table in `people.toml`.
    pub more: &'static str,
}

/// A key by the name of its file in `fixtures/keys`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    OpenPgp(&'static str),
    Ssh(&'static str),
    /// An SSH key that signs with its certificate; the operator knows the authority, not the key.
    SshCertificate(&'static str),
}

const NOBODY: Person = Person { id: "", name: "", email: "", groups: &[], keys: &[], ssh_options: "", more: "" };

/// A maintainer who signs with OpenPGP.
pub const ALICE: &Person = &Person {
    id: "alice",
    name: "Alice Example",
    email: "alice@example.org",
    groups: &["maintainers", "security"],
    keys: &[Key::OpenPgp("alice")],
    ..NOBODY
};

/// A developer who signs with SSH.
pub const BOB: &Person = &Person {
    id: "bob",
    name: "Bob Example",
    email: "bob@example.org",
    groups: &["developers"],
    keys: &[Key::Ssh("bob")],
    ..NOBODY
};

/// The operator's word for her SSH key ended in 2024.
pub const CAROL: &Person = &Person {
    id: "carol",
    name: "Carol Example",
    email: "carol@example.org",
    groups: &["developers"],
    keys: &[Key::Ssh("carol")],
    ssh_options: ",valid-before=\"20240601\"",
    ..NOBODY
};

/// His SSH key is on the operator's revocation list.
pub const DAVE: &Person = &Person {
    id: "dave",
    name: "Dave Example",
    email: "dave@example.org",
    groups: &["developers"],
    keys: &[Key::Ssh("dave")],
    ..NOBODY
};

/// A security engineer with two SSH keys.
pub const ERIN: &Person = &Person {
    id: "erin",
    name: "Erin Example",
    email: "erin@example.org",
    groups: &["developers", "security"],
    keys: &[Key::Ssh("erin"), Key::Ssh("erin-at-home")],
    ..NOBODY
};

/// A forge's own signing key, for what people do in its web pages. Not in the usual cast.
pub const FORGE: &Person = &Person {
    id: "forge",
    name: "Forge",
    email: "forge@example.org",
    groups: &[],
    keys: &[Key::Ssh("forge")],
    more: "signs_for = \"committers\"\n",
    ..NOBODY
};

/// Her OpenPGP certificate expired in 2024, at the operator's.
pub const GRACE: &Person = &Person {
    id: "grace",
    name: "Grace Example",
    email: "grace@example.org",
    groups: &["developers"],
    keys: &[Key::OpenPgp("grace")],
    ..NOBODY
};

/// Her OpenPGP certificate is revoked, at the operator's.
pub const HEIDI: &Person = &Person {
    id: "heidi",
    name: "Heidi Example",
    email: "heidi@example.org",
    groups: &["developers"],
    keys: &[Key::OpenPgp("heidi")],
    ..NOBODY
};

/// The operator knows no key of his, only the authority that signed his certificate.
pub const IVAN: &Person = &Person {
    id: "ivan",
    name: "Ivan Example",
    email: "ivan@example.org",
    groups: &["developers"],
    keys: &[Key::SshCertificate("ivan")],
    ..NOBODY
};

/// The operator never heard of her, but the authority did. Not in the usual cast.
pub const JUDY: &Person = &Person {
    id: "judy",
    name: "Judy Example",
    email: "judy@example.org",
    keys: &[Key::SshCertificate("judy")],
    ..NOBODY
};

/// The operator never heard of her or her key.
pub const MALLORY: &Person = &Person {
    id: "mallory",
    name: "Mallory Example",
    email: "mallory@example.net",
    groups: &[],
    keys: &[Key::Ssh("mallory")],
    ..NOBODY
};

/// His RSA key has 1024 bits.
pub const OSCAR: &Person = &Person {
    id: "oscar",
    name: "Oscar Example",
    email: "oscar@example.org",
    groups: &["developers"],
    keys: &[Key::Ssh("oscar")],
    ..NOBODY
};

/// Continuous integration.
pub const ROBOT: &Person = &Person {
    id: "robot",
    name: "Robot",
    email: "robot@example.org",
    groups: &["robots"],
    keys: &[Key::Ssh("robot")],
    ..NOBODY
};

/// Everyone whom the operator knows, unless a test says otherwise.
pub const CAST: &[&Person] = &[ALICE, BOB, CAROL, DAVE, ERIN, GRACE, HEIDI, IVAN, OSCAR, ROBOT];

/// The path of a file in `fixtures/keys`.
pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/push/fixtures/keys")).join(name)
}

/// The bytes of a file in `fixtures/keys`.
pub fn read_fixture(name: &str) -> Vec<u8> {
    let path = fixture(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("cannot read '{}': {error}", path.display()))
}
