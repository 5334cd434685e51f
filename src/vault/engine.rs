//! The rules of the keyset: which secret seals, which ones still open, when one has done enough.
//!
//! Nothing here asks the host. A [`Ring`] is an unlocked keyset; it is made by [`Ring::create`] and
//! [`Ring::unlock`], changed by a step, written as a whole, and only then used.

use super::cipher::{Cipher, Secret, TAG_BYTES, is_same};
use super::credential::{Derivation, Salt, wrong_secret};
use super::secrets::{Entry, Power, Role, power, unwrap, wrap_context};
use super::wire::{self, CHECK, Prefix, Stored, WRAPPED};
use crate::clock::Timestamp;
use crate::config::{KEYSET_SECRETS_MAX, NONCE_BYTES, SEALS_MAX, SEALS_RESERVED};
use crate::error::{Error, ErrorCode, Result};

/// A source of chance.
pub(super) type Chance<'chance> = &'chance mut dyn FnMut(&mut [u8]);

/// A keyset that is unlocked. Its secrets are wiped when it is dropped.
#[derive(Debug)]
pub(super) struct Ring {
    derivation: Derivation,
    check: [u8; CHECK],
    guards: Guards,
    held: Vec<Held>,
}

/// What the secret of the keyset itself is used for.
#[derive(Debug)]
struct Guards {
    wrap: Cipher,
    whole: Secret,
}

/// One secret of the keyset, unwrapped.
#[derive(Debug)]
struct Held {
    entry: Entry,
    power: Power,
    /// How many of the seals that are counted have not been made.
    left: u64,
}

impl Ring {
    /// Makes an empty keyset under a secret.
    pub(super) fn create(secret: &Secret, derivation: Derivation) -> Self {
        let (guards, check) = guard(secret, &derivation.salt);
        Self { derivation, check, guards, held: Vec::new() }
    }

    /// Unlocks a stored keyset.
    ///
    /// # Errors
    /// `WRONG_SECRET`, told before anything else is looked at; `CORRUPT`; `UNSUPPORTED`.
    pub(super) fn unlock(secret: &Secret, payload: &[u8]) -> Result<Self> {
        let stored = Stored::decode(payload)?;
        let (guards, check) = guard(secret, &stored.derivation.salt);
        Self::open(stored, guards, check)
    }

    /// Reads a keyset that another instance has changed meanwhile.
    ///
    /// # Errors
    /// `WRONG_SECRET` if the secret is another one now; `CORRUPT`; `UNSUPPORTED`.
    pub(super) fn reread(self, payload: &[u8]) -> Result<Self> {
        Self::open(Stored::decode(payload)?, self.guards, self.check)
    }

    fn open(stored: Stored<'_>, guards: Guards, check: [u8; CHECK]) -> Result<Self> {
        if !is_same(&check, &stored.check) {
            return Err(wrong_secret());
        }
        let damaged = || Error::corrupt(KEYSET_DAMAGED);
        if !is_same(&guards.whole.authenticate(stored.covered), &stored.whole) {
            return Err(damaged());
        }
        let mut held = Vec::with_capacity(stored.entries.len());
        for entry in stored.entries {
            let raw = unwrap(&guards.wrap, &entry).ok_or_else(damaged)?;
            held.push(Held { power: power(entry.role, raw), entry, left: 0 });
        }
        Ok(Self { derivation: stored.derivation, check, guards, held })
    }

    /// How the secret of the keyset is derived.
    pub(super) fn derivation(&self) -> Derivation {
        self.derivation
    }

    /// What the secret of the keyset is checked with.
    pub(super) fn check(&self) -> [u8; CHECK] {
        self.check
    }

    /// Writes the keyset as it is to be stored.
    pub(super) fn encode(&self) -> Vec<u8> {
        let entries = self.held.iter().map(|held| &held.entry);
        wire::encode(&self.derivation, &self.check, entries, |covered| {
            self.guards.whole.authenticate(covered)
        })
    }

