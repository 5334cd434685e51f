//! What this instance knows of the host without asking: the entries that it read or wrote lately, and
//! which keys are surely missing.
//!
//! It is written through: an entry is forgotten before the host is asked to change it, and noted when
//! the host has done so. A refusal, an uncertain end or a flow that nobody finishes thus leaves nothing
//! behind. Which keys may be answered from here is decided in `port.rs`.

use crate::bytes::checksum;
use crate::config::{MIRROR_BYTES_MAX, MIRROR_ENTRIES_MAX, MIRROR_ENTRY_BYTES_MAX, PRESENT_BYTES};
use crate::host::Data;
use crate::key::{JOURNAL, KEYSET, PARTS};
use crate::value::{Form, Value};

/// What lies under a key, or that nothing does.
type Known = Option<Data>;

/// The entries known. They live in two halves: when the recent one is full, it becomes the older one,
/// and what was not used since then goes. That is least recently used, without a list to keep.
#[derive(Debug, Default)]
pub(super) struct Mirror {
    recent: Half,
    older: Half,
    /// A bit for each of all keys there are, by checksum, and for some that are gone; empty if they are
    /// not known. A key that shares its bit with another is not known to be absent.
    present: Vec<u8>,
    /// Whether a listing would have told what the host was asked for one key at a time.
    wants_listing: bool,
    /// Grows with every change, so that an answer that a change overtook is not taken for the present.
    changes: u32,
}

/// Sorted by the sum of the key, and by key.
#[derive(Debug, Default)]
struct Half {
    entries: Vec<(u32, String, Known)>,
    bytes: usize,
}

impl Mirror {
    /// What is known of an entry.
    pub(super) fn get(&mut self, host_key: &str) -> Option<Known> {
        let sum = sum_of(host_key);
        if let Some(known) = self.recent.get(sum, host_key) {
            return Some(known.clone());
        }
        let known = self.older.take(sum, host_key)?;
        self.keep(sum, host_key.to_owned(), known.clone());
        Some(known)
    }

    /// Whether a listing and all changes since say that nothing lies under a key.
    pub(super) fn is_absent(&self, host_key: &str) -> bool {
        let (index, bit) = place_of(sum_of(host_key));
        self.present.get(index).is_some_and(|byte| byte & bit == 0)
    }

    /// Takes note that the host is being asked to change an entry, whatever will come of it.
    pub(super) fn forget(&mut self, host_key: &str) {
        let sum = sum_of(host_key);
        self.changes = self.changes.wrapping_add(1);
        self.recent.take(sum, host_key);
        self.older.take(sum, host_key);
        self.note_present(sum);
    }

    fn note_present(&mut self, sum: u32) {
        let (index, bit) = place_of(sum);
        if let Some(byte) = self.present.get_mut(index) {
            *byte |= bit;
        }
    }

    /// How many changes there were.
    pub(super) fn changes(&self) -> u32 {
        self.changes
    }

    /// Takes note of a small entry that the host holds, unless there were changes since it was asked.
    pub(super) fn note(&mut self, asked_at: u32, host_key: String, data: Option<Data>) {
        if asked_at != self.changes || host_key.starts_with(JOURNAL) || host_key == KEYSET {
            return;
        }
        let sum = sum_of(&host_key);
        let known = self.recent.take(sum, &host_key).or_else(|| self.older.take(sum, &host_key));
        if data.is_none() && known.flatten().is_some() {
            // Somebody else removed it, and perhaps not only this.
            self.clear();
        // The name of a part is never used again.
        } else if data.is_some() || !host_key.starts_with(PARTS) {
            self.keep(sum, host_key, data.map(into_read));
        }
    }

    /// Takes note of a listing of everything.
    pub(super) fn note_listing(&mut self, asked_at: u32, host_keys: &[String]) {
        self.wants_listing = false;
        if asked_at == self.changes {
            self.present = vec![0; PRESENT_BYTES];
            host_keys.iter().for_each(|host_key| self.note_present(sum_of(host_key)));
        }
    }

    /// Takes note that a key was missing which a listing would have shown to be missing.
    pub(super) fn want_listing(&mut self) {
        self.wants_listing = self.present.is_empty();
    }

    /// Whether a listing would be worth its call.
    pub(super) fn wants_listing(&self) -> bool {
        self.wants_listing
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self { changes: self.changes.wrapping_add(1), ..Self::default() };
    }

    fn keep(&mut self, sum: u32, host_key: String, known: Known) {
        let bytes = self.recent.bytes + size(&host_key, known.as_ref());
        if bytes > MIRROR_BYTES_MAX / 2 || self.recent.entries.len() >= MIRROR_ENTRIES_MAX / 2 {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.put(sum, host_key, known);
    }
}

impl Half {
    fn find(&self, sum: u32, host_key: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|(known, key, _)| {
            known.cmp(&sum).then_with(|| key.as_str().cmp(host_key))
        })
    }

    fn get(&self, sum: u32, host_key: &str) -> Option<&Known> {
        let index = self.find(sum, host_key).ok()?;
        self.entries.get(index).map(|(_, _, known)| known)
    }

