//! Commits and tags bent by hand and at random: what refgate reads at all, git and gix read alike, down to the bytes that
//! a signature is over; what they might not is ambiguous here.
//!
//! A row that begins with a number (`D07`) is a case of the catalogue that refgate was designed against.

use std::collections::HashSet;

use bstr::{BString, ByteSlice};
use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use refgate::facts::ObjectKind;
use refgate::ids::{ObjectFormat, ObjectId};
use refgate::repository::{RawCommit, RawIdentity, RawTag, Repository, SignedBytes};

use crate::handed;
use crate::support::Stage;

const FORMATS: [ObjectFormat; 2] = [ObjectFormat::Sha1, ObjectFormat::Sha256];

/// Objects of one kind that are handed to git's verification: each starts a program.
const HANDED: usize = 120;

/// What each program is asked about an object, and what it says.
type Seen = Vec<(&'static str, BString)>;

/// What must become of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Becomes {
    /// No value.
    Ambiguous,
    /// A value that git and gix have too.
    Alike,
}

use Becomes::{Alike, Ambiguous};

/// A name, and what is written for what in the object; every place of it.
type Row = (&'static str, &'static [(&'static str, &'static str)], Becomes);

/// A commit as git writes it. `{key}` is the signature's header and `{twin}` the one of the other hash, `{block}` a
/// signature and `{folded}` the same as it stands in a header.
const COMMIT: &str = "tree {tree}\nparent {parent}\nauthor Ann Ex <ann@x.org> 1700000000 +0100\n\
    committer Bob Ex <bob@x.org> 1700000001 -0230\n{key} {folded}\nx-note one\n\nsubject\n\nbody <a@b> 1 +0000\n";

