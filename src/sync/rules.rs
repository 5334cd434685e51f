//! The moves: what becomes of changes and rows. Pure: no flow, no time but the one that is given.
//!
//! Of each key there are at most two changes: one that may have reached the server, which stays as it
//! was sent until its outcome is known, and one that waits, into which later ones go.
//!
//! ```text
//!        add                 claim             accepted
//!  ───────────► waiting ─────────────► sent ─────────────► gone, the row is the server's
//!    add │ ▲ ▲   │  conflict lost       │ │ rejected
//!    into└─┘ │   └──────────► gone      │ └──────────────► rejected, the base is seen again
//!    it      └──────────────────────────┘ a conflict that it won: under a new number
//! ```

use super::item::{Conflict, Fate, Item, Policy, Rejected, Row, Verdict, Winner};
use super::item::{Dispute, GONE, Reason};
use super::seal::is_secret;
use super::stamp::Stamp;
use super::state::{Edit, State};
use crate::config::{SYNC_ITEMS_MAX, SYNC_LOST_MAX, SYNC_REJECTED_MAX};
use crate::error::{Error, ErrorCode, Result};
use crate::key::Key;
use crate::value::Value;

impl State {
    /// Adds a change: gives the number that stands for it. `old` is what readers see now, `known` the
    /// version of the server's row in this life of it, if it was ever seen.
    ///
    /// # Errors
    /// `INVALID_KEY` for the key of the secret; `BUSY` when too many changes are pending.
    pub(super) fn add(
        &mut self,
        key: Key,
        value: Option<Value>,
        old: Option<Value>,
        known: Option<u64>,
        edit: &mut Edit,
    ) -> Result<u64> {
        if is_secret(&key) {
            return Err(Error::new(
                ErrorCode::InvalidKey,
                "this key is reserved for the secret of synchronisation, choose another",
            ));
        }
        let stamp = self.clock.next(edit.now);
        edit.local.insert(key.clone(), value.clone());
        let sent = self.sent_of(&key);
        if let Some(mut item) = self.waiting_of(&key).and_then(|number| self.take(number, edit)) {
            let number = item.number;
            let is_new = item.base_version == 0 && item.base.is_none() && sent.is_none();
            if value.is_none() && is_new {
                // Created and deleted before anybody else heard of it.
                edit.settle(&item, Fate::Accepted);
                return Ok(number);
            }
            item.value = value;
            item.stamp = stamp;
            self.put(item, edit);
            return Ok(number);
        }
        if self.items.len() >= SYNC_ITEMS_MAX {
            return Err(Error::new(
                ErrorCode::Busy,
                "too many changes wait to be synchronised, synchronise first",
            ));
        }
        let before = sent.and_then(|number| self.items.get(&number));
        let base = before.map_or(old, |before| before.value.clone());
        let item = Item {
            is_base_shared: before.is_some() || known.is_some(),
            number: self.number(),
            aliases: Vec::new(),
            key,
            value,
            stamp,
            base,
            base_version: known.unwrap_or(0),
            added: edit.now,
            seen: None,
        };
        let number = item.number;
        self.put(Box::new(item), edit);
        Ok(number)
    }

    /// The server has taken a change. What it holds now may be another value than what was sent.
    pub(super) fn accepted(
        &mut self,
        number: u64,
        version: u64,
        now_holds: Option<(Stamp, Option<Value>)>,
        edit: &mut Edit,
    ) {
        let Some(item) = self.take_sent(number, edit) else { return };
        edit.settle(&item, Fate::Accepted);
        let Item { key, value, stamp, seen, base_version, .. } = *item;
        if version > 0 {
            edit.shadows.insert(key.clone(), if value.is_some() { version } else { 0 });
        }
        if let Some(mut waiting) = self.take_waiting(&key, edit) {
            waiting.base_version = match version {
                // A server that tells no versions.
                0 => base_version,
                _ if value.is_none() => 0,
                _ => version,
            };
            waiting.base.clone_from(&value);
            waiting.is_base_shared = true;
            self.put(waiting, edit);
        }
        let later = seen.filter(|row| row.version > version);
        let (stamp, holds) = now_holds.unwrap_or((stamp, value.clone()));
        if let Some(row) = later {
            self.meet(row, edit);
        } else if holds != value {
            self.meet(
                Row { key, version, stamp, by: String::new(), value: holds, upon: None },
                edit,
            );
        }
    }

