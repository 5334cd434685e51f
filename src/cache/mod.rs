//! The rules of the cache: which entry leaves next, and which have outlived their time.
//!
//! Entries are slots, small numbers that the shell gives out: keys and values stay in JavaScript, and
//! no byte of them comes here. What happened to the slots arrives in batches, as a log of words. Nothing
//! here knows the time, a size or a value, and nothing is stored.

mod engine;
mod ghosts;
mod links;
mod lru;
mod sketch;
mod tiny_lfu;
mod wheel;

pub use engine::{Engine, SLOTS_MAX, log};
pub use lru::Lru;
pub use tiny_lfu::TinyLfu;

/// Decides which slot leaves next. A slot is held from `insert` to `remove`.
///
/// `stamps` has a number for each slot, 0 for one that is not held; the higher, the later it was used
/// last. A policy that orders by it alone need not hear of uses.
pub trait Policy {
    /// Takes in a slot that holds another entry now; `hash` is that of its key.
    fn insert(&mut self, slot: u32, hash: u32);

    /// Notes that a slot was used.
    fn touch(&mut self, slot: u32);

    /// Lets go of a slot; one that is not held is no error.
    fn remove(&mut self, slot: u32);

    /// Adds at most `count` of the slots that leave next, in this order, to `found`: at least one while
    /// any is held. They stay held. As long as the caller passes over those that were used, inserted
    /// or removed since, the others leave in exactly this order; a policy that cannot promise it for
    /// several gives one.
    fn victims(&mut self, stamps: &[u32], count: usize, found: &mut Vec<u32>);

    /// Adds every held slot to `found`, the one least worth keeping first.
    fn order(&self, stamps: &[u32], found: &mut Vec<u32>);
}

// Not a supertrait: what can be shown must be carried, and nothing in the core shows anything.
impl std::fmt::Debug for dyn Policy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Policy")
    }
}
