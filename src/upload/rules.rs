//! What a queue is told of its work, its limits, and what it says of an item that waits.

/// The most slots there are.
pub const SLOTS_MAX: u32 = 1 << 20;
/// The longest that a server may ask to wait, in milliseconds: a day.
pub(super) const RETRY_AFTER_MAX_MS: u64 = 24 * 3_600_000;
/// Having waited for so long weighs as much as a priority higher by one, in milliseconds: nothing waits
/// for ever behind what comes later.
pub(super) const AGEING_MS: i64 = 30_000;
/// After so many interruptions without an end they count as attempts.
pub(super) const INTERRUPTIONS_MAX: u32 = 1000;

/// Why nothing is claimed, as bits; the shell sets them and takes them away.
pub mod hold {
    /// Somebody paused the queue.
    pub const PAUSED: u8 = 1;
    /// There is no network.
    pub const OFFLINE: u8 = 2;
    /// The network costs money, and only free ones are to be used.
    pub const METERED: u8 = 4;
    /// The app is hidden, and its host cuts uploads off.
    pub const HIDDEN: u8 = 8;
    /// The store refuses what has to be in it first.
    pub const STORE: u8 = 16;
}

/// How often and how long an item is tried, and how many at once. Times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rules {
    /// The most that are sent at once; at least one is.
    pub concurrency: u32,
    /// How often an item is tried; at least once.
    pub attempts: u32,
    /// The pause after the first failure is at most this, and twice as much after each further one.
    pub base_ms: u64,
    /// No pause is longer, unless the server asks for it.
    pub cap_ms: u64,
    /// No attempt takes longer.
    pub timeout_ms: u64,
    /// No attempt goes on without any progress for longer.
    pub stall_ms: u64,
}

/// Why an item is not being sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It is being sent, or nothing will happen to it by itself, or there is no such item.
    NotWaiting,
    /// The queue is held, for the reasons of these bits.
    Held(u8),
    /// It is tried again from this time on.
    Until(u64),
    /// So many are sent before it, those under way included.
    Behind(u32),
}
