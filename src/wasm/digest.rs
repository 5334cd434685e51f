//! The door of the digest: the bytes of a file go in, part by part, its SHA-256 comes out.

use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::bytes::hex_of;

/// A digest under way.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct FileDigest {
    hasher: Sha256,
}

#[wasm_bindgen]
impl FileDigest {
    /// Begins a digest.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    /// The digest in hexadecimal digits; afterwards it is that of nothing.
    #[must_use]
    pub fn finish(&mut self) -> String {
        hex_of(&self.hasher.finalize_reset())
    }
}