    /// The server has refused a change for good: what it was made upon is seen again.
    pub(super) fn refused(&mut self, number: u64, reason: Reason, edit: &mut Edit) {
        let Some(mut item) = self.take_sent(number, edit) else { return };
        edit.settle(&item, Fate::Rejected);
        let seen = item.seen.take();
        if let Some(mut waiting) = self.take_waiting(&item.key, edit) {
            waiting.base.clone_from(&item.base);
            waiting.base_version = item.base_version;
            waiting.is_base_shared = item.is_base_shared;
            self.put(waiting, edit);
        } else if seen.is_none() {
            edit.local.insert(item.key.clone(), item.base.clone());
        }
        edit.rejected.insert(number, ());
        let Reason { code, message, is_dead } = reason;
        let rejected = Rejected { item: *item, code, message, at: edit.now, is_dead };
        self.rejected.insert(number, Box::new(rejected));
        let oldest = self.rejected.iter().next().map(|(oldest, _)| *oldest);
        if let Some(oldest) = oldest.filter(|_| self.rejected.len() > SYNC_REJECTED_MAX) {
            self.rejected.remove(&oldest);
            edit.rejected.insert(oldest, ());
        }
        if let Some(row) = seen {
            self.meet(row, edit);
        }
    }

    /// The server has not taken a change because its row is another one meanwhile.
    pub(super) fn conflicted(&mut self, number: u64, row: Row, edit: &mut Edit) {
        let Some(waiting) = self.undo_sending(number, edit) else { return };
        let row = if row.version == 0 { Row { version: GONE, ..row } } else { row };
        let seen = self.take_seen(waiting);
        self.meet(later(seen, row), edit);
        // What was decided under this number stays so: what survives needs another one.
        if let Some(mut item) = self.take(number, edit) {
            item.aliases.push(number);
            item.number = self.number();
            self.put(item, edit);
        }
    }

    /// What was said of a change counts for nothing.
    pub(super) fn undecided(&mut self, number: u64, edit: &mut Edit) {
        let Some(waiting) = self.undo_sending(number, edit) else { return };
        if let Some(row) = self.take_seen(waiting) {
            self.meet(row, edit);
        }
    }

    /// The server knows another device by our name: takes another one.
    pub(super) fn renamed(&mut self, client: String, edit: &mut Edit) {
        self.client = client;
        for (number, ()) in self.sent.clone().into_pairs() {
            self.undecided(number, edit);
        }
    }

    /// Takes in a row of the server, if it is later than the `version` that is known.
    pub(super) fn absorb(&mut self, row: Row, version: u64, edit: &mut Edit) {
        if row.version <= version {
            return;
        }
        self.clock.see(row.stamp, edit.now);
        let Some(number) = self.sent_of(&row.key) else { return self.meet(row, edit) };
        if row.by == self.name_of(number) {
            return self.accepted(number, row.version, Some((row.stamp, row.value)), edit);
        }
        // Nobody knows whether what was sent is in it.
        if let Some(mut item) = self.take_keeping_sent(number, edit) {
            // The feed is in order: what it brings is later than the absence that a whole pull has shown.
            let seen = item.seen.take().filter(|seen| seen.version != GONE);
            item.seen = Some(later(seen, row));
            self.put(item, edit);
        }
    }

    /// Everything is pulled again.
    pub(super) fn begin_anew(&mut self, edit: &mut Edit) {
        self.cursor.clear();
        self.epoch += 1;
        self.is_resync = true;
        // What came in before may not be there any more; what is, comes again.
        for (number, ()) in self.sent.clone().into_pairs() {
            if self.take_seen(number).is_some() {
                edit.items.insert(number, ());
            }
        }
    }

    /// Whether a row is kept beside the change of its key that may have reached the server.
    pub(super) fn has_seen(&self, key: &Key) -> bool {
        let sent = self.sent_of(key).and_then(|number| self.items.get(&number));
        sent.is_some_and(|item| item.seen.is_some())
    }

    /// How a change is called on the wire.
    fn name_of(&self, number: u64) -> String {
        let mut name = self.client.clone();
        name.push(':');
        name += &crate::bytes::decimal(number);
        name
    }

    fn take_sent(&mut self, number: u64, edit: &mut Edit) -> Option<Box<Item>> {
        self.sent.has(&number).then(|| self.take(number, edit)).flatten()
    }

    fn take_waiting(&mut self, key: &Key, edit: &mut Edit) -> Option<Box<Item>> {
        self.waiting_of(key).and_then(|number| self.take(number, edit))
    }

    fn take_keeping_sent(&mut self, number: u64, edit: &mut Edit) -> Option<Box<Item>> {
        let item = self.take(number, edit);
        self.sent.insert(number, ());
        item
    }

