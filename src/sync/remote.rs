//! The verbs of the network: what is claimed for it, and what it has brought.

use std::collections::BTreeSet;

use super::item::{Decision, Item, Reason, Row};
use super::pace::{Failure, Pace, Work};
use super::seal::is_secret;
use super::shadow::{Shadows, bucket_of};
use super::state::{Edit, State};
use super::{At, Claim, Outcome, Outgoing, Page, Settings, Settled, Sync, stored};
use crate::config::SYNC_SWEEP_KEYS;
use crate::error::{Error, Result};
use crate::key::Key;

impl Sync {
    /// Says what is to be done next. What is to be pushed is noted as sent before it is given out.
    ///
    /// # Errors
    /// Those of [`Store::commit`](crate::store::Store::commit).
    pub async fn claim(&self, at: At<'_>) -> Result<Claim> {
        let settings = self.settings()?;
        let mut state = self.load(at, &settings).await?;
        let work = self.pace(|pace| pace.next(&state, at.now.millis()))?;
        let claim = match work {
            Work::Wait(until) => Claim::Wait(until),
            Work::Pull => Claim::Pull(state.cursor.clone()),
            Work::Digest => Claim::Digest,
            Work::Push(numbers) => {
                let before = state.sent.len();
                for number in &numbers {
                    state.sent.insert(*number, ());
                }
                if state.sent.len() > before {
                    let (edit, mut shadows) =
                        (Edit::default(), Shadows::new(state.epoch, state.filled));
                    let saved = stored::save(at, &settings, &mut state, &mut shadows, &edit).await;
                    saved.inspect_err(|_| drop(self.pace(Pace::again)))?;
                }
                let items = numbers.iter().filter_map(|number| state.items.get(number));
                Claim::Push(state.client.clone(), items.map(|item| outgoing(item)).collect())
            }
        };
        self.keep(state, Edit::default());
        Ok(claim)
    }

    /// Takes in what the server said of what was pushed.
    ///
    /// # Errors
    /// Those of [`Store::commit`](crate::store::Store::commit); what was pushed is pushed again then.
    pub async fn pushed(
        &self,
        at: At<'_>,
        outcomes: Vec<(u64, Outcome)>,
        server: Option<u64>,
        decisions: Vec<Decision>,
    ) -> Result<Settled> {
        let settings = self.settings()?;
        let mut state = self.load(at, &settings).await?;
        let mut shadows = Shadows::new(state.epoch, state.filled);
        let items = outcomes.iter().filter_map(|(number, _)| state.items.get(number));
        let keys: Vec<Key> = items.map(|item| item.key.clone()).collect();
        let names = keys.iter().map(Key::as_str);
        stored::read_buckets(at, &settings, &mut shadows, names).await?;
        let mut edit = self.edit(at, &settings, decisions);
        learn(&mut state, server, edit.now);
        let (mut postponed, mut is_reused, count) = (Vec::new(), false, outcomes.len());
        for (number, outcome) in outcomes {
            match outcome {
                Outcome::Accepted(version, holds) => {
                    state.accepted(number, version, holds, &mut edit);
                }
                Outcome::Conflict(row) => {
                    check(&row, shadows.version(&row.key))?;
                    state.conflicted(number, row, &mut edit);
                }
                Outcome::Rejected(reason) => state.refused(number, reason, &mut edit),
                Outcome::Reused => is_reused = true,
                // Another copy of the same request may still be decided: it stays as it was sent.
                Outcome::Retry(after) => postponed.push((number, after)),
            }
        }
        if is_reused {
            // Last: what this answer says of the others was said to the old name.
            state.renamed(stored::draw_client(at), &mut edit);
        }
        if !edit.disputes.is_empty() {
            return Ok(Settled::Disputes(edit.disputes));
        }
        stored::save(at, &settings, &mut state, &mut shadows, &edit).await?;
        let chance = draw(at);
        self.pace(|pace| {
            pace.pushed(&state);
            // Who decides some goes on at once with the rest, if it wants to.
            let is_stuck = postponed.len() == count;
            for (number, after) in postponed.into_iter().filter(|(_, after)| is_stuck || *after > 0)
            {
                pace.postpone(number, after, chance, edit.now);
            }
        })?;
        Ok(Settled::Done(self.keep(state, edit)))
    }

