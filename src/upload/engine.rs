//! The states of items and the moves between them.
//!
//! ```text
//!            claim              settle: arrived
//!  Waiting ────────► Running ───────────────────► Done
//!   ▲  ▲ │             │ │ settle: it cannot be sent, or not in so many attempts
//!   │  │ │             │ └──────────────────────► Failed ──┐
//!   │  └─┼─────────────┘ settle: again, later              │
//!   │    └─────────────┴────────────────────────► Cancelled┤ cancel
//!   └──────────────────────────────────────────────────────┘ add, once more
//! ```

use super::order::{Order, Place};
use super::pace::Pace;
use super::rules::{AGEING_MS, INTERRUPTIONS_MAX, RETRY_AFTER_MAX_MS};
use super::{Outcome, Rules, SLOTS_MAX, State, Why};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Item {
    state: State,
    priority: i32,
    attempts: u32,
    interruptions: u32,
    /// Waiting: from when on. Running: until when at most.
    due: u64,
    /// Running: when it was last heard of.
    heard: u64,
    /// Waiting: its place among those that are ready, or, until it is due, among those that are not.
    place: Place,
    /// Which claim it runs by: what was claimed before has no say any more.
    claim: u32,
}

/// The rules of one queue.
#[derive(Debug, Clone)]
pub struct Engine {
    rules: Rules,
    pace: Pace,
    holds: u8,
    items: Vec<Option<Item>>,
    running: Vec<u32>,
    waiting: usize,
    ready: Order,
    later: Order,
    turns: u32,
    claims: u32,
}

