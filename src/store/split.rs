//! Splitting: values larger than one entry of the host, cut into parts and joined again.
//!
//! The head lies under the value's own key and names an identifier that is new with every write.
//! Parts are written first; the head, one write, decides. Parts that no head refers to are garbage.

use super::record::{Flags, Kind, OVERHEAD, Record};
use crate::bytes::{Reader, Writer, checksum};
use crate::config::SPLIT_PARTS_MAX;
use crate::error::{Error, ErrorCode, Result};
use crate::host::{Data, Holds};
use crate::key::part_key;

/// What the head of a split value says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) id: u64,
    pub(super) parts: u64,
    pub(super) size: u64,
    pub(super) sum: u64,
}

impl Head {
    /// Reads the payload of a head.
    pub(super) fn decode(payload: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(payload);
        let mut number = || reader.number();
        let head = Self { id: number()?, parts: number()?, size: number()?, sum: number()? };
        // A longer identifier would be cut off in the names of the parts, and they would be garbage.
        if head.parts > SPLIT_PARTS_MAX as u64 || head.id >= 1 << 48 {
            return Err(Error::corrupt(DAMAGED));
        }
        Ok(head)
    }

    /// The host keys of the parts, in order.
    pub(super) fn part_keys(self, owner: &str) -> Vec<String> {
        (0..self.parts).map(|index| part_key(self.id, index, owner)).collect()
    }

    fn encode(self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.number(self.id).number(self.parts).number(self.size).number(self.sum);
        writer.finish()
    }
}

/// Cuts a record that exceeds the entry limit into a head and parts.
///
/// # Errors
/// `VALUE_TOO_LARGE` when the limit leaves no room for it.
pub(super) fn split(
    record: Record,
    owner: &str,
    id: u64,
    holds: Holds,
    entry_bytes: usize,
) -> Result<(Record, Vec<(String, Data)>)> {
    let room =
        entry_bytes.checked_sub(part_key(id, SPLIT_PARTS_MAX as u64, owner).len() + OVERHEAD);
    let Some(room) = room.filter(|room| *room >= PART_BYTES_MIN) else {
        return Err(Error::new(
            ErrorCode::ValueTooLarge,
            "the host's entries are too small for this key and value",
        ));
    };
    let parts: Vec<(String, Data)> = pieces(&record.payload, room, holds)
        .enumerate()
        .map(|(index, piece)| {
            let key = part_key(id, index as u64, owner);
            let part = Record {
                flags: Flags::default(),
                ..Record::internal(Kind::Part, record.updated, piece.to_vec())
            };
            let data = data(part.encode(&key), holds);
            (key, data)
        })
        .collect();
    if parts.len() > SPLIT_PARTS_MAX {
        return Err(Error::new(
            ErrorCode::ValueTooLarge,
            "the value would need more than 4096 entries of the host",
        ));
    }
    let head = Head {
        id,
        parts: parts.len() as u64,
        size: record.payload.len() as u64,
        sum: u64::from(checksum(&[&record.payload])),
    };
    Ok((Record { kind: Kind::Split, payload: head.encode(), ..record }, parts))
}

/// Joins the parts that a head names.
///
/// # Errors
/// `CORRUPT` when one is missing or damaged.
pub(super) fn join(head: Head, owner: &str, parts: &[Option<Data>]) -> Result<Vec<u8>> {
    let mut payload = Vec::new();
    for (key, part) in head.part_keys(owner).iter().zip(parts) {
        let part = part.as_ref().ok_or_else(|| Error::corrupt(DAMAGED))?;
        payload.extend_from_slice(&super::read::decode_internal(key, part, Kind::Part)?.payload);
    }
    let whole = payload.len() as u64 == head.size && u64::from(checksum(&[&payload])) == head.sum;
    if whole { Ok(payload) } else { Err(Error::corrupt(DAMAGED)) }
}

/// Cuts bytes into pieces of at most `room` bytes; on hosts that hold text, between characters.
pub(super) fn pieces(bytes: &[u8], room: usize, holds: Holds) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut length = rest.len().min(room.max(4));
        // A byte of the form 10xxxxxx goes on with a character: the cut moves before that character.
        while holds != Holds::Bytes
            && rest.get(length).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000)
        {
            length -= 1;
        }
        let (piece, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(piece)
    })
}

/// Wraps an encoded envelope as the host holds it.
pub(super) fn data(envelope: Vec<u8>, holds: Holds) -> Data {
    match holds {
        Holds::Bytes => Data::Bytes(envelope),
        Holds::Text | Holds::Native => Data::Text(
            String::from_utf8(envelope)
                .expect("payloads on hosts that hold text are made of text only"),
        ),
    }
}

const DAMAGED: &str = "a part of the stored value is damaged or missing, what is left of it stays in place for rescue";
const PART_BYTES_MIN: usize = 16;
/// Every identifier has this bit, so that all of them are of one length and sizes can be foretold.
pub(super) const ID_MIN: u64 = 1 << 47;
