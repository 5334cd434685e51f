//! Synchronisation: what this device changed goes to a server, what others changed comes back, and in
//! the end all hold the same.
//!
//! Its verbs are flows. Network work is claimed and settled; between the two nothing of it lives here
//! but which changes may have reached the server, and that is stored. Values are text that is never
//! looked into: whoever merges them does it outside. What a device and a server say to each other is
//! in `sync-protocol.md`.

mod item;
mod pace;
mod rules;
mod shadow;
mod stamp;
mod state;
mod stored;
mod verb;
mod wire;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

pub use item::{
    Conflict, Decision, Dispute, Fate, GONE, Item, Policy, Rejected, Row, Verdict, Winner,
};
pub use pace::{Failure, Rules, hold};
pub use shadow::{bucket_of, mark_of};
pub use stamp::Stamp;
pub use verb::{SyncVerb, Table};

use crate::clock::Timestamp;
use crate::config::SYNC_SWEEP_KEYS;
use crate::error::{Error, ErrorCode, Result};
use crate::flow::Io;
use crate::key::{Key, Namespace};
use crate::store::Store;
use crate::value::Value;
use crate::vault::Vault;
use pace::{Pace, Work};
use shadow::Shadows;
use state::{Edit, State};

/// Where and when a verb works.
#[derive(Debug, Clone, Copy)]
pub struct At<'flow> {
    /// The store.
    pub store: &'flow Store,
    /// What seals in it.
    pub vault: &'flow Vault,
    /// Its host.
    pub io: &'flow Io,
    /// The time.
    pub now: Timestamp,
}

/// What is chosen when it is opened.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the values lie.
    pub values: Namespace,
    /// Where what is to be remembered lies.
    pub own: Namespace,
    /// Who wins a conflict.
    pub policy: Policy,
    /// How fast it goes.
    pub rules: Rules,
}

/// Synchronisation over one store. Clones are handles to the same.
#[derive(Debug, Clone, Default)]
pub struct Sync(Rc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    settings: RefCell<Option<Rc<Settings>>>,
    pace: RefCell<Option<Pace>>,
    /// What is stored, between two verbs. A verb takes it out, and puts it back when all is well: what
    /// failed half-way is read again.
    held: RefCell<Option<State>>,
}

/// A change on its way to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its mutation id.
    pub number: u64,
    /// The key.
    pub key: Key,
    /// The value; nothing deletes.
    pub value: Option<Value>,
    /// What it was made upon, if the server has it.
    pub base: Option<Value>,
    /// The version of that; 0 for none.
    pub base_version: u64,
    /// When it was made.
    pub stamp: Stamp,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nothing, until this time, or until something happens.
    Wait(Option<u64>),
    /// These changes are pushed, as the client of this name.
    Push(String, Vec<Outgoing>),
    /// What is after this cursor is pulled.
    Pull(String),
    /// The server is asked for its digest.
    Digest,
}

/// What became of a pushed change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server has it, in this version, and holds this now if it is not what was sent.
    Accepted(u64, Option<(Stamp, Option<Value>)>),
    /// The server holds another row.
    Conflict(Row),
    /// The server refuses it, with this code and these words.
    Rejected(String, String),
    /// The server knows another change under that name.
    Reused,
    /// The server has decided nothing; again after so many milliseconds.
    Retry(u64),
}

/// A page of the feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The cursor that was asked for.
    pub after: String,
    /// The rows.
    pub rows: Vec<Row>,
    /// The cursor after them.
    pub cursor: String,
    /// Whether there is more.
    pub more: bool,
    /// Whether the server does not know that cursor: everything is pulled again.
    pub is_reset: bool,
}

/// What a verb has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What became of changes.
    pub fates: Vec<(u64, Fate)>,
    /// Which values are others now: set, or removed.
    pub changed: Vec<(Key, bool)>,
    /// The conflicts that were decided.
    pub conflicts: Vec<Conflict>,
}

/// How an answer of the server was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It is stored.
    Done(Report),
    /// Nothing is stored: these conflicts have to be decided, and then it is told again.
    Disputes(Vec<Dispute>),
}

/// How it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// How many changes wait or are under way.
    pub pending: usize,
    /// How many were refused.
    pub rejected: usize,
    /// When everything was last pulled; 0 for never.
    pub synced: u64,
    /// How far.
    pub cursor: String,
    /// Who this device is.
    pub client: String,
    /// Why nothing is begun, as bits of [`hold`].
    pub holds: u8,
}

impl Sync {
    /// Says where it works, and how.
    pub fn open(&self, settings: Settings) {
        *self.0.pace.borrow_mut() = Some(Pace::new(settings.rules));
        *self.0.settings.borrow_mut() = Some(Rc::new(settings));
        self.0.held.take();
    }

