//! The door to JavaScript: conversions only.
//!
//! What crosses is text, bytes and numbers of at most 53 bits, one by one; nothing of 64 bits, no
//! object of JavaScript's. The arguments of a verb are pushed as the answers of a host are, and its
//! result is read as a question is. The shell drives an [`Operation`] as its two loops say
//! (`js/run.js`).

#[cfg(feature = "cache")]
mod cache;
#[cfg(feature = "uploads")]
mod digest;
#[cfg(feature = "http-cache")]
pub mod http_cache;
mod operation;
mod pushed;
mod registers;
#[cfg(feature = "sync")]
mod sync;
#[cfg(feature = "uploads")]
mod upload;
#[cfg(feature = "vault")]
mod vault;
mod verb;

#[cfg(feature = "cache")]
pub use cache::CacheEngine;
#[cfg(feature = "uploads")]
pub use digest::FileDigest;
pub use operation::Operation;
#[cfg(feature = "uploads")]
pub use upload::UploadEngine;
#[cfg(feature = "vault")]
pub use vault::{prove_derivation, prove_sealing};

use wasm_bindgen::prelude::wasm_bindgen;

use crate::bytes::pieces;
use crate::entropy::{Entropy, SEED_BYTES};
use crate::host::{Capabilities, Holds};
use crate::manager::StorageManager;

/// What a host can do, as bits of a number.
mod ability {
    pub(super) const ATOMIC_COMMIT: u8 = 1;
    pub(super) const WITNESS: u8 = 2;
    pub(super) const INFO: u8 = 4;
    pub(super) const LISTS: u8 = 8;
    pub(super) const EXCLUSIVE: u8 = 16;
}

/// The core over one host.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Core {
    manager: StorageManager,
}

#[wasm_bindgen]
impl Core {
    /// Makes the core of a host, or nothing where an argument is wrong; the shell checks them first.
    ///
    /// The host holds 0 text, 1 bytes, 2 values of its own; its abilities are bits: 1 atomic commit,
    /// 2 a witness, 4 info, 8 listing, 16 nobody else writes. A limit of 0 is none. Foreign prefixes are
    /// joined by NUL. There are 32
    /// bytes of entropy.
    pub fn make(
        holds: u8,
        abilities: u8,
        entry_bytes: u32,
        total_bytes: u32,
        foreign_prefixes: &str,
        entropy: &[u8],
        now: f64,
    ) -> Option<Core> {
        let can = |ability: u8| abilities & ability != 0;
        let capabilities = Capabilities {
            holds: match holds {
                0 => Holds::Text,
                1 => Holds::Bytes,
                _ => Holds::Native,
            },
            atomic_commit: can(ability::ATOMIC_COMMIT),
            entry_bytes: (entry_bytes != 0).then_some(entry_bytes),
            total_bytes: (total_bytes != 0).then_some(total_bytes),
            foreign_prefixes: pieces(foreign_prefixes, 0)
                .filter(|prefix| !prefix.is_empty())
                .map(str::to_owned)
                .collect(),
            witness: can(ability::WITNESS),
            info: can(ability::INFO),
            lists: can(ability::LISTS),
            exclusive: can(ability::EXCLUSIVE),
        };
        let entropy = Entropy::new(<[u8; SEED_BYTES]>::try_from(entropy).ok()?);
        Some(Self { manager: StorageManager::new(capabilities, entropy, now).ok()? })
    }

    /// Begins a verb in the namespace of a path. Its further arguments are pushed, as `verb.rs`
    /// lists them; nothing happens until it is resumed.
    pub fn begin(&self, verb: u8, space: String, now: f64) -> Operation {
        Operation::new(self.manager.clone(), verb, space, now)
    }

    /// Panics, so that a test can see what a panic leaves behind.
    #[cfg(feature = "test-door")]
    #[allow(clippy::panic)]
    #[wasm_bindgen(js_name = provokePanic)]
    pub fn provoke_panic(&self) {
        panic!("provoked by a test");
    }
}
