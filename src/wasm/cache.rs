//! The door of the cache: slots and times go in, slots come out.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::cache::Engine;

/// The rules of one cache.
#[wasm_bindgen]
#[derive(Debug)]
pub struct CacheEngine {
    engine: Engine,
    next_due: f64,
}

#[wasm_bindgen]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
// Times have 48 bits, and a cast saturates.
impl CacheEngine {
    /// Makes the engine of an empty cache. Policy 0: least recently used; 1: window TinyLFU, for about so
    /// many entries.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(policy: u8, entries: u32) -> Self {
        let engine = if policy == 0 { Engine::lru() } else { Engine::tiny_lfu(entries) };
        Self { engine, next_due: f64::INFINITY }
    }

    /// Applies a log of what happened: see `cache::log`.
    pub fn apply(&mut self, log: &[u32]) {
        self.engine.apply(log);
    }

    /// The slots that leave next, at most so many, by the stamp of the last use of each slot.
    pub fn victims(&mut self, stamps: &[u32], count: u32) -> Vec<u32> {
        self.engine.victims(stamps, count as usize)
    }

    /// The slots that are due, at most so many, each told once.
    pub fn due(&mut self, now: f64, budget: u32) -> Vec<u32> {
        let (slots, next) = self.engine.due(now as u64, budget as usize);
        self.next_due = next.map_or(f64::INFINITY, |next| next as f64);
        slots
    }

    /// After `due`: a time before which no further slot is due. If it has come, there is more to do.
    #[wasm_bindgen(getter, js_name = nextDue)]
    #[must_use]
    pub fn next_due(&self) -> f64 {
        self.next_due
    }

    /// Every held slot, the one least worth keeping first.
    #[must_use]
    pub fn order(&self, stamps: &[u32]) -> Vec<u32> {
        self.engine.order(stamps)
    }
}
