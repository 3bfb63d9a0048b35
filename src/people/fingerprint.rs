//! Fingerprints as operators write them, in the one form that [`crate::facts::Key::fingerprint`] has.

/// Letters that SHA-256 needs in base64 without padding.
const SHA256_LETTERS: usize = 43;

/// Letters that it can end with: the last one carries four bits of the digest, and its other two are zero.
const LAST_LETTERS: &[u8; 16] = b"AEIMQUYcgkosw048";

/// What a string among a person's keys is.
#[derive(Debug, PartialEq, Eq)]
pub enum WrittenKey {
    /// Neither a fingerprint nor the name of a file: what is wrong, and what to do.
    Broken { message: String, help: String },
    /// In its one form: `ssh:SHA256:…`, or `openpgp:` and upper-case digits.
    Fingerprint(String),
    /// The name of a file.
    File,
}

impl WrittenKey {
    pub fn parse(text: &str) -> Self {
        if let Some(fingerprint) = text.strip_prefix("ssh:") {
            ssh(text, fingerprint)
        } else if let Some(fingerprint) = text.strip_prefix("openpgp:") {
            openpgp(text, fingerprint)
        } else if text.starts_with("SHA256:") || text.starts_with("MD5:") {
            broken(format!("'{text}' does not say what kind of key it is"), format!("write 'ssh:{text}'"))
        } else if text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-") {
            broken(
                "a whole public key stands in place of its fingerprint".to_string(),
                "'ssh-keygen -lf <file>' prints the fingerprint; or name the file",
            )
        } else if text.len() >= 16 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b' ') {
            broken(format!("'{text}' does not say what kind of key it is"), format!("write 'openpgp:{text}'"))
        } else {
            Self::File
        }
    }
}

/// `SHA256:` and 43 letters, as ssh-keygen(1) prints it.
fn ssh(text: &str, fingerprint: &str) -> WrittenKey {
    let digest = fingerprint.strip_prefix("SHA256:").unwrap_or_default().as_bytes();
    // Letters of base64 (RFC 4648, section 4).
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let ends_well = digest.last().is_some_and(|last| LAST_LETTERS.contains(last));
    match digest.len() == SHA256_LETTERS && ends_well && digest.iter().all(is_letter) {
        true => WrittenKey::Fingerprint(text.to_string()),
        false => broken(
            format!("'{text}' is not the fingerprint of an SSH key"),
            "write 'ssh:SHA256:' and 43 letters, as 'ssh-keygen -lf <file>' prints them",
        ),
    }
}

/// 40 digits (version 4) or 64 (version 6, RFC 9580, section 5.5.4), with or without spaces.
fn openpgp(text: &str, fingerprint: &str) -> WrittenKey {
    let digits: String = fingerprint.chars().filter(|c| *c != ' ').collect::<String>().to_ascii_uppercase();
    let hexadecimal = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    match (hexadecimal, digits.len()) {
        (true, 40 | 64) => WrittenKey::Fingerprint(format!("openpgp:{digits}")),
        (true, 8 | 16) => broken(
            format!("'{text}' is a key id, which anyone can make a key for"),
            "write the whole fingerprint, as 'gpg --fingerprint' prints it",
        ),
        (true | false, _) => broken(
            format!("'{text}' is not the fingerprint of an OpenPGP key"),
            "write 'openpgp:' and 40 or 64 digits, as 'gpg --fingerprint' prints them",
        ),
    }
}

fn broken(message: String, help: impl Into<String>) -> WrittenKey {
    WrittenKey::Broken { message, help: help.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SSH: &str = "ssh:SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

    #[test]
    fn fingerprints_have_one_form() {
        let openpgp = "openpgp:D1A6 6E1A 23B1 82C9 980F  788C FBFC C82A 015E 7330";
        let form = WrittenKey::Fingerprint("openpgp:D1A66E1A23B182C9980F788CFBFCC82A015E7330".to_string());
        assert_eq!(WrittenKey::parse(openpgp), form);
        assert_eq!(WrittenKey::parse(&openpgp.to_lowercase()), form);
        assert_eq!(WrittenKey::parse(SSH), WrittenKey::Fingerprint(SSH.to_string()));
        assert!(matches!(WrittenKey::parse(&format!("openpgp:{}", "a".repeat(64))), WrittenKey::Fingerprint(_)));
        assert_eq!(WrittenKey::parse("keys/alice.asc"), WrittenKey::File);
    }

    #[test]
    fn whatever_is_nearly_a_fingerprint_is_told_apart_from_a_file() {
        let ends_in_set_bits = format!("{}V", &SSH[..SSH.len() - 1]);
        for wrong in [
            "ssh:SHA256:47DEQpj8HBSa",
            &SSH[4..],
            "ssh:MD5:16:27:ac",
            "ssh:",
            &format!("{SSH}="),
            &format!("{SSH}A"),
            &ends_in_set_bits,
            &SSH.replace('+', "-"),
            "openpgp:",
            "openpgp:FBFCC82A015E7330",
            "openpgp:015E7330",
            "openpgp:xyz",
            "openpgp:0xD1A66E1A23B182C9980F788CFBFCC82A015E7330",
            "D1A66E1A23B182C9980F788CFBFCC82A015E7330",
            "ssh-ed25519 AAAA",
        ] {
            assert!(matches!(WrittenKey::parse(wrong), WrittenKey::Broken { .. }), "{wrong}");
        }
    }
}
