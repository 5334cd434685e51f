//! Writes the seeds: inputs of the targets made from what the store itself writes.
//!
//! `scripts/fuzz.sh seeds` runs it; it starts no fuzzer. A seed named `regression-*` was a finding.

use std::fs;
use std::path::{Path, PathBuf};

use ministash::flow::Step;
use ministash::host::memory::MemoryHost;
use ministash::host::{Ask, Data, Holds, Host};
use ministash::key::JOURNAL;
use ministash::manager::{Batch, FOREVER, Operation, PutOptions, Verb};
use ministash::store::Compression;
use ministash::value::{Form, Value};
use ministash_fuzz::{HOST_KEYS, Paste, drive, start};

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    for (number, holds) in [Holds::Text, Holds::Bytes, Holds::Native].into_iter().enumerate() {
        for (limit, entry_bytes) in [(0, None), (16, Some(320))] {
            let name =
                format!("{holds:?}{}", if limit == 0 { "" } else { "-small" }).to_lowercase();
            let host = filled(holds, entry_bytes);
            let shape = number as u8 | 4 | limit;
            store(&folder, &name, shape, &host);
            let cut_off = interrupted(holds, entry_bytes);
            store(&folder, &format!("{name}-interrupted"), shape, &cut_off);
            if holds != Holds::Native {
                envelopes(&folder, &name, &host);
                journals(&folder, &name, &cut_off);
            }
        }
    }
    structured(&folder);
    edges(&folder);
    keys(&folder);
}

/// A host with one of everything.
fn filled(holds: Holds, entry_bytes: Option<u32>) -> MemoryHost {
    let mut host = MemoryHost::new(holds);
    host.capabilities.entry_bytes = entry_bytes;
    let manager = start(host.capabilities(), 7, 1_000.0);
    drive(&mut host, manager.start(Verb::Open, 1_000.0)).expect("an empty host opens");
    let plain = PutOptions { ttl_ms: FOREVER, compression: Compression::None, overwrite: false };
    let short_lived = PutOptions { ttl_ms: 500.0, ..plain };
    let compressed = PutOptions { compression: Compression::Lz4, ..plain };
    let mut batch = Batch::default();
    batch.put("", "user", json("{\"name\":\"\u{540d}\"}"), short_lived);
    batch.put("", "other", Value { form: Form::String, text: "text ".repeat(60) }, compressed);
    batch.put("room", "user", Value { form: Form::Tagged, text: "[1]".repeat(110) }, plain);
    batch.put("room\0inner", "k", json("1"), plain);
    drive(&mut host, manager.start(Verb::Commit(batch), 1_001.0)).expect("there is room");
    host
}

/// The same host, its power cut in the middle of a commit of two keys.
fn interrupted(holds: Holds, entry_bytes: Option<u32>) -> MemoryHost {
    let mut host = filled(holds, entry_bytes);
    let manager = start(host.capabilities(), 8, 1_002.0);
    let options = PutOptions { ttl_ms: 9_000.0, compression: Compression::None, overwrite: false };
    let mut batch = Batch::default();
    batch.put("", "user", json("\"after\""), options);
    batch.put("room", "user", json("\"after\""), options);
    batch.remove("", "other");
    drive_until_journal(&mut host, manager.start(Verb::Commit(batch), 1_002.0));
    host
}

fn drive_until_journal(host: &mut MemoryHost, mut operation: Operation) {
    let mut answer = None;
    while !host.entries.contains_key(JOURNAL) {
        match operation.resume(answer) {
            Step::Ask(ask) => answer = Some(host.perform(&ask)),
            Step::Done(outcome) => panic!("this commit has a journal: {outcome:?}"),
        }
    }
    let rest = operation.resume(answer);
    assert!(matches!(rest, Step::Ask(Ask::Remove(_) | Ask::Write(_))), "it goes on: {rest:?}");
}

fn store(folder: &Path, name: &str, shape: u8, host: &MemoryHost) {
    let mut paste = Paste::default().byte(shape).byte(u8::from(name.contains("interrupted")));
    for (key, data) in &host.entries {
        let (spelling, bytes) = match data {
            Data::Text(text) => (1, text.as_bytes()),
            Data::Bytes(bytes) => (1, bytes.as_slice()),
            Data::Native(value) => (4 | value.form.number() << 3, value.text.as_bytes()),
        };
        // Parts and chunks have names of chance; the fuzzer knows a few by number and renames them.
        if let Some(number) = number_of(key) {
            paste = paste.byte(number).byte(spelling).bytes(bytes);
        }
    }
    write(&folder.join("store"), name, paste);
}

fn envelopes(folder: &Path, name: &str, host: &MemoryHost) {
    for (key, data) in &host.entries {
        let (Some(number), Some(bytes)) = (number_of(key), bytes_of(data)) else { continue };
        let paste = Paste::default().byte(1).byte(number).rest(bytes);
        write(&folder.join("record"), &format!("{name}-{number}"), paste);
    }
}

fn journals(folder: &Path, name: &str, host: &MemoryHost) {
    let head = host.entries.get(JOURNAL).and_then(bytes_of).expect("it was cut off there");
    write(&folder.join("journal"), name, Paste::default().byte(1).bytes(head));
}

