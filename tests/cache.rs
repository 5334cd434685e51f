//! The rules of the cache beside plain models: the order of use, and when slots are due.
#![cfg(feature = "cache")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

use std::collections::BTreeMap;

use ministash::cache::{Engine, Lru, Policy, SLOTS_MAX, TinyLfu, log};

/// A small seeded generator: `SplitMix64` (Steele, Lea and Flood, 2014).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn slot(&mut self, bound: u64) -> u32 {
        u32::try_from(self.below(bound)).unwrap()
    }
}

fn word(kind: u32, slot: u32) -> u32 {
    (kind << log::KIND_SHIFT) | slot
}

fn arm(slot: u32, due: u64) -> [u32; 3] {
    let low = u32::try_from(due & 0xffff_ffff).unwrap();
    [word(log::ARM, slot), u32::try_from(due >> 32).unwrap(), low]
}

#[test]
fn the_order_is_that_of_the_last_use() {
    for seed in 0..60 {
        let mut draw = Draw(seed);
        let mut engine = Engine::lru();
        let mut stamps = vec![0; 24];
        let mut model: Vec<u32> = Vec::new();
        for stamp in 1..400 {
            let slot = draw.slot(24);
            model.retain(|held| *held != slot);
            if draw.below(4) == 0 {
                stamps[slot as usize] = 0;
            } else {
                stamps[slot as usize] = stamp;
                model.push(slot);
            }
            assert_eq!(engine.order(&stamps), model, "seed {seed}");
            let count = usize::try_from(draw.below(30)).unwrap();
            let victims = engine.victims(&stamps, count);
            assert_eq!(victims, model[..count.min(model.len())], "seed {seed}");
        }
    }
}

#[test]
fn slots_are_due_at_their_time_and_not_before() {
    for seed in 0..60 {
        let mut draw = Draw(seed);
        let mut engine = Engine::lru();
        let mut model: BTreeMap<u32, u64> = BTreeMap::new();
        let mut now = draw.below(1 << 40);
        for _ in 0..400 {
            let slot = draw.slot(40);
            let scale = 1 << draw.below(38);
            match draw.below(5) {
                0..=2 => {
                    // Now and then in the past, and now and then in the same instant as others.
                    let due = (now + draw.below(scale)).saturating_sub(draw.below(3) * 50);
                    engine.apply(&arm(slot, due));
                    model.insert(slot, due);
                }
                3 => {
                    engine.apply(&[word(log::REMOVE, slot)]);
                    model.remove(&slot);
                }
                _ => now += draw.below(scale),
            }
            let budget = usize::try_from(draw.below(12)).unwrap();
            let (fired, next) = engine.due(now, budget);
            assert!(fired.len() <= budget, "seed {seed}");
            for slot in fired {
                let due = model.remove(&slot).expect("only armed slots fire, and once");
                assert!(due <= now, "seed {seed}: slot {slot} fired {} too early", due - now);
            }
            let first = model.values().min().copied();
            assert_eq!(next.is_none(), first.is_none(), "seed {seed}");
            assert!(
                next <= first.map(|first| first.max(now)),
                "seed {seed}: {next:?} is after {first:?}"
            );
            if next.is_none_or(|next| next > now) {
                assert!(
                    first.is_none_or(|first| first > now),
                    "seed {seed}: {first:?} was forgotten"
                );
            }
        }
    }
}

#[test]
fn firing_everything_costs_each_slot_a_bounded_number_of_moves() {
    const SLOTS: u32 = 20_000;
    let mut draw = Draw(5);
    let mut engine = Engine::lru();
    for slot in 0..SLOTS {
        engine.apply(&arm(slot, draw.below(1 << 40)));
    }
    let mut calls = 0;
    let mut fired = 0;
    loop {
        let (slots, next) = engine.due(1 << 41, 64);
        calls += 1;
        fired += slots.len();
        if next.is_none() {
            break;
        }
    }
    assert_eq!(fired, SLOTS as usize);
    // All are due, so none has to be moved to a lower level first.
    assert_eq!(calls, (SLOTS as usize).div_ceil(64) + usize::from(SLOTS.is_multiple_of(64)));
}

#[test]
fn every_policy_offers_held_slots_only_and_always_one() {
    let policies: [fn() -> Box<dyn Policy>; 2] = [|| Box::new(Lru), || Box::new(TinyLfu::new(16))];
    for make in policies {
        for seed in 0..30 {
            let mut draw = Draw(seed);
            let mut policy = make();
            let mut held: Vec<u32> = Vec::new();
            let mut stamps = vec![0; 50];
            for stamp in 1..2000 {
                let slot = draw.slot(50);
                match draw.below(6) {
                    0 => {
                        policy.remove(slot);
                        stamps[slot as usize] = 0;
                        held.retain(|other| *other != slot);
                    }
                    1 | 2 if held.contains(&slot) => {
                        policy.touch(slot);
                        stamps[slot as usize] = stamp;
                    }
                    3 => {
                        let mut found = Vec::new();
                        policy.victims(&stamps, 1, &mut found);
                        assert_eq!(found.len(), held.len().min(1), "{policy:?}");
                        if let Some(victim) = found.first() {
                            assert!(held.contains(victim));
                            policy.remove(*victim);
                            stamps[*victim as usize] = 0;
                            held.retain(|other| other != victim);
                        }
                    }
                    _ => {
                        policy.insert(slot, slot * 31);
                        stamps[slot as usize] = stamp;
                        held.retain(|other| *other != slot);
                        held.push(slot);
                    }
                }
                let mut order = Vec::new();
                policy.order(&stamps, &mut order);
                order.sort_unstable();
                let mut expected = held.clone();
                expected.sort_unstable();
                assert_eq!(order, expected);
            }
        }
    }
}

#[test]
fn no_log_breaks_the_engine() {
    for seed in 0..50 {
        let mut draw = Draw(seed);
        let mut engine = if seed % 2 == 0 { Engine::lru() } else { Engine::tiny_lfu(8) };
        for _ in 0..200 {
            let words: Vec<u32> = (0..draw.below(9))
                .map(|_| {
                    let kind = u32::try_from(draw.below(4)).unwrap();
                    let slot = if draw.below(9) == 0 { draw.slot(1 << 30) } else { draw.slot(30) };
                    word(kind, slot.max(u32::from(slot > 30) * SLOTS_MAX))
                })
                .collect();
            engine.apply(&words);
            engine.due(draw.below(1 << 50), 5);
            assert!(engine.victims(&[3, 0, 1], 3).iter().all(|slot| *slot < SLOTS_MAX));
        }
    }
}
