//! What travels where only devices can read it: each value is sealed with the secret of the account,
//! under its key, with its stamp and the version that it was made upon.
//!
//! ```text
//! 1 format │ 6 id of the secret │ 12 salt │ 12 nonce │ ciphertext │ 16 tag
//!                                                     └ 16 stamp, 8 base, 1 form, text, 0x80, padding
//! ```
//!
//! Salt and nonce are drawn together, 192 bits: the salt gives each value a secret of its own (HKDF-SHA256),
//! as XAES-256-GCM does. So there is nothing to count, however many devices seal: SP 800-38D section 8.3
//! allows 2^32 random nonces of 96 bits for one secret, and no two values have one.

use super::stamp::Stamp;
use crate::config::NONCE_BYTES;
use crate::error::{Error, ErrorCode, Result};
use crate::key::Key;
use crate::store::padded_len;
use crate::value::{Form, Value};
use crate::vault::{Cipher, Secret, SharedId, TAG_BYTES};

/// The row in which the devices of an account find its secret, wrapped. No value has this key.
pub const SECRET_KEY: &str = "~ministash/secret";

/// Whether a key is that of the secret's row.
pub(super) fn is_secret(key: &Key) -> bool {
    key.as_str() == SECRET_KEY
}

/// Whether the length of what is sealed is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// It is as long as it is.
    None,
    /// It is lengthened to one of few lengths.
    Padme,
}

/// A value and what is bound to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The key of its row.
    pub key: Key,
    /// When it was made.
    pub stamp: Stamp,
    /// The version of the row that it was made upon.
    pub base: u64,
    /// The value.
    pub value: Value,
}

const FORMAT: u8 = 1;
const SALT_BYTES: usize = 12;
const HEAD: usize = 1 + 6;
const BODY_AT: usize = HEAD + SALT_BYTES + NONCE_BYTES;
const STAMP_DIGITS: usize = 16;
/// Ends the text (ISO/IEC 7816-4).
const END: u8 = 0x80;

/// The secret of an account.
#[derive(Debug)]
pub(super) struct Seal {
    secret: Secret,
    id: SharedId,
}

impl Seal {
    pub(super) fn new(secret: Secret) -> Self {
        let mut id = SharedId::default();
        let derived = secret.derive(&[], b"ministash 1 sync id");
        id.iter_mut().zip(derived.expose()).for_each(|(byte, derived)| *byte = *derived);
        Self { secret, id }
    }

    pub(super) fn id(&self) -> SharedId {
        self.id
    }

    pub(super) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Seals a value; `chance` fills what is to be random.
    pub(super) fn seal(
        &self,
        bound: &Bound,
        padding: Padding,
        chance: impl FnOnce(&mut [u8]),
    ) -> Vec<u8> {
        let text = &bound.value.text;
        let mut sealed = Vec::with_capacity(BODY_AT + STAMP_DIGITS + 10 + text.len() + TAG_BYTES);
        sealed.push(FORMAT);
        sealed.extend_from_slice(&self.id);
        sealed.resize(BODY_AT, 0);
        chance(sealed.get_mut(HEAD..).unwrap_or_default());
        sealed.extend_from_slice(bound.stamp.digits().as_bytes());
        sealed.extend_from_slice(&bound.base.to_be_bytes());
        sealed.push(bound.value.form.number());
        sealed.extend_from_slice(text.as_bytes());
        sealed.push(END);
        if padding == Padding::Padme {
            let length = sealed.len() - BODY_AT;
            sealed.resize(BODY_AT + padded_len(length), 0);
        }
        let Some((salt, nonce)) = random_of(&sealed) else { return Vec::new() };
        let context = self.context(&bound.key);
        self.cipher(salt).seal(nonce, &context, &mut sealed, BODY_AT);
        sealed
    }

    /// Opens what a device of the account sealed under a key. `stamp` is what the server says of it: it
    /// may have written it down, never up.
    ///
    /// # Errors
    /// `SECRET_MISSING` for what another account's secret sealed; `CORRUPT`; `UNSUPPORTED`.
    pub(super) fn open(&self, key: Key, stamp: Stamp, mut sealed: Vec<u8>) -> Result<Bound> {
        let id = sealed.get(1..HEAD).ok_or_else(damaged)?;
        match sealed.first() {
            Some(&FORMAT) if id == self.id => {}
            Some(&FORMAT) => return Err(secret_missing()),
            _ => {
                return Err(Error::new(
                    ErrorCode::Unsupported,
                    "the value was sealed in a later format, use a newer version of ministash",
                ));
            }
        }
        let (salt, nonce) = random_of(&sealed).ok_or_else(damaged)?;
        if !self.cipher(salt).open(nonce, &self.context(&key), &mut sealed, BODY_AT) {
            return Err(damaged());
        }
        let bound = read(key, sealed).ok_or_else(damaged)?;
        if stamp > bound.stamp {
            return Err(Error::corrupt(
                "the server gives a value a later stamp than it was made with, it is left out",
            ));
        }
        Ok(bound)
    }

