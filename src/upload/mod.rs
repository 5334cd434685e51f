//! The rules of the upload queue: which item is sent next, and what becomes of one that was sent.
//!
//! Items are slots, small numbers that the shell gives out: paths, bytes and Promises stay in JavaScript,
//! and nothing is stored here. Work is claimed and settled; between the two nothing of it lives here but
//! when it began. Nothing here knows the time or chance: both are arguments.

mod engine;
mod order;
mod outcome;
mod pace;
mod rules;

pub use engine::Engine;
pub use outcome::{Failure, Outcome, is_transient};
pub use pace::Pace;
pub use rules::{Rules, SLOTS_MAX, Why, hold};

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It waits for its turn, or for a time before which it is not tried again.
    Waiting,
    /// It is being sent.
    Running,
    /// It lies where it is to lie.
    Done,
    /// It is not tried any more: the dead letter.
    Failed,
    /// Somebody did not want it any more.
    Cancelled,
}

impl State {
    /// Whether nothing more will happen to it by itself.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }
}