    /// Adds a change, which readers see at once; nothing deletes. Gives its number.
    ///
    /// # Errors
    /// `BUSY` when too many wait; those of [`Store::commit`]. Nothing has changed then.
    pub async fn add(&self, at: At<'_>, key: Key, value: Option<Value>) -> Result<(u64, Report)> {
        let settings = self.settings()?;
        let mut state = self.load(at, &settings).await?;
        let mut shadows = Shadows::new(state.epoch);
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

    /// Says what is to be done next. What is to be pushed is noted as sent before it is given out.
    ///
    /// # Errors
    /// Those of [`Store::commit`].
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
                state.sent.extend(&numbers);
                if state.sent.len() > before {
                    let (edit, mut shadows) = (Edit::default(), Shadows::new(state.epoch));
                    let saved = stored::save(at, &settings, &mut state, &mut shadows, &edit).await;
                    saved.inspect_err(|_| drop(self.pace(Pace::again)))?;
                }
                let items = numbers.iter().filter_map(|number| state.items.get(number));
                Claim::Push(state.client.clone(), items.map(outgoing).collect())
            }
        };
        self.keep(state, Edit::default());
        Ok(claim)
    }

    /// Takes in what the server said of what was pushed.
    ///
    /// # Errors
    /// Those of [`Store::commit`]; what was pushed is pushed again then.
    pub async fn pushed(
        &self,
        at: At<'_>,
        outcomes: Vec<(u64, Outcome)>,
        server: Option<u64>,
        decisions: Vec<Decision>,
    ) -> Result<Settled> {
        let settings = self.settings()?;
        let mut state = self.load(at, &settings).await?;
        let mut shadows = Shadows::new(state.epoch);
        let items = outcomes.iter().filter_map(|(number, _)| state.items.get(number));
        let keys: Vec<Key> = items.map(|item| item.key.clone()).collect();
        let names = keys.iter().map(Key::as_str);
        stored::read_buckets(at, &settings, &mut shadows, names).await?;
        let mut edit = self.edit(at, &settings, decisions);
        learn(&mut state, server, edit.now);
        let mut postponed = Vec::new();
        for (number, outcome) in outcomes {
            match outcome {
                Outcome::Accepted(version, holds) => {
                    state.accepted(number, version, holds, &mut edit);
                }
                Outcome::Conflict(row) => state.conflicted(number, row, &mut edit),
                Outcome::Rejected(code, message) => {
                    state.refused(number, code, message, &mut edit);
                }
                Outcome::Reused => state.renamed(stored::draw_client(at), &mut edit),
                Outcome::Retry(after) => {
                    state.undecided(number, &mut edit);
                    postponed.push((number, after));
                }
            }
        }
        if !edit.disputes.is_empty() {
            return Ok(Settled::Disputes(edit.disputes));
        }
        stored::save(at, &settings, &mut state, &mut shadows, &edit).await?;
        let chance = draw(at);
        self.pace(|pace| {
            pace.pushed(&state);
            for (number, after) in postponed {
                pace.postpone(number, after, chance, edit.now);
            }
        })?;
        Ok(Settled::Done(self.keep(state, edit)))
    }

    /// Takes in a page of the feed, and with it how far it goes: both or nothing.
    ///
    /// # Errors
    /// Those of [`Store::commit`]; the page is pulled again then.
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
            state.begin_anew();
        }
        let mut shadows = Shadows::new(state.epoch);
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
        let stale = stale.into_iter().filter(|key| !seen.contains(key));
        let (held, free): (Vec<Key>, Vec<Key>) =
            stale.partition(|key| state.sent_of(key).or(state.waiting_of(key)).is_some());
        for chunk in free.chunks(SYNC_SWEEP_KEYS) {
            let mut edit = Edit::default();
            for key in chunk {
                edit.local.insert(key.clone(), None);
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
            let mut shadows = Shadows::new(state.epoch);
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
    /// Those of [`Store::commit`].
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
            let mut shadows = Shadows::new(state.epoch);
            stored::read_numbered(at, &settings, &mut shadows, buckets.iter().copied()).await?;
            let is_there = |key: &str| rows.iter().any(|row| row.key.as_str() == key);
            let gone = shadows.keys().filter(|key| !is_there(key));
            let gone: Vec<Row> = gone.filter_map(|key| Key::new(key).ok()).map(Row::gone).collect();
            rows.retain(|row| buckets.contains(&bucket_of(row.key.as_str())));
            rows.retain(|row| shadows.version(&row.key) != row.version);
            for row in rows.into_iter().chain(gone) {
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
    /// Those of [`Store::commit`].
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
        let Some(number) = given_up else { return Ok(Settled::Done(Report::default())) };
        let outcome = Outcome::Rejected(code.to_owned(), message.to_owned());
        self.pushed(at, vec![(number, outcome)], None, Vec::new()).await
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
        let mut shadows = Shadows::new(state.epoch);
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
    /// `BUSY` for one that may have reached the server; those of [`Store::commit`].
    pub async fn discard(&self, at: At<'_>, number: u64) -> Result<Option<Report>> {
        let settings = self.settings()?;
        let mut state = self.load(at, &settings).await?;
        let mut edit = self.edit(at, &settings, Vec::new());
        if !state.discard(number, &mut edit)? {
            self.keep(state, edit);
            return Ok(None);
        }
        let mut shadows = Shadows::new(state.epoch);
        stored::save(at, &settings, &mut state, &mut shadows, &edit).await?;
        Ok(Some(self.keep(state, edit)))
    }

    /// The changes that are not decided, in their order, and whether each may have reached the server.
    ///
    /// # Errors
    /// `CORRUPT`; the host's refusals.
    pub async fn pending(&self, at: At<'_>) -> Result<Vec<(Item, bool)>> {
        self.look(at, |state| {
            let sent = |number| state.sent.contains(number);
            state.items.iter().map(|(number, item)| (item.clone(), sent(number))).collect()
        })
        .await
    }

    /// The changes that were refused, in their order.
    ///
    /// # Errors
    /// `CORRUPT`; the host's refusals.
    pub async fn rejected(&self, at: At<'_>) -> Result<Vec<Rejected>> {
        self.look(at, |state| state.rejected.values().cloned().collect()).await
    }

    /// What became of a change, as far as that is remembered; nothing while it is not decided.
    ///
    /// # Errors
    /// `CORRUPT`; the host's refusals.
    pub async fn fate(&self, at: At<'_>, number: u64) -> Result<Option<Fate>> {
        self.look(at, |state| {
            let is = |item: &Item| item.number == number || item.aliases.contains(&number);
            if state.items.values().any(is) || number > state.next {
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
        self.look(at, |state| Status {
            pending: state.items.len(),
            rejected: state.rejected.len(),
            synced: state.synced,
            cursor: state.cursor.clone(),
            client: state.client.clone(),
            holds,
        })
        .await
    }

    /// Wants a whole synchronisation now, with a comparison of digests if that is asked for.
    ///
    /// # Errors
    /// `INVALID_OPTION` before [`Sync::open`].
    pub fn want(&self, with_digest: bool) -> Result<()> {
        self.pace(|pace| {
            pace.want();
            if with_digest {
                pace.want_digest();
            }
        })
    }

    /// Whether a synchronisation is wanted and has not come to its end.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.pace(|pace| pace.is_wanted()).unwrap_or(false)
    }

    /// Has it go on by itself, or not.
    ///
    /// # Errors
    /// `INVALID_OPTION` before [`Sync::open`].
    pub fn start(&self, is_started: bool) -> Result<()> {
        self.pace(|pace| pace.is_started = is_started)
    }

    /// Says for which reasons nothing is begun.
    ///
    /// # Errors
    /// `INVALID_OPTION` before [`Sync::open`].
    pub fn hold_for(&self, reasons: u8) -> Result<()> {
        self.pace(|pace| pace.holds = reasons)
    }

    async fn look<T>(&self, at: At<'_>, look: impl FnOnce(&State) -> T) -> Result<T> {
        let settings = self.settings()?;
        let state = self.load(at, &settings).await?;
        let seen = look(&state);
        self.keep(state, Edit::default());
        Ok(seen)
    }

    async fn load(&self, at: At<'_>, settings: &Settings) -> Result<State> {
        let held = self.0.held.take();
        stored::load(at, settings, held).await
    }

    fn keep(&self, state: State, edit: Edit) -> Report {
        *self.0.held.borrow_mut() = Some(state);
        let changed = edit.local.into_iter().map(|(key, value)| (key, value.is_some()));
        Report { fates: edit.fates, changed: changed.collect(), conflicts: edit.conflicts }
    }

    fn edit(&self, at: At<'_>, settings: &Settings, decisions: Vec<Decision>) -> Edit {
        Edit { now: at.now.millis(), policy: settings.policy, decisions, ..Edit::default() }
    }

    fn settings(&self) -> Result<Rc<Settings>> {
        self.0.settings.borrow().clone().ok_or_else(not_open)
    }

    fn pace<T>(&self, act: impl FnOnce(&mut Pace) -> T) -> Result<T> {
        self.0.pace.borrow_mut().as_mut().map(act).ok_or_else(not_open)
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

fn not_open() -> Error {
    Error::new(ErrorCode::InvalidOption, "synchronisation was not set up when the store was opened")
}