const COMMITS: &[Row] = &[
    ("a commit as git writes it", &[], Alike),
    ("a root", &[("parent {parent}\n", "")], Alike),
    ("no signature", &[("{key} {folded}\n", "")], Alike),
    ("no message", &[("subject\n\nbody <a@b> 1 +0000\n", "")], Alike),
    ("no line feed at the end", &[("body <a@b> 1 +0000\n", "body")], Alike),
    ("a message that begins with empty lines", &[("\n\nsubject", "\n\n\n\nsubject")], Alike),
    ("a message that looks like headers", &[("subject\n", "parent {parent}\nauthor X <x@y> 1 +0000\n")], Alike),
    ("a message that looks like a signature", &[("subject\n", "{key} {folded}\n")], Alike),
    ("a message with a block", &[("body", "{block}\nbody")], Alike),
    ("the same parent twice", &[("parent {parent}\n", "parent {parent}\nparent {parent}\n")], Alike),
    ("the signature first", &[("x-note one\n", ""), ("{key} {folded}\n", "{key} {folded}\nencoding UTF-8\n")], Alike),
    ("the encoding first", &[("{key} {folded}\n", "encoding UTF-8\n{key} {folded}\n")], Alike),
    ("a header of several lines", &[("x-note one\n", "x-note one\n two\n \n three\n")], Alike),
    ("a header twice", &[("x-note one\n", "x-note one\nx-note two\n")], Alike),
    ("a header that only a prefix makes git's", &[("x-note one\n", "gpg x\ntreex y\n")], Alike),
    (
        "a mergetag with a block",
        &[(
            "{key} {fo",
            "mergetag object {parent}\n type commit\n tag v\n tagger T <t@x> 1 +0000\n \n m\n {folded}\n{key} {fo",
        )],
        Alike,
    ),
    ("C24 two signatures", &[("{key} {folded}\n", "{key} {folded}\n{key} {folded}\n")], Ambiguous),
    ("C25 two blocks", &[("{folded}\n", "{folded}\n {folded}\n")], Ambiguous),
    ("C27 a word behind the block", &[("{folded}\n", "{folded}\n word\n")], Ambiguous),
    ("C27 an empty line behind the block", &[("{folded}\n", "{folded}\n \n")], Alike),
    ("C27 two empty lines behind the block", &[("{folded}\n", "{folded}\n \n \n")], Ambiguous),
    ("C27 a blank behind the block", &[("{folded}\n", "{folded} \n")], Ambiguous),
    ("C27 a carriage return behind the block", &[("{folded}\n", "{folded}\r\n")], Ambiguous),
    ("C28 a word before the block", &[("{key} {folded}", "{key} word\n {folded}")], Ambiguous),
    ("C28 an empty line before the block", &[("{key} {folded}", "{key} \n {folded}")], Ambiguous),
    ("C28 two blanks before the block", &[("{key} {folded}", "{key}  {folded}")], Ambiguous),
    ("C28 no block", &[("{key} {folded}", "{key} signed")], Ambiguous),
    ("C28 an empty signature", &[("{key} {folded}", "{key} ")], Ambiguous),
    ("C28 a signature without a blank", &[("{key} {folded}", "{key}")], Ambiguous),
    ("C31 the other hash's header beside it", &[("x-note", "{twin} smuggled\nx-note")], Ambiguous),
    ("C31 the other hash's header before it", &[("{key}", "{twin} {folded}\n{key}")], Ambiguous),
    ("C31 the other hash's header alone", &[("{key}", "{twin}")], Ambiguous),
    ("C31 a header with a longer name", &[("x-note", "gpgsigx smuggled\nx-note")], Ambiguous),
    ("C31 a header with a longer name that goes on", &[("x-note", "gpgsig2 a\n b\nx-note")], Ambiguous),
    ("C31 a header in capitals", &[("x-note", "GPGSIG a\nx-note")], Alike),
    (
        "C32 the signature before the author",
        &[("author", "{key} {folded}\nauthor"), ("-0230\n{key} {folded}\n", "-0230\n")],
        Ambiguous,
    ),
    (
        "C32 the signature before the committer",
        &[("committer", "{key} {folded}\ncommitter"), ("-0230\n{key} {folded}\n", "-0230\n")],
        Ambiguous,
    ),
    (
        "C32 the signature first of all",
        &[("-0230\n{key} {folded}\n", "-0230\n"), ("tree {tree}", "{key} {folded}\ntree {tree}")],
        Ambiguous,
    ),
    ("C42 a NUL in the message", &[("body", "bo\0dy")], Ambiguous),
    ("C42 a NUL at the end", &[("1 +0000\n", "1 +0000\n\0")], Ambiguous),
    ("C42 a NUL in a name", &[("Bob Ex", "Bob\0Ex")], Ambiguous),
    ("C42 a NUL in the signature", &[("{key} {folded}", "{key} {folded}\n \0")], Ambiguous),
    ("D01 a tree twice", &[("tree {tree}\n", "tree {tree}\ntree {tree}\n")], Ambiguous),
    ("D01 a tree after the parent", &[("parent {parent}\n", "parent {parent}\ntree {tree}\n")], Ambiguous),
    ("D01 no tree", &[("tree {tree}\n", "")], Ambiguous),
    ("D02 an author after the committer", &[("x-note one", "author C <c@x> 1 +0000")], Ambiguous),
    ("D02 a committer after the committer", &[("x-note one", "committer C <c@x> 1 +0000")], Ambiguous),
    ("D02 a committer after the signature and others", &[("one\n", "one\ncommitter C <c@x> 1 +0000\n")], Ambiguous),
    ("D03 an author twice", &[("author", "author C <c@x> 1 +0000\nauthor")], Ambiguous),
    ("D03 a committer twice", &[("committer", "committer C <c@x> 1 +0000\ncommitter")], Ambiguous),
    ("no author", &[("author Ann Ex <ann@x.org> 1700000000 +0100\n", "")], Ambiguous),
    ("no committer", &[("committer Bob Ex <bob@x.org> 1700000001 -0230\n", "")], Ambiguous),
    (
        "neither",
        &[
            ("author Ann Ex <ann@x.org> 1700000000 +0100\n", ""),
            ("committer Bob Ex <bob@x.org> 1700000001 -0230\n", ""),
        ],
        Ambiguous,
    ),
    (
        "the committer first",
        &[("author Ann", "author_ Ann"), ("committer Bob", "author Bob"), ("author_ Ann", "committer Ann")],
        Ambiguous,
    ),
    ("a parent after the author", &[("parent {parent}\n", ""), ("committer", "parent {parent}\ncommitter")], Ambiguous),
    ("a parent after the committer", &[("x-note one", "parent {parent}")], Ambiguous),
    (
        "a parent before the tree",
        &[("parent {parent}\n", ""), ("tree {tree}", "parent {parent}\ntree {tree}")],
        Ambiguous,
    ),
    ("a header among the parents", &[("parent {parent}\n", "parent {parent}\nx y\nparent {parent}\n")], Ambiguous),
    ("an id in capitals", &[("tree {tree}", "tree {upper}")], Ambiguous),
    ("an id cut short", &[("parent {parent}\n", "parent abcd\n")], Ambiguous),
    ("an id with a blank behind it", &[("{parent}\n", "{parent} \n")], Ambiguous),
    ("an id with a carriage return behind it", &[("{parent}\n", "{parent}\r\n")], Ambiguous),
    ("an id with more behind it", &[("{parent}\n", "{parent}0\n")], Ambiguous),
    ("an id on two lines", &[("{parent}\n", "{parent}\n x\n")], Ambiguous),
    ("two blanks", &[("parent {parent}", "parent  {parent}")], Ambiguous),
    ("a tab", &[("parent {parent}", "parent\t{parent}")], Ambiguous),
    ("a key in capitals", &[("parent {parent}", "Parent {parent}")], Ambiguous),
    ("D07 two addresses", &[("Bob Ex", "Mallory <m@x> Bob")], Ambiguous),
    ("D07 two addresses, the other way", &[("<bob@x.org>", "<bob@x.org> Bob <m@x>")], Ambiguous),
    ("D07 a bracket too many", &[("<bob@x.org>", "<bob@x.org>>")], Ambiguous),
    ("D07 a bracket too many before", &[("<bob@x.org>", "<<bob@x.org>")], Ambiguous),
    ("D07 a closing bracket in the name", &[("Bob Ex", "Bob> Ex")], Ambiguous),
    ("D07 brackets the wrong way round", &[("<bob@x.org>", ">bob@x.org<")], Ambiguous),
    ("D08 no brackets", &[("<bob@x.org>", "bob@x.org")], Ambiguous),
    ("D08 no name", &[("Bob Ex <", "<")], Alike),
    ("D08 no address", &[("<bob@x.org>", "<>")], Alike),
    ("D08 blanks in the address", &[("<bob@x.org>", "< bob@x.org >")], Alike),
    ("D08 no blank before the address", &[("Bob Ex <", "Bob Ex<")], Alike),
    ("D08 blanks around the name", &[("committer Bob Ex <", "committer  Bob Ex  <")], Alike),
    ("D08 no date", &[(" 1700000001 -0230", "")], Ambiguous),
    ("D08 no zone", &[(" -0230", "")], Ambiguous),
    ("D08 a date below zero", &[("1700000001", "-1")], Ambiguous),
    ("D08 a date with a sign", &[("1700000001", "+1")], Ambiguous),
    ("D08 a date in words", &[("1700000001", "yesterday")], Ambiguous),
    ("D08 a date in hexadecimal", &[("1700000001", "0x10")], Ambiguous),
    ("D08 a date that runs over", &[("1700000001", "18446744073709551617")], Ambiguous),
    ("D08 a date of the last second", &[("1700000001", "9223372036854775807")], Ambiguous),
    ("D08 a date with leading zeros", &[("1700000001", "01700000001")], Alike),
    ("D08 the first second", &[("1700000001", "0")], Alike),
    ("D08 a zone of three digits", &[("-0230", "-230")], Ambiguous),
    ("D08 a zone of five digits", &[("-0230", "-02300")], Ambiguous),
    ("D08 a zone without a sign", &[("-0230", "0230")], Ambiguous),
    ("D08 a zone with minutes", &[("-0230", "-02:30")], Ambiguous),
    ("D08 a zone that is none", &[("-0230", "+9999")], Alike),
    ("D08 a zone of minus nothing", &[("-0230", "-0000")], Alike),
    ("D08 two blanks before the date", &[("> 1700000001", ">  1700000001")], Ambiguous),
    ("D08 no blank before the date", &[("> 1700000001", ">1700000001")], Ambiguous),
    ("D08 a blank behind the zone", &[("-0230", "-0230 ")], Ambiguous),
    ("D08 a tab before the date", &[("> 1700000001", ">\t1700000001")], Ambiguous),
    ("carriage returns", &[("\n", "\r\n")], Ambiguous),
    ("a committer on two lines", &[("-0230\n", "-0230\n more\n")], Ambiguous),
    ("a tab that does not go on", &[("x-note one\n", "x-note one\n\ttwo\n")], Ambiguous),
    ("a line of a blank first of all", &[("tree {tree}", " \ntree {tree}")], Ambiguous),
    ("an empty line first of all", &[("tree {tree}", "\ntree {tree}")], Ambiguous),
    ("D10 odd characters", &[("Bob Ex", "Bob\u{202e}\u{1b}[31m"), ("body", "\u{7}\u{2066}")], Alike),
    ("D11 an encoding", &[("x-note one", "encoding UTF-7")], Alike),
    ("D11 an encoding twice", &[("x-note one", "encoding UTF-8\nencoding UTF-7")], Ambiguous),
    ("D11 an encoding on two lines", &[("x-note one", "encoding UTF-8\n UTF-7")], Ambiguous),
    ("D11 an encoding without a name", &[("x-note one", "encoding ")], Alike),
    ("headers without an end", &[("x-note one\n\nsubject\n\nbody <a@b> 1 +0000\n", "x-note one\n")], Ambiguous),
    (
        "headers without a line feed at the end",
        &[("x-note one\n\nsubject\n\nbody <a@b> 1 +0000\n", "x-note one")],
        Ambiguous,
    ),
    ("a header without a value", &[("x-note one", "x-note")], Ambiguous),
    ("a header with an empty value", &[("x-note one", "x-note ")], Alike),
    ("a header without a key", &[("x-note one\n", "x-note one\n\u{a0}y z\n")], Alike),
    ("nothing", &[(COMMIT, "")], Ambiguous),
    ("a line feed", &[(COMMIT, "\n")], Ambiguous),
    (
        "another kind of object",
        &[(COMMIT, "object {parent}\ntype commit\ntag v\ntagger T <t@x> 1 +0000\n\nm\n")],
        Ambiguous,
    ),
];

