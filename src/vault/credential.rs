//! What opens a keyset: 32 bytes of the app, or a passphrase and what it costs to try one.

use zeroize::Zeroizing;

use super::cipher::Secret;
use super::derive::{self, Argon2Input};
use crate::config::{ARGON2_LANES, ARGON2_MEMORY_KIB, ARGON2_PASSES, PBKDF2_ROUNDS, SALT_BYTES};
use crate::error::{Error, ErrorCode, Result};
use crate::store::Store;

/// What somebody opens a keyset with. Both are wiped when dropped.
#[derive(Debug)]
pub enum Credential {
    /// 32 bytes that the app keeps.
    Secret(Secret),
    /// A passphrase, and how a new keyset derives from it.
    Passphrase(Passphrase, Costs),
}

/// The bytes of a passphrase, which are never shown.
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// Takes the bytes over.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Passphrase")
    }
}

/// How the secret of a keyset comes about, and what that costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Costs {
    /// Nothing: the secret has 256 bits of its own.
    None,
    /// Argon2id.
    Argon2id {
        /// Memory, in KiB.
        memory_kib: u32,
        /// How often it is gone through.
        passes: u32,
        /// How many could go through it side by side.
        lanes: u32,
    },
    /// PBKDF2-HMAC-SHA256.
    Pbkdf2 {
        /// How often it is hashed.
        rounds: u32,
    },
}

impl Costs {
    /// What a new keyset costs: the first choice of OWASP's Password Storage Cheat Sheet.
    pub const ARGON2ID: Self = Self::Argon2id {
        memory_kib: ARGON2_MEMORY_KIB,
        passes: ARGON2_PASSES,
        lanes: ARGON2_LANES,
    };
    /// What it costs where memory is short.
    pub const PBKDF2: Self = Self::Pbkdf2 { rounds: PBKDF2_ROUNDS };

    /// The numbers that are stored.
    pub(super) fn numbers(self) -> (u64, [u64; 3]) {
        match self {
            Self::None => (0, [0; 3]),
            Self::Argon2id { memory_kib, passes, lanes } => {
                (1, [memory_kib.into(), passes.into(), lanes.into()])
            }
            Self::Pbkdf2 { rounds } => (2, [rounds.into(), 0, 0]),
        }
    }

    /// Reads the numbers that are stored, and refuses what this version cannot derive or what would
    /// hold up the app for minutes: whoever can write to the storage can write costs.
    ///
    /// # Errors
    /// `UNSUPPORTED`.
    pub(super) fn read(kind: u64, numbers: [u64; 3]) -> Result<Self> {
        let [first, second, third] =
            numbers.map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        match (kind, first, second, third) {
            (0, 0, 0, 0) => Ok(Self::None),
            (1, memory_kib, passes, lanes)
                if (1..=16).contains(&lanes)
                    && (1..=64).contains(&passes)
                    && (8 * lanes..=1 << 20).contains(&memory_kib) =>
            {
                Ok(Self::Argon2id { memory_kib, passes, lanes })
            }
            (2, rounds, 0, 0) if (1..=100_000_000).contains(&rounds) => Ok(Self::Pbkdf2 { rounds }),
            _ => Err(Error::new(
                ErrorCode::Unsupported,
                "the keyset names a derivation that this version does not know, open it with a newer one",
            )),
        }
    }
}

/// How the secret of one keyset is derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Derivation {
    pub(super) costs: Costs,
    pub(super) salt: Salt,
}

/// The salt of a keyset.
pub(super) type Salt = [u8; SALT_BYTES];

impl Credential {
    /// The same credential once more.
    pub(super) fn copy(&self) -> Self {
        match self {
            Self::Secret(secret) => Self::Secret(secret.copy()),
            Self::Passphrase(passphrase, costs) => {
                Self::Passphrase(Passphrase(passphrase.0.clone()), *costs)
            }
        }
    }

    /// Gives the secret of a keyset.
    ///
    /// # Errors
    /// `WRONG_SECRET` when the keyset wants a passphrase and this is none, or the other way round;
    /// `QUOTA_EXCEEDED` when memory is short.
    pub(super) fn derive(&self, derivation: &Derivation) -> Result<Secret> {
        let Derivation { costs, salt } = derivation;
        match (self, *costs) {
            (Self::Secret(secret), Costs::None) => Ok(secret.copy()),
            (Self::Passphrase(passphrase, _), Costs::Argon2id { memory_kib, passes, lanes }) => {
                let passphrase = passphrase.0.as_slice();
                let input = Argon2Input { passphrase, salt, pepper: &[], associated: &[] };
                derive::argon2id(input, memory_kib, passes, lanes)
            }
            (Self::Passphrase(passphrase, _), Costs::Pbkdf2 { rounds }) => {
                let mut secret = Secret::empty();
                derive::pbkdf2(&passphrase.0, salt, rounds, secret.expose_mut());
                Ok(secret)
            }
            _ => Err(wrong_secret()),
        }
    }

    /// Gives a secret for a new keyset; by PBKDF2 where there is not the memory for Argon2id.
    pub(super) fn derive_fresh(&self, store: &Store) -> Result<(Secret, Derivation)> {
        let costs = match self {
            Self::Secret(_) => Costs::None,
            Self::Passphrase(_, costs) => *costs,
        };
        let mut derivation = Derivation { costs, salt: [0; SALT_BYTES] };
        store.draw(&mut derivation.salt);
        match self.derive(&derivation) {
            Err(error) if error.code == ErrorCode::QuotaExceeded => {
                derivation.costs = Costs::PBKDF2;
                Ok((self.derive(&derivation)?, derivation))
            }
            other => Ok((other?, derivation)),
        }
    }
}

pub(super) fn wrong_secret() -> Error {
    Error::new(ErrorCode::WrongSecret, "the secret does not open the keyset, unlock with another")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_costs_that_can_be_paid_are_read() {
        for costs in [Costs::None, Costs::ARGON2ID, Costs::PBKDF2] {
            let (kind, numbers) = costs.numbers();
            assert_eq!(Costs::read(kind, numbers), Ok(costs));
        }
        for (kind, numbers) in [
            (0, [1, 0, 0]),
            (1, [7, 1, 1]),
            (1, [1 << 21, 1, 1]),
            (1, [64, 65, 1]),
            (1, [64, 0, 1]),
            (1, [1 << 20, 1, 17]),
            (2, [0, 0, 0]),
            (2, [1 << 40, 0, 0]),
            (2, [600_000, 1, 0]),
            (3, [0, 0, 0]),
        ] {
            assert_eq!(Costs::read(kind, numbers).unwrap_err().code, ErrorCode::Unsupported);
        }
    }
}
