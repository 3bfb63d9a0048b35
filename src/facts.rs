//! What is true about a push: the documents that rules see.
//!
//! These serialised types *are* the contract with rule authors (`input.version` 1): a field added here is a field
//! in `input`. There is no null and no missing key: a string that does not apply is `""`, a list `[]`, a boolean
//! `false`. A time is RFC 3339 in UTC beside an integer of nanoseconds since 1970; `""` and 0 stand for "never was",
//! `""` and the largest integer for "never ends". Nothing here decides anything.

use schemars::JsonSchema;
use serde::Serialize;

/// The version of these documents, `input.version`.
pub const INPUT_VERSION: u32 = 1;

/// Someone the operator knows, or a placeholder whose `id` says whose place it takes (`?signer`, `?pusher`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Person {
    pub id: String,
    pub known: bool,
    pub name: String,
    pub emails: Vec<String>,
    pub groups: Vec<String>,
}

impl Person {
    /// Nobody the operator knows. `place` differs by where it stands, so that two unknowns are never equal.
    pub fn unknown(place: &str) -> Self {
        Self { id: format!("?{place}"), known: false, name: String::new(), emails: Vec::new(), groups: Vec::new() }
    }
}

/// Whose e-mail an identity line shows. A claim, never proof, so it carries no groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Claimed {
    pub id: String,
    pub known: bool,
}

/// The push as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Push {
    pub repository: Repository,
    pub pusher: Pusher,
    pub channel: Channel,
    /// Push options (`git push -o`), in order.
    pub options: Vec<String>,
    pub certificate: Certificate,
    /// When refgate started to judge.
    pub received_at: String,
    pub received_at_ns: i64,
    pub updates: Vec<UpdateSummary>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Repository {
    /// As the server names it (`owner/name`), else the absolute path of the repository.
    pub path: String,
    pub name: String,
    pub owner: String,
    pub kind: RepositoryKind,
    /// `sha1` or `sha256`.
    pub object_format: String,
    /// The full name of the branch that HEAD points to, existing or not; `""` when HEAD is detached.
    pub head: String,
    /// No ref existed before this push.
    pub empty: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RepositoryKind {
    #[default]
    Code,
    Wiki,
    Other,
}

/// Who the server says is pushing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Pusher {
    pub name: String,
    pub id: String,
    pub email: String,
    /// Fingerprint or id of the key that authenticated, where the server tells.
    pub key: String,
    pub deploy_key: bool,
    pub person: Person,
}

/// How the push came in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Channel {
    pub forge: Forge,
    pub protocol: Protocol,
    pub trigger: Trigger,
    /// Network address of the client, where the server tells.
    pub address: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Forge {
    Gitea,
    Github,
    Gitlab,
    Gitolite,
    #[default]
    Plain,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    Http,
    Local,
    Ssh,
    #[default]
    #[serde(rename = "")]
    Unknown,
    Web,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    Edit,
    Internal,
    Merge,
    Push,
    #[default]
    #[serde(rename = "")]
    Unknown,
    UpdateBranch,
}

/// The push certificate (`git push --signed`), verified by refgate itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Certificate {
    /// `none`, or the status of its signature.
    pub status: CertificateStatus,
    /// Git's word on the nonce: `OK`, `SLOP`, `BAD`, `MISSING`, `UNSOLICITED`, or `""`.
    pub nonce_status: String,
    pub person: Person,
    pub key: Key,
}

