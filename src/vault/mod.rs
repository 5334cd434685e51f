//! The vault: who may read what is sealed.
//!
//! It keeps a keyset: for each namespace a secret that seals, perhaps older ones that still open,
//! each wrapped by a secret that the app brings or that is derived from a passphrase. The store does
//! the sealing, through [`Sealer`]; what is sealed, where it lies and how it is written is not known
//! here.

mod cipher;
mod credential;
mod derive;
mod engine;
mod rotation;
mod sealer;
mod secrets;
mod share;
mod verb;
mod wire;

pub use cipher::{Cipher, Secret, TAG_BYTES, derive_into};
pub use credential::{Costs, Credential, Passphrase};
pub use derive::{Argon2Input, argon2id, pbkdf2};
pub use share::{Afterwards, SharedId, id_of_shared};
pub use verb::VaultVerb;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::clock::{Millis, Timestamp};
use crate::error::{Error, ErrorCode, Result};
use crate::flow::Io;
use crate::host::Data;
use crate::key::{Key, Namespace};
use crate::store::{Change, Sealer, Store};
use engine::{Need, Ring};
use rotation::Pass;
use sealer::needs;
use wire::{Prefix, Stored};

/// The vault of one store. Clones are handles to the same vault.
#[derive(Debug, Clone, Default)]
pub struct Vault(Rc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Invariant: borrowed only between two asks, never across one.
    unlocked: RefCell<Option<Unlocked>>,
    /// Whether the keyset on the host was seen to be another one than ours.
    is_stale: Cell<bool>,
    /// What it was unlocked with, while somebody still needs that.
    kept: RefCell<Option<Credential>>,
}

#[derive(Debug)]
struct Unlocked {
    ring: Ring,
    /// What lies on the host, as far as is known.
    stored: Option<Data>,
    /// Whether the ring holds what is not stored yet.
    is_due: bool,
    pass: Pass,
}

/// What a value was sealed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspected {
    /// Which secret sealed it.
    pub id: u64,
    /// When the key was first stored.
    pub created: Timestamp,
}

impl Vault {
    /// What the store seals with.
    #[must_use]
    pub fn sealer(&self) -> Rc<dyn Sealer> {
        Rc::clone(&self.0) as Rc<dyn Sealer>
    }

    /// Wipes every secret from memory.
    pub fn lock(&self) {
        drop(self.0.unlocked.borrow_mut().take());
        self.forget();
    }

    /// Whether what is sealed can be opened.
    #[must_use]
    pub fn is_unlocked(&self) -> bool {
        self.0.is_unlocked()
    }

    /// Unlocks the keyset, or makes one if there is none. Says whether one was made.
    ///
    /// # Errors
    /// `WRONG_SECRET`, before any record was touched; `CORRUPT` or `UNSUPPORTED` for a keyset that
    /// cannot be read, which stays where it is unless `overwrite` says otherwise; `QUOTA_EXCEEDED`
    /// when there is not the memory that it takes to derive; the host's refusals.
    pub async fn unlock(
        &self,
        store: &Store,
        io: &Io,
        credential: Credential,
        overwrite: Overwrite,
        now: Timestamp,
    ) -> Result<bool> {
        let (data, payload) = store.keyset(io, now).await?;
        let found = payload.and_then(|payload| match data {
            Some(_) => unlock(&credential, &payload).map(Some),
            None => Ok(None),
        });
        let (ring, is_made) = match found {
            Ok(Some(ring)) => (ring, false),
            Ok(None) => (fresh(store, &credential)?, true),
            Err(error) if error.code == ErrorCode::Corrupt && overwrite == Overwrite::Yes => {
                (self.salvage(store, &credential)?, true)
            }
            Err(error) => return Err(error),
        };
        let stored = if is_made {
            Some(store.store_keyset(io, ring.encode(), data.as_ref(), now).await?)
        } else {
            data
        };
        *self.0.unlocked.borrow_mut() = Some(Unlocked::new(ring, stored));
        Ok(is_made)
    }

