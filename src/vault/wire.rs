//! The stored bytes of the vault: the head of what is sealed, and the keyset.
//!
//! `src/docs/format.md` draws both. The keyset's numbers and names are plain, its secrets are
//! wrapped; what proves it whole is made and checked in the engine.

use super::cipher::TAG_BYTES;
use super::credential::{Costs, Derivation};
use super::engine::Chance;
use super::secrets::{Entry, Role};
use crate::bytes::{Reader, Writer};
use crate::clock::Timestamp;
use crate::config::{KEYSET_SECRETS_MAX, NONCE_BYTES, SALT_BYTES, SECRET_BYTES};
use crate::error::{Error, ErrorCode, Result};

/// Begins everything that is sealed.
const MAGIC: &[u8; 4] = b"seal";
/// The version of what follows.
const FORMAT: u8 = 1;
/// AES-256-GCM with a 96-bit nonce and a 128-bit tag.
const AES_256_GCM: u8 = 1;
/// Magic, version, algorithm, identifier.
const HEAD: usize = 12;
/// What lies before the ciphertext. A multiple of 3, so that in base64 it ends with a character.
pub(super) const PREFIX: usize = HEAD + NONCE_BYTES;
/// A wrapped secret: nonce, ciphertext, tag.
pub(super) const WRAPPED: usize = NONCE_BYTES + SECRET_BYTES + TAG_BYTES;
/// What the keyset is checked with before it is used.
pub(super) const CHECK: usize = 16;
const WHOLE: usize = 32;
const KEYSET_FORMAT: u64 = 1;

/// What stands before a ciphertext.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prefix {
    /// Which secret sealed it.
    pub(super) id: u64,
    pub(super) nonce: [u8; NONCE_BYTES],
}

impl Prefix {
    /// Magic, version, algorithm and identifier; they are authenticated too.
    pub(super) fn head(self) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        let id = self.id.to_be_bytes();
        let fields = MAGIC.iter().chain(&[FORMAT, AES_256_GCM]).chain(id.iter().skip(2));
        head.iter_mut().zip(fields).for_each(|(byte, field)| *byte = *field);
        head
    }

    /// Reads what stands before a ciphertext.
    ///
    /// # Errors
    /// `CORRUPT`, or `UNSUPPORTED` for a later version or another algorithm.
    pub(super) fn decode(sealed: &[u8]) -> Result<Self> {
        let damaged = || Error::corrupt(DAMAGED);
        let (magic, rest) = sealed.split_at_checked(MAGIC.len()).ok_or_else(damaged)?;
        let (versions, rest) = rest.split_at_checked(2).ok_or_else(damaged)?;
        let (id, rest) = rest.split_at_checked(6).ok_or_else(damaged)?;
        let nonce = rest.first_chunk().ok_or_else(damaged)?;
        if magic != MAGIC {
            return Err(damaged());
        }
        if versions != [FORMAT, AES_256_GCM] {
            return Err(Error::new(
                ErrorCode::Unsupported,
                "the value was sealed in a later format, open it with a newer version of ministash",
            ));
        }
        Ok(Self { id: number(id), nonce: *nonce })
    }
}

/// The keyset as it was read.
#[derive(Debug)]
pub(super) struct Stored<'payload> {
    pub(super) derivation: Derivation,
    pub(super) check: [u8; CHECK],
    pub(super) entries: Vec<Entry>,
    /// What is proven whole.
    pub(super) covered: &'payload [u8],
    /// The proof.
    pub(super) whole: [u8; WHOLE],
}

/// Writes a keyset and proves it whole.
pub(super) fn encode<'entry>(
    derivation: &Derivation,
    check: &[u8; CHECK],
    entries: impl Iterator<Item = &'entry Entry> + Clone,
    prove: impl FnOnce(&[u8]) -> [u8; WHOLE],
) -> Vec<u8> {
    let mut writer = Writer::new();
    let (kind, [first, second, third]) = derivation.costs.numbers();
    writer.number(KEYSET_FORMAT).number(kind).number(first).number(second).number(third);
    writer.field(hex(&derivation.salt)).field(hex(check));
    writer.number(entries.clone().count() as u64);
    for entry in entries {
        writer.field(&entry.namespace).number(entry.role.number()).number(entry.id);
        writer.number(entry.created.millis()).number(entry.counted).field(hex(&entry.wrapped));
    }
    let mut payload = writer.finish();
    let mut writer = Writer::new();
    writer.field(hex(&prove(&payload)));
    payload.extend_from_slice(&writer.finish());
    payload
}

impl<'payload> Stored<'payload> {
    /// Reads a keyset.
    ///
    /// # Errors
    /// `CORRUPT`, or `UNSUPPORTED` for a later version.
    pub(super) fn decode(payload: &'payload [u8]) -> Result<Self> {
        let mut reader = Reader::new(payload);
        if reader.number()? != KEYSET_FORMAT {
            return Err(Error::new(
                ErrorCode::Unsupported,
                "the keyset was written in a later format, open it with a newer version of ministash",
            ));
        }
        let kind = reader.number()?;
        let costs = Costs::read(kind, [reader.number()?, reader.number()?, reader.number()?])?;
        let derivation = Derivation { costs, salt: bytes::<SALT_BYTES>(reader.field()?)? };
        let check = bytes(reader.field()?)?;
        let count = reader.number()?;
        if count > KEYSET_SECRETS_MAX as u64 {
            return Err(Error::corrupt(DAMAGED));
        }
        let mut entries = Vec::new();
        for _ in 0..count {
            entries.push(Entry {
                namespace: reader.text()?.to_owned(),
                role: Role::from_number(reader.number()?).ok_or_else(|| Error::corrupt(DAMAGED))?,
                id: reader.number()?,
                created: Timestamp::from_millis(reader.number()?),
                counted: reader.number()?,
                wrapped: bytes::<WRAPPED>(reader.field()?)?,
            });
        }
        let (covered, _) = payload.split_at(payload.len() - reader.left());
        let whole = bytes(reader.field()?)?;
        if !reader.is_done() {
            return Err(Error::corrupt(DAMAGED));
        }
        Ok(Self { derivation, check, entries, covered, whole })
    }
}

/// Draws the identifier of a secret: 48 bits.
pub(super) fn draw_id(chance: Chance<'_>) -> u64 {
    let mut id = [0; 6];
    chance(&mut id);
    number(&id)
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn bytes<const N: usize>(digits: &[u8]) -> Result<[u8; N]> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { continue };
        let (high, low) = value(*high).zip(value(*low)).ok_or_else(|| Error::corrupt(DAMAGED))?;
        *byte = high << 4 | low;
    }
    if digits.len() == 2 * N { Ok(bytes) } else { Err(Error::corrupt(DAMAGED)) }
}

pub(super) const DAMAGED: &str = "what was sealed is damaged, it is left in place for rescue; remove the key or set it with overwrite";
