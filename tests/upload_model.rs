//! Every interleaving of a small world of uploads: three items, two at once, failures, interruptions,
//! cancels, pauses, kills before and after every commit, restarts. And three at once where servers say that it
//! is too much and attempts take too long or stand still: the window that closes and opens again.
#![cfg(feature = "uploads")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

use std::collections::HashSet;

use ministash::upload::{Engine, Failure, Outcome, Rules, State, Why, hold};

const ITEMS: u32 = 3;
const RULES: Rules = Rules {
    concurrency: 2,
    attempts: 2,
    base_ms: 1000,
    cap_ms: 1500,
    timeout_ms: 1_000_000,
    stall_ms: 1_000_000,
};
const TRANSIENT: Failure =
    Failure { is_retryable: true, status: 0, retry_after_ms: None, is_timeout: false };
/// Three at once, and no attempt may take longer than the first pause.
const TIMED: Rules = Rules { concurrency: 3, timeout_ms: 800, ..RULES };
/// The same for attempts that bring nothing forward.
const STALLED: Rules = Rules { concurrency: 3, stall_ms: 800, ..RULES };
/// Farther off than all that the model waits for.
const FAR_MS: u64 = 100_000;
const TOO_MUCH: Failure =
    Failure { is_retryable: true, status: 429, retry_after_ms: Some(2000), is_timeout: false };
const LATE: Failure =
    Failure { is_retryable: true, status: 0, retry_after_ms: None, is_timeout: true };
const PERMANENT: Failure =
    Failure { is_retryable: false, status: 404, retry_after_ms: None, is_timeout: false };

/// What the store knows of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Record {
    state: State,
    attempts: u32,
    due: u64,
}

/// What is left of what may happen only so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Budget {
    kills: u8,
    cancels: u8,
    retries: u8,
    interruptions: u8,
    overloads: u8,
    expiries: u8,
    signs: u8,
}

const NONE: Budget = Budget {
    kills: 0,
    cancels: 0,
    retries: 0,
    interruptions: 0,
    overloads: 0,
    expiries: 0,
    signs: 0,
};

#[derive(Debug, Clone)]
struct World {
    rules: Rules,
    engine: Engine,
    now: u64,
    store: Vec<Option<Record>>,
    /// What is to be written with the next commit, and to be seen by the world after it.
    pending: Vec<(u32, Record)>,
    /// What is really being sent, by slot and claim; what was cancelled may still report.
    sending: Vec<(u32, u32)>,
    /// How many ends of each item the world has seen since it was last begun with.
    seen: Vec<u32>,
    budget: Budget,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Add(u32),
    Claim,
    Commit,
    Report(usize, u8),
    /// An attempt whose time is over is given up.
    Expire,
    /// An attempt brings something forward.
    Hear(usize),
    Cancel(u32),
    Retry(u32),
    Pause,
    Resume,
    Wait,
    Kill,
}

impl World {
    fn new(rules: Rules, budget: Budget) -> Self {
        Self {
            rules,
            engine: Engine::new(rules),
            now: 1_000_000,
            store: vec![None; ITEMS as usize],
            pending: Vec::new(),
            sending: Vec::new(),
            seen: vec![0; ITEMS as usize],
            budget,
        }
    }

    fn steps(&self) -> Vec<Step> {
        let mut steps = vec![Step::Claim, Step::Wait];
        steps.push(if self.engine.holds() == 0 { Step::Pause } else { Step::Resume });
        for slot in 0..ITEMS {
            match self.engine.state(slot) {
                None if self.store[slot as usize].is_none() => steps.push(Step::Add(slot)),
                Some(State::Waiting | State::Running) if self.budget.cancels > 0 => {
                    steps.push(Step::Cancel(slot));
                }
                _ => {}
            }
            let ended = self.store[slot as usize].is_some_and(|record| record.state.is_terminal());
            if ended && self.budget.retries > 0 && self.pending.is_empty() {
                steps.push(Step::Retry(slot));
            }
        }
        for index in 0..self.sending.len() {
            steps.extend((0..3).map(|kind| Step::Report(index, kind)));
            if self.budget.interruptions > 0 {
                steps.push(Step::Report(index, 3));
            }
            if self.budget.overloads > 0 {
                steps.push(Step::Report(index, 4));
            }
            if self.budget.signs > 0 {
                steps.push(Step::Hear(index));
            }
        }
        if self.budget.expiries > 0 {
            steps.push(Step::Expire);
        }
        if !self.pending.is_empty() {
            steps.push(Step::Commit);
        }
        if self.budget.kills > 0 {
            steps.push(Step::Kill);
        }
        steps
    }

