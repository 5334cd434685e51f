//! Sweeping: expired records go, and garbage that a crash left behind.
//!
//! An expired record is invisible at once. It is *removed* by `cleanup`, in passing by writes (a
//! bounded number, found without a listing), and before a refusal for lack of room is reported; and
//! only up to the time that the [`ClockGuard`](crate::clock::ClockGuard) confirms, so that a clock
//! that leaps ahead deletes nothing that a right clock would have kept.

use super::change::is_part_in_use;
use super::commit::Debt;
use super::read::{Entry, Found, Scan};
use super::record::Kind;
use super::split::Head;
use super::{Notice, Store, port};
use crate::clock::Timestamp;
use crate::config::{EXPIRY_INDEX_MAX, SWEEP_PER_COMMIT};
use crate::error::Result;
use crate::flow::Io;
use crate::key::{JOURNAL, QUARANTINE, RESERVED, parse_host_key, parse_part_key};

/// When records known to this instance expire: the nearest ones, a bounded number, sorted by key.
#[derive(Debug, Default)]
pub(super) struct ExpiryIndex(Vec<(String, Timestamp)>);

impl ExpiryIndex {
    /// Takes note of a record's expiry, or that it has none.
    pub(super) fn note(&mut self, host_key: &str, expires: Option<Timestamp>) {
        let found = self.0.binary_search_by(|(key, _)| key.as_str().cmp(host_key));
        match (found, expires) {
            (Ok(index), None) => drop(self.0.remove(index)),
            (Ok(index), Some(expires)) => {
                if let Some(known) = self.0.get_mut(index) {
                    known.1 = expires;
                }
            }
            (Err(_), None) => {}
            (Err(index), Some(expires)) => {
                self.0.insert(index, (host_key.to_owned(), expires));
                self.forget_farthest();
            }
        }
    }

    fn forget_farthest(&mut self) {
        if self.0.len() <= EXPIRY_INDEX_MAX {
            return;
        }
        let farthest = self.0.iter().enumerate().max_by_key(|(_, (_, expires))| *expires);
        if let Some(index) = farthest.map(|(index, _)| index) {
            self.0.remove(index);
        }
    }

    /// Some of the records that expired up to a time.
    fn due(&self, until: Timestamp) -> Vec<String> {
        let due = self.0.iter().filter(|(_, expires)| *expires <= until);
        due.take(SWEEP_PER_COMMIT).map(|(host_key, _)| host_key.clone()).collect()
    }
}

impl Store {
    /// Removes every expired record and all garbage; says how many expired records went.
    ///
    /// # Errors
    /// The host's refusals. What was removed until then stays removed.
    pub async fn cleanup(&self, io: &Io, now: Timestamp) -> Result<usize> {
        self.begin_write(io, now).await?;
        let confirmed = self.state(|state| state.clock.confirmed());
        self.refresh_last_seen(io, confirmed, now).await;
        self.sweep(io, now).await.map(|swept| swept.expired)
    }

    /// As [`Store::cleanup`], within a verb that needs room; says whether there is more now. What
    /// cannot be listed cannot be swept.
    pub(super) async fn make_room(&self, io: &Io, now: Timestamp) -> Result<bool> {
        Ok(self.capabilities().lists && self.sweep(io, now).await?.made_room())
    }

    async fn sweep(&self, io: &Io, now: Timestamp) -> Result<Swept> {
        let host_keys = self.list_host(io, "").await?;
        self.notice_wipe(&host_keys);
        let until = self.state(|state| state.clock.confirmed()).min(now);
        let (internal, callers): (Vec<_>, Vec<_>) =
            host_keys.into_iter().partition(|key| parse_host_key(key).is_none());
        let (mut expired, mut scan) = (Expired::default(), Scan::new(callers, usize::MAX));
        while !scan.is_done() {
            expired.take_from(self.next_batch(io, &mut scan).await?, until);
        }
        let count = self.remove_expired(io, expired).await?;
        let garbage = self.remove_garbage(io, internal).await?;
        Ok(Swept { expired: count, garbage })
    }

    /// Removes a few of the expired records that this instance knows of. Best effort: the write it
    /// follows has succeeded, whatever happens here.
    pub(super) async fn sweep_in_passing(&self, io: &Io) {
        let (due, until) = self
            .state(|state| (state.expiring.due(state.clock.confirmed()), state.clock.confirmed()));
        if due.is_empty() {
            return;
        }
        if let Ok(entries) = self.load(io, due.clone()).await {
            // What is no longer there, or no longer expires, is forgotten.
            self.state(|state| due.iter().for_each(|host_key| state.expiring.note(host_key, None)));
            let mut expired = Expired::default();
            expired.take_from(entries, until);
            let _ = self.remove_expired(io, expired).await;
        }
    }

