//! Typed asks: the only place where an [`Ask`] is built.
//!
//! Each function asks one question and takes its one kind of answer; a refusal becomes an
//! [`Error`], an answer of another kind is the shell's mistake and becomes `HOST_FAILED`. Where nobody
//! else writes, the [`Mirror`](super::mirror::Mirror) saves asking what is known.

use super::Store;
use super::mirror::is_small;
use crate::config::LISTED_HOST_BYTES_MAX;
use crate::error::{Error, ErrorCode, Result};
use crate::flow::Io;
use crate::host::{Answer, Ask, Capabilities, Data, Fault, FaultKind, Holds, Usage};
use crate::key::RESERVED;

/// Which keys the mirror may answer for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// Those that nobody else writes.
    Own,
    /// Every key. What others wrote meanwhile in the default namespace of a host of values is not
    /// seen: enough for a put that replaces it in any case.
    Lately,
}

impl Store {
    /// What this instance knows to lie under a host key without asking the host.
    #[must_use]
    pub fn known(&self, host_key: &str) -> Option<Option<Data>> {
        self.recall(host_key, Trust::Lately)
    }

    fn recall(&self, host_key: &str, trust: Trust) -> Option<Option<Data>> {
        let is_own = trust == Trust::Lately || self.is_own(host_key);
        let known = self.state(|state| is_own.then(|| state.mirror.get(host_key)).flatten());
        match trust {
            Trust::Lately if known.is_none() => {
                self.state(|state| state.mirror.is_absent(host_key)).then_some(None)
            }
            _ => known,
        }
    }

    /// Whether nobody else writes under a key, as long as nobody else writes at all.
    pub(super) fn is_own(&self, host_key: &str) -> bool {
        self.capabilities().holds != Holds::Native || host_key.starts_with(RESERVED)
    }

    /// Forgets what changes on the host; gives what to take note of once it has changed.
    fn before_change(&self, writes: &[(String, Data)], removes: &[String]) -> Change {
        let mut change = Change { asked_at: 0, entries: Vec::new() };
        if !self.capabilities().exclusive {
            return change;
        }
        let written = writes.iter().map(|(host_key, data)| (host_key, Some(data)));
        self.state(|state| {
            for (host_key, data) in written.chain(removes.iter().map(|host_key| (host_key, None))) {
                state.mirror.forget(host_key);
                if is_small(host_key, data) {
                    change.entries.push((host_key.clone(), data.cloned()));
                }
            }
            change.asked_at = state.mirror.changes();
        });
        change
    }

    fn after_change(&self, change: Change, answer: Answer) -> Result<()> {
        done(answer)?;
        self.state(|state| {
            for (host_key, data) in change.entries {
                state.mirror.note(change.asked_at, host_key, data);
            }
        });
        Ok(())
    }
}

/// What the host was asked to change.
struct Change {
    asked_at: u32,
    entries: Vec<(String, Option<Data>)>,
}

/// Reads what lies under keys: from the mirror as far as it may answer, from the host otherwise.
pub(super) async fn read(
    store: &Store,
    io: &Io,
    keys: Vec<String>,
    trust: Trust,
) -> Result<Vec<Option<Data>>> {
    if !store.capabilities().exclusive {
        return ask_for(io, keys).await;
    }
    let recall = |keys: &[String]| -> Vec<_> {
        keys.iter().map(|host_key| store.recall(host_key, trust)).collect()
    };
    let mut found = recall(&keys);
    if trust == Trust::Lately
        && found.iter().any(Option::is_none)
        && store.state(|state| state.mirror.wants_listing())
    {
        // What is refused here is found out by reading.
        let _ = list(store, io, "").await;
        found = recall(&keys);
    }
    let unknown = keys.iter().zip(&found).filter(|(_, known)| known.is_none());
    let unknown: Vec<String> = unknown.map(|(host_key, _)| host_key.clone()).collect();
    let asked_at = store.state(|state| state.mirror.changes());
    let answers = ask_for(io, unknown.clone()).await?;
    let Capabilities { lists, total_bytes, .. } = store.capabilities();
    let can_list = *lists && total_bytes.is_some_and(|max| max <= LISTED_HOST_BYTES_MAX);
    store.state(|state| {
        for (host_key, data) in unknown.iter().zip(&answers) {
            if is_small(host_key, data.as_ref()) {
                state.mirror.note(asked_at, host_key.clone(), data.clone());
            }
            if trust == Trust::Lately && can_list && data.is_none() {
                state.mirror.want_listing();
            }
        }
    });
    let mut answers = answers.into_iter();
    Ok(found.into_iter().map(|known| known.or_else(|| answers.next()).flatten()).collect())
}