const TAG: &str = "object {parent}\ntype commit\ntag v1\ntagger Ann Ex <ann@x.org> 1700000000 +0100\n\nsubject\n\nbody <a@b> 1 +0000\n{block}";

const TAGS: &[Row] = &[
    ("a tag as git writes it", &[], Alike),
    ("no signature", &[("{block}", "")], Alike),
    ("no message", &[("subject\n\nbody <a@b> 1 +0000\n", "")], Alike),
    ("nothing behind the headers", &[("subject\n\nbody <a@b> 1 +0000\n{block}", "")], Alike),
    ("no tagger", &[("tagger Ann Ex <ann@x.org> 1700000000 +0100\n", "")], Alike),
    ("a message that begins with empty lines", &[("\n\nsubject", "\n\n\n\nsubject")], Alike),
    ("a message that looks like headers", &[("subject\n", "object {tree}\ntag v2\ntagger X <x@y> 1 +0000\n")], Alike),
    ("a name like a path", &[("tag v1", "tag ../x/refs/heads/main")], Alike),
    ("a name with blanks", &[("tag v1", "tag  v1 ")], Alike),
    ("C24 two signatures", &[("{block}", "{block}{block}")], Ambiguous),
    ("C25 a block in the message", &[("body", "{block}body")], Ambiguous),
    ("C25 the beginning of a block in the message", &[("body", "-----BEGIN PGP SIGNATURE-----\nbody")], Ambiguous),
    (
        "C25 the beginning of another block in the message",
        &[("body", "-----BEGIN SIGNED MESSAGE-----\nbody")],
        Ambiguous,
    ),
    ("C25 the beginning of a block within a line", &[("body", "see -----BEGIN PGP SIGNATURE-----\nbody")], Alike),
    ("C25 the end of a block in the message", &[("body", "-----END PGP SIGNATURE-----\nbody")], Alike),
    ("C25 a key in the message", &[("body", "-----BEGIN PGP PUBLIC KEY BLOCK-----\nbody")], Alike),
    ("C27 a word behind the block", &[("{block}", "{block}word\n")], Ambiguous),
    ("C27 an empty line behind the block", &[("{block}", "{block}\n")], Alike),
    ("C27 two empty lines behind the block", &[("{block}", "{block}\n\n")], Ambiguous),
    ("C28 a word before the block", &[("{block}", "word {block}")], Alike),
    ("C28 the beginning of a block alone", &[("{block}", "-----BEGIN PGP SIGNATURE-----\n")], Ambiguous),
    (
        "C28 the beginning of a block and more on its line",
        &[("{block}", "-----BEGIN PGP SIGNATURE-----x\n")],
        Ambiguous,
    ),
    (
        "C28 a block that ends as another",
        &[("{block}", "-----BEGIN PGP SIGNATURE-----\n\nabc=\n-----END PGP MESSAGE-----\n")],
        Ambiguous,
    ),
    ("C28 an unknown kind of block", &[("{block}", "-----BEGIN LETTER-----\nx\n-----END LETTER-----\n")], Alike),
    (
        "C28 a block in capitals and not",
        &[("{block}", "-----begin pgp signature-----\nx\n-----end pgp signature-----\n")],
        Alike,
    ),
    ("C31 a signature in a header", &[("0100\n", "0100\n{key} {folded}\n")], Ambiguous),
    ("C31 the other hash's signature in a header", &[("0100\n", "0100\n{twin} {folded}\n")], Ambiguous),
    ("C31 a header with a longer name", &[("0100\n", "0100\ngpgsigx smuggled\n")], Ambiguous),
    ("C42 a NUL in the message", &[("body", "bo\0dy")], Ambiguous),
    ("C42 a NUL in the name", &[("tag v1", "tag v1\0x")], Ambiguous),
    ("C42 a NUL behind the signature", &[("{block}", "{block}\0")], Ambiguous),
    ("a target twice", &[("object {parent}\n", "object {parent}\nobject {tree}\n")], Ambiguous),
    ("a kind twice", &[("type commit\n", "type commit\ntype tree\n")], Ambiguous),
    ("a name twice", &[("tag v1\n", "tag v1\ntag v2\n")], Ambiguous),
    ("a tagger twice", &[("0100\n", "0100\ntagger B <b@x> 1 +0000\n")], Ambiguous),
    ("another header", &[("0100\n", "0100\nx-note one\n")], Ambiguous),
    ("a header before the tagger", &[("tagger", "x-note one\ntagger")], Ambiguous),
    ("the kind first", &[("object {parent}\ntype commit\n", "type commit\nobject {parent}\n")], Ambiguous),
    ("the name first", &[("type commit\ntag v1\n", "tag v1\ntype commit\n")], Ambiguous),
    ("no target", &[("object {parent}\n", "")], Ambiguous),
    ("no kind", &[("type commit\n", "")], Ambiguous),
    ("no name", &[("tag v1\n", "")], Ambiguous),
    ("an empty name", &[("tag v1\n", "tag \n")], Ambiguous),
    ("a target in capitals", &[("object {parent}", "object {upper}")], Ambiguous),
    ("a target cut short", &[("object {parent}", "object abcd")], Ambiguous),
    ("a target with a blank behind it", &[("{parent}\n", "{parent} \n")], Ambiguous),
    ("a kind that does not exist", &[("type commit", "type letter")], Ambiguous),
    ("a kind with a blank behind it", &[("type commit", "type commit ")], Ambiguous),
    ("a kind in capitals", &[("type commit", "type Commit")], Ambiguous),
    ("a kind that is not the target's", &[("type commit", "type tree")], Ambiguous),
    ("D07 two addresses", &[("Ann Ex", "Mallory <m@x> Ann")], Ambiguous),
    ("D07 a closing bracket in the name", &[("Ann Ex", "Ann> Ex")], Ambiguous),
    ("D08 no date", &[(" 1700000000 +0100", "")], Ambiguous),
    ("D08 a date that runs over", &[("1700000000", "18446744073709551617")], Ambiguous),
    ("D08 no tagger behind the word", &[("tagger Ann Ex <ann@x.org> 1700000000 +0100", "tagger ")], Ambiguous),
    ("carriage returns", &[("\n", "\r\n")], Ambiguous),
    ("a name on two lines", &[("tag v1\n", "tag v1\n v2\n")], Ambiguous),
    ("a tagger on two lines", &[("0100\n", "0100\n more\n")], Ambiguous),
    ("headers without an end", &[("0100\n\nsubject\n\nbody <a@b> 1 +0000\n{block}", "0100\n")], Ambiguous),
    ("nothing", &[(TAG, "")], Ambiguous),
    (
        "another kind of object",
        &[(TAG, "tree {tree}\nauthor A <a@x> 1 +0000\ncommitter A <a@x> 1 +0000\n\nm\n")],
        Ambiguous,
    ),
];

