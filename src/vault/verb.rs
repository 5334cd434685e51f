//! The vault's verbs as data, for whoever wires them.

use super::{Afterwards, Credential, Overwrite, Vault};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorCode, Result};
use crate::flow::Io;
use crate::key::{Key, Namespace};
use crate::store::Store;

/// What a caller wants of the vault, unchecked.
#[derive(Debug)]
pub enum VaultVerb {
    /// Unlocks the keyset or makes one; says whether one was made.
    Unlock(Option<Credential>, Overwrite, Afterwards),
    /// Wipes every secret from memory.
    Lock,
    /// Says whether it is unlocked, and whether records wait to be sealed anew.
    State,
    /// Wraps the keyset under another secret: the old one, then the new one.
    Change(Option<Credential>, Option<Credential>, Afterwards),
    /// Gives every namespace a new primary secret.
    Rotate,
    /// Does a small part of a rotation; says whether there is more to do.
    Step,
    /// Makes what a namespace holds unreadable; says how many records went.
    Shred(String),
    /// Says whether a value is there, which secret sealed it, and when it was first stored.
    Inspect(String, String),
}

impl Vault {
    /// Carries out a verb; gives its numbers, truth values as 0 and 1.
    ///
    /// # Errors
    /// Those of the verb.
    pub async fn run(
        &self,
        store: &Store,
        io: &Io,
        verb: VaultVerb,
        now: Timestamp,
    ) -> Result<Vec<u64>> {
        let number = match verb {
            VaultVerb::Unlock(credential, overwrite, afterwards) => {
                let credential = credential.ok_or_else(no_secret)?;
                let kept = (afterwards == Afterwards::Kept).then(|| credential.copy());
                let is_made = self.unlock(store, io, credential, overwrite, now).await?;
                self.keep(kept);
                u64::from(is_made)
            }
            VaultVerb::Lock => {
                self.lock();
                0
            }
            VaultVerb::State => {
                return Ok(vec![self.is_unlocked().into(), self.is_rotating().into()]);
            }
            VaultVerb::Change(old, new, afterwards) => {
                let (old, new) = (old.ok_or_else(no_secret)?, new.ok_or_else(no_secret)?);
                let kept =
                    (afterwards == Afterwards::Kept && self.is_unlocked()).then(|| new.copy());
                self.change_secret(store, io, old, new, now).await?;
                self.keep(kept);
                0
            }
            VaultVerb::Rotate => {
                self.rotate(store, io, now).await?;
                0
            }
            VaultVerb::Step => u64::from(self.step(store, io, now).await?),
            VaultVerb::Shred(space) => {
                self.shred(store, io, &Namespace::new(&space)?, now).await? as u64
            }
            VaultVerb::Inspect(space, key) => {
                let named = || Ok((Namespace::new(&space)?, Key::new(&key)?));
                let (namespace, key) = named().map_err(|error: Error| error.at(&space, &key))?;
                let found = self.inspect(store, io, (&namespace, &key), now).await?;
                return Ok(
                    found.map_or_else(Vec::new, |found| vec![1, found.id, found.created.millis()])
                );
            }
        };
        Ok(vec![number])
    }
}

fn no_secret() -> Error {
    Error::new(ErrorCode::InvalidOption, "expected a secret of 32 bytes, got another length")
}
