//! The only way a flow reaches the outside.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use crate::host::{Answer, Ask};

#[derive(Debug, Default)]
struct Slot {
    asked: Option<Ask>,
    answered: Option<Answer>,
}

/// A flow's handle to its host: one question at a time.
#[derive(Debug, Clone, Default)]
pub struct Io(Rc<RefCell<Slot>>);

impl Io {
    /// Asks the host and waits for the answer.
    pub async fn ask(&self, ask: Ask) -> Answer {
        self.0.borrow_mut().asked = Some(ask);
        poll_fn(|_| match self.0.borrow_mut().answered.take() {
            Some(answer) => Poll::Ready(answer),
            None => Poll::Pending,
        })
        .await
    }

    pub(super) fn put_answer(&self, answer: Option<Answer>) {
        self.0.borrow_mut().answered = answer;
    }

    pub(super) fn take_ask(&self) -> Option<Ask> {
        self.0.borrow_mut().asked.take()
    }
}
