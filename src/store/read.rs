//! Reading: from what the host holds to what it means.

use super::port::Trust;
use super::record::{Flags, Kind, Record, looks_like_envelope};
use super::{Store, port, seal, sealed, split};
use crate::clock::Timestamp;
use crate::config::{COMMIT_BYTES_MAX, READ_BATCH_KEYS, SCAN_BATCH_BYTES};
use crate::error::{Error, ErrorCode, Result};
use crate::flow::Io;
use crate::host::{Data, Holds};
use crate::key::{KEYSET, RESERVED, SEALS};
use crate::value::{Form, Value};

/// What lies under a host key: missing, readable and damaged are different answers.
#[derive(Debug)]
pub(super) enum Found {
    Missing,
    /// A value in the host's own shape, without metadata.
    Native(Value),
    /// An envelope; a split value's payload is still the head.
    Record(Record),
    /// Something that cannot be read, and why.
    Unreadable(Error),
}

impl Found {
    /// Whether something is there that a caller should know of, readable or not.
    pub(super) fn is_visible(&self, now: Timestamp) -> bool {
        match self {
            Self::Missing => false,
            Self::Record(record) => !record.is_expired(now),
            Self::Native(_) | Self::Unreadable(_) => true,
        }
    }
}

/// An entry as read: the raw data too, so that a commit can be undone.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) host_key: String,
    pub(super) raw: Option<Data>,
    pub(super) found: Found,
}

impl Entry {
    fn size(&self) -> usize {
        self.raw.as_ref().map_or(0, Data::len)
    }
}

/// How many keys the first ask of a scan reads, before it is known how large they are.
const SCAN_FIRST_KEYS: usize = 64;

/// Entries that are read one batch after another.
#[derive(Debug)]
pub(super) struct Scan {
    /// The last one comes first: what is read is cut off the end.
    rest: Vec<String>,
    count: usize,
}

impl Scan {
    /// Begins a scan of which so many entries will be enough.
    pub(super) fn new(mut host_keys: Vec<String>, enough: usize) -> Self {
        host_keys.reverse();
        Self { rest: host_keys, count: enough.clamp(SCAN_FIRST_KEYS, READ_BATCH_KEYS) }
    }

    /// Whether every entry was read.
    pub(super) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }
}

impl Store {
    /// Reads entries, a bounded number per ask, in the order of the keys.
    ///
    /// # Errors
    /// `VALUE_TOO_LARGE` when they are more than one verb may hold.
    pub(super) async fn load(&self, io: &Io, host_keys: Vec<String>) -> Result<Vec<Entry>> {
        self.load_with(io, host_keys, Trust::Own).await
    }

    /// As [`Store::load`], with more or less of it from the mirror.
    pub(super) async fn load_with(
        &self,
        io: &Io,
        host_keys: Vec<String>,
        trust: Trust,
    ) -> Result<Vec<Entry>> {
        let mut entries = Vec::with_capacity(host_keys.len());
        let mut bytes = 0;
        for batch in host_keys.chunks(READ_BATCH_KEYS) {
            let read = self.load_batch(io, batch, trust).await?;
            bytes += read.iter().map(Entry::size).sum::<usize>();
            if bytes > COMMIT_BYTES_MAX {
                return Err(Error::new(
                    ErrorCode::ValueTooLarge,
                    "more than 256 MiB would have to be held at once, name fewer keys",
                ));
            }
            entries.extend(read);
        }
        Ok(entries)
    }

    /// Reads the next batch of a scan; none is left when it is empty. Batches shrink where entries are
    /// large, so that a store of any size can be gone through.
    pub(super) async fn next_batch(&self, io: &Io, scan: &mut Scan) -> Result<Vec<Entry>> {
        let mut batch = scan.rest.split_off(scan.rest.len().saturating_sub(scan.count));
        batch.reverse();
        let entries = self.load_batch(io, &batch, Trust::Own).await?;
        let bytes: usize = entries.iter().map(Entry::size).sum();
        let mean = bytes / batch.len().max(1) + 1;
        scan.count = (SCAN_BATCH_BYTES / mean).clamp(1, READ_BATCH_KEYS);
        Ok(entries)
    }

