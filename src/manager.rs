//! The roof: the storage manager, which parses what callers give and wires it to the store.
//!
//! It has no rules of its own. Every [`Verb`] becomes one flow that ends in an [`Outcome`]; a wrong
//! argument is reported by the flow, before it asks anything.

use crate::clock::{Millis, Timestamp};
use crate::entropy::Entropy;
#[cfg(feature = "vault")]
use crate::error::ErrorCode;
use crate::error::{Error, Result};
use crate::flow::{Flow, Io};
use crate::host::Capabilities;
use crate::key::{Key, Namespace};
use crate::store::{
    Action, Change, Compression, Expect, Item, Lifetime, Meta, Notice, Opened, Range, Room, Store,
};
#[cfg(feature = "sync")]
use crate::sync::{At, Sync, SyncVerb, Table};
use crate::value::Value;
#[cfg(feature = "vault")]
use crate::vault::{Vault, VaultVerb};

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
        /// The namespaces whose records give way to a write.
        yielding: Vec<String>,
    },
    /// Takes note that a wipe has been told.
    AcknowledgeWipe,
    /// What is wanted of the vault.
    #[cfg(feature = "vault")]
    Vault(VaultVerb),
    /// What is wanted of synchronisation.
    #[cfg(feature = "sync")]
    Sync(SyncVerb),
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
    /// Of synchronisation.
    #[cfg(feature = "sync")]
    Table(Table),
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
    #[cfg(feature = "vault")]
    vault: Vault,
    #[cfg(feature = "sync")]
    sync: Sync,
}

impl StorageManager {
    /// Makes the manager of a host; [`Verb::Open`] comes before every other verb.
    ///
    /// # Errors
    /// `INVALID_OPTION` when `now` is no time.
    pub fn new(capabilities: Capabilities, entropy: Entropy, now: f64) -> Result<Self> {
        let store = Store::new(capabilities, entropy, Timestamp::from_number(now)?);
        #[cfg(feature = "vault")]
        {
            let vault = Vault::default();
            store.install(vault.sealer());
            Ok(Self {
                store,
                vault,
                #[cfg(feature = "sync")]
                sync: Sync::default(),
            })
        }
        #[cfg(not(feature = "vault"))]
        Ok(Self { store })
    }

    /// Makes the flow of a verb. All verbs are one flow: what they share is compiled once.
    #[must_use]
    pub fn start(&self, verb: Verb, now: f64) -> Operation {
        let manager = self.clone();
        Flow::new(|io| async move { run(&manager, &io, verb, Timestamp::from_number(now)?).await })
    }

    /// Takes the next notice, oldest first.
    #[must_use]
    pub fn take_notice(&self) -> Option<Notice> {
        self.store.take_notice()
    }
}

/// What goes through the vault where there is one.
#[cfg(feature = "vault")]
impl StorageManager {
    async fn prepare(&self, io: &Io, namespace: &Namespace, now: Timestamp) -> Result<()> {
        self.vault.prepare_read(&self.store, io, namespace, now).await
    }

    /// Whether somebody else has made the secret that was missing.
    async fn may_read_again(&self, io: &Io, error: Option<&Error>, now: Timestamp) -> bool {
        error.is_some_and(|error| error.code == ErrorCode::SecretMissing)
            && self.vault.refresh(&self.store, io, now).await.unwrap_or(false)
    }

    async fn commit(&self, io: &Io, changes: &[Change], now: Timestamp) -> Result<Vec<u64>> {
        self.vault.commit(&self.store, io, changes, now).await
    }

    async fn touch(
        &self,
        io: &Io,
        place: (Namespace, Key),
        ttl: Option<Millis>,
        now: Timestamp,
    ) -> Result<bool> {
        self.vault.touch(&self.store, io, place, ttl, now).await
    }
}

#[cfg(not(feature = "vault"))]
impl StorageManager {
    async fn prepare(&self, _: &Io, _: &Namespace, _: Timestamp) -> Result<()> {
        Ok(())
    }

    async fn may_read_again(&self, _: &Io, _: Option<&Error>, _: Timestamp) -> bool {
        false
    }

    async fn commit(&self, io: &Io, changes: &[Change], now: Timestamp) -> Result<Vec<u64>> {
        self.store.commit(io, changes, now).await
    }

    async fn touch(
        &self,
        io: &Io,
        (namespace, key): (Namespace, Key),
        ttl: Option<Millis>,
        now: Timestamp,
    ) -> Result<bool> {
        self.store.touch(io, namespace, key, ttl, now).await
    }
}

async fn run(manager: &StorageManager, io: &Io, verb: Verb, now: Timestamp) -> Result<Outcome> {
    let store = &manager.store;
    let number = match verb {
        Verb::Open => return store.open(io, now).await.map(Outcome::Opened),
        Verb::Get { space, keys } => {
            let (namespace, keys) = places(&space, &keys)?;
            manager.prepare(io, &namespace, now).await?;
            let mut found = store.get_many(io, &namespace, &keys, now).await;
            if manager.may_read_again(io, found.as_ref().err(), now).await {
                found = store.get_many(io, &namespace, &keys, now).await;
            }
            return found.map(Outcome::Items);
        }
        Verb::Entries { space, range } => {
            let namespace = Namespace::new(&space)?;
            manager.prepare(io, &namespace, now).await?;
            let mut items = store.entries(io, &namespace, &range, now).await;
            if manager.may_read_again(io, items.as_ref().err(), now).await {
                items = store.entries(io, &namespace, &range, now).await;
            }
            let items = items?;
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
            return manager.commit(io, &changes, now).await.map(Outcome::Numbers);
        }
        Verb::Has { space, key } => {
            let (namespace, key) = place(&space, &key)?;
            u64::from(store.has(io, &namespace, &key, now).await?)
        }
        Verb::Touch { space, key, ttl_ms } => {
            let (namespace, key) = place(&space, &key)?;
            let ttl = (ttl_ms != FOREVER).then(|| Millis::from_number(ttl_ms)).transpose()?;
            u64::from(manager.touch(io, (namespace, key), ttl, now).await?)
        }
        Verb::Clear { space } => store.clear(io, &Namespace::new(&space)?, now).await? as u64,
        Verb::Cleanup => store.cleanup(io, now).await? as u64,
        Verb::WillFit { space, key, value, yielding } => {
            let (namespace, key) = place(&space, &key)?;
            let yielding = yielding.iter().map(|path| Namespace::new(path));
            let yielding = yielding.collect::<Result<Vec<_>>>()?;
            u64::from(store.will_fit(io, &namespace, &key, &value, &yielding, now).await?)
        }
        Verb::AcknowledgeWipe => {
            store.acknowledge_wipe(io, now).await?;
            return Ok(Outcome::Numbers(Vec::new()));
        }
        #[cfg(feature = "sync")]
        Verb::Sync(verb) => {
            let at = At { store, vault: &manager.vault, io, now };
            return manager.sync.run(at, verb).await.map(Outcome::Table);
        }
        #[cfg(feature = "vault")]
        Verb::Vault(verb) => {
            #[cfg(feature = "sync")]
            if matches!(verb, VaultVerb::Lock) {
                manager.sync.lock();
            }
            return manager.vault.run(store, io, verb, now).await.map(Outcome::Numbers);
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
