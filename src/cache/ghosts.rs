//! The hashes of keys that were turned away lately, about: each has one place, where a later one may take
//! it.

/// Hashes, each at the place that its bits say; 0 where there is none.
#[derive(Debug)]
pub(super) struct Ghosts(Vec<u32>);

impl Ghosts {
    /// Remembers about so many.
    pub(super) fn new(entries: usize) -> Self {
        Self(vec![0; entries.next_power_of_two()])
    }

    /// Remembers a key.
    pub(super) fn note(&mut self, hash: u32) {
        if let Some(ghost) = self.place(hash) {
            *ghost = hash;
        }
    }

    /// Forgets a key, and tells whether it was remembered.
    pub(super) fn take(&mut self, hash: u32) -> bool {
        let Some(ghost) = self.place(hash) else { return false };
        let is_there = *ghost == hash && hash != 0;
        if is_there {
            *ghost = 0;
        }
        is_there
    }

    fn place(&mut self, hash: u32) -> Option<&mut u32> {
        // An odd multiplier of good spread: Steele and Vigna, 2021.
        let mixed = hash.wrapping_mul(0xadb4_a92d);
        let place = (mixed ^ (mixed >> 16)) as usize & (self.0.len() - 1);
        self.0.get_mut(place)
    }
}
