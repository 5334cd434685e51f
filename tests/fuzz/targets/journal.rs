//! Journals: damaged ones are refused with a typed error, and what is written is what is read.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use ministash::host::{Data, Holds};
use ministash::key::JOURNAL;
use ministash::store::fuzzing;
use ministash::value::{Form, Value};
use ministash_fuzz::{Cut, Spelling, host_key};

/// The smallest entry limit that leaves a journal's chunks some room.
const ENTRY_BYTES_MIN: usize = 192;

fuzz_target!(|input: &[u8]| {
    let mut cut = Cut::new(input);
    let mode = cut.byte();
    let holds = if mode & 8 == 0 { Holds::Bytes } else { Holds::Text };
    if mode & 4 != 0 {
        lists(cut, holds);
        return;
    }
    let spelling = Spelling::from_number(mode);
    let head = spelling.spell(JOURNAL, cut.bytes(), holds);
    let mut chunks = BTreeMap::new();
    while !cut.is_done() {
        let key = host_key(cut.byte());
        chunks.insert(key, spelling.spell(key, cut.bytes(), holds));
    }
    fuzzing::journal(&head, |key| chunks.get(key).cloned());
});

/// Any redo list, whole or in chunks, comes back.
fn lists(mut cut: Cut<'_>, holds: Holds) {
    let limit = cut.number();
    let entry_bytes = (limit != 0).then(|| limit.max(ENTRY_BYTES_MIN));
    // Lists of more chunks than a reader accepts are slow: a few will do.
    let repeats = match cut.byte() {
        255 => 255,
        other => usize::from(other % 16).max(1),
    };
    let (mut writes, mut removes) = (Vec::new(), Vec::new());
    while !cut.is_done() {
        let (shape, key) = (cut.byte(), cut.text());
        let native = |form, text| Data::Native(Value { form, text });
        match shape % 6 {
            0 => removes.push(key),
            1 if holds == Holds::Bytes => {
                writes.push((key, Data::Bytes(cut.bytes().repeat(repeats))));
            }
            2 => writes.push((key, native(Form::Json, cut.text()))),
            3 => writes.push((key, native(Form::Tagged, cut.text()))),
            4 => writes.push((key, native(Form::String, cut.text()))),
            _ => writes.push((key, Data::Text(cut.text().repeat(repeats)))),
        }
    }
    fuzzing::redo(writes, removes, holds, entry_bytes);
}