    async fn load_batch(&self, io: &Io, host_keys: &[String], trust: Trust) -> Result<Vec<Entry>> {
        let raws = port::read(self, io, host_keys.to_vec(), trust).await?;
        let mut entries = Vec::with_capacity(host_keys.len());
        for (host_key, raw) in host_keys.iter().zip(raws) {
            let found = self.interpret(host_key, raw.as_ref());
            self.state(|state| match &found {
                Found::Record(record) => state.expiring.note(host_key, record.expires),
                // Who has it mended, or whose host misread it, finds it whole the next time.
                Found::Unreadable(_) => state.mirror.forget(host_key),
                _ => {}
            });
            entries.push(Entry { host_key: host_key.clone(), raw, found });
        }
        Ok(entries)
    }

    /// Opens the value of a record, its parts included.
    pub(super) async fn open_value(
        &self,
        io: &Io,
        host_key: &str,
        record: Record,
    ) -> Result<Value> {
        self.open_named(io, host_key, record).await.map(|(_, value)| value)
    }

    /// Opens the value of a record, and its key if that was hidden.
    pub(super) async fn open_named(
        &self,
        io: &Io,
        host_key: &str,
        mut record: Record,
    ) -> Result<(Option<String>, Value)> {
        let payload = self.take_payload(io, host_key, &mut record).await?;
        if !record.flags.has(Flags::SEALED) {
            return seal::open(record.flags, payload).map(|value| (None, value));
        }
        let plain = self.unseal(host_key, &record, payload)?;
        let (key, packed) = sealed::unwrap(record.flags, plain)?;
        let flags = Flags(record.flags.0 & !Flags::BASE64);
        Ok((key, seal::open(flags, packed)?))
    }

    /// Takes the payload of a record, which is in its parts if it is split.
    pub(super) async fn take_payload(
        &self,
        io: &Io,
        host_key: &str,
        record: &mut Record,
    ) -> Result<Vec<u8>> {
        if record.kind == Kind::Value {
            return Ok(std::mem::take(&mut record.payload));
        }
        let head = split::Head::decode(&record.payload)?;
        let keys = head.part_keys(host_key);
        let parts = port::read(self, io, keys.clone(), Trust::Own).await?;
        let joined = split::join(head, host_key, &parts);
        if joined.is_err() {
            self.state(|state| keys.iter().for_each(|key| state.mirror.forget(key)));
        }
        joined
    }

    fn interpret(&self, host_key: &str, raw: Option<&Data>) -> Found {
        let holds_native = self.capabilities().holds == Holds::Native;
        let decoded = match raw {
            None => return Found::Missing,
            // It is compared as it lies there, for every commit that seals something: no value of anybody.
            Some(_) if SEALS && host_key == KEYSET => {
                return Found::Unreadable(Error::corrupt(OTHER_KIND));
            }
            Some(Data::Text(text)) if holds_native && text.is_empty() => return Found::Missing,
            Some(Data::Text(text))
                if holds_native
                    && !host_key.starts_with(RESERVED)
                    && !looks_like_envelope(text.as_bytes()) =>
            {
                return Found::Native(Value { form: Form::String, text: text.clone() });
            }
            Some(Data::Native(value)) if !host_key.starts_with(RESERVED) => {
                return Found::Native(value.clone());
            }
            Some(Data::Native(_)) => {
                Err(Error::corrupt("the host holds a value of another's under a reserved key"))
            }
            Some(Data::Text(text)) => Record::decode(host_key, text.as_bytes()),
            Some(Data::Bytes(bytes)) => Record::decode(host_key, bytes),
        };
        match decoded {
            Ok(record) if matches!(record.kind, Kind::Value | Kind::Split) => Found::Record(record),
            Ok(_) => Found::Unreadable(Error::corrupt(OTHER_KIND)),
            Err(error) => Found::Unreadable(error),
        }
    }
}

const OTHER_KIND: &str = "a record of another kind lies under this key";

/// Reads a record of the library's own.
///
/// # Errors
/// `CORRUPT` when it is damaged or of another kind.
pub(super) fn decode_internal(host_key: &str, data: &Data, kind: Kind) -> Result<Record> {
    let record = match data {
        Data::Text(text) => Record::decode(host_key, text.as_bytes())?,
        Data::Bytes(bytes) => Record::decode(host_key, bytes)?,
        Data::Native(_) => {
            return Err(Error::corrupt("the host holds a value of another's under a reserved key"));
        }
    };
    if record.kind == kind {
        Ok(record)
    } else {
        Err(Error::corrupt("a record of another kind lies under a reserved key"))
    }
}
