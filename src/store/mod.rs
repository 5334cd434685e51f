//! The store: namespaced, sealed, journalled records over a host.
//!
//! Its verbs are flows over [`Io`]; only this module builds asks. It knows records, expiry, commits
//! and room. It does not know what a value means, who listens, or how the shell awaits.

mod change;
mod commit;
mod journal;
mod mirror;
mod port;
mod put;
mod query;
mod quota;
mod range;
mod read;
mod record;
mod reseal;
mod seal;
mod sealed;
mod split;
mod stamp;
mod sweep;

use std::cell::{OnceCell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use crate::clock::{ClockGuard, Timestamp};
use crate::config::NOTICES_MAX;
use crate::entropy::Entropy;
use crate::error::{Error, ErrorCode, Result};
use crate::flow::Io;
use crate::host::Capabilities;

pub use change::{Action, Change, Expect, Lifetime};
pub use commit::Recovery;
pub use query::{Item, Meta};
pub use quota::Room;
pub use range::Range;
pub use reseal::Resealed;
pub use seal::Compression;
pub use sealed::{Sealer, bucket as padded_len};
pub use stamp::Opened;

/// The store over one host. Clones are handles to the same store.
#[derive(Debug, Clone)]
pub struct Store(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    capabilities: Capabilities,
    /// Invariant: borrowed only between two asks, never across one.
    state: RefCell<State>,
    /// Who holds the secrets, if anybody does.
    sealer: OnceCell<Rc<dyn Sealer>>,
}

#[derive(Debug)]
struct State {
    entropy: Entropy,
    clock: ClockGuard,
    expiring: sweep::ExpiryIndex,
    debt: commit::Debt,
    mirror: mirror::Mirror,
    proven: sealed::Proven,
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
            mirror: mirror::Mirror::default(),
            proven: sealed::Proven::default(),
            room_left: None,
            identity: stamp::Identity::default(),
            notices: VecDeque::new(),
        };
        let state = RefCell::new(state);
        Self(Rc::new(Inner { capabilities, state, sealer: OnceCell::new() }))
    }

    /// Takes the next notice, oldest first.
    #[must_use]
    pub fn take_notice(&self) -> Option<Notice> {
        self.state(|state| state.notices.pop_front())
    }

    /// Fills a buffer with chance.
    pub fn draw(&self, buffer: &mut [u8]) {
        self.state(|state| state.entropy.fill(buffer));
    }

    fn capabilities(&self) -> &Capabilities {
        &self.0.capabilities
    }

    /// Lists what the host holds under a prefix.
    async fn list_host(&self, io: &Io, prefix: &str) -> Result<Vec<String>> {
        if !self.capabilities().lists {
            return Err(Error::new(
                ErrorCode::Unsupported,
                "this host cannot list its keys: keep a list of them under a key of your own",
            ));
        }
        port::list(self, io, prefix).await
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
        match self.state(|state| state.debt) {
            // What is read is right already; the journal can go before the next write.
            commit::Debt::None | commit::Debt::Discard | commit::Debt::Aside => Ok(()),
            commit::Debt::Recover | commit::Debt::Recovering => self.pay_debt(io, now).await,
        }
    }

    /// Begins a verb that writes: nothing may be written over a journal that is still there, and
    /// nothing before the stamp.
    async fn begin_write(&self, io: &Io, now: Timestamp) -> Result<()> {
        self.state(|state| state.clock.observe(now));
        self.pay_debt(io, now).await?;
        self.write_stamp_if_due(io, now).await
    }
}

/// The decoders of stored bytes, for the fuzzers: each function asserts what holds for any input.
#[cfg(fuzzing)]
pub mod fuzzing {
    use super::journal::{self, Head, Redo};
    use super::record::{Flags, Kind, OVERHEAD, Record, looks_like_envelope};
    use super::{Compression, seal, split};
    use crate::clock::Timestamp;
    use crate::error::{Error, ErrorCode};
    use crate::host::{Data, Holds};
    use crate::key::{JOURNAL, parse_part_key};
    use crate::value::Value;

    const ID: u64 = 7;
    const NOW: Timestamp = Timestamp::from_millis(1);

