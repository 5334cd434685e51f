//! What encryption promises, through the verbs, on every kind of host.
#![cfg(feature = "vault")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod support;

use std::collections::BTreeSet;

use ministash::error::ErrorCode;
use ministash::host::{Data, Holds};
use ministash::key::KEYSET;
use ministash::store::{Action, Change, Compression};
use ministash::value::{Form, Value};
use ministash::vault::Overwrite;
use support::sealed::*;
use support::*;

/// Sealed in the default namespace; in one of its own; padded; under hidden names.
const SPACES: [&str; 5] =
    ["\0\0e", "room\0\0e", "room\0\0ep", "hidden\0\0eh", "hidden and padded\0\0ehp"];

fn text(length: usize) -> Value {
    Value { form: Form::String, text: "值a".repeat(length / 4 + 1) }
}

fn compressed(change: Change) -> Change {
    let Action::Put { value, lifetime, overwrite, .. } = change.action else { return change };
    let compression = Compression::Lz4;
    Change { action: Action::Put { value, lifetime, compression, overwrite }, ..change }
}

fn overwriting(change: Change) -> Change {
    let Action::Put { value, lifetime, compression, .. } = change.action else { return change };
    Change { action: Action::Put { value, lifetime, compression, overwrite: true }, ..change }
}

fn sealed_records(safe: &mut Safe) -> Vec<(String, Data)> {
    let is_record = |key: &&String| !key.starts_with("~ms~") || key.starts_with("~ms~n");
    let entries = &safe.memory().entries;
    entries.keys().filter(is_record).map(|key| (key.clone(), entries[key].clone())).collect()
}

#[test]
fn what_is_sealed_comes_back_and_nothing_of_it_can_be_seen() {
    for (name, memory) in vault_hosts() {
        for path in SPACES {
            let mut safe = Safe::unlocked(memory.clone(), 1, 1000);
            let secrets = ["", "a", "the secret words", "名字"].map(|words| Value {
                form: Form::String,
                text: words.repeat(if words.len() < 2 { 1 } else { 3 }),
            });
            let values = secrets.into_iter().chain([text(100), text(5000), json("{\"deep\":[1]}")]);
            let values: Vec<Value> = values.collect();
            for (index, value) in values.iter().enumerate() {
                safe.set(path, &format!("key {index}"), value.clone()).unwrap();
                let other = put(path, &format!("packed {index}"), value.clone());
                safe.commit(vec![compressed(other)], 1000).unwrap().unwrap();
            }
            let mut again = safe.restarted(Trouble::default(), 2, 1000);
            for (index, value) in values.iter().enumerate() {
                for kind in ["key", "packed"] {
                    let found = again.get(path, &format!("{kind} {index}")).unwrap();
                    assert_eq!(found.as_ref(), Some(value), "{name}, {path:?}, {kind} {index}");
                }
            }
            let listed = again.entries(path).unwrap();
            assert_eq!(listed.len(), 2 * values.len(), "{name}, {path:?}");
            assert_eq!(listed.get("key 5"), values.get(5), "{name}, {path:?}");
            for (host_key, data) in &again.memory().entries {
                let stored = raw(data);
                for words in ["the secret", "名字", "值a", "deep"] {
                    let shows =
                        stored.windows(words.len()).any(|window| window == words.as_bytes());
                    assert!(!shows, "{name}, {path:?}: {host_key} shows {words}");
                }
                let is_hidden = !path.contains('h') || !host_key.contains("key ");
                assert!(is_hidden, "{name}, {path:?}: {host_key} shows a key");
            }
        }
    }
}