    /// Takes in a page of the feed, and with it how far it goes: both or nothing.
    ///
    /// # Errors
    /// Those of [`Store::commit`](crate::store::Store::commit); the page is pulled again then.
    pub async fn pulled(
        &self,
        at: At<'_>,
        page: Page,
        server: Option<u64>,
        decisions: Vec<Decision>,
    ) -> Result<Settled> {
        let settings = self.settings()?;
        let mut state = self.load(at, &settings).await?;
        if state.cursor != page.after {
            // Another process has gone on meanwhile.
            self.pace(Pace::again)?;
            return Ok(Settled::Done(self.keep(state, Edit::default())));
        }
        let mut edit = self.edit(at, &settings, decisions);
        learn(&mut state, server, edit.now);
        if page.is_reset {
            state.begin_anew(&mut edit);
        }
        let mut shadows = Shadows::new(state.epoch, state.filled);
        let is_last = !page.more && !page.is_reset;
        let mut rows = page.rows;
        if is_last && state.is_resync && state.epoch > 0 {
            let seen = rows.iter().map(|row| row.key.clone()).collect();
            rows.extend(self.gone(at, &settings, &mut state, &mut shadows, seen).await?);
        }
        state.is_resync &= !is_last;
        let names = rows.iter().map(|row| row.key.as_str());
        stored::read_buckets(at, &settings, &mut shadows, names).await?;
        for row in rows {
            let version = edit.shadows.get(&row.key).copied();
            let version = version.unwrap_or_else(|| shadows.version(&row.key));
            if row.version > version {
                check(&row, version)?;
            }
            state.absorb(row, version, &mut edit);
        }
        if !edit.disputes.is_empty() {
            return Ok(Settled::Disputes(edit.disputes));
        }
        if !page.is_reset {
            state.cursor = page.cursor;
        }
        if is_last {
            state.synced = edit.now;
        }
        stored::save(at, &settings, &mut state, &mut shadows, &edit).await?;
        self.pace(|pace| pace.pulled(!is_last, &state, edit.now))?;
        Ok(Settled::Done(self.keep(state, edit)))
    }

    /// What the server does not have any more after everything was pulled again. Most of it is removed
    /// at once; what a change waits for is given as rows.
    async fn gone(
        &self,
        at: At<'_>,
        settings: &Settings,
        state: &mut State,
        shadows: &mut Shadows,
        seen: BTreeSet<Key>,
    ) -> Result<Vec<Row>> {
        stored::read_all_buckets(at, settings, shadows).await?;
        let stale: Vec<Key> = shadows.stale().filter_map(|key| Key::new(key).ok()).collect();
        // What an earlier page brought is known, or kept beside the change that is under way.
        let is_there = |key: &Key| seen.contains(key) || state.has_seen(key);
        let stale: Vec<Key> = stale.into_iter().filter(|key| !is_there(key)).collect();
        let (held, free): (Vec<Key>, Vec<Key>) = stale
            .into_iter()
            .partition(|key| state.sent_of(key).or(state.waiting_of(key)).is_some());
        for chunk in free.chunks(SYNC_SWEEP_KEYS) {
            let mut edit = Edit::default();
            for key in chunk {
                if !is_secret(key) {
                    edit.local.insert(key.clone(), None);
                }
                edit.shadows.insert(key.clone(), 0);
            }
            stored::save(at, settings, state, shadows, &edit).await?;
        }
        Ok(held.into_iter().map(Row::gone).collect())
    }

    /// Compares the digest of the server, at a cursor, with what is here: gives the buckets that differ.
    ///
    /// # Errors
    /// The host's refusals.
    pub async fn compared(
        &self,
        at: At<'_>,
        cursor: &str,
        digests: &[(u8, (u64, u64))],
    ) -> Result<Vec<u8>> {
        let settings = self.settings()?;
        let state = self.load(at, &settings).await?;
        let mut differing = Vec::new();
        if is_comparable(&state, cursor) {
            let mut shadows = Shadows::new(state.epoch, state.filled);
            stored::read_all_buckets(at, &settings, &mut shadows).await?;
            let ours: Vec<_> = shadows.digests().collect();
            let differs = |number: &u8| {
                let of = |all: &[(u8, (u64, u64))]| {
                    all.iter().find(|(one, _)| one == number).map(|(_, digest)| *digest)
                };
                of(&ours) != of(digests)
            };
            differing.extend((0..=u8::MAX).filter(differs));
        }
        if differing.is_empty() {
            self.pace(|pace| pace.compared(at.now.millis()))?;
        }
        self.keep(state, Edit::default());
        Ok(differing)
    }

