//! What is stored of synchronisation, as it is held in memory, and what a move changes in it.

use super::item::{Conflict, Decision, Dispute, Fate, Item, Policy, Rejected};
use super::shadow::Filled;
use super::sorted::Sorted;
use super::stamp::Clock;
use crate::key::Key;
use crate::value::Value;

/// All that is stored, the shadow of the server aside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Who this device is: 32 hexadecimal digits.
    pub(super) client: String,
    /// How often this was written.
    pub(super) generation: u64,
    /// The number of the next change.
    pub(super) next: u64,
    /// The clock of stamps.
    pub(super) clock: Clock,
    /// How far the feed of the server has been applied.
    pub(super) cursor: String,
    /// How often the server has begun anew.
    pub(super) epoch: u64,
    /// Whether everything is being pulled since then: nothing is pushed meanwhile.
    pub(super) is_resync: bool,
    /// When everything was last pulled, by the device's clock; 0 for never.
    pub(super) synced: u64,
    /// Which buckets of the shadow have rows.
    pub(super) filled: Filled,
    /// The changes that may have reached the server. Invariant: they do not change any more.
    pub(super) sent: Sorted<u64, ()>,
    /// The changes that lost a conflict lately.
    pub(super) lost: Vec<u64>,
    /// The changes that are not decided, by their numbers.
    pub(super) items: Sorted<u64, Box<Item>>,
    /// The changes that were refused.
    pub(super) rejected: Sorted<u64, Box<Rejected>>,
    /// The changes of each key: kept by `put` and `take`.
    pub(super) places: Sorted<Key, Vec<u64>>,
}

/// The rules by which a move is made, and what it changes.
#[derive(Debug, Default)]
pub(super) struct Edit {
    /// The time, by the device's clock.
    pub(super) now: u64,
    /// Who wins a conflict.
    pub(super) policy: Policy,
    /// What the caller has decided.
    pub(super) decisions: Vec<Decision>,
    /// What readers see: the new value of a key, or nothing.
    pub(super) local: Sorted<Key, Option<Value>>,
    /// The versions of the server's rows; 0 for those that it does not have.
    pub(super) shadows: Sorted<Key, u64>,
    /// The items whose records change.
    pub(super) items: Sorted<u64, ()>,
    /// The refused ones whose records change.
    pub(super) rejected: Sorted<u64, ()>,
    /// What became of changes.
    pub(super) fates: Vec<(u64, Fate)>,
    /// The conflicts that were decided.
    pub(super) conflicts: Vec<Conflict>,
    /// The conflicts that the caller has to decide. If there are any, nothing is stored.
    pub(super) disputes: Vec<Dispute>,
}

impl State {
    /// A device that has never synchronised: it pulls before it pushes, for the beginning of a feed
    /// leaves out what was deleted.
    pub(super) fn new(client: String) -> Self {
        Self { client, is_resync: true, ..Self::default() }
    }

    /// Puts an item in, or back after a change of it.
    pub(super) fn put(&mut self, item: Box<Item>, edit: &mut Edit) {
        edit.items.insert(item.number, ());
        self.restore(item);
    }

    /// Puts an item in as it was stored.
    pub(super) fn restore(&mut self, item: Box<Item>) {
        match self.places.get_mut(&item.key) {
            Some(numbers) => numbers.push(item.number),
            None => drop(self.places.insert(item.key.clone(), vec![item.number])),
        }
        self.items.insert(item.number, item);
    }

    /// Takes an item out.
    pub(super) fn take(&mut self, number: u64, edit: &mut Edit) -> Option<Box<Item>> {
        let item = self.items.remove(&number)?;
        self.sent.remove(&number);
        if let Some(numbers) = self.places.get_mut(&item.key) {
            numbers.retain(|one| *one != number);
            if numbers.is_empty() {
                self.places.remove(&item.key);
            }
        }
        edit.items.insert(number, ());
        Some(item)
    }

    /// The change of a key that may have reached the server.
    pub(super) fn sent_of(&self, key: &Key) -> Option<u64> {
        self.numbers_of(key).find(|number| self.sent.has(number))
    }

    /// The change of a key that has not been sent: there is one at most.
    pub(super) fn waiting_of(&self, key: &Key) -> Option<u64> {
        self.numbers_of(key).find(|number| !self.sent.has(number))
    }

    /// Gives the number of a new change.
    pub(super) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn numbers_of(&self, key: &Key) -> impl Iterator<Item = u64> {
        self.places.get(key).into_iter().flatten().copied()
    }
}

impl Edit {
    /// Says what became of a change, and of those that went into it.
    pub(super) fn settle(&mut self, item: &Item, fate: Fate) {
        self.fates.push((item.number, fate));
        self.fates.extend(item.aliases.iter().map(|alias| (*alias, fate)));
    }
}
