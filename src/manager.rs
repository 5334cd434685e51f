//! The roof: the storage manager, which parses what callers give and wires it to the store.
//!
//! It has no rules of its own. Every [`Verb`] becomes one flow that ends in an [`Outcome`]; a wrong
//! argument is reported by the flow, before it asks anything.

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

/// What a caller wants, unchecked. A `space` is the path of a namespace, a `key` a key in it.
#[derive(Debug)]
pub enum Verb {
    /// Finishes an interrupted commit and looks at the install stamp.
    Open,
    /// Reads values.
    Get {
        /// The namespace.
        space: String,
        /// The keys, in the order of the result.
        keys: Vec<String>,
    },
    /// Lists keys and values.
    Entries {
        /// The namespace.
        space: String,
        /// Which of its keys.
        range: Range,
    },
    /// Lists keys.
    Keys {
        /// The namespace.
        space: String,
        /// Which of its keys.
        range: Range,
    },
    /// Reads what is known of a value besides the value.
    Meta {
        /// The namespace.
        space: String,
        /// The key.
        key: String,
    },
    /// Says whether a key is there, readable or not.
    Has {
        /// The namespace.
        space: String,
        /// The key.
        key: String,
    },
    /// Carries out the changes of a batch, all or nothing.
    Commit(Batch),
    /// Gives a value another time to live, or none.
    Touch {
        /// The namespace.
        space: String,
        /// The key.
        key: String,
        /// How long the value lives from now, in milliseconds; [`FOREVER`].
        ttl_ms: f64,
    },
    /// Removes every key of a namespace, all or nothing.
    Clear {
        /// The namespace.
        space: String,
    },
    /// Removes expired records and garbage.
    Cleanup,
    /// Lists the keys of a namespace and tells how much room there is.
    Info {
        /// The namespace.
        space: String,
    },
    /// Says whether a value would be stored if it were set now.
    WillFit {
        /// The namespace.
        space: String,
        /// The key.
        key: String,
        /// The value.
        value: Value,
    },
    /// Takes note that a wipe has been told.
    AcknowledgeWipe,
}

/// How a verb ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Of `Open`.
    Opened(Opened),
    /// Of `Get` and `Entries`.
    Items(Vec<Option<Item>>),
    /// Of `Keys`.
    Keys(Vec<Key>),
    /// Of `Meta`.
    Meta(Option<Meta>),
    /// Of `Info`: the namespace's keys and the room.
    Info(Vec<Key>, Room),
    /// Of all others: numbers, truth values as 0 and 1.
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
        let PutOptions { ttl_ms, compression, overwrite } = options;
        let lifetime = match ttl_ms {
            FOREVER => Ok(Lifetime::Forever),
            KEPT => Ok(Lifetime::Kept),
            ttl_ms => Millis::from_number(ttl_ms).map(Lifetime::For),
        };
        let action =
            lifetime.map(|lifetime| Action::Put { value, lifetime, compression, overwrite });
        self.add(space, key, action);
    }

    /// Adds a remove.
    pub fn remove(&mut self, space: &str, key: &str) {
        self.add(space, key, Ok(Action::Remove));
    }

    /// Makes the change added last depend on what lies there.
    pub fn expect(&mut self, expect: Expect) {
        if let Some(change) = self.changes.last_mut() {
            change.expect = expect;
        }
    }

    fn add(&mut self, space: &str, key: &str, action: Result<Action>) {
        let change = place(space, key).and_then(|(namespace, key)| {
            Ok(Change { namespace, key, action: action?, expect: Expect::Anything })
        });
        match change {
            Ok(change) => self.changes.push(change),
            Err(error) if self.wrong.is_none() => self.wrong = Some(error.at(space, key)),
            Err(_) => {}
        }
    }
}

/// Opens, owns and wires the features over one host.
///
/// ```
/// use ministash::entropy::Entropy;
/// use ministash::flow::Step;
/// use ministash::host::{Holds, Host, memory::MemoryHost};
/// use ministash::manager::{Outcome, StorageManager, Verb};
///
/// let mut host = MemoryHost::new(Holds::Text);
/// let manager = StorageManager::new(host.capabilities(), Entropy::new([7; 32]), 0.0).unwrap();
/// let mut operation = manager.start(Verb::Open, 0.0);
/// let mut step = operation.resume(None);
/// let outcome = loop {
///     match step {
///         Step::Ask(ask) => step = operation.resume(Some(host.perform(&ask))),
///         Step::Done(outcome) => break outcome.unwrap(),
///     }
/// };
/// assert!(matches!(outcome, Outcome::Opened(opened) if opened.generation == 1));
/// ```
#[derive(Debug, Clone)]
pub struct StorageManager {
    store: Store,
}