    /// Takes in all rows that the server has in some buckets, at a cursor.
    ///
    /// # Errors
    /// Those of [`Store::commit`](crate::store::Store::commit).
    pub async fn repaired(
        &self,
        at: At<'_>,
        buckets: &[u8],
        cursor: &str,
        mut rows: Vec<Row>,
        decisions: Vec<Decision>,
    ) -> Result<Settled> {
        let settings = self.settings()?;
        let mut state = self.load(at, &settings).await?;
        let mut edit = self.edit(at, &settings, decisions);
        if is_comparable(&state, cursor) {
            let mut shadows = Shadows::new(state.epoch, state.filled);
            stored::read_numbered(at, &settings, &mut shadows, buckets.iter().copied()).await?;
            let is_there = |key: &str| rows.iter().any(|row| row.key.as_str() == key);
            let gone = shadows.keys().filter(|key| !is_there(key));
            let gone: Vec<Row> = gone.filter_map(|key| Key::new(key).ok()).map(Row::gone).collect();
            rows.retain(|row| buckets.contains(&bucket_of(row.key.as_str())));
            rows.retain(|row| shadows.version(&row.key) != row.version);
            for row in rows.into_iter().chain(gone) {
                check(&row, shadows.version(&row.key))?;
                state.absorb(row, 0, &mut edit);
            }
            if !edit.disputes.is_empty() {
                return Ok(Settled::Disputes(edit.disputes));
            }
            stored::save(at, &settings, &mut state, &mut shadows, &edit).await?;
        }
        self.pace(|pace| pace.compared(at.now.millis()))?;
        Ok(Settled::Done(self.keep(state, edit)))
    }

    /// Takes note that a request has failed. What the server cannot take at all is refused.
    ///
    /// # Errors
    /// Those of [`Store::commit`](crate::store::Store::commit).
    pub async fn failed(
        &self,
        at: At<'_>,
        pushed: &[u64],
        failure: Failure,
        after: Option<u64>,
        (code, message): (&str, &str),
    ) -> Result<Settled> {
        let (chance, now) = (draw(at), at.now.millis());
        let given_up = self.pace(|pace| pace.failed(pushed, failure, after, chance, now))?;
        let Some(number) = given_up else {
            let state = self.load(at, &*self.settings()?).await?;
            return Ok(Settled::Done(self.keep(state, Edit::default())));
        };
        let (code, message) = (code.to_owned(), message.to_owned());
        let outcome = Outcome::Rejected(Reason { code, message, is_dead: true });
        self.pushed(at, vec![(number, outcome)], None, Vec::new()).await
    }
}

fn outgoing(item: &Item) -> Outgoing {
    let Item { number, key, value, base, base_version, stamp, .. } = item.clone();
    let base = base.filter(|_| item.is_base_shared);
    Outgoing { number, key, value, base, base_version, stamp }
}

/// A digest says something only of what was pulled up to the same place, and of changes whose outcome is
/// known.
fn is_comparable(state: &State, cursor: &str) -> bool {
    state.cursor == cursor && state.sent.is_empty() && !state.is_resync
}

/// # Errors
/// `CORRUPT` for a value that was replaced before: nothing of the answer is taken in.
fn check(row: &Row, known: u64) -> Result<()> {
    if !row.is_rolled_back(known) {
        return Ok(());
    }
    let error =
        Error::corrupt("the server gives a sealed value again that was replaced, it is not taken");
    Err(error.at("", row.key.as_str()))
}

fn learn(state: &mut State, server: Option<u64>, now: u64) {
    if let Some(server) = server {
        state.clock.learn(server, now);
    }
}

fn draw(at: At<'_>) -> u32 {
    let mut bytes = [0; 4];
    at.store.draw(&mut bytes);
    u32::from_le_bytes(bytes)
}
