//! Where rows are made: a commit to put a signature into, and a place to collect what becomes of it.

use std::cell::RefCell;

use crate::matrix::keyring::Keyring;
use crate::stage::{BOB, Developer, MALLORY, Person, Server, Signed, program, run};

/// Half a year after the first second of every story.
const USUAL: &str = "1751328000";

/// One kind of signature, and what must come of it.
pub struct Row {
    pub name: &'static str,
    pub make: fn(&Task<'_>) -> Object,
    /// `status | at_signing | person | who refuses`.
    pub judged: &'static str,
}

/// What a row pushes, by its id.
pub enum Object {
    Commit(String),
    /// Under the name in the object, unless it is pushed as another.
    Tag {
        name: String,
        id: String,
    },
}

pub struct Bench<'a> {
    pub server: &'a Server,
    pub keyring: &'a Keyring,
    /// Whose repository collects all rows.
    pub collector: Developer<'a>,
    empty_tree: String,
    /// A key that signs many rows need not be fetched for each.
    bob: RefCell<Option<Developer<'a>>>,
}

/// The making of one row.
pub struct Task<'a> {
    pub bench: &'a Bench<'a>,
    pub name: &'static str,
    number: usize,
}

impl<'a> Bench<'a> {
    pub fn new(server: &'a Server, keyring: &'a Keyring) -> Self {
        let collector = server.developer(BOB);
        let empty_tree = collector.store("tree", "");
        Self { server, keyring, collector, empty_tree, bob: RefCell::new(None) }
    }

    /// Gives the object a ref of its own in the collector's repository: the ref, and the object's id.
    pub fn place(&self, number: usize, object: &Object) -> (String, String) {
        let (name, id) = match object {
            Object::Commit(id) => (format!("refs/heads/row/{number}"), id),
            Object::Tag { name, id } => (format!("refs/tags/{name}"), id),
        };
        let path = self.collector.work().join(".git").join(&name);
        std::fs::create_dir_all(path.parent().expect("it is below the folder")).expect("the stage can make folders");
        std::fs::write(path, format!("{id}\n")).expect("the stage can write refs");
        (name, id.clone())
    }
}

impl<'a> Task<'a> {
    pub fn new(bench: &'a Bench<'a>, number: usize, name: &'static str) -> Self {
        Self { bench, name, number }
    }

    /// A name for a tag that no other row has.
    pub fn tag_name(&self) -> String {
        format!("row-{}", self.number)
    }