    /// Removes expired records; heads before parts, so that each removal is decided by one write.
    async fn remove_expired(&self, io: &Io, expired: Expired) -> Result<usize> {
        let Expired { heads, parts } = expired;
        port::remove(self, io, heads.clone()).await?;
        for host_key in &heads {
            self.state(|state| state.expiring.note(host_key, None));
            // What a hidden name stood for is gone with it.
            let parsed = parse_host_key(host_key).filter(|(_, key)| !key.is_hidden());
            if let Some((namespace, key)) = parsed {
                self.notice(Notice::Expired {
                    namespace: namespace.path().to_owned(),
                    key: key.as_str().to_owned(),
                });
            }
        }
        let _ = port::remove(self, io, parts).await;
        Ok(heads.len())
    }

    /// Removes parts that no head refers to and chunks of journals that are over.
    /// Says how many entries that were.
    async fn remove_garbage(&self, io: &Io, internal: Vec<String>) -> Result<usize> {
        // A journal that was put aside may have chunks, which are then kept with it.
        let keeps_chunks = self.state(|state| state.debt) != Debt::None
            || internal.iter().any(|key| key.starts_with(QUARANTINE));
        let is_chunk = |key: &&String| key.len() > JOURNAL.len() && key.starts_with(JOURNAL);
        let mut garbage: Vec<String> =
            internal.iter().filter(|key| !keeps_chunks && is_chunk(key)).cloned().collect();
        let mut parts: Vec<(String, String)> = internal
            .into_iter()
            .filter_map(|part| Some((parse_part_key(&part)?.1.to_owned(), part)))
            .collect();
        parts.sort_unstable();
        let mut owners: Vec<String> = parts.iter().map(|(owner, _)| owner.clone()).collect();
        owners.dedup();
        let mut scan = Scan::new(owners, usize::MAX);
        while !scan.is_done() {
            for entry in self.next_batch(io, &mut scan).await? {
                let own = parts.iter().filter(|(owner, _)| *owner == entry.host_key);
                let unused = own.filter(|(_, part)| !is_part_in_use(part, &entry.found));
                garbage.extend(unused.map(|(_, part)| part.clone()));
            }
        }
        debug_assert!(
            garbage.iter().all(|key| key.starts_with(RESERVED)),
            "only our own keys are garbage"
        );
        let count = garbage.len();
        port::remove(self, io, garbage).await?;
        Ok(count)
    }
}

/// How much a sweep removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Swept {
    /// Expired records.
    pub(super) expired: usize,
    /// Entries that nobody referred to.
    pub(super) garbage: usize,
}

impl Swept {
    /// Whether there is more room than before.
    pub(super) fn made_room(self) -> bool {
        self.expired + self.garbage > 0
    }
}

/// The host keys of expired records, and of the parts of those that are split.
#[derive(Default)]
struct Expired {
    heads: Vec<String>,
    parts: Vec<String>,
}

impl Expired {
    /// Adds what of entries has to go.
    fn take_from(&mut self, entries: Vec<Entry>, until: Timestamp) {
        for Entry { host_key, found, .. } in entries {
            let Found::Record(record) = found else { continue };
            if !record.is_expired(until) {
                continue;
            }
            if record.kind == Kind::Split
                && let Ok(head) = Head::decode(&record.payload)
            {
                self.parts.extend(head.part_keys(&host_key));
            }
            self.heads.push(host_key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_keeps_the_nearest_expiries_only() {
        let mut index = ExpiryIndex::default();
        let at = |millis| Some(Timestamp::from_millis(millis));
        for number in (0..2 * EXPIRY_INDEX_MAX as u64).rev() {
            index.note(&format!("k{number}"), at(number));
        }
        assert_eq!(index.0.len(), EXPIRY_INDEX_MAX);
        assert_eq!(index.due(Timestamp::from_millis(2)), ["k0", "k1", "k2"]);
        assert_eq!(index.due(Timestamp::MAX).len(), SWEEP_PER_COMMIT);
        index.note("k0", None);
        index.note("k1", at(9));
        assert_eq!(index.due(Timestamp::from_millis(2)), ["k2"]);
    }
}