    /// Wraps every secret anew under another secret of the keyset.
    ///
    /// # Errors
    /// `CORRUPT` when a secret cannot be unwrapped; nothing has changed then.
    pub(super) fn rewrap(
        &self,
        secret: &Secret,
        derivation: Derivation,
        chance: Chance<'_>,
    ) -> Result<Self> {
        let mut fresh = Self::create(secret, derivation);
        for Held { entry, left, .. } in &self.held {
            let raw = unwrap(&self.guards.wrap, entry);
            let raw = raw.ok_or_else(|| Error::corrupt(KEYSET_DAMAGED))?;
            fresh.push(entry.clone(), raw, *left, chance);
        }
        Ok(fresh)
    }

    /// Makes sure that a namespace can seal so many values, and hide names if it does. Says whether
    /// the keyset has changed and must be stored before it is used.
    ///
    /// # Errors
    /// `VALUE_TOO_LARGE` when the keyset is full.
    pub(super) fn prepare(
        &mut self,
        need: &Need<'_>,
        now: Timestamp,
        chance: Chance<'_>,
    ) -> Result<bool> {
        let mut has_changed = false;
        if need.hides && self.find(need.namespace, Role::Names).is_none() {
            self.add(need.namespace, Role::Names, now, chance)?;
            has_changed = true;
        }
        // A value may be sealed twice, when a commit is tried again after room was made.
        let wanted = need.seals.saturating_mul(2);
        let found = self.find(need.namespace, Role::Primary);
        match found.map(|held| (held.left, held.entry.counted)) {
            Some((left, _)) if left >= wanted => return Ok(has_changed),
            Some((_, counted)) if counted.saturating_add(wanted) <= SEALS_MAX => {}
            Some(_) => self.rotate(need.namespace, now, chance)?,
            None if need.is_kept => return Ok(has_changed),
            None => self.add(need.namespace, Role::Primary, now, chance)?,
        }
        if let Some(held) = self.find_mut(need.namespace, Role::Primary) {
            let reserved = wanted.max(SEALS_RESERVED);
            held.entry.counted = held.entry.counted.saturating_add(reserved);
            held.left = held.left.saturating_add(reserved);
        }
        Ok(true)
    }

    /// Gives a namespace a new primary; the old one goes on opening what it sealed.
    ///
    /// # Errors
    /// `VALUE_TOO_LARGE` when the keyset is full.
    pub(super) fn rotate(
        &mut self,
        namespace: &str,
        now: Timestamp,
        chance: Chance<'_>,
    ) -> Result<()> {
        if let Some(held) = self.find_mut(namespace, Role::Primary) {
            held.entry.role = Role::Retired;
        }
        self.add(namespace, Role::Primary, now, chance)
    }

    /// Gives every namespace a new primary.
    ///
    /// # Errors
    /// `VALUE_TOO_LARGE` when the keyset is full.
    pub(super) fn rotate_all(&mut self, now: Timestamp, chance: Chance<'_>) -> Result<()> {
        for namespace in self.namespaces() {
            self.rotate(&namespace, now, chance)?;
        }
        Ok(())
    }

    /// The namespaces that have sealed something.
    pub(super) fn namespaces(&self) -> Vec<String> {
        let primaries = self.held.iter().filter(|held| held.entry.role == Role::Primary);
        primaries.map(|held| held.entry.namespace.clone()).collect()
    }

    /// The identifiers of the secrets that were replaced.
    pub(super) fn retired(&self) -> Vec<u64> {
        let retired = self.held.iter().filter(|held| held.entry.role == Role::Retired);
        retired.map(|held| held.entry.id).collect()
    }

    /// Drops replaced secrets that nothing needs any more; says whether there were any.
    pub(super) fn drop_retired(&mut self, ids: &[u64]) -> bool {
        self.drop_where(|entry| entry.role == Role::Retired && ids.contains(&entry.id))
    }

    /// Drops every secret of a namespace; says whether there were any.
    pub(super) fn drop_namespace(&mut self, namespace: &str) -> bool {
        self.drop_where(|entry| entry.namespace == namespace)
    }