#[test]
fn five_states_have_five_answers_and_none_of_them_deletes() {
    for (name, memory) in vault_hosts() {
        let mut safe = Safe::unlocked(memory, 1, 1000);
        let value = text(3000);
        safe.set("\0\0e", "a", value.clone()).unwrap();
        let held = safe.memory().entries.clone();
        let code = |result: ministash::error::Result<_>| {
            result.map(|_: Option<Value>| ()).unwrap_err().code
        };

        assert_eq!(safe.get("\0\0e", "none"), Ok(None), "{name}");
        safe.vault.lock();
        assert_eq!(code(safe.get("\0\0e", "a")), ErrorCode::Locked, "{name}");
        assert_eq!(code(safe.get("", "a")), ErrorCode::Locked, "{name}");
        let wrong = safe.unlock([8; 32], 1000).unwrap().unwrap_err();
        assert_eq!(wrong.code, ErrorCode::WrongSecret, "{name}");

        // The keyset of another device, with the same secret.
        let mut other = Safe::unlocked(safe.world.host.memory.clone(), 9, 1000);
        other.memory().entries.remove(KEYSET);
        let mut other = other.restarted(Trouble::default(), 9, 1000);
        assert_eq!(code(other.get("\0\0e", "a")), ErrorCode::SecretMissing, "{name}");
        let refused = other.set("\0\0e", "a", text(9)).unwrap_err();
        assert_eq!(refused.code, ErrorCode::SecretMissing, "{name}");

        safe.unlock(APP, 1000).unwrap().unwrap();
        let host_key = "a".to_owned();
        let whole = safe.memory().entries[&host_key].clone();
        let mut damaged = raw(&whole);
        let place = damaged.len() - 6;
        damaged[place] ^= 1;
        safe.memory().entries.insert(host_key.clone(), like(&whole, damaged.clone()).unwrap());
        assert_eq!(code(safe.get("\0\0e", "a")), ErrorCode::Corrupt, "{name}");
        for path in ["", "\0\0e", "\0\0k"] {
            let refused = safe.set(path, "a", text(9)).unwrap_err();
            assert_eq!(refused.code, ErrorCode::Corrupt, "{name}");
        }
        safe.memory().entries.insert(host_key.clone(), whole);
        for (host_key, data) in held.iter().filter(|(host_key, _)| *host_key != KEYSET) {
            let is_kept = safe.memory().entries.get(host_key) == Some(data);
            assert!(is_kept, "{name}: {host_key} was changed");
        }
        safe.vault.lock();
        for path in ["", "\0\0e"] {
            let refused = safe.set(path, "a", text(9)).unwrap_err();
            assert_eq!(refused.code, ErrorCode::Locked, "{name}");
        }
        let forced = overwriting(put("", "a", json("1")));
        safe.commit(vec![forced], 1000).unwrap().unwrap();
        assert_eq!(safe.get("", "a"), Ok(Some(json("1"))), "{name}");
    }
}

#[test]
fn what_is_not_sealed_is_refused_where_all_must_be() {
    for (name, memory) in vault_hosts() {
        let mut safe = Safe::unlocked(memory, 1, 1000);
        safe.set("room", "planted", json("1")).unwrap();
        assert_eq!(
            safe.get("room\0\0e", "planted").unwrap_err().code,
            ErrorCode::Corrupt,
            "{name}"
        );
        assert_eq!(safe.get("room", "planted"), Ok(Some(json("1"))), "{name}");
        safe.set("room\0\0e", "planted", json("2")).unwrap();
        assert_eq!(safe.get("room\0\0e", "planted"), Ok(Some(json("2"))), "{name}");
        // An update keeps what was sealed sealed, and padded.
        safe.set("room\0\0ep", "kept", json("3")).unwrap();
        let size = safe.memory().entries["~ms~n/room~kept"].len();
        safe.set("room\0\0k", "kept", json("44444")).unwrap();
        assert_eq!(safe.get("room\0\0e", "kept"), Ok(Some(json("44444"))), "{name}");
        assert_eq!(safe.memory().entries["~ms~n/room~kept"].len(), size, "{name}");
        safe.set("room\0\0k", "plain", json("5")).unwrap();
        assert_eq!(safe.get("room\0\0e", "plain").unwrap_err().code, ErrorCode::Corrupt, "{name}");
    }
}

/// Everything that can be made of a world by changing one entry.
fn outcome(
    safe: &Safe,
    path: &str,
    values: &[(&str, &Value)],
) -> Vec<Result<Option<Value>, ErrorCode>> {
    let mut safe = Safe::locked(safe.world.host.with(Trouble::default()), 3, 1000);
    if let Err(error) = safe.unlock(APP, 1000).unwrap() {
        return vec![Err(error.code)];
    }
    values.iter().map(|(name, _)| safe.get(path, name).map_err(|error| error.code)).collect()
}

