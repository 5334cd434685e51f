//! The roof: the storage manager, which parses what callers give and wires it to the store.
//!
//! It has no rules of its own. Every verb checks its arguments, becomes a flow and ends in an
//! [`Outcome`]; a wrong argument is reported by the flow, before it asks anything.

use crate::clock::{Millis, Timestamp};
use crate::entropy::Entropy;
use crate::error::{Error, Result};
use crate::flow::{Flow, Io};
use crate::host::Capabilities;
use crate::key::{Key, Namespace};
use crate::store::{
    Action, Change, Compression, Expect, Item, Lifetime, Meta, Notice, Opened, Range, Room, Store,
};
use crate::value::Value;

/// How a verb ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Of `open`.
    Opened(Opened),
    /// Of `get`, `get_many` and `entries`.
    Items(Vec<Option<Item>>),
    /// Of `keys`.
    Keys(Vec<Key>),
    /// Of `meta`.
    Meta(Option<Meta>),
    /// Of `info`: the namespace's keys and the room.
    Info(Vec<Key>, Room),
    /// Of `commit`, `has`, `touch`, `clear`, `cleanup`, `will_fit`: numbers, truth values as 0 and 1.
    Numbers(Vec<u64>),
}

/// A storage operation in progress.
pub type Operation = Flow<Result<Outcome>>;

/// Collects the changes of a commit; a wrong one is reported when the commit runs.
#[derive(Debug, Default)]
pub struct Batch {
    changes: Vec<Change>,
    wrong: Option<Error>,
}

/// The time to live of a value that has none.
pub const FOREVER: f64 = -1.0;
/// The time to live of a value that expires when the one it replaces would have.
pub const KEPT: f64 = -2.0;

/// What a put stores besides the value.
#[derive(Debug, Clone, Copy)]
pub struct PutOptions {
    /// How long the value lives, in milliseconds; [`FOREVER`] or [`KEPT`].
    pub ttl_ms: f64,
    /// Whether it is compressed.
    pub compression: Compression,
    /// Whether it may replace a record that cannot be read.
    pub overwrite: bool,
}

impl Batch {
    /// Adds a put.
    pub fn put(&mut self, space: &str, key: &str, value: Value, options: PutOptions) {
        let action = || {
            let lifetime = if options.ttl_ms == FOREVER {
                Lifetime::Forever
            } else if options.ttl_ms == KEPT {
                Lifetime::Kept
            } else {
                Lifetime::For(Millis::from_number(options.ttl_ms)?)
            };
            Ok(Action::Put {
                value,
                lifetime,
                compression: options.compression,
                overwrite: options.overwrite,
            })
        };
        self.add(space, key, action);
    }

    /// Adds a remove.
    pub fn remove(&mut self, space: &str, key: &str) {
        self.add(space, key, || Ok(Action::Remove));
    }

    /// Makes the change added last depend on what lies there.
    pub fn expect(&mut self, expect: Expect) {
        if let Some(change) = self.changes.last_mut() {
            change.expect = expect;
        }
    }

    fn add(&mut self, space: &str, key: &str, action: impl FnOnce() -> Result<Action>) {
        let change = || -> Result<Change> {
            let (namespace, key) = place(space, key)?;
            Ok(Change { namespace, key, action: action()?, expect: Expect::Anything })
        };
        match change() {
            Ok(change) => self.changes.push(change),
            Err(error) => self.wrong = self.wrong.take().or(Some(error.at(space, key))),
        }
    }
}

/// Opens, owns and wires the features over one host.
///
/// ```
/// use ministash::entropy::Entropy;
/// use ministash::flow::Step;
/// use ministash::host::{Holds, Host, memory::MemoryHost};
/// use ministash::manager::{Outcome, StorageManager};
///
/// let mut host = MemoryHost::new(Holds::Text);
/// let manager = StorageManager::new(host.capabilities(), Entropy::new([7; 32]), 0.0).unwrap();
/// let mut operation = manager.open(0.0);
/// let mut step = operation.resume(None);
/// let outcome = loop {
///     match step {
///         Step::Ask(ask) => step = operation.resume(Some(host.perform(&ask))),
///         Step::Done(outcome) => break outcome.unwrap(),
///     }
/// };
/// assert!(matches!(outcome, Outcome::Opened(opened) if opened.generation == 1));
/// ```
#[derive(Debug)]
pub struct StorageManager {
    store: Store,
}

impl StorageManager {
    /// Makes the manager of a host; [`StorageManager::open`] comes before every other verb.
    ///
    /// # Errors
    /// `INVALID_OPTION` when `now` is no time.
    pub fn new(capabilities: Capabilities, entropy: Entropy, now: f64) -> Result<Self> {
        Ok(Self { store: Store::new(capabilities, entropy, Timestamp::from_number(now)?) })
    }

    /// Finishes an interrupted commit and looks at the install stamp.
    #[must_use]
    pub fn open(&self, now: f64) -> Operation {
        self.flow(now, async |store, io, now| store.open(io, now).await.map(Outcome::Opened))
    }