    fn cipher(&self, salt: [u8; SALT_BYTES]) -> Cipher {
        Cipher::new(&self.secret.derive(&salt, b"ministash 1 sync seal"))
    }

    fn context(&self, key: &Key) -> Vec<u8> {
        let mut context = b"ministash 1 sync value ".to_vec();
        context.push(FORMAT);
        context.extend_from_slice(&self.id);
        context.extend_from_slice(key.as_str().as_bytes());
        context
    }
}

/// Salt and nonce.
fn random_of(sealed: &[u8]) -> Option<([u8; SALT_BYTES], [u8; NONCE_BYTES])> {
    let (salt, rest) = sealed.get(HEAD..)?.split_first_chunk()?;
    Some((*salt, *rest.first_chunk()?))
}

/// Takes apart what was sealed.
fn read(key: Key, mut plain: Vec<u8>) -> Option<Bound> {
    let end =
        plain.iter().rposition(|byte| *byte != 0).filter(|at| plain.get(*at) == Some(&END))?;
    plain.truncate(end);
    let stamp = Stamp::parse(std::str::from_utf8(plain.get(..STAMP_DIGITS)?).ok()?)?;
    let (base, rest) = plain.get(STAMP_DIGITS..)?.split_first_chunk()?;
    let (form, _) = rest.split_first()?;
    let (base, form) = (u64::from_be_bytes(*base), Form::from_number(*form)?);
    plain.drain(..STAMP_DIGITS + 9);
    Some(Bound { key, stamp, base, value: Value { form, text: String::from_utf8(plain).ok()? } })
}

fn damaged() -> Error {
    Error::corrupt("what the server gives under this key is not what a device has sealed for it")
}

pub(super) fn secret_missing() -> Error {
    Error::new(
        ErrorCode::SecretMissing,
        "the server holds what was sealed with another secret than this device has, let it give back its own",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key::new(name).expect("a key")
    }

    fn bound(text: &str) -> Bound {
        let value = Value { form: Form::Json, text: text.to_owned() };
        Bound { key: key("user_123"), stamp: Stamp::at(1_763_740_000_000), base: 57, value }
    }

    fn seal(fill: u8) -> Seal {
        Seal::new(Secret::take(vec![fill; 32]).expect("32 bytes"))
    }

    #[test]
    fn it_opens_what_it_sealed_padded_or_not() {
        for padding in [Padding::None, Padding::Padme] {
            for text in ["", "1", "{\"name\":\"张\"}", &"x".repeat(3000), "\u{80}\0\0"] {
                let sealed = seal(7).seal(&bound(text), padding, |random| random.fill(9));
                assert_eq!(
                    seal(7).open(key("user_123"), bound(text).stamp, sealed),
                    Ok(bound(text))
                );
            }
        }
        let length = |text| seal(7).seal(&bound(text), Padding::Padme, |_| {}).len();
        assert_eq!(length("a"), length(&"a".repeat(200)), "short ones are equally long");
    }

    #[test]
    fn its_bytes_are_those_of_the_protocol() {
        // Made by Node's crypto: hkdfSync and aes-256-gcm; see tests/js/sync-seal.test.js.
        let sealed = seal(7).seal(&bound("{\"a\":1}"), Padding::None, |random| random.fill(9));
        assert_eq!(crate::bytes::base64::encode(&sealed), VECTOR);
    }
    const VECTOR: &str = "AYPWWfd/kgkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCT8NryVFhm++TKihJ0kwyBUd4Mgcefa0357ggNeAiNS/ZuJsWm0u/sv5Lk+qU7By8k0=";

    #[test]
    fn no_other_key_secret_or_flipped_bit_opens_it() {
        let sealed = seal(7).seal(&bound("{\"a\":1}"), Padding::None, |random| random.fill(9));
        let open = |sealed: &[u8]| seal(7).open(key("user_123"), Stamp::default(), sealed.to_vec());
        assert!(open(&sealed).is_ok());
        let code = |result: Result<Bound>| result.map_err(|error| error.code);
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let expected = match bit / 8 {
                0 => ErrorCode::Unsupported,
                1..7 => ErrorCode::SecretMissing,
                _ => ErrorCode::Corrupt,
            };
            assert_eq!(code(open(&flipped)), Err(expected), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(open(&sealed[..length]).is_err(), "{length} bytes");
        }
        let elsewhere = seal(7).open(key("user_124"), Stamp::default(), sealed.clone());
        assert_eq!(code(elsewhere), Err(ErrorCode::Corrupt));
        let other = seal(8).open(key("user_123"), Stamp::default(), sealed.clone());
        assert_eq!(code(other), Err(ErrorCode::SecretMissing));
        let renewed = Stamp::at(1_763_740_000_001);
        let later = seal(7).open(key("user_123"), renewed, sealed);
        assert_eq!(code(later), Err(ErrorCode::Corrupt), "an old value as a new one");
    }
}
