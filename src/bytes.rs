//! Bytes and their small notations: numbers as digits, counted fields, the checksum.
//!
//! The notations are ASCII, so that the same format serves hosts that hold bytes and hosts that
//! hold only text. What the fields mean is the business of the modules that use them. Numbers are
//! written and read here and not by `core::fmt` and `str::parse`, which are heavier than the store.

pub use ministash_bulk::{base64, checksum};

use crate::error::{Error, Result};

/// Writes counted fields one after another: `length ':' bytes ','`, as in a netstring.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// Starts an empty writer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends one field.
    pub fn field(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let bytes = bytes.as_ref();
        self.0.extend_from_slice(decimal(bytes.len() as u64).as_bytes());
        self.0.push(b':');
        self.0.extend_from_slice(bytes);
        self.0.push(b',');
        self
    }

    /// Appends a number as a field of decimal digits.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.field(decimal(number))
    }

    /// Gives what was written.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads what a [`Writer`] wrote; anything else is `CORRUPT`.
#[derive(Debug)]
pub struct Reader<'bytes>(&'bytes [u8]);

impl<'bytes> Reader<'bytes> {
    /// Starts at the first field.
    #[must_use]
    pub const fn new(bytes: &'bytes [u8]) -> Self {
        Self(bytes)
    }

    /// Whether every field has been read.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes have not been read.
    #[must_use]
    pub const fn left(&self) -> usize {
        self.0.len()
    }

    /// Reads one field.
    ///
    /// # Errors
    /// `CORRUPT` when the bytes are no counted field.
    pub fn field(&mut self) -> Result<&'bytes [u8]> {
        self.take().ok_or_else(|| Error::corrupt("a stored field is damaged"))
    }

    /// Reads one field as text.
    ///
    /// # Errors
    /// `CORRUPT` when it is no field or not UTF-8.
    pub fn text(&mut self) -> Result<&'bytes str> {
        std::str::from_utf8(self.field()?).map_err(|_| Error::corrupt("a stored text is damaged"))
    }

    /// Reads one field as a number.
    ///
    /// # Errors
    /// `CORRUPT` when it is no field or not decimal digits.
    pub fn number(&mut self) -> Result<u64> {
        parse_decimal(self.field()?).ok_or_else(|| Error::corrupt("a stored number is damaged"))
    }

    fn take(&mut self) -> Option<&'bytes [u8]> {
        let colon = self.0.iter().take(20).position(|byte| *byte == b':')?;
        let (length, rest) = self.0.split_at_checked(colon)?;
        let length = usize::try_from(parse_decimal(length)?).ok()?;
        let (bytes, rest) = rest.get(1..)?.split_at_checked(length)?;
        self.0 = rest.strip_prefix(b",")?;
        Some(bytes)
    }
}

/// A number as decimal digits.
#[must_use]
pub fn decimal(number: u64) -> String {
    digits(number, 10, 1)
}

/// A number as lower-case hexadecimal digits, at least so many.
#[must_use]
pub fn hex(number: u64, width: usize) -> String {
    digits(number, 16, width)
}

/// Appends what [`hex`] gives.
pub fn push_hex(out: &mut Vec<u8>, number: u64, width: usize) {
    push_digits(out, number, 16, width);
}

fn digits(number: u64, radix: u64, width: usize) -> String {
    let mut digits = Vec::new();
    push_digits(&mut digits, number, radix, width);
    String::from_utf8(digits).unwrap_or_default()
}

#[allow(clippy::cast_possible_truncation)] // A digit is below 16.
fn push_digits(out: &mut Vec<u8>, number: u64, radix: u64, width: usize) {
    // A division takes as long as ten shifts, and most digits are those of headers, in hexadecimal.
    let rest = if radix == 16 { number >> 4 } else { number / 10 };
    if rest > 0 || width > 1 {
        push_digits(out, rest, radix, width.saturating_sub(1));
    }
    let digit = (number - rest * radix) as u8;
    out.push(digit + if digit < 10 { b'0' } else { b'a' - 10 });
}

