//! What is done to every byte of a value: summing it up, sealing it, writing it as text.
//!
//! A crate of its own only because of how it is compiled. The core is compiled for size, and generic
//! code of a dependency is compiled where it is used: inside the core the inner loops of these
//! would be small and slow. Nothing here knows what the bytes mean.

use std::sync::LazyLock;

use crc::{CRC_32_ISO_HDLC, Crc, Table};

/// Sixteen tables, which take sixteen bytes at a step. They are made when they are first needed: in the
/// module they would be a sixth of it.
static CRC: LazyLock<Crc<u32, Table<16>>> =
    LazyLock::new(|| Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC));

/// The checksum of several pieces taken as one: CRC-32 (ISO-HDLC), which finds every flipped bit
/// and every burst of up to 32 bits. It guards against accidents, not against an attacker.
#[must_use]
pub fn checksum(pieces: &[&[u8]]) -> u32 {
    let mut digest = CRC.digest();
    for piece in pieces {
        digest.update(piece);
    }
    digest.finalize()
}

/// Base64 of RFC 4648 section 4.
///
/// Its time depends on the bytes: it is for what is sealed, hashed or no secret. The one secret that passes is the
/// account's, when it is wrapped for a device.
pub mod base64 {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    /// Writes bytes as text.
    #[must_use]
    pub fn encode(bytes: &[u8]) -> String {
        STANDARD.encode(bytes)
    }

    /// Writes bytes as text that may stand in a name (section 5), without padding.
    #[must_use]
    pub fn encode_for_name(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what [`encode`] wrote; nothing if it is anything else.
    #[must_use]
    pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
        STANDARD.decode(text).ok()
    }
}

/// AES-256-GCM (NIST SP 800-38D).
#[cfg(feature = "cipher")]
pub mod cipher {
    use std::fmt;

    use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};

    /// How many bytes a secret has.
    pub const SECRET_BYTES: usize = 32;
    /// How many bytes a nonce has.
    pub const NONCE_BYTES: usize = 12;
    /// The tag, never shortened.
    pub const TAG_BYTES: usize = 16;

    /// The cipher under one secret; its round keys are wiped when dropped.
    pub struct Cipher(Box<Aes256Gcm>);

    impl Cipher {
        /// Expands a secret.
        #[must_use]
        pub fn new(secret: &[u8; SECRET_BYTES]) -> Self {
            Self(Box::new(Aes256Gcm::new(secret.into())))
        }

        /// Seals bytes in place and gives the tag.
        pub fn seal(
            &self,
            nonce: [u8; NONCE_BYTES],
            context: &[u8],
            plain: &mut [u8],
        ) -> [u8; TAG_BYTES] {
            self.0
                .encrypt_inout_detached(&nonce.into(), context, plain.into())
                .expect("a value is far smaller than what one nonce may seal")
                .into()
        }

        /// Opens bytes in place and says whether they were whole. Nothing has been opened if not.
        #[must_use]
        pub fn open(
            &self,
            nonce: [u8; NONCE_BYTES],
            context: &[u8],
            sealed: &mut [u8],
            tag: [u8; TAG_BYTES],
        ) -> bool {
            self.0
                .decrypt_inout_detached(&nonce.into(), context, sealed.into(), &tag.into())
                .is_ok()
        }
    }

    impl fmt::Debug for Cipher {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("Cipher")
        }
    }
}