impl StorageManager {
    /// Makes the manager of a host; [`Verb::Open`] comes before every other verb.
    ///
    /// # Errors
    /// `INVALID_OPTION` when `now` is no time.
    pub fn new(capabilities: Capabilities, entropy: Entropy, now: f64) -> Result<Self> {
        Ok(Self { store: Store::new(capabilities, entropy, Timestamp::from_number(now)?) })
    }

    /// Makes the flow of a verb. All verbs are one flow: what they share is compiled once.
    #[must_use]
    pub fn start(&self, verb: Verb, now: f64) -> Operation {
        let store = self.store.clone();
        Flow::new(|io| async move { run(&store, &io, verb, Timestamp::from_number(now)?).await })
    }

    /// Takes the next notice, oldest first.
    #[must_use]
    pub fn take_notice(&self) -> Option<Notice> {
        self.store.take_notice()
    }
}

async fn run(store: &Store, io: &Io, verb: Verb, now: Timestamp) -> Result<Outcome> {
    let number = match verb {
        Verb::Open => return store.open(io, now).await.map(Outcome::Opened),
        Verb::Get { space, keys } => {
            let (namespace, keys) = places(&space, &keys)?;
            return store.get_many(io, &namespace, keys, now).await.map(Outcome::Items);
        }
        Verb::Entries { space, range } => {
            let items = store.entries(io, &Namespace::new(&space)?, &range, now).await?;
            return Ok(Outcome::Items(items.into_iter().map(Some).collect()));
        }
        Verb::Keys { space, range } => {
            return store.keys(io, &Namespace::new(&space)?, &range, now).await.map(Outcome::Keys);
        }
        Verb::Meta { space, key } => {
            let (namespace, key) = place(&space, &key)?;
            return store.meta(io, &namespace, &key, now).await.map(Outcome::Meta);
        }
        Verb::Info { space } => {
            let keys = store.keys(io, &Namespace::new(&space)?, &Range::default(), now).await?;
            return Ok(Outcome::Info(keys, store.room(io, now).await?));
        }
        Verb::Commit(Batch { wrong: Some(error), .. }) => return Err(error),
        Verb::Commit(Batch { changes, .. }) => {
            return store.commit(io, changes, now).await.map(Outcome::Numbers);
        }
        Verb::Has { space, key } => {
            let (namespace, key) = place(&space, &key)?;
            u64::from(store.has(io, &namespace, &key, now).await?)
        }
        Verb::Touch { space, key, ttl_ms } => {
            let (namespace, key) = place(&space, &key)?;
            let ttl = (ttl_ms != FOREVER).then(|| Millis::from_number(ttl_ms)).transpose()?;
            u64::from(store.touch(io, namespace, key, ttl, now).await?)
        }
        Verb::Clear { space } => store.clear(io, &Namespace::new(&space)?, now).await? as u64,
        Verb::Cleanup => store.cleanup(io, now).await? as u64,
        Verb::WillFit { space, key, value } => {
            let (namespace, key) = place(&space, &key)?;
            u64::from(store.will_fit(io, &namespace, &key, &value, now).await?)
        }
        Verb::AcknowledgeWipe => {
            store.acknowledge_wipe(io, now).await?;
            return Ok(Outcome::Numbers(Vec::new()));
        }
    };
    Ok(Outcome::Numbers(vec![number]))
}

fn places(space: &str, keys: &[String]) -> Result<(Namespace, Vec<Key>)> {
    let mut checked = Vec::with_capacity(keys.len());
    for key in keys {
        checked.push(place(space, key)?.1);
    }
    Ok((Namespace::new(space)?, checked))
}

fn place(space: &str, key: &str) -> Result<(Namespace, Key)> {
    let named = || Ok((Namespace::new(space)?, Key::new(key)?));
    named().map_err(|error: Error| error.at(space, key))
}
