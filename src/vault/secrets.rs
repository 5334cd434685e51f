//! One secret of the keyset: what it is for, how it is stored, and how it is unwrapped.

use super::cipher::{Cipher, Secret};
use super::wire::WRAPPED;
use crate::clock::Timestamp;
use crate::config::NONCE_BYTES;

/// What a secret of the keyset is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It seals, and opens what it sealed.
    Primary,
    /// It opens what it sealed until that has been sealed anew.
    Retired,
    /// It hides names.
    Names,
}

impl Role {
    const ALL: [(Self, u64); 3] = [(Self::Primary, 1), (Self::Retired, 2), (Self::Names, 3)];

    pub(super) fn number(self) -> u64 {
        Self::ALL.iter().find(|(role, _)| *role == self).map_or(0, |(_, number)| *number)
    }

    pub(super) fn from_number(number: u64) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == number).map(|(role, _)| *role)
    }
}

/// One secret as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) namespace: String,
    pub(super) role: Role,
    pub(super) id: u64,
    pub(super) created: Timestamp,
    /// How many values it has sealed at most: counted before they are.
    pub(super) counted: u64,
    pub(super) wrapped: [u8; WRAPPED],
}
/// What an unwrapped secret does.
#[derive(Debug)]
pub(super) enum Power {
    Seal(Cipher),
    Hide(Secret),
}
/// What is authenticated with a wrapped secret: its purpose, its identifier and its namespace.
pub(super) fn wrap_context(entry: &Entry) -> Vec<u8> {
    let mut context = Vec::with_capacity(32 + entry.namespace.len());
    let purpose: &[u8] = match entry.role {
        Role::Primary | Role::Retired => b"ministash 1 seal ",
        Role::Names => b"ministash 1 name ",
    };
    context.extend_from_slice(purpose);
    context.extend_from_slice(&entry.id.to_be_bytes());
    context.extend_from_slice(entry.namespace.as_bytes());
    context
}

pub(super) fn unwrap(wrap: &Cipher, entry: &Entry) -> Option<Secret> {
    let nonce = entry.wrapped.first_chunk()?;
    let mut sealed = entry.wrapped.to_vec();
    let is_whole = wrap.open(*nonce, &wrap_context(entry), &mut sealed, NONCE_BYTES);
    // It is opened in place, so that wiping it wipes the only copy.
    is_whole.then(|| Secret::take(sealed)).flatten()
}

pub(super) fn power(role: Role, raw: Secret) -> Power {
    match role {
        Role::Primary | Role::Retired => Power::Seal(Cipher::new(&raw)),
        Role::Names => Power::Hide(raw),
    }
}
