//! Packs and objects written by hand (gitformat-pack(5), RFC 1950, RFC 1951): what would take git long to make, and
//! what it would not make at all. Compresses nothing but runs of one byte.

use std::fs;
use std::path::Path;

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};

/// A pack in the making.
pub struct Pack {
    entries: Vec<u8>,
    count: u32,
}

/// Content of an object: some bytes, and then one byte again and again.
#[derive(Clone, Copy)]
pub struct Content<'a> {
    pub start: &'a [u8],
    pub byte: u8,
    pub times: usize,
}

impl<'a> Content<'a> {
    pub fn plain(start: &'a [u8]) -> Self {
        Self { start, byte: 0, times: 0 }
    }

    fn size(self) -> usize {
        self.start.len() + self.times
    }

    fn id(self, kind: &str) -> String {
        let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
        context.update(format!("{kind} {}\0", self.size()).as_bytes());
        context.update(self.start);
        let run = vec![self.byte; self.times.min(1 << 20)];
        let mut left = self.times;
        while left > 0 {
            let next = left.min(run.len());
            context.update(&run[..next]);
            left -= next;
        }
        hex(context.finish().as_ref())
    }
}

impl Pack {
    pub fn new() -> Self {
        Self { entries: Vec::new(), count: 0 }
    }

    /// Adds an object; gives its id.
    pub fn add(&mut self, kind: &str, content: impl AsRef<[u8]>) -> String {
        self.add_long(kind, Content::plain(content.as_ref()))
    }

    pub fn add_long(&mut self, kind: &str, content: Content<'_>) -> String {
        let number =
            ["commit", "tree", "blob", "tag"].iter().position(|known| *known == kind).expect("git knows it") + 1;
        self.begin(number, content.size());
        self.entries.extend(compressed(&[], content));
        content.id(kind)
    }

    /// Adds an object as its difference from another (`REF_DELTA`).
    pub fn add_delta(&mut self, base: &str, delta: &[u8]) {
        self.begin(7, delta.len());
        self.entries.extend(bytes(base));
        self.entries.extend(compressed(&[], Content::plain(delta)));
    }

    /// Kind and size: four bits of the size, then seven each, the least first.
    fn begin(&mut self, kind: usize, size: usize) {
        self.count += 1;
        let mut byte = (kind << 4) | (size & 15);
        let mut rest = size >> 4;
        while rest > 0 {
            self.entries.push(low_byte(byte | 128));
            byte = rest & 127;
            rest >>= 7;
        }
        self.entries.push(low_byte(byte));
    }

    pub fn finish(self) -> Vec<u8> {
        let mut pack = [b"PACK".as_slice(), &2u32.to_be_bytes(), &self.count.to_be_bytes(), &self.entries].concat();
        let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
        context.update(&pack);
        pack.extend_from_slice(context.finish().as_ref());
        pack
    }
}

/// Writes an object into a folder of objects, alone; gives its id.
pub fn write_loose(objects: &Path, kind: &str, content: Content<'_>) -> String {
    let id = content.id(kind);
    let folder = objects.join(&id[..2]);
    fs::create_dir_all(&folder).expect("the stage can make folders");
    let header = format!("{kind} {}\0", content.size());
    fs::write(folder.join(&id[2..]), compressed(header.as_bytes(), content)).expect("the stage can write files");
    id
}

/// A number of a delta: seven bits a byte, the least first.
pub fn delta_size(mut size: usize) -> Vec<u8> {
    let mut written = Vec::new();
    while size > 127 {
        written.push(low_byte(size | 128));
        size >>= 7;
    }
    written.push(low_byte(size));
    written
}

/// An entry of a tree.
pub fn entry(mode: &str, name: impl AsRef<[u8]>, id: &str) -> Vec<u8> {
    [mode.as_bytes(), b" ", name.as_ref(), b"\0", &bytes(id)].concat()
}

/// A plain commit, as text.
pub fn commit(tree: &str, parents: &[&str], message: &str) -> String {
    let parents: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
    let bob = "Bob Example <bob@example.org> 1735689600 +0000";
    format!("tree {tree}\n{parents}author {bob}\ncommitter {bob}\n\n{message}")
}

/// The bytes of an id.
fn bytes(id: &str) -> Vec<u8> {
    (0..id.len()).step_by(2).map(|at| u8::from_str_radix(&id[at..at + 2], 16).expect("an id is hex")).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn low_byte(number: usize) -> u8 {
    u8::try_from(number & 255).expect("it was masked")
}

/// The content as a zlib stream: stored blocks, and one block of the fixed code for the run.
fn compressed(before: &[u8], content: Content<'_>) -> Vec<u8> {
    const MATCH: usize = 258;
    let matches = content.times.saturating_sub(1) / MATCH;
    let plain = [before, content.start, &vec![content.byte; content.times - matches * MATCH]].concat();
    let mut stream = vec![0x78, 0x01];
    let mut chunks = plain.chunks(0xffff).peekable();
    if plain.is_empty() {
        stream.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(chunk) = chunks.next() {
        let length = u16::try_from(chunk.len()).expect("chunks are that short");
        stream.push(u8::from(chunks.peek().is_none() && matches == 0));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend_from_slice(chunk);
    }
    if matches > 0 {
        let mut bits = Bits { whole: stream, open: 0, count: 0 };
        // The last block, of the fixed code; then 258 bytes at distance 1, each time; then the end.
        bits.push(0b011, 3);
        for _ in 0..matches {
            bits.push(0b00000_10100011, 13);
        }
        bits.push(0, 7);
        stream = bits.finish();
    }
    stream.extend(adler(&plain, content.byte, matches * MATCH).to_be_bytes());
    stream
}

/// Bits, the least first.
struct Bits {
    whole: Vec<u8>,
    open: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, bits: u32, count: u32) {
        self.open |= bits << self.count;
        self.count += count;
        while self.count >= 8 {
            self.whole.push(u8::try_from(self.open & 255).expect("it was masked"));
            self.open >>= 8;
            self.count -= 8;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.push(0, 7);
        self.whole
    }
}

/// Adler-32 of some bytes, and of a run after them.
fn adler(plain: &[u8], byte: u8, times: usize) -> u32 {
    const MODULUS: u128 = 65_521;
    let (mut a, mut b) = (1u64, 0u64);
    for chunk in plain.chunks(5000) {
        for byte in chunk {
            a += u64::from(*byte);
            b += a;
        }
        a %= 65_521;
        b %= 65_521;
    }
    let (a, b, x, n) = (u128::from(a), u128::from(b), u128::from(byte), times as u128);
    let last = (a + n * x) % MODULUS;
    let sum = (b + n * a + x * (n * (n + 1) / 2)) % MODULUS;
    u32::try_from(sum << 16 | last).expect("both are below 2 to the 16th")
}

/// A line of so many commits on top of another, and the last one's id.
pub fn line_of_commits(tree: &str, tip: &str, count: usize) -> (String, Vec<u8>) {
    let mut pack = Pack::new();
    let mut tip = tip.to_string();
    for number in 0..count {
        tip = pack.add("commit", commit(tree, &[&tip], &number.to_string()));
    }
    (tip, pack.finish())
}