    /// What takes the place of a damaged keyset: the one in memory, if it has the same secret.
    fn salvage(&self, store: &Store, credential: &Credential) -> Result<Ring> {
        let held = self.0.unlocked.borrow_mut().take();
        if let Some(Unlocked { ring, .. }) = held {
            let secret = credential.derive(&ring.derivation());
            if secret.is_ok_and(|secret| ring.has_secret(&secret)) {
                return Ok(ring);
            }
        }
        fresh(store, credential)
    }

    /// Wraps the keyset under another secret; no record is touched.
    ///
    /// # Errors
    /// `WRONG_SECRET`; `SECRET_MISSING` when there is no keyset; as [`Vault::unlock`].
    pub async fn change_secret(
        &self,
        store: &Store,
        io: &Io,
        old: Credential,
        new: Credential,
        now: Timestamp,
    ) -> Result<()> {
        let (data, payload) = store.keyset(io, now).await?;
        if data.is_none() {
            return Err(Error::new(
                ErrorCode::SecretMissing,
                "there is no keyset whose secret could be changed, unlock first",
            ));
        }
        let ring = unlock(&old, &payload?)?;
        let (secret, derivation) = new.derive_fresh(store)?;
        let ring = ring.rewrap(&secret, derivation, &mut |buffer| store.draw(buffer))?;
        let stored = Some(store.store_keyset(io, ring.encode(), data.as_ref(), now).await?);
        if let Some(unlocked) = self.0.unlocked.borrow_mut().as_mut() {
            *unlocked = Unlocked::new(ring, stored);
        }
        Ok(())
    }

    /// Says with which secret a value was sealed, without opening it.
    ///
    /// # Errors
    /// As [`Store::sealed_prefix`].
    pub async fn inspect(
        &self,
        store: &Store,
        io: &Io,
        (namespace, key): (&Namespace, &Key),
        now: Timestamp,
    ) -> Result<Option<Inspected>> {
        let Some((prefix, created)) = store.sealed_prefix(io, namespace, key, now).await? else {
            return Ok(None);
        };
        let id =
            Prefix::decode(&prefix).map_err(|error| error.at(namespace.path(), key.as_str()))?.id;
        Ok(Some(Inspected { id, created }))
    }

