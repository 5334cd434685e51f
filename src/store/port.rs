//! Typed asks: the only place where an [`Ask`] is built.
//!
//! Each function asks one question and takes its one kind of answer; a refusal becomes an
//! [`Error`], an answer of another kind is the shell's mistake and becomes `HOST_FAILED`.

use crate::error::{Error, ErrorCode, Result};
use crate::flow::Io;
use crate::host::{Answer, Ask, Data, Fault, FaultKind, Usage};

pub(super) async fn read(io: &Io, keys: Vec<String>) -> Result<Vec<Option<Data>>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let count = keys.len();
    match io.ask(Ask::Read(keys)).await {
        Answer::Data(found) if found.len() == count => Ok(found),
        other => Err(refused(other)),
    }
}

pub(super) async fn write(io: &Io, writes: Vec<(String, Data)>) -> Result<()> {
    if writes.is_empty() { Ok(()) } else { done(io.ask(Ask::Write(writes)).await) }
}

pub(super) async fn remove(io: &Io, keys: Vec<String>) -> Result<()> {
    if keys.is_empty() { Ok(()) } else { done(io.ask(Ask::Remove(keys)).await) }
}

pub(super) async fn commit(
    io: &Io,
    writes: Vec<(String, Data)>,
    removes: Vec<String>,
) -> Result<()> {
    done(io.ask(Ask::Commit { writes, removes }).await)
}

pub(super) async fn list(io: &Io, prefix: &str) -> Result<Vec<String>> {
    match io.ask(Ask::List(prefix.to_owned())).await {
        Answer::Keys(keys) => Ok(keys),
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