    fn drop_where(&mut self, is_over: impl Fn(&Entry) -> bool) -> bool {
        let before = self.held.len();
        self.held.retain(|held| !is_over(&held.entry));
        self.held.len() < before
    }

    /// Whether this is the secret of the keyset.
    pub(super) fn has_secret(&self, secret: &Secret) -> bool {
        is_same(&guard(secret, &self.derivation.salt).1, &self.check)
    }

    /// Seals a value with the primary of a namespace.
    ///
    /// # Errors
    /// `SECRET_MISSING` when the namespace was not prepared.
    pub(super) fn seal(
        &mut self,
        namespace: &str,
        context: &[u8],
        plain: &[u8],
        nonce: [u8; NONCE_BYTES],
    ) -> Result<Vec<u8>> {
        let held = self.find_mut(namespace, Role::Primary).filter(|held| held.left > 0);
        let Some(Held { entry, power: Power::Seal(cipher), left }) = held else {
            return Err(secret_missing());
        };
        *left -= 1;
        let prefix = Prefix { id: entry.id, nonce };
        let mut sealed = Vec::with_capacity(wire::PREFIX + plain.len() + TAG_BYTES);
        sealed.extend_from_slice(&prefix.head());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        cipher.seal(nonce, &bind(prefix, context), &mut sealed, wire::PREFIX);
        Ok(sealed)
    }

    /// Opens what a secret of a namespace sealed, in place.
    ///
    /// # Errors
    /// `SECRET_MISSING` when the secret is not in the keyset; `CORRUPT` when it is another
    /// namespace's, or when what was sealed is not whole or lies elsewhere; `UNSUPPORTED`.
    pub(super) fn open_sealed(
        &self,
        namespace: &str,
        context: &[u8],
        sealed: &mut Vec<u8>,
    ) -> Result<()> {
        let prefix = Prefix::decode(sealed)?;
        let held = self.held.iter().find(|held| held.entry.id == prefix.id);
        let Held { entry, power, .. } = held.ok_or_else(secret_missing)?;
        let is_whole = match power {
            Power::Seal(cipher) if entry.namespace == namespace => {
                cipher.open(prefix.nonce, &bind(prefix, context), sealed, wire::PREFIX)
            }
            _ => false,
        };
        if is_whole { Ok(()) } else { Err(Error::corrupt(wire::DAMAGED)) }
    }

    /// The hidden name of a key: HMAC-SHA256. Nothing if the namespace has never hidden one.
    pub(super) fn hide(&self, namespace: &str, key: &str) -> Option<[u8; 32]> {
        match &self.find(namespace, Role::Names)?.power {
            Power::Hide(secret) => Some(secret.authenticate(key.as_bytes())),
            Power::Seal(_) => None,
        }
    }

    /// Whether names are hidden in a namespace.
    pub(super) fn hides(&self, namespace: &str) -> bool {
        self.find(namespace, Role::Names).is_some()
    }

    fn add(
        &mut self,
        namespace: &str,
        role: Role,
        created: Timestamp,
        chance: Chance<'_>,
    ) -> Result<()> {
        if self.held.len() >= KEYSET_SECRETS_MAX {
            return Err(Error::new(
                ErrorCode::ValueTooLarge,
                "the keyset is full, encrypt fewer namespaces",
            ));
        }
        let mut raw = Secret::empty();
        chance(raw.expose_mut());
        let id = wire::draw_id(chance);
        let namespace = namespace.to_owned();
        let entry = Entry { namespace, role, id, created, counted: 0, wrapped: [0; WRAPPED] };
        self.push(entry, raw, 0, chance);
        Ok(())
    }

    fn push(&mut self, mut entry: Entry, raw: Secret, left: u64, chance: Chance<'_>) {
        let mut nonce = [0; NONCE_BYTES];
        chance(&mut nonce);
        let mut wrapped = Vec::with_capacity(WRAPPED);
        wrapped.extend_from_slice(&nonce);
        wrapped.extend_from_slice(raw.expose());
        self.guards.wrap.seal(nonce, &wrap_context(&entry), &mut wrapped, NONCE_BYTES);
        entry.wrapped = wrapped.try_into().expect("a wrapped secret is of one length");
        self.held.push(Held { power: power(entry.role, raw), entry, left });
    }

