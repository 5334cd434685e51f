//! The shadow of the server: which rows it has, in which version, as far as this device knows.
//!
//! It lies in 256 buckets by the hash of the keys, each a record that is read when it is needed. The
//! same buckets are what a digest compares.

use sha2::{Digest, Sha256};

use super::sorted::Sorted;
use crate::bytes::{Reader, Writer, decimal, hex_of, parse_hex};
use crate::error::Result;
use crate::key::Key;

/// How many bits of the hash of a row its mark has.
const MARK_BYTES: usize = 6;

/// The bucket of a key.
#[must_use]
pub fn bucket_of(key: &str) -> u8 {
    let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    hash[0]
}

/// The mark of a row: 48 bits of a hash of its key and its version.
#[must_use]
pub fn mark_of(key: &str, version: u64) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(key.as_bytes());
    hasher.update(b"\n");
    hasher.update(decimal(version).as_bytes());
    let hash: [u8; 32] = hasher.finalize().into();
    hash.iter().take(MARK_BYTES).fold(0, |mark, byte| mark << 8 | u64::from(*byte))
}

/// What is known of one row of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    version: u64,
    /// In which life of the server's history it was seen.
    epoch: u64,
}

/// The rows of one bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bucket(Sorted<String, Known>);

impl Bucket {
    pub(super) fn decode(text: &str) -> Result<Self> {
        let mut reader = Reader::new(text.as_bytes());
        let mut rows = Sorted::default();
        while !reader.is_done() {
            let key = reader.text()?.to_owned();
            rows.insert(key, Known { version: reader.number()?, epoch: reader.number()? });
        }
        Ok(Self(rows))
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        for (key, known) in self.0.iter() {
            writer.field(key).number(known.version).number(known.epoch);
        }
        writer.finish()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many rows there are, and the sum of their marks, in 48 bits.
    pub(super) fn digest(&self) -> (u64, u64) {
        let sum = self.0.iter().fold(0u64, |sum, (key, known)| {
            sum.wrapping_add(mark_of(key, known.version)) & ((1 << (8 * MARK_BYTES)) - 1)
        });
        (self.0.len() as u64, sum)
    }
}

/// Which buckets have rows: the others need not be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Filled([u8; 32]);

impl Filled {
    pub(super) fn has(&self, number: u8) -> bool {
        self.0.get(usize::from(number / 8)).is_some_and(|byte| byte & (1 << (number % 8)) != 0)
    }

    pub(super) fn set(&mut self, number: u8, is_filled: bool) {
        let Some(byte) = self.0.get_mut(usize::from(number / 8)) else { return };
        let bit = 1 << (number % 8);
        *byte = if is_filled { *byte | bit } else { *byte & !bit };
    }

    pub(super) fn digits(&self) -> String {
        hex_of(&self.0)
    }

    pub(super) fn parse(digits: &str) -> Option<Self> {
        let mut filled = Self::default();
        for (at, byte) in filled.0.iter_mut().enumerate() {
            let pair = digits.as_bytes().get(2 * at..2 * at + 2)?;
            *byte = u8::try_from(parse_hex(pair)?).ok()?;
        }
        Some(filled)
    }
}

/// Some buckets, as they are read for one verb, and what it changes in them.
#[derive(Debug, Default)]
pub(super) struct Shadows {
    pub(super) epoch: u64,
    filled: Filled,
    buckets: Sorted<u8, Bucket>,
    changed: Sorted<u8, ()>,
}

impl Shadows {
    pub(super) fn new(epoch: u64, filled: Filled) -> Self {
        Self { epoch, filled, ..Self::default() }
    }

    pub(super) fn insert(&mut self, number: u8, bucket: Bucket) {
        self.buckets.insert(number, bucket);
    }

    /// Whether a bucket has to be read before it is looked at.
    pub(super) fn lacks(&self, number: u8) -> bool {
        self.filled.has(number) && !self.buckets.has(&number)
    }

    /// Takes note that what was changed is stored.
    pub(super) fn saved(&mut self) {
        self.changed = Sorted::default();
    }

    /// The version that was seen of a row in this life of the server, 0 for none; nothing if it was
    /// never seen.
    pub(super) fn known(&self, key: &Key) -> Option<u64> {
        let known = self.buckets.get(&bucket_of(key.as_str()))?.0.get(&key.as_str().to_owned())?;
        Some(if known.epoch == self.epoch { known.version } else { 0 })
    }

    /// The same, and 0 for one that was never seen.
    pub(super) fn version(&self, key: &Key) -> u64 {
        self.known(key).unwrap_or(0)
    }

    /// Takes note of a row; 0 forgets it.
    pub(super) fn note(&mut self, key: &Key, version: u64) {
        let number = bucket_of(key.as_str());
        let known = Known { version, epoch: self.epoch };
        let name = key.as_str().to_owned();
        if !self.buckets.has(&number) {
            self.insert(number, Bucket::default());
        }
        let Some(Bucket(rows)) = self.buckets.get_mut(&number) else { return };
        let before = if version == 0 { rows.remove(&name) } else { rows.insert(name, known) };
        if before != (version != 0).then_some(known) {
            self.changed.insert(number, ());
        }
    }

    /// The keys of rows that were not seen in this life of the server.
    pub(super) fn stale(&self) -> impl Iterator<Item = &str> {
        let all = self.buckets.iter().flat_map(|(_, bucket)| bucket.0.iter());
        all.filter(|(_, known)| known.epoch != self.epoch).map(|(key, _)| key.as_str())
    }

    /// The keys of all rows.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.buckets.iter().flat_map(|(_, bucket)| bucket.0.iter().map(|(key, _)| key.as_str()))
    }

    /// The buckets that were changed.
    pub(super) fn changed(&self) -> impl Iterator<Item = (u8, &Bucket)> {
        self.changed.iter().filter_map(|(number, ())| Some((*number, self.buckets.get(number)?)))
    }

    /// The digest of each bucket that is not empty.
    pub(super) fn digests(&self) -> impl Iterator<Item = (u8, (u64, u64))> {
        let all = self.buckets.iter().filter(|(_, bucket)| !bucket.is_empty());
        all.map(|(number, bucket)| (*number, bucket.digest()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_and_marks_are_those_of_the_protocol() {
        // printf 'user_123' | sha256sum; printf 'user_123\n58' | sha256sum
        assert_eq!(bucket_of("user_123"), 0x80);
        assert_eq!(mark_of("user_123", 58), 0xf262_2b6f_dac0);
    }

    #[test]
    fn a_bucket_comes_back_as_it_was() {
        let mut shadows = Shadows::new(3, Filled::default());
        let key = Key::new("k:1,\n名").expect("a key");
        shadows.note(&key, 7);
        let (number, bucket) = shadows.changed().next().expect("it was changed");
        let text = String::from_utf8(bucket.encode()).expect("it is text");
        let mut later = Shadows::new(3, Filled::default());
        later.insert(number, Bucket::decode(&text).expect("it was written so"));
        assert_eq!(later.version(&key), 7);
        later.epoch = 4;
        assert_eq!(later.version(&key), 0, "another life of the server");
        assert_eq!(later.stale().count(), 1);
        assert!(Bucket::decode("3:abc,1:").is_err());
    }
}
