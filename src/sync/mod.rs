//! Synchronisation: what this device changed goes to a server, what others changed comes back, and in
//! the end all hold the same.
//!
//! Its verbs are flows. Network work is claimed and settled; between the two nothing of it lives here
//! but which changes may have reached the server, and that is stored. Values are text that is never
//! looked into: whoever merges them does it outside. What a device and a server say to each other is
//! in `sync-protocol.md`.

mod item;
mod local;
mod pace;
mod remote;
mod revise;
mod rules;
mod seal;
mod secret;
mod shadow;
mod sorted;
mod stamp;
mod state;
mod stored;
mod verb;
mod wire;

use std::cell::RefCell;
use std::rc::Rc;

pub use item::{
    Conflict, Decision, Dispute, Fate, GONE, Item, Policy, Reason, Rejected, Row, Verdict, Winner,
};
pub use pace::{Failure, Rules, hold};
pub use seal::{Bound, Padding, SECRET_KEY};
pub use secret::{Offer, Standing};
pub use shadow::{bucket_of, mark_of};
pub use stamp::Stamp;
pub use verb::{SyncVerb, Table};

use crate::clock::Timestamp;
use crate::error::{Error, ErrorCode, Result};
use crate::flow::Io;
use crate::key::{Key, Namespace};
use crate::store::Store;
use crate::value::Value;
use crate::vault::Vault;
use pace::Pace;
use secret::Shared;
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
    /// The secret of the account, while the vault is unlocked.
    shared: RefCell<Option<Shared>>,
    /// What was offered to the server as that.
    offered: RefCell<Option<Shared>>,
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
    /// It is refused for good.
    Rejected(Reason),
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
    /// How it stands now.
    pub status: Status,
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

impl Status {
    fn of(state: &State, holds: u8) -> Self {
        Self {
            pending: state.items.len(),
            rejected: state.rejected.len(),
            synced: state.synced,
            cursor: state.cursor.clone(),
            client: state.client.clone(),
            holds,
        }
    }
}

impl Sync {
    /// Says where it works, and how.
    pub fn open(&self, settings: Settings) {
        *self.0.pace.borrow_mut() = Some(Pace::new(settings.rules));
        *self.0.settings.borrow_mut() = Some(Rc::new(settings));
        self.0.held.take();
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
        let status = Status::of(&state, self.pace(|pace| pace.holds).unwrap_or(0));
        *self.0.held.borrow_mut() = Some(state);
        let changed =
            edit.local.into_pairs().into_iter().map(|(key, value)| (key, value.is_some()));
        let changed = changed.collect();
        Report { fates: edit.fates, changed, conflicts: edit.conflicts, status }
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

fn not_open() -> Error {
    Error::new(ErrorCode::InvalidOption, "synchronisation was not set up when the store was opened")
}
