//! Room: how much is used, and whether a value would fit.

use super::put::Seal;
use super::{Store, port};
use crate::clock::Timestamp;
use crate::config::VALUE_BYTES_MAX;
use crate::error::{Error, ErrorCode, Result};
use crate::flow::Io;
use crate::host::{Data, Usage};
use crate::key::{Key, Namespace, Sealing, parse_part_key};
use crate::value::Value;

/// How much room there is, as far as the host tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes in use, by everybody.
    pub used_bytes: Option<u64>,
    /// Bytes there are in all.
    pub limit_bytes: Option<u64>,
    /// The largest entry; larger values are split.
    pub entry_limit_bytes: Option<u64>,
}

impl Store {
    /// Tells how much room there is.
    ///
    /// # Errors
    /// The host's refusals.
    pub async fn room(&self, io: &Io, now: Timestamp) -> Result<Room> {
        self.begin_read(io, now).await?;
        let usage = self.usage(io).await?;
        Ok(Room {
            used_bytes: usage.used_bytes,
            limit_bytes: usage.limit_bytes,
            entry_limit_bytes: self.capabilities().entry_bytes.map(u64::from),
        })
    }

    /// Whether a value would be stored if it were set now, with what it replaces taken into
    /// account, and with all that gives way to a write: the records of the namespaces `yielding`. Expired
    /// records are removed first where that decides it. An estimate: others may use the host's room too.
    ///
    /// # Errors
    /// The host's refusals.
    pub async fn will_fit(
        &self,
        io: &Io,
        namespace: &Namespace,
        key: &Key,
        value: &Value,
        yielding: &[Namespace],
        now: Timestamp,
    ) -> Result<bool> {
        self.begin_write(io, now).await?;
        let host_key = self.host_key(namespace, key)?;
        if value.text.len() > VALUE_BYTES_MAX {
            return Ok(false);
        }
        let seal = Seal {
            namespace,
            key: key.as_str(),
            is_padded: namespace.is_padded(),
            is_measured: true,
        };
        let seal = (namespace.sealing() == Sealing::Sealed).then_some(seal);
        let needed = match self.put_bytes(&host_key, value, seal, now) {
            Ok(needed) => needed,
            Err(error) if error.code == ErrorCode::ValueTooLarge => return Ok(false),
            Err(error) => return Err(error),
        };
        if self.has_room(io, &host_key, needed, 0).await?
            || (self.make_room(io, now).await? && self.has_room(io, &host_key, needed, 0).await?)
        {
            return Ok(true);
        }
        let spare = self.taken(io, yielding).await?;
        Ok(spare > 0 && self.has_room(io, &host_key, needed, spare).await?)
    }

    /// How much the records of some namespaces take.
    async fn taken(&self, io: &Io, namespaces: &[Namespace]) -> Result<u64> {
        if namespaces.is_empty() || !self.capabilities().lists {
            return Ok(0);
        }
        let prefixes: Vec<String> = namespaces.iter().map(Namespace::prefix).collect();
        let mut host_keys = self.list_host(io, "").await?;
        host_keys.retain(|host_key| {
            let owner = parse_part_key(host_key).map_or(host_key.as_str(), |(_, owner)| owner);
            prefixes.iter().any(|prefix| owner.starts_with(prefix.as_str()))
        });
        let entries = self.load(io, host_keys).await?;
        let length = |raw: &Option<Data>| raw.as_ref().map_or(0, Data::len);
        Ok(entries.iter().map(|entry| (entry.host_key.len() + length(&entry.raw)) as u64).sum())
    }

    async fn has_room(
        &self,
        io: &Io,
        host_key: &str,
        (under, beside): (usize, usize),
        spare: u64,
    ) -> Result<bool> {
        let usage = self.usage(io).await?;
        let (Some(used), Some(limit)) = (usage.used_bytes, usage.limit_bytes) else {
            return Ok(true);
        };
        let used = used.saturating_sub(spare);
        let Some(entry) = self.load(io, vec![host_key.to_owned()]).await?.pop() else {
            return Ok(true);
        };
        let old = entry.raw.as_ref().map_or(0, |raw| host_key.len() + Data::len(raw));
        let after = match beside {
            0 => used.saturating_sub(old as u64) + under as u64,
            _ if self.capabilities().atomic_commit => {
                used.saturating_sub(old as u64) + (under + beside) as u64
            }
            // Parts come while what they replace is still there.
            _ => used + (beside + under.saturating_sub(old)) as u64,
        };
        Ok(after <= limit)
    }

    /// Makes sure that the host has this much room left, where it tells. What an earlier look found
    /// is counted down, so that a host with plenty of room is seldom asked.
    pub(super) async fn ensure_room(&self, io: &Io, needed: usize) -> Result<()> {
        let needed = needed as u64;
        if self.state(|state| state.room_left).is_some_and(|left| left >= needed) {
            return Ok(());
        }
        let usage = self.usage(io).await?;
        // Where nothing limits, or nobody tells, there is no need to ask again.
        let left = match (usage.used_bytes, usage.limit_bytes) {
            (Some(used), Some(limit)) => limit.saturating_sub(used),
            _ => u64::MAX,
        };
        // Others write too: only half of what is there now is relied on later.
        self.state(|state| state.room_left = Some(left / 2));
        if left >= needed {
            return Ok(());
        }
        Err(no_room())
    }

    /// Counts what is written down from the room that is known to be left.
    pub(super) fn count_written<'data>(
        &self,
        written: impl Iterator<Item = &'data (String, Data)>,
    ) {
        let bytes: usize = written.map(|(key, data)| key.len() + data.len()).sum();
        self.state(|state| {
            state.room_left = state.room_left.map(|left| left.saturating_sub(bytes as u64));
        });
    }

    async fn usage(&self, io: &Io) -> Result<Usage> {
        let told = if self.capabilities().info { port::usage(io).await? } else { Usage::default() };
        Ok(Usage {
            limit_bytes: told.limit_bytes.or(self.capabilities().total_bytes.map(u64::from)),
            ..told
        })
    }
}

pub(super) fn no_room() -> Error {
    Error::new(
        ErrorCode::QuotaExceeded,
        "the host has no room for this commit and its journal, remove single keys first",
    )
}
