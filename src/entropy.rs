//! Chance as an argument: a generator that is seeded once, at open.
//!
//! Mini-programs have only *asynchronous* random bytes, so 32 of them are fetched when the store is
//! opened and everything after that is synchronous. Nothing here asks the host.

use chacha20::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// How many random bytes the host gives at open.
pub const SEED_BYTES: usize = 32;

/// A cryptographic generator (`ChaCha20`) seeded with the host's entropy.
pub struct Entropy(ChaCha20Rng);

impl Entropy {
    /// Seeds the generator.
    #[must_use]
    pub fn new(seed: [u8; SEED_BYTES]) -> Self {
        Self(ChaCha20Rng::from_seed(seed))
    }

    /// Gives a number of 48 random bits that is not zero.
    ///
    /// Versions and identifiers are drawn from it: no counter has to be read before a write, and a
    /// key that is removed and written again never repeats a version.
    pub fn number(&mut self) -> u64 {
        loop {
            let drawn = self.0.next_u64() >> 16;
            if drawn != 0 {
                return drawn;
            }
        }
    }
}

impl Entropy {
    /// Fills a buffer: secrets, salts and nonces are drawn here.
    pub fn fill(&mut self, buffer: &mut [u8]) {
        self.0.fill_bytes(buffer);
    }
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Entropy")
    }
}
