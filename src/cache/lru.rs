//! Least recently used: the entry that nobody asked for the longest leaves first.

use super::Policy;

/// The order of use of all slots. It keeps nothing: the shell stamps a slot at each use, which costs it
/// one store, and the order is made of the stamps when somebody has to leave.
#[derive(Debug, Default)]
pub struct Lru;

impl Policy for Lru {
    fn insert(&mut self, _slot: u32, _hash: u32) {}

    fn touch(&mut self, _slot: u32) {}

    fn remove(&mut self, _slot: u32) {}

    /// A use gives the highest stamp, so what has the lowest ones now leaves in this order, however many
    /// leave.
    fn victims(&mut self, stamps: &[u32], count: usize, found: &mut Vec<u32>) {
        coldest(stamps, count, found);
    }

    fn order(&self, stamps: &[u32], found: &mut Vec<u32>) {
        coldest(stamps, stamps.len(), found);
    }
}

/// Adds the slots of the lowest stamps, in their order. Takes time in proportion to the slots, and what
/// sorting those found takes.
#[allow(clippy::cast_possible_truncation)] // The lower half of the word is the slot.
fn coldest(stamps: &[u32], count: usize, found: &mut Vec<u32>) {
    let mut words: Vec<u64> = (0_u64..)
        .zip(stamps)
        .filter(|(_, stamp)| **stamp != 0)
        .map(|(slot, stamp)| (u64::from(*stamp) << 32) | slot)
        .collect();
    if count < words.len() {
        words.select_nth_unstable(count);
        words.truncate(count);
    }
    words.sort_unstable();
    found.extend(words.into_iter().map(|word| word as u32));
}