    fn find(&self, namespace: &str, role: Role) -> Option<&Held> {
        self.held.iter().find(|held| held.is(namespace, role))
    }

    fn find_mut(&mut self, namespace: &str, role: Role) -> Option<&mut Held> {
        self.held.iter_mut().find(|held| held.is(namespace, role))
    }
}

impl Held {
    fn is(&self, namespace: &str, role: Role) -> bool {
        self.entry.role == role && self.entry.namespace == namespace
    }
}

/// What a commit needs of a namespace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need<'need> {
    pub(super) namespace: &'need str,
    pub(super) seals: u64,
    /// Whether it hides names.
    pub(super) hides: bool,
    /// Whether it seals only what was sealed before, so that a secret is there if one is needed.
    pub(super) is_kept: bool,
}

/// Separates what the secret of a keyset is used for.
fn guard(secret: &Secret, salt: &Salt) -> (Guards, [u8; CHECK]) {
    let wrap = Cipher::new(&secret.derive(salt, b"ministash 1 wrap"));
    let whole = secret.derive(salt, b"ministash 1 whole");
    let proof = secret.derive(salt, b"ministash 1 check");
    let mut check = [0; CHECK];
    check.iter_mut().zip(proof.expose()).for_each(|(byte, proof)| *byte = *proof);
    (Guards { wrap, whole }, check)
}

/// What is authenticated with a value: the head, then where and when it lies.
fn bind(prefix: Prefix, context: &[u8]) -> Vec<u8> {
    let mut bound = Vec::with_capacity(wire::PREFIX + context.len());
    bound.extend_from_slice(&prefix.head());
    bound.extend_from_slice(context);
    bound
}

fn secret_missing() -> Error {
    Error::new(
        ErrorCode::SecretMissing,
        "the secret that sealed this is not in the keyset, restore both from the same backup",
    )
}

const KEYSET_DAMAGED: &str =
    "the keyset is damaged, it is left in place for rescue; restore it, or unlock with overwrite";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Costs;

    #[test]
    fn a_secret_that_has_sealed_enough_gives_way_by_itself_and_goes_on_opening() {
        let mut count = 0_u8;
        let mut chance = |bytes: &mut [u8]| {
            count = count.wrapping_add(1);
            bytes.fill(count);
        };
        let secret = Secret::take(vec![7; 32]).unwrap();
        let derivation = Derivation { costs: Costs::None, salt: [1; 16] };
        let mut ring = Ring::create(&secret, derivation);
        let need = Need { namespace: "n", seals: 1, hides: false, is_kept: false };
        let now = Timestamp::from_number(1.0).unwrap();
        ring.prepare(&need, now, &mut chance).unwrap();
        let mut old = ring.seal("n", b"place", b"value", [1; NONCE_BYTES]).unwrap();

        // Counted up to the last seal that is allowed, and every one of them made.
        for counted in [SEALS_MAX - 2, SEALS_MAX - 1] {
            let held = ring.find_mut("n", Role::Primary).unwrap();
            (held.entry.counted, held.left) = (counted, 0);
            let before = held.entry.id;
            assert!(ring.seal("n", b"", b"", [2; NONCE_BYTES]).is_err(), "sealed uncounted");
            assert_eq!(ring.prepare(&need, now, &mut chance), Ok(true));
            let is_same = ring.find("n", Role::Primary).unwrap().entry.id == before;
            assert_eq!(is_same, counted + 2 <= SEALS_MAX, "counted to {counted}");
        }
        assert_eq!(ring.find("n", Role::Primary).unwrap().entry.counted, SEALS_RESERVED);
        let mut new = ring.seal("n", b"place", b"value", [3; NONCE_BYTES]).unwrap();
        for sealed in [&mut old, &mut new] {
            ring.open_sealed("n", b"place", sealed).unwrap();
            assert_eq!(sealed, b"value");
        }
    }
}