    fn take(&mut self, sum: u32, host_key: &str) -> Option<Known> {
        let index = self.find(sum, host_key).ok()?;
        let (_, host_key, known) = self.entries.remove(index);
        self.bytes -= size(&host_key, known.as_ref());
        Some(known)
    }

    /// Adds an entry that is not there.
    fn put(&mut self, sum: u32, host_key: String, known: Known) {
        if let Err(index) = self.find(sum, &host_key) {
            self.bytes += size(&host_key, known.as_ref());
            self.entries.insert(index, (sum, host_key, known));
        }
    }
}

/// By what the entries are sorted, and where their bits lie: keys begin alike, and comparing sums is one
/// instruction.
fn sum_of(host_key: &str) -> u32 {
    checksum(&[host_key.as_bytes()])
}

/// Where the bit of a key lies.
fn place_of(sum: u32) -> (usize, u8) {
    let sum = sum as usize;
    (sum / 8 % PRESENT_BYTES, 1 << (sum % 8))
}

/// Whether an entry is small enough to be kept: what is not is not copied either.
pub(super) fn is_small(host_key: &str, data: Option<&Data>) -> bool {
    size(host_key, data) <= MIRROR_ENTRY_BYTES_MAX
}

fn size(host_key: &str, data: Option<&Data>) -> usize {
    host_key.len() + data.map_or(0, Data::len)
}

/// What a host gives back for what it was given: a string has no form of its own there.
pub(super) fn as_read(data: &Data) -> Data {
    into_read(data.clone())
}

fn into_read(data: Data) -> Data {
    match data {
        Data::Native(Value { form: Form::String, text }) => Data::Text(text),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(mirror: &mut Mirror, host_key: &str, data: Option<&Data>) {
        if is_small(host_key, data) {
            mirror.note(mirror.changes(), host_key.to_owned(), data.cloned());
        }
    }

    fn text(bytes: usize) -> Data {
        Data::Text("x".repeat(bytes))
    }

    #[test]
    fn what_is_used_stays_and_the_bounds_hold() {
        for bytes in [1, 100, MIRROR_ENTRY_BYTES_MAX - 9, MIRROR_ENTRY_BYTES_MAX + 1] {
            let (mut mirror, data) = (Mirror::default(), text(bytes));
            note(&mut mirror, "used", Some(&text(1)));
            for number in 0..2 * MIRROR_ENTRIES_MAX {
                note(&mut mirror, &format!("k{number}"), Some(&data));
                assert_eq!(mirror.get("used"), Some(Some(text(1))));
                assert!(mirror.recent.bytes + mirror.older.bytes <= MIRROR_BYTES_MAX);
                assert!(
                    mirror.recent.entries.len() + mirror.older.entries.len() <= MIRROR_ENTRIES_MAX
                );
                if number > 99 && bytes > 1000 {
                    break;
                }
            }
            assert_eq!(mirror.get("k0"), None, "what nobody used for long has gone");
        }
    }

    #[test]
    fn bytes_are_counted_down_as_they_were_counted_up() {
        let mut mirror = Mirror::default();
        for round in 0..9 {
            for number in 0..20 {
                note(&mut mirror, &format!("k{number}"), Some(&text(round * number)));
                mirror.get(&format!("k{}", number / 2));
            }
        }
        (0..20).for_each(|number| mirror.forget(&format!("k{number}")));
        assert_eq!((mirror.recent.bytes, mirror.recent.entries.len()), (0, 0));
    }

    #[test]
    fn an_answer_that_a_change_overtook_is_not_believed() {
        let mut mirror = Mirror::default();
        let asked_at = mirror.changes();
        mirror.forget("k");
        mirror.note(asked_at, "k".to_owned(), Some(text(1)));
        mirror.note_listing(asked_at, &[]);
        assert_eq!((mirror.get("k"), mirror.is_absent("other")), (None, false));
    }

    #[test]
    fn a_key_is_absent_until_something_is_written_there() {
        let mut mirror = Mirror::default();
        assert!(!mirror.is_absent("a"), "nothing is known yet");
        mirror.note_listing(0, &["a".to_owned()]);
        assert!(!mirror.is_absent("a") && mirror.is_absent("b"));
        mirror.forget("b");
        assert!(!mirror.is_absent("b"), "it may be there now");
        let absent = (0..1000).filter(|number| mirror.is_absent(&format!("k{number}"))).count();
        assert!(absent > 990, "few keys share the bit of another: {absent}");
    }

    #[test]
    fn neither_journals_nor_parts_that_are_gone_take_room() {
        let mut mirror = Mirror::default();
        for (host_key, data) in [(JOURNAL, Some(&text(1))), ("~ms~p000000000007.0~k", None)] {
            note(&mut mirror, host_key, data);
            assert_eq!(mirror.get(host_key), None);
        }
    }

    #[test]
    fn a_key_that_somebody_else_removed_makes_all_else_doubtful() {
        let mut mirror = Mirror::default();
        note(&mut mirror, "a", Some(&text(1)));
        note(&mut mirror, "b", Some(&text(1)));
        note(&mut mirror, "a", None);
        assert_eq!((mirror.get("a"), mirror.get("b")), (None, None));
    }
}