impl Certificate {
    /// The push carries no certificate.
    pub fn none() -> Self {
        Self {
            status: CertificateStatus::None,
            nonce_status: String::new(),
            person: Person::unknown("certificate"),
            key: Key::none(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CertificateStatus {
    None,
    #[serde(untagged)]
    Signed(Status),
}

/// What `push.updates` tells of each update; the whole is in `input.update`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UpdateSummary {
    #[serde(rename = "ref")]
    pub ref_name: String,
    pub kind: RefKind,
    pub action: Action,
    pub old: String,
    pub new: String,
    pub history: History,
    pub introduced: Introduced,
}

/// One ref update, as git will carry it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Update {
    /// The stored ref that git will move: namespaces applied, symbolic refs followed.
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// The name the client sent.
    pub requested: String,
    /// The name as people say it (`main`, `v1.0`).
    pub name: String,
    pub kind: RefKind,
    pub action: Action,
    /// Its value before the push; all zeros for a creation.
    pub old: String,
    /// Its value after the push; all zeros for a deletion.
    pub new: String,
    /// It is the branch that HEAD points to.
    pub is_head: bool,
    pub history: History,
    /// `old` is on the first-parent chain of `new`.
    pub first_parent: bool,
    pub introduced: Introduced,
    pub discarded: Discarded,
    pub target: Target,
    /// Old tip to new tip. Creation: from the merge base with the HEAD branch, or else the empty tree. Deletion: none.
    pub changes: Vec<Change>,
    pub approvals: Vec<Approval>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefKind {
    Branch,
    Note,
    Other,
    Tag,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Create,
    Delete,
    Update,
}

/// How `new` relates to `old`, by reachability alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// There was no old value.
    Created,
    /// There is no new value.
    Deleted,
    /// Each has commits that the other has not, and they share some.
    Diverged,
    /// Old is an ancestor of new.
    FastForward,
    /// New is an ancestor of old.
    Rewind,
    /// Old and new are the same.
    Unchanged,
    /// They share no commit, or one of them is no commit.
    Unrelated,
}

/// Commits reachable from `new` and not from `old`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Introduced {
    pub count: u64,
}

/// Commits reachable from `old` and not from `new`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Discarded {
    pub count: u64,
    /// The first hundred ids.
    pub commits: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Target {
    #[serde(rename = "type")]
    pub kind: ObjectKind,
    pub id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    Blob,
    Commit,
    /// There is no object: a deletion.
    #[serde(rename = "")]
    None,
    Tag,
    Tree,
}

/// A signed statement that this commit may become this ref's value (`refs/approvals/<commit>/<name>`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Approval {
    pub id: String,
    pub name: String,
    pub signature: Signature,
}

/// A commit to be judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Commit {
    pub id: String,
    pub tree: String,
    pub parents: Vec<String>,
    /// It has more than one parent.
    pub merge: bool,
    /// It has no parent.
    pub root: bool,
    /// It is on the first-parent chain of the update's new value.
    pub first_parent: bool,
    /// No ref had it before this push.
    pub first_seen: bool,
    /// Committer date less time of receipt: positive when the commit claims the future.
    pub skew_seconds: i64,
    pub author: Identity,
    pub committer: Identity,
    pub message: String,
    /// The first line of the message.
    pub subject: String,
    pub trailers: Vec<Trailer>,
    pub signature: Signature,
    pub changes: Vec<Change>,
    /// Those of `changes` that have anomalies, except what is deleted. Most commits have none, and a rule that looks at
    /// nothing else is asked about all of them once.
    pub odd_changes: Vec<Change>,
    pub anomalies: Vec<String>,
}

/// An author, committer or tagger line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Identity {
    pub name: String,
    pub email: String,
    pub time: String,
    pub time_ns: i64,
    pub claimed: Claimed,
}

impl Default for Claimed {
    fn default() -> Self {
        Self { id: "?".to_string(), known: false }
    }
}

/// A `Key: value` line in the last paragraph of a message (git-interpret-trailers(1)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Trailer {
    pub key: String,
    pub value: String,
}

/// An annotated tag object, or a tag ref without one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tag {
    pub annotated: bool,
    pub id: String,
    /// The name inside the object.
    pub name: String,
    /// The ref is `refs/tags/<name>`.
    pub names_ref: bool,
    pub target: Target,
    pub tagger: Identity,
    pub message: String,
    pub signature: Signature,
    /// 0 for the tag that the ref names, 1 for the tag inside it, and so on.
    pub depth: u32,
    pub anomalies: Vec<String>,
}

