//! The primitives, each from RustCrypto: AES-256-GCM, HKDF-SHA256, HMAC-SHA256.
//!
//! What they are used for is the business of the rest of the vault; here they get types that cannot
//! be mistaken, forget what they held, and show nothing of it.

use std::fmt;

use ctutils::CtEq;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use ministash_bulk::cipher as bulk;
pub use ministash_bulk::cipher::TAG_BYTES;
use sha2::Sha256;
use zeroize::Zeroize;

use crate::config::{NONCE_BYTES, SECRET_BYTES};

/// 32 bytes that nobody else may know. They are wiped when dropped, and never shown.
pub struct Secret(Box<[u8; SECRET_BYTES]>);

impl Secret {
    /// Takes bytes over and wipes where they came from; nothing if they are not 32.
    #[must_use]
    pub fn take(mut bytes: Vec<u8>) -> Option<Self> {
        let mut secret = Self::empty();
        let is_whole = bytes.len() == SECRET_BYTES;
        if is_whole {
            secret.0.copy_from_slice(&bytes);
        }
        bytes.zeroize();
        is_whole.then_some(secret)
    }

    /// The same secret once more.
    #[must_use]
    pub fn copy(&self) -> Self {
        let mut copy = Self::empty();
        copy.0.copy_from_slice(&*self.0);
        copy
    }

    /// A secret to be filled.
    #[must_use]
    pub fn empty() -> Self {
        Self(Box::new([0; SECRET_BYTES]))
    }

    /// The bytes, for whoever must hand them on.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &*self.0
    }

    /// The bytes, for whoever fills them.
    pub fn expose_mut(&mut self) -> &mut [u8] {
        &mut *self.0
    }

    /// Gives another secret for a purpose (HKDF-SHA256, RFC 5869): whoever learns one of them
    /// learns nothing of another.
    #[must_use]
    pub fn derive(&self, salt: &[u8], purpose: &[u8]) -> Self {
        let mut derived = Self::empty();
        let is_short = derive_into(self.expose(), salt, purpose, derived.expose_mut());
        debug_assert!(is_short, "32 bytes are fewer than HKDF can give");
        derived
    }

    /// The HMAC-SHA256 (RFC 2104) of a message.
    pub(super) fn authenticate(&self, message: &[u8]) -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(self.expose())
            .expect("HMAC takes secrets of any length");
        mac.update(message);
        mac.finalize().into_bytes().into()
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

/// HKDF-SHA256 in one step; says whether so many bytes can be had.
pub fn derive_into(secret: &[u8], salt: &[u8], info: &[u8], out: &mut [u8]) -> bool {
    Hkdf::<Sha256>::new(Some(salt), secret).expand(info, out).is_ok()
}

/// Whether two texts are the same, found out in a time that does not tell where they differ.
pub(super) fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// AES-256-GCM under one secret; its round keys are wiped when dropped.
#[derive(Debug)]
pub struct Cipher(bulk::Cipher);

impl Cipher {
    /// Expands a secret.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self(bulk::Cipher::new(&secret.0))
    }

    /// Seals `out` from `start` on, in place, and appends the tag.
    pub fn seal(&self, nonce: [u8; NONCE_BYTES], context: &[u8], out: &mut Vec<u8>, start: usize) {
        let tag = self.0.seal(nonce, context, out.get_mut(start..).unwrap_or_default());
        out.extend_from_slice(&tag);
    }

    /// Opens in place what lies between `start` and the tag at the end, and removes what is around
    /// it; says whether it was whole. Nothing of it has been opened if it was not.
    #[must_use]
    pub fn open(
        &self,
        nonce: [u8; NONCE_BYTES],
        context: &[u8],
        sealed: &mut Vec<u8>,
        start: usize,
    ) -> bool {
        let body = sealed.get_mut(start..).and_then(|rest| rest.split_last_chunk_mut());
        let Some((body, tag)) = body else { return false };
        if !self.0.open(nonce, context, body, *tag) {
            return false;
        }
        sealed.truncate(sealed.len() - TAG_BYTES);
        sealed.drain(..start);
        true
    }
}
