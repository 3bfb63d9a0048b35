//! Objects out of packs that were decoded lately: what others are stored as differences from. A cache, and nothing else.

use std::collections::{HashMap, VecDeque};

use gix::odb::pack::cache::DecodeEntry;

/// Bytes that one thread keeps for each folder of objects. More than a processor's own caches hold would be slower.
const KEPT_BYTES: usize = 1 << 19;
/// Larger objects are not kept: one must not drive out everything else.
const LARGEST: usize = KEPT_BYTES / 2;

/// Decoded objects by pack and offset; the oldest go first.
#[derive(Default)]
pub(super) struct DeltaBases {
    objects: HashMap<(u32, u64), Decoded>,
    order: VecDeque<(u32, u64)>,
    bytes: usize,
}

struct Decoded {
    kind: gix::objs::Kind,
    compressed_size: usize,
    content: Vec<u8>,
}

impl DecodeEntry for DeltaBases {
    fn put(&mut self, pack_id: u32, offset: u64, data: &[u8], kind: gix::objs::Kind, compressed_size: usize) {
        let place = (pack_id, offset);
        if data.len() > LARGEST || self.objects.contains_key(&place) {
            return;
        }
        self.bytes += data.len();
        self.order.push_back(place);
        self.objects.insert(place, Decoded { kind, compressed_size, content: data.to_vec() });
        while self.bytes > KEPT_BYTES {
            let Some(oldest) = self.order.pop_front() else { return };
            self.bytes -= self.objects.remove(&oldest).map_or(0, |object| object.content.len());
        }
    }

    fn get(&mut self, pack_id: u32, offset: u64, out: &mut Vec<u8>) -> Option<(gix::objs::Kind, usize)> {
        let object = self.objects.get(&(pack_id, offset))?;
        out.clear();
        out.extend_from_slice(&object.content);
        Some((object.kind, object.compressed_size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_objects_go_when_too_much_is_kept() {
        let mut kept = DeltaBases::default();
        let content = vec![7; LARGEST];
        for offset in 0..3 {
            kept.put(1, offset, &content, gix::objs::Kind::Tree, 5);
        }
        let mut out = vec![1];
        assert_eq!(kept.get(1, 0, &mut out), None);
        assert_eq!(kept.get(1, 1, &mut out), Some((gix::objs::Kind::Tree, 5)));
        assert_eq!(out, content);
        assert_eq!((kept.get(2, 1, &mut out), kept.bytes), (None, KEPT_BYTES));
        kept.put(1, 99, &vec![7; LARGEST + 1], gix::objs::Kind::Tree, 5);
        assert_eq!(kept.get(1, 99, &mut out), None);
    }
}
