//! How attempts end, and which failures another attempt may mend.

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The file arrived.
    Done,
    /// It did not.
    Failed(Failure),
    /// The host cut the attempt off for a reason that has nothing to do with the item: the app was
    /// hidden, the network went away, the store refused. It counts as none.
    Interrupted,
}

/// What is known of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Failure {
    /// Whether whoever sent it says that another attempt may succeed.
    pub is_retryable: bool,
    /// The status that the server answered with; 0 for none.
    pub status: u16,
    /// How long the server asks to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// Whether it took too long.
    pub is_timeout: bool,
}

impl Failure {
    /// Whether another attempt may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.is_retryable || self.is_timeout || is_transient(self.status)
    }

    /// Whether it says that less should be sent at once.
    #[must_use]
    pub fn is_overload(&self) -> bool {
        self.is_timeout || self.status == 429
    }
}

/// Whether a status says "later" (RFC 9110 section 15; RFC 6585 section 4): 408, 425, 429 and whatever the
/// server says of itself.
#[must_use]
pub fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}
