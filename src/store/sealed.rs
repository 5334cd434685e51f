//! Sealing: from a packed value to what only the holder of a secret can read, and back.
//!
//! The store knows where a sealed value lies, what is bound to it and how it is padded; who holds
//! the secrets, and which, is known to the [`Sealer`] alone.

use std::collections::VecDeque;
use std::fmt;

use ministash_bulk::base64;

use super::port::Trust;
use super::read::{Entry, Found};
use super::record::{Flags, Kind, Record};
use super::{Store, port, split};
use crate::config::{NONCE_BYTES, PROVEN_MAX};
use crate::error::{Error, ErrorCode, Result};
use crate::flow::Io;
use crate::host::{Data, Holds};
use crate::key::{HIDDEN, Key, NEEDS_ENCRYPTION, Namespace, SEALS, Sealing, parse_host_key};

/// Who holds the secrets.
pub trait Sealer {
    /// Seals bytes with a namespace's secret; what is bound to them must be the same when they are
    /// opened.
    ///
    /// # Errors
    /// `LOCKED`, `SECRET_MISSING`.
    fn seal(
        &self,
        namespace: &str,
        bound: &[u8],
        plain: &[u8],
        nonce: [u8; NONCE_BYTES],
    ) -> Result<Vec<u8>>;

    /// Opens in place what was sealed.
    ///
    /// # Errors
    /// `LOCKED`, `SECRET_MISSING`, `CORRUPT`, `UNSUPPORTED`.
    fn open(&self, namespace: &str, bound: &[u8], sealed: &mut Vec<u8>) -> Result<()>;

    /// Hides a key; nothing if the namespace has never hidden one.
    ///
    /// # Errors
    /// `LOCKED`.
    fn hide(&self, namespace: &str, key: &str) -> Result<Option<[u8; 32]>>;

    /// Whether what lies on the host as keyset is the one in use: nothing must be sealed with a
    /// secret that could not be found again.
    fn is_current(&self, keyset: Option<&Data>) -> bool;

    /// Whether it is unlocked.
    fn is_unlocked(&self) -> bool;
}

// Not a supertrait: what can be shown must be carried, and nothing in the core shows anything.
impl fmt::Debug for dyn Sealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sealer")
    }
}

/// The versions of the records that this instance sealed or opened lately, so that a value need not be
/// opened before it is replaced. A version is drawn by chance and names one content, for as long as
/// nobody else writes to the host.
#[derive(Debug, Default)]
pub(super) struct Proven(VecDeque<u64>);

impl Proven {
    fn note(&mut self, version: u64) {
        if self.0.len() >= PROVEN_MAX {
            self.0.pop_front();
        }
        self.0.push_back(version);
    }
}

/// What sealing adds: magic, versions, identifier, nonce; the tag.
pub(super) const SEAL_BYTES: usize = 24 + 16;
/// What of a sealed value says which secret sealed it.
const PREFIX: usize = 24;
/// The smallest bucket: short secrets are the ones whose length tells most.
const BUCKET_BYTES_MIN: usize = 256;
/// Ends what is padded (ISO/IEC 7816-4).
const PAD: u8 = 0x80;

impl Store {
    /// Names who holds the secrets; before the store is opened, and once.
    pub fn install(&self, sealer: std::rc::Rc<dyn Sealer>) {
        let is_first = self.0.sealer.set(sealer).is_ok();
        debug_assert!(is_first, "a store has one sealer");
    }

    pub(super) fn sealer(&self) -> Result<&dyn Sealer> {
        let held = if SEALS { self.0.sealer.get() } else { None };
        held.map(std::rc::Rc::as_ref)
            .ok_or_else(|| Error::new(ErrorCode::Unsupported, NEEDS_ENCRYPTION))
    }

    /// The host key of a key.
    ///
    /// # Errors
    /// `LOCKED` when names are hidden and the secret is locked away.
    pub(super) fn host_key(&self, namespace: &Namespace, key: &Key) -> Result<String> {
        if !namespace.hides_names() {
            return Ok(namespace.host_key(key));
        }
        let digest = self.sealer()?.hide(namespace.path(), key.as_str())?;
        let mut host_key = namespace.prefix();
        host_key.push_str(HIDDEN);
        match digest {
            Some(digest) => host_key.push_str(&base64::encode_for_name(&digest)),
            // No name is so short: nothing was ever stored here.
            None => host_key.push('-'),
        }
        Ok(host_key)
    }

