//! Flows: storage operations in progress, written as `async fn`, driven by hand.
//!
//! A flow never sleeps and never wakes anybody. It is polled once to reach its first [`Ask`], and
//! once more for every [`Answer`]. There is no runtime and no waker; a flow may await nothing but
//! [`Io`].
//!
//! ```
//! use ministash::flow::{Flow, Step};
//! use ministash::host::{Answer, Ask};
//!
//! let mut flow = Flow::new(|io| async move { io.ask(Ask::Info).await });
//! assert_eq!(flow.resume(None), Step::Ask(Ask::Info));
//! assert_eq!(flow.resume(Some(Answer::Done)), Step::Done(Answer::Done));
//! ```

mod io;

pub use io::Io;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::host::{Answer, Ask};

/// How far a flow has come.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<T> {
    /// It waits for the answer to this ask.
    Ask(Ask),
    /// It has ended.
    Done(T),
}

/// One storage operation in progress.
pub struct Flow<T> {
    future: Pin<Box<dyn Future<Output = T>>>,
    io: Io,
}

impl<T> Flow<T> {
    /// Makes a flow; nothing of it happens until [`Flow::resume`].
    pub fn new<F>(body: impl FnOnce(Io) -> F) -> Self
    where
        F: Future<Output = T> + 'static,
    {
        let io = Io::default();
        Self { future: Box::pin(body(io.clone())), io }
    }

    /// Goes on to the next ask or to the end: without an answer at first, with one ever after.
    pub fn resume(&mut self, answer: Option<Answer>) -> Step<T> {
        self.io.put_answer(answer);
        match self.future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => Step::Done(result),
            Poll::Pending => {
                Step::Ask(self.io.take_ask().expect("a pending flow has asked the host something"))
            }
        }
    }
}

impl<T> fmt::Debug for Flow<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Flow")
    }
}
