//! How often keys were asked for lately, about: a count-min sketch of 4-bit counters that are halved
//! now and then (TinyLFU; Einziger, Friedman and Manes, 2017).

/// The highest count; a counter stays there until it is halved.
const COUNT_MAX: u8 = 15;
/// Each key is counted in so many places; the lowest of them counts.
const DEPTH: u32 = 4;
/// The fewest counters, so that a small cache does not confuse its keys.
const COUNTERS_MIN: usize = 512;
/// Counters for each entry: few enough keys share one.
const COUNTERS_PER_ENTRY: usize = 16;
/// After so many counts for each entry all are halved, so that what was popular long ago fades.
const SAMPLE_PER_ENTRY: usize = 8;

/// Counters of how often keys were asked for, by the hashes of the keys.
#[derive(Debug)]
pub(super) struct Sketch {
    /// Two counters in a byte; the length is a power of two.
    counters: Vec<u8>,
    counted: usize,
    sample: usize,
}

impl Sketch {
    /// Makes a sketch for a cache of about so many entries.
    pub(super) fn new(entries: usize) -> Self {
        let bytes = (entries * COUNTERS_PER_ENTRY).max(COUNTERS_MIN).next_power_of_two() / 2;
        Self { counters: vec![0; bytes], counted: 0, sample: entries.max(32) * SAMPLE_PER_ENTRY }
    }

    /// How many entries it is meant for, at most.
    pub(super) fn entries(&self) -> usize {
        self.counters.len() * 2 / COUNTERS_PER_ENTRY
    }

    /// Counts a key.
    pub(super) fn count(&mut self, hash: u32) {
        let mut has_grown = false;
        for row in 0..DEPTH {
            let (place, shift) = self.place(hash, row);
            if let Some(pair) = self.counters.get_mut(place)
                && (*pair >> shift) & COUNT_MAX < COUNT_MAX
            {
                *pair += 1 << shift;
                has_grown = true;
            }
        }
        self.counted += usize::from(has_grown);
        if self.counted >= self.sample {
            // Both halves of a byte at once: the bit that would leave the upper one is cleared.
            for pair in &mut self.counters {
                *pair = (*pair >> 1) & 0x77;
            }
            self.counted /= 2;
        }
    }

    /// How often a key was counted, about.
    pub(super) fn frequency(&self, hash: u32) -> u8 {
        let mut lowest = COUNT_MAX;
        for row in 0..DEPTH {
            let (place, shift) = self.place(hash, row);
            let pair = self.counters.get(place).copied().unwrap_or(0);
            lowest = lowest.min((pair >> shift) & COUNT_MAX);
        }
        lowest
    }

    /// The byte of a key's counter in a row, and where in it the counter begins.
    fn place(&self, hash: u32, row: u32) -> (usize, u32) {
        // Odd multipliers of good spread: Steele and Vigna, 2021.
        let mixed = (hash ^ row.wrapping_mul(0x9e37_79b9)).wrapping_mul(0xadb4_a92d);
        let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2c1b_3c6d);
        let mixed = (mixed ^ (mixed >> 13)) as usize;
        ((mixed >> 1) & (self.counters.len() - 1), if mixed & 1 == 0 { 0 } else { 4 })
    }
}
