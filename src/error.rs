//! The one error type and its closed list of codes.
//!
//! Adding a code means adding its row in the error table, its member in the TypeScript union and a
//! test that produces it. No message carries a value or a secret.

use std::fmt;
use std::ops::Deref;

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Says what kind of failure an [`Error`] is; the list is closed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ErrorCode { $($(#[$doc])* $variant,)* }

        impl ErrorCode {
            /// Every code, in the order of the error table.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant,)*];

            /// The code as JavaScript sees it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$variant => $name,)* }
            }
        }
    };
}

error_codes! {
    /// A key or namespace is empty, too long or reserved.
    InvalidKey = "INVALID_KEY",
    /// A value cannot come back as it went in.
    InvalidValue = "INVALID_VALUE",
    /// An option is unknown or out of its range.
    InvalidOption = "INVALID_OPTION",
    /// One value is larger than the host, or this library, can hold.
    ValueTooLarge = "VALUE_TOO_LARGE",
    /// The host has no room left.
    QuotaExceeded = "QUOTA_EXCEEDED",
    /// Stored bytes are damaged.
    Corrupt = "CORRUPT",
    /// An encrypted value was asked for while the secret is locked away.
    Locked = "LOCKED",
    /// The secret does not open the keyset.
    WrongSecret = "WRONG_SECRET",
    /// The secret that sealed the record is not in the keyset.
    SecretMissing = "SECRET_MISSING",
    /// The stored value is not the one the caller expected.
    Conflict = "CONFLICT",
    /// Another owner holds the store.
    Busy = "BUSY",
    /// The host answers later, so a call that answers at once is impossible.
    NotImmediate = "NOT_IMMEDIATE",
    /// This version, build or host cannot do what was asked.
    Unsupported = "UNSUPPORTED",
    /// The host refused for a reason of its own.
    HostFailed = "HOST_FAILED",
    /// The network failed.
    NetworkFailed = "NETWORK_FAILED",
    /// A server answered with a status that means failure.
    HttpStatus = "HTTP_STATUS",
    /// Something took longer than it was allowed.
    Timeout = "TIMEOUT",
    /// The caller gave up.
    Aborted = "ABORTED",
    /// A server refused a change for good.
    Rejected = "REJECTED",
    /// The store was closed.
    Closed = "CLOSED",
    /// The host lost what was stored.
    Wiped = "WIPED",
    /// The core could not be loaded.
    CoreUnavailable = "CORE_UNAVAILABLE",
    /// The core met a defect of its own and has stopped.
    CorePanicked = "CORE_PANICKED",
}

/// A failure: what kind, what happened, and where.
///
/// It is one pointer wide, because every step of every flow may return one; its parts are fields of
/// the [`Report`] that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Report>);

/// The parts of an [`Error`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The kind of failure.
    pub code: ErrorCode,
    /// What happened and what to do, in lower case, without values or secrets.
    pub message: &'static str,
    /// Where it happened.
    pub context: Context,
    /// The words of the host, where the host refused.
    pub source: Option<Box<str>>,
}

/// The place an [`Error`] belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// The storage key as the caller knows it.
    pub key: Option<Box<str>>,
    /// The namespace path, empty for the default namespace.
    pub namespace: Option<Box<str>>,
}

impl Error {
    /// Makes an error without context.
    #[must_use]
    pub fn new(code: ErrorCode, message: &'static str) -> Self {
        Self(Box::new(Report { code, message, context: Context::default(), source: None }))
    }

    /// Makes a `CORRUPT` error.
    #[must_use]
    pub fn corrupt(message: &'static str) -> Self {
        Self::new(ErrorCode::Corrupt, message)
    }

    /// Says which key the error belongs to, unless that is known already.
    #[must_use]
    pub fn at(mut self, namespace: &str, key: &str) -> Self {
        if self.context.key.is_none() {
            self.0.context = Context { key: Some(key.into()), namespace: Some(namespace.into()) };
        }
        self
    }

    /// Adds the words of the host.
    #[must_use]
    pub fn because(mut self, words: &str) -> Self {
        self.0.source = Some(words.into());
        self
    }

    /// Says it in other words.
    #[must_use]
    pub fn saying(mut self, message: &'static str) -> Self {
        self.0.message = message;
        self
    }
}

impl Deref for Error {
    type Target = Report;

    fn deref(&self) -> &Report {
        &self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for Error {}