    /// Notes what an item is now, for the next commit.
    fn note(&mut self, slot: u32) {
        let state = self.engine.state(slot).unwrap();
        let due = if state == State::Waiting { self.engine.due(slot) } else { 0 };
        self.pending.push((slot, Record { state, attempts: self.engine.attempts(slot), due }));
    }

    /// Takes a step; false where it changes nothing.
    fn take(&mut self, step: Step) -> bool {
        match step {
            Step::Add(slot) => {
                assert!(self.engine.add(slot, 0, 0, self.now, self.now));
                self.note(slot);
            }
            Step::Claim => {
                let Some(slot) = self.engine.claim(self.now) else { return false };
                let limit = self.engine.pace().limit() as usize;
                assert!(self.engine.running() <= limit, "more than the window: {self:?}");
                self.note(slot);
            }
            Step::Commit => self.commit(),
            Step::Report(index, kind) => {
                let (slot, claim) = self.sending.remove(index);
                let outcome = match kind {
                    0 => Outcome::Done,
                    1 => Outcome::Failed(TRANSIENT),
                    2 => Outcome::Failed(PERMANENT),
                    3 => Outcome::Interrupted,
                    _ => Outcome::Failed(TOO_MUCH),
                };
                self.budget.interruptions -= u8::from(kind == 3);
                self.budget.overloads -= u8::from(kind == 4);
                self.settle(slot, claim, outcome);
            }
            Step::Expire => {
                let Some(slot) = self.engine.overdue(self.now) else { return false };
                self.budget.expiries -= 1;
                // Whoever sends it may still report: it has no say any more.
                self.settle(slot, self.engine.claim_of(slot), Outcome::Failed(LATE));
                assert!(self.engine.overdue(self.now) != Some(slot), "late twice: {self:?}");
            }
            Step::Hear(index) => {
                let (slot, claim) = self.sending[index];
                let is_old = self.engine.claim_of(slot) != claim;
                if is_old || self.engine.state(slot) != Some(State::Running) {
                    return false;
                }
                self.budget.signs -= 1;
                self.engine.heard(slot, self.now);
            }
            Step::Cancel(slot) => {
                self.budget.cancels -= 1;
                assert!(self.engine.cancel(slot));
                self.note(slot);
            }
            Step::Retry(slot) => {
                self.budget.retries -= 1;
                assert!(self.engine.add(slot, 0, 0, self.now, self.now));
                self.seen[slot as usize] = 0;
                self.note(slot);
            }
            Step::Pause => self.engine.hold(hold::PAUSED),
            Step::Resume => self.engine.release(hold::PAUSED),
            Step::Wait => match self.engine.next_deadline(self.now) {
                Some(due) if due > self.now && due < self.now + FAR_MS => {
                    self.now = due;
                    // What is due then is a turn or the end of an attempt: nothing is slept through.
                    let late = (0..ITEMS).filter_map(|slot| self.engine.deadline(slot)).min();
                    assert!(late.is_none_or(|late| late >= due), "slept too long: {self:?}");
                }
                _ => return false,
            },
            Step::Kill => self.kill(),
        }
        true
    }

