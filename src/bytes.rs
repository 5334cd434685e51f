//! Bytes and their small notations: hexadecimal fields, counted fields, the checksum.
//!
//! The notations are ASCII, so that the same format serves hosts that hold bytes and hosts that
//! hold only text. What the fields mean is the business of the modules that use them.

use crc::{CRC_32_ISO_HDLC, Crc, Table};

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
        self.0.extend_from_slice(bytes.len().to_string().as_bytes());
        self.0.push(b':');
        self.0.extend_from_slice(bytes);
        self.0.push(b',');
        self
    }

    /// Appends a number as a field of decimal digits.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.field(number.to_string())
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
        digits(self.field()?).ok_or_else(|| Error::corrupt("a stored number is damaged"))
    }

    fn take(&mut self) -> Option<&'bytes [u8]> {
        let colon = self.0.iter().take(20).position(|byte| *byte == b':')?;
        let (length, rest) = self.0.split_at_checked(colon)?;
        let length = usize::try_from(digits(length)?).ok()?;
        let (bytes, rest) = rest.get(1..)?.split_at_checked(length)?;
        self.0 = rest.strip_prefix(b",")?;
        Some(bytes)
    }
}

/// Reads decimal digits, of which there is at least one.
fn digits(text: &[u8]) -> Option<u64> {
    let all_digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    all_digits.then(|| std::str::from_utf8(text).ok()?.parse().ok()).flatten()
}

/// Appends the low bits of a number as lower-case hexadecimal digits.
pub fn push_hex(out: &mut Vec<u8>, number: u64, width: usize) {
    out.extend_from_slice(format!("{number:0width$x}").as_bytes());
}

/// Reads lower-case hexadecimal digits; anything else is nothing.
#[must_use]
pub fn parse_hex(digits: &[u8]) -> Option<u64> {
    let well_formed = digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    well_formed.then(|| u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()).flatten()
}

const CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

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
    fn a_damaged_field_is_an_error() {
        for damaged in
            ["", ":", "1:", "1:a", "2:a,", "-1:,", "+1:a,", "99999999999999999999:a,", "1:ab"]
        {
            assert!(Reader::new(damaged.as_bytes()).field().is_err(), "{damaged:?}");
        }
    }
}
