//! The armored block a signature travels in, exactly one with nothing beside it, and those of key files (RFC 9580
//! section 6.2; OpenSSH PROTOCOL.sshsig). Knows nothing of what a block holds, and repairs nothing.

use bstr::ByteSlice;
use data_encoding::BASE64;

use crate::facts::SignatureFormat;

const NOT_BASE64: &str = "is not base64";

/// Why a key file with sentences in it is not read.
pub(super) const BESIDE: &str = "has something beside it; begin remarks with '#'";

/// What the `-----BEGIN …-----` line announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    PgpMessage,
    PgpPrivateKey,
    PgpPublicKey,
    PgpSignature,
    Ssh,
    /// `SIGNED MESSAGE`, as gpgsm writes.
    X509,
}

impl Label {
    const ALL: [Self; 6] =
        [Self::PgpMessage, Self::PgpPrivateKey, Self::PgpPublicKey, Self::PgpSignature, Self::Ssh, Self::X509];

    /// What the first line announces; `None` when it is no such line.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let kind = announced(text)?;
        Self::ALL.into_iter().find(|label| kind == label.name().as_bytes())
    }

    /// Whether the first line announces something, of whatever kind.
    pub(super) fn announced(text: &[u8]) -> bool {
        announced(text).is_some_and(|kind| !kind.is_empty())
    }

    pub(super) fn format(self) -> SignatureFormat {
        match self {
            Self::PgpMessage | Self::PgpPrivateKey | Self::PgpPublicKey | Self::PgpSignature => {
                SignatureFormat::Openpgp
            }
            Self::Ssh => SignatureFormat::Ssh,
            Self::X509 => SignatureFormat::X509,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::PgpMessage => "PGP MESSAGE",
            Self::PgpPrivateKey => "PGP PRIVATE KEY BLOCK",
            Self::PgpPublicKey => "PGP PUBLIC KEY BLOCK",
            Self::PgpSignature => "PGP SIGNATURE",
            Self::Ssh => "SSH SIGNATURE",
            Self::X509 => "SIGNED MESSAGE",
        }
    }
}

/// What stands in a first line `-----BEGIN …-----`.
fn announced(text: &[u8]) -> Option<&[u8]> {
    let first = text.split(|&byte| byte == b'\n').next()?;
    first.strip_prefix(b"-----BEGIN ")?.strip_suffix(b"-----")
}

/// The bytes inside the one block that `text` must be. Only line feeds may follow it. An error fits after "the armor".
pub(super) fn parse(label: Label, text: &[u8]) -> Result<Vec<u8>, &'static str> {
    let (body, rest) = block(label, text)?;
    if rest.iter().any(|&byte| byte != b'\n') {
        return Err("is followed by something");
    }
    Ok(body)
}

/// The blocks of an OpenPGP key file.
pub(super) struct KeyBlocks {
    /// The bytes inside each.
    pub bodies: Vec<Vec<u8>>,
    /// Something stands beside them that is neither an empty line nor begins with `#`.
    pub remarks: bool,
}

/// A line of a key file that is no block and no remark, or the first of a block that cannot be read.
pub(super) struct Stray {
    /// Where it begins.
    pub at: usize,
    /// Fits after "the armor".
    pub reason: &'static str,
}

/// Reads each block of an OpenPGP key file. No line beside them may hold a row of five dashes: it could be what is left
/// of a block.
pub(super) fn parse_keys(text: &[u8]) -> Result<KeyBlocks, Stray> {
    let mut blocks = KeyBlocks { bodies: Vec::new(), remarks: false };
    let mut rest = text;
    while !rest.is_empty() {
        let (line, tail) = split_line(rest).unwrap_or((rest, b""));
        if let Some(label @ (Label::PgpPrivateKey | Label::PgpPublicKey | Label::PgpSignature)) = Label::of(rest) {
            let at = text.len() - rest.len();
            let (body, after) = block(label, rest).map_err(|reason| Stray { at, reason })?;
            blocks.bodies.push(body);
            rest = after;
            continue;
        }
        if !line.starts_with(b"#") && !line.trim_ascii().is_empty() {
            if line.contains_str("-----") {
                return Err(Stray { at: text.len() - rest.len(), reason: BESIDE });
            }
            blocks.remarks = true;
        }
        rest = tail;
    }
    Ok(blocks)
}

