//! A server of the sync protocol in memory: the page `sync-protocol.md` in code, and nothing else.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use ministash::key::Key;
use ministash::sync::{Outcome, Outgoing, Page, Reason, Row, Stamp, bucket_of, mark_of};
use ministash::value::Value;

/// What the server holds of a key.
#[derive(Debug, Clone)]
pub struct Held {
    pub version: u64,
    pub stamp: Stamp,
    pub by: String,
    pub value: Option<Value>,
}

/// A change that was applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    pub client: String,
    pub number: u64,
    pub key: String,
    pub value: Option<Value>,
}

#[derive(Debug, Clone, Default)]
pub struct Server {
    pub epoch: u64,
    pub version: u64,
    pub rows: BTreeMap<String, Held>,
    /// Every change that was ever applied, in order.
    pub log: Vec<Applied>,
    decided: BTreeMap<(String, u64), (String, Stamp, Outcome)>,
    /// Tombstones up to here are gone.
    horizon: u64,
}

/// How the server takes a mutation before it looks at rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Mood {
    Normal,
    Reject,
    Postpone,
}

impl Server {
    /// Decides one mutation, as the table of the protocol says.
    pub fn decide(&mut self, client: &str, sent: &Outgoing, mood: &Mood, now: u64) -> Outcome {
        let name = (client.to_owned(), sent.number);
        let key = sent.key.as_str().to_owned();
        if let Some((decided_key, stamp, outcome)) = self.decided.get(&name) {
            let is_same = *decided_key == key && *stamp == sent.stamp;
            return if is_same { outcome.clone() } else { Outcome::Reused };
        }
        let outcome = match mood {
            Mood::Postpone => return Outcome::Retry(1000),
            Mood::Reject => Outcome::Rejected(Reason {
                code: "FORBIDDEN".into(),
                message: "not allowed".into(),
                is_dead: false,
            }),
            Mood::Normal => self.apply(client, sent, now),
        };
        self.decided.insert(name, (key, sent.stamp, outcome.clone()));
        outcome
    }

    fn apply(&mut self, client: &str, sent: &Outgoing, now: u64) -> Outcome {
        let key = sent.key.as_str();
        let held = self.rows.get(key);
        let is_live = held.is_some_and(|held| held.value.is_some());
        let version = held.map_or(0, |held| held.version);
        let is_free = !is_live && (sent.base_version == 0 || sent.value.is_none());
        if version != sent.base_version && !is_free {
            return Outcome::Conflict(match held {
                Some(held) => row(key, held),
                None => Row {
                    key: sent.key.clone(),
                    version: 0,
                    stamp: Stamp::default(),
                    by: String::new(),
                    value: None,
                    upon: None,
                },
            });
        }
        self.version += 1;
        let stamp = sent.stamp.min(Stamp::at(now + 60_000));
        let by = format!("{client}:{}", sent.number);
        let value = sent.value.clone();
        let held = Held { version: self.version, stamp, by, value: value.clone() };
        self.rows.insert(key.to_owned(), held);
        self.log.push(Applied {
            client: client.to_owned(),
            number: sent.number,
            key: key.to_owned(),
            value: value.clone(),
        });
        Outcome::Accepted(self.version, (stamp != sent.stamp).then_some((stamp, value)))
    }

    /// Gives a page of the feed.
    pub fn pull(&self, after: &str, limit: usize) -> Page {
        let since = match self.place(after) {
            Some(since) => since,
            None => return Page { after: after.to_owned(), is_reset: true, ..Page::default() },
        };
        let mut rows: Vec<Row> = self
            .rows
            .iter()
            .filter(|(_, held)| held.version > since)
            .filter(|(_, held)| !after.is_empty() || held.value.is_some())
            .map(|(key, held)| row(key, held))
            .collect();
        rows.sort_by_key(|row| row.version);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = if more { rows.last().map_or(since, |row| row.version) } else { self.version };
        let cursor = format!("{}.{last}", self.epoch);
        Page { after: after.to_owned(), rows, cursor, more, is_reset: false }
    }

    fn place(&self, cursor: &str) -> Option<u64> {
        if cursor.is_empty() {
            return Some(0);
        }
        let (epoch, version) = cursor.split_once('.')?;
        let version = version.parse().ok()?;
        (epoch == self.epoch.to_string() && version >= self.horizon).then_some(version)
    }

    pub fn cursor(&self) -> String {
        format!("{}.{}", self.epoch, self.version)
    }

    /// The digest of the buckets that are not empty.
    pub fn digest(&self) -> Vec<(u8, (u64, u64))> {
        let mut digests: BTreeMap<u8, (u64, u64)> = BTreeMap::new();
        for (key, held) in self.rows.iter().filter(|(_, held)| held.value.is_some()) {
            let digest = digests.entry(bucket_of(key)).or_default();
            digest.0 += 1;
            digest.1 = (digest.1 + mark_of(key, held.version)) % (1 << 48);
        }
        digests.into_iter().collect()
    }

    /// The live rows of some buckets.
    pub fn rows_in(&self, buckets: &[u8]) -> Vec<Row> {
        let live = self.rows.iter().filter(|(_, held)| held.value.is_some());
        let there = live.filter(|(key, _)| buckets.contains(&bucket_of(key)));
        there.map(|(key, held)| row(key, held)).collect()
    }

    /// Throws tombstones away; who has not pulled since has to begin anew.
    pub fn purge(&mut self) {
        self.horizon = self.version;
        self.rows.retain(|_, held| held.value.is_some());
    }

    /// Begins a new life, in which no old cursor is known.
    pub fn begin_anew(&mut self) {
        self.epoch += 1;
        self.purge();
    }
}

fn row(key: &str, held: &Held) -> Row {
    Row {
        key: Key::new(key).unwrap(),
        version: held.version,
        stamp: held.stamp,
        by: held.by.clone(),
        value: held.value.clone(),
        upon: None,
    }
}
