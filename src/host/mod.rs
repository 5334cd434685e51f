//! The port, as data: what the core may ask of a host, and what a host answers.
//!
//! Nothing here calls anything. The shell (or a test) performs an [`Ask`] and hands back the
//! [`Answer`]; the reference host [`memory::MemoryHost`] shows how.

mod answer;
mod ask;
mod capabilities;
pub mod memory;

pub use answer::{Answer, Fault, FaultKind, Usage};
pub use ask::{Ask, Data};
pub use capabilities::{Capabilities, Holds};

/// A host for native tests and documentation: something that performs asks.
///
/// The interface that a person implements for a real platform is `js/hosts/host.js`.
pub trait Host {
    /// What this host can do.
    fn capabilities(&self) -> Capabilities;
    /// Performs one ask.
    fn perform(&mut self, ask: &Ask) -> Answer;
}
