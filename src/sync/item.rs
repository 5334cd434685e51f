//! What is pending, what was refused, and what the server has.

use super::stamp::Stamp;
use crate::key::Key;
use crate::value::Value;

/// A change that the server has not decided yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its number: the mutation id on the wire, and the id of the caller.
    pub number: u64,
    /// The ids of changes that went into this one.
    pub aliases: Vec<u64>,
    /// The key.
    pub key: Key,
    /// The new value; nothing deletes.
    pub value: Option<Value>,
    /// When it was made.
    pub stamp: Stamp,
    /// What the change was made upon; what lies there again if it is dropped.
    pub base: Option<Value>,
    /// Whether the server has ever had that.
    pub is_base_shared: bool,
    /// The version of the server's row that it was made upon; 0 for none.
    pub base_version: u64,
    /// When it was added, by the device's clock, in milliseconds.
    pub added: u64,
    /// What somebody else made of the row while nobody knows whether this change has arrived.
    pub seen: Option<Row>,
}

/// A row of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The key.
    pub key: Key,
    /// Its version; [`GONE`] for one that is known by its absence.
    pub version: u64,
    /// When the change that made it was made.
    pub stamp: Stamp,
    /// Who made it: a client and its mutation.
    pub by: String,
    /// The value; nothing for a deleted row.
    pub value: Option<Value>,
    /// The version that the value says it was made upon, if it was sealed.
    pub upon: Option<u64>,
}

/// The version of a row that the server does not have any more: later than any that it had.
pub const GONE: u64 = (1 << 53) - 1;

impl Row {
    /// A row of which nothing is known but that the server does not have it.
    pub(super) fn gone(key: Key) -> Self {
        Self {
            key,
            version: GONE,
            stamp: Stamp::default(),
            by: String::new(),
            value: None,
            upon: None,
        }
    }

    /// Whether the server gives something older than what it gave before, as if it were newer. Who builds
    /// upon a row has seen its version; 0 is no row.
    pub(super) fn is_rolled_back(&self, known: u64) -> bool {
        let is_replayed = |upon: u64| self.version > known && upon > 0 && upon < known;
        self.upon.is_some_and(|upon| self.version < known || is_replayed(upon))
    }

    /// The version to build upon: 0 where nothing is.
    pub(super) fn base_version(&self) -> u64 {
        if self.value.is_some() { self.version } else { 0 }
    }
}

/// A change that the server refused for good, or that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The change.
    pub item: Item,
    /// The server's code.
    pub code: String,
    /// The server's words.
    pub message: String,
    /// When it was refused, by the device's clock, in milliseconds.
    pub at: u64,
    /// Whether this device has given it up, and not the server refused it.
    pub is_dead: bool,
}

/// Why a change was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// A code.
    pub code: String,
    /// Words.
    pub message: String,
    /// Whether this device has given it up, and not the server refused it.
    pub is_dead: bool,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The server has it, or it came to nothing before it was sent.
    Accepted,
    /// It lost a conflict.
    Lost,
    /// The server refused it.
    Rejected,
    /// The caller dropped it.
    Discarded,
}

/// Who won a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Winner {
    /// What the server had.
    Remote,
    /// What this device had.
    Local,
    /// Something made of both.
    Merged,
}

/// A conflict that was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The key.
    pub key: Key,
    /// Who won.
    pub winner: Winner,
    /// What both were made of.
    pub base: Option<Value>,
    /// What this device had.
    pub local: Option<Value>,
    /// What the server had.
    pub remote: Option<Value>,
}

/// A conflict that the caller has to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// The stamp of the local change, by which the decision is told apart from an older one.
    pub stamp: Stamp,
    /// Whether the local change is the later one.
    pub is_local_later: bool,
    /// What both were made of, if the server had it.
    pub base: Option<Value>,
    /// What this device has.
    pub local: Option<Value>,
    /// What the server has.
    pub remote: Row,
}

/// What the caller decided of a [`Dispute`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The key.
    pub key: Key,
    /// The stamp of the local change that it is about.
    pub stamp: Stamp,
    /// The version of the row that it is about.
    pub version: u64,
    /// What is to be.
    pub verdict: Verdict,
}

/// What is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// What the server has.
    Remote,
    /// What this device has.
    Local,
    /// This value; nothing deletes.
    Value(Option<Value>),
}

/// Who wins a conflict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Policy {
    /// The later stamp.
    #[default]
    LastWrite,
    /// The server.
    Server,
    /// This device.
    Client,
    /// Whom the caller names.
    Ask,
}
