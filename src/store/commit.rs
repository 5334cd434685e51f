//! The commit: several host writes that happen all or not at all, wherever the process dies.
//!
//! | step | if the process dies before it | if the host refuses it |
//! |---|---|---|
//! | parts of split values are written under new names | nothing happened; the parts are garbage | they are removed, nothing happened |
//! | the journal is written | the same | the same, and the journal is removed |
//! | its removes and writes are applied | the next open applies all of them | the old data are put back |
//! | the journal is removed | the next open applies them again, to no effect | it is removed before the next write |
//! | what was replaced is cleared away | it is garbage | it is garbage |
//!
//! A commit of a single host write needs no journal: that write decides. Garbage is found by
//! [`Store::sweep`], because a part's name says whose it is.

use super::journal::{Head, Redo};
use super::{Store, journal, port};
use crate::bytes::{decimal, hex};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorCode, Result};
use crate::flow::Io;
use crate::host::Data;
use crate::key::{JOURNAL, QUARANTINE};

/// What must be done before the store goes on, because the host refused it before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Debt {
    None,
    /// A journal lies there whose commit is over, one way or the other.
    Discard,
    /// A journal lies there whose commit is half applied.
    Recover,
    /// Another verb is finishing it just now.
    Recovering,
}

/// What open found of an earlier life's last commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Nothing was left to do.
    None,
    /// An interrupted commit was finished.
    Finished,
    /// A damaged journal was put aside for a person to look at.
    Quarantined,
}

/// A commit, planned: nothing left to decide.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Parts of split values, under names that nobody refers to yet.
    pub(super) staged: Staged,
    /// What becomes visible.
    pub(super) redo: Redo,
    /// What is no longer referred to afterwards.
    pub(super) garbage: Vec<String>,
    /// What lay under each key of the redo list.
    pub(super) olds: Olds,
}

impl Store {
    /// Carries out a plan, all or nothing.
    pub(super) async fn execute(&self, io: &Io, plan: Plan, now: Timestamp) -> Result<()> {
        let Plan { staged, redo, garbage, olds } = plan;
        self.count_written(staged.iter().chain(&redo.writes));
        let staged_keys: Vec<String> = staged.iter().map(|(key, _)| key.clone()).collect();
        let is_single = redo.len() + staged.len() <= 1;
        let outcome = if self.capabilities().atomic_commit && !is_single {
            self.execute_atomically(io, redo, staged, &olds).await
        } else {
            match port::write(io, staged).await {
                Ok(()) if redo.len() > 1 => self.execute_journalled(io, redo, &olds, now).await,
                Ok(()) => execute_single(io, redo, &olds).await,
                Err(error) => Err((error, End::Undone)),
            }
        };
        // What is left behind when clearing fails is garbage, which sweeping finds.
        match outcome {
            Ok(()) => {
                let _ = port::remove(io, garbage).await;
                Ok(())
            }
            Err((error, End::Undone)) => {
                let _ = port::remove(io, staged_keys).await;
                Err(error)
            }
            // What may still be referred to must stay.
            Err((error, End::Unknown)) => Err(error),
        }
    }

    /// Finishes what a journal says, if one is there.
    pub(super) async fn recover(
        &self,
        io: &Io,
        journal: Option<Data>,
        now: Timestamp,
    ) -> Result<Recovery> {
        let Some(data) = journal else {
            return Ok(Recovery::None);
        };
        match self.read_journal(io, &data).await {
            Ok((redo, chunks)) => {
                apply(io, redo).await?;
                port::remove(io, vec![JOURNAL.to_owned()]).await?;
                let _ = port::remove(io, chunks).await;
                Ok(Recovery::Finished)
            }
            Err(error) if error.code == ErrorCode::Corrupt => {
                let id = self.state(|state| state.entropy.number());
                let aside = [QUARANTINE, &hex(id, 12), "~", &decimal(now.millis())].concat();
                port::write(io, vec![(aside, data)]).await?;
                port::remove(io, vec![JOURNAL.to_owned()]).await?;
                Ok(Recovery::Quarantined)
            }
            Err(error) => Err(error),
        }
    }

    /// Does what an earlier refusal left undone.
    pub(super) async fn pay_debt(&self, io: &Io, now: Timestamp) -> Result<()> {
        match self.state(|state| state.debt) {
            Debt::None => return Ok(()),
            Debt::Discard => port::remove(io, vec![JOURNAL.to_owned()]).await?,
            Debt::Recover => {
                self.state(|state| state.debt = Debt::Recovering);
                let recovered = self.recover_again(io, now).await;
                if recovered.is_err() {
                    self.state(|state| state.debt = Debt::Recover);
                }
                recovered?;
            }
            Debt::Recovering => {
                let message = "a commit is being finished that the host had refused, try again";
                return Err(Error::new(ErrorCode::Busy, message));
            }
        }
        self.state(|state| state.debt = Debt::None);
        Ok(())
    }

    async fn recover_again(&self, io: &Io, now: Timestamp) -> Result<Recovery> {
        let journal = port::read(io, vec![JOURNAL.to_owned()]).await?.pop().flatten();
        self.recover(io, journal, now).await
    }

    /// Carries out a plan in one atomic commit of the host.
    async fn execute_atomically(
        &self,
        io: &Io,
        redo: Redo,
        staged: Staged,
        olds: &Olds,
    ) -> Outcome {
        let mut undo = undo_of(olds);
        undo.removes.extend(staged.iter().map(|(key, _)| key.clone()));
        let writes = staged.into_iter().chain(redo.writes).collect();
        let Err(error) = port::commit(io, writes, redo.removes).await else {
            return Ok(());
        };
        let undone =
            is_old(io, olds).await || port::commit(io, undo.writes, undo.removes).await.is_ok();
        Err((error, if undone { End::Undone } else { End::Unknown }))
    }