    /// What somebody does in an own work folder, with the tools that people use; the row is what is checked out then.
    pub fn by(&self, person: &'static Person, work: impl FnOnce(&Developer<'_>)) -> Object {
        let developer = self.bench.server.developer(person);
        work(&developer);
        self.collect(&developer, "HEAD");
        Object::Commit(developer.head())
    }

    /// The same for a tag of this name.
    pub fn tag_by(&self, person: &'static Person, name: &str, work: impl FnOnce(&Developer<'_>)) -> Object {
        let developer = self.bench.server.developer(person);
        work(&developer);
        self.collect(&developer, &format!("refs/tags/{name}"));
        Object::Tag { name: name.to_string(), id: developer.id(&format!("refs/tags/{name}")) }
    }

    /// Brings what a developer made into the collector's repository, under no name.
    fn collect(&self, developer: &Developer<'_>, revision: &str) {
        let work = developer.work().display().to_string();
        self.bench.collector.git(&["fetch", "--quiet", "--no-tags", &work, revision]);
    }

    /// A commit of nothing by this committer, not signed yet.
    pub fn draft(&self, email: &str) -> Signed {
        self.draft_on(email, USUAL)
    }

    /// The same, with another date in seconds.
    pub fn draft_on(&self, email: &str, seconds: &str) -> Signed {
        let headers = format!(
            "tree {}\nauthor Somebody <{email}> {seconds} +0000\ncommitter Somebody <{email}> {seconds} +0000\n",
            self.bench.empty_tree
        );
        Signed { headers, message: format!("{}\n", self.name), signature: String::new() }
    }

    /// The draft with this signature.
    pub fn signed(&self, mut draft: Signed, sign: impl FnOnce(&str) -> String) -> Object {
        draft.signature = sign(&draft.payload());
        self.raw(draft.commit())
    }

    /// Bytes as a commit, whatever git thinks of them.
    pub fn raw(&self, bytes: impl AsRef<[u8]>) -> Object {
        Object::Commit(self.bench.collector.store("commit", bytes))
    }

    /// Bytes as a tag of this name.
    pub fn raw_tag(&self, name: &str, bytes: impl AsRef<[u8]>) -> Object {
        Object::Tag { name: name.to_string(), id: self.bench.collector.store("tag", bytes) }
    }

    /// A tag by Bob of an empty tree, without a signature.
    pub fn tag_payload(&self, name: &str, message: &str) -> String {
        let tree = &self.bench.empty_tree;
        format!("object {tree}\ntype tree\ntag {name}\ntagger Bob <bob@example.org> {USUAL} +0000\n\n{message}")
    }

    /// Such a tag with this signature, pushed under a name.
    pub fn signed_tag(&self, named: &str, pushed: &str, sign: impl FnOnce(&str) -> String) -> Object {
        let payload = self.tag_payload(named, &format!("{}\n", self.name));
        self.raw_tag(pushed, payload.clone() + &sign(&payload))
    }

    /// A good signature by Bob.
    pub fn bobs(&self, payload: &str) -> String {
        let mut bob = self.bench.bob.borrow_mut();
        bob.get_or_insert_with(|| self.bench.server.developer(BOB)).sign(payload, "git")
    }

    /// A signature by `ssh-keygen` with a key, or a certificate, of the keyring.
    pub fn ssh(&self, key: &str, payload: &str) -> String {
        self.bench.keyring.ssh_sign(key, payload, "git")
    }

    /// Real gpg, in a home where these secret keys are, with these options.
    pub fn gpg(&self, secret: &[u8], options: &[&str], payload: &str) -> String {
        let home = self.bench.server.new_home("gpg");
        let gnupg = home.join("gnupg");
        std::fs::create_dir_all(&gnupg).expect("the stage can make folders");
        std::fs::set_permissions(&gnupg, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("a closed folder");
        let imported = run(program("gpg", &home).args(["--batch", "--quiet", "--import"]), secret);
        assert!(imported.status.success(), "{}", imported.stderr_text());
        let mut command = program("gpg", &home);
        command.args(["--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "", "--armor"]);
        let made = run(command.args(options), payload.as_bytes());
        let _ = run(program("gpgconf", &home).args(["--kill", "gpg-agent"]), b"");
        assert!(made.status.success(), "{}", made.stderr_text());
        String::from_utf8(made.stdout).expect("an armored signature is ASCII")
    }
}

/// A case that is one of a whole server.
pub struct Situation {
    pub name: &'static str,
    pub play: fn() -> String,
    pub answer: &'static str,
}

pub const SITUATIONS: &[Situation] = &[
    Situation { name: "C16 the revocation list is missing", play: || revoked_keys(None), answer: "could not judge" },
    Situation { name: "C16 the revocation list is empty", play: || revoked_keys(Some(b"")), answer: "could not judge" },
    Situation {
        name: "C16 the revocation list is cut short",
        play: || revoked_keys(Some(&crate::stage::read_fixture("revoked.krl")[..60])),
        answer: "could not judge",
    },
    Situation {
        name: "C51 a commit signed for another repository, where certificates are not asked for",
        play: || replayed("\"commit.signed\""),
        answer: "accepted",
    },
    Situation {
        name: "C51 a commit signed for another repository, where certificates are asked for",
        play: || replayed("\"commit.signed\", \"push.certificate\""),
        answer: "refused by push.certificate",
    },
];

/// Bob's push to a server with this list of revoked keys.
fn revoked_keys(list: Option<&[u8]>) -> String {
    let identity = "people = \"people.toml\"\nallowed_signers = [\"allowed_signers\"]\nrevoked_keys = [\"gone.krl\"]";
    let build = Server::build().identity(identity);
    let server = list.iter().fold(build, |build, bytes| build.file("gone.krl", bytes)).start();
    server.developer(BOB).commit("add a door").push("main").could_not_judge("");
    "could not judge".to_string()
}

/// Mallory takes Bob's signed commit to a server with these rules.
fn replayed(rules: &str) -> String {
    let server = Server::with_rules(&format!("[[rule]]\nuse = [{rules}]"));
    let (bob, mallory) = (server.developer(BOB), server.developer(MALLORY));
    let work = bob.commit("add a door").work().display().to_string();
    mallory.git(&["fetch", "--quiet", &work, "main"]);
    let outcome = mallory.push("FETCH_HEAD:refs/heads/elsewhere");
    match outcome.succeeded {
        true => drop(outcome.accepted()),
        false => drop(outcome.refused("")),
    }
    let refusing = server.decision()["result"]["violations"][0]["code"].as_str().map(str::to_string);
    refusing.map_or("accepted".to_string(), |code| format!("refused by {code}"))
}
