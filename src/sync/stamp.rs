//! Stamps: a hybrid logical clock (Kulkarni et al., 2014), whose future is bounded.
//!
//! A stamp says which of two changes is later, nothing else: no cursor is made of it. A device whose
//! clock is a year ahead must not win for a year, so no stamp is more than [`STAMP_AHEAD_MS`] ahead of
//! the time that the server told last.

use crate::bytes::{hex, parse_hex};
use crate::config::STAMP_AHEAD_MS;

/// A point of the hybrid clock: 48 bits of milliseconds, 16 bits of a counter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp(u64);

/// How many hexadecimal digits a stamp has.
const DIGITS: usize = 16;
const COUNTER_BITS: u32 = 16;

impl Stamp {
    /// Reads 16 hexadecimal digits; nothing if they are none.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        (digits.len() == DIGITS).then(|| parse_hex(digits.as_bytes()).map(Self)).flatten()
    }

    /// Writes 16 hexadecimal digits, which order as stamps do.
    #[must_use]
    pub fn digits(self) -> String {
        hex(self.0, DIGITS)
    }

    /// The stamp at the beginning of a millisecond.
    #[must_use]
    pub const fn at(millis: u64) -> Self {
        Self(millis << COUNTER_BITS)
    }

    /// Its time, in milliseconds.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0 >> COUNTER_BITS
    }

    const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The clock of one device.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Clock {
    /// The latest stamp that was given or seen.
    pub(super) last: Stamp,
    /// What the server's clock adds to the device's, in milliseconds.
    pub(super) offset: i64,
}

impl Clock {
    /// Takes note of the server's time.
    pub(super) fn learn(&mut self, server: u64, now: u64) {
        let signed = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
        self.offset = signed(server).saturating_sub(signed(now));
    }

    /// The server's time, as far as it is known.
    pub(super) fn time(&self, now: u64) -> u64 {
        now.saturating_add_signed(self.offset)
    }

    /// Gives the stamp of a new change.
    pub(super) fn next(&mut self, now: u64) -> Stamp {
        let time = self.time(now);
        let last = self.bounded(self.last, now);
        self.last = last.next().max(Stamp::at(time));
        self.last
    }

    /// Takes note of a stamp of somebody else.
    pub(super) fn see(&mut self, stamp: Stamp, now: u64) {
        self.last = self.last.max(self.bounded(stamp, now));
    }

    /// A stamp as it counts: never further ahead than is allowed.
    pub(super) fn bounded(&self, stamp: Stamp, now: u64) -> Stamp {
        stamp.min(Stamp::at(self.time(now).saturating_add(STAMP_AHEAD_MS)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000;

    #[test]
    fn stamps_rise_and_follow_what_was_seen() {
        let mut clock = Clock::default();
        let first = clock.next(1000);
        assert_eq!(first, Stamp::at(1000));
        let second = clock.next(1000);
        assert!(second > first && second.millis() == 1000);
        assert!(clock.next(900) > second, "a clock that steps back does not");
        clock.see(Stamp::at(5000), 1000);
        assert!(clock.next(1000) > Stamp::at(5000));
    }

    #[test]
    fn a_clock_that_is_a_year_ahead_is_forgotten_once_the_server_tells_the_time() {
        let year = 365 * 24 * 60 * MINUTE;
        let mut clock = Clock::default();
        let wild = clock.next(year);
        assert_eq!(wild.millis(), year);
        clock.learn(10 * MINUTE, year);
        assert_eq!(clock.bounded(wild, year), Stamp::at(11 * MINUTE));
        assert!(clock.next(year) <= Stamp::at(12 * MINUTE));
        assert!(clock.next(year + 5 * MINUTE) == Stamp::at(15 * MINUTE), "and soon it is exact");
    }

    #[test]
    fn digits_come_back_and_anything_else_is_no_stamp() {
        let stamp = Stamp(0x0123_4567_89ab_cdef);
        assert_eq!(stamp.digits(), "0123456789abcdef");
        assert_eq!(Stamp::parse(&stamp.digits()), Some(stamp));
        for wrong in ["", "0", "0123456789abcdeg", "0123456789abcdef0", "-123456789abcdef"] {
            assert_eq!(Stamp::parse(wrong), None, "{wrong}");
        }
    }
}
