//! The rules of an HTTP cache: RFC 9111 for a private cache, with RFC 5861 and RFC 8246.
//!
//! Everything here is a pure function of header text and times. Where responses are kept, how they are
//! fetched, and which strategy a caller asked for is not known here. Header fields are text: a line
//! `name:value` for each field line, names in any case.

mod date;
mod directives;
mod headers;
mod policy;
mod range;
mod update;
mod vary;

pub use date::parse_date;
pub use directives::{RequestDirectives, ResponseDirectives};
pub use headers::{Headers, members};
pub use policy::{Exchange, Policy, Reuse, STALE, flags};
pub use range::{content_range, resolve_range};
pub use update::{freshened, storable_headers};
pub use vary::{fingerprint, vary_key};