/// The bytes inside the block that `text` begins with, and what follows the block.
fn block(label: Label, text: &[u8]) -> Result<(Vec<u8>, &[u8]), &'static str> {
    let name = label.name();
    let (begin, end) = (format!("-----BEGIN {name}-----\n"), format!("\n-----END {name}-----"));
    let inner = text.strip_prefix(begin.as_bytes()).ok_or("does not begin")?;
    let close = inner.find(&end).ok_or("does not end")?;
    let (lines, rest) = inner.split_at(close);
    let rest = rest.get(end.len()..).unwrap_or_default();
    if !matches!(rest.first(), None | Some(b'\n')) {
        return Err("is followed by something");
    }
    let body = match label {
        Label::Ssh => base64(lines)?,
        Label::PgpMessage | Label::PgpPrivateKey | Label::PgpPublicKey | Label::PgpSignature | Label::X509 => {
            openpgp(lines)?
        }
    };
    Ok((body, rest))
}

/// Armor headers, an empty line, base64, and an optional checksum (RFC 9580 section 6.2).
fn openpgp(lines: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut rest = lines;
    loop {
        let (line, tail) = split_line(rest).ok_or("has no empty line")?;
        rest = tail;
        if line.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            break;
        }
        if !is_header(line) {
            return Err("has an unknown header");
        }
    }
    let (data, checksum) = match rest.iter().rposition(|&byte| byte == b'\n') {
        Some(feed) if rest.get(feed + 1) == Some(&b'=') => {
            (rest.get(..feed).unwrap_or_default(), Some(rest.get(feed + 2..).unwrap_or_default()))
        }
        Some(_) | None => (rest, None),
    };
    let body = base64(data)?;
    if let Some(checksum) = checksum
        && base64(checksum)? != crc24(&body)
    {
        return Err("has a wrong checksum");
    }
    Ok(body)
}

/// The headers RFC 9580 section 6.2.2 names. Their values are not signed and mean nothing here.
fn is_header(line: &[u8]) -> bool {
    let known = ["Version: ", "Comment: ", "Hash: ", "Charset: ", "MessageID: "];
    known.iter().any(|key| line.starts_with(key.as_bytes())) && !line.iter().any(u8::is_ascii_control)
}

/// Decodes padded base64 whose lines may break anywhere.
pub(super) fn base64(lines: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut joined = Vec::with_capacity(lines.len());
    lines.split(|&byte| byte == b'\n').for_each(|line| joined.extend_from_slice(line));
    // The decoder goes on after padding, with more of the same.
    let padding_may_begin = joined.len().saturating_sub(2);
    if joined.is_empty() || joined[..padding_may_begin].contains(&b'=') {
        return Err(NOT_BASE64);
    }
    BASE64.decode(&joined).map_err(|_| NOT_BASE64)
}

/// RFC 9580 section 6.1.1, a byte at a time.
fn crc24(body: &[u8]) -> [u8; 3] {
    let mut crc: u32 = 0x00B7_04CE;
    for &byte in body {
        let [_, high, _, _] = crc.to_be_bytes();
        let step = CRC24.get(usize::from(high ^ byte)).copied().unwrap_or_default();
        crc = (crc << 8 ^ step) & 0x00FF_FFFF;
    }
    let [_, high, middle, low] = crc.to_be_bytes();
    [high, middle, low]
}

