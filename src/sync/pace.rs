//! When what is done: which changes go together, what waits for how long, and what is given up.
//!
//! Nothing of this is stored: a process that begins anew begins without pauses.

use super::sorted::Sorted;
use super::state::State;
use crate::config::SYNC_PUSH_BYTES_MAX;

/// Why nothing is begun, as bits.
pub mod hold {
    /// There is no network.
    pub const OFFLINE: u8 = 2;
    /// The server wants a sign-in.
    pub const SIGNED_OUT: u8 = 4;
    /// The secret that seals what travels is locked away.
    pub const LOCKED: u8 = 16;
}

/// What is chosen once.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// The most changes that are pushed at once.
    pub batch: usize,
    /// The first pause after a failure, in milliseconds; each further one is twice as long.
    pub base_ms: u64,
    /// The longest pause, in milliseconds.
    pub cap_ms: u64,
    /// How often a change that alone makes the server fail is tried.
    pub attempts: u32,
    /// How long after one synchronisation the next one begins by itself, in milliseconds; 0 for never.
    pub interval_ms: u64,
    /// How long after one comparison with the server's digest the next one follows; 0 for none.
    pub digest_ms: u64,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Work {
    /// Nothing, until this time, or until something happens.
    Wait(Option<u64>),
    /// These changes are pushed.
    Push(Vec<u64>),
    /// What is after the cursor is pulled.
    Pull,
    /// The server is asked for its digest.
    Digest,
}

/// How a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It did not get through, or the server has too much to do.
    Unreached,
    /// The server failed.
    Server,
    /// The server does not take such a request.
    Unfit,
    /// The server wants a sign-in.
    SignedOut,
}

/// A change that is not tried now.
#[derive(Debug, Clone, Copy, Default)]
struct Try {
    attempts: u32,
    due: u64,
    /// How many pushes had succeeded when it first failed.
    mark: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Push,
    Pull,
    Digest,
}

/// After so many failures in a row changes are pushed one by one, to find the one that the server fails at.
const STRIKES_MAX: u32 = 3;

/// The pace of one device.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    rules: Rules,
    pub(super) holds: u8,
    /// Whether it goes on by itself: at its interval, and as soon as there are changes.
    pub(super) is_started: bool,
    is_wanted: bool,
    is_busy: bool,
    phase: Phase,
    batch: usize,
    failures: u32,
    strikes: u32,
    pushes: u64,
    until: u64,
    next_sync: u64,
    next_digest: u64,
    tries: Sorted<u64, Try>,
    /// The latest time that was told.
    seen: u64,
}