    /// Whether some of the namespaces may have something sealed in this commit.
    pub(super) fn may_seal<'change>(
        &self,
        mut namespaces: impl Iterator<Item = &'change Namespace>,
    ) -> bool {
        self.sealer().is_ok_and(Sealer::is_unlocked)
            && namespaces.any(|namespace| namespace.sealing() != Sealing::None)
    }

    /// Refuses to seal when the keyset on the host is not the one in use.
    pub(super) fn check_keyset(&self, found: Option<&Data>) -> Result<()> {
        if self.sealer()?.is_current(found) {
            return Ok(());
        }
        Err(Error::new(ErrorCode::Busy, "the keyset was changed by somebody else, try again"))
    }

    /// Seals the packed payload of a record; flags, times and version must be what they will be.
    pub(super) fn seal(&self, host_key: &str, record: Record) -> Result<Record> {
        let namespace = namespace_of(host_key);
        let mut nonce = [0; NONCE_BYTES];
        self.draw(&mut nonce);
        let bound = record.context(host_key);
        let sealed = self.sealer()?.seal(namespace.path(), &bound, &record.payload, nonce)?;
        let payload = if record.flags.has(Flags::BASE64) {
            base64::encode(&sealed).into_bytes()
        } else {
            sealed
        };
        self.state(|state| state.proven.note(record.version));
        Ok(Record { payload, ..record })
    }

    /// Opens the payload of a sealed record, which its parts make up if it is split; gives what was
    /// packed, with its flags.
    pub(super) fn unseal(
        &self,
        host_key: &str,
        record: &Record,
        payload: Vec<u8>,
    ) -> Result<Vec<u8>> {
        let sealer = self.sealer()?;
        let mut sealed = if record.flags.has(Flags::BASE64) {
            base64::decode(&payload).ok_or_else(damaged)?
        } else {
            payload
        };
        let namespace = namespace_of(host_key);
        sealer.open(namespace.path(), &record.context(host_key), &mut sealed)?;
        self.state(|state| state.proven.note(record.version));
        Ok(sealed)
    }

    /// Whether a sealed record is known to open.
    pub(super) fn is_proven(&self, record: &Record) -> bool {
        self.capabilities().exclusive
            && self.sealer().is_ok_and(Sealer::is_unlocked)
            && self.state(|state| state.proven.0.contains(&record.version))
    }

    /// What stands before the ciphertext of a record: it says which secret sealed it. Nothing if the
    /// record is not sealed.
    pub(super) async fn read_prefix(
        &self,
        io: &Io,
        host_key: &str,
        record: &Record,
    ) -> Result<Option<Vec<u8>>> {
        if !record.flags.has(Flags::SEALED) {
            return Ok(None);
        }
        let mut first = None;
        if record.kind == Kind::Split {
            let key = split::Head::decode(&record.payload)?.part_keys(host_key).into_iter().next();
            let key = key.ok_or_else(damaged)?;
            let part = port::read(self, io, vec![key.clone()], Trust::Own).await?.pop().flatten();
            let part = part.ok_or_else(damaged)?;
            first = Some(super::read::decode_internal(&key, &part, Kind::Part)?.payload);
        }
        let payload = first.as_ref().unwrap_or(&record.payload);
        let prefix = if record.flags.has(Flags::BASE64) {
            payload.get(..PREFIX / 3 * 4).and_then(base64::decode).ok_or_else(damaged)?
        } else {
            payload.get(..PREFIX).ok_or_else(damaged)?.to_vec()
        };
        Ok(Some(prefix))
    }
}

/// What is sealed of a packed value: its key if names are hidden, the payload, the padding. Gives it
/// with the flags of the record.
pub(super) fn wrap(
    (flags, payload): (Flags, Vec<u8>),
    namespace: &Namespace,
    is_padded: bool,
    key: &str,
    holds: Holds,
) -> (Flags, Vec<u8>) {
    let mut bits = flags.0 | Flags::SEALED;
    if holds != Holds::Bytes {
        bits |= Flags::BASE64;
    }
    let mut plain = payload;
    if namespace.hides_names() {
        bits |= Flags::HIDDEN;
        let length = u16::try_from(key.len()).unwrap_or(u16::MAX).to_be_bytes();
        plain.splice(..0, length.into_iter().chain(key.bytes()));
    }
    if is_padded {
        bits |= Flags::PADDED;
        plain.push(PAD);
        plain.resize(bucket(plain.len()), 0);
    }
    (Flags(bits), plain)
}