/// What each byte does to the checksum.
const CRC24: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        let mut crc = (byte as u32) << 16;
        let mut bit = 0;
        while bit < 8 {
            crc <<= 1;
            if crc & 0x0100_0000 != 0 {
                crc ^= 0x0186_4CFB;
            }
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let feed = text.find_byte(b'\n')?;
    Some((text.get(..feed)?, text.get(feed + 1..)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ssh_key::encoding::{Base64Reader, Reader};

    use super::*;

    /// As OpenSSH's own formats are read by the library.
    fn by_the_library(lines: &[u8]) -> Option<Vec<u8>> {
        let joined: Vec<u8> = lines.iter().copied().filter(|&byte| byte != b'\n').collect();
        let mut reader = Base64Reader::new(&joined).ok()?;
        let mut body = vec![0; reader.remaining_len()];
        reader.read(&mut body).ok()?;
        Some(body)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn base64_is_read_as_the_library_reads_it(text in "([AQgwz+/09\n]{0,9}={0,3}){1,2}[A=\n_-]?") {
            prop_assert_eq!(base64(text.as_bytes()).ok(), by_the_library(text.as_bytes()), "{:?}", text);
        }
    }

    const BLOCK: &str = "-----BEGIN PGP SIGNATURE-----\n\naGVs\nbG8=\n=R/WK\n-----END PGP SIGNATURE-----\n";

    #[test]
    fn one_block_and_nothing_beside_it_is_read() {
        let read = |text: &str| parse(Label::PgpSignature, text.as_bytes());
        let hello = Ok(b"hello".to_vec());
        assert_eq!(read(BLOCK), hello);
        assert_eq!(read(BLOCK.trim_end()), hello);
        assert_eq!(read(&format!("{BLOCK}\n\n")), hello);
        assert_eq!(read(&BLOCK.replace("=R/WK\n", "")), hello);
        assert_eq!(read(&BLOCK.replace("\n\n", "\nVersion: 1\nComment: x\n \n")), hello);
        for (wrong, reason) in [
            (format!("{BLOCK}x"), "is followed by something"),
            (format!("{BLOCK}{BLOCK}"), "is followed by something"),
            (BLOCK.trim_end().to_string() + "-", "is followed by something"),
            (format!("\n{BLOCK}"), "does not begin"),
            (BLOCK.replace("-----END", "-----FIN"), "does not end"),
            (BLOCK.replace("R/WK", "R/WL"), "has a wrong checksum"),
            (BLOCK.replace("R/WK", "R/W"), NOT_BASE64),
            (BLOCK.replace("bG8=", "bG8"), NOT_BASE64),
            (BLOCK.replace("bG8=", "bG9="), NOT_BASE64),
            (BLOCK.replace("aGVs", "aGV "), NOT_BASE64),
            (BLOCK.replace("\n=R/WK", "\r"), NOT_BASE64),
            (BLOCK.replace("aGVs\nbG8=\n=R/WK\n", ""), "has no empty line"),
            (BLOCK.replace("\n\n", "\nEvil: 1\n\n"), "has an unknown header"),
            (BLOCK.replace("\n\n", "\n"), "has an unknown header"),
        ] {
            assert_eq!(read(&wrong), Err(reason), "{wrong:?}");
        }
    }

    #[test]
    fn the_first_line_alone_says_what_a_block_is() {
        assert_eq!(Label::of(BLOCK.as_bytes()), Some(Label::PgpSignature));
        assert_eq!(Label::of(b"-----BEGIN SSH SIGNATURE-----"), Some(Label::Ssh));
        assert_eq!(Label::of(b"-----BEGIN SIGNED MESSAGE-----\n"), Some(Label::X509));
        for other in
            ["", "\n", " -----BEGIN SSH SIGNATURE-----\n", "-----BEGIN SSH SIGNATURE----- \n", "-----BEGIN -----"]
        {
            assert_eq!((Label::of(other.as_bytes()), Label::announced(other.as_bytes())), (None, false), "{other:?}");
        }
        let letter = b"-----BEGIN LETTER-----\nx\n";
        assert_eq!((Label::of(letter), Label::announced(letter)), (None, true));
    }
}
