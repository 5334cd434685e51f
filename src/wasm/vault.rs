//! From a number and what was pushed to a verb of the vault.
//!
//! | verb | what is pushed |
//! |---|---|
//! | 13 unlock | a secret; number: 1 to replace a damaged keyset, 2 more to keep the secret at hand |
//! | 14 lock, 15 state, 17 rotate, 18 a step of a rotation, 19 shred a namespace | |
//! | 16 change the secret | the old secret, the new one; number: 2 to keep the new one at hand |
//! | 20 inspect | the key |
//!
//! A secret is bytes and a number: 0 for 32 bytes of the app, or what a new keyset derives from a
//! passphrase by: 1 Argon2id, 2 PBKDF2.

use wasm_bindgen::prelude::wasm_bindgen;

use super::pushed::Pushed;
use crate::config::NONCE_BYTES;
use crate::host::Data;
use crate::vault::{
    self, Afterwards, Argon2Input, Cipher, Costs, Credential, Overwrite, Passphrase, Secret,
    VaultVerb,
};

/// Reads the verb that a number stands for, and its arguments.
pub(super) fn verb(number: u8, space: String, pushed: &mut Pushed) -> VaultVerb {
    match number {
        13 => {
            let credential = credential(pushed);
            let (is_forced, afterwards) = choices(pushed);
            let overwrite = if is_forced { Overwrite::Yes } else { Overwrite::No };
            VaultVerb::Unlock(credential, overwrite, afterwards)
        }
        14 => VaultVerb::Lock,
        15 => VaultVerb::State,
        16 => {
            let (old, new) = (credential(pushed), credential(pushed));
            VaultVerb::Change(old, new, choices(pushed).1)
        }
        17 => VaultVerb::Rotate,
        18 => VaultVerb::Step,
        19 => VaultVerb::Shred(space),
        _ => VaultVerb::Inspect(space, pushed.text().unwrap_or_default()),
    }
}

/// Whether a damaged keyset is replaced, and what becomes of the secret.
fn choices(pushed: &mut Pushed) -> (bool, Afterwards) {
    let bits = pushed.number();
    let afterwards = if bits >= 2.0 { Afterwards::Kept } else { Afterwards::Wiped };
    (bits == 1.0 || bits == 3.0, afterwards)
}

fn credential(pushed: &mut Pushed) -> Option<Credential> {
    let Some(Data::Bytes(bytes)) = pushed.data() else { return None };
    let costs = match pushed.number() {
        0.0 => return Secret::take(bytes).map(Credential::Secret),
        1.0 => Costs::ARGON2ID,
        _ => Costs::PBKDF2,
    };
    Some(Credential::Passphrase(Passphrase::new(bytes), costs))
}

/// Seals or opens bytes as the vault does. Nothing of the shell calls it: it is there so that whoever
/// holds the module that is shipped can put the vectors of Wycheproof to it.
#[wasm_bindgen(js_name = proveAesGcm)]
#[must_use]
pub fn prove_sealing(
    seals: bool,
    secret: Vec<u8>,
    nonce: &[u8],
    bound: &[u8],
    mut data: Vec<u8>,
) -> Option<Vec<u8>> {
    let cipher = Cipher::new(&Secret::take(secret)?);
    let nonce = <[u8; NONCE_BYTES]>::try_from(nonce).ok()?;
    if seals {
        cipher.seal(nonce, bound, &mut data, 0);
        return Some(data);
    }
    cipher.open(nonce, bound, &mut data, 0).then_some(data)
}

/// Derives bytes as the vault does, for the vectors too: 0 HKDF-SHA256, with an info; 1 Argon2id at
/// the costs of the vector in RFC 9106, with its pepper and, as info, its associated data; 2
/// PBKDF2-HMAC-SHA256.
#[wasm_bindgen(js_name = proveDerivation)]
#[must_use]
pub fn prove_derivation(
    kind: u8,
    rounds: u32,
    secret: &[u8],
    salt: &[u8],
    pepper: &[u8],
    info: &[u8],
    length: usize,
) -> Option<Vec<u8>> {
    let mut out = vec![0; length];
    match kind {
        0 => return vault::derive_into(secret, salt, info, &mut out).then_some(out),
        1 => {
            let input = Argon2Input { passphrase: secret, salt, pepper, associated: info };
            return Some(vault::argon2id(input, 32, 3, 4).ok()?.expose().to_vec());
        }
        _ => vault::pbkdf2(secret, salt, rounds, &mut out),
    }
    Some(out)
}