    /// Carries out several writes and removes under the protection of a journal.
    ///
    /// Invariant: once the journal is written there is room to apply it, so that finishing it at the
    /// next open does not depend on room that was never there.
    async fn execute_journalled(
        &self,
        io: &Io,
        redo: Redo,
        olds: &Olds,
        now: Timestamp,
    ) -> Outcome {
        let id = self.state(|state| state.entropy.number());
        let holds = self.capabilities().holds;
        let journal = journal::encode(&redo, id, now, holds, self.entry_bytes())
            .map_err(|error| (error, End::Undone))?;
        let needed = journal.size() + growth(&redo, olds);
        self.ensure_room(io, needed).await.map_err(|error| (error, End::Undone))?;
        let chunks: Vec<String> = journal.chunks.iter().map(|(key, _)| key.clone()).collect();
        let outcome = match write_journal(io, journal).await {
            Ok(()) => apply(io, redo).await,
            Err(error) => {
                self.discard_journal(io).await;
                return Err((error, self.end(io, chunks).await));
            }
        };
        match outcome {
            Ok(()) => self.discard_journal(io).await,
            // The journal stays until the old data are back: dying on the way leads forth again.
            Err(_) => match apply(io, undo_of(olds)).await {
                Ok(()) => self.discard_journal(io).await,
                Err(_) => self.state(|state| state.debt = Debt::Recover),
            },
        }
        let end = self.end(io, chunks).await;
        outcome.map_err(|error| (error, end))
    }

    /// How a commit with a journal ended; the chunks go unless the journal may still be there.
    async fn end(&self, io: &Io, chunks: Vec<String>) -> End {
        if self.state(|state| state.debt) != Debt::None {
            return End::Unknown;
        }
        let _ = port::remove(io, chunks).await;
        End::Undone
    }

    async fn discard_journal(&self, io: &Io) {
        let removed = port::remove(io, vec![JOURNAL.to_owned()]).await;
        self.state(|state| state.debt = if removed.is_ok() { Debt::None } else { Debt::Discard });
    }

    async fn read_journal(&self, io: &Io, data: &Data) -> Result<(Redo, Vec<String>)> {
        match journal::decode(data)? {
            Head::Whole(redo) => Ok((redo, Vec::new())),
            Head::Chunked { keys, sum } => {
                let chunks = port::read(io, keys.clone()).await?;
                Ok((journal::join(&keys, sum, &chunks)?, keys))
            }
        }
    }
}

/// Carries out one write or one remove. If the host refuses, what lies there is looked at: a refusal
/// does not mean that nothing happened.
async fn execute_single(io: &Io, redo: Redo, olds: &Olds) -> Outcome {
    let Err(error) = apply(io, redo).await else {
        return Ok(());
    };
    let undone = is_old(io, olds).await || apply(io, undo_of(olds)).await.is_ok();
    Err((error, if undone { End::Undone } else { End::Unknown }))
}

/// Whether what lay there still lies there.
async fn is_old(io: &Io, olds: &Olds) -> bool {
    let found = port::read(io, olds.iter().map(|(key, _)| key.clone()).collect()).await;
    found.is_ok_and(|found| found.iter().eq(olds.iter().map(|(_, old)| old)))
}

type Staged = Vec<(String, Data)>;
/// What lay under each key; every key once.
type Olds = Vec<(String, Option<Data>)>;
type Outcome = std::result::Result<(), (Error, End)>;

/// How a commit that failed left the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// As it was before.
    Undone,
    /// Perhaps changed, or about to be.
    Unknown,
}

/// The way back to what lay there.
fn undo_of(olds: &Olds) -> Redo {
    let mut undo = Redo::default();
    for (key, old) in olds {
        match old {
            Some(data) => undo.writes.push((key.clone(), data.clone())),
            None => undo.removes.push(key.clone()),
        }
    }
    undo
}

/// By how many bytes a redo list may make the host's contents grow, in whatever order it, or the
/// way back, is applied: what shrinks is not set off against what grows.
fn growth(redo: &Redo, olds: &Olds) -> usize {
    let size = |key: &String, data: &Data| key.len() + data.len();
    // The olds are in the order of the writes, with removed keys among them.
    let mut olds = olds.iter();
    let grown = |(key, data): &(String, Data)| {
        let old = olds.find(|(old_key, _)| old_key == key).and_then(|(_, old)| old.as_ref());
        size(key, data).saturating_sub(old.map_or(0, |old| size(key, old)))
    };
    redo.writes.iter().map(grown).sum()
}

/// Writes a journal: its chunks, then the head, which decides.
async fn write_journal(io: &Io, journal: journal::Written) -> Result<()> {
    port::write(io, journal.chunks).await?;
    port::write(io, vec![(JOURNAL.to_owned(), journal.head)]).await
}

/// Applies a redo list: removes first, because they make room.
async fn apply(io: &Io, redo: Redo) -> Result<()> {
    port::remove(io, redo.removes).await?;
    port::write(io, redo.writes).await
}

/// Marks an error of a commit whose end is not yet known.
pub(super) fn undecided(error: Error) -> Error {
    error.saying("the host refused in the middle of a commit and again while undoing it; all of it or nothing will be there, which is decided by the next write or open")
}