impl Engine {
    /// Makes an empty queue.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            pace: Pace::new(rules.concurrency),
            holds: 0,
            items: Vec::new(),
            running: Vec::new(),
            waiting: 0,
            ready: Order::default(),
            later: Order::default(),
            turns: 0,
            claims: 0,
        }
    }

    /// Adds an item that waits, in a slot that is empty or whose item has ended: a new one, or one that
    /// was tried so often already, to be tried again from `due` on. False if the slot cannot be had.
    pub fn add(&mut self, slot: u32, priority: i32, attempts: u32, due: u64, now: u64) -> bool {
        let is_taken = self.state(slot).is_some_and(|state| !state.is_terminal());
        if slot >= SLOTS_MAX || is_taken {
            return false;
        }
        let index = slot as usize;
        if index >= self.items.len() {
            self.items.resize(index + 1, None);
        }
        let item = Item {
            state: State::Waiting,
            priority,
            attempts,
            interruptions: 0,
            due,
            heard: 0,
            place: (0, 0),
            claim: 0,
        };
        if let Some(place) = self.items.get_mut(index) {
            *place = Some(item);
        }
        self.wait(slot, due, now);
        true
    }

    /// Takes the item that is sent next, if one may be.
    pub fn claim(&mut self, now: u64) -> Option<u32> {
        if self.holds != 0 || self.is_full() {
            return None;
        }
        self.promote(now);
        let items = &self.items;
        let (_, slot) = self.ready.first(|slot, place| is_at(items, slot, place))?;
        self.ready.pop();
        self.waiting -= 1;
        self.claims = self.claims.wrapping_add(1);
        let (claim, due) = (self.claims, now.saturating_add(self.rules.timeout_ms));
        self.running.push(slot);
        let item = self.item_mut(slot)?;
        item.state = State::Running;
        item.attempts += 1;
        item.due = due;
        item.heard = now;
        item.claim = claim;
        Some(slot)
    }

    /// Notes that the sending of an item goes on.
    pub fn heard(&mut self, slot: u32, now: u64) {
        if let Some(item) = self.item_mut(slot) {
            item.heard = item.heard.max(now);
        }
    }

    /// Ends the attempt of a claim: gives the state that the item is in now, nothing if that claim has no
    /// say. `chance` spreads the pauses: full jitter, from nothing to all of them.
    pub fn settle(
        &mut self,
        slot: u32,
        claim: u32,
        outcome: Outcome,
        chance: u32,
        now: u64,
    ) -> Option<State> {
        let Rules { attempts, base_ms, cap_ms, .. } = self.rules;
        let last_claim = self.claims;
        let item = self.item_mut(slot)?;
        if item.state != State::Running || item.claim != claim {
            return None;
        }
        let state = match outcome {
            Outcome::Done => State::Done,
            Outcome::Interrupted => {
                item.interruptions += 1;
                if item.interruptions <= INTERRUPTIONS_MAX {
                    item.attempts -= 1;
                }
                State::Waiting
            }
            Outcome::Failed(failure) if failure.is_transient() && item.attempts < attempts => {
                State::Waiting
            }
            Outcome::Failed(_) => State::Failed,
        };
        item.state = state;
        let doublings = item.attempts.saturating_sub(1).min(31);
        self.running.retain(|running| *running != slot);
        let mut pause = jittered(cap_ms.min(base_ms.saturating_mul(1 << doublings)), chance);
        if let Outcome::Failed(failure) = outcome {
            if failure.is_overload() {
                self.pace.overloaded(claim, last_claim);
            }
            if let Some(asked) = failure.retry_after_ms {
                pause = pause.max(asked.min(RETRY_AFTER_MAX_MS));
            }
        }
        match state {
            State::Done => self.pace.succeeded(),
            State::Waiting => self.wait(slot, now.saturating_add(pause), now),
            _ => {}
        }
        Some(state)
    }

    /// A running item whose time is over; it stays so until it is settled.
    #[must_use]
    pub fn overdue(&self, now: u64) -> Option<u32> {
        self.running.iter().copied().find(|slot| self.deadline(*slot).is_some_and(|due| due <= now))
    }

    /// Ends an item that is not wanted any more: false if it had ended before.
    pub fn cancel(&mut self, slot: u32) -> bool {
        let Some(item) = self.item_mut(slot) else { return false };
        let before = std::mem::replace(&mut item.state, State::Cancelled);
        match before {
            State::Waiting => self.waiting -= 1,
            State::Running => self.running.retain(|running| *running != slot),
            _ => {
                item.state = before;
                return false;
            }
        }
        self.tidy();
        true
    }

    /// Empties the slot of an item that has ended: false if it has not.
    pub fn forget(&mut self, slot: u32) -> bool {
        let has_ended = self.state(slot).is_some_and(State::is_terminal);
        if has_ended && let Some(item) = self.items.get_mut(slot as usize) {
            *item = None;
        }
        has_ended
    }

    /// Holds the queue for a reason: what is being sent goes on, nothing new is claimed.
    pub fn hold(&mut self, reason: u8) {
        self.holds |= reason;
    }

    /// Takes a reason away.
    pub fn release(&mut self, reason: u8) {
        self.holds &= !reason;
    }

    /// The reasons for which it is held.
    #[must_use]
    pub fn holds(&self) -> u8 {
        self.holds
    }

    /// When to look again, to claim or for what is overdue; nothing if only a call can change anything.
    pub fn next_deadline(&mut self, now: u64) -> Option<u64> {
        let overdue = self.running.iter().filter_map(|slot| self.deadline(*slot)).min();
        if self.holds != 0 || self.is_full() {
            return overdue;
        }
        let items = &self.items;
        let is_there = |slot, place| is_at(items, slot, place);
        let next = if self.ready.first(is_there).is_some() {
            Some(now)
        } else {
            self.later.first(is_there).map(|(due, _)| due.cast_unsigned())
        };
        next.into_iter().chain(overdue).min()
    }

    /// Says why an item is not being sent.
    #[must_use]
    pub fn explain(&self, slot: u32, now: u64) -> Why {
        let Some(item) = self.item(slot).filter(|item| item.state == State::Waiting) else {
            return Why::NotWaiting;
        };
        if self.holds != 0 {
            return Why::Held(self.holds);
        }
        if item.due > now {
            return Why::Until(item.due);
        }
        let before = |other: &&Item| {
            other.state == State::Waiting && other.due <= now && standing(other) < standing(item)
        };
        let waiting = self.items.iter().flatten().filter(before).count();
        Why::Behind(u32::try_from(waiting + self.running.len()).unwrap_or(u32::MAX))
    }

    /// The state of an item; nothing for an empty slot.
    #[must_use]
    pub fn state(&self, slot: u32) -> Option<State> {
        self.item(slot).map(|item| item.state)
    }

    /// How often an item was tried.
    #[must_use]
    pub fn attempts(&self, slot: u32) -> u32 {
        self.item(slot).map_or(0, |item| item.attempts)
    }

    /// Since when, or from when on, an item that waits may be sent.
    #[must_use]
    pub fn due(&self, slot: u32) -> u64 {
        self.item(slot).map_or(0, |item| item.due)
    }

    /// By which claim an item runs.
    #[must_use]
    pub fn claim_of(&self, slot: u32) -> u32 {
        self.item(slot).map_or(0, |item| item.claim)
    }

    /// How many are being sent.
    #[must_use]
    pub fn running(&self) -> usize {
        self.running.len()
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many may be sent at once now.
    #[must_use]
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// Until when a running item may go on without a sign of progress, and at most.
    #[must_use]
    pub fn deadline(&self, slot: u32) -> Option<u64> {
        let item = self.item(slot).filter(|item| item.state == State::Running)?;
        Some(item.due.min(item.heard.saturating_add(self.rules.stall_ms)))
    }

    fn item(&self, slot: u32) -> Option<&Item> {
        self.items.get(slot as usize)?.as_ref()
    }

    fn item_mut(&mut self, slot: u32) -> Option<&mut Item> {
        self.items.get_mut(slot as usize)?.as_mut()
    }

    fn is_full(&self) -> bool {
        self.running.len() >= self.pace.limit() as usize
    }

    /// Gives an item that waits from now on its place.
    fn wait(&mut self, slot: u32, due: u64, now: u64) {
        self.turns = self.turns.wrapping_add(1);
        let turn = self.turns;
        let Some(item) = self.item_mut(slot) else { return };
        item.due = due;
        let is_ready = due <= now;
        item.place = (if is_ready { rank(item) } else { due.cast_signed() }, turn);
        let place = item.place;
        if is_ready { &mut self.ready } else { &mut self.later }.add(place, slot);
        self.waiting += 1;
        self.tidy();
    }

    /// Moves what is due among those that are ready.
    fn promote(&mut self, now: u64) {
        loop {
            let items = &self.items;
            let Some((due, slot)) = self.later.first(|slot, place| is_at(items, slot, place))
            else {
                return;
            };
            if due.cast_unsigned() > now {
                return;
            }
            self.later.pop();
            let Some(item) = self.item_mut(slot) else { return };
            item.place.0 = rank(item);
            let place = item.place;
            self.ready.add(place, slot);
        }
    }

    fn tidy(&mut self) {
        let (items, live) = (&self.items, self.waiting);
        self.ready.tidy(live, |slot, place| is_at(items, slot, place));
        self.later.tidy(live, |slot, place| is_at(items, slot, place));
    }
}

/// Invariant: each place is given once, so an item has left a place for good when it is at another one.
fn is_at(items: &[Option<Item>], slot: u32, place: Place) -> bool {
    let item = items.get(slot as usize).and_then(Option::as_ref);
    item.is_some_and(|item| item.state == State::Waiting && item.place == place)
}

/// Whoever has waited longer is first; a higher priority is worth so much waiting. As all grow older
/// together, this never changes while an item waits.
fn rank(item: &Item) -> i64 {
    item.due.cast_signed().saturating_sub(i64::from(item.priority).saturating_mul(AGEING_MS))
}

fn standing(item: &Item) -> Place {
    (rank(item), item.place.1)
}

fn jittered(pause: u64, chance: u32) -> u64 {
    // Pauses are far below 2^31 ms times 2^32.
    pause.min(1 << 31).saturating_mul(u64::from(chance)) >> 32
}