/// Bytes as hexadecimal digits, two for each.
#[must_use]
pub fn hex_of(bytes: &[u8]) -> String {
    let mut digits = Vec::with_capacity(bytes.len() * 2);
    bytes.iter().for_each(|byte| push_hex(&mut digits, u64::from(*byte), 2));
    String::from_utf8(digits).unwrap_or_default()
}

/// Reads decimal digits; anything else, none at all and more than 64 bits are nothing.
#[must_use]
pub fn parse_decimal(digits: &[u8]) -> Option<u64> {
    parse_digits(digits, 10)
}

/// Reads lower-case hexadecimal digits; anything else, none at all and more than 64 bits are nothing.
#[must_use]
pub fn parse_hex(digits: &[u8]) -> Option<u64> {
    parse_digits(digits, 16)
}

fn parse_digits(digits: &[u8], radix: u64) -> Option<u64> {
    let mut number = (!digits.is_empty()).then_some(0_u64)?;
    // One division: one for each digit would take most of the time in which a record is read.
    let limit = u64::MAX / radix;
    for byte in digits {
        let digit = u64::from(match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        });
        if digit >= radix || number > limit {
            return None;
        }
        number = (number * radix).wrapping_add(digit);
        if number < digit {
            return None;
        }
    }
    Some(number)
}

/// Cuts text in two at the first of a mark, an ASCII character, which goes.
#[must_use]
pub fn cut(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == mark)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Cuts text at each of a mark, an ASCII character, which goes.
pub fn pieces(text: &str, mark: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (piece, after) = match cut(text, mark) {
            Some((piece, after)) => (piece, Some(after)),
            None => (text, None),
        };
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_as_written() {
        let mut writer = Writer::new();
        writer.field("").field([0, 255, b',']).number(u64::MAX).field("名");
        let bytes = writer.finish();
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.field(), Ok(&[][..]));
        assert_eq!(reader.field(), Ok(&[0, 255, b','][..]));
        assert_eq!(reader.number(), Ok(u64::MAX));
        assert_eq!(reader.text(), Ok("名"));
        assert!(reader.is_done() && reader.field().is_err());
    }

    #[test]
    fn numbers_are_written_and_read_as_the_standard_library_does() {
        for number in [0, 1, 9, 10, 15, 16, 255, 256, 99_999, 1 << 47, (1 << 48) - 1, u64::MAX] {
            assert_eq!(decimal(number), format!("{number}"));
            assert_eq!(parse_decimal(decimal(number).as_bytes()), Some(number));
            for width in [1, 2, 8, 12] {
                assert_eq!(hex(number, width), format!("{number:0width$x}"));
                assert_eq!(parse_hex(hex(number, width).as_bytes()), Some(number));
            }
        }
        for wrong in ["", "a", "-1", "+1", " 1", "18446744073709551616"] {
            assert_eq!(parse_decimal(wrong.as_bytes()), None, "{wrong}");
        }
        for wrong in ["", "A", "g", "0x1", "10000000000000000"] {
            assert_eq!(parse_hex(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn bytes_are_written_as_two_digits_each() {
        assert_eq!(hex_of(&[0x00, 0x9a, 0x0f, 0xff]), "009a0fff");
        assert_eq!(hex_of(&[]), "");
    }

    #[test]
    fn text_is_cut_at_a_mark() {
        for text in ["", "~", "a", "a~", "~b", "a~b~c", "名~字"] {
            assert_eq!(cut(text, b'~'), text.split_once('~'), "{text}");
            assert!(pieces(text, b'~').eq(text.split('~')), "{text}");
        }
    }

    #[test]
    fn a_damaged_field_is_an_error() {
        for damaged in
            ["", ":", "1:", "1:a", "2:a,", "-1:,", "+1:a,", "99999999999999999999:a,", "1:ab"]
        {
            assert!(Reader::new(damaged.as_bytes()).field().is_err(), "{damaged:?}");
        }
    }
}