async fn ask_for(io: &Io, keys: Vec<String>) -> Result<Vec<Option<Data>>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let count = keys.len();
    match io.ask(Ask::Read(keys)).await {
        Answer::Data(found) if found.len() == count => Ok(found),
        other => Err(refused(other)),
    }
}

pub(super) async fn write(store: &Store, io: &Io, writes: Vec<(String, Data)>) -> Result<()> {
    if writes.is_empty() {
        return Ok(());
    }
    let change = store.before_change(&writes, &[]);
    store.after_change(change, io.ask(Ask::Write(writes)).await)
}

pub(super) async fn remove(store: &Store, io: &Io, keys: Vec<String>) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let change = store.before_change(&[], &keys);
    store.after_change(change, io.ask(Ask::Remove(keys)).await)
}

pub(super) async fn commit(
    store: &Store,
    io: &Io,
    writes: Vec<(String, Data)>,
    removes: Vec<String>,
) -> Result<()> {
    let change = store.before_change(&writes, &removes);
    store.after_change(change, io.ask(Ask::Commit { writes, removes }).await)
}

pub(super) async fn list(store: &Store, io: &Io, prefix: &str) -> Result<Vec<String>> {
    let asked_at = store.state(|state| state.mirror.changes());
    match io.ask(Ask::List(prefix.to_owned())).await {
        Answer::Keys(keys) => {
            if prefix.is_empty() && store.capabilities().exclusive {
                store.state(|state| state.mirror.note_listing(asked_at, &keys));
            }
            Ok(keys)
        }
        other => Err(refused(other)),
    }
}

pub(super) async fn usage(io: &Io) -> Result<Usage> {
    match io.ask(Ask::Info).await {
        Answer::Usage(usage) => Ok(usage),
        other => Err(refused(other)),
    }
}

pub(super) async fn read_witness(io: &Io) -> Result<Option<String>> {
    match io.ask(Ask::ReadWitness).await {
        Answer::Witness(text) => Ok(text),
        other => Err(refused(other)),
    }
}

pub(super) async fn write_witness(io: &Io, text: String) -> Result<()> {
    done(io.ask(Ask::WriteWitness(text)).await)
}

fn done(answer: Answer) -> Result<()> {
    if answer == Answer::Done { Ok(()) } else { Err(refused(answer)) }
}

fn refused(answer: Answer) -> Error {
    match answer {
        Answer::Failed(fault) => from_fault(&fault),
        _ => Error::new(
            ErrorCode::HostFailed,
            "the host gave an answer that does not fit the question",
        ),
    }
}

fn from_fault(fault: &Fault) -> Error {
    let (code, message) = match fault.kind {
        FaultKind::QuotaExceeded => {
            (ErrorCode::QuotaExceeded, "the host has no room left, remove something first")
        }
        FaultKind::EntryTooLarge => (
            ErrorCode::ValueTooLarge,
            "the host refuses an entry of this size, store less under one key",
        ),
        FaultKind::Busy => (ErrorCode::Busy, "another owner holds the store, close it there first"),
        FaultKind::Failed => {
            (ErrorCode::HostFailed, "the host refused, see the cause and try again")
        }
    };
    Error::new(code, message).because(&fault.message)
}
