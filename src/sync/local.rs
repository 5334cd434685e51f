//! The verbs of the device itself: what it changes, and what is known of that.

use super::item::{Fate, Item, Rejected};
use super::shadow::Shadows;
use super::state::Edit;
use super::{At, Report, Status, Sync, stored};
use crate::error::Result;
use crate::key::Key;
use crate::value::Value;

impl Sync {
    /// Adds a change, which readers see at once; nothing deletes. Gives its number.
    ///
    /// # Errors
    /// `BUSY` when too many wait; those of [`Store::commit`](crate::store::Store::commit). Nothing has changed then.
    pub async fn add(&self, at: At<'_>, key: Key, value: Option<Value>) -> Result<(u64, Report)> {
        let settings = self.settings()?;
        let mut state = self.load(at, &settings).await?;
        let mut shadows = Shadows::new(state.epoch, state.filled);
        let mut old = None;
        if state.sent_of(&key).is_none() && state.waiting_of(&key).is_none() {
            stored::read_buckets(at, &settings, &mut shadows, [key.as_str()]).await?;
            old = stored::read_value(at, &settings, &key).await?;
        }
        let mut edit = self.edit(at, &settings, Vec::new());
        let known = shadows.known(&key);
        let number = state.add(key, value, old, known, &mut edit)?;
        stored::save(at, &settings, &mut state, &mut shadows, &edit).await?;
        Ok((number, self.keep(state, edit)))
    }

    /// Adds a refused change once more. Gives its number; nothing if there is none.
    ///
    /// # Errors
    /// As [`Sync::add`].
    pub async fn requeue(&self, at: At<'_>, number: u64) -> Result<Option<(u64, Report)>> {
        let settings = self.settings()?;
        let mut state = self.load(at, &settings).await?;
        let Some(key) = state.rejected.get(&number).map(|rejected| rejected.item.key.clone())
        else {
            self.keep(state, Edit::default());
            return Ok(None);
        };
        let mut shadows = Shadows::new(state.epoch, state.filled);
        stored::read_buckets(at, &settings, &mut shadows, [key.as_str()]).await?;
        let old = stored::read_value(at, &settings, &key).await?;
        let mut edit = self.edit(at, &settings, Vec::new());
        let known = shadows.known(&key);
        let again = state.requeue(number, old, known, &mut edit)?;
        stored::save(at, &settings, &mut state, &mut shadows, &edit).await?;
        let report = self.keep(state, edit);
        Ok(again.map(|number| (number, report)))
    }

    /// Drops a change that was refused, or that waits: then what it was made upon is seen again. Nothing
    /// if there is none.
    ///
    /// # Errors
    /// `BUSY` for one that may have reached the server; those of [`Store::commit`](crate::store::Store::commit).
    pub async fn discard(&self, at: At<'_>, number: u64) -> Result<Option<Report>> {
        let settings = self.settings()?;
        let mut state = self.load(at, &settings).await?;
        let mut edit = self.edit(at, &settings, Vec::new());
        if !state.discard(number, &mut edit)? {
            self.keep(state, edit);
            return Ok(None);
        }
        let mut shadows = Shadows::new(state.epoch, state.filled);
        stored::save(at, &settings, &mut state, &mut shadows, &edit).await?;
        Ok(Some(self.keep(state, edit)))
    }

    /// The changes that are not decided, in their order, and whether each may have reached the server.
    ///
    /// # Errors
    /// `CORRUPT`; the host's refusals.
    pub async fn pending(&self, at: At<'_>) -> Result<Vec<(Item, bool)>> {
        self.look(at, |state| {
            let sent = |number| state.sent.has(number);
            state.items.iter().map(|(number, item)| (Item::clone(item), sent(number))).collect()
        })
        .await
    }

    /// The changes that were refused, in their order.
    ///
    /// # Errors
    /// `CORRUPT`; the host's refusals.
    pub async fn rejected(&self, at: At<'_>) -> Result<Vec<Rejected>> {
        self.look(at, |state| {
            state.rejected.values().map(|rejected| Rejected::clone(rejected)).collect()
        })
        .await
    }

    /// What became of a change, as far as that is remembered; nothing while it is not decided.
    ///
    /// # Errors
    /// `CORRUPT`; the host's refusals.
    pub async fn fate(&self, at: At<'_>, number: u64) -> Result<Option<Fate>> {
        self.look(at, |state| {
            let is = |item: &Item| item.number == number || item.aliases.contains(&number);
            if state.items.values().any(|item| is(item)) || number > state.next {
                None
            } else if state.rejected.values().any(|rejected| is(&rejected.item)) {
                Some(Fate::Rejected)
            } else if state.lost.contains(&number) {
                Some(Fate::Lost)
            } else {
                Some(Fate::Accepted)
            }
        })
        .await
    }

    /// How it stands.
    ///
    /// # Errors
    /// `CORRUPT`; the host's refusals.
    pub async fn status(&self, at: At<'_>) -> Result<Status> {
        let holds = self.pace(|pace| pace.holds)?;
        self.look(at, |state| Status::of(state, holds)).await
    }
}
