//! The moves of the user: what becomes of changes that were refused, or that are not wanted any more.

use super::item::{Fate, Rejected};
use super::state::{Edit, State};
use crate::error::{Error, ErrorCode, Result};
use crate::value::Value;

impl State {
    /// Adds a refused change once more, as it was. False if there is none.
    ///
    /// # Errors
    /// As [`State::add`].
    pub(super) fn requeue(
        &mut self,
        number: u64,
        old: Option<Value>,
        known: Option<u64>,
        edit: &mut Edit,
    ) -> Result<Option<u64>> {
        let Some(Rejected { item, .. }) =
            self.rejected.get(&number).cloned().map(|rejected| *rejected)
        else {
            return Ok(None);
        };
        let again = self.add(item.key, item.value, old, known, edit)?;
        self.rejected.remove(&number);
        edit.rejected.insert(number, ());
        if let Some(mut added) = self.take(again, edit) {
            added.aliases.push(number);
            added.aliases.extend(item.aliases);
            self.put(added, edit);
        }
        Ok(Some(again))
    }

    /// Drops a change that is refused, or that waits: then what it was made upon is seen again. False if
    /// there is none.
    ///
    /// # Errors
    /// `BUSY` for one that may have reached the server.
    pub(super) fn discard(&mut self, number: u64, edit: &mut Edit) -> Result<bool> {
        if let Some(rejected) = self.rejected.remove(&number) {
            let item = rejected.item;
            edit.rejected.insert(number, ());
            edit.settle(&item, Fate::Discarded);
            return Ok(true);
        }
        if self.sent.has(&number) {
            return Err(Error::new(
                ErrorCode::Busy,
                "this change may have reached the server, wait until it is decided",
            ));
        }
        let Some(item) = self.take(number, edit) else { return Ok(false) };
        edit.settle(&item, Fate::Discarded);
        edit.local.insert(item.key, item.base);
        Ok(true)
    }
}
