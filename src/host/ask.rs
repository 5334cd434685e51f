//! Questions to the host.

use crate::value::Value;

/// What a host holds under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// Text, on hosts that hold text or values of their own.
    Text(String),
    /// Bytes, on hosts that hold bytes.
    Bytes(Vec<u8>),
    /// A value as the host itself holds it, readable by code that knows nothing of this library.
    Native(Value),
}

impl Data {
    /// The size in UTF-8 bytes: never less than what any host counts.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Native(value) => value.text.len(),
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One question to the host. A list of keys is one host call where the host has a batch call, and
/// one call per key elsewhere; either way it happens in the order given and is not atomic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// What lies under these keys?
    Read(Vec<String>),
    /// Replace what lies under these keys. A single write is all or nothing.
    Write(Vec<(String, Data)>),
    /// Remove these keys; a missing one is no fault.
    Remove(Vec<String>),
    /// Which keys begin with this prefix?
    List(String),
    /// Write and remove, all or nothing: only where [`Capabilities::atomic_commit`](super::Capabilities) says so.
    Commit {
        /// What to write.
        writes: Vec<(String, Data)>,
        /// What to remove.
        removes: Vec<String>,
    },
    /// How much room is used, and how much is there?
    Info,
    /// What does the witness say?
    ReadWitness,
    /// Replace what the witness says.
    WriteWitness(String),
}
