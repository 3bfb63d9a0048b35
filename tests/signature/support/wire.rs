//! SSH's wire format and armor, to build and to bend signatures with.

use sha2::{Digest, Sha256};

/// Bytes behind their length.
pub fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("a short string");
    [length.to_be_bytes().to_vec(), bytes.to_vec()].concat()
}

/// The bytes of a public key written `type base64`.
pub fn blob(line: &str) -> Vec<u8> {
    let encoded = line.split(' ').nth(1).expect("two words");
    unbase64(encoded)
}

pub fn armor(blob: &[u8]) -> Vec<u8> {
    format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", base64(blob)).into_bytes()
}

pub fn dearmor(text: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(text).expect("text");
    unbase64(&text.lines().filter(|line| !line.starts_with('-')).collect::<String>())
}

/// With the first `old` replaced by `new`, and the length of the string it stands in, `grown` bytes shorter, adapted.
pub fn replace(bytes: &[u8], old: &[u8], new: &[u8], grown: usize) -> Vec<u8> {
    let at = bytes.windows(old.len()).position(|window| window == old).expect("the old bytes");
    let mut head = bytes[..at].to_vec();
    if grown > 0 {
        let place = at - 4;
        let length = u32::from_be_bytes(bytes[place..at].try_into().expect("four bytes")) as usize - grown;
        head.splice(place.., u32::try_from(length).expect("a short string").to_be_bytes());
    }
    [head, new.to_vec(), bytes[at + old.len()..].to_vec()].concat()
}

/// With the last `old` replaced by `new`, which is as long.
pub fn replace_last(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let at = bytes.windows(old.len()).rposition(|window| window == old).expect("the old bytes");
    [bytes[..at].to_vec(), new.to_vec(), bytes[at + old.len()..].to_vec()].concat()
}

pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = char::from(ALPHABET[(group >> (18 - 6 * place) & 63) as usize]);
            text.push(if place <= chunk.len() { digit } else { '=' });
        }
    }
    text
}

fn unbase64(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'=').collect();
    let mut bytes = Vec::new();
    for group in digits.chunks(4) {
        let value = |digit: &u8| ALPHABET.iter().position(|letter| letter == digit).expect("base64") as u32;
        let number = group.iter().fold(0u32, |number, digit| number << 6 | value(digit)) << (6 * (4 - group.len()));
        bytes.extend(&number.to_be_bytes()[1..group.len()]);
    }
    bytes
}
