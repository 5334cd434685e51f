//! The envelope: the stored bytes of everything that is not a native value.
//!
//! One ASCII header serves hosts that hold bytes and hosts that hold text; `src/docs/format.md`
//! draws it. A mark at each end makes an envelope recognisable even when one bit of a mark is
//! damaged, and the checksum covers the host key, so that a record under another's key is found.

use crate::bytes::{checksum, parse_hex, push_hex};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorCode, Result};
use crate::key::{NEEDS_ENCRYPTION, SEALS};

/// Begins and ends every envelope.
const MARK: &[u8] = b"~ms~";
/// The version of the format that this code writes.
const VERSION: u8 = b'1';
/// No expiry.
const NEVER: u64 = (1 << 48) - 1;
/// Up to the checksum: mark, version, kind, flags, created, updated, expires, record version.
const CHECKED_HEADER: usize = 4 + 1 + 1 + 2 + 12 * 4;
/// The whole header: with the checksum and the `~` that ends it.
const HEADER: usize = CHECKED_HEADER + 8 + 1;
/// What an envelope adds to its payload, in bytes.
pub(super) const OVERHEAD: usize = HEADER + MARK.len();

/// What an envelope holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A value.
    Value,
    /// The head of a value that is split into parts.
    Split,
    /// One part of a split value.
    Part,
    /// The journal of a commit in progress.
    Journal,
    /// The install stamp.
    Stamp,
    /// The keyset.
    Keyset,
}

impl Kind {
    const ALL: [(Self, u8); 6] = [
        (Self::Value, b'v'),
        (Self::Split, b's'),
        (Self::Part, b'p'),
        (Self::Journal, b'j'),
        (Self::Stamp, b'i'),
        (Self::Keyset, b'k'),
    ];
}

/// Why a whole record is not read.
const LATER: &str =
    "the record was written in a later format, open it with a newer version of ministash";

/// How the payload of a value is to be read: bits of the header's flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Flags(pub(super) u8);

impl Flags {
    pub(super) const FORM: u8 = 0b0011;
    pub(super) const COMPRESSED: u8 = 0b0100;
    pub(super) const BASE64: u8 = 0b1000;
    /// What says that a payload is sealed, whether this build can open it or not.
    const IS_SEALED: u8 = 0b1_0000;
    pub(super) const SEALED: u8 = if SEALS { Self::IS_SEALED } else { 0 };
    pub(super) const PADDED: u8 = if SEALS { 0b10_0000 } else { 0 };
    pub(super) const HIDDEN: u8 = if SEALS { 0b100_0000 } else { 0 };
    /// A build without encryption does not know what belongs to it.
    const KNOWN: u8 = 0b1111 | Self::SEALED | Self::PADDED | Self::HIDDEN;

    pub(super) const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }
}

/// An envelope, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) kind: Kind,
    pub(super) flags: Flags,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) expires: Option<Timestamp>,
    pub(super) version: u64,
    pub(super) payload: Vec<u8>,
}

impl Record {
    /// A record of the library's own, without expiry.
    pub(super) fn internal(kind: Kind, now: Timestamp, payload: Vec<u8>) -> Self {
        Self {
            kind,
            flags: Flags::default(),
            created: now,
            updated: now,
            expires: None,
            version: 0,
            payload,
        }
    }

    /// Whether its time is over.
    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Writes the envelope that belongs under this host key.
    pub(super) fn encode(&self, host_key: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.payload.len() + OVERHEAD);
        out.extend_from_slice(MARK);
        out.push(VERSION);
        out.push(
            Kind::ALL
                .iter()
                .find(|(kind, _)| *kind == self.kind)
                .map_or(b'?', |(_, letter)| *letter),
        );
        self.push_fields(&mut out);
        let sum = checksum(&[host_key.as_bytes(), &out, &self.payload]);
        push_hex(&mut out, u64::from(sum), 8);
        out.push(b'~');
        out.extend_from_slice(&self.payload);
        out.extend_from_slice(MARK);
        out
    }

    /// Where and when the record lies, which is bound to what is sealed in it: the fields of its
    /// header, as they are written, and its host key.
    pub(super) fn context(&self, host_key: &str) -> Vec<u8> {
        let mut context = Vec::with_capacity(CHECKED_HEADER + host_key.len());
        self.push_fields(&mut context);
        context.extend_from_slice(host_key.as_bytes());
        context
    }

    fn push_fields(&self, out: &mut Vec<u8>) {
        push_hex(out, u64::from(self.flags.0), 2);
        let expires = self.expires.map_or(NEVER, Timestamp::millis);
        for number in [self.created.millis(), self.updated.millis(), expires, self.version] {
            push_hex(out, number, 12);
        }
    }

    /// Opens the envelope found under this host key.
    ///
    /// # Errors
    /// `CORRUPT` when anything in it is damaged or belongs under another key; `UNSUPPORTED` when it
    /// is whole but of a later format.
    pub(super) fn decode(host_key: &str, envelope: &[u8]) -> Result<Self> {
        let fields = Fields::split(envelope).ok_or_else(|| Error::corrupt(DAMAGED))?;
        let sum = checksum(&[host_key.as_bytes(), fields.checked, fields.payload]);
        if fields.sum != u64::from(sum) {
            return Err(Error::corrupt(DAMAGED));
        }
        if fields.version != VERSION || fields.flags & !u64::from(Flags::KNOWN) != 0 {
            let is_sealed = !SEALS && fields.flags & u64::from(Flags::IS_SEALED) != 0;
            return Err(Error::new(
                ErrorCode::Unsupported,
                if is_sealed && fields.version == VERSION { NEEDS_ENCRYPTION } else { LATER },
            ));
        }
        let [created, updated, expires, version] = fields.numbers;
        if created == NEVER || updated == NEVER {
            return Err(Error::corrupt(DAMAGED));
        }
        let kind =
            Kind::ALL.iter().find(|(_, letter)| *letter == fields.kind).map(|(kind, _)| *kind);
        Ok(Self {
            kind: kind.ok_or_else(|| Error::corrupt(DAMAGED))?,
            flags: Flags(u8::try_from(fields.flags).unwrap_or_default()),
            created: Timestamp::from_millis(created),
            updated: Timestamp::from_millis(updated),
            expires: (expires != NEVER).then(|| Timestamp::from_millis(expires)),
            version,
            payload: fields.payload.to_vec(),
        })
    }
}