    /// Ends an attempt; the window opens for successes only, and closes once for all that were under way in it.
    fn settle(&mut self, slot: u32, claim: u32, outcome: Outcome) {
        let before = self.engine.pace().clone();
        let state = self.engine.settle(slot, claim, outcome, u32::MAX, self.now);
        let window = self.engine.pace().window();
        let is_overload = matches!(outcome, Outcome::Failed(failure) if failure.is_overload());
        let least = before.window() / 2;
        match state {
            None => assert_eq!(window, before.window(), "{self:?}"),
            Some(State::Done) => assert!(window >= before.window(), "{self:?}"),
            Some(_) if is_overload && !before.is_cut(claim) => {
                assert!(window >= least && self.engine.pace().is_cut(claim), "{self:?}");
            }
            Some(_) => assert_eq!(window, before.window(), "{self:?}"),
        }
        if state.is_some() {
            self.note(slot);
        }
    }

    /// One write of the host, and then what the world sees of it.
    fn commit(&mut self) {
        for (slot, record) in std::mem::take(&mut self.pending) {
            let before = self.store[slot as usize].replace(record);
            let was_end = before.is_some_and(|before| before.state.is_terminal());
            assert!(!was_end || record.state == State::Waiting, "an end has changed: {self:?}");
            if record.state == State::Running {
                // It may have been cancelled while the store was asked.
                if self.engine.state(slot) == Some(State::Running) {
                    self.sending.push((slot, self.engine.claim_of(slot)));
                }
            } else if record.state.is_terminal() {
                self.seen[slot as usize] += 1;
            }
        }
    }

    /// Ends the process and starts the next one on what the store holds.
    fn kill(&mut self) {
        self.budget.kills -= 1;
        self.pending.clear();
        self.sending.clear();
        self.engine = Engine::new(self.rules);
        for slot in 0..ITEMS {
            let Some(record) = self.store[slot as usize] else { continue };
            let (attempts, due) = match record.state {
                State::Waiting => (record.attempts, record.due),
                // A kill is no attempt.
                State::Running => (record.attempts - 1, self.now),
                _ => continue,
            };
            assert!(self.engine.add(slot, 0, attempts, due, self.now));
        }
    }

    fn check(&self) {
        let most = self.rules.concurrency as usize;
        assert!(self.engine.running() <= most, "{self:?}");
        let limit = self.engine.pace().limit() as usize;
        assert!((1..=most).contains(&limit), "{self:?}");
        let valid = |&&(slot, claim): &&(u32, u32)| {
            self.engine.claim_of(slot) == claim && self.engine.state(slot) == Some(State::Running)
        };
        assert!(self.sending.iter().filter(valid).count() <= most, "{self:?}");
        for slot in 0..ITEMS {
            let record = self.store[slot as usize];
            let lives = record.is_some_and(|record| !record.state.is_terminal());
            assert!(!lives || self.engine.state(slot).is_some(), "forgotten: {self:?}");
            assert!(self.seen[slot as usize] <= 1, "two ends: {self:?}");
            let ended = record.is_some_and(|record| record.state.is_terminal());
            assert!(ended || self.seen[slot as usize] == 0 || !self.pending.is_empty(), "{self:?}");
        }
    }

    /// Whatever happened: if the world goes on well from here, every item comes to its end.
    fn check_that_all_end(&self) {
        let mut world = self.clone();
        world.engine.release(u8::MAX);
        for _ in 0..40 {
            if !world.pending.is_empty() {
                world.take(Step::Commit);
            }
            if !world.sending.is_empty() {
                world.take(Step::Report(0, 0));
            }
            if !world.take(Step::Claim) {
                world.take(Step::Wait);
            }
            world.check();
        }
        for (slot, record) in world.store.iter().enumerate() {
            let is_ended = record.is_none_or(|record| record.state.is_terminal());
            assert!(is_ended && world.pending.is_empty(), "{slot} has no end: {self:?}");
        }
    }

