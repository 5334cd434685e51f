//! Packing: from a value to the payload of its record and back.
//!
//! That is compression and, on hosts that hold only text, base64 for what is no longer text. What is
//! to be secret goes through `sealed` on the way.

use lz4_flex::block::{self, CompressTable};
use ministash_bulk::base64;

use super::record::Flags;
use crate::config::VALUE_BYTES_MAX;
use crate::error::{Error, Result};
use crate::host::Holds;
use crate::value::{Form, Value};

/// Whether a value is compressed before it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// As it is.
    None,
    /// LZ4, unless the result would be larger.
    Lz4,
    /// As the value that it replaces.
    Kept,
}

/// Turns a value into flags and payload.
pub(super) fn seal(value: &Value, compression: Compression, holds: Holds) -> (Flags, Vec<u8>) {
    let plain = || (Flags(value.form.number()), value.text.clone().into_bytes());
    if compression != Compression::Lz4 {
        return plain();
    }
    let Some(compressed) = compress(value.text.as_bytes()) else { return plain() };
    let (bits, payload) = match holds {
        Holds::Bytes => (Flags::COMPRESSED, compressed),
        Holds::Text | Holds::Native => {
            (Flags::COMPRESSED | Flags::BASE64, base64::encode(&compressed).into_bytes())
        }
    };
    if payload.len() < value.text.len() {
        (Flags(value.form.number() | bits), payload)
    } else {
        plain()
    }
}

/// Turns flags and payload back into the value.
///
/// # Errors
/// `CORRUPT` when the payload is not what the flags say.
pub(super) fn open(flags: Flags, payload: Vec<u8>) -> Result<Value> {
    let damaged = || Error::corrupt("the stored value is damaged, it is left in place for rescue");
    let form = Form::from_number(flags.0 & Flags::FORM).ok_or_else(damaged)?;
    let payload = if flags.has(Flags::BASE64) {
        base64::decode(&payload).ok_or_else(damaged)?
    } else {
        payload
    };
    let payload = if flags.has(Flags::COMPRESSED) {
        decompress(&payload).ok_or_else(damaged)?
    } else {
        payload
    };
    let text = String::from_utf8(payload).map_err(|_| damaged())?;
    Ok(Value { form, text })
}

/// The size in four bytes, then an LZ4 block. One kind of table serves texts of every size: with a
/// second one for small texts the compressor would be compiled twice.
fn compress(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0; 4 + block::get_maximum_output_size(text.len())];
    let (size, rest) = out.split_first_chunk_mut::<4>()?;
    *size = u32::try_from(text.len()).ok()?.to_le_bytes();
    let written = block::compress_into_with_table(text, rest, &mut CompressTable::large()).ok()?;
    out.truncate(4 + written);
    Some(out)
}

fn decompress(payload: &[u8]) -> Option<Vec<u8>> {
    let (size, compressed) = block::uncompressed_size(payload).ok()?;
    // A damaged size must not make us ask for memory that the value never had.
    if size > VALUE_BYTES_MAX {
        return None;
    }
    block::decompress(compressed, size).ok().filter(|bytes| bytes.len() == size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_to_the_same_value() {
        let long = "名字 name ".repeat(500);
        for text in ["", "a", "\"", long.as_str()] {
            for form in [Form::Json, Form::Tagged, Form::String] {
                for compression in [Compression::None, Compression::Lz4] {
                    for holds in [Holds::Text, Holds::Bytes, Holds::Native] {
                        let value = Value { form, text: text.to_owned() };
                        let (flags, payload) = seal(&value, compression, holds);
                        assert!(payload.len() <= text.len());
                        assert!(holds == Holds::Bytes || std::str::from_utf8(&payload).is_ok());
                        assert_eq!(open(flags, payload), Ok(value));
                    }
                }
            }
        }
        let value = Value { form: Form::Json, text: long };
        assert!(seal(&value, Compression::Lz4, Holds::Text).1.len() < value.text.len() / 10);
    }

    #[test]
    fn a_claim_of_boundless_size_is_corrupt() {
        let flags = Flags(Flags::COMPRESSED);
        assert!(open(flags, vec![0xff; 16]).is_err());
        assert!(open(flags, vec![0xff, 0xff, 0xff, 0x01, 0]).is_err());
        assert!(open(flags, vec![]).is_err());
        assert!(open(Flags(3), vec![]).is_err());
        assert!(open(Flags(0), vec![0xff]).is_err());
    }
}
