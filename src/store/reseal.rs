//! Sealing anew what is sealed already, and the keyset's own record.
//!
//! Which secret is an old one, and what a keyset says, is the business of whoever holds the secrets.

use super::commit::Plan;
use super::port::Trust;
use super::read::{Entry, Found, Scan, decode_internal};
use super::record::{Flags, Kind, Record};
use super::{Store, port, split};
use crate::clock::Timestamp;
use crate::config::{ROTATION_BYTES, ROTATION_RECORDS};
use crate::error::{Error, ErrorCode, Result};
use crate::flow::Io;
use crate::host::Data;
use crate::key::{KEYSET, Key, Namespace, parse_host_key};

/// What a step of [`Store::reseal`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resealed {
    /// How many of the host keys it was given it has dealt with.
    pub seen: usize,
    /// How many records it has sealed anew.
    pub moved: usize,
    /// Whether a record is left that cannot be read, and may need the old secret.
    pub has_left: bool,
}

impl Store {
    /// Reads the keyset: as it lies on the host, and what it says.
    ///
    /// # Errors
    /// `CORRUPT`, `UNSUPPORTED`; the host's refusals.
    pub async fn keyset(&self, io: &Io, now: Timestamp) -> Result<(Option<Data>, Result<Vec<u8>>)> {
        self.begin_read(io, now).await?;
        let data = port::read(self, io, vec![KEYSET.to_owned()], Trust::Own).await?.pop().flatten();
        let payload = match &data {
            Some(data) => decode_internal(KEYSET, data, Kind::Keyset).map(|record| record.payload),
            None => Ok(Vec::new()),
        };
        Ok((data, payload))
    }

    /// Stores a keyset in place of the one that is known; gives what lies on the host then.
    ///
    /// # Errors
    /// `CONFLICT` when another one lies there; `VALUE_TOO_LARGE` when it exceeds the host's entries; the host's refusals.
    pub async fn store_keyset(
        &self,
        io: &Io,
        payload: Vec<u8>,
        known: Option<&Data>,
        now: Timestamp,
    ) -> Result<Data> {
        self.begin_write(io, now).await?;
        let record = Record::internal(Kind::Keyset, now, payload);
        let data = split::data(record.encode(KEYSET), self.capabilities().holds);
        if self.entry_bytes().is_some_and(|limit| KEYSET.len() + data.len() > limit) {
            return Err(Error::new(
                ErrorCode::ValueTooLarge,
                "the keyset exceeds the host's entries, encrypt fewer namespaces",
            ));
        }
        let old = port::read(self, io, vec![KEYSET.to_owned()], Trust::Own).await?.pop().flatten();
        if old.as_ref() != known {
            return Err(Error::new(
                ErrorCode::Conflict,
                "the keyset was changed by somebody else, try again",
            ));
        }
        let mut plan = Plan::default();
        plan.redo.writes.push((KEYSET.to_owned(), data.clone()));
        plan.olds.push((KEYSET.to_owned(), old));
        self.execute(io, plan, now).await?;
        Ok(data)
    }

    /// Lists the host keys of every caller's key, of all namespaces.
    ///
    /// # Errors
    /// The host's refusals.
    pub async fn callers(&self, io: &Io, now: Timestamp) -> Result<Vec<String>> {
        self.begin_read(io, now).await?;
        let mut host_keys = self.list_host(io, "").await?;
        self.notice_wipe(&host_keys);
        host_keys.retain(|host_key| parse_host_key(host_key).is_some());
        host_keys.sort_unstable();
        Ok(host_keys)
    }

    /// Seals anew what an old secret sealed, in one small commit: some of the records under these
    /// host keys, from the first on. Versions and times stay.
    ///
    /// # Errors
    /// `LOCKED`; the host's refusals. Nothing has changed then.
    pub async fn reseal(
        &self,
        io: &Io,
        host_keys: &[String],
        is_old: impl Fn(&[u8]) -> bool,
        now: Timestamp,
    ) -> Result<Resealed> {
        self.begin_write(io, now).await?;
        let mut plan = Plan::default();
        let (mut resealed, mut bytes) = (Resealed { seen: 0, moved: 0, has_left: false }, 0);
        for entry in self.load(io, host_keys.to_vec()).await? {
            if resealed.moved >= ROTATION_RECORDS || bytes >= ROTATION_BYTES {
                break;
            }
            resealed.seen += 1;
            let record = match entry.found {
                Found::Record(record) => record,
                Found::Missing | Found::Native(_) => continue,
                Found::Unreadable(_) => {
                    resealed.has_left = true;
                    continue;
                }
            };
            match self.read_prefix(io, &entry.host_key, &record).await {
                Ok(None) => continue,
                Ok(Some(prefix)) if !is_old(&prefix) => continue,
                Err(error) if error.code != ErrorCode::Corrupt => return Err(error),
                _ => {}
            }
            let expires = record.expires;
            match self.plan_reseal(io, &entry.host_key, record, expires, &mut plan).await {
                Ok(()) => {
                    resealed.moved += 1;
                    bytes += plan.redo.writes.last().map_or(0, |(_, data)| data.len());
                    bytes += plan.staged.iter().map(|(_, data)| data.len()).sum::<usize>();
                    plan.olds.push((entry.host_key, entry.raw));
                }
                Err(error) if error.code == ErrorCode::Corrupt => resealed.has_left = true,
                Err(error) => return Err(error),
            }
        }
        if resealed.moved > 0 {
            self.execute(io, plan, now).await?;
        }
        Ok(resealed)
    }

