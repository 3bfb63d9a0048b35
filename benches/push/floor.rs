//! What a gate without rules, people or checks of form would have to do: read each commit that git hands over, and
//! verify its signature against a few bare keys, on every core.
//!
//! `git cat-file --batch` on stdin. Good input is taken for granted: this is a yardstick, not a gate.

use std::io::Read;

use base64ct::{Base64, Encoding};
use ed25519_dalek::{Signature, VerifyingKey};
use ring::signature::{RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents};
use sha2::{Digest, Sha512};

struct Key {
    /// What a signature names it by: the public key of SSH, a fingerprint of OpenPGP.
    name: Vec<u8>,
    numbers: Numbers,
}

enum Numbers {
    Ed25519(VerifyingKey),
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
}

/// Reads keys, one in a line, and verifies what comes on stdin; ends the process with 1 when anything is not good.
pub fn run(keys: &str) {
    let keys: Vec<Key> = std::fs::read_to_string(keys).expect("the keys can be read").lines().map(key).collect();
    let mut all = Vec::new();
    std::io::stdin().lock().read_to_end(&mut all).expect("stdin can be read");
    let mut commits = Vec::new();
    let mut rest = &all[..];
    while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
        let header = std::str::from_utf8(&rest[..end]).expect("a header is text");
        let size: usize = header.rsplit(' ').next().and_then(|size| size.parse().ok()).expect("a header has a size");
        commits.push(&rest[end + 1..][..size]);
        rest = &rest[end + 1 + size + 1..];
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let good = std::thread::scope(|scope| {
        let parts: Vec<_> = commits
            .chunks(commits.len().div_ceil(threads).max(1))
            .map(|part| scope.spawn(|| part.iter().all(|commit| is_good(commit, &keys))))
            .collect();
        parts.into_iter().all(|part| part.join().expect("a thread ends"))
    });
    std::process::exit(i32::from(!good));
}

fn key(line: &str) -> Key {
    let words: Vec<Vec<u8>> = line.split(' ').map(unhex).collect();
    let (name, numbers) = match words.as_slice() {
        [name, key] => {
            let key = VerifyingKey::from_bytes(&key[..].try_into().expect("32 bytes")).expect("a key");
            (name, Numbers::Ed25519(key))
        }
        [name, n, e] => (name, Numbers::Rsa(RsaPublicKeyComponents { n: n.clone(), e: e.clone() })),
        _ => panic!("'{line}' is no key"),
    };
    Key { name: name.clone(), numbers }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|place| u8::from_str_radix(&text[2 * place..][..2], 16).expect("hex")).collect()
}

fn is_good(commit: &[u8], keys: &[Key]) -> bool {
    let text = std::str::from_utf8(commit).expect("a commit is text");
    let (before, rest) = text.split_once("gpgsig ").expect("a commit is signed");
    let (armor, after) = rest.split_once("\n\n").expect("a commit has a message");
    let payload = [before.as_bytes(), b"\n", after.as_bytes()].concat();
    let body: String = armor
        .lines()
        .skip(1)
        .map(str::trim)
        .skip_while(|line| line.contains(':'))
        .take_while(|line| !line.starts_with('-') && !line.starts_with('='))
        .collect();
    let blob = Base64::decode_vec(&body).expect("base64");
    match armor.starts_with("-----BEGIN SSH") {
        true => ssh(&blob, &payload, keys),
        false => openpgp(&blob, &payload, keys),
    }
}

/// OpenSSH's PROTOCOL.sshsig.
fn ssh(blob: &[u8], payload: &[u8], keys: &[Key]) -> bool {
    let mut rest = &blob[10..];
    let mut string = || {
        let (length, after) = rest.split_at(4);
        let (string, after) = after.split_at(u32::from_be_bytes(length.try_into().expect("4 bytes")) as usize);
        rest = after;
        string
    };
    let (public, namespace, reserved, hash, signature) = (string(), string(), string(), string(), string());
    let mut signed = b"SSHSIG".to_vec();
    for part in [namespace, reserved, hash, &Sha512::digest(payload)] {
        signed.extend_from_slice(&(part.len() as u32).to_be_bytes());
        signed.extend_from_slice(part);
    }
    let name = &public[public.len() - 32..];
    keys.iter().any(|key| key.name == name && is_signed(key, &signature[signature.len() - 64..], &signed))
}

/// A version 4 signature packet with EdDSA or RSA over SHA-512 (RFC 9580, section 5.2.3).
fn openpgp(packet: &[u8], payload: &[u8], keys: &[Key]) -> bool {
    let body = match packet[1] {
        short @ 0..192 => &packet[2..][..usize::from(short)],
        long => &packet[3..][..(usize::from(long) - 192) * 256 + usize::from(packet[2]) + 192],
    };
    let length = |at: usize| usize::from(u16::from_be_bytes([body[at], body[at + 1]]));
    let hashed = 6 + length(4);
    let trailer = [&body[..hashed], &[4, 0xff], &(hashed as u32).to_be_bytes()].concat();
    // The issuer's fingerprint: 22 bytes, type 33, version 4.
    let issuer = body.windows(3).position(|start| start == [22, 33, 4]).expect("the issuer is named");
    let issuer = &body[issuer + 3..][..20];
    let numbers = &body[hashed + 2 + length(hashed) + 2..];
    let first = usize::from(u16::from_be_bytes([numbers[0], numbers[1]])).div_ceil(8);
    let (first, second) = numbers[2..].split_at(first);
    let key = keys.iter().find(|key| key.name == issuer).expect("the issuer is known");
    if body[2] == 1 {
        // ring hashes for itself.
        return is_signed(key, first, &[payload, &trailer].concat());
    }
    let mut signature = [0; 64];
    signature[32 - first.len()..32].copy_from_slice(first);
    signature[64 - (second.len() - 2)..].copy_from_slice(&second[2..]);
    is_signed(key, &signature, &Sha512::new().chain_update(payload).chain_update(trailer).finalize())
}

fn is_signed(key: &Key, signature: &[u8], signed: &[u8]) -> bool {
    match &key.numbers {
        Numbers::Ed25519(key) => {
            key.verify_strict(signed, &Signature::from_slice(signature).expect("64 bytes")).is_ok()
        }
        Numbers::Rsa(key) => {
            // OpenPGP leaves out leading zeros; ring wants as many bytes as the modulus has.
            let padded = [vec![0; key.n.len() - signature.len()], signature.to_vec()].concat();
            key.verify(&RSA_PKCS1_2048_8192_SHA512, signed, &padded).is_ok()
        }
    }
}
