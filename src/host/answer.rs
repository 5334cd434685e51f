//! Answers of the host, refusals among them.

use super::Data;

/// The answer to an [`Ask`](super::Ask); each kind of ask has one kind of answer, or [`Answer::Failed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// To `Write`, `Remove`, `Commit` and `WriteWitness`: it is done.
    Done,
    /// To `Read`: what lies there, in the order of the keys.
    Data(Vec<Option<Data>>),
    /// To `List`: the keys, in any order.
    Keys(Vec<String>),
    /// To `Info`.
    Usage(Usage),
    /// To `ReadWitness`.
    Witness(Option<String>),
    /// The host refused. Of a batch, any part may have happened.
    Failed(Fault),
}

/// How full the host is, as far as it tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes in use.
    pub used_bytes: Option<u64>,
    /// Bytes there are in all.
    pub limit_bytes: Option<u64>,
}

/// The host's refusal, as data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of refusal.
    pub kind: FaultKind,
    /// The host's own words.
    pub message: String,
}

/// The kinds of refusal that hosts know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// No room in all.
    QuotaExceeded,
    /// This entry alone is too large.
    EntryTooLarge,
    /// Somebody else holds what is asked for.
    Busy,
    /// Anything else.
    Failed,
}

impl FaultKind {
    /// The kind that a number at the door stands for; an unknown number is [`FaultKind::Failed`].
    #[must_use]
    pub const fn from_number(number: u8) -> Self {
        match number {
            0 => Self::QuotaExceeded,
            1 => Self::EntryTooLarge,
            2 => Self::Busy,
            _ => Self::Failed,
        }
    }
}
