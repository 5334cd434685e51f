//! A secret that the devices of one person share: wrapped under what unlocks the vault, so that it may
//! lie with somebody who must not know it.
//!
//! Who wants that has the vault keep its credential in memory until it is done. Where the wrapped secret
//! lies, and what it seals, is not known here.
//!
//! ```text
//! 1 format │ 1 derivation │ 6 id │ 16 salt │ 16 check │ 12 nonce │ 32 secret │ 16 tag
//! ```

use super::cipher::{Cipher, Secret, TAG_BYTES, is_same};
use super::credential::{Costs, Credential, Derivation, Salt};
use super::wire::CHECK;
use super::{Inner, Vault};
use crate::config::{NONCE_BYTES, SALT_BYTES, SECRET_BYTES};
use crate::error::{Error, ErrorCode, Result};
use crate::store::Store;

/// What a shared secret is told from others by: it says nothing of the secret.
pub type SharedId = [u8; 6];

/// What becomes of a credential when it has unlocked the vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// It is wiped.
    Wiped,
    /// It stays in memory until [`Vault::forget`] or [`Vault::lock`].
    Kept,
}

const FORMAT: u8 = 1;
const ID_AT: usize = 2;
const SALT_AT: usize = 8;
const CHECK_AT: usize = SALT_AT + SALT_BYTES;
const NONCE_AT: usize = CHECK_AT + CHECK;
const BODY_AT: usize = NONCE_AT + NONCE_BYTES;
const WHOLE: usize = BODY_AT + SECRET_BYTES + TAG_BYTES;

impl Vault {
    /// Wraps a secret under the credential that is kept.
    ///
    /// # Errors
    /// `LOCKED` when none is; `QUOTA_EXCEEDED` when there is not the memory that it takes to derive.
    pub fn share(&self, store: &Store, secret: &Secret, id: SharedId) -> Result<Vec<u8>> {
        let (root, derivation) = self.0.with_kept(|kept| kept.derive_fresh(store))?;
        let (wrap, check) = guard(&root, &derivation.salt);
        let mut nonce = [0; NONCE_BYTES];
        store.draw(&mut nonce);
        let mut wrapped = Vec::with_capacity(WHOLE);
        wrapped.extend_from_slice(&[FORMAT, kind_of(derivation.costs)]);
        wrapped.extend_from_slice(&id);
        wrapped.extend_from_slice(&derivation.salt);
        wrapped.extend_from_slice(&check);
        let context = context(&wrapped);
        wrapped.extend_from_slice(&nonce);
        wrapped.extend_from_slice(secret.expose());
        wrap.seal(nonce, &context, &mut wrapped, BODY_AT);
        Ok(wrapped)
    }

    /// Unwraps what [`Vault::share`] wrapped, here or on another device.
    ///
    /// # Errors
    /// `WRONG_SECRET` when it was wrapped under another credential, told before anything is opened;
    /// `LOCKED` when none is kept; `CORRUPT`; `UNSUPPORTED`.
    pub fn accept(&self, wrapped: Vec<u8>) -> Result<Secret> {
        let damaged = || Error::corrupt("the shared secret is damaged, it is left where it is");
        id_of_shared(&wrapped)?;
        let salt: Salt = part(&wrapped, SALT_AT).ok_or_else(damaged)?;
        let told: [u8; CHECK] = part(&wrapped, CHECK_AT).ok_or_else(damaged)?;
        let nonce = part(&wrapped, NONCE_AT).ok_or_else(damaged)?;
        // Whoever keeps the wrapped secret could write any costs: those of this version are the only ones.
        let costs = costs_of(wrapped.get(1).copied().unwrap_or_default())?;
        let derivation = Derivation { costs, salt };
        let root = self.0.with_kept(|kept| {
            kept.derive(&derivation).map_err(|error| match error.code {
                ErrorCode::WrongSecret => wrong(),
                _ => error,
            })
        })?;
        let (wrap, check) = guard(&root, &salt);
        // Told apart before anything is opened: AES-GCM alone does not commit to its secret (Len, Grubbs
        // and Ristenpart, 2021), and one answer must not rule out many passphrases.
        if !is_same(&check, &told) {
            return Err(wrong());
        }
        let context = context(&wrapped);
        let mut body = wrapped;
        if !wrap.open(nonce, &context, &mut body, BODY_AT) {
            return Err(damaged());
        }
        Secret::take(body).ok_or_else(damaged)
    }

    /// Keeps a credential that has unlocked the vault, if that is wanted.
    pub(super) fn keep(&self, credential: Option<Credential>) {
        if credential.is_some() {
            *self.0.kept.borrow_mut() = credential;
        }
    }

    /// Wipes the credential that is kept.
    pub fn forget(&self) {
        self.0.kept.borrow_mut().take();
    }

    /// What tells one credential of this device from the next: another after each change.
    ///
    /// # Errors
    /// `LOCKED`.
    pub fn mark(&self) -> Result<Vec<u8>> {
        self.0.with(|unlocked| Ok(unlocked.ring.check().to_vec()))
    }
}

impl Inner {
    fn with_kept<T>(&self, act: impl FnOnce(&Credential) -> Result<T>) -> Result<T> {
        act(self.kept.borrow().as_ref().ok_or_else(|| {
            Error::new(
                ErrorCode::Locked,
                "the passphrase is not at hand any more, lock and unlock once more",
            )
        })?)
    }
}

/// The id of a wrapped secret.
///
/// # Errors
/// `CORRUPT`, or `UNSUPPORTED` for a later version.
pub fn id_of_shared(wrapped: &[u8]) -> Result<SharedId> {
    if wrapped.first().is_some_and(|format| *format != FORMAT) {
        return Err(later());
    }
    let id = part(wrapped, ID_AT).filter(|_| wrapped.len() == WHOLE);
    id.ok_or_else(|| Error::corrupt("the shared secret is damaged, it is left where it is"))
}

fn kind_of(costs: Costs) -> u8 {
    match costs {
        Costs::None => 0,
        Costs::Argon2id { .. } => 1,
        Costs::Pbkdf2 { .. } => 2,
    }
}

fn costs_of(kind: u8) -> Result<Costs> {
    match kind {
        0 => Ok(Costs::None),
        1 => Ok(Costs::ARGON2ID),
        2 => Ok(Costs::PBKDF2),
        _ => Err(later()),
    }
}

/// Separates what the derived secret is used for, and from what the keyset uses it for.
fn guard(root: &Secret, salt: &Salt) -> (Cipher, [u8; CHECK]) {
    let proof = root.derive(salt, b"ministash 1 share check");
    let mut check = [0; CHECK];
    check.iter_mut().zip(proof.expose()).for_each(|(byte, proof)| *byte = *proof);
    (Cipher::new(&root.derive(salt, b"ministash 1 share wrap")), check)
}

/// What is authenticated with the secret: all that stands before the nonce.
fn context(wrapped: &[u8]) -> Vec<u8> {
    let mut context = b"ministash 1 share ".to_vec();
    context.extend(wrapped.iter().take(NONCE_AT));
    context
}

fn part<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn wrong() -> Error {
    Error::new(
        ErrorCode::WrongSecret,
        "the account has another passphrase, change that of this device to it, then synchronise",
    )
}

fn later() -> Error {
    Error::new(
        ErrorCode::Unsupported,
        "the shared secret was wrapped in a later format, use a newer version of ministash",
    )
}