    /// Opens bytes as the envelope under a host key; says whether they are one.
    pub fn record(host_key: &str, envelope: &[u8]) -> bool {
        let record = match Record::decode(host_key, envelope) {
            Ok(record) => record,
            Err(error) => return refused(&error),
        };
        assert_eq!(
            record.encode(host_key),
            envelope,
            "an accepted envelope is written the same way"
        );
        assert!(looks_like_envelope(envelope), "an envelope is never read as a native string");
        if let Ok(head) = split::Head::decode(&record.payload) {
            for part in head.part_keys(host_key) {
                assert_eq!(
                    parse_part_key(&part),
                    Some((head.id, host_key)),
                    "a part has its owner"
                );
            }
        }
        if let Ok(value) = seal::open(record.flags, record.payload) {
            let (flags, payload) = seal::seal(&value, Compression::Lz4, Holds::Text);
            assert_eq!(seal::open(flags, payload), Ok(value), "a value opens again");
        }
        true
    }

    /// Seals, splits, joins and opens a value; says whether the entry limit left room for it.
    pub fn value(
        host_key: &str,
        value: &Value,
        compression: Compression,
        holds: Holds,
        entry_bytes: usize,
    ) -> bool {
        let (flags, payload) = seal::seal(value, compression, holds);
        let record = Record { flags, ..Record::internal(Kind::Value, NOW, payload) };
        let envelope = record.encode(host_key);
        assert_eq!(Record::decode(host_key, &envelope).as_ref(), Ok(&record), "a record opens");
        assert_eq!(envelope.len(), record.payload.len() + OVERHEAD, "room is reckoned rightly");
        let Ok((head, parts)) = split::split(record, host_key, ID, holds, entry_bytes) else {
            return false;
        };
        let fits = |(key, data): &(String, Data)| key.len() + data.len() <= entry_bytes;
        assert!(parts.iter().all(fits), "a part fits the host's entries");
        let parts: Vec<_> = parts.into_iter().map(|(_, data)| Some(data)).collect();
        let told = split::Head::decode(&head.payload).expect("a head that was written is read");
        let joined = split::join(told, host_key, &parts).expect("parts that were written join");
        assert_eq!(seal::open(Flags(flags.0), joined).as_ref(), Ok(value), "a value comes back");
        true
    }

    /// Reads a journal with its chunks; gives the keys that it would change.
    pub fn journal(head: &Data, read: impl Fn(&str) -> Option<Data>) -> Option<Vec<String>> {
        let redo = match journal::decode(head) {
            Ok(Head::Whole(redo)) => Ok(redo),
            Ok(Head::Chunked { keys, sum }) => {
                let chunks: Vec<_> = keys.iter().map(|key| read(key)).collect();
                journal::join(&keys, sum, &chunks)
            }
            Err(error) => Err(error),
        };
        match redo {
            Ok(redo) => {
                round_trip(&redo, Holds::Bytes, None);
                let written = redo.writes.into_iter().map(|(key, _)| key);
                Some(written.chain(redo.removes).collect())
            }
            Err(error) => {
                refused(&error);
                None
            }
        }
    }

    /// Writes a redo list as a journal and reads it back.
    pub fn redo(
        writes: Vec<(String, Data)>,
        removes: Vec<String>,
        holds: Holds,
        entry_bytes: Option<usize>,
    ) {
        round_trip(&Redo { writes, removes }, holds, entry_bytes);
    }

    fn round_trip(redo: &Redo, holds: Holds, entry_bytes: Option<usize>) {
        let Ok(written) = journal::encode(redo, ID, NOW, holds, entry_bytes) else {
            assert!(entry_bytes.is_some(), "a journal is too large for small entries only");
            return;
        };
        let limit = entry_bytes.unwrap_or(usize::MAX);
        let fits = |key: &str, data: &Data| key.len() + data.len() <= limit;
        assert!(fits(JOURNAL, &written.head), "the head of a journal fits the host's entries");
        assert!(written.chunks.iter().all(|(key, data)| fits(key, data)), "a chunk fits them too");
        let found =
            match journal::decode(&written.head).expect("a journal that was written is read") {
                Head::Whole(found) => found,
                Head::Chunked { keys, sum } => {
                    assert!(
                        keys.iter().eq(written.chunks.iter().map(|(key, _)| key)),
                        "it names its chunks"
                    );
                    let chunks: Vec<_> =
                        written.chunks.into_iter().map(|(_, data)| Some(data)).collect();
                    journal::join(&keys, sum, &chunks).expect("chunks that were written join")
                }
            };
        assert_eq!(&found, redo, "a journal says what it was told");
    }

    fn refused(error: &Error) -> bool {
        let typed = matches!(error.code, ErrorCode::Corrupt | ErrorCode::Unsupported);
        assert!(typed, "stored bytes are refused as CORRUPT or UNSUPPORTED, not as {error}");
        false
    }
}
