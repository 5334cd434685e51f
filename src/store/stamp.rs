//! The install stamp: how a wipe by the host is told from a first start.
//!
//! The stamp is a record that names this installation and counts its generations. Where the host
//! keeps a witness (a small text apart from the records), the witness names both too.
//!
//! | stamp | witness | other records of ours | means |
//! |---|---|---|---|
//! | there | any | any | nothing happened; the witness is set right |
//! | damaged | any | any | damage, not a wipe: the stamp is written anew |
//! | missing | there | any | wiped: a new generation |
//! | missing | missing | some | wiped in part: a new generation |
//! | missing | missing | none | a first start |
//!
//! A wipe found is marked in the new stamp until it has been told, so that it is told even if the
//! process dies first.

use super::port::Trust;
use super::record::{Kind, Record};
use super::{Notice, Recovery, Store, port, split};
use crate::bytes::{Reader, Writer, cut, decimal, hex, parse_decimal};
use crate::clock::{ClockGuard, Timestamp};
use crate::config::LAST_SEEN_STALE_MS;
use crate::error::{ErrorCode, Result};
use crate::flow::Io;
use crate::host::{Capabilities, Data, Holds};
use crate::key::{JOURNAL, RESERVED, STAMP};

/// Who this installation is, and what of that still has to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Identity {
    install: String,
    generation: u64,
    last_seen: Option<Timestamp>,
    wipe_untold: bool,
    /// The stamp on the host is not this one.
    stamp_due: bool,
    /// The witness of the host is not this one.
    witness_due: bool,
}

impl Identity {
    fn witness(&self) -> String {
        [&self.install, " ", &decimal(self.generation)].concat()
    }
}

/// What opening found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Whether the host lost what was stored, and nobody was told yet.
    pub wiped: bool,
    /// The generation: 1 at first, one more after every wipe.
    pub generation: u64,
    /// The name of this installation: 24 hexadecimal digits.
    pub install: String,
    /// What an interrupted commit left to do.
    pub recovery: Recovery,
}

impl Store {
    /// Opens the store: finishes an interrupted commit and looks at the stamp. At most three host
    /// calls when nothing happened and the host reads in batches.
    ///
    /// # Errors
    /// The host's refusals; `UNSUPPORTED` when a journal was written in a later format.
    pub async fn open(&self, io: &Io, now: Timestamp) -> Result<Opened> {
        self.state(|state| state.mirror.clear());
        let keys = vec![STAMP.to_owned(), JOURNAL.to_owned()];
        let mut found = port::read(self, io, keys, Trust::Own).await?;
        let (journal, stamp) = (found.pop().flatten(), found.pop().flatten());
        let witness =
            if self.capabilities().witness { port::read_witness(io).await? } else { None };
        let recovery = self.recover(io, journal, now).await?;
        let mut is_first = false;
        let identity = match stamp.as_ref().map(decode) {
            Some(Ok(identity)) => {
                Identity { witness_due: witness != Some(identity.witness()), ..identity }
            }
            Some(Err(error)) if error.code == ErrorCode::Unsupported => return Err(error),
            Some(Err(_)) => self.renew(witness.as_deref(), Renewal::Damaged),
            None if witness.is_some() || self.holds_records(io).await? => {
                self.renew(witness.as_deref(), Renewal::Wiped)
            }
            None => {
                is_first = true;
                self.renew(None, Renewal::First)
            }
        };
        self.state(|state| {
            state.clock = ClockGuard::new(identity.last_seen, now);
            state.identity = Identity { last_seen: identity.last_seen.or(Some(now)), ..identity };
        });
        // A host that refuses to write can still be read: the stamp is then due before the first write.
        let last_seen = self.state(|state| state.identity.last_seen).unwrap_or(now);
        if last_seen.since(now) > LAST_SEEN_STALE_MS {
            self.store_last_seen(io, now, now).await;
        }
        self.refresh_last_seen(io, now, now).await;
        // Where nothing is stored yet and nobody else may store something, the first write brings both.
        let Capabilities { exclusive, witness, .. } = self.capabilities();
        if !(is_first && *exclusive && *witness) {
            let _ = self.write_stamp_if_due(io, now).await;
        }
        self.state(|state| {
            Ok(Opened {
                wiped: state.identity.wipe_untold,
                generation: state.identity.generation,
                install: state.identity.install.clone(),
                recovery,
            })
        })
    }

    /// Takes note that a wipe has been told.
    ///
    /// # Errors
    /// The host's refusals; the wipe is then told again at the next open.
    pub async fn acknowledge_wipe(&self, io: &Io, now: Timestamp) -> Result<()> {
        self.state(|state| {
            state.identity.stamp_due |= state.identity.wipe_untold;
            state.identity.wipe_untold = false;
        });
        self.begin_write(io, now).await
    }

