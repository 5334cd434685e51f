//! Least recently used: the entry that nobody asked for the longest leaves first.

use super::Policy;
use super::links::index;

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

/// Adds the slots of the lowest stamps, in their order. The slots are put into as many bands by their
/// stamps, and only the bands that are wanted are sorted: most hold one slot or none.
#[allow(clippy::cast_possible_truncation)] // The lower half of the word is the slot.
fn coldest(stamps: &[u32], count: usize, found: &mut Vec<u32>) {
    let held = || stamps.iter().copied().filter(|stamp| *stamp != 0);
    let (lowest, highest) =
        held().fold((u32::MAX, 0), |(low, high), stamp| (low.min(stamp), high.max(stamp)));
    let span = highest.saturating_sub(lowest);
    let bands = stamps.len().next_power_of_two();
    // The bits of a stamp that tell no bands apart.
    let shift =
        (bands.leading_zeros() + 1 + u32::BITS - usize::BITS).saturating_sub(span.leading_zeros());
    let band = |stamp: u32| index((stamp - lowest) >> shift);
    // How many are in each band, then where each begins.
    let mut places = vec![0_u32; bands];
    for stamp in held() {
        if let Some(length) = places.get_mut(band(stamp)) {
            *length += 1;
        }
    }
    let mut taken = 0;
    let mut wanted = 0;
    for place in &mut places {
        let begin = taken;
        if index(taken) < count {
            taken += *place;
            wanted += 1;
        }
        *place = begin;
    }
    let mut words = vec![0_u64; index(taken)];
    for (slot, stamp) in (0_u64..).zip(stamps) {
        if *stamp == 0 || band(*stamp) >= wanted {
            continue;
        }
        if let Some(place) = places.get_mut(band(*stamp)) {
            if let Some(word) = words.get_mut(index(*place)) {
                *word = (u64::from(*stamp) << 32) | slot;
            }
            *place += 1;
        }
    }
    // Each place has come to where the next band begins.
    let mut begin = 0;
    for end in places.into_iter().take(wanted) {
        if let Some(words) = words.get_mut(begin..index(end)) {
            words.sort_unstable();
        }
        begin = index(end);
    }
    found.extend(words.into_iter().take(count).map(|word| word as u32));
}
