//! The store: namespaced, sealed, journalled records over a host.
//!
//! Its verbs are flows over [`Io`]; only this module builds asks. It knows records, expiry, commits
//! and room. It does not know what a value means, who listens, or how the shell awaits.

mod change;
mod commit;
mod journal;
mod port;
mod query;
mod quota;
mod range;
mod read;
mod record;
mod seal;
mod split;
mod stamp;
mod sweep;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::clock::{ClockGuard, Timestamp};
use crate::config::NOTICES_MAX;
use crate::entropy::Entropy;
use crate::error::Result;
use crate::flow::Io;
use crate::host::Capabilities;

pub use change::{Action, Change, Expect};
pub use commit::Recovery;
pub use query::{Item, Meta};
pub use quota::Room;
pub use range::Range;
pub use seal::Compression;
pub use stamp::Opened;

#[cfg(fuzzing)]
pub use fuzzing::decode_anything;

/// The store over one host. Clones are handles to the same store.
#[derive(Debug, Clone)]
pub struct Store(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    capabilities: Capabilities,
    /// Invariant: borrowed only between two asks, never across one.
    state: RefCell<State>,
}

#[derive(Debug)]
struct State {
    entropy: Entropy,
    clock: ClockGuard,
    expiring: sweep::ExpiryIndex,
    debt: commit::Debt,
    /// Bytes that the host had left when it was last asked, less what was written since.
    room_left: Option<u64>,
    identity: stamp::Identity,
    notices: VecDeque<Notice>,
}

/// Something that happened to stored data without a caller asking for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// An expired record was removed.
    Expired {
        /// The namespace path.
        namespace: String,
        /// The key.
        key: String,
    },
    /// The host lost what was stored.
    Wiped,
}

impl Store {
    /// Makes the store of a host; [`Store::open`] comes before every other verb.
    #[must_use]
    pub fn new(capabilities: Capabilities, entropy: Entropy, now: Timestamp) -> Self {
        let state = State {
            entropy,
            clock: ClockGuard::new(None, now),
            expiring: sweep::ExpiryIndex::default(),
            debt: commit::Debt::None,
            room_left: None,
            identity: stamp::Identity::default(),
            notices: VecDeque::new(),
        };
        Self(Rc::new(Inner { capabilities, state: RefCell::new(state) }))
    }

    /// Takes the next notice, oldest first.
    #[must_use]
    pub fn take_notice(&self) -> Option<Notice> {
        self.state(|state| state.notices.pop_front())
    }

    /// Whether a notice waits.
    #[must_use]
    pub fn has_notices(&self) -> bool {
        self.state(|state| !state.notices.is_empty())
    }

    fn capabilities(&self) -> &Capabilities {
        &self.0.capabilities
    }

    fn entry_bytes(&self) -> Option<usize> {
        self.capabilities().entry_bytes.map(|limit| limit as usize)
    }

    fn state<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.state.borrow_mut())
    }

    fn notice(&self, notice: Notice) {
        self.state(|state| {
            if state.notices.len() >= NOTICES_MAX {
                state.notices.pop_front();
            }
            state.notices.push_back(notice);
        });
    }

    /// Begins a verb that reads: takes note of the time and finishes a commit left undecided.
    async fn begin_read(&self, io: &Io, now: Timestamp) -> Result<()> {
        self.state(|state| state.clock.observe(now));
        if self.state(|state| state.debt) == commit::Debt::Recover {
            self.pay_debt(io, now).await?;
        }
        Ok(())
    }

    /// Begins a verb that writes: nothing may be written over a journal that is still there, and
    /// nothing before the stamp.
    async fn begin_write(&self, io: &Io, now: Timestamp) -> Result<()> {
        self.state(|state| state.clock.observe(now));
        self.pay_debt(io, now).await?;
        self.write_stamp_if_due(io, now).await
    }
}

/// The decoders of stored bytes, for the fuzzers.
#[cfg(fuzzing)]
mod fuzzing {
    use super::{journal, record::Record, seal, split};
    use crate::host::Data;

    /// Decodes bytes as everything that could lie on a host.
    pub fn decode_anything(key: &str, bytes: &[u8]) {
        if let Ok(record) = Record::decode(key, bytes) {
            assert_eq!(record.encode(key), bytes, "an accepted envelope is written the same way");
            let _ = split::Head::decode(&record.payload);
            let _ = seal::open(record.flags, record.payload);
        }
        let _ = journal::decode(&Data::Bytes(bytes.to_vec()));
        if let Ok(text) = std::str::from_utf8(bytes) {
            let _ = journal::decode(&Data::Text(text.to_owned()));
        }
    }
}