const DAMAGED: &str = "the stored record is damaged, it is left in place for rescue; remove the key or set it with overwrite";

struct Fields<'envelope> {
    checked: &'envelope [u8],
    version: u8,
    kind: u8,
    flags: u64,
    numbers: [u64; 4],
    sum: u64,
    payload: &'envelope [u8],
}

impl<'envelope> Fields<'envelope> {
    fn split(envelope: &'envelope [u8]) -> Option<Self> {
        let (header, rest) = envelope.split_at_checked(HEADER)?;
        let payload = rest.strip_suffix(MARK)?;
        let (checked, sum) = header.split_at_checked(CHECKED_HEADER)?;
        let (&version, rest) = checked.strip_prefix(MARK)?.split_first()?;
        let (&kind, rest) = rest.split_first()?;
        let (flags, rest) = rest.split_at_checked(2)?;
        let mut numbers = [0; 4];
        for (number, digits) in numbers.iter_mut().zip(rest.chunks_exact(12)) {
            *number = parse_hex(digits)?;
        }
        let sum = parse_hex(sum.strip_suffix(b"~")?)?;
        Some(Self { checked, version, kind, flags: parse_hex(flags)?, numbers, sum, payload })
    }
}

/// Whether text could be an envelope, whole, cut short or with one mark damaged. Such a string is
/// never stored natively, and never read as native.
pub(super) fn looks_like_envelope(text: &[u8]) -> bool {
    text.starts_with(MARK) || text.ends_with(MARK) || (!text.is_empty() && MARK.starts_with(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            kind: Kind::Value,
            flags: Flags(2),
            created: Timestamp::from_millis(1),
            updated: Timestamp::from_millis(2),
            expires: Some(Timestamp::from_millis(3)),
            version: 0xabc,
            payload: "值".into(),
        }
    }

    #[test]
    fn an_envelope_opens_to_what_was_put_in() {
        for expires in [None, Some(Timestamp::from_millis(0)), Some(Timestamp::MAX)] {
            let record = Record { expires, ..record() };
            let envelope = record.encode("key");
            assert_eq!(envelope.len(), OVERHEAD + record.payload.len());
            assert_eq!(Record::decode("key", &envelope), Ok(record));
        }
    }

    #[test]
    fn every_flipped_bit_every_truncation_and_another_key_are_corrupt() {
        let envelope = record().encode("key");
        for bit in 0..envelope.len() * 8 {
            let mut damaged = envelope.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                Record::decode("key", &damaged).unwrap_err().code,
                ErrorCode::Corrupt,
                "bit {bit}"
            );
            assert!(looks_like_envelope(&damaged), "bit {bit}");
        }
        for length in 0..envelope.len() {
            let cut = &envelope[..length];
            assert_eq!(
                Record::decode("key", cut).unwrap_err().code,
                ErrorCode::Corrupt,
                "length {length}"
            );
            assert_eq!(looks_like_envelope(cut), length > 0);
        }
        assert_eq!(Record::decode("kez", &envelope).unwrap_err().code, ErrorCode::Corrupt);
    }

    #[test]
    fn a_whole_record_of_a_later_format_is_unsupported_not_corrupt() {
        let mut later = record().encode("key");
        later[4] = b'2';
        let sum = checksum(&[b"key", &later[..CHECKED_HEADER], "值".as_bytes()]);
        later.splice(CHECKED_HEADER..CHECKED_HEADER + 8, format!("{sum:08x}").into_bytes());
        assert_eq!(Record::decode("key", &later).unwrap_err().code, ErrorCode::Unsupported);
    }
}
