//! New secrets for old: in small commits, which go on wherever they were cut off; and no secrets at
//! all for what is to be forgotten.

use super::engine::Need;
use super::wire::Prefix;
use super::{Unlocked, Vault};
use crate::clock::Timestamp;
use crate::config::ROTATION_READS;
use crate::error::{ErrorCode, Result};
use crate::flow::Io;
use crate::key::Namespace;
use crate::store::Store;

/// How far a rotation is.
#[derive(Debug, Default)]
pub(super) enum Pass {
    /// Not begun.
    #[default]
    Due,
    /// The host keys that were not looked at, and whether one before must keep its old secret.
    Under { rest: Vec<String>, has_left: bool, ids: Vec<u64>, reads: usize },
    /// Gone through; what is left needs its old secret.
    Stalled,
}

impl Vault {
    /// Whether records wait to be sealed anew.
    #[must_use]
    pub fn is_rotating(&self) -> bool {
        let unlocked = self.0.unlocked.borrow();
        unlocked.as_ref().is_some_and(|unlocked| {
            !matches!(unlocked.pass, Pass::Stalled) && !unlocked.ring.retired().is_empty()
        })
    }

    /// Gives every namespace a new primary secret; [`Vault::step`] seals anew what the old ones
    /// sealed.
    ///
    /// # Errors
    /// `LOCKED`; the host's refusals.
    pub async fn rotate(&self, store: &Store, io: &Io, now: Timestamp) -> Result<()> {
        self.refresh(store, io, now).await?;
        self.0.with(|unlocked| {
            let mut chance = |buffer: &mut [u8]| store.draw(buffer);
            unlocked.is_due = true;
            unlocked.pass = Pass::Due;
            unlocked.ring.rotate_all(now, &mut chance)
        })?;
        self.store(store, io, now).await
    }

    /// Does a small part of a rotation: seals some records anew in one commit, or drops the old
    /// secrets when nothing needs them any more. Says whether there is more to do. It may be cut off
    /// anywhere; who begins again goes through the records anew.
    ///
    /// # Errors
    /// `LOCKED`; the host's refusals; nothing is lost then.
    pub async fn step(&self, store: &Store, io: &Io, now: Timestamp) -> Result<bool> {
        if !self.is_rotating() {
            return Ok(false);
        }
        let is_due = self.0.with(|unlocked| Ok(matches!(unlocked.pass, Pass::Due)))?;
        if is_due {
            self.refresh(store, io, now).await?;
            let rest = store.callers(io, now).await?;
            self.0.with(|unlocked| {
                let ids = unlocked.ring.retired();
                unlocked.pass = Pass::Under { rest, has_left: false, ids, reads: ROTATION_READS };
                Ok(())
            })?;
        }
        let (host_keys, retired) = self.0.with(|unlocked| Ok(unlocked.next_reads()))?;
        if host_keys.is_empty() {
            return self.end_pass(store, io, now).await;
        }
        let spaces = self.0.with(|unlocked| Ok(unlocked.ring.namespaces()))?;
        // Any of the namespaces may be met: each of them is ready for a whole step.
        let needs: Vec<Need<'_>> = spaces
            .iter()
            .map(|namespace| Need {
                namespace,
                seals: ROTATION_READS as u64,
                hides: false,
                is_kept: true,
            })
            .collect();
        self.prepare(store, io, &needs, now).await?;
        let is_old = |prefix: &[u8]| {
            // What cannot be read may need any of them.
            Prefix::decode(prefix).map_or(true, |prefix| retired.contains(&prefix.id))
        };
        let resealed = match store.reseal(io, &host_keys, is_old, now).await {
            Err(error) if error.code == ErrorCode::ValueTooLarge && host_keys.len() > 1 => {
                return self.0.with(|unlocked| Ok(unlocked.read_singly()));
            }
            other => other?,
        };
        self.0.with(|unlocked| {
            if let Pass::Under { rest, has_left, .. } = &mut unlocked.pass {
                rest.drain(..resealed.seen.min(rest.len()));
                *has_left |= resealed.has_left;
            }
            Ok(true)
        })
    }

    async fn end_pass(&self, store: &Store, io: &Io, now: Timestamp) -> Result<bool> {
        // Somebody else may have made secrets meanwhile: they must not be dropped unseen.
        self.refresh(store, io, now).await?;
        let is_over = self.0.with(|unlocked| {
            let Pass::Under { has_left: false, ids, .. } = std::mem::take(&mut unlocked.pass)
            else {
                unlocked.pass = Pass::Stalled;
                return Ok(false);
            };
            unlocked.is_due |= unlocked.ring.drop_retired(&ids);
            Ok(unlocked.is_due)
        })?;
        if is_over {
            self.store(store, io, now).await?;
        }
        Ok(self.is_rotating())
    }

    /// Makes what a namespace holds unreadable for ever: its secrets go first, in one write; then
    /// its sealed records. Says how many records went.
    ///
    /// # Errors
    /// `LOCKED`; the host's refusals. If the secrets are gone, what is left is noise.
    pub async fn shred(
        &self,
        store: &Store,
        io: &Io,
        namespace: &Namespace,
        now: Timestamp,
    ) -> Result<usize> {
        self.refresh(store, io, now).await?;
        let has_secrets = self.0.with(|unlocked| {
            unlocked.is_due |= unlocked.ring.drop_namespace(namespace.path());
            Ok(unlocked.is_due)
        })?;
        if has_secrets {
            self.store(store, io, now).await?;
        }
        store.remove_sealed(io, namespace.path(), now).await
    }
}

impl Unlocked {
    /// The host keys to be looked at next, and the secrets that are old.
    fn next_reads(&self) -> (Vec<String>, Vec<u64>) {
        match &self.pass {
            Pass::Under { rest, ids, reads, .. } => {
                (rest.iter().take(*reads).cloned().collect(), ids.clone())
            }
            Pass::Due | Pass::Stalled => (Vec::new(), Vec::new()),
        }
    }

    /// Looks at one record at a time from now on: they are large.
    fn read_singly(&mut self) -> bool {
        if let Pass::Under { reads, .. } = &mut self.pass {
            *reads = 1;
        }
        true
    }
}