    /// Plans to seal a record anew, with another expiry or under another secret.
    pub(super) async fn plan_reseal(
        &self,
        io: &Io,
        host_key: &str,
        mut record: Record,
        expires: Option<Timestamp>,
        plan: &mut Plan,
    ) -> Result<()> {
        if let Kind::Split = record.kind {
            let head = split::Head::decode(&record.payload)?;
            plan.garbage.extend(head.part_keys(host_key));
        }
        let payload = self.take_payload(io, host_key, &mut record).await?;
        let payload = self.unseal(host_key, &record, payload)?;
        let record = Record { kind: Kind::Value, expires, payload, ..record };
        let (data, staged) = self.lay_out(host_key, self.seal(host_key, record)?)?;
        plan.staged.extend(staged);
        plan.redo.writes.push((host_key.to_owned(), data));
        Ok(())
    }

    /// Removes every sealed record of a namespace, and what cannot be told from one is left: says how
    /// many went.
    ///
    /// # Errors
    /// The host's refusals; what was removed until then stays removed.
    pub async fn remove_sealed(&self, io: &Io, namespace: &str, now: Timestamp) -> Result<usize> {
        let mut host_keys = self.callers(io, now).await?;
        self.begin_write(io, now).await?;
        host_keys.retain(|host_key| {
            parse_host_key(host_key).is_some_and(|(found, _)| found.path() == namespace)
        });
        let mut found = Vec::new();
        let mut scan = Scan::new(host_keys, usize::MAX);
        while !scan.is_done() {
            found.extend(self.next_batch(io, &mut scan).await?.into_iter().filter_map(sealed));
        }
        let (sealed, parts): (Vec<String>, Vec<Vec<String>>) = found.into_iter().unzip();
        let count = sealed.len();
        port::remove(self, io, sealed).await?;
        // What is left behind here is garbage, which sweeping finds.
        let _ = port::remove(self, io, parts.concat()).await;
        Ok(count)
    }

    /// What stands before the ciphertext of a value, and when it was first stored; nothing if the key
    /// is missing. The value is not opened.
    ///
    /// # Errors
    /// `CORRUPT` when it is damaged or not sealed; `UNSUPPORTED`; `LOCKED` when names are hidden.
    pub async fn sealed_prefix(
        &self,
        io: &Io,
        namespace: &Namespace,
        key: &Key,
        now: Timestamp,
    ) -> Result<Option<(Vec<u8>, Timestamp)>> {
        self.begin_read(io, now).await?;
        let host_key = self.host_key(namespace, key)?;
        let entry = self.load(io, vec![host_key.clone()]).await?.pop();
        let found = entry.map_or(Found::Missing, |entry| entry.found);
        let prefix = match found {
            Found::Missing => return Ok(None),
            Found::Record(record) if record.is_expired(now) => return Ok(None),
            Found::Record(record) => {
                let prefix = self.read_prefix(io, &host_key, &record).await;
                prefix.map(|prefix| prefix.map(|prefix| (prefix, record.created)))
            }
            Found::Native(_) => Ok(None),
            Found::Unreadable(error) => Err(error),
        };
        let is_sealed = |found: Option<_>| {
            found.ok_or_else(|| {
                Error::corrupt(
                    "the value under this key is not sealed, it has no secret to tell of",
                )
            })
        };
        prefix
            .and_then(is_sealed)
            .map(Some)
            .map_err(|error| error.at(namespace.path(), key.as_str()))
    }
}

/// A sealed record with its parts.
fn sealed(entry: Entry) -> Option<(String, Vec<String>)> {
    let Found::Record(record) = entry.found else { return None };
    if !record.flags.has(Flags::SEALED) {
        return None;
    }
    let head = match record.kind {
        Kind::Split => split::Head::decode(&record.payload).ok(),
        _ => None,
    };
    let parts = head.map(|head| head.part_keys(&entry.host_key)).unwrap_or_default();
    Some((entry.host_key, parts))
}
