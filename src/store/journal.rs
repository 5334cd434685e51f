//! The journal: what makes several host writes one commit on hosts that cannot commit.
//!
//! It is a redo list. Written whole before anything is touched, it makes the commit certain; applied
//! and removed afterwards, or at the next open if the process died. A list that is larger than the
//! host's entry limit lies in chunks, which are written before the head that names them: the head
//! alone decides. This module knows the bytes; `commit.rs` knows the order of the asks.

use super::record::{Kind, OVERHEAD, Record};
use crate::bytes::{Reader, Writer, checksum, decimal, hex};
use crate::clock::Timestamp;
use crate::config::SPLIT_PARTS_MAX;
use crate::error::{Error, ErrorCode, Result};
use crate::host::{Data, Holds};
use crate::key::JOURNAL;
use crate::value::{Form, Value};

/// What a commit does to the host: every key at most once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Redo {
    pub(super) writes: Vec<(String, Data)>,
    pub(super) removes: Vec<String>,
}

impl Redo {
    pub(super) fn len(&self) -> usize {
        self.writes.len() + self.removes.len()
    }
}

/// What the head of a journal says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// The list itself.
    Whole(Redo),
    /// The list lies in these chunks, and has this checksum when put together.
    Chunked { keys: Vec<String>, sum: u64 },
}

/// A journal ready to be written: chunks first, then the head.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) chunks: Vec<(String, Data)>,
    pub(super) head: Data,
}

impl Written {
    /// The room that the journal takes, in bytes.
    pub(super) fn size(&self) -> usize {
        let chunks: usize = self.chunks.iter().map(|(key, data)| key.len() + data.len()).sum();
        chunks + JOURNAL.len() + self.head.len()
    }
}

/// Writes the journal of a redo list; `id` keeps the chunks of two journals apart.
///
/// # Errors
/// `VALUE_TOO_LARGE` when it would need more chunks than are read again.
pub(super) fn encode(
    redo: &Redo,
    id: u64,
    now: Timestamp,
    holds: Holds,
    entry_bytes: Option<usize>,
) -> Result<Written> {
    let list = encode_list(redo);
    let head = |payload: Vec<u8>| envelope(JOURNAL, now, payload, holds);
    let limit = entry_bytes
        .map_or(usize::MAX, |limit| limit.saturating_sub(OVERHEAD + CHUNK_KEY_BYTES_MAX + 32));
    if list.len() <= limit {
        let mut writer = Writer::new();
        writer.field("whole").field(list);
        return Ok(Written { chunks: Vec::new(), head: head(writer.finish()) });
    }
    let sum = checksum(&[&list]);
    let mut writer = Writer::new();
    writer.field("chunked").number(u64::from(sum)).number(id);
    let chunks: Vec<(String, Data)> = super::split::pieces(&list, limit, holds)
        .enumerate()
        .map(|(index, piece)| {
            let key = chunk_key(id, index as u64);
            let data = envelope(&key, now, piece.to_vec(), holds);
            (key, data)
        })
        .collect();
    if chunks.len() > SPLIT_PARTS_MAX {
        return Err(Error::new(
            ErrorCode::ValueTooLarge,
            "the journal of this commit would need more than 4096 entries of the host, commit less at once",
        ));
    }
    writer.number(chunks.len() as u64);
    Ok(Written { chunks, head: head(writer.finish()) })
}

/// Reads the head of a journal.
///
/// # Errors
/// `CORRUPT` when it is damaged.
pub(super) fn decode(data: &Data) -> Result<Head> {
    let record = super::read::decode_internal(JOURNAL, data, Kind::Journal)?;
    let mut reader = Reader::new(&record.payload);
    match reader.field()? {
        b"whole" => Ok(Head::Whole(decode_list(reader.field()?)?)),
        b"chunked" => {
            let (sum, id, count) = (reader.number()?, reader.number()?, reader.number()?);
            if count > SPLIT_PARTS_MAX as u64 {
                return Err(Error::corrupt(DAMAGED));
            }
            Ok(Head::Chunked { keys: (0..count).map(|index| chunk_key(id, index)).collect(), sum })
        }
        _ => Err(Error::corrupt(DAMAGED)),
    }
}