    fn take_seen(&mut self, number: u64) -> Option<Row> {
        self.items.get_mut(&number).and_then(|item| item.seen.take())
    }

    /// Takes back that a change was sent: it goes into the one that waits, if there is one. Gives the
    /// number of the one that is left.
    fn undo_sending(&mut self, number: u64, edit: &mut Edit) -> Option<u64> {
        let before = self.take_sent(number, edit)?;
        let Some(mut waiting) = self.take_waiting(&before.key, edit) else {
            self.put(before, edit);
            return Some(number);
        };
        waiting.aliases.push(before.number);
        waiting.aliases.extend(before.aliases);
        waiting.base = before.base;
        waiting.base_version = before.base_version;
        waiting.is_base_shared = before.is_base_shared;
        waiting.seen = before.seen;
        let left = waiting.number;
        self.put(waiting, edit);
        Some(left)
    }

    /// Brings a row together with the change that waits, if there is one.
    fn meet(&mut self, row: Row, edit: &mut Edit) {
        edit.shadows.insert(row.key.clone(), row.base_version());
        if is_secret(&row.key) {
            return;
        }
        let Some(number) = self.waiting_of(&row.key) else {
            edit.local.insert(row.key, row.value);
            return;
        };
        let Some(mut item) = self.take(number, edit) else { return };
        if item.value == row.value {
            edit.settle(&item, Fate::Accepted);
            edit.local.insert(row.key, row.value);
            return;
        }
        if item.base == row.value {
            item.base_version = row.base_version();
            item.is_base_shared = true;
            return self.put(item, edit);
        }
        let Some(verdict) = self.verdict(&item, &row, edit) else {
            let base = item.base.clone().filter(|_| item.is_base_shared);
            let (stamp, local) = (item.stamp, item.value.clone());
            let is_local_later = self.is_later(&item, &row, edit);
            edit.disputes.push(Dispute { stamp, is_local_later, base, local, remote: row });
            return self.put(item, edit);
        };
        self.decide(item, row, verdict, edit);
    }

    fn verdict(&self, item: &Item, row: &Row, edit: &Edit) -> Option<Verdict> {
        match edit.policy {
            Policy::Server => Some(Verdict::Remote),
            Policy::Client => Some(Verdict::Local),
            Policy::LastWrite if self.is_later(item, row, edit) => Some(Verdict::Local),
            Policy::LastWrite => Some(Verdict::Remote),
            Policy::Ask => {
                let is_it = |decision: &&super::item::Decision| {
                    decision.key == row.key
                        && decision.stamp == item.stamp
                        && decision.version == row.version
                };
                edit.decisions.iter().find(is_it).map(|decision| decision.verdict.clone())
            }
        }
    }

    /// Whether a change of this device is later than the one that made a row.
    fn is_later(&self, item: &Item, row: &Row, edit: &Edit) -> bool {
        let theirs = (self.clock.bounded(row.stamp, edit.now), row.by.as_str());
        (item.stamp, self.client.as_str()) > theirs
    }

    fn decide(&mut self, mut item: Box<Item>, row: Row, verdict: Verdict, edit: &mut Edit) {
        let base_version = row.base_version();
        let (winner, value) = match verdict {
            Verdict::Remote => (Winner::Remote, row.value.clone()),
            Verdict::Local => (Winner::Local, item.value.clone()),
            Verdict::Value(value) if value == item.value => (Winner::Local, value),
            Verdict::Value(value) if value == row.value => (Winner::Remote, value),
            Verdict::Value(value) => (Winner::Merged, value),
        };
        edit.conflicts.push(Conflict {
            key: row.key.clone(),
            winner,
            base: item.base.take(),
            local: item.value.take(),
            remote: row.value.clone(),
        });
        edit.local.insert(row.key, value.clone());
        if winner == Winner::Remote {
            edit.settle(&item, Fate::Lost);
            self.lost.push(item.number);
            self.lost.extend(item.aliases);
            let excess = self.lost.len().saturating_sub(SYNC_LOST_MAX);
            self.lost.drain(..excess);
            return;
        }
        if winner == Winner::Merged {
            item.stamp = self.clock.next(edit.now);
        }
        item.value = value;
        item.base = row.value;
        item.base_version = base_version;
        item.is_base_shared = true;
        self.put(item, edit);
    }
}

fn later(seen: Option<Row>, row: Row) -> Row {
    match seen {
        Some(seen) if seen.version >= row.version => seen,
        _ => row,
    }
}