#[test]
fn every_flipped_bit_and_every_truncation_is_a_typed_error_or_the_right_value() {
    let (mut flips, mut cuts) = (0, 0);
    for (name, memory) in vault_hosts() {
        for path in ["\0\0e", "room\0\0ehp"] {
            let mut start = Safe::unlocked(memory.clone(), 1, 1000);
            let values = [
                ("a", json("\"the first\"")),
                ("b", text(if name.contains("small") { 1400 } else { 9 })),
            ];
            for (key, value) in &values {
                start.set(path, key, value.clone()).unwrap();
            }
            let values: Vec<(&str, &Value)> =
                values.iter().map(|(key, value)| (*key, value)).collect();
            let entries = start.memory().entries.clone();
            let kept: BTreeSet<String> = entries.keys().cloned().collect();
            for (host_key, data) in entries.iter().filter(|(key, _)| *key != "~ms~s") {
                let whole = raw(data);
                let flipped = (0..whole.len() * 8).map(|bit| {
                    let mut bytes = whole.clone();
                    bytes[bit / 8] ^= 1 << (bit % 8);
                    bytes
                });
                // To a native host nothing left is nothing there.
                let shortest = usize::from(memory.capabilities.holds == Holds::Native);
                let shortened = (shortest..whole.len()).map(|length| whole[..length].to_vec());
                // The enumeration is long: of the larger entries every seventh bit is flipped, which
                // meets each bit of a byte in turn.
                let step = if whole.len() > 700 { 7 } else { 1 };
                for (number, bytes) in
                    flipped.step_by(step).chain(shortened.step_by(step)).enumerate()
                {
                    for is_mended in [false, true] {
                        let bytes =
                            if is_mended { mend(host_key, bytes.clone()) } else { bytes.clone() };
                        let Some(damaged) = like(data, bytes) else { continue };
                        let mut safe = start.clone();
                        safe.memory().entries.insert(host_key.clone(), damaged);
                        let found = outcome(&safe, path, &values);
                        for ((key, value), found) in values.iter().zip(&found) {
                            let is_right = match found {
                                Ok(Some(found)) => found == *value,
                                Ok(None) => false,
                                Err(code) => matches!(
                                    code,
                                    ErrorCode::Corrupt
                                        | ErrorCode::Unsupported
                                        | ErrorCode::SecretMissing
                                        | ErrorCode::WrongSecret
                                ),
                            };
                            assert!(
                                is_right,
                                "{name}, {path:?}: {host_key}, change {number}, mended {is_mended}: {key} is {found:?}"
                            );
                        }
                        if number < whole.len() * 8 / step {
                            flips += 1
                        } else {
                            cuts += 1
                        }
                        let left: BTreeSet<String> =
                            safe.memory().entries.keys().cloned().collect();
                        assert_eq!(left, kept, "{name}: something was deleted");
                    }
                }
            }
        }
    }
    println!("{flips} flipped bits and {cuts} truncations, half of them with a right checksum");
    assert!(flips > 20_000 && cuts > 2_000, "the enumeration has shrunk: {flips}, {cuts}");
}

#[test]
fn every_pair_of_records_swapped_is_corrupt() {
    let mut pairs = 0;
    for (name, memory) in vault_hosts() {
        let mut start = Safe::unlocked(memory, 1, 1000);
        let paths = ["\0\0e", "room\0\0e", "hidden\0\0eh"];
        for path in paths {
            for key in ["a", "b", "c"] {
                start.set(path, key, json(format!("\"{key}\""))).unwrap();
            }
        }
        let records = sealed_records(&mut start);
        assert_eq!(records.len(), 9);
        for (one, first) in &records {
            for (other, second) in records.iter().filter(|(other, _)| other > one) {
                for is_mended in [false, true] {
                    let mut safe = start.restarted(Trouble::default(), 2, 1000);
                    let moved = |host_key: &str, data: &Data| {
                        let bytes = raw(data);
                        like(data, if is_mended { mend(host_key, bytes) } else { bytes }).unwrap()
                    };
                    safe.memory().entries.insert(one.clone(), moved(one, second));
                    safe.memory().entries.insert(other.clone(), moved(other, first));
                    let mut corrupt = 0;
                    for path in paths {
                        for key in ["a", "b", "c"] {
                            match safe.get(path, key) {
                                Ok(found) => assert_eq!(found, Some(json(format!("\"{key}\"")))),
                                Err(error) => {
                                    assert_eq!(error.code, ErrorCode::Corrupt, "{name}");
                                    corrupt += 1;
                                }
                            }
                        }
                    }
                    assert_eq!(corrupt, 2, "{name}: {one} and {other}, mended {is_mended}");
                    pairs += 1;
                }
            }
        }
    }
    println!("{pairs} swaps");
}

#[test]
fn no_nonce_repeats_in_a_million_seals_over_fifty_reopenings() {
    let mut seen = BTreeSet::new();
    let mut memory = ministash::host::memory::MemoryHost::new(Holds::Bytes);
    let changes: Vec<Change> =
        (0..1000).map(|number| put("\0\0e", &number.to_string(), json("1"))).collect();
    let mut count = 0;
    for opening in 0..50 {
        let mut safe = Safe::locked(TroubledHost::new(memory), opening, 1000);
        safe.unlock(APP, 1000).unwrap().unwrap();
        for _ in 0..20 {
            safe.commit(changes.clone(), 1000).unwrap().unwrap();
            for (_, data) in sealed_records(&mut safe) {
                let nonce: [u8; 12] = raw(&data)[65 + 12..65 + 24].try_into().unwrap();
                count += 1;
                assert!(seen.insert(nonce), "a nonce was drawn twice");
            }
        }
        memory = safe.world.host.memory;
    }
    println!("{count} seals, {} nonces", seen.len());
    assert_eq!(count, 1_000_000);
}