/// A path whose entry differs. A rename is a delete and an add.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// UTF-8; other bytes are written `\xNN` and `\` as `\\`.
    pub path: String,
    pub action: ChangeAction,
    pub old: Entry,
    pub new: Entry,
    pub anomalies: Vec<String>,
}

impl Change {
    /// It has anomalies, and does not take them away.
    pub fn is_odd(&self) -> bool {
        !self.anomalies.is_empty() && self.action != ChangeAction::Delete
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeAction {
    Add,
    Delete,
    /// Same content, other permission bit.
    Mode,
    Modify,
    /// A file became a symlink, a symlink a submodule, and so on.
    Type,
}

/// A tree entry; on the side where there is none, every field is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Entry {
    pub id: String,
    /// Six octal digits as in git-ls-tree(1): `100644`.
    pub mode: String,
    #[serde(rename = "type")]
    pub kind: EntryKind,
    /// Bytes of content; 0 for submodules.
    pub size: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Executable,
    File,
    #[default]
    #[serde(rename = "")]
    None,
    Submodule,
    Symlink,
}

/// Who signed a commit or tag, and whether that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Signature {
    /// The judgement at receipt.
    pub status: Status,
    pub format: SignatureFormat,
    pub person: Person,
    /// Principals of the `allowed_signers` lines or certificate that vouch for the key.
    pub principals: Vec<String>,
    pub key: Key,
    /// When the signer claims to have signed.
    pub made_at: String,
    pub made_at_ns: i64,
    /// Digest of the signature, in lower case: `sha512`.
    pub hash: String,
    /// The judgement at the time the signer claims.
    pub at_signing: Status,
    /// One line for people.
    pub reason: String,
}

impl Signature {
    /// There is no signature; `place` names whose it would be, as in [`Person::unknown`].
    pub fn unsigned(place: &str) -> Self {
        Self {
            status: Status::Unsigned,
            format: SignatureFormat::None,
            person: Person::unknown(place),
            principals: Vec::new(),
            key: Key::none(),
            made_at: String::new(),
            made_at_ns: 0,
            hash: String::new(),
            at_signing: Status::Unsigned,
            reason: "not signed".to_string(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The signature does not belong to these bytes.
    Bad,
    /// The key, or the operator's word for it, had ended.
    Expired,
    /// Valid over exactly this object, by a key the operator trusts for git, valid then, nothing weak.
    Good,
    /// What stands in the signature's place cannot be read.
    Malformed,
    /// The key, or the operator's word for it, had not begun; or the signature claims a time after receipt.
    NotYetValid,
    /// The key was superseded or retired.
    Retired,
    /// The key was compromised, or revoked without a reason.
    Revoked,
    /// A key that the operator holds and no person has.
    Untrusted,
    /// The operator holds no such key.
    UnknownKey,
    Unsigned,
    /// A format or algorithm that refgate does not verify.
    Unsupported,
    /// A digest or key too weak to prove anything.
    Weak,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignatureFormat {
    #[default]
    #[serde(rename = "")]
    None,
    Openpgp,
    Ssh,
    X509,
}

/// The key that made a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Key {
    /// `openpgp:<hex>` of the primary key, or `ssh:SHA256:<base64>`.
    pub fingerprint: String,
    pub algorithm: String,
    pub bits: u32,
    /// It lives in a FIDO authenticator (`sk-` keys).
    pub hardware: bool,
    /// Someone touched the authenticator.
    pub user_presence: bool,
    /// The authenticator knew who touched it (PIN or fingerprint).
    pub user_verification: bool,
    /// Fingerprint of the certificate authority that vouches for it.
    pub authority: String,
    pub expires_at: String,
    pub expires_at_ns: i64,
}

impl Key {
    pub fn none() -> Self {
        Self {
            fingerprint: String::new(),
            algorithm: String::new(),
            bits: 0,
            hardware: false,
            user_presence: false,
            user_verification: false,
            authority: String::new(),
            expires_at: String::new(),
            expires_at_ns: 0,
        }
    }
}
