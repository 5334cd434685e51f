//! What the store asks of the vault, and what a commit needs of it beforehand.

use super::Inner;
use super::engine::Need;
use crate::config::NONCE_BYTES;
use crate::error::Result;
use crate::host::Data;
use crate::key::Sealing;
use crate::store::{Action, Change, Sealer};

impl Sealer for Inner {
    fn seal(
        &self,
        namespace: &str,
        bound: &[u8],
        plain: &[u8],
        nonce: [u8; NONCE_BYTES],
    ) -> Result<Vec<u8>> {
        self.with(|unlocked| unlocked.ring.seal(namespace, bound, plain, nonce))
    }

    fn open(&self, namespace: &str, bound: &[u8], sealed: &mut Vec<u8>) -> Result<()> {
        self.with(|unlocked| unlocked.ring.open_sealed(namespace, bound, sealed))
    }

    fn hide(&self, namespace: &str, key: &str) -> Result<Option<[u8; 32]>> {
        self.with(|unlocked| Ok(unlocked.ring.hide(namespace, key)))
    }

    fn is_current(&self, keyset: Option<&Data>) -> bool {
        let unlocked = self.unlocked.borrow();
        let stored = unlocked.as_ref().and_then(|unlocked| unlocked.stored.as_ref());
        let is_current = stored == keyset;
        self.is_stale.set(!is_current);
        is_current
    }

    fn is_unlocked(&self) -> bool {
        self.unlocked.borrow().is_some()
    }
}

/// What a commit needs of each namespace.
pub(super) fn needs(changes: &[Change]) -> Vec<Need<'_>> {
    let mut needs: Vec<Need<'_>> = Vec::new();
    for Change { namespace, action, .. } in changes {
        let is_put = matches!(action, Action::Put { .. });
        if namespace.sealing() == Sealing::None || (!is_put && !namespace.hides_names()) {
            continue;
        }
        let is_kept = namespace.sealing() == Sealing::Kept;
        let hides = namespace.hides_names();
        match needs.iter_mut().find(|need| need.namespace == namespace.path()) {
            Some(need) => {
                need.seals += 1;
                need.hides |= hides;
                need.is_kept &= is_kept;
            }
            None => needs.push(Need { namespace: namespace.path(), seals: 1, hides, is_kept }),
        }
    }
    needs
}