/// What the words in braces stand for.
struct Words {
    format: ObjectFormat,
    tree: ObjectId,
    parent: ObjectId,
    block: String,
}

impl Words {
    /// A repository with a commit to point to, and a signature that is no secret.
    fn on(stage: &Stage, kind: &str) -> Self {
        let tree = stage.empty_tree();
        let block = format!("-----BEGIN {kind}-----\n\niQ==\nU1NIU0lH\n-----END {kind}-----\n");
        Self { format: stage.format, tree, parent: stage.commit(tree, &[], 1000), block }
    }

    fn put(&self, text: &str) -> Vec<u8> {
        let (key, twin) = match self.format {
            ObjectFormat::Sha1 => ("gpgsig", "gpgsig-sha256"),
            ObjectFormat::Sha256 => ("gpgsig-sha256", "gpgsig"),
        };
        let words = [
            ("{tree}", self.tree.to_string()),
            ("{parent}", self.parent.to_string()),
            ("{upper}", self.parent.to_string().to_uppercase()),
            ("{key}", key.to_string()),
            ("{twin}", twin.to_string()),
            ("{block}", self.block.clone()),
            ("{folded}", self.block.trim_end().replace('\n', "\n ")),
        ];
        words.into_iter().fold(text.to_string(), |text, (word, meaning)| text.replace(word, &meaning)).into_bytes()
    }
}