    /// Reads values.
    #[must_use]
    pub fn get_many(&self, space: &str, keys: &[String], now: f64) -> Operation {
        let places: Result<Vec<_>> = keys
            .iter()
            .map(|key| place(space, key).map_err(|error| error.at(space, key)))
            .collect();
        let namespace = Namespace::new(space);
        self.flow(now, async move |store, io, now| {
            let keys = places?.into_iter().map(|(_, key)| key).collect();
            store.get_many(io, &namespace?, keys, now).await.map(Outcome::Items)
        })
    }

    /// Lists keys and values.
    #[must_use]
    pub fn entries(&self, space: &str, range: Range, now: f64) -> Operation {
        let namespace = Namespace::new(space);
        self.flow(now, async move |store, io, now| {
            let items = store.entries(io, &namespace?, &range, now).await?;
            Ok(Outcome::Items(items.into_iter().map(Some).collect()))
        })
    }

    /// Lists keys.
    #[must_use]
    pub fn keys(&self, space: &str, range: Range, now: f64) -> Operation {
        let namespace = Namespace::new(space);
        self.flow(now, async move |store, io, now| {
            store.keys(io, &namespace?, &range, now).await.map(Outcome::Keys)
        })
    }

    /// Reads what is known of a value besides the value.
    #[must_use]
    pub fn meta(&self, space: &str, key: &str, now: f64) -> Operation {
        let place = place(space, key);
        self.flow(now, async move |store, io, now| {
            let (namespace, key) = place?;
            store.meta(io, &namespace, &key, now).await.map(Outcome::Meta)
        })
    }

    /// Says whether a key is there, readable or not.
    #[must_use]
    pub fn has(&self, space: &str, key: &str, now: f64) -> Operation {
        let place = place(space, key);
        self.flow(now, async move |store, io, now| {
            let (namespace, key) = place?;
            store.has(io, &namespace, &key, now).await.map(|is_there| one(u64::from(is_there)))
        })
    }

    /// Carries out the changes of a batch, all or nothing.
    #[must_use]
    pub fn commit(&self, batch: Batch, now: f64) -> Operation {
        self.flow(now, async move |store, io, now| match batch.wrong {
            Some(error) => Err(error),
            None => store.commit(io, batch.changes, now).await.map(Outcome::Numbers),
        })
    }

    /// Gives a value another time to live, or none.
    #[must_use]
    pub fn touch(&self, space: &str, key: &str, ttl_ms: f64, now: f64) -> Operation {
        let place = place(space, key);
        self.flow(now, async move |store, io, now| {
            let (namespace, key) = place?;
            let ttl = (ttl_ms != FOREVER).then(|| Millis::from_number(ttl_ms)).transpose()?;
            store
                .touch(io, namespace, key, ttl, now)
                .await
                .map(|was_there| one(u64::from(was_there)))
        })
    }

    /// Removes every key of a namespace, all or nothing.
    #[must_use]
    pub fn clear(&self, space: &str, now: f64) -> Operation {
        let namespace = Namespace::new(space);
        self.flow(now, async move |store, io, now| {
            store.clear(io, &namespace?, now).await.map(|count| one(count as u64))
        })
    }

    /// Removes expired records and garbage.
    #[must_use]
    pub fn cleanup(&self, now: f64) -> Operation {
        self.flow(now, async |store, io, now| {
            store.cleanup(io, now).await.map(|count| one(count as u64))
        })
    }

    /// Lists the keys of a namespace and tells how much room there is.
    #[must_use]
    pub fn info(&self, space: &str, now: f64) -> Operation {
        let namespace = Namespace::new(space);
        self.flow(now, async move |store, io, now| {
            let keys = store.keys(io, &namespace?, &Range::default(), now).await?;
            Ok(Outcome::Info(keys, store.room(io, now).await?))
        })
    }

    /// Says whether a value would be stored if it were set now.
    #[must_use]
    pub fn will_fit(&self, space: &str, key: &str, value: Value, now: f64) -> Operation {
        let place = place(space, key);
        self.flow(now, async move |store, io, now| {
            let (namespace, key) = place?;
            store.will_fit(io, &namespace, &key, &value, now).await.map(|fits| one(u64::from(fits)))
        })
    }

    /// Takes note that a wipe has been told.
    #[must_use]
    pub fn acknowledge_wipe(&self, now: f64) -> Operation {
        self.flow(now, async |store, io, now| {
            store.acknowledge_wipe(io, now).await.map(|()| Outcome::Numbers(Vec::new()))
        })
    }

    /// Takes the next notice, oldest first.
    #[must_use]
    pub fn take_notice(&self) -> Option<Notice> {
        self.store.take_notice()
    }

    /// Whether a notice waits.
    #[must_use]
    pub fn has_notices(&self) -> bool {
        self.store.has_notices()
    }

    fn flow<F>(&self, now: f64, body: F) -> Operation
    where
        F: AsyncFnOnce(&Store, &Io, Timestamp) -> Result<Outcome> + 'static,
    {
        let store = self.store.clone();
        Flow::new(|io| async move { body(&store, &io, Timestamp::from_number(now)?).await })
    }
}

fn one(number: u64) -> Outcome {
    Outcome::Numbers(vec![number])
}

fn place(space: &str, key: &str) -> Result<(Namespace, Key)> {
    Ok((Namespace::new(space)?, Key::new(key)?))
}
