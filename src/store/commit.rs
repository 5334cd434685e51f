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
use super::mirror::as_read;
use super::port::Trust;
use super::quota::no_room;
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
    /// A damaged journal lies there that could not be put aside for lack of room. It is never applied, so
    /// single writes go on, which may make room; commits that need a journal of their own wait.
    Aside,
}

impl Debt {
    /// Whether no commit is left undecided.
    pub(super) fn is_settled(self) -> bool {
        matches!(self, Self::None | Self::Aside)
    }
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
            self.execute_atomically(io, redo, staged, olds).await
        } else {
            match port::write(self, io, staged).await {
                Ok(()) if redo.len() > 1 => self.execute_journalled(io, redo, olds, now).await,
                Ok(()) => self.execute_single(io, redo, olds).await,
                Err(error) => Err((error, End::Undone)),
            }
        };
        // What is left behind when clearing fails is garbage, which sweeping finds.
        match outcome {
            Ok(()) => {
                let _ = port::remove(self, io, garbage).await;
                Ok(())
            }
            Err((error, End::Undone)) => {
                let _ = port::remove(self, io, staged_keys).await;
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
                self.apply(io, redo).await?;
                port::remove(self, io, vec![JOURNAL.to_owned()]).await?;
                let _ = port::remove(self, io, chunks).await;
                Ok(Recovery::Finished)
            }
            Err(error) if error.code == ErrorCode::Corrupt => {
                match self.put_aside(io, data, now).await {
                    Err(error) if error.code == ErrorCode::QuotaExceeded => {
                        self.state(|state| state.debt = Debt::Aside);
                    }
                    outcome => outcome?,
                }
                Ok(Recovery::Quarantined)
            }
            Err(error) => Err(error),
        }
    }

    /// Keeps a damaged journal under another key, for a person to look at.
    async fn put_aside(&self, io: &Io, data: Data, now: Timestamp) -> Result<()> {
        let id = self.state(|state| state.entropy.number());
        let key = [QUARANTINE, &hex(id, 12), "~", &decimal(now.millis())].concat();
        port::write(self, io, vec![(key, data)]).await?;
        port::remove(self, io, vec![JOURNAL.to_owned()]).await
    }

    /// Does what an earlier refusal left undone.
    pub(super) async fn pay_debt(&self, io: &Io, now: Timestamp) -> Result<()> {
        match self.state(|state| state.debt) {
            Debt::None => return Ok(()),
            Debt::Discard => port::remove(self, io, vec![JOURNAL.to_owned()]).await?,
            owed @ (Debt::Recover | Debt::Aside) => {
                self.state(|state| state.debt = Debt::Recovering);
                let recovered = self.recover_again(io, now).await;
                self.state(|state| match &recovered {
                    Ok(_) if state.debt == Debt::Recovering => state.debt = Debt::None,
                    Ok(_) => {}
                    Err(_) => state.debt = owed,
                });
                return recovered.map(|_| ());
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
        let journal =
            port::read(self, io, vec![JOURNAL.to_owned()], Trust::Own).await?.pop().flatten();
        self.recover(io, journal, now).await
    }

    /// Carries out a plan in one atomic commit of the host.
    async fn execute_atomically(&self, io: &Io, redo: Redo, staged: Staged, olds: Olds) -> Outcome {
        let staged_keys: Vec<String> = staged.iter().map(|(key, _)| key.clone()).collect();
        let wanted = self.shared_of(&redo);
        let writes = staged.into_iter().chain(redo.writes).collect();
        let Err(error) = port::commit(self, io, writes, redo.removes).await else {
            return Ok(());
        };
        let olds = self.true_olds(io, olds, wanted).await;
        let mut undo = undo_of(&olds);
        undo.removes.extend(staged_keys);
        let undone = self.is_old(io, &olds).await
            || port::commit(self, io, undo.writes, undo.removes).await.is_ok();
        Err((error, if undone { End::Undone } else { End::Unknown }))
    }

    /// Carries out one write or one remove. If the host refuses, what lies there is looked at: a
    /// refusal does not mean that nothing happened.
    async fn execute_single(&self, io: &Io, redo: Redo, olds: Olds) -> Outcome {
        let wanted = self.shared_of(&redo);
        let Err(error) = self.apply(io, redo).await else {
            return Ok(());
        };
        let olds = self.true_olds(io, olds, wanted).await;
        let undone = self.is_old(io, &olds).await || self.apply(io, undo_of(&olds)).await.is_ok();
        Err((error, if undone { End::Undone } else { End::Unknown }))
    }

    /// Of what a commit wants to lie there, what lies where others write too and may have written since
    /// this instance last looked.
    fn shared_of(&self, redo: &Redo) -> Olds {
        let is_shared = |key: &str| self.capabilities().exclusive && !self.is_own(key);
        let shared = redo.writes.iter().filter(|(key, _)| is_shared(key));
        shared.map(|(key, data)| (key.clone(), Some(data.clone()))).collect()
    }

    /// What lay there before a commit that failed. Where others write too, what a put took for the old
    /// data may be older than what they wrote since: whatever is not what the commit wanted to lie there
    /// is theirs, and the way back leads to it.
    async fn true_olds(&self, io: &Io, mut olds: Olds, wanted: Olds) -> Olds {
        let keys = wanted.iter().map(|(key, _)| key.clone()).collect();
        let Ok(found) = port::read(self, io, keys, Trust::Own).await else { return olds };
        for ((key, data), there) in wanted.iter().zip(found) {
            let old = olds.iter_mut().find(|(old_key, _)| old_key == key);
            if let Some((_, old)) =
                old.filter(|_| there.as_ref().map(as_read) != data.as_ref().map(as_read))
            {
                *old = there;
            }
        }
        olds
    }

    /// Whether what lay there still lies there.
    async fn is_old(&self, io: &Io, olds: &Olds) -> bool {
        let keys = olds.iter().map(|(key, _)| key.clone()).collect();
        let found = port::read(self, io, keys, Trust::Own).await;
        found.is_ok_and(|found| found.iter().eq(olds.iter().map(|(_, old)| old)))
    }

    /// Carries out several writes and removes under the protection of a journal.
    ///
    /// Invariant: once the journal is written there is room to apply it, so that finishing it at the
    /// next open does not depend on room that was never there.
    async fn execute_journalled(&self, io: &Io, redo: Redo, olds: Olds, now: Timestamp) -> Outcome {
        if self.state(|state| state.debt) == Debt::Aside {
            return Err((no_room(), End::Undone));
        }
        let id = self.state(|state| state.entropy.number());
        let holds = self.capabilities().holds;
        let journal = journal::encode(&redo, id, now, holds, self.entry_bytes())
            .map_err(|error| (error, End::Undone))?;
        let needed = journal.size() + growth(&redo, &olds);
        self.ensure_room(io, needed).await.map_err(|error| (error, End::Undone))?;
        let chunks: Vec<String> = journal.chunks.iter().map(|(key, _)| key.clone()).collect();
        let wanted = self.shared_of(&redo);
        let outcome = match self.write_journal(io, journal).await {
            Ok(()) => self.apply(io, redo).await,
            Err(error) => {
                self.discard_journal(io).await;
                return Err((error, self.end(io, chunks).await));
            }
        };
        match outcome {
            Ok(()) => self.discard_journal(io).await,
            // The journal stays until the old data are back: dying on the way leads forth again.
            Err(_) => {
                let olds = self.true_olds(io, olds, wanted).await;
                match self.apply(io, undo_of(&olds)).await {
                    Ok(()) => self.discard_journal(io).await,
                    Err(_) => self.state(|state| state.debt = Debt::Recover),
                }
            }
        }
        let end = self.end(io, chunks).await;
        outcome.map_err(|error| (error, end))
    }

    /// How a commit with a journal ended; the chunks go unless the journal may still be there.
    async fn end(&self, io: &Io, chunks: Vec<String>) -> End {
        if !self.state(|state| state.debt).is_settled() {
            return End::Unknown;
        }
        let _ = port::remove(self, io, chunks).await;
        End::Undone
    }

    async fn discard_journal(&self, io: &Io) {
        let removed = port::remove(self, io, vec![JOURNAL.to_owned()]).await;
        self.state(|state| state.debt = if removed.is_ok() { Debt::None } else { Debt::Discard });
    }

    /// Writes a journal: its chunks, then the head, which decides.
    async fn write_journal(&self, io: &Io, journal: journal::Written) -> Result<()> {
        port::write(self, io, journal.chunks).await?;
        port::write(self, io, vec![(JOURNAL.to_owned(), journal.head)]).await
    }

    /// Applies a redo list: removes first, because they make room.
    async fn apply(&self, io: &Io, redo: Redo) -> Result<()> {
        port::remove(self, io, redo.removes).await?;
        port::write(self, io, redo.writes).await
    }

    async fn read_journal(&self, io: &Io, data: &Data) -> Result<(Redo, Vec<String>)> {
        match journal::decode(data)? {
            Head::Whole(redo) => Ok((redo, Vec::new())),
            Head::Chunked { keys, sum } => {
                let chunks = port::read(self, io, keys.clone(), Trust::Own).await?;
                Ok((journal::join(&keys, sum, &chunks)?, keys))
            }
        }
    }
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

/// Marks an error of a commit whose end is not yet known.
pub(super) fn undecided(error: Error) -> Error {
    error.saying("the host refused in the middle of a commit and again while undoing it; all of it or nothing will be there, which is decided by the next write or open")
}