impl Pace {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            holds: 0,
            is_started: false,
            is_wanted: false,
            is_busy: false,
            phase: Phase::Push,
            batch: rules.batch,
            failures: 0,
            strikes: 0,
            pushes: 0,
            until: 0,
            next_sync: 0,
            next_digest: 0,
            tries: Sorted::default(),
            seen: 0,
        }
    }

    /// Takes note of the time. What waits, waits for as long as it was told to: a clock that was a year
    /// ahead and is set right must not stop everything for a year.
    fn see(&mut self, now: u64) {
        let back = self.seen.saturating_sub(now);
        self.seen = now;
        if back == 0 {
            return;
        }
        for due in [&mut self.until, &mut self.next_sync, &mut self.next_digest] {
            *due = due.saturating_sub(back);
        }
        for (number, one) in std::mem::take(&mut self.tries).into_pairs() {
            self.tries.insert(number, Try { due: one.due.saturating_sub(back), ..one });
        }
    }

    /// Wants a whole synchronisation now: the pause after a failure ends.
    pub(super) fn want(&mut self) {
        self.is_wanted = true;
        self.until = 0;
        self.holds &= !hold::SIGNED_OUT;
    }

    /// Wants a comparison with the server's digest, too.
    pub(super) fn want_digest(&mut self) {
        self.next_digest = 0;
    }

    /// Whether a whole synchronisation is under way or due.
    pub(super) fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    /// Says what is done next; until that is told how it went, nothing else is.
    pub(super) fn next(&mut self, state: &State, now: u64) -> Work {
        self.see(now);
        if self.is_busy || self.holds != 0 {
            return Work::Wait(None);
        }
        let due = self.due(state, now);
        if due.is_none_or(|due| due > now) {
            return Work::Wait(due);
        }
        self.is_wanted = true;
        self.is_busy = true;
        self.work(state, now)
    }

    /// What is begun.
    fn work(&mut self, state: &State, now: u64) -> Work {
        if self.phase == Phase::Push && !state.is_resync {
            let batch = self.ready(state, now);
            if !batch.is_empty() {
                return Work::Push(batch);
            }
        }
        match self.phase {
            Phase::Push | Phase::Pull => {
                self.phase = Phase::Pull;
                Work::Pull
            }
            Phase::Digest => Work::Digest,
        }
    }

    /// When there is something to do.
    fn due(&self, state: &State, now: u64) -> Option<u64> {
        let at = if self.is_wanted {
            Some(now)
        } else if self.is_started {
            let interval = (self.rules.interval_ms > 0).then_some(self.next_sync);
            interval.into_iter().chain(self.items_due(state)).min()
        } else {
            None
        };
        at.map(|at| at.max(self.until))
    }

    fn items_due(&self, state: &State) -> Option<u64> {
        state.items.iter().map(|(number, _)| self.tries.get(number).map_or(0, |one| one.due)).min()
    }

    /// The changes that are pushed next, those first that may have been sent before. One at which the
    /// server has failed goes alone, and last: it is in nobody's way.
    fn ready(&self, state: &State, now: u64) -> Vec<u64> {
        let tried = |number: &u64| self.tries.get(number).copied().unwrap_or_default();
        let is_due = |number: &u64| tried(number).due <= now && tried(number).attempts == 0;
        let (mut batch, mut bytes) = (Vec::new(), 0);
        let sent = state.sent.iter().map(|(number, ())| *number);
        let fresh = state
            .items
            .iter()
            .filter(|(number, item)| !state.sent.has(number) && state.sent_of(&item.key).is_none());
        for number in sent.chain(fresh.map(|(number, _)| *number)).filter(is_due) {
            let item = state.items.get(&number);
            let value = item.and_then(|item| item.value.as_ref());
            bytes += value.map_or(0, |value| value.text.len());
            if batch.len() >= self.batch || (bytes > SYNC_PUSH_BYTES_MAX && !batch.is_empty()) {
                break;
            }
            batch.push(number);
        }
        if batch.is_empty() {
            let suspect = |number: &&u64| tried(number).due <= now && tried(number).attempts > 0;
            batch.extend(state.items.iter().map(|(number, _)| number).find(suspect));
        }
        batch
    }

    /// A push has been answered.
    pub(super) fn pushed(&mut self, state: &State) {
        self.is_busy = false;
        self.pushes += 1;
        self.failures = 0;
        self.strikes = 0;
        self.batch = self.rules.batch.min(self.batch.saturating_mul(2));
        self.tries.retain(|number| state.items.has(number));
    }

    /// The server could not decide a change: it waits.
    pub(super) fn postpone(&mut self, number: u64, after: u64, chance: u32, now: u64) {
        self.see(now);
        let pause = after.max(jittered(self.pause(1), chance));
        let before = self.tries.get(&number).copied().unwrap_or_default();
        self.tries.insert(number, Try { due: now.saturating_add(pause), ..before });
    }

    /// A page has been pulled: with `more`, the next one follows.
    pub(super) fn pulled(&mut self, more: bool, state: &State, now: u64) {
        self.see(now);
        self.is_busy = false;
        self.failures = 0;
        if more {
            return;
        }
        self.phase = Phase::Push;
        let is_comparable = self.rules.digest_ms > 0 && state.sent.is_empty();
        if !self.ready(state, now).is_empty() {
            // A change was made, or has won a conflict, meanwhile.
        } else if is_comparable && self.next_digest <= now {
            self.phase = Phase::Digest;
        } else {
            self.finish(now);
        }
    }

    /// The digest has been compared, or there is none.
    pub(super) fn compared(&mut self, now: u64) {
        self.see(now);
        self.is_busy = false;
        self.phase = Phase::Push;
        self.next_digest = now.saturating_add(self.rules.digest_ms);
        self.finish(now);
    }

    /// What was begun has to be begun anew.
    pub(super) fn again(&mut self) {
        self.is_busy = false;
    }

    /// A request has failed. Gives the change that is given up, if there is one.
    pub(super) fn failed(
        &mut self,
        pushed: &[u64],
        failure: Failure,
        after: Option<u64>,
        chance: u32,
        now: u64,
    ) -> Option<u64> {
        self.see(now);
        self.is_busy = false;
        self.phase = Phase::Push;
        let single = match pushed {
            [single] => Some(*single),
            _ => None,
        };
        match failure {
            Failure::SignedOut => {
                self.holds |= hold::SIGNED_OUT;
                self.is_wanted = false;
                return None;
            }
            Failure::Unfit if single.is_some() => return single,
            Failure::Unfit if !pushed.is_empty() => {
                self.batch = (pushed.len() / 2).max(1);
                return None;
            }
            Failure::Server if !pushed.is_empty() => self.strikes += 1,
            _ => {}
        }
        self.failures = self.failures.saturating_add(1);
        let pause = after.unwrap_or(0).max(jittered(self.pause(self.failures), chance));
        self.until = now.saturating_add(pause);
        self.is_wanted = false;
        if self.strikes >= STRIKES_MAX {
            self.batch = 1;
        }
        let number = single.filter(|_| failure == Failure::Server)?;
        let fresh = Try { attempts: 0, due: 0, mark: self.pushes };
        let Try { attempts, mark, .. } = self.tries.get(&number).copied().unwrap_or(fresh);
        let attempts = attempts.saturating_add(1);
        let pause = jittered(self.pause(attempts.saturating_add(1)), chance);
        let due = self.until.saturating_add(pause);
        self.tries.insert(number, Try { attempts, due, mark });
        let is_poison = attempts >= self.rules.attempts && self.pushes > mark;
        is_poison.then_some(number)
    }

    fn finish(&mut self, now: u64) {
        self.is_wanted = false;
        self.next_sync = now.saturating_add(self.rules.interval_ms);
    }

    fn pause(&self, failures: u32) -> u64 {
        let doublings = failures.saturating_sub(1).min(31);
        self.rules.cap_ms.min(self.rules.base_ms.saturating_mul(1 << doublings))
    }
}

/// From half a pause to all of it: several devices that failed together do not come back together.
fn jittered(pause: u64, chance: u32) -> u64 {
    let half = (pause / 2).min(1 << 31);
    pause - half + (half.saturating_mul(u64::from(chance)) >> 32)
}