/// Inputs that the targets spell themselves.
fn structured(folder: &Path) {
    let list = ["whole", "user", "t", "text", "other", "r", "~ms~n/room~user", "n0", "{}"];
    let (whole, chunked) = (pieces(0, &list), pieces(0, &["chunked", "0", "7", "2"]));
    let journal = folder.join("journal");
    write(&journal, "fields-whole", Paste::default().byte(3).bytes(&whole));
    write(
        &journal,
        "fields-chunked",
        Paste::default().byte(3).bytes(&chunked).byte(6).bytes(b"").byte(7).bytes(b""),
    );
    let lists = |mode: u8, limit: usize| {
        let start = Paste::default().byte(mode).number(limit).byte(9);
        start
            .byte(5)
            .bytes(b"user")
            .bytes(b"text")
            .byte(0)
            .bytes(b"other")
            .byte(2)
            .bytes(b"k")
            .bytes(b"{}")
    };
    write(&journal, "list-whole", lists(4, 0));
    write(
        &journal,
        "list-chunked",
        lists(12, 200).byte(5).bytes(b"k2").bytes(&b"long ".repeat(40)),
    );
    let record = folder.join("record");
    // Each form, compression and kind of host.
    for shape in 0..24 {
        let paste = Paste::default().byte(4).byte(0).byte(shape).number(200).byte(9);
        write(&record, &format!("value-{shape}"), paste.rest("text \u{540d}".repeat(9).as_bytes()));
    }
    let stamp = pieces(0, &["0123456789abcdef01234567", "1", "1000", "0"]);
    let split = pieces(0x40, &["7", "2", "9", "0"]);
    let paste = Paste::default().byte(0).byte(1);
    let paste = paste.byte(4).byte(3).bytes(&whole).byte(5).byte(3).bytes(&stamp);
    write(
        &folder.join("store"),
        "fields",
        paste.byte(0).byte(3).bytes(&split).byte(8).byte(2).bytes(b"\0part"),
    );
}

/// Numbers at the edges of their fields, in every place that has one.
fn edges(folder: &Path) {
    let host = filled(Holds::Text, None);
    let envelope = host.entries.get("user").and_then(bytes_of).expect("it was stored");
    for (name, field, digit) in [
        ("edge-created-first", 8, b'0'),
        ("regression-created-never", 8, b'f'),
        ("regression-updated-never", 20, b'f'),
        ("edge-expires-first", 32, b'0'),
        ("edge-version-last", 44, b'f'),
    ] {
        let mut edged = envelope.to_vec();
        edged[field..field + 12].fill(digit);
        write(&folder.join("record"), name, Paste::default().byte(1).byte(0).rest(&edged));
    }
    let largest = u64::MAX.to_string();
    let id_beyond_48_bits = (1_u64 << 48).to_string();
    for (name, numbers) in [
        ("edge-head-parts", ["7", "4097", "9", "0"]),
        ("edge-head-empty", ["7", "0", "0", "0"]),
        ("regression-head-size", ["7", "2", &largest, "0"]),
        ("regression-head-id", [&id_beyond_48_bits, "2", "9", "0"]),
    ] {
        let head = pieces(0x40, &numbers);
        write(&folder.join("record"), name, Paste::default().byte(3).byte(0).rest(&head));
        let paste = Paste::default().byte(1).byte(5).byte(0).byte(3).bytes(&head);
        write(&folder.join("store"), name, paste.byte(8).byte(2).bytes(b"\0part"));
    }
    let store = folder.join("store");
    let stamp = pieces(0, &["i", &largest, "1000", "1"]);
    let wiped = Paste::default().byte(5).byte(128 | 5);
    write(&store, "regression-generation-last", wiped.byte(5).byte(3).bytes(&stamp));
    let overwritten = Paste::default().byte(1).byte(1).byte(0).byte(3);
    write(&store, "regression-head-damaged", overwritten.bytes(&pieces(0x40, &["x"])));
    // A journal of a host that held bytes, on one that holds text.
    let list = ["whole", "user", "b", "bytes", "~ms~s", "r", "~ms~j", "t", "text"];
    let journal = Paste::default().byte(0).byte(4).byte(4).byte(3).bytes(&pieces(0, &list));
    write(&store, "edge-journal", journal);
    // A list of more chunks than a reader accepts.
    let long = Paste::default().byte(4).number(192).byte(255).byte(5).bytes(b"k");
    write(&folder.join("journal"), "regression-chunks", long.bytes(&[b'a'; 900]));
}

/// A header byte, and fields as `Spelling::Fields` cuts them.
fn pieces(header: u8, fields: &[&str]) -> Vec<u8> {
    let fields: Vec<&[u8]> = fields.iter().map(|field| field.as_bytes()).collect();
    [&[header], fields.join(&[0xff][..]).as_slice()].concat()
}

fn keys(folder: &Path) {
    for (number, (path, other, key, rest)) in [
        ("", "room", "user", "~ms~n/room~user"),
        ("a\0b", "a/b", "~k", "~ms~p000000000007.0~user"),
        ("a%2fb~", "a", "\u{540d}/%", "a%25/b%7e~k"),
        ("\0", "", "~ms~j", "~ms~"),
    ]
    .into_iter()
    .enumerate()
    {
        let paste =
            Paste::default().bytes(path.as_bytes()).bytes(other.as_bytes()).bytes(key.as_bytes());
        write(
            &folder.join("key"),
            &format!("{number}"),
            paste.number(7).number(1).rest(rest.as_bytes()),
        );
    }
}

fn number_of(key: &str) -> Option<u8> {
    HOST_KEYS.iter().position(|known| *known == key).and_then(|number| u8::try_from(number).ok())
}

fn bytes_of(data: &Data) -> Option<&[u8]> {
    match data {
        Data::Text(text) => Some(text.as_bytes()),
        Data::Bytes(bytes) => Some(bytes),
        Data::Native(_) => None,
    }
}

fn json(text: &str) -> Value {
    Value { form: Form::Json, text: text.to_owned() }
}

fn write(folder: &Path, name: &str, paste: Paste) {
    let path: PathBuf = folder.join(name);
    fs::create_dir_all(folder).expect("the folder can be made");
    fs::write(&path, paste.0).expect("the seed can be written");
}