    /// Looks for the stamp in a listing of everything: if it is gone, so is what was stored.
    pub(super) fn notice_wipe(&self, host_keys: &[String]) {
        let is_known = self.state(|state| !state.identity.stamp_due);
        if !is_known || host_keys.iter().any(|key| key == STAMP) {
            return;
        }
        self.state(|state| {
            state.identity.generation = state.identity.generation.saturating_add(1);
            state.identity.wipe_untold = true;
            state.identity.stamp_due = true;
            state.identity.witness_due = true;
            state.expiring = super::sweep::ExpiryIndex::default();
            state.mirror.clear();
        });
        self.notice(Notice::Wiped);
    }

    /// Writes stamp and witness where they are not what they should be.
    pub(super) async fn write_stamp_if_due(&self, io: &Io, now: Timestamp) -> Result<()> {
        if self.state(|state| state.identity.stamp_due) {
            port::write(self, io, vec![(STAMP.to_owned(), self.encode_stamp(now))]).await?;
            self.state(|state| state.identity.stamp_due = false);
        }
        if self.capabilities().witness && self.state(|state| state.identity.witness_due) {
            port::write_witness(io, self.state(|state| state.identity.witness())).await?;
            self.state(|state| state.identity.witness_due = false);
        }
        Ok(())
    }

    /// Stores when the store was last used, if what is stored is stale. Best effort.
    ///
    /// Open stores what the clock says, so that the next open can tell whether it still says so.
    /// Within a session confirmed time is stored, and only where it is later: a leap does not confirm
    /// itself, and what open has stored for the next one stays.
    pub(super) async fn refresh_last_seen(&self, io: &Io, seen: Timestamp, now: Timestamp) {
        if self.state(|state| {
            state.identity.last_seen.is_none_or(|last| seen.since(last) > LAST_SEEN_STALE_MS)
        }) {
            self.store_last_seen(io, seen, now).await;
        }
    }

    async fn store_last_seen(&self, io: &Io, seen: Timestamp, now: Timestamp) {
        self.state(|state| {
            state.identity.last_seen = Some(seen);
            state.identity.stamp_due = true;
        });
        let _ = self.write_stamp_if_due(io, now).await;
    }

    fn renew(&self, witness: Option<&str>, renewal: Renewal) -> Identity {
        let known = witness.and_then(|text| cut(text, b' '));
        let known = known.and_then(|(install, generation)| {
            Some((install.to_owned(), parse_decimal(generation.as_bytes())?))
        });
        let drawn = || {
            self.state(|state| hex(state.entropy.number(), 12) + &hex(state.entropy.number(), 12))
        };
        let (install, generation) = known.unwrap_or_else(|| (drawn(), 1));
        let wiped = renewal == Renewal::Wiped;
        Identity {
            install,
            generation: if wiped { generation.saturating_add(1) } else { generation },
            last_seen: None,
            wipe_untold: wiped,
            stamp_due: true,
            witness_due: true,
        }
    }

    /// Whether the host holds records that only this library writes. On hosts of text others may keep
    /// texts of their own.
    async fn holds_records(&self, io: &Io) -> Result<bool> {
        let Capabilities { holds, exclusive, total_bytes, lists, .. } = self.capabilities();
        if !lists {
            // Where nothing can be listed, a lost stamp looks like a first start.
            return Ok(false);
        }
        let prefix = if *holds == Holds::Bytes { "" } else { RESERVED };
        // A listing of everything tells besides which keys are new, and that all of the room is there.
        let host_keys = port::list(self, io, if *exclusive { "" } else { prefix }).await?;
        if let (true, true, Some(total)) = (*exclusive, host_keys.is_empty(), total_bytes) {
            self.state(|state| state.room_left = Some(u64::from(*total) / 2));
        }
        Ok(host_keys.iter().any(|key| key.starts_with(prefix)))
    }

    fn encode_stamp(&self, now: Timestamp) -> Data {
        let identity = self.state(|state| state.identity.clone());
        let mut writer = Writer::new();
        writer.field(&identity.install).number(identity.generation);
        writer
            .number(identity.last_seen.unwrap_or(now).millis())
            .number(u64::from(identity.wipe_untold));
        let record = Record::internal(Kind::Stamp, now, writer.finish());
        split::data(record.encode(STAMP), self.capabilities().holds)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Renewal {
    First,
    Damaged,
    Wiped,
}

fn decode(data: &Data) -> Result<Identity> {
    let record = super::read::decode_internal(STAMP, data, Kind::Stamp)?;
    let mut reader = Reader::new(&record.payload);
    Ok(Identity {
        install: reader.text()?.to_owned(),
        generation: reader.number()?,
        last_seen: Some(Timestamp::from_millis(reader.number()?)),
        wipe_untold: reader.number()? != 0,
        stamp_due: false,
        witness_due: false,
    })
}
