//! Commits: a reading puts together what it took apart, and agrees with another parser.

#![no_main]

use gix::objs::CommitRef;
use libfuzzer_sys::fuzz_target;
use refgate::config::Limits;
use refgate::ids::ObjectId;
use refgate::repository::RawCommit;
use refgate::repository::raw::Reading;
use refgate_fuzz::objects::{check_anomalies, check_identity, hash_kind, readings, signature_key, without_signatures};

fuzz_target!(|raw: &[u8]| {
    for reading in readings(&Limits::default()) {
        if let Ok(commit) = RawCommit::parse(ObjectId::null(reading.format), raw, reading) {
            check_alone(raw, &commit, reading);
            check_signature(raw, &commit, reading);
            check_against(raw, &commit, reading);
        }
    }
});

fn check_alone(raw: &[u8], commit: &RawCommit, reading: Reading<'_>) {
    let parents: String = commit.parents.iter().map(|parent| format!("parent {parent}\n")).collect();
    assert!(raw.starts_with(format!("tree {}\n{parents}author ", commit.tree).as_bytes()));
    assert!(raw.ends_with(&[b"\n\n", commit.message.as_slice()].concat()));
    check_anomalies(&commit.anomalies);
    // Where the twin's header is not expected, one that stands there is refused.
    if !reading.compatible {
        let more = Reading { compatible: true, ..reading };
        assert_eq!(RawCommit::parse(commit.id, raw, more).as_ref(), Ok(commit));
    }
}

fn check_signature(raw: &[u8], commit: &RawCommit, reading: Reading<'_>) {
    let Some(signed) = &commit.signed else {
        let twin = reading.compatible;
        assert!(twin || without_signatures(raw) == raw);
        return;
    };
    assert_eq!(signed.payload, without_signatures(raw));
    let folded = String::from_utf8_lossy(&signed.signature);
    assert!(folded.starts_with("-----BEGIN ") && folded.ends_with('\n'));
    let key = signature_key(reading.format);
    let header: Vec<u8> = [b"\n", key.as_bytes(), b" "].concat();
    let mut header = signed.signature.split_inclusive(|&b| b == b'\n').fold(header, |mut whole, line| {
        whole.extend_from_slice(line);
        whole.push(b' ');
        whole
    });
    header.pop();
    let place = raw.windows(header.len()).position(|window| window == header);
    let place = place.expect("the signature stands in the object as it was read") + 1;
    let without = [&raw[..place], &raw[place + header.len() - 1..]].concat();
    assert_eq!(without_signatures(&without), signed.payload);
    assert!(reading.compatible || without == signed.payload);
    let bare = RawCommit::parse(commit.id, &signed.payload, reading).expect("what is signed is a commit");
    assert_eq!(RawCommit { signed: None, ..commit.clone() }, bare);
}

fn check_against(raw: &[u8], commit: &RawCommit, reading: Reading<'_>) {
    let theirs = CommitRef::from_bytes(raw, hash_kind(reading.format)).expect("others read what is strictly read");
    assert_eq!(theirs.tree().to_string(), commit.tree.to_string());
    let ids: Vec<String> = theirs.parents().map(|id| id.to_string()).collect();
    assert_eq!(ids, commit.parents.iter().map(ToString::to_string).collect::<Vec<_>>());
    check_identity(&commit.author, theirs.author);
    check_identity(&commit.committer, theirs.committer);
    assert_eq!(theirs.message, commit.message.as_slice());
    // Theirs stands behind the committer only; git finds it anywhere.
    let encoding = theirs.encoding.or_else(|| theirs.extra_headers().find("encoding"));
    assert_eq!(encoding.map(|encoding| encoding.to_vec()), commit.encoding);
}