/// Takes apart what was sealed; gives the hidden key, if there is one, and the payload.
pub(super) fn unwrap(flags: Flags, mut plain: Vec<u8>) -> Result<(Option<String>, Vec<u8>)> {
    if flags.has(Flags::PADDED) {
        let end = plain.iter().rposition(|byte| *byte != 0).ok_or_else(damaged)?;
        if plain.get(end) != Some(&PAD) {
            return Err(damaged());
        }
        plain.truncate(end);
    }
    if !flags.has(Flags::HIDDEN) {
        return Ok((None, plain));
    }
    let (length, rest) = plain.split_first_chunk().ok_or_else(damaged)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (key, payload) = rest.split_at_checked(length).ok_or_else(damaged)?;
    let key = std::str::from_utf8(key).map_err(|_| damaged())?.to_owned();
    Ok((Some(key), payload.to_vec()))
}

/// How long a sealed payload becomes.
pub(super) fn sealed_len(plain: usize, holds: Holds) -> usize {
    let sealed = plain + SEAL_BYTES;
    if holds == Holds::Bytes { sealed } else { sealed.div_ceil(3) * 4 }
}

/// The length that a length is padded to: Padmé (Nikitin et al., PETS 2019), which adds at most 12
/// per cent and leaves few lengths that can be told apart.
#[must_use]
pub fn bucket(length: usize) -> usize {
    let length = length.max(BUCKET_BYTES_MIN);
    let exponent = length.ilog2();
    let free = exponent - (exponent.ilog2() + 1);
    let mask = (1 << free) - 1;
    (length + mask) & !mask
}

/// The namespace that a host key lies in.
fn namespace_of(host_key: &str) -> Namespace {
    parse_host_key(host_key).map(|(namespace, _)| namespace).unwrap_or_default()
}

/// Refuses what is not sealed where all must be: somebody else may have put it there.
pub(super) fn check_sealed(namespace: &Namespace, entry: &Entry) -> Result<()> {
    let is_sealed = match &entry.found {
        Found::Native(_) => false,
        Found::Record(record) => record.flags.has(Flags::SEALED),
        Found::Missing | Found::Unreadable(_) => true,
    };
    if is_sealed || namespace.sealing() != Sealing::Sealed {
        return Ok(());
    }
    Err(Error::corrupt(
        "the value under this key is not sealed, read it unencrypted if it is meant to be so",
    ))
}

fn damaged() -> Error {
    Error::corrupt("the stored value is damaged, it is left in place for rescue")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_add_at_most_an_eighth_and_never_shrink() {
        let mut seen = std::collections::BTreeSet::new();
        for length in 0..100_000 {
            let padded = bucket(length);
            assert!(padded >= length, "{length}");
            assert!(length < BUCKET_BYTES_MIN || padded - length <= length / 8, "{length}");
            assert_eq!(bucket(padded), padded, "{length}");
            seen.insert(padded);
        }
        assert!(seen.len() < 150, "{} lengths can be told apart", seen.len());
    }

    #[test]
    fn what_is_wrapped_comes_apart_again() {
        let hiding = Namespace::new("n\0\0h").unwrap();
        for namespace in [Namespace::default(), hiding] {
            for is_padded in [false, true] {
                for payload in [vec![], vec![0, 0], vec![PAD], vec![7; 1000]] {
                    let packed = (Flags(1), payload.clone());
                    let (flags, plain) = wrap(packed, &namespace, is_padded, "名", Holds::Bytes);
                    let key = namespace.hides_names().then(|| "名".to_owned());
                    assert_eq!(unwrap(flags, plain), Ok((key, payload)));
                }
            }
        }
        assert!(unwrap(Flags(Flags::PADDED), vec![]).is_err());
        assert!(unwrap(Flags(Flags::PADDED), vec![0; 256]).is_err());
        assert!(unwrap(Flags(Flags::HIDDEN), vec![0, 9, 1]).is_err());
    }
}