#[test]
fn changing_the_secret_touches_no_record_and_the_old_one_opens_nothing() {
    for (name, memory) in vault_hosts() {
        let mut safe = Safe::unlocked(memory, 1, 1000);
        safe.set("\0\0e", "a", text(3000)).unwrap();
        safe.set("hidden\0\0eh", "b", text(9)).unwrap();
        let before = safe.memory().entries.clone();
        let wrong = safe.run(|store, io, vault| async move {
            let old = secret([9; 32]);
            vault.change_secret(&store, &io, old, secret([8; 32]), at(1000)).await
        });
        assert_eq!(wrong.unwrap().unwrap_err().code, ErrorCode::WrongSecret, "{name}");
        assert_eq!(safe.memory().entries, before, "{name}");
        let changed = safe.run(|store, io, vault| async move {
            let old = secret(APP);
            vault.change_secret(&store, &io, old, secret([8; 32]), at(1000)).await
        });
        changed.unwrap().unwrap();
        for (host_key, data) in &before {
            let is_kept = safe.memory().entries.get(host_key) == Some(data);
            assert_eq!(is_kept, host_key != KEYSET, "{name}: {host_key}");
        }
        assert_eq!(safe.get("\0\0e", "a"), Ok(Some(text(3000))), "{name}");
        safe.vault.lock();
        assert_eq!(safe.unlock(APP, 1000).unwrap().unwrap_err().code, ErrorCode::WrongSecret);
        safe.unlock([8; 32], 1000).unwrap().unwrap();
        assert_eq!(safe.get("hidden\0\0eh", "b"), Ok(Some(text(9))), "{name}");
    }
}

#[test]
fn a_shredded_namespace_is_noise_and_others_are_whole() {
    for (name, memory) in vault_hosts() {
        let mut safe = Safe::unlocked(memory, 1, 1000);
        for path in ["\0\0e", "room\0\0e", "room\0\0eh"] {
            safe.set(path, "a", text(3000)).unwrap();
        }
        safe.set("room", "plain", json("1")).unwrap();
        let before = safe.memory().entries.clone();
        let shred = |store: ministash::store::Store, io, vault: ministash::vault::Vault| async move {
            vault.shred(&store, &io, &space("room"), at(1000)).await
        };
        let removed = safe.run(shred).unwrap().unwrap();
        assert_eq!(removed, 2, "{name}");
        assert_eq!(safe.get("room", "plain"), Ok(Some(json("1"))), "{name}");
        assert_eq!(safe.get("\0\0e", "a"), Ok(Some(text(3000))), "{name}");
        // The records are put back, as from a disk that forgets nothing: no secret opens them.
        for (host_key, data) in before {
            if host_key != KEYSET {
                safe.memory().entries.insert(host_key, data);
            }
        }
        let mut safe = safe.restarted(Trouble::default(), 2, 1000);
        let code = safe.get("room\0\0e", "a").unwrap_err().code;
        assert_eq!(code, ErrorCode::SecretMissing, "{name}");
    }
}

#[test]
fn a_lost_or_damaged_keyset_is_never_sealed_past() {
    for (name, memory) in vault_hosts() {
        let mut safe = Safe::unlocked(memory, 1, 1000);
        safe.set("\0\0e", "a", text(9)).unwrap();
        // The app wipes its storage while it runs: what is sealed from then on must open again.
        safe.memory().entries.clear();
        safe.set("\0\0e", "b", text(9)).unwrap();
        let mut again = safe.restarted(Trouble::default(), 2, 1000);
        assert_eq!(again.get("\0\0e", "b"), Ok(Some(text(9))), "{name}");
        // Damage is told, and mended from memory where that is asked for.
        let whole = safe.memory().entries[KEYSET].clone();
        let mut bytes = raw(&whole);
        bytes[80] ^= 1;
        safe.memory().entries.insert(KEYSET.to_owned(), like(&whole, bytes).unwrap());
        assert_eq!(safe.set("\0\0e", "c", text(9)).unwrap_err().code, ErrorCode::Corrupt, "{name}");
        assert_eq!(safe.unlock(APP, 1000).unwrap().unwrap_err().code, ErrorCode::Corrupt, "{name}");
        let mended = safe.run(|store, io, vault| async move {
            vault.unlock(&store, &io, secret(APP), Overwrite::Yes, at(1000)).await
        });
        assert!(mended.unwrap().unwrap());
        assert_eq!(safe.get("\0\0e", "b"), Ok(Some(text(9))), "{name}");
    }
}

#[test]
fn nothing_secret_is_shown_by_debug() {
    let mut safe = Safe::unlocked(ministash::host::memory::MemoryHost::new(Holds::Bytes), 1, 1000);
    safe.set("\0\0e", "a", json("\"the secret words\"")).unwrap();
    let shown = format!("{:?} {:?} {:?}", safe.vault, safe.world.store, secret(APP));
    assert!(!shown.contains("secret words") && !shown.contains("7, 7, 7"), "{shown}");
}