fn identity(who: &RawIdentity) -> [BString; 3] {
    // Spaces around a name are an anomaly, whoever shows them.
    let date = format!("{} {}", who.time.0, who.zone_minutes);
    [who.name.clone().into(), who.email.trim_ascii().into(), date.into()]
}

fn by_git(name: &[u8], email: &[u8], date: &[u8]) -> [BString; 3] {
    let date = std::str::from_utf8(date).unwrap();
    let (seconds, zone) = date.split_once(' ').unwrap_or_else(|| panic!("no date: {date:?}"));
    let (seconds, zone): (i64, i32) = (seconds.parse().unwrap(), zone.parse().unwrap());
    let email = email.strip_prefix(b"<").and_then(|email| email.strip_suffix(b">")).unwrap_or(email);
    let date = format!("{seconds} {}", zone / 100 * 60 + zone % 100);
    [name.trim_ascii().into(), email.trim_ascii().into(), date.into()]
}

/// Each of these objects once, in their order.
fn each_once<T>(read: Vec<(Vec<u8>, T)>, id: impl Fn(&T) -> ObjectId) -> Vec<(Vec<u8>, T)> {
    let mut seen = HashSet::new();
    read.into_iter().filter(|(_, value)| seen.insert(id(value))).collect()
}

fn commit_here(commit: &RawCommit) -> Seen {
    let parents: Vec<String> = commit.parents.iter().map(ObjectId::to_string).collect();
    let [author, author_email, authored] = identity(&commit.author);
    let [committer, committer_email, committed] = identity(&commit.committer);
    vec![
        ("tree", commit.tree.to_string().into()),
        ("parents", parents.join(" ").into()),
        ("author", author),
        ("author's email", author_email),
        ("authored", authored),
        ("committer", committer),
        ("committer's email", committer_email),
        ("committed", committed),
        ("message", commit.message.trim_ascii().into()),
    ]
}

