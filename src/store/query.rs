//! The verbs that read: values, metadata, listings.

use super::range::Range;
use super::read::{Entry, Found, Scan};
use super::record::{Flags, Kind, Record};
use super::{Store, split};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::flow::Io;
use crate::host::Data;
use crate::key::{Key, Namespace, RESERVED};
use crate::value::Value;

/// A stored value with its key and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Value,
    /// What changes with every write; zero for native values, which have none.
    pub version: u64,
}

/// What is known of a stored value besides the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// Stored bytes, without the key.
    pub size: u64,
    /// When the key was first written since it was last missing; nothing for native values.
    pub created: Option<Timestamp>,
    /// When the value was last written; nothing for native values.
    pub updated: Option<Timestamp>,
    /// When it expires.
    pub expires: Option<Timestamp>,
    /// What changes with every write; zero for native values.
    pub version: u64,
    /// Whether the value is stored compressed.
    pub compressed: bool,
}

impl Store {
    /// Reads values; a missing or expired one is nothing.
    ///
    /// # Errors
    /// `CORRUPT` or `UNSUPPORTED` for a record that cannot be read, which stays where it is; the
    /// host's refusals.
    pub async fn get_many(
        &self,
        io: &Io,
        namespace: &Namespace,
        keys: Vec<Key>,
        now: Timestamp,
    ) -> Result<Vec<Option<Item>>> {
        self.begin_read(io, now).await?;
        let host_keys = keys.iter().map(|key| namespace.host_key(key)).collect();
        let entries = self.load(io, host_keys).await?;
        let mut items = Vec::with_capacity(keys.len());
        for (key, entry) in keys.into_iter().zip(entries) {
            items.push(self.item(io, namespace, key, entry, now).await?);
        }
        Ok(items)
    }

    /// Reads what is known of a value without reading the value.
    ///
    /// # Errors
    /// As [`Store::get_many`].
    pub async fn meta(
        &self,
        io: &Io,
        namespace: &Namespace,
        key: &Key,
        now: Timestamp,
    ) -> Result<Option<Meta>> {
        self.begin_read(io, now).await?;
        let Some(entry) = self.load(io, vec![namespace.host_key(key)]).await?.pop() else {
            return Ok(None);
        };
        let size = entry.raw.as_ref().map_or(0, Data::len) as u64;
        match entry.found {
            Found::Missing => Ok(None),
            Found::Native(_) => Ok(Some(Meta {
                size,
                created: None,
                updated: None,
                expires: None,
                version: 0,
                compressed: false,
            })),
            Found::Record(record) if record.is_expired(now) => Ok(None),
            Found::Record(record) => record_meta(&record, size).map(Some),
            Found::Unreadable(error) => Err(error),
        }
        .map_err(|error: Error| error.at(namespace.path(), key.as_str()))
    }

    /// Says whether a key is there, readable or not.
    ///
    /// # Errors
    /// The host's refusals.
    pub async fn has(
        &self,
        io: &Io,
        namespace: &Namespace,
        key: &Key,
        now: Timestamp,
    ) -> Result<bool> {
        self.begin_read(io, now).await?;
        let entries = self.load(io, vec![namespace.host_key(key)]).await?;
        Ok(entries.iter().any(|entry| entry.found.is_visible(now)))
    }

    /// Lists the keys of a range.
    ///
    /// # Errors
    /// The host's refusals. A record that cannot be read is listed: it is there.
    pub async fn keys(
        &self,
        io: &Io,
        namespace: &Namespace,
        range: &Range,
        now: Timestamp,
    ) -> Result<Vec<Key>> {
        let (prefix, mut keys) = (namespace.prefix(), Vec::new());
        let mut scan = self.list(io, namespace, range, now).await?;
        while keys.len() < range.limit() && !scan.is_done() {
            for entry in self.next_batch(io, &mut scan).await? {
                if entry.found.is_visible(now) {
                    keys.extend(self.own_key(&prefix, &entry.host_key));
                }
            }
        }
        keys.truncate(range.limit());
        Ok(keys)
    }

    /// Lists the keys and values of a range.
    ///
    /// # Errors
    /// As [`Store::get_many`].
    pub async fn entries(
        &self,
        io: &Io,
        namespace: &Namespace,
        range: &Range,
        now: Timestamp,
    ) -> Result<Vec<Item>> {
        let (prefix, mut entries) = (namespace.prefix(), Vec::new());
        let mut scan = self.list(io, namespace, range, now).await?;
        while entries.len() < range.limit() && !scan.is_done() {
            let mut batch = self.next_batch(io, &mut scan).await?;
            batch.retain(|entry| entry.found.is_visible(now));
            entries.append(&mut batch);
        }
        entries.truncate(range.limit());
        let mut items = Vec::new();
        for entry in entries {
            if let Some(key) = self.own_key(&prefix, &entry.host_key) {
                items.extend(self.item(io, namespace, key, entry, now).await?);
            }
        }
        Ok(items)
    }

    /// The key that a host key spells in the namespace of a prefix, if it spells one there and is no
    /// framework's.
    pub(super) fn own_key(&self, prefix: &str, host_key: &str) -> Option<Key> {
        let foreign = |prefix: &String| {
            !host_key.starts_with(RESERVED) && host_key.starts_with(prefix.as_str())
        };
        if self.capabilities().foreign_prefixes.iter().any(foreign) {
            return None;
        }
        Key::new(host_key.strip_prefix(prefix)?).ok()
    }

    /// Begins a scan of a range in the order asked for, expired entries among them.
    async fn list(
        &self,
        io: &Io,
        namespace: &Namespace,
        range: &Range,
        now: Timestamp,
    ) -> Result<Scan> {
        self.begin_read(io, now).await?;
        let prefix = namespace.prefix();
        let mut host_keys = self.list_host(io, &prefix).await?;
        if namespace.is_default() {
            self.notice_wipe(&host_keys);
        }
        let is_wanted = |host_key: &String| {
            self.own_key(&prefix, host_key).is_some_and(|key| range.contains(key.as_str()))
        };
        host_keys.retain(is_wanted);
        // All begin with the same prefix, so their order is that of the keys.
        host_keys.sort_unstable();
        if range.reverse {
            host_keys.reverse();
        }
        Ok(Scan::new(host_keys, range.limit()))
    }

    async fn item(
        &self,
        io: &Io,
        namespace: &Namespace,
        key: Key,
        entry: Entry,
        now: Timestamp,
    ) -> Result<Option<Item>> {
        let opened = match entry.found {
            Found::Missing => return Ok(None),
            Found::Record(record) if record.is_expired(now) => return Ok(None),
            Found::Native(value) => Ok((value, 0)),
            Found::Record(record) => {
                let version = record.version;
                self.open_value(io, &entry.host_key, record).await.map(|value| (value, version))
            }
            Found::Unreadable(error) => Err(error),
        };
        match opened {
            Ok((value, version)) => Ok(Some(Item { key, value, version })),
            Err(error) => Err(error.at(namespace.path(), key.as_str())),
        }
    }
}

fn record_meta(record: &Record, stored: u64) -> Result<Meta> {
    let parts = match record.kind {
        Kind::Split => split::Head::decode(&record.payload)?.size,
        _ => 0,
    };
    Ok(Meta {
        size: stored.saturating_add(parts),
        created: Some(record.created),
        updated: Some(record.updated),
        expires: record.expires,
        version: record.version,
        compressed: record.flags.has(Flags::COMPRESSED),
    })
}
