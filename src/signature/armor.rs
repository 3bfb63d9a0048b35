//! The armored block a signature travels in: exactly one, with nothing beside it (RFC 9580 section 6.2; OpenSSH
//! PROTOCOL.sshsig). Knows nothing of what the block holds, and repairs nothing.

use ssh_key::encoding::{Base64Reader, Reader};

use crate::facts::SignatureFormat;
use crate::signature::judgement::{Fault, Objection};

/// What the `-----BEGIN …-----` line announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    PgpMessage,
    PgpSignature,
    Ssh,
    /// `SIGNED MESSAGE`, as gpgsm writes.
    X509,
}

impl Label {
    const ALL: [Self; 4] = [Self::PgpMessage, Self::PgpSignature, Self::Ssh, Self::X509];

    /// What the first line announces; `None` when it is no such line.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let first = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
        Self::ALL.into_iter().find(|label| first == label.line("BEGIN").as_bytes())
    }

    pub(super) fn format(self) -> SignatureFormat {
        match self {
            Self::PgpMessage | Self::PgpSignature => SignatureFormat::Openpgp,
            Self::Ssh => SignatureFormat::Ssh,
            Self::X509 => SignatureFormat::X509,
        }
    }

    fn line(self, edge: &str) -> String {
        let name = match self {
            Self::PgpMessage => "PGP MESSAGE",
            Self::PgpSignature => "PGP SIGNATURE",
            Self::Ssh => "SSH SIGNATURE",
            Self::X509 => "SIGNED MESSAGE",
        };
        format!("-----{edge} {name}-----")
    }
}

/// The bytes inside the one block that `text` must be. Only line feeds may follow it.
pub(super) fn parse(label: Label, text: &[u8]) -> Result<Vec<u8>, Objection> {
    let begin = format!("{}\n", label.line("BEGIN"));
    let end = format!("\n{}", label.line("END"));
    let inner = text.strip_prefix(begin.as_bytes()).ok_or_else(|| malformed("the signature has no armor"))?;
    let close = find(inner, end.as_bytes()).ok_or_else(|| malformed("the signature's armor does not end"))?;
    let (lines, rest) = inner.split_at(close);
    let after = rest.get(end.len()..).unwrap_or_default();
    if after.iter().any(|&byte| byte != b'\n') {
        return Err(malformed("something follows the signature's armor"));
    }
    match label {
        Label::Ssh => base64(lines),
        Label::PgpMessage | Label::PgpSignature | Label::X509 => openpgp(lines),
    }
}

/// Armor headers, an empty line, base64, and an optional checksum (RFC 9580 section 6.2).
fn openpgp(lines: &[u8]) -> Result<Vec<u8>, Objection> {
    let mut rest = lines;
    loop {
        let (line, tail) = split_line(rest).ok_or_else(|| malformed("the signature's armor has no empty line"))?;
        rest = tail;
        if line.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            break;
        }
        if !is_header(line) {
            return Err(malformed("the signature's armor has an unknown header"));
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
        return Err(malformed("the checksum of the signature's armor is wrong"));
    }
    Ok(body)
}

/// The headers RFC 9580 section 6.2.2 names. Their values are not signed and mean nothing here.
fn is_header(line: &[u8]) -> bool {
    let known = ["Version: ", "Comment: ", "Hash: ", "Charset: ", "MessageID: "];
    known.iter().any(|key| line.starts_with(key.as_bytes())) && !line.iter().any(u8::is_ascii_control)
}

/// Decodes padded base64 whose lines may break anywhere.
fn base64(lines: &[u8]) -> Result<Vec<u8>, Objection> {
    let wrong = || malformed("the signature's armor is not base64");
    let joined: Vec<u8> = lines.iter().copied().filter(|&byte| byte != b'\n').collect();
    let mut reader = Base64Reader::new(&joined).map_err(|_| wrong())?;
    let mut body = vec![0; reader.remaining_len()];
    reader.read(&mut body).map_err(|_| wrong())?;
    Ok(body)
}

/// RFC 9580 section 6.1.1.
fn crc24(body: &[u8]) -> [u8; 3] {
    let mut crc: u32 = 0x00B7_04CE;
    for &byte in body {
        crc ^= u32::from(byte) << 16;
        for _ in 0..8 {
            crc <<= 1;
            if crc & 0x0100_0000 != 0 {
                crc ^= 0x0186_4CFB;
            }
        }
    }
    let [_, high, middle, low] = crc.to_be_bytes();
    [high, middle, low]
}

fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let feed = text.iter().position(|&byte| byte == b'\n')?;
    Some((text.get(..feed)?, text.get(feed + 1..)?))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn malformed(reason: &str) -> Objection {
    Objection::new(Fault::Malformed, reason)
}
