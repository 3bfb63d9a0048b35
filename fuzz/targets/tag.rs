//! Annotated tags: a reading puts together what it took apart, and agrees with another parser.

#![no_main]

use gix::objs::TagRef;
use libfuzzer_sys::fuzz_target;
use refgate::config::Limits;
use refgate::ids::ObjectId;
use refgate::repository::RawTag;
use refgate::repository::raw::Reading;
use refgate_fuzz::objects::{check_anomalies, check_identity, hash_kind, readings, without_signatures};

fuzz_target!(|raw: &[u8]| {
    for reading in readings(&Limits::default()) {
        if let Ok(tag) = RawTag::parse(ObjectId::null(reading.format), raw, reading) {
            check_alone(raw, &tag, reading);
            check_against(raw, &tag, reading);
        }
    }
});

fn check_alone(raw: &[u8], tag: &RawTag, reading: Reading<'_>) {
    let start = [format!("object {}\ntype ", tag.target).as_bytes()].concat();
    assert!(raw.starts_with(&start));
    check_anomalies(&tag.anomalies);
    assert_eq!(tag.tagger.is_none(), tag.anomalies.iter().any(|name| name == "no_tagger"));
    if !reading.compatible {
        let more = Reading { compatible: true, ..reading };
        assert_eq!(RawTag::parse(tag.id, raw, more).as_ref(), Ok(tag));
    }
    match &tag.signed {
        Some(signed) => {
            assert!(signed.signature.starts_with(b"-----BEGIN "));
            assert!(raw.ends_with(&[b"\n".as_slice(), &tag.message, &signed.signature].concat()));
            let whole = [signed.payload.as_slice(), &signed.signature].concat();
            assert_eq!(whole, without_signatures(raw));
            assert!(reading.compatible || whole == raw);
            let bare = RawTag::parse(tag.id, &signed.payload, reading).expect("what is signed is a tag");
            assert_eq!(RawTag { signed: None, ..tag.clone() }, bare);
        }
        None => assert!(raw.ends_with(&[b"\n\n".as_slice(), &tag.message].concat())),
    }
}

fn check_against(raw: &[u8], tag: &RawTag, reading: Reading<'_>) {
    let theirs = TagRef::from_bytes(raw, hash_kind(reading.format));
    // The twin's header is unknown to the other parser.
    if reading.compatible && theirs.is_err() {
        return;
    }
    let theirs = theirs.expect("others read what is strictly read");
    assert_eq!(theirs.target().to_string(), tag.target.to_string());
    assert_eq!(format!("{:?}", theirs.target_kind), format!("{:?}", tag.target_kind));
    assert_eq!(theirs.name, tag.name.as_slice());
    match (&tag.tagger, theirs.tagger) {
        (Some(ours), Some(theirs)) => check_identity(ours, theirs),
        (ours, theirs) => assert!(ours.is_none() && theirs.is_none()),
    }
    let signature = tag.signed.as_ref().map(|signed| signed.signature.as_slice());
    assert_eq!(theirs.signature.map(|signature| signature.as_ref()), signature);
    // To them the line feed before a signature belongs to neither, and the one that ends the headers to a message that
    // is nothing but line feeds.
    let message = match (signature, tag.message.iter().all(|&b| b == b'\n')) {
        (Some(_), _) => tag.message.strip_suffix(b"\n").unwrap_or(&tag.message).to_vec(),
        (None, true) => [b"\n", tag.message.as_slice()].concat(),
        (None, false) => tag.message.clone(),
    };
    assert_eq!(theirs.message, message.as_slice());
}