/// The same by `git log`, in the order of the ids.
fn commits_by_git(stage: &Stage, ids: &[ObjectId]) -> Vec<Seen> {
    let list: String = ids.iter().map(|id| format!("{id}\n")).collect();
    let format = "--format=%T%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B%x00%x01";
    let arguments = ["log", "--no-walk=unsorted", "--stdin", "--encoding=none", "--date=raw", format];
    let output = stage.try_git(&arguments, list.as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let records = output.stdout.split(|&b| b == 1).map(|text| text.strip_prefix(b"\n").unwrap_or(text));
    let seen: Vec<Seen> = records.filter(|record| !record.is_empty()).map(commit_by_git).collect();
    // Where git walks history it reads the date in another way.
    let walked = stage.git_with(&["rev-list", "--no-walk=unsorted", "--stdin", "--timestamp"], list.as_bytes());
    let dates: Vec<&str> = walked.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!((seen.len(), dates.len()), (ids.len(), ids.len()));
    for (seen, date) in seen.iter().zip(dates) {
        let (_, shown) = seen.iter().find(|(name, _)| *name == "committed").unwrap();
        assert_eq!(shown.split(|&b| b == b' ').next(), Some(date.as_bytes()));
    }
    seen
}

fn commit_by_git(record: &[u8]) -> Seen {
    let parts: Vec<&[u8]> = record.split(|&b| b == 0).collect();
    let [author, author_email, authored] = by_git(parts[2], parts[3], parts[4]);
    let [committer, committer_email, committed] = by_git(parts[5], parts[6], parts[7]);
    vec![
        ("tree", parts[0].into()),
        ("parents", parts[1].into()),
        ("author", author),
        ("author's email", author_email),
        ("authored", authored),
        ("committer", committer),
        ("committer's email", committer_email),
        ("committed", committed),
        ("message", parts[8].trim_ascii().into()),
    ]
}

fn hash(format: ObjectFormat) -> gix::hash::Kind {
    match format {
        ObjectFormat::Sha1 => gix::hash::Kind::Sha1,
        ObjectFormat::Sha256 => gix::hash::Kind::Sha256,
    }
}

fn like_gix(gix: &gix::actor::SignatureRef<'_>, ours: &RawIdentity, text: &str) {
    assert_eq!(gix.name.trim_ascii(), ours.name, "{text}");
    assert_eq!(gix.email.trim_ascii(), ours.email.trim_ascii(), "{text}");
    assert_eq!(gix.time().unwrap().seconds, ours.time.0, "{text}");
}

fn commit_like_gix(raw: &[u8], commit: &RawCommit, format: ObjectFormat) {
    let text = String::from_utf8_lossy(raw);
    let gix = gix::objs::CommitRef::from_bytes(raw, hash(format)).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(gix.tree.to_string(), commit.tree.to_string());
    let parents: Vec<String> = commit.parents.iter().map(ObjectId::to_string).collect();
    assert_eq!(gix.parents.iter().map(|parent| parent.to_string()).collect::<Vec<_>>(), parents);
    like_gix(&gix.author().unwrap(), &commit.author, &text);
    like_gix(&gix.committer().unwrap(), &commit.committer, &text);
    assert_eq!(gix.message, commit.message, "{text}");
    let signed =
        gix::objs::CommitRefIter::signature(raw, hash(format)).unwrap_or_else(|error| panic!("{error}: {text}"));
    let signed =
        signed.map(|(signature, payload)| (signature.trim_ascii_end().to_vec(), payload.to_bstring().to_vec()));
    let ours = commit.signed.as_ref();
    assert_eq!(
        signed,
        ours.map(|signed| (signed.signature.trim_ascii_end().to_vec(), signed.payload.clone())),
        "{text}"
    );
}

/// Of what is read, every commit is the same to git and to gix. Gives how many were read.
fn commits_are_alike(stage: &Stage, raws: Vec<Vec<u8>>) -> usize {
    let repository = stage.open();
    let read = raws
        .into_iter()
        .filter_map(|raw| repository.commit(stage.write("commit", &raw)).ok().map(|commit| (raw, commit)));
    let read = each_once(read.collect(), |commit| commit.id);
    let ids: Vec<ObjectId> = read.iter().map(|(_, commit)| commit.id).collect();
    for ((raw, commit), git) in read.iter().zip(commits_by_git(stage, &ids)) {
        assert_eq!(commit_here(commit), git, "{}", String::from_utf8_lossy(raw));
        commit_like_gix(raw, commit, stage.format);
    }
    let signed = read.iter().map(|(raw, commit)| (raw.as_slice(), commit.id, commit.signed.as_ref()));
    signatures_are_alike(stage, "verify-commit", signed.collect());
    read.len()
}

/// Git takes what is read here for payload and signature, where there is one, and nothing where there is none.
fn signatures_are_alike(stage: &Stage, command: &str, objects: Vec<(&[u8], ObjectId, Option<&SignedBytes>)>) {
    let (signed, unsigned): (Vec<_>, Vec<_>) = objects.into_iter().partition(|(_, _, signed)| signed.is_some());
    let mut signed: Vec<_> = signed.into_iter().filter_map(|(raw, id, signed)| Some((raw, id, signed?))).collect();
    // To git, any other block is a reason to die.
    signed.retain(|(_, _, signed)| KNOWN.iter().any(|start| signed.signature.starts_with(start.as_bytes())));
    // Those first whose signature is bent as well.
    let mut seen = HashSet::new();
    signed.sort_by_key(|(_, _, signed)| !seen.insert(&signed.signature));
    signed.truncate(HANDED);
    let ids: Vec<ObjectId> = signed.iter().map(|(_, id, _)| *id).collect();
    let handed = handed::by_git(stage, command, &ids);
    for ((raw, _, ours), git) in signed.iter().zip(&handed) {
        assert_eq!(*ours, git, "{}", String::from_utf8_lossy(raw));
    }
    assert_eq!(handed.len(), signed.len());
    let ids: Vec<ObjectId> = unsigned.iter().map(|(_, id, _)| *id).collect();
    assert_eq!(handed::by_git(stage, command, &ids), []);
}

/// How the blocks begin that git knows programs for.
const KNOWN: [&str; 4] = [
    "-----BEGIN PGP SIGNATURE-----",
    "-----BEGIN PGP MESSAGE-----",
    "-----BEGIN SSH SIGNATURE-----",
    "-----BEGIN SIGNED MESSAGE-----",
];

/// A tag that is read and whose target is what it says.
fn tag_of(repository: &Repository, id: ObjectId) -> Option<RawTag> {
    repository.peel(id).ok()?.tags.into_iter().next()
}

fn tag_here(tag: &RawTag) -> Seen {
    let [tagger, email, date] = tag.tagger.as_ref().map(identity).unwrap_or_default();
    let signature = tag.signed.as_ref().map_or(&b""[..], |signed| &signed.signature);
    let whole = [tag.message.as_slice(), signature].concat();
    vec![
        ("target", tag.target.to_string().into()),
        ("kind", kind_in_words(tag.target_kind).into()),
        ("name", tag.name.clone().into()),
        ("tagger", tagger),
        ("tagger's email", email),
        ("date", date),
        ("contents", whole.trim_ascii().into()),
        ("signature", signature.trim_ascii().into()),
    ]
}

fn kind_in_words(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Blob => "blob",
        ObjectKind::Commit => "commit",
        ObjectKind::None => "",
        ObjectKind::Tag => "tag",
        ObjectKind::Tree => "tree",
    }
}

