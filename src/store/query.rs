//! The verbs that read: values, metadata, listings.

use super::range::Range;
use super::read::{Entry, Found, Scan};
use super::record::{Flags, Kind, Record};
use super::{Store, sealed, split};
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
    /// Whether it is sealed.
    pub encrypted: bool,
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
        keys: &[Key],
        now: Timestamp,
    ) -> Result<Vec<Option<Item>>> {
        self.begin_read(io, now).await?;
        let host_keys: Result<_> = keys.iter().map(|key| self.host_key(namespace, key)).collect();
        let entries = self.load(io, host_keys?).await?;
        let mut items = Vec::with_capacity(keys.len());
        for (key, entry) in keys.iter().zip(entries) {
            items.push(self.item(io, namespace, key.clone(), entry, now).await?);
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
        let Some(entry) = self.load(io, vec![self.host_key(namespace, key)?]).await?.pop() else {
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
                encrypted: false,
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
        let entries = self.load(io, vec![self.host_key(namespace, key)?]).await?;
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
        if namespace.hides_names() {
            let items = self.entries(io, namespace, range, now).await?;
            return Ok(items.into_iter().map(|item| item.key).collect());
        }
        let (prefix, mut keys) = (namespace.own_prefix(), Vec::new());
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
        let (prefix, mut entries) = (namespace.own_prefix(), Vec::new());
        // What a hidden name stands for is known only when it has been opened.
        let enough = if namespace.hides_names() { usize::MAX } else { range.limit() };
        let mut scan = self.list(io, namespace, range, now).await?;
        while entries.len() < enough && !scan.is_done() {
            let mut batch = self.next_batch(io, &mut scan).await?;
            batch.retain(|entry| entry.found.is_visible(now));
            entries.append(&mut batch);
        }
        entries.truncate(enough);
        let mut items = Vec::new();
        for entry in entries {
            if let Some(key) = self.own_key(&prefix, &entry.host_key) {
                items.extend(self.item(io, namespace, key, entry, now).await?);
            }
        }
        if namespace.hides_names() {
            items.retain(|item| range.contains(item.key.as_str()));
            items.sort_unstable_by(|one, other| one.key.cmp(&other.key));
            if range.reverse {
                items.reverse();
            }
            items.truncate(range.limit());
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
        let prefix = namespace.own_prefix();
        let mut host_keys = self.list_host(io, &prefix).await?;
        if namespace.is_default() {
            self.notice_wipe(&host_keys);
        }
        let is_wanted = |host_key: &String| {
            let own = self.own_key(&prefix, host_key);
            own.is_some_and(|key| namespace.hides_names() || range.contains(key.as_str()))
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
        let checked = sealed::check_sealed(namespace, &entry);
        let opened = match (entry.found, checked) {
            (Found::Missing, _) => return Ok(None),
            (Found::Record(record), _) if record.is_expired(now) => return Ok(None),
            (_, Err(error)) | (Found::Unreadable(error), _) => Err(error),
            (Found::Native(value), _) => Ok((None, value, 0)),
            (Found::Record(record), _) => {
                let version = record.version;
                let opened = self.open_named(io, &entry.host_key, record).await;
                opened.map(|(name, value)| (name, value, version))
            }
        };
        let (name, value, version) =
            opened.map_err(|error| error.at(namespace.path(), key.as_str()))?;
        // A hidden name stands for the key that was sealed with the value.
        let key = name.map_or(Ok(key), |name| Key::new(&name))?;
        Ok(Some(Item { key, value, version }))
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
        encrypted: record.flags.has(Flags::SEALED),
    })
}
