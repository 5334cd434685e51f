//! Time as an argument: points, spans, and how far the host's clock is believed.
//!
//! Nothing here reads a clock. The shell passes `now` with every verb; [`ClockGuard`] decides
//! whether that `now` is sound enough to *delete* by. Whether a record is visible depends on `now`
//! alone.

use crate::config::{CLOCK_LEAP_MS, TTL_MS_MAX};
use crate::error::{Error, ErrorCode, Result};

/// A point in time: milliseconds since 1970-01-01 UTC, 48 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The latest point that can be stored (in the year 10889).
    pub const MAX: Self = Self((1 << 48) - 2);

    /// Takes a JavaScript number of milliseconds.
    ///
    /// # Errors
    /// `INVALID_OPTION` when it is not a finite number from 0 to [`Timestamp::MAX`].
    pub fn from_number(millis: f64) -> Result<Self> {
        whole(millis).map(Self).filter(|point| *point <= Self::MAX).ok_or_else(|| {
            Error::new(
                ErrorCode::InvalidOption,
                "expected the clock to give milliseconds since 1970, got something else",
            )
        })
    }

    /// Takes milliseconds; a point beyond [`Timestamp::MAX`] becomes that.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        if millis > Self::MAX.0 { Self::MAX } else { Self(millis) }
    }

    /// Gives milliseconds.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Adds a span.
    #[must_use]
    pub const fn plus(self, span: Millis) -> Self {
        Self::from_millis(self.0.saturating_add(span.0))
    }

    /// The span from an earlier point to this one, zero if that point is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A span of time in milliseconds, at least one and at most a hundred years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(u64);

impl Millis {
    /// Takes a JavaScript number of milliseconds.
    ///
    /// # Errors
    /// `INVALID_OPTION` when it is not a whole number from 1 to [`TTL_MS_MAX`].
    pub fn from_number(millis: f64) -> Result<Self> {
        whole(millis).filter(|span| (1..=TTL_MS_MAX).contains(span)).map(Self).ok_or_else(|| {
            Error::new(
                ErrorCode::InvalidOption,
                "expected a time to live of 1 millisecond to 100 years, got something else",
            )
        })
    }
}

/// Turns a JavaScript number into a whole number of at most 53 bits.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The range is checked first.
fn whole(number: f64) -> Option<u64> {
    (0.0..=9_007_199_254_740_991.0).contains(&number).then_some(number as u64)
}

/// Decides until when records may be deleted as expired.
///
/// A clock that leaps a year ahead makes records *invisible* at once, and visible again when it
/// comes back. It must not make them *go*. So a step of more than [`CLOCK_LEAP_MS`] is believed
/// only after a restart within that span, or after the clock has run on for that span.
///
/// | the clock | confirmed time |
/// |---|---|
/// | steps ahead by at most a week | follows |
/// | leaps ahead | stays, until the clock has run on for a week or the store is opened again |
/// | comes back after a leap | follows again |
/// | steps back | steps back too |
#[derive(Debug, Clone, Copy)]
pub struct ClockGuard {
    last: Timestamp,
    confirmed: Timestamp,
    leapt_at: Option<Timestamp>,
}

impl ClockGuard {
    /// Starts from the time at which the store was last used, where that is known.
    #[must_use]
    pub fn new(last_seen: Option<Timestamp>, now: Timestamp) -> Self {
        let confirmed = last_seen.unwrap_or(now);
        let mut guard = Self { last: confirmed, confirmed, leapt_at: None };
        guard.observe(now);
        guard
    }

    /// Takes note of what the clock says.
    pub fn observe(&mut self, now: Timestamp) {
        let believable = now.since(self.confirmed) <= CLOCK_LEAP_MS;
        match self.leapt_at {
            _ if believable => self.confirm(now),
            Some(leapt_at) if now >= leapt_at && now.since(self.last) <= CLOCK_LEAP_MS => {
                if now.since(leapt_at) >= CLOCK_LEAP_MS {
                    self.confirm(now);
                }
            }
            _ => self.leapt_at = Some(now),
        }
        self.last = now;
    }

    /// The time up to which expired records may be deleted.
    #[must_use]
    pub const fn confirmed(&self) -> Timestamp {
        self.confirmed
    }

    fn confirm(&mut self, now: Timestamp) {
        self.confirmed = now;
        self.leapt_at = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 3_600_000;

    fn at(day: u64) -> Timestamp {
        Timestamp::from_millis(day * DAY)
    }

    #[test]
    fn the_guard_follows_its_table() {
        // Each row: when last used, what the clock says in turn (days), what is confirmed after each.
        let rows: &[(Option<u64>, &[u64], &[u64])] = &[
            (None, &[100, 101, 108], &[100, 101, 108]),
            (Some(100), &[103], &[103]),
            (Some(100), &[107], &[107]),
            (Some(100), &[108, 109, 115], &[100, 100, 115]),
            (Some(100), &[465, 466, 101], &[100, 100, 101]),
            (Some(100), &[465, 900, 903, 907], &[100, 100, 100, 907]),
            (Some(100), &[99, 100], &[99, 100]),
            (Some(465), &[100, 101], &[100, 101]),
            (Some(465), &[466], &[466]),
        ];
        for (row, (last_seen, says, expected)) in rows.iter().enumerate() {
            let mut guard: Option<ClockGuard> = None;
            for (said, confirmed) in says.iter().zip(*expected) {
                match &mut guard {
                    None => guard = Some(ClockGuard::new(last_seen.map(at), at(*said))),
                    Some(guard) => guard.observe(at(*said)),
                }
                assert_eq!(
                    guard.map(|guard| guard.confirmed()),
                    Some(at(*confirmed)),
                    "row {row}, day {said}"
                );
            }
        }
    }

    #[test]
    fn a_number_that_is_no_time_is_refused() {
        for wrong in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
            assert!(Timestamp::from_number(wrong).is_err(), "{wrong}");
            assert!(Millis::from_number(wrong).is_err(), "{wrong}");
        }
        assert!(Millis::from_number(0.0).is_err());
        assert_eq!(Timestamp::from_number(1.5), Ok(Timestamp(1)));
    }
}
