//! The log of what happened to slots, applied to a policy and to the wheel.

use super::wheel::Wheel;
use super::{Lru, Policy, TinyLfu};

/// The most slots there are; words of the log that name another one are passed over.
pub const SLOTS_MAX: u32 = 1 << 24;

/// The words of the log: what happened in the upper 2 bits, the slot in the lower 30.
pub mod log {
    /// The slot was used.
    pub const TOUCH: u32 = 0;
    /// The slot holds another entry; the next word is the hash of its key.
    pub const INSERT: u32 = 1;
    /// The slot holds nothing any more and is due at no time.
    pub const REMOVE: u32 = 2;
    /// The slot is due at a time: the next two words, the upper one first.
    pub const ARM: u32 = 3;
    /// Where the kind of a word begins.
    pub const KIND_SHIFT: u32 = 30;
}

/// The rules of one cache.
#[derive(Debug)]
pub struct Engine {
    policy: Box<dyn Policy>,
    wheel: Wheel,
}

impl Engine {
    /// Makes the engine of an empty cache that evicts what was used the longest ago.
    #[must_use]
    pub fn lru() -> Self {
        Self { policy: Box::new(Lru), wheel: Wheel::default() }
    }

    /// Makes the engine of an empty cache of about so many entries that weighs how often each was
    /// used.
    #[must_use]
    pub fn tiny_lfu(entries: u32) -> Self {
        Self { policy: Box::new(TinyLfu::new(entries)), wheel: Wheel::default() }
    }

    /// Applies a log, in order.
    pub fn apply(&mut self, words: &[u32]) {
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            let slot = word & ((1 << log::KIND_SHIFT) - 1);
            let kind = word >> log::KIND_SHIFT;
            let hash = if kind == log::INSERT { words.next().unwrap_or(0) } else { 0 };
            let due = if kind == log::ARM { time(words.next(), words.next()) } else { 0 };
            if slot >= SLOTS_MAX {
                continue;
            }
            match kind {
                log::TOUCH => self.policy.touch(slot),
                log::INSERT => self.policy.insert(slot, hash),
                log::REMOVE => {
                    self.policy.remove(slot);
                    self.wheel.disarm(slot);
                }
                _ => self.wheel.arm(slot, due),
            }
        }
    }

    /// The slots that leave next: see [`Policy::victims`].
    pub fn victims(&mut self, stamps: &[u32], count: usize) -> Vec<u32> {
        let mut found = Vec::new();
        self.policy.victims(stamps, count, &mut found);
        found
    }

    /// The slots that are due by `now`, each told once, at most `budget` of them. The number beside them
    /// is a time before which no further one is due, `None` if there is none.
    pub fn due(&mut self, now: u64, budget: usize) -> (Vec<u32>, Option<u64>) {
        let mut fired = Vec::new();
        let next = self.wheel.fire(now, budget, &mut fired);
        (fired, next)
    }

    /// Every held slot, the one least worth keeping first.
    #[must_use]
    pub fn order(&self, stamps: &[u32]) -> Vec<u32> {
        let mut found = Vec::new();
        self.policy.order(stamps, &mut found);
        found
    }
}

fn time(upper: Option<u32>, lower: Option<u32>) -> u64 {
    (u64::from(upper.unwrap_or(0)) << 32) | u64::from(lower.unwrap_or(0))
}
