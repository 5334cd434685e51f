//! How many are sent at once: additive increase, multiplicative decrease (Chiu and Jain, 1989).

/// One upload more, in the fine measure of the window.
const ONE: u32 = 1024;

/// A window that opens by one for each window of successes, and closes by half on an overload.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pace {
    max: u32,
    window: u32,
    /// Whatever was claimed up to here was sent in a window that has been closed already.
    cut_at: u32,
}

impl Pace {
    pub(super) fn new(max: u32) -> Self {
        let max = max.max(1);
        Self { max, window: max.saturating_mul(ONE), cut_at: 0 }
    }

    /// How many may be sent at once: never more than was allowed, never none.
    #[must_use]
    pub fn limit(&self) -> u32 {
        (self.window / ONE).clamp(1, self.max)
    }

    /// How wide it is open, in a measure of its own.
    #[must_use]
    pub fn window(&self) -> u32 {
        self.window
    }

    /// Whether a claim was made in a window that has been closed since.
    #[must_use]
    pub fn is_cut(&self, claim: u32) -> bool {
        claim <= self.cut_at
    }

    pub(super) fn succeeded(&mut self) {
        let step = (ONE * ONE).checked_div(self.window).unwrap_or(ONE);
        self.window = (self.window + step).min(self.max.saturating_mul(ONE));
    }

    /// Closes the window, once for all that were under way in it.
    pub(super) fn overloaded(&mut self, claim: u32, last_claim: u32) {
        if self.is_cut(claim) {
            return;
        }
        self.window = (self.window / 2).max(ONE);
        self.cut_at = last_claim;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_halves_once_for_each_flight_and_comes_back_one_by_one() {
        let mut pace = Pace::new(8);
        assert_eq!(pace.limit(), 8);
        for claim in 1..=8 {
            pace.overloaded(claim, 8);
        }
        assert_eq!(pace.limit(), 4);
        pace.overloaded(9, 12);
        assert_eq!(pace.limit(), 2);
        pace.overloaded(13, 13);
        pace.overloaded(14, 14);
        assert_eq!(pace.limit(), 1);
        let mut successes = 0;
        while pace.limit() < 8 {
            pace.succeeded();
            successes += 1;
        }
        // One for the second, two for the third, and so on, about.
        assert!((28..40).contains(&successes), "{successes}");
        for _ in 0..100 {
            pace.succeeded();
        }
        assert_eq!(pace.limit(), 8);
    }
}
