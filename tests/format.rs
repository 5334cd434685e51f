//! The stored bytes: fixtures of every released format are opened, the current one is written to
//! the letter, and no flipped bit and no truncation ever gives a wrong value.
//!
//! `MINISTASH_BLESS=1 cargo test --test format` writes the fixtures of the current format anew, which
//! is right only before that format is released.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod support;

use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

use ministash::error::ErrorCode;
use ministash::host::memory::MemoryHost;
use ministash::host::{Data, Holds};
use ministash::store::{Action, Change, Compression};
use ministash::value::{Form, Value};
use support::*;

const NOW: u64 = 1_763_683_200_000;

/// The hosts of the fixtures: name, what it holds.
const HOSTS: [(&str, Holds); 3] =
    [("text", Holds::Text), ("bytes", Holds::Bytes), ("native", Holds::Native)];

/// What lies in every fixture: namespace, key, value, time to live, compression.
fn contents() -> Vec<(&'static str, &'static str, Value, Option<u64>, Compression)> {
    let none = Compression::None;
    let text = |form, text: &str| Value { form, text: text.to_owned() };
    vec![
        ("", "user", json("{\"name\":\"John\",\"age\":30}"), None, none),
        ("", "名字", text(Form::String, "值 ~ms~"), None, none),
        ("", "empty", text(Form::String, ""), None, none),
        ("", "brief", json("[1,2,3]"), Some(86_400_000), none),
        ("", "large", large("0123456789"), None, none),
        ("", "packed", large("ab"), None, Compression::Lz4),
        ("room", "k", text(Form::Tagged, "[[\"u\"]]"), None, none),
        ("room\0a/b~c", "k", json("null"), Some(1_000_000), none),
    ]
}

fn change(
    (path, name, value, ttl, compression): (&str, &str, Value, Option<u64>, Compression),
) -> Change {
    let mut change = put_for(path, name, value, ttl);
    if let Action::Put { compression: chosen, .. } = &mut change.action {
        *chosen = compression;
    }
    change
}

/// A host with the contents of the fixtures, and with a journal whose commit was cut off.
fn written(holds: Holds) -> MemoryHost {
    let mut memory = MemoryHost::new(holds);
    memory.capabilities.entry_bytes = Some(400);
    let mut world = World::new(TroubledHost::new(memory), 7, at(NOW));
    world.ok(async |store, io| store.open(io, at(NOW)).await);
    for item in contents() {
        world.ok(async move |store, io| store.commit(io, &[change(item)], at(NOW)).await);
    }
    let cut_off =
        vec![put("", "in the journal", json("1")), put("room", "in the journal", json("2"))];
    world.host.calls = 0;
    // Two reads, the room, the journal; then the power goes out.
    world.host.trouble.cut_before = Some(3 + usize::from(world.host.memory.capabilities.info));
    let _ = world.run(async move |store, io| store.commit(io, &cut_off, at(NOW)).await);
    world.host.memory
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// One line an entry: key, kind, data; what is not printable ASCII is escaped as in Rust.
fn print(memory: &MemoryHost) -> String {
    let mut out = String::new();
    for (key, data) in &memory.entries {
        let (kind, text) = match data {
            Data::Text(text) => ("text".to_owned(), text.escape_default().to_string()),
            Data::Bytes(bytes) => ("bytes".to_owned(), bytes.escape_ascii().to_string()),
            Data::Native(value) => {
                (format!("native{}", value.form.number()), value.text.escape_default().to_string())
            }
        };
        writeln!(out, "{}\t{kind}\t{text}", key.escape_default()).unwrap();
    }
    out
}

fn unescape(text: &str) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), text);
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        if character != '\\' {
            out.extend(character.to_string().bytes());
            continue;
        }
        let (kind, after) = rest.split_at(1);
        rest = after;
        match kind {
            "u" => {
                let (digits, after) = rest[1..].split_once('}').unwrap();
                rest = after;
                let code = u32::from_str_radix(digits, 16).unwrap();
                out.extend(char::from_u32(code).unwrap().to_string().bytes());
            }
            "x" => {
                let (digits, after) = rest.split_at(2);
                rest = after;
                out.push(u8::from_str_radix(digits, 16).unwrap());
            }
            "n" => out.push(b'\n'),
            "r" => out.push(b'\r'),
            "t" => out.push(b'\t'),
            other => out.extend(other.bytes()),
        }
    }
    out
}

fn read_fixture(name: &str, holds: Holds) -> MemoryHost {
    let mut memory = MemoryHost::new(holds);
    memory.capabilities.entry_bytes = Some(400);
    let text = fs::read_to_string(path(name)).unwrap();
    for line in text.lines() {
        let [key, kind, data] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("bad line in {name}")
        };
        let bytes = unescape(data);
        let text = || String::from_utf8(bytes.clone()).unwrap();
        let data = match kind {
            "bytes" => Data::Bytes(bytes),
            "text" => Data::Text(text()),
            native => {
                let form = native.trim_start_matches("native").parse().unwrap();
                Data::Native(Value { form: Form::from_number(form).unwrap(), text: text() })
            }
        };
        memory.entries.insert(String::from_utf8(unescape(key)).unwrap(), data);
    }
    memory
}