    /// Carries out changes as [`Store::commit`] does, with the secrets at hand that they need.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn commit(
        &self,
        store: &Store,
        io: &Io,
        changes: &[Change],
        now: Timestamp,
    ) -> Result<Vec<u64>> {
        let needs = needs(changes);
        if needs.is_empty() {
            return store.commit(io, changes, now).await;
        }
        for _ in 0..RETRIES {
            self.prepare(store, io, &needs, now).await?;
            match store.commit(io, changes, now).await {
                Err(error) if error.code == ErrorCode::Busy && self.0.is_stale.take() => {
                    self.refresh(store, io, now).await?;
                }
                other => return other,
            }
        }
        Err(Error::new(ErrorCode::Busy, CHANGED))
    }

    /// Gives a value another time to live as [`Store::touch`] does; the expiry is bound to what is
    /// sealed, so that is sealed anew.
    ///
    /// # Errors
    /// As [`Store::touch`]; `LOCKED` for a sealed value.
    pub async fn touch(
        &self,
        store: &Store,
        io: &Io,
        (namespace, key): (Namespace, Key),
        ttl: Option<Millis>,
        now: Timestamp,
    ) -> Result<bool> {
        let path = namespace.path().to_owned();
        let need = Need { namespace: &path, seals: 1, hides: false, is_kept: true };
        self.prepare(store, io, &[need], now).await?;
        store.touch(io, namespace, key, ttl, now).await
    }

    /// Makes sure that names hidden by somebody else can be found in a namespace.
    ///
    /// # Errors
    /// `LOCKED`; the host's refusals.
    pub async fn prepare_read(
        &self,
        store: &Store,
        io: &Io,
        namespace: &Namespace,
        now: Timestamp,
    ) -> Result<()> {
        let is_known = |unlocked: &mut Unlocked| Ok(unlocked.ring.hides(namespace.path()));
        if namespace.hides_names() && !self.0.with(is_known)? {
            self.refresh(store, io, now).await?;
        }
        Ok(())
    }

    /// Makes sure that so much can be sealed; stores the keyset where that needs it.
    ///
    /// # Errors
    /// `LOCKED` when something is certain to be sealed; the host's refusals.
    async fn prepare(
        &self,
        store: &Store,
        io: &Io,
        needs: &[Need<'_>],
        now: Timestamp,
    ) -> Result<()> {
        if !self.is_unlocked() && needs.iter().all(|need| need.is_kept) {
            return Ok(());
        }
        for _ in 0..RETRIES {
            let is_due = self.0.with(|unlocked| {
                for need in needs {
                    let mut chance = |buffer: &mut [u8]| store.draw(buffer);
                    unlocked.is_due |= unlocked.ring.prepare(need, now, &mut chance)?;
                }
                Ok(unlocked.is_due)
            })?;
            if !is_due {
                return Ok(());
            }
            match self.store(store, io, now).await {
                Err(error) if error.code == ErrorCode::Conflict => {
                    self.refresh(store, io, now).await?;
                }
                other => return other,
            }
        }
        Err(Error::new(ErrorCode::Busy, CHANGED))
    }

    /// Stores the keyset as it is in memory, in place of the one that is known.
    async fn store(&self, store: &Store, io: &Io, now: Timestamp) -> Result<()> {
        let (payload, known) =
            self.0.with(|unlocked| Ok((unlocked.ring.encode(), unlocked.stored.clone())))?;
        let data = store.store_keyset(io, payload, known.as_ref(), now).await?;
        self.0.with(|unlocked| {
            unlocked.stored = Some(data);
            unlocked.is_due = false;
            Ok(())
        })
    }

    /// Takes over what somebody else made of the keyset; stores it anew if the host has lost it. Says
    /// whether it was another one.
    ///
    /// # Errors
    /// `LOCKED` when the secret is another one now; `CORRUPT`; the host's refusals.
    pub async fn refresh(&self, store: &Store, io: &Io, now: Timestamp) -> Result<bool> {
        self.0.with(|_| Ok(()))?;
        let (data, payload) = store.keyset(io, now).await?;
        let payload = payload?;
        if data.is_none() {
            self.0.with(|unlocked| {
                unlocked.stored = None;
                Ok(())
            })?;
            self.store(store, io, now).await?;
            return Ok(true);
        }
        let mut unlocked = self.0.unlocked.borrow_mut();
        let held = unlocked.take().ok_or_else(locked)?;
        if held.stored == data {
            *unlocked = Some(held);
            return Ok(false);
        }
        let ring = held.ring.reread(&payload).map_err(|error| match error.code {
            ErrorCode::WrongSecret => Error::new(
                ErrorCode::Locked,
                "the secret was changed by somebody else, unlock with the new one",
            ),
            _ => error,
        })?;
        *unlocked = Some(Unlocked::new(ring, data));
        Ok(true)
    }
}

/// Whether a keyset that cannot be read may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// It may.
    Yes,
    /// It stays.
    No,
}

impl Unlocked {
    fn new(ring: Ring, stored: Option<Data>) -> Self {
        Self { ring, stored, is_due: false, pass: Pass::Due }
    }
}

impl Inner {
    /// Looks at what is unlocked.
    fn with<T>(&self, look: impl FnOnce(&mut Unlocked) -> Result<T>) -> Result<T> {
        look(self.unlocked.borrow_mut().as_mut().ok_or_else(locked)?)
    }
}

/// Unlocks a keyset.
fn unlock(credential: &Credential, payload: &[u8]) -> Result<Ring> {
    let secret = credential.derive(&Stored::decode(payload)?.derivation)?;
    Ring::unlock(&secret, payload)
}

/// Makes a keyset.
fn fresh(store: &Store, credential: &Credential) -> Result<Ring> {
    let (secret, derivation) = credential.derive_fresh(store)?;
    Ok(Ring::create(&secret, derivation))
}

fn locked() -> Error {
    Error::new(ErrorCode::Locked, "the secret is locked away, unlock first")
}

/// How often a commit is tried when somebody else changes the keyset.
const RETRIES: usize = 3;

const CHANGED: &str = "the keyset was changed by somebody else, try again";
