//! Envelopes: whatever lies under a key is refused with a typed error or means what it says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ministash::host::{Data, Holds};
use ministash::store::{Compression, fuzzing};
use ministash::value::{Form, Value};
use ministash_fuzz::{Cut, Spelling, host_key};

fuzz_target!(|input: &[u8]| {
    let mut cut = Cut::new(input);
    let (mode, key) = (cut.byte(), host_key(cut.byte()));
    if mode & 4 != 0 {
        values(cut, key);
        return;
    }
    let holds = if mode & 8 == 0 { Holds::Bytes } else { Holds::Text };
    let data = Spelling::from_number(mode).spell(key, cut.rest(), holds);
    let envelope = match &data {
        Data::Text(text) => text.as_bytes(),
        Data::Bytes(bytes) => bytes,
        Data::Native(_) => return,
    };
    if fuzzing::record(key, envelope) {
        // One differing character lies within what CRC-32 always finds.
        let another = format!("{}#", &key[..key.len() - 1]);
        assert!(!fuzzing::record(&another, envelope), "a record under another's key is damaged");
    }
});

/// Any value, sealed and split and joined, is the same value.
fn values(mut cut: Cut<'_>, key: &str) {
    let shape = cut.byte();
    let entry_bytes = cut.number();
    let repeats = usize::from(cut.byte() % 16).max(1);
    let value = Value {
        form: Form::from_number(shape & 3).unwrap_or(Form::String),
        text: String::from_utf8_lossy(cut.rest()).repeat(repeats),
    };
    let compression = if shape & 4 == 0 { Compression::None } else { Compression::Lz4 };
    let holds = [Holds::Text, Holds::Bytes, Holds::Native][usize::from(shape >> 3) % 3];
    fuzzing::value(key, &value, compression, holds, entry_bytes);
}
