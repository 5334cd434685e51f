//! The door of the upload queue: slots, times and outcomes go in, slots and states come out.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::upload::{Engine, Failure, Outcome, Rules, State, Why};

/// What is true of an outcome, as bits.
mod outcome {
    pub(super) const FAILED: u8 = 1;
    pub(super) const RETRYABLE: u8 = 2;
    pub(super) const TIMEOUT: u8 = 4;
    pub(super) const INTERRUPTED: u8 = 8;
}

/// The rules of one upload queue.
#[wasm_bindgen]
#[derive(Debug)]
pub struct UploadEngine {
    engine: Engine,
}

#[wasm_bindgen]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
// Times have 48 bits, and a cast saturates.
impl UploadEngine {
    /// Makes an empty queue; times in milliseconds.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(
        concurrency: u32,
        attempts: u32,
        base: f64,
        cap: f64,
        timeout: f64,
        stall: f64,
    ) -> Self {
        let (base_ms, cap_ms) = (base as u64, cap as u64);
        let (timeout_ms, stall_ms) = (timeout as u64, stall as u64);
        let rules = Rules { concurrency, attempts, base_ms, cap_ms, timeout_ms, stall_ms };
        Self { engine: Engine::new(rules) }
    }

    /// Adds an item that waits; false if its slot cannot be had.
    pub fn add(&mut self, slot: u32, priority: i32, attempts: u32, due: f64, now: f64) -> bool {
        self.engine.add(slot, priority, attempts, due as u64, now as u64)
    }

    /// Takes the item that is sent next; -1 if none may be.
    pub fn claim(&mut self, now: f64) -> i32 {
        number(self.engine.claim(now as u64))
    }

    /// By which claim an item runs.
    #[wasm_bindgen(js_name = claimOf)]
    #[must_use]
    pub fn claim_of(&self, slot: u32) -> u32 {
        self.engine.claim_of(slot)
    }

    /// Notes that the sending of an item goes on.
    pub fn heard(&mut self, slot: u32, now: f64) {
        self.engine.heard(slot, now as u64);
    }

    /// Ends an attempt; gives the state that the item is in now, -1 if its claim has no say. One that ended
    /// leaves its slot. What is true of the outcome are bits: 1 failed, 2 may be tried again, 4 took too long,
    /// 8 was interrupted. A status of 0 is none, and so is a `retry_after` below 0.
    #[allow(clippy::too_many_arguments)] // Numbers cross for nothing; this is asked for every attempt.
    pub fn settle(
        &mut self,
        slot: u32,
        claim: u32,
        bits: u8,
        status: u16,
        retry_after: f64,
        chance: u32,
        now: f64,
    ) -> i32 {
        let is = |bit: u8| bits & bit != 0;
        let outcome = if is(outcome::INTERRUPTED) {
            Outcome::Interrupted
        } else if is(outcome::FAILED) {
            Outcome::Failed(Failure {
                is_retryable: is(outcome::RETRYABLE),
                status,
                retry_after_ms: (retry_after >= 0.0).then_some(retry_after as u64),
                is_timeout: is(outcome::TIMEOUT),
            })
        } else {
            Outcome::Done
        };
        let state = self.engine.settle(slot, claim, outcome, chance, now as u64);
        if state.is_some_and(State::is_terminal) {
            self.engine.forget(slot);
        }
        state.map_or(-1, |state| match state {
            State::Waiting => 0,
            State::Running => 1,
            State::Done => 2,
            State::Failed => 3,
            State::Cancelled => 4,
        })
    }

    /// A running item whose time is over; -1 if there is none.
    #[must_use]
    pub fn overdue(&self, now: f64) -> i32 {
        number(self.engine.overdue(now as u64))
    }

    /// Ends an item that is not wanted any more; false if it had ended.
    pub fn cancel(&mut self, slot: u32) -> bool {
        self.engine.cancel(slot)
    }

    /// Empties the slot of an item that has ended.
    pub fn forget(&mut self, slot: u32) -> bool {
        self.engine.forget(slot)
    }

    /// Holds the queue for the reasons of these bits, and for no other.
    #[wasm_bindgen(js_name = holdFor)]
    pub fn hold_for(&mut self, reasons: u8) {
        self.engine.release(!reasons);
        self.engine.hold(reasons);
    }

    /// When to look again; -1 if only a call can change anything.
    #[wasm_bindgen(js_name = nextDeadline)]
    pub fn next_deadline(&mut self, now: f64) -> f64 {
        self.engine.next_deadline(now as u64).map_or(-1.0, |due| due as f64)
    }

    /// Why an item is not being sent: nothing; 1 and the reasons why the queue is held; 2 and the time from
    /// which on it is tried; 3 and how many are before it.
    #[must_use]
    pub fn explain(&self, slot: u32, now: f64) -> Vec<f64> {
        match self.engine.explain(slot, now as u64) {
            Why::NotWaiting => Vec::new(),
            Why::Held(reasons) => vec![1.0, f64::from(reasons)],
            Why::Until(due) => vec![2.0, due as f64],
            Why::Behind(count) => vec![3.0, f64::from(count)],
        }
    }

    /// How often an item was tried.
    #[must_use]
    pub fn attempts(&self, slot: u32) -> u32 {
        self.engine.attempts(slot)
    }

    /// From when on an item that waits is tried.
    #[must_use]
    pub fn due(&self, slot: u32) -> f64 {
        self.engine.due(slot) as f64
    }

    /// How many may be sent at once now.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.engine.pace().limit()
    }
}

fn number(slot: Option<u32>) -> i32 {
    slot.and_then(|slot| i32::try_from(slot).ok()).unwrap_or(-1)
}
