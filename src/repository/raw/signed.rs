//! What is signed, and the signature: git's rule to the byte (gitformat-signature(5)). Verifies nothing.

use super::Unread;

/// The kinds of blocks that git takes for a tag's signature, as they stand after `-----BEGIN `.
const BLOCKS: [&str; 4] = ["PGP SIGNATURE", "PGP MESSAGE", "SSH SIGNATURE", "SIGNED MESSAGE"];

/// A signature and the bytes it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBytes {
    /// The object without any header that begins with `gpgsig`, and for a tag without the block at its end.
    pub payload: Vec<u8>,
    /// One armored block, as stored.
    pub signature: Vec<u8>,
}

/// Accepts exactly one block and nothing beside it; one empty line may follow. Of which kind it is, and whether anybody
/// knows that kind, is not asked: git, too, takes whatever stands in a commit's header for its signature.
pub(super) fn check_block(signature: &[u8], limit: usize) -> Result<(), Unread> {
    if signature.len() > limit {
        return Err(Unread::Limit { name: "signature_bytes", limit });
    }
    let mut lines = signature.split(|&b| b == b'\n');
    let first = lines.next().and_then(|line| line.strip_prefix(b"-----BEGIN ")?.strip_suffix(b"-----"));
    let Some(kind) = first.filter(|kind| is_label(kind)) else {
        return Err(Unread::ambiguous("its signature does not begin like one"));
    };
    let last = [b"-----END ", kind, b"-----"].concat();
    for line in lines.by_ref() {
        if line == last {
            return match lines.all(<[u8]>::is_empty) && !signature.ends_with(b"\n\n\n") {
                true => Ok(()),
                false => Err(Unread::ambiguous("something follows its signature")),
            };
        }
        if line.starts_with(b"-----") {
            return Err(Unread::ambiguous("its signature is not one block"));
        }
    }
    Err(Unread::ambiguous("its signature does not end"))
}

/// Printable words with a single blank or hyphen between them (RFC 7468 section 3), so that no reader who looks for
/// less than the whole line finds another kind in it.
fn is_label(kind: &[u8]) -> bool {
    kind.split(|b| matches!(b, b' ' | b'-')).all(|word| !word.is_empty() && word.iter().all(u8::is_ascii_graphic))
}

/// Where git takes a tag's signature to begin: the last line that begins like a block. `None` when there is none;
/// more than one such line is ambiguous.
pub(super) fn find_block(raw: &[u8]) -> Result<Option<usize>, Unread> {
    let mut found = None;
    let mut start = 0;
    for line in raw.split_inclusive(|&b| b == b'\n') {
        if begins_block(line) {
            if found.is_some() {
                return Err(Unread::ambiguous("it holds more than one signature"));
            }
            found = Some(start);
        }
        start += line.len();
    }
    Ok(found)
}

fn begins_block(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"-----BEGIN ") else { return false };
    BLOCKS.iter().any(|kind| rest.strip_prefix(kind.as_bytes()).is_some_and(|rest| rest.starts_with(b"-----")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_block_of_each_kind_is_accepted_with_at_most_an_empty_line_after_it() {
        for kind in BLOCKS.into_iter().chain(["LETTER", "NEW-SIGNATURE 2", "PGP PUBLIC KEY BLOCK"]) {
            for end in ["", "\n", "\n\n"] {
                let block = format!("-----BEGIN {kind}-----\n\nabc=\n=abcd\n-----END {kind}-----{end}");
                assert_eq!(check_block(block.as_bytes(), 1000), Ok(()), "{block:?}");
            }
        }
    }

    #[test]
    fn anything_beside_one_block_is_ambiguous() {
        let block = "-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n";
        let wrong = [
            String::new(),
            "\n".to_string(),
            "garbage\n".to_string(),
            format!("\n{block}"),
            format!(" {block}"),
            format!("x{block}"),
            format!("{block}x\n"),
            format!("{block}\n\n"),
            format!("{block}{block}"),
            block.replace("abc", "-----BEGIN SSH SIGNATURE-----"),
            block.replace("END SSH", "END PGP"),
            block.replace("-----END SSH SIGNATURE-----\n", ""),
            block.replace("END SSH SIGNATURE-----", "END SSH SIGNATURE----- "),
            block.replace("SSH SIGNATURE", ""),
            block.replace("SSH SIGNATURE", " LETTER"),
            block.replace("SSH SIGNATURE", "A  LETTER"),
            block.replace("SSH SIGNATURE", "A\tLETTER"),
            block.replace("SSH SIGNATURE", "BÄR"),
            block.replace("SSH SIGNATURE", "PGP SIGNATURE-----x"),
            block.replace("-----BEGIN SSH", "-----BEGIN SSH-----BEGIN SSH"),
            block.replace('\n', "\r\n"),
        ];
        for text in wrong {
            assert!(matches!(check_block(text.as_bytes(), 1000), Err(Unread::Ambiguous(_))), "{text:?}");
        }
    }

    #[test]
    fn a_signature_may_be_as_long_as_the_limit_and_no_longer() {
        let block = b"-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n";
        assert_eq!(check_block(block, block.len()), Ok(()));
        let limit = block.len() - 1;
        assert_eq!(check_block(block, limit), Err(Unread::Limit { name: "signature_bytes", limit }));
    }
}
