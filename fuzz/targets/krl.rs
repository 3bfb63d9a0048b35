//! Lists of revoked keys: one that is read revokes exactly what a plain reading of it says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use refgate::facts::Status;
use refgate::problem::Problem;
use refgate::signature::{KeyMaterial, Keyring};
use refgate_fuzz::signed::{
    AUTHORITY, BOB, ERIN, GOOD_SSH, PAYLOAD, RSA, SIGNED, SSH, armor, blob, file, good_signers, verify, words,
};
use refgate_fuzz::told;

const IVAN: &str = include_str!("../../tests/push/fixtures/keys/ivan.pub");

/// Whose signature it is; for ivan's certificate the authority, its serial number and key id.
struct Signer {
    key: Vec<u8>,
    certified: Option<(Vec<u8>, u64, &'static [u8])>,
}

fuzz_target!(|bytes: &[u8]| {
    match load(bytes) {
        Ok((keyring, warnings)) => {
            told::check_warnings(&warnings);
            check(bytes, &keyring);
        }
        Err(problems) => told::check_failed(&problems),
    }
});

fn load(bytes: &[u8]) -> Result<(Keyring, Vec<Problem>), Vec<Problem>> {
    Keyring::load(&KeyMaterial {
        allowed_signers: vec![file("allowed_signers", good_signers().as_bytes())],
        revoked_keys: vec![file("revoked", bytes)],
        ..KeyMaterial::default()
    })
}

fn check(bytes: &[u8], keyring: &Keyring) {
    let (again, _) = load(bytes).expect("the same again");
    assert_eq!(format!("{:?}", keyring.list(SIGNED)), format!("{:?}", again.list(SIGNED)));
    let ivan = (blob(AUTHORITY), 1, b"ivan".as_slice());
    let signers = [
        Signer { key: blob(BOB), certified: None },
        Signer { key: blob(ERIN), certified: None },
        Signer { key: blob(IVAN), certified: Some(ivan) },
        Signer { key: blob(RSA), certified: None },
    ];
    for (signer, body) in signers.iter().zip(GOOD_SSH) {
        let status = verify(keyring, PAYLOAD, &armor(SSH, body)).status;
        assert!(matches!(status, Status::Good | Status::Revoked));
        match bytes.strip_prefix(b"SSHKRL\n\0") {
            Some(rest) => assert_eq!(status == Status::Revoked, signer.is_in(rest)),
            None => assert!(!signer.stands_in(bytes) || status == Status::Revoked),
        }
    }
    for (key, signer) in [BOB, ERIN].into_iter().zip(&signers) {
        let revoked = keyring.has_revoked(&file("key.pub", key.as_bytes()));
        assert!(!signer.stands_in(bytes) || revoked);
    }
}

impl Signer {
    /// A list of public keys has the key on a line.
    fn stands_in(&self, list: &[u8]) -> bool {
        let text = String::from_utf8_lossy(list);
        [BOB, ERIN, IVAN, RSA]
            .into_iter()
            .any(|key| blob(key) == self.key && text.lines().any(|line| line.trim() == words(key)))
    }

    /// The sections of a KRL (PROTOCOL.krl) after its magic, taken to be well-formed.
    fn is_in(&self, rest: &[u8]) -> bool {
        let mut rest = &rest[4 + 8 + 8 + 8..];
        string(&mut rest);
        string(&mut rest);
        let mut found = false;
        while !rest.is_empty() {
            let kind = take(&mut rest, 1)[0];
            let mut body = string(&mut rest);
            match kind {
                1 => found |= self.is_among(&mut body),
                2 => found |= self.names(&mut body, |key| key.to_vec()),
                3 => found |= self.names(&mut body, |key| digest(gix::hash::Kind::Sha1, key)),
                4 => drop(string(&mut rest)),
                5 => found |= self.names(&mut body, |key| digest(gix::hash::Kind::Sha256, key)),
                _ => {}
            }
        }
        found
    }

    /// Whether a section of keys or digests names the key, or the one that certifies it.
    fn names(&self, body: &mut &[u8], form: impl Fn(&[u8]) -> Vec<u8>) -> bool {
        let mut forms = vec![form(&self.key)];
        forms.extend(self.certified.iter().map(|(authority, _, _)| form(authority)));
        let mut found = false;
        while !body.is_empty() {
            let entry = string(body);
            found |= forms.iter().any(|form| form == entry);
        }
        found
    }

    /// Whether a section of certificates names the certificate.
    fn is_among(&self, body: &mut &[u8]) -> bool {
        let Some((authority, serial, id)) = &self.certified else { return false };
        let by = string(body);
        string(body);
        let mut found = false;
        while !body.is_empty() {
            let kind = take(body, 1)[0];
            let mut part = string(body);
            while !part.is_empty() {
                found |= match kind {
                    0x20 => number(&mut part) == *serial,
                    0x21 => {
                        let (low, high) = (number(&mut part), number(&mut part));
                        low <= *serial && *serial <= high
                    }
                    0x22 => {
                        let offset = number(&mut part);
                        let bits = string(&mut part);
                        let mut numbers =
                            bits.iter().rev().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1));
                        let place = serial.checked_sub(offset).and_then(|place| usize::try_from(place).ok());
                        place.and_then(|place| numbers.nth(place)).unwrap_or(false)
                    }
                    0x23 => string(&mut part) == *id,
                    _ => {
                        part = &[];
                        false
                    }
                };
            }
        }
        found && (by.is_empty() || by == authority.as_slice())
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(count);
    *rest = left;
    taken
}

fn number(rest: &mut &[u8]) -> u64 {
    u64::from_be_bytes(take(rest, 8).try_into().expect("eight bytes"))
}

fn string<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let count = u32::from_be_bytes(take(rest, 4).try_into().expect("four bytes"));
    take(rest, count as usize)
}

fn digest(kind: gix::hash::Kind, bytes: &[u8]) -> Vec<u8> {
    let mut hasher = gix::hash::hasher(kind);
    hasher.update(bytes);
    hasher.try_finalize().expect("no collision").as_slice().to_vec()
}