/// Puts a chunked list together.
///
/// # Errors
/// `CORRUPT` when a chunk is missing or damaged.
pub(super) fn join(keys: &[String], sum: u64, chunks: &[Option<Data>]) -> Result<Redo> {
    let mut list = Vec::new();
    for (key, chunk) in keys.iter().zip(chunks) {
        let data = chunk.as_ref().ok_or_else(|| Error::corrupt(DAMAGED))?;
        list.extend_from_slice(&super::read::decode_internal(key, data, Kind::Journal)?.payload);
    }
    if u64::from(checksum(&[&list])) != sum {
        return Err(Error::corrupt(DAMAGED));
    }
    decode_list(&list)
}

const DAMAGED: &str = "the journal is damaged";
const CHUNK_KEY_BYTES_MAX: usize = JOURNAL.len() + 12 + 1 + 20;

fn chunk_key(id: u64, index: u64) -> String {
    [JOURNAL, &hex(id, 12), ".", &decimal(index)].concat()
}

fn envelope(key: &str, now: Timestamp, payload: Vec<u8>, holds: Holds) -> Data {
    super::split::data(Record::internal(Kind::Journal, now, payload).encode(key), holds)
}

fn encode_list(redo: &Redo) -> Vec<u8> {
    let mut writer = Writer::new();
    for (key, data) in &redo.writes {
        writer.field(key);
        match data {
            Data::Text(text) => writer.field("t").field(text),
            Data::Bytes(bytes) => writer.field("b").field(bytes),
            Data::Native(value) => {
                let kind: &[u8] = match value.form {
                    Form::Json => b"n0",
                    Form::Tagged => b"n1",
                    Form::String => b"n2",
                };
                writer.field(kind).field(&value.text)
            }
        };
    }
    for key in &redo.removes {
        writer.field(key).field("r");
    }
    writer.finish()
}

fn decode_list(list: &[u8]) -> Result<Redo> {
    let mut reader = Reader::new(list);
    let mut redo = Redo::default();
    while !reader.is_done() {
        let key = reader.text()?.to_owned();
        let native = |form, text: &str| Data::Native(Value { form, text: text.to_owned() });
        let data = match reader.field()? {
            b"r" => {
                redo.removes.push(key);
                continue;
            }
            b"t" => Data::Text(reader.text()?.to_owned()),
            b"b" => Data::Bytes(reader.field()?.to_vec()),
            b"n0" => native(Form::Json, reader.text()?),
            b"n1" => native(Form::Tagged, reader.text()?),
            b"n2" => native(Form::String, reader.text()?),
            _ => return Err(Error::corrupt(DAMAGED)),
        };
        redo.writes.push((key, data));
    }
    Ok(redo)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redo() -> Redo {
        let native = |form, text: &str| Data::Native(Value { form, text: text.into() });
        Redo {
            writes: vec![
                ("a".into(), Data::Text("文,:".repeat(9))),
                ("b".into(), native(Form::Json, "{}")),
                ("c".into(), native(Form::String, "")),
                ("e".into(), native(Form::Tagged, "[]")),
            ],
            removes: vec!["d".into(), "名".into()],
        }
    }

    #[test]
    fn a_list_comes_back_whole_or_in_chunks() {
        for holds in [Holds::Text, Holds::Bytes] {
            for entry_bytes in [None, Some(4096), Some(180), Some(160)] {
                let now = Timestamp::from_millis(0);
                let written = encode(&redo(), 7, now, holds, entry_bytes).unwrap();
                let found = match decode(&written.head).unwrap() {
                    Head::Whole(redo) => redo,
                    Head::Chunked { keys, sum } => {
                        let chunks: Vec<_> =
                            written.chunks.iter().map(|(_, data)| Some(data.clone())).collect();
                        assert_eq!(
                            keys,
                            written.chunks.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>()
                        );
                        join(&keys, sum, &chunks).unwrap()
                    }
                };
                assert_eq!(found, redo());
                let limit = entry_bytes.unwrap_or(usize::MAX);
                assert!(written.chunks.iter().all(|(key, data)| key.len() + data.len() <= limit));
                assert!(JOURNAL.len() + written.head.len() <= limit);
            }
        }
    }
}
