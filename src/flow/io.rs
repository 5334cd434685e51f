//! The only way a flow reaches the outside.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::host::{Answer, Ask};

#[derive(Default)]
struct Slot {
    asked: Cell<Option<Ask>>,
    answered: Cell<Option<Answer>>,
}

/// A flow's handle to its host: one question at a time.
#[derive(Clone, Default)]
pub struct Io(Rc<Slot>);

impl Io {
    /// Asks the host; the answer is awaited at once.
    pub fn ask(&self, ask: Ask) -> Asked<'_> {
        self.0.asked.set(Some(ask));
        Asked(self)
    }

    pub(super) fn put_answer(&self, answer: Option<Answer>) {
        self.0.answered.set(answer);
    }

    pub(super) fn take_ask(&self) -> Option<Ask> {
        self.0.asked.take()
    }
}

impl fmt::Debug for Io {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Io")
    }
}

/// A question that waits for its answer. It has no state of its own, which keeps the flows that
/// await it small.
#[derive(Debug)]
#[must_use = "a question that nobody awaits is not asked"]
pub struct Asked<'io>(&'io Io);

impl Future for Asked<'_> {
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Answer> {
        match self.0.0.answered.take() {
            Some(answer) => Poll::Ready(answer),
            None => Poll::Pending,
        }
    }
}