fn opened(memory: MemoryHost) -> World {
    let mut world = World::new(TroubledHost::new(memory), 9, at(NOW));
    world.ok(async |store, io| store.open(io, at(NOW)).await);
    world
}

fn get(world: &mut World, path: &str, name: &str) -> Result<Option<Value>, ErrorCode> {
    let (path, name) = (space(path), key(name));
    let got = world
        .run(async move |store, io| store.get_many(io, &path, &[name], at(NOW)).await)
        .unwrap();
    got.map(|mut items| items.pop().unwrap().map(|item| item.value)).map_err(|error| error.code)
}

#[test]
fn the_current_format_is_written_to_the_letter() {
    for (name, holds) in HOSTS {
        let (file, printed) = (format!("v1-{name}.txt"), print(&written(holds)));
        if env::var("MINISTASH_BLESS").is_ok() {
            fs::write(path(&file), &printed).unwrap();
        }
        assert_eq!(printed, fs::read_to_string(path(&file)).unwrap(), "{file}");
    }
}

#[test]
fn fixtures_of_every_released_format_are_opened() {
    let mut opened_count = 0;
    for entry in fs::read_dir(path("")).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = file.strip_suffix(".txt") else { continue };
        let (_, holds) = HOSTS.iter().find(|(host, _)| name.ends_with(host)).unwrap();
        let mut world = opened(read_fixture(&file, *holds));
        for (path, key, value, ..) in contents() {
            assert_eq!(get(&mut world, path, key), Ok(Some(value)), "{file}: {path:?} {key:?}");
        }
        for (path, value) in [("", json("1")), ("room", json("2"))] {
            assert_eq!(
                get(&mut world, path, "in the journal"),
                Ok(Some(value)),
                "{file}: the journal was not finished"
            );
        }
        opened_count += 1;
    }
    assert!(opened_count >= HOSTS.len());
}

#[test]
fn no_flipped_bit_and_no_truncation_gives_a_wrong_value_or_deletes_anything() {
    let (mut damages, mut told) = (0, 0);
    for (_, holds) in HOSTS {
        let world = opened(written(holds));
        for (path, name, value, ttl, _) in contents() {
            let is_native = holds == Holds::Native && path.is_empty() && ttl.is_none();
            let host_key = space(path).host_key(&key(name));
            let mut keys = vec![host_key.clone()];
            keys.extend(
                garbage(&world.host.memory)
                    .into_iter()
                    .filter(|part| part.ends_with(&format!("~{host_key}"))),
            );
            for host_key in keys {
                let whole = world.host.memory.entries[&host_key].clone();
                if is_native && matches!(whole, Data::Native(_)) {
                    // A native value is the host's own; it carries no checksum.
                    continue;
                }
                for damaged in damages_of(&whole) {
                    let mut world = opened(world.host.memory.clone());
                    world.host.memory.entries.insert(host_key.clone(), damaged.clone());
                    damages += 1;
                    match get(&mut world, path, name) {
                        Ok(Some(found)) => assert_eq!(found, value, "{host_key}"),
                        // An empty string is how hosts of values say that nothing is there.
                        Ok(None) => assert!(
                            damaged.is_empty() && holds == Holds::Native,
                            "{host_key}: {damaged:?}"
                        ),
                        Err(code) => {
                            assert!(
                                matches!(code, ErrorCode::Corrupt | ErrorCode::Unsupported),
                                "{code:?}"
                            );
                            told += 1;
                        }
                    }
                    assert_eq!(
                        world.host.memory.entries[&host_key], damaged,
                        "the damaged record must stay for rescue"
                    );
                }
            }
        }
    }
    println!("{damages} damages, {told} told as such, no wrong value, nothing deleted");
    assert!(damages > 20_000 && told > 20_000);
}

/// Every flipped bit and every truncation of what lies under a key. In text, a bit of a character
/// is flipped; what is then no character becomes the replacement character, as at the boundary.
fn damages_of(whole: &Data) -> Vec<Data> {
    let bytes = match whole {
        Data::Bytes(bytes) => bytes.clone(),
        Data::Text(text) => text.clone().into_bytes(),
        Data::Native(_) => panic!("native values are not damaged here"),
    };
    let mut damaged: Vec<Vec<u8>> =
        (0..bytes.len()).map(|length| bytes[..length].to_vec()).collect();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        damaged.push(flipped);
    }
    let as_text = |bytes: &Vec<u8>| Data::Text(String::from_utf8_lossy(bytes).into_owned());
    match whole {
        Data::Bytes(_) => damaged.into_iter().map(Data::Bytes).collect(),
        _ => damaged.iter().map(as_text).collect(),
    }
}