    /// All that decides what may follow: times count from now, claims only by whether they still hold.
    fn key(&self) -> impl std::hash::Hash + Eq + use<> {
        let mut free = self.engine.clone();
        free.release(u8::MAX);
        let far = self.now + 1_000_000_000;
        let items: Vec<_> = (0..ITEMS)
            .map(|slot| {
                let order = match free.explain(slot, far) {
                    Why::Behind(count) => count,
                    _ => u32::MAX,
                };
                let (state, attempts) = (self.engine.state(slot), self.engine.attempts(slot));
                let waits = state == Some(State::Waiting);
                let due = if waits { self.engine.due(slot).saturating_sub(self.now) } else { 0 };
                // Where no attempt is ever late, when it began decides nothing.
                let left = self.engine.deadline(slot).map_or(0, |end| end.saturating_sub(self.now));
                let left = if left < FAR_MS { left } else { 0 };
                let is_cut = self.engine.pace().is_cut(self.engine.claim_of(slot));
                (state, attempts, due, left, is_cut, order)
            })
            .collect();
        let relative =
            |record: Record| (record.state, record.attempts, record.due.saturating_sub(self.now));
        let mut sending: Vec<_> = self
            .sending
            .iter()
            .map(|(slot, claim)| (*slot, self.engine.claim_of(*slot) == *claim))
            .collect();
        sending.sort_unstable();
        let store: Vec<_> = self.store.iter().map(|record| record.map(relative)).collect();
        let pending: Vec<_> =
            self.pending.iter().map(|(slot, record)| (*slot, relative(*record))).collect();
        let (holds, window) = (self.engine.holds(), self.engine.pace().window());
        (items, store, pending, sending, self.seen.clone(), holds, window, self.budget)
    }
}

/// Visits every state that can be reached; gives how many there are.
fn explore(rules: Rules, budget: Budget) -> usize {
    let mut known = HashSet::new();
    let first = World::new(rules, budget);
    known.insert(first.key());
    let mut open = vec![first];
    while let Some(world) = open.pop() {
        for step in world.steps() {
            // More than two changes in one commit are no other case, and many more states.
            let is_change = !matches!(
                step,
                Step::Commit | Step::Kill | Step::Wait | Step::Pause | Step::Resume
            );
            if is_change && world.pending.len() >= 2 {
                continue;
            }
            let mut next = world.clone();
            if !next.take(step) {
                continue;
            }
            next.check();
            if known.insert(next.key()) {
                next.check_that_all_end();
                open.push(next);
            }
        }
    }
    known.len()
}

#[test]
fn each_item_comes_to_one_end_whatever_fails_and_wherever_the_process_dies() {
    let mut states = 0;
    for budget in [
        Budget { kills: 2, ..NONE },
        Budget { kills: 1, cancels: 1, ..NONE },
        Budget { cancels: 1, retries: 1, ..NONE },
        Budget { kills: 1, interruptions: 1, ..NONE },
        Budget { kills: 1, retries: 1, ..NONE },
    ] {
        let found = explore(RULES, budget);
        println!("{budget:?}: {found} states");
        states += found;
    }
    assert!(states > 100_000, "only {states} states were seen: the explorer is broken");
}

#[test]
fn the_window_closes_and_opens_and_each_item_ends_whatever_comes_too_late() {
    let mut states = 0;
    for (name, rules, budget) in [
        ("too much at once", Rules { concurrency: 3, ..RULES }, Budget { overloads: 2, ..NONE }),
        ("too much, and a kill", RULES, Budget { overloads: 1, kills: 1, ..NONE }),
        ("too late", TIMED, Budget { expiries: 2, ..NONE }),
        ("too late, and too much", TIMED, Budget { expiries: 1, overloads: 1, ..NONE }),
        ("too late, and a kill", TIMED, Budget { expiries: 1, kills: 1, ..NONE }),
        ("standing still", STALLED, Budget { expiries: 1, signs: 1, ..NONE }),
    ] {
        let began = std::time::Instant::now();
        let found = explore(rules, budget);
        println!("{name}: {found} states, {:?}", began.elapsed());
        states += found;
    }
    assert!(states > 100_000, "only {states} states were seen: the explorer is broken");
}