/// The same by `git for-each-ref`, in the order of the ids.
fn tags_by_git(stage: &Stage, ids: &[ObjectId]) -> Vec<Seen> {
    let refs: String = ids.iter().enumerate().map(|(number, id)| format!("{id} refs/tags/{number:06}\n")).collect();
    std::fs::write(stage.path().join("packed-refs"), refs).unwrap();
    let parts =
        ["object", "type", "tag", "taggername", "taggeremail", "taggerdate:raw", "contents", "contents:signature"];
    let format: String = parts.iter().map(|part| format!("%({part})%00")).collect();
    let output = stage.try_git(&["for-each-ref", &format!("--format={format}%01"), "refs/tags/"], b"");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::remove_file(stage.path().join("packed-refs")).unwrap();
    let records = output.stdout.split(|&b| b == 1).map(|text| text.strip_prefix(b"\n").unwrap_or(text));
    let seen: Vec<Seen> = records.filter(|record| !record.is_empty()).map(tag_by_git).collect();
    assert_eq!(seen.len(), ids.len());
    seen
}

fn tag_by_git(record: &[u8]) -> Seen {
    let parts: Vec<&[u8]> = record.split(|&b| b == 0).collect();
    let [tagger, email, date] = match parts[5].is_empty() {
        true => [parts[3], parts[4], b""].map(BString::from),
        false => by_git(parts[3], parts[4], parts[5]),
    };
    vec![
        ("target", parts[0].into()),
        ("kind", parts[1].into()),
        ("name", parts[2].into()),
        ("tagger", tagger),
        ("tagger's email", email),
        ("date", date),
        ("contents", parts[6].trim_ascii().into()),
        ("signature", parts[7].trim_ascii().into()),
    ]
}

/// What `git cat-file` comes to, through all tags: id and kind.
fn peeled_by_git(stage: &Stage, ids: &[ObjectId]) -> Vec<String> {
    let names: String = ids.iter().map(|id| format!("{id}^{{}}\n")).collect();
    let told = stage.git_with(&["cat-file", "--batch-check=%(objectname) %(objecttype)"], names.as_bytes());
    told.lines().map(str::to_string).collect()
}

fn tag_like_gix(raw: &[u8], tag: &RawTag, format: ObjectFormat) {
    let text = String::from_utf8_lossy(raw);
    let gix = gix::objs::TagRef::from_bytes(raw, hash(format)).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(gix.target().to_string(), tag.target.to_string(), "{text}");
    assert_eq!(gix.target_kind.to_string(), kind_in_words(tag.target_kind), "{text}");
    assert_eq!(gix.name, tag.name, "{text}");
    match (gix.tagger().unwrap(), &tag.tagger) {
        (Some(gix), Some(ours)) => like_gix(&gix, ours, &text),
        (gix, ours) => assert!(gix.is_none() && ours.is_none(), "{text}"),
    }
    let signature = tag.signed.as_ref().map(|signed| signed.signature.as_slice());
    assert_eq!(gix.signature.map(|signature| signature.to_vec()).as_deref(), signature, "{text}");
    assert_eq!(gix.message.trim_ascii(), tag.message.trim_ascii(), "{text}");
}

