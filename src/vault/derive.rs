//! From a passphrase to a secret, slowly: Argon2id, or PBKDF2 where memory is short.

use argon2::{Algorithm, Argon2, AssociatedData, Block, ParamsBuilder, Version};
use sha2::Sha256;

use super::cipher::Secret;
use crate::error::{Error, ErrorCode, Result};

/// The inputs of Argon2 that are not its costs; the last two are empty here and given by RFC 9106.
#[derive(Debug, Clone, Copy)]
pub struct Argon2Input<'input> {
    /// The passphrase.
    pub passphrase: &'input [u8],
    /// The salt.
    pub salt: &'input [u8],
    /// What RFC 9106 calls the secret value K.
    pub pepper: &'input [u8],
    /// What RFC 9106 calls the associated data X.
    pub associated: &'input [u8],
}

/// Derives a secret by Argon2id version 1.3 (RFC 9106).
///
/// # Errors
/// `QUOTA_EXCEEDED` when there is not so much memory; `INVALID_OPTION` for costs that RFC 9106 does
/// not allow.
pub fn argon2id(
    input: Argon2Input<'_>,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
) -> Result<Secret> {
    let wrong =
        |_| Error::new(ErrorCode::InvalidOption, "expected costs that RFC 9106 allows, got others");
    let mut params = ParamsBuilder::new();
    params.m_cost(memory_kib).t_cost(passes).p_cost(lanes);
    if !input.associated.is_empty() {
        params.data(AssociatedData::new(input.associated).map_err(wrong)?);
    }
    let params = params.build().map_err(wrong)?;
    let mut memory: Vec<Block> = Vec::new();
    let blocks = params.block_count();
    memory.try_reserve_exact(blocks).map_err(|_| {
        Error::new(
            ErrorCode::QuotaExceeded,
            "there is not enough memory for Argon2id, derive by PBKDF2",
        )
    })?;
    memory.resize(blocks, Block::new());
    let argon2 = Argon2::new_with_secret(input.pepper, Algorithm::Argon2id, Version::V0x13, params)
        .map_err(wrong)?;
    let mut secret = Secret::empty();
    argon2
        .hash_password_into_with_memory(
            input.passphrase,
            input.salt,
            secret.expose_mut(),
            &mut memory,
        )
        .map_err(wrong)?;
    memory.iter_mut().for_each(zeroize::Zeroize::zeroize);
    Ok(secret)
}

/// Derives by PBKDF2-HMAC-SHA256 (RFC 8018 section 5.2).
pub fn pbkdf2(passphrase: &[u8], salt: &[u8], rounds: u32, out: &mut [u8]) {
    pbkdf2::pbkdf2_hmac::<Sha256>(passphrase, salt, rounds, out);
}