/// Of what is read, every tag is the same to git and to gix. Gives how many were read.
fn tags_are_alike(stage: &Stage, raws: Vec<Vec<u8>>) -> usize {
    let repository = stage.open();
    let read = raws.into_iter().filter_map(|raw| tag_of(&repository, stage.write("tag", &raw)).map(|tag| (raw, tag)));
    let read = each_once(read.collect(), |tag| tag.id);
    let ids: Vec<ObjectId> = read.iter().map(|(_, tag)| tag.id).collect();
    let peeled = peeled_by_git(stage, &ids);
    for (((raw, tag), mut git), peeled_by_git) in read.iter().zip(tags_by_git(stage, &ids)).zip(peeled) {
        let mut here = tag_here(tag);
        if !raw.split(|&b| b == b'\n').any(|line| line.starts_with(b"tagger ") && line.contains_str(" <")) {
            // Where no space stands before the address, git shows a tag without the name; here that is an anomaly.
            for seen in [&mut here, &mut git] {
                seen.retain(|(name, _)| *name != "tagger");
            }
        }
        assert_eq!(here, git, "{}", String::from_utf8_lossy(raw));
        let peeled = repository.peel(tag.id).unwrap();
        assert_eq!(format!("{} {}", peeled.target, kind_in_words(peeled.kind)), peeled_by_git);
        tag_like_gix(raw, tag, stage.format);
    }
    // Git verifies no tag without a tagger, nor does refgate.
    let signed = read.iter().map(|(raw, tag)| (raw.as_slice(), tag.id, tag.tagger.as_ref().and(tag.signed.as_ref())));
    signatures_are_alike(stage, "verify-tag", signed.collect());
    read.len()
}

fn rows_become_what_they_should(
    text: &str,
    rows: &[Row],
    is_read: impl Fn(&Stage, &[u8]) -> bool,
    are_alike: impl Fn(&Stage, Vec<Vec<u8>>) -> usize,
) {
    for format in FORMATS {
        let stage = Stage::with_format(format);
        for kind in ["PGP SIGNATURE", "SSH SIGNATURE"] {
            let words = Words::on(&stage, kind);
            let (mut read, mut wrong) = (Vec::new(), Vec::new());
            for (name, edits, becomes) in rows {
                let bent = edits.iter().fold(text.to_string(), |text, (from, to)| {
                    assert!(text.contains(from), "{name}: '{from}' is not there");
                    text.replace(from, to)
                });
                let raw = words.put(&bent);
                let is = if is_read(&stage, &raw) { Alike } else { Ambiguous };
                if is != *becomes {
                    wrong.push(format!("{name} is {is:?}:\n{}", String::from_utf8_lossy(&raw)));
                }
                read.extend((*becomes == Alike).then_some(raw));
            }
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
            let count = read.iter().collect::<HashSet<_>>().len();
            assert_eq!(are_alike(&stage, read), count);
        }
    }
}

#[test]
fn commits_bent_by_hand_are_ambiguous_or_read_alike() {
    let is_read = |stage: &Stage, raw: &[u8]| stage.open().commit(stage.write("commit", raw)).is_ok();
    rows_become_what_they_should(COMMIT, COMMITS, is_read, commits_are_alike);
}

#[test]
fn tags_bent_by_hand_are_ambiguous_or_read_alike() {
    let is_read = |stage: &Stage, raw: &[u8]| tag_of(&stage.open(), stage.write("tag", raw)).is_some();
    rows_become_what_they_should(TAG, TAGS, is_read, tags_are_alike);
}

/// One to three small edits: bytes dropped, doubled, replaced, lines moved.
fn bent(whole: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let lines = whole.iter().filter(|&&byte| byte == b'\n').count().max(1);
    let bytes = || select(b"\n <>0+-agptx\0\xff\r\t.=:".to_vec());
    let edit = (0..whole.len(), 0..5u8, bytes(), 0..lines);
    vec(edit, 1..4).prop_map(move |edits| {
        let mut raw = whole.clone();
        for (place, kind, byte, line) in edits {
            let place = place.min(raw.len().saturating_sub(1));
            match kind {
                0 => drop(raw.remove(place)),
                1 => raw.insert(place, byte),
                2 => raw[place] = byte,
                _ => {
                    let mut lines: Vec<_> = raw.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
                    let taken = lines.remove(line.min(lines.len() - 1));
                    let to = (line + usize::from(byte)) % (lines.len() + 1);
                    if kind == 3 {
                        lines.insert(line.min(lines.len()), taken.clone());
                    }
                    lines.insert(to, taken);
                    raw = lines.concat();
                }
            }
        }
        raw
    })
}

/// So many of them, the same each time.
pub fn many(whole: Vec<u8>, count: usize) -> Vec<Vec<u8>> {
    let mut runner = TestRunner::deterministic();
    let strategy = bent(whole);
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// Enough of them must have survived, and not, to say anything.
fn some_of(read: usize, count: usize) {
    assert!(read > count / 12 && read < count * 9 / 10, "{read} of {count}");
}

#[test]
fn commits_bent_at_random_are_read_alike() {
    for (format, count) in [(ObjectFormat::Sha1, 4000), (ObjectFormat::Sha256, 1500)] {
        let stage = Stage::with_format(format);
        for kind in ["PGP SIGNATURE", "SSH SIGNATURE"] {
            let text = COMMIT.replace("{key}", "x-one 1\n{key}");
            let raws = many(Words::on(&stage, kind).put(&text), count);
            some_of(commits_are_alike(&stage, raws), count);
        }
    }
}

#[test]
fn tags_bent_at_random_are_read_alike() {
    for (format, count) in [(ObjectFormat::Sha1, 4000), (ObjectFormat::Sha256, 1500)] {
        let stage = Stage::with_format(format);
        for kind in ["PGP SIGNATURE", "SSH SIGNATURE"] {
            let raws = many(Words::on(&stage, kind).put(TAG), count);
            some_of(tags_are_alike(&stage, raws), count);
        }
    }
}
