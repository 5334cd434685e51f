//! What the store promises, on every kind of host.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod support;

use ministash::error::ErrorCode;
use ministash::host::Data;
use ministash::host::memory::MemoryHost;
use ministash::key::Key;
use ministash::store::{
    Action, Change, Compression, Expect, Item, Lifetime, Meta, Notice, Opened, Range, Recovery,
};
use ministash::value::{Form, Value};
use support::*;

const DAY: u64 = 24 * 3_600_000;
const NOW: u64 = 20_000 * DAY;

fn open_world(memory: MemoryHost, now: u64) -> World {
    let mut world = World::new(TroubledHost::new(memory), 1, at(now));
    world.ok(async move |store, io| store.open(io, at(now)).await);
    world
}

fn each_host(test: impl Fn(&str, World)) {
    for (name, memory) in hosts() {
        test(&name, open_world(memory, NOW));
    }
}

fn commit(world: &mut World, changes: Vec<Change>, now: u64) -> Result<Vec<u64>, ErrorCode> {
    world
        .run(async move |store, io| store.commit(io, &changes, at(now)).await)
        .unwrap()
        .map_err(|error| error.code)
}

fn get(
    world: &mut World,
    path: &'static str,
    name: &'static str,
    now: u64,
) -> Result<Option<Item>, ErrorCode> {
    let got = world
        .run(async move |store, io| store.get_many(io, &space(path), &[key(name)], at(now)).await);
    got.unwrap().map(|mut items| items.pop().unwrap()).map_err(|error| error.code)
}

fn value(world: &mut World, path: &'static str, name: &'static str, now: u64) -> Option<Value> {
    get(world, path, name, now).unwrap().map(|item| item.value)
}

fn meta(world: &mut World, name: &'static str, now: u64) -> Option<Meta> {
    world.ok(async move |store, io| store.meta(io, &space(""), &key(name), at(now)).await)
}

fn names(world: &mut World, path: &'static str, range: Range, now: u64) -> Vec<String> {
    let keys = world.ok(async move |store, io| store.keys(io, &space(path), &range, at(now)).await);
    keys.iter().map(|key| key.as_str().to_owned()).collect()
}

fn cleanup(world: &mut World, now: u64) -> usize {
    world.ok(async move |store, io| store.cleanup(io, at(now)).await)
}

/// The world after somebody changed what lies there behind the store's back: as it is, or opened anew
/// where the host promised that nobody would.
fn tampered(world: World) -> World {
    if world.host.memory.capabilities.exclusive { reopen(&world, NOW).0 } else { world }
}

fn reopen(world: &World, now: u64) -> (World, Opened) {
    let mut world = world.restarted(Trouble::default(), 9, at(now));
    let opened = world.ok(async move |store, io| store.open(io, at(now)).await);
    (world, opened)
}

#[test]
fn values_of_every_form_and_size_come_back_and_survive_a_restart() {
    each_host(|name, mut world| {
        let texts = [
            "".to_owned(),
            "a".to_owned(),
            "~ms~".to_owned(),
            "~".to_owned(),
            "x~ms~".to_owned(),
            "名".repeat(2000),
        ];
        for form in [Form::Json, Form::Tagged, Form::String] {
            for compression in [Compression::None, Compression::Lz4] {
                for text in &texts {
                    let stored = Value { form, text: text.clone() };
                    // Native JSON is handed to the host as a value, so here it must be JSON.
                    let stored =
                        if form == Form::Json { json(format!("\"{text}\"")) } else { stored };
                    let action = Action::Put {
                        value: stored.clone(),
                        lifetime: Lifetime::Forever,
                        compression,
                        overwrite: false,
                    };
                    let change = Change { action, ..put("", "k", json("1")) };
                    commit(&mut world, vec![change], NOW).unwrap();
                    assert_eq!(value(&mut world, "", "k", NOW), Some(stored.clone()), "{name}");
                    assert_eq!(
                        value(&mut reopen(&world, NOW).0, "", "k", NOW),
                        Some(stored),
                        "{name}"
                    );
                }
            }
        }
        assert_eq!(cleanup(&mut world, NOW), 0);
        assert!(garbage(&world.host.memory).len() < 60, "{name}: parts of earlier writes are left");
    });
}

#[test]
fn a_plain_value_of_the_default_namespace_is_native_where_the_host_has_values() {
    let mut world = open_world(MemoryHost::new(ministash::host::Holds::Native), NOW);
    let native = |form, text: &str| Data::Native(Value { form, text: text.into() });
    commit(&mut world, vec![put("", "user", json("{\"age\":30}"))], NOW).unwrap();
    assert_eq!(world.host.memory.entries["user"], native(Form::Json, "{\"age\":30}"));
    let meta_of_native = meta(&mut world, "user", NOW).unwrap();
    assert_eq!((meta_of_native.created, meta_of_native.version), (None, 0));
    // What old code writes is read, also over ours, and an expiry makes it an envelope.
    world.host.memory.entries.insert("user".into(), Data::Text("plain".into()));
    assert_eq!(
        value(&mut world, "", "user", NOW),
        Some(Value { form: Form::String, text: "plain".into() })
    );
    world.host.memory.entries.insert("when".into(), native(Form::Tagged, "[1]"));
    assert_eq!(
        value(&mut world, "", "when", NOW),
        Some(Value { form: Form::Tagged, text: "[1]".into() })
    );
    world.host.memory.entries.insert("blank".into(), Data::Text(String::new()));
    assert_eq!(get(&mut world, "", "blank", NOW), Ok(None));
    let span = ministash::clock::Millis::from_number(5.0).unwrap();
    assert!(world.ok(async move |store, io| {
        store.touch(io, space(""), key("user"), Some(span), at(NOW)).await
    }));
    assert!(
        matches!(&world.host.memory.entries["user"], Data::Text(text) if text.starts_with("~ms~"))
    );
    // A string that looks like an envelope is never stored natively, and a room is never native.
    commit(
        &mut world,
        vec![
            put("", "odd", Value { form: Form::String, text: "~ms~".into() }),
            put("r", "k", json("1")),
        ],
        NOW,
    )
    .unwrap();
    assert!(matches!(&world.host.memory.entries["odd"], Data::Text(text) if text.len() > 60));
    assert!(matches!(&world.host.memory.entries["~ms~n/r~k"], Data::Text(_)));
}

#[test]
fn an_expired_record_is_invisible_at_once_and_goes_by_cleanup_or_in_passing() {
    each_host(|name, mut world| {
        let changes = vec![
            put_for("", "a", json("1"), Some(100)),
            put_for("", "b", large("x"), Some(200)),
            put("", "c", json("3")),
        ];
        commit(&mut world, changes, NOW).unwrap();
        assert!(value(&mut world, "", "a", NOW + 99).is_some(), "{name}");
        assert_eq!(value(&mut world, "", "a", NOW + 100), None, "{name}");
        assert_eq!(names(&mut world, "", Range::default(), NOW + 100), ["b", "c"], "{name}");
        assert_eq!(meta(&mut world, "a", NOW + 100), None);
        // In passing: a write of something else removes it.
        commit(&mut world, vec![put("", "d", json("4"))], NOW + 150).unwrap();
        assert!(!world.host.memory.entries.contains_key("a"), "{name}");
        assert_eq!(
            world.store.take_notice(),
            Some(Notice::Expired { namespace: String::new(), key: "a".into() })
        );
        assert_eq!(cleanup(&mut world, NOW + 300), 1, "{name}");
        assert_eq!(names(&mut world, "", Range::default(), NOW), ["c", "d"], "{name}");
        assert!(garbage(&world.host.memory).is_empty(), "{name}");
        // Another instance, which remembers nothing, finds expired records by cleanup.
        commit(&mut world, vec![put_for("", "e", json("1"), Some(1))], NOW + 300).unwrap();
        assert_eq!(cleanup(&mut reopen(&world, NOW + 400).0, NOW + 400), 1, "{name}");
    });
}

#[test]
fn a_clock_that_jumps_loses_nothing_that_a_right_clock_would_have_kept() {
    each_host(|name, mut world| {
        commit(
            &mut world,
            vec![put_for("", "a", json("1"), Some(3 * DAY)), put("", "b", json("2"))],
            NOW,
        )
        .unwrap();
        // A year ahead: invisible, but not removed, neither by writes nor by cleanup.
        let ahead = NOW + 365 * DAY;
        assert_eq!(value(&mut world, "", "a", ahead), None);
        commit(&mut world, vec![put("", "c", json("3"))], ahead).unwrap();
        assert_eq!(cleanup(&mut world, ahead + 1000), 0, "{name}");
        assert!(
            value(&mut world, "", "a", NOW + DAY).is_some(),
            "{name}: back in time it must be there"
        );
        // Also when the year ahead lasts for a session of its own.
        let (mut other, _) = reopen(&world, ahead);
        assert_eq!(cleanup(&mut other, ahead + 1000), 0, "{name}");
        let (mut third, _) = reopen(&other, NOW + DAY);
        assert!(value(&mut third, "", "a", NOW + DAY).is_some(), "{name}");
        // A day back: it lives longer, nothing else happens.
        assert!(value(&mut third, "", "a", NOW - DAY).is_some());
        assert_eq!(cleanup(&mut third, NOW - DAY), 0);
        assert!(value(&mut third, "", "b", NOW).is_some());
        // Time that really passes, in sessions days apart, does remove it.
        let (mut fourth, _) = reopen(&third, NOW + 5 * DAY);
        assert_eq!(cleanup(&mut fourth, NOW + 5 * DAY), 1, "{name}");
    });
}

#[test]
fn a_server_that_runs_for_months_after_a_long_pause_does_remove_what_expired() {
    each_host(|name, mut world| {
        commit(&mut world, vec![put_for("", "a", json("1"), Some(DAY))], NOW).unwrap();
        let (mut later, _) = reopen(&world, NOW + 60 * DAY);
        assert_eq!(
            cleanup(&mut later, NOW + 60 * DAY),
            0,
            "{name}: a leap of two months is not yet believed"
        );
        for day in 61..67 {
            cleanup(&mut later, NOW + day * DAY);
        }
        assert_eq!(
            cleanup(&mut later, NOW + 67 * DAY),
            1,
            "{name}: after a week of even running it is"
        );
    });
}

#[test]
fn an_app_that_cleans_up_at_every_start_does_remove_what_expired_after_a_long_pause() {
    each_host(|name, mut world| {
        commit(&mut world, vec![put_for("", "a", json("1"), Some(DAY))], NOW).unwrap();
        let (mut first, _) = reopen(&world, NOW + 60 * DAY);
        assert_eq!(cleanup(&mut first, NOW + 60 * DAY), 0, "{name}: a leap is not yet believed");
        let (mut second, _) = reopen(&first, NOW + 61 * DAY);
        assert_eq!(cleanup(&mut second, NOW + 61 * DAY), 1, "{name}: the second start confirms it");
    });
}

#[test]
fn a_commit_whose_journal_could_not_be_read_again_is_refused_before_it_begins() {
    let mut memory = MemoryHost::new(ministash::host::Holds::Text);
    memory.capabilities.entry_bytes = Some(200);
    let mut world = open_world(memory, NOW);
    let many = (0..4000)
        .map(|n| put("", &format!("key number {n}"), json("\"a value of some length\"")))
        .collect();
    assert_eq!(commit(&mut world, many, NOW), Err(ErrorCode::ValueTooLarge));
    assert_eq!(names(&mut world, "", Range::default(), NOW), Vec::<String>::new());
    assert!(garbage(&world.host.memory).is_empty());
}

#[test]
fn the_chunks_of_a_journal_put_aside_stay_with_it() {
    let mut memory = MemoryHost::new(ministash::host::Holds::Text);
    memory.capabilities.entry_bytes = Some(320);
    let mut world = open_world(memory, NOW);
    for (key, data) in [("~ms~j", "~ms~1j half"), ("~ms~j000000000007.0", "a chunk")] {
        world.host.memory.entries.insert(key.into(), Data::Text(data.into()));
    }
    let (mut world, opened) = reopen(&world, NOW);
    assert_eq!(opened.recovery, Recovery::Quarantined);
    cleanup(&mut world, NOW);
    assert!(world.host.memory.entries.contains_key("~ms~j000000000007.0"));
}

#[test]
fn expectations_hold_or_nothing_of_the_commit_happens() {
    each_host(|name, mut world| {
        let expecting = |change: Change, expect: Expect| Change { expect, ..change };
        let fresh = expecting(put("r", "k", json("1")), Expect::Version(0));
        let version = commit(&mut world, vec![fresh.clone()], NOW).unwrap()[0];
        assert_eq!(commit(&mut world, vec![fresh], NOW), Err(ErrorCode::Conflict), "{name}");
        let stale = expecting(put("r", "k", json("2")), Expect::Version(version + 1));
        assert_eq!(
            commit(&mut world, vec![put("r", "other", json("0")), stale], NOW),
            Err(ErrorCode::Conflict)
        );
        assert_eq!(
            value(&mut world, "r", "other", NOW),
            None,
            "{name}: part of a refused commit is there"
        );
        let right = expecting(put("r", "k", json("2")), Expect::Version(version));
        let next = commit(&mut world, vec![right], NOW).unwrap()[0];
        assert_ne!(next, version);
        assert_eq!(
            commit(&mut world, vec![expecting(remove("r", "k"), Expect::Version(next))], NOW),
            Ok(vec![1])
        );
        // A key that was removed and written again never repeats a version.
        let again = commit(&mut world, vec![put("r", "k", json("2"))], NOW).unwrap()[0];
        assert!(again != version && again != next);
    });
    let mut world = open_world(MemoryHost::new(ministash::host::Holds::Native), NOW);
    commit(&mut world, vec![put("", "k", json("1"))], NOW).unwrap();
    let on = |content: &str| Change {
        expect: Expect::Content(json(content)),
        ..put("", "k", json("2"))
    };
    assert_eq!(commit(&mut world, vec![on("0")], NOW), Err(ErrorCode::Conflict));
    assert!(commit(&mut world, vec![on("1")], NOW).is_ok());
}

#[test]
fn namespaces_do_not_meet_and_clear_takes_one_only() {
    each_host(|name, mut world| {
        let paths = ["", "a", "a\0b", "a/b", "a~b", "b"];
        for path in paths {
            commit(
                &mut world,
                vec![
                    put(path, "k", json(format!("{:?}", path.len()))),
                    put(path, "large", large(path.get(..1).unwrap_or("-"))),
                ],
                NOW,
            )
            .unwrap();
        }
        for path in paths {
            let cleared =
                world.ok(async move |store, io| store.clear(io, &space(path), at(NOW)).await);
            assert_eq!(cleared, 2, "{name}, {path:?}");
            assert!(names(&mut world, path, Range::default(), NOW).is_empty());
            for other in paths.iter().skip_while(|other| **other != path).skip(1) {
                assert_eq!(
                    names(&mut world, other, Range::default(), NOW),
                    ["k", "large"],
                    "{name}: {path:?} took {other:?}"
                );
            }
        }
        assert!(garbage(&world.host.memory).is_empty(), "{name}");
    });
}

#[test]
fn keys_of_frameworks_are_neither_listed_nor_cleared() {
    let mut memory = MemoryHost::new(ministash::host::Holds::Native);
    memory.capabilities.foreign_prefixes = vec!["__DC_".into()];
    let theirs = Data::Text("theirs".into());
    memory.entries.insert("__DC_STAT_UUID".into(), theirs.clone());
    let mut world = open_world(memory, NOW);
    commit(&mut world, vec![put("", "ours", json("1"))], NOW).unwrap();
    assert_eq!(names(&mut world, "", Range::default(), NOW), ["ours"]);
    assert_eq!(world.ok(async |store, io| store.clear(io, &space(""), at(NOW)).await), 1);
    assert_eq!(world.host.memory.entries["__DC_STAT_UUID"], theirs);
}

#[test]
fn ranges_are_ordered_by_code_point_and_limited_after_expiry() {
    each_host(|name, mut world| {
        let mut changes: Vec<Change> = ["b", "a", "é", "\u{e000}", "\u{1f600}", "ab"]
            .iter()
            .map(|key| put("r", key, json("1")))
            .collect();
        changes.push(put_for("r", "aa", json("1"), Some(1)));
        commit(&mut world, changes, NOW).unwrap();
        let listed = |world: &mut World, range| names(world, "r", range, NOW + 1);
        assert_eq!(
            listed(&mut world, Range::default()),
            ["a", "ab", "b", "é", "\u{e000}", "\u{1f600}"],
            "{name}"
        );
        assert_eq!(listed(&mut world, Range { limit: Some(2), ..Range::default() }), ["a", "ab"]);
        assert_eq!(
            listed(&mut world, Range { limit: Some(1), reverse: true, ..Range::default() }),
            ["\u{1f600}"]
        );
        assert_eq!(
            listed(&mut world, Range { limit: Some(0), ..Range::default() }),
            Vec::<String>::new()
        );
        assert_eq!(
            listed(&mut world, Range { prefix: Some("a".into()), ..Range::default() }),
            ["a", "ab"]
        );
        let items = world.ok(async |store, io| {
            store
                .entries(
                    io,
                    &space("r"),
                    &Range { limit: Some(3), ..Range::default() },
                    at(NOW + 1),
                )
                .await
        });
        assert_eq!(
            items.iter().map(|item| item.key.as_str()).collect::<Vec<_>>(),
            ["a", "ab", "b"]
        );
    });
}

#[test]
fn meta_and_touch_tell_and_move_times() {
    each_host(|name, mut world| {
        let first = commit(&mut world, vec![put("r", "k", large("x"))], NOW).unwrap()[0];
        let second = commit(&mut world, vec![put_for("r", "k", large("y"), Some(1000))], NOW + 10)
            .unwrap()[0];
        let look = |world: &mut World| {
            world.ok(async |store, io| store.meta(io, &space("r"), &key("k"), at(NOW + 20)).await)
        };
        let known = look(&mut world).unwrap();
        assert_ne!(first, second);
        assert_eq!(
            (known.created, known.updated, known.expires),
            (Some(at(NOW)), Some(at(NOW + 10)), Some(at(NOW + 1010))),
            "{name}"
        );
        assert_eq!((known.version, known.compressed), (second, false));
        assert!(known.size > 900, "{name}: {}", known.size);
        let touch = |world: &mut World, ttl: Option<f64>, now| {
            let ttl = ttl.map(|ttl| ministash::clock::Millis::from_number(ttl).unwrap());
            world.ok(async move |store, io| {
                store.touch(io, space("r"), key("k"), ttl, at(now)).await
            })
        };
        assert!(touch(&mut world, Some(5000.0), NOW + 20));
        let touched = look(&mut world).unwrap();
        assert_eq!(touched, Meta { expires: Some(at(NOW + 5020)), ..known });
        assert!(touch(&mut world, None, NOW + 20));
        assert_eq!(look(&mut world).unwrap().expires, None);
        assert!(touch(&mut world, Some(1.0), NOW + 20));
        assert!(!touch(&mut world, None, NOW + 21), "{name}: an expired value cannot be revived");
        assert_eq!(value(&mut world, "r", "k", NOW + 20), Some(large("y")));
    });
}

#[test]
fn a_refusal_for_lack_of_room_comes_after_expired_records_went() {
    for (entry_bytes, total_bytes) in [(None, 3000), (Some(320), 4200)] {
        let mut memory = MemoryHost::new(ministash::host::Holds::Text);
        memory.capabilities.total_bytes = Some(total_bytes);
        memory.capabilities.entry_bytes = entry_bytes;
        let mut world = open_world(memory, NOW);
        for change in [put_for("", "old", large("o"), Some(10)), put("", "kept", large("k"))] {
            commit(&mut world, vec![change], NOW).unwrap();
        }
        // Another instance does not know of the expired record, and yet finds the room.
        let (mut world, _) = reopen(&world, NOW + 20);
        let fits = |world: &mut World, value: Value| {
            world.ok(async move |store, io| {
                store.will_fit(io, &space(""), &key("new"), &value, &[], at(NOW + 20)).await
            })
        };
        let two = json(format!("\"{}\"", "z".repeat(1100)));
        let far_too_large = json(format!("\"{}\"", "z".repeat(5000)));
        assert!(!fits(&mut world, far_too_large.clone()));
        assert!(fits(&mut world, two.clone()));
        assert!(commit(&mut world, vec![put("", "new", two.clone())], NOW + 20).is_ok());
        assert_eq!(
            commit(&mut world, vec![put("", "new", far_too_large)], NOW + 20),
            Err(ErrorCode::QuotaExceeded)
        );
        assert_eq!(
            value(&mut world, "", "new", NOW + 20),
            Some(two),
            "the old value must be in place"
        );
        assert_eq!(value(&mut world, "", "kept", NOW + 20), Some(large("k")));
        let room = world.ok(async |store, io| store.room(io, at(NOW + 20)).await);
        assert_eq!(
            (room.limit_bytes, room.entry_limit_bytes),
            (Some(u64::from(total_bytes)), entry_bytes.map(u64::from))
        );
        assert_eq!(room.used_bytes, Some(world.host.memory.used_bytes() as u64));
    }
}

#[test]
fn a_value_beyond_every_limit_is_too_large() {
    let mut memory = MemoryHost::new(ministash::host::Holds::Text);
    memory.capabilities.entry_bytes = Some(120);
    let mut world = open_world(memory, NOW);
    assert_eq!(
        commit(&mut world, vec![put("", "k", large("x"))], NOW),
        Err(ErrorCode::ValueTooLarge)
    );
    let huge = json(format!("\"{}\"", "x".repeat(33 * 1024 * 1024)));
    assert_eq!(
        commit(
            &mut open_world(MemoryHost::new(ministash::host::Holds::Bytes), NOW),
            vec![put("", "k", huge)],
            NOW
        ),
        Err(ErrorCode::ValueTooLarge)
    );
}

#[test]
fn damage_is_told_from_missing_and_nothing_of_it_is_deleted() {
    each_host(|name, mut world| {
        commit(
            &mut world,
            vec![put_for("", "k", json("1"), Some(DAY)), put("r", "k", json("2"))],
            NOW,
        )
        .unwrap();
        let damaged = match &world.host.memory.entries["k"] {
            Data::Bytes(bytes) => Data::Bytes(bytes[..bytes.len() - 9].to_vec()),
            Data::Text(text) => Data::Text(text[..text.len() - 9].to_owned()),
            Data::Native(_) => panic!("a value with a time to live is no native value"),
        };
        world.host.memory.entries.insert("k".into(), damaged.clone());
        let mut world = tampered(world);
        assert_eq!(get(&mut world, "", "k", NOW), Err(ErrorCode::Corrupt), "{name}");
        assert_eq!(
            commit(&mut world, vec![put("r", "x", json("1")), put("", "k", json("3"))], NOW),
            Err(ErrorCode::Corrupt)
        );
        assert_eq!(get(&mut world, "r", "x", NOW), Ok(None));
        assert_eq!(names(&mut world, "", Range::default(), NOW), ["k"]);
        assert_eq!(cleanup(&mut world, NOW + 3 * DAY), 0);
        assert_eq!(world.host.memory.entries["k"], damaged, "{name}: the damaged record must stay");
        let action = Action::Put {
            value: json("3"),
            lifetime: Lifetime::Forever,
            compression: Compression::None,
            overwrite: true,
        };
        commit(&mut world, vec![Change { action, ..put("", "k", json("3")) }], NOW).unwrap();
        assert_eq!(value(&mut world, "", "k", NOW), Some(json("3")));
        // A record under another's key is damage too.
        let moved = world.host.memory.entries["~ms~n/r~k"].clone();
        world.host.memory.entries.insert("~ms~n/r~moved".into(), moved);
        let mut world = tampered(world);
        assert_eq!(get(&mut world, "r", "moved", NOW), Err(ErrorCode::Corrupt), "{name}");
        assert_eq!(commit(&mut world, vec![remove("r", "moved")], NOW), Ok(vec![1]));
    });
}

#[test]
fn a_lost_part_of_a_large_value_is_damage() {
    let mut memory = MemoryHost::new(ministash::host::Holds::Text);
    memory.capabilities.entry_bytes = Some(320);
    let mut world = open_world(memory, NOW);
    commit(&mut world, vec![put("", "large", large("x"))], NOW).unwrap();
    let parts = garbage(&world.host.memory);
    assert!(parts.len() > 3);
    for part in parts {
        let kept = world.host.memory.entries.remove(&part).unwrap();
        assert_eq!(get(&mut world, "", "large", NOW), Err(ErrorCode::Corrupt));
        let before = world.host.memory.entries.clone();
        assert_eq!(
            commit(&mut world, vec![put("", "large", json("1"))], NOW),
            Err(ErrorCode::Corrupt)
        );
        assert_eq!(world.host.memory.entries, before, "what is left of a damaged value must stay");
        world.host.memory.entries.insert(part, kept);
    }
    assert_eq!(value(&mut world, "", "large", NOW), Some(large("x")));
}

#[test]
fn a_wipe_is_told_once_and_never_mistaken_for_a_first_start() {
    each_host(|name, mut world| {
        let first = world.ok(async |store, io| store.open(io, at(NOW)).await);
        assert_eq!(
            (first.wiped, first.generation, first.recovery),
            (false, 1, Recovery::None),
            "{name}"
        );
        commit(&mut world, vec![put("r", "k", json("1"))], NOW).unwrap();
        let (mut same, again) = reopen(&world, NOW + 1);
        assert_eq!((again.wiped, again.install.clone()), (false, first.install.clone()), "{name}");
        // Wiped between two starts: told where a witness was kept, even if the process dies before it is told.
        same.host.memory.entries.clear();
        let has_witness = same.host.memory.capabilities.witness;
        let (_, wiped) = reopen(&same, NOW + 2);
        assert_eq!(
            (wiped.wiped, wiped.generation),
            (has_witness, 1 + u64::from(has_witness)),
            "{name}"
        );
        if !has_witness {
            return;
        }
        assert_eq!(wiped.install, first.install);
        let (mut wiped_world, told) = reopen(&same, NOW + 2);
        assert!(told.wiped);
        let (_, retold) = reopen(&wiped_world, NOW + 3);
        assert!(retold.wiped, "{name}: not acknowledged, so told again");
        wiped_world.ok(async |store, io| store.acknowledge_wipe(io, at(NOW + 3)).await);
        let (mut quiet, after) = reopen(&wiped_world, NOW + 4);
        assert_eq!((after.wiped, after.generation), (false, 2), "{name}");
        // Wiped while open: found by the next listing, told once.
        quiet.host.memory.entries.clear();
        assert!(names(&mut quiet, "", Range::default(), NOW + 5).is_empty());
        assert_eq!(quiet.store.take_notice(), Some(Notice::Wiped));
        assert!(names(&mut quiet, "", Range::default(), NOW + 5).is_empty());
        assert_eq!(quiet.store.take_notice(), None, "{name}: told twice");
        quiet.ok(async |store, io| store.acknowledge_wipe(io, at(NOW + 6)).await);
        let (_, last) = reopen(&quiet, NOW + 7);
        assert_eq!((last.wiped, last.generation), (false, 3), "{name}");
    });
}

#[test]
fn losing_the_stamp_alone_is_a_wipe_in_part_and_damaging_it_is_none() {
    each_host(|name, mut world| {
        commit(&mut world, vec![put("r", "k", json("1"))], NOW).unwrap();
        let mut lost = world.clone();
        lost.host.memory.entries.remove("~ms~s");
        assert!(reopen(&lost, NOW).1.wiped, "{name}");
        world.host.memory.entries.insert("~ms~s".into(), Data::Text("~ms~nonsense".into()));
        assert!(!reopen(&world, NOW).1.wiped, "{name}");
    });
}

#[test]
fn a_damaged_journal_is_put_aside_and_the_store_opens() {
    each_host(|name, mut world| {
        commit(&mut world, vec![put("r", "k", json("1"))], NOW).unwrap();
        world.host.memory.entries.insert("~ms~j".into(), Data::Text("~ms~1j half".into()));
        let (mut opened_world, opened) = reopen(&world, NOW);
        assert_eq!(opened.recovery, Recovery::Quarantined, "{name}");
        assert_eq!(value(&mut opened_world, "r", "k", NOW), Some(json("1")));
        let aside: Vec<_> = opened_world
            .host
            .memory
            .entries
            .iter()
            .filter(|(key, _)| key.starts_with("~ms~q"))
            .collect();
        assert!(
            matches!(aside.as_slice(), [(_, Data::Text(text))] if text == "~ms~1j half"),
            "{name}: {aside:?}"
        );
    });
}

#[test]
fn a_damaged_journal_on_a_full_host_lets_the_store_open_and_make_room() {
    for (name, mut memory) in hosts() {
        memory.capabilities.total_bytes = Some(6000);
        let mut world = open_world(memory, NOW);
        let sized = |bytes: usize| json(format!("\"{}\"", "x".repeat(bytes)));
        commit(&mut world, vec![put("r", "a", sized(40)), put("r", "b", sized(80))], NOW).unwrap();
        commit(&mut world, vec![put("", "c", sized(30))], NOW).unwrap();
        let damaged = Data::Text(format!("~ms~1j {}", "half ".repeat(30)));
        world.host.memory.entries.insert("~ms~j".into(), damaged.clone());
        world.host.memory.capabilities.total_bytes =
            Some(u32::try_from(world.host.memory.used_bytes()).unwrap());
        let (mut world, opened) = reopen(&world, NOW);
        assert_eq!(opened.recovery, Recovery::Quarantined, "{name}");
        assert_eq!(world.host.memory.entries["~ms~j"], damaged, "{name}: it must stay");
        assert_eq!(value(&mut world, "r", "b", NOW), Some(sized(80)), "{name}");
        // What needs a journal has no room, unless the host commits by itself; what makes room goes on.
        let is_atomic = world.host.memory.capabilities.atomic_commit;
        let both = vec![remove("r", "a"), remove("", "c")];
        let outcome = commit(&mut world, both, NOW);
        assert_eq!(outcome.is_ok(), is_atomic, "{name}: {outcome:?}");
        assert_eq!(world.host.memory.entries["~ms~j"], damaged, "{name}: it must still stay");
        assert_eq!(reopen(&world, NOW).1.recovery, Recovery::Quarantined, "{name}");
        commit(&mut world, vec![remove("r", "b")], NOW).unwrap();
        commit(&mut world, vec![remove("r", "a")], NOW).unwrap();
        commit(&mut world, vec![remove("", "c")], NOW).unwrap();
        commit(&mut world, vec![put("r", "d", json("1"))], NOW).unwrap();
        let entries = &world.host.memory.entries;
        assert!(!entries.contains_key("~ms~j"), "{name}: there is room to put it aside");
        let aside: Vec<_> = entries.iter().filter(|(key, _)| key.starts_with("~ms~q")).collect();
        assert_eq!(aside.iter().map(|(_, data)| *data).collect::<Vec<_>>(), [&damaged], "{name}");
        assert_eq!(reopen(&world, NOW).1.recovery, Recovery::None, "{name}");
    }
}

#[test]
fn opening_again_costs_few_host_calls() {
    let mut memory = MemoryHost::new(ministash::host::Holds::Native);
    memory.capabilities.witness = false;
    let world = open_world(memory, NOW);
    // Two reads, which are one call on a host that reads in batches.
    assert_eq!(reopen(&world, NOW + 1000).0.host.calls, 2);
}

#[test]
fn of_several_changes_of_one_key_the_last_counts() {
    each_host(|name, mut world| {
        commit(
            &mut world,
            vec![put("r", "k", json("1")), remove("r", "k"), put("r", "k", json("2"))],
            NOW,
        )
        .unwrap();
        assert_eq!(value(&mut world, "r", "k", NOW), Some(json("2")), "{name}");
        let many = vec![put("r", "k", json("1")); 65_537];
        assert_eq!(commit(&mut world, many, NOW), Err(ErrorCode::InvalidOption));
    });
}

#[test]
fn answers_may_come_late_and_out_of_order() {
    use ministash::flow::{Flow, Step};
    use ministash::host::Host;
    each_host(|name, mut world| {
        let keys: Vec<String> = (0..6).map(|n| format!("k{n}")).collect();
        let changes = keys.iter().map(|key| put("r", key, large(&format!("{key}{key}")))).collect();
        commit(&mut world, changes, NOW).unwrap();
        // In each round all reads are under way at once, and the one that asked last, or first, or
        // in the middle, is answered first.
        for round in 0..keys.len() {
            let read = |key: &String| {
                let (store, key) = (world.store.clone(), Key::new(key).unwrap());
                Flow::new(async move |io| store.get_many(&io, &space("r"), &[key], at(NOW)).await)
            };
            let mut flows: Vec<_> = keys.iter().map(read).enumerate().collect();
            let mut asked: Vec<_> =
                flows.iter_mut().map(|(index, flow)| (*index, flow.resume(None))).collect();
            let mut finished = 0;
            while !asked.is_empty() {
                let (index, step) = asked.remove((round * 5) % asked.len());
                match step {
                    Step::Ask(ask) => {
                        let answer = world.host.memory.perform(&ask);
                        asked.insert(asked.len() / 2, (index, flows[index].1.resume(Some(answer))));
                    }
                    Step::Done(items) => {
                        let found = items.unwrap().pop().unwrap().unwrap().value;
                        assert_eq!(
                            found,
                            large(&format!("k{index}k{index}")),
                            "{name}, round {round}"
                        );
                        finished += 1;
                    }
                }
            }
            assert_eq!(finished, keys.len());
        }
    });
}

#[test]
fn will_fit_says_what_a_put_then_does() {
    let mut told = [0, 0];
    for atomic in [false, true] {
        for step in 0..400_u64 {
            let mut memory = MemoryHost::new(ministash::host::Holds::Text);
            memory.capabilities.entry_bytes = Some(320);
            memory.capabilities.total_bytes = Some(4200);
            memory.capabilities.atomic_commit = atomic;
            let mut world = open_world(memory, NOW);
            let sized =
                |bytes: u64| json(format!("\"{}\"", "x".repeat(usize::try_from(bytes).unwrap())));
            commit(&mut world, vec![put("", "other", sized(step * 7 % 900))], NOW).unwrap();
            commit(&mut world, vec![put("", "k", sized(step * 13 % 700))], NOW).unwrap();
            let value = sized(step * 31 % 3000);
            let asked = value.clone();
            let fits = world.ok(async move |store, io| {
                store.will_fit(io, &space(""), &key("k"), &asked, &[], at(NOW)).await
            });
            let outcome = commit(&mut world, vec![put("", "k", value)], NOW);
            assert_eq!(fits, outcome.is_ok(), "atomic: {atomic}, step {step}: {outcome:?}");
            told[usize::from(fits)] += 1;
        }
    }
    assert!(told.iter().all(|count| *count > 100), "{told:?}");
}

#[test]
fn will_fit_counts_on_what_gives_way() {
    let mut told = [0, 0];
    for atomic in [false, true] {
        for step in 0..200_u64 {
            let mut memory = MemoryHost::new(ministash::host::Holds::Text);
            memory.capabilities.entry_bytes = Some(320);
            memory.capabilities.total_bytes = Some(6000);
            memory.capabilities.atomic_commit = atomic;
            let mut world = open_world(memory, NOW);
            let sized =
                |bytes: u64| json(format!("\"{}\"", "x".repeat(usize::try_from(bytes).unwrap())));
            commit(&mut world, vec![put("", "other", sized(step * 7 % 900))], NOW).unwrap();
            commit(&mut world, vec![put("cached", "one", sized(step * 11 % 600))], NOW).unwrap();
            commit(&mut world, vec![put("cached", "two", sized(900))], NOW).unwrap();
            let value = sized(1000 + step * 31 % 4500);
            let (asked, yielding) = (value.clone(), [space("cached")]);
            let fits = world.ok(async move |store, io| {
                store.will_fit(io, &space(""), &key("k"), &asked, &yielding, at(NOW)).await
            });
            let first = commit(&mut world, vec![put("", "k", value.clone())], NOW);
            let mut outcome = first.clone();
            if first.is_err() {
                world.ok(async |store, io| store.clear(io, &space("cached"), at(NOW)).await);
                outcome = commit(&mut world, vec![put("", "k", value)], NOW);
            }
            assert_eq!(fits, outcome.is_ok(), "atomic: {atomic}, step {step}: {outcome:?}");
            told[usize::from(fits && first.is_err())] += 1;
        }
    }
    assert!(told.iter().all(|count| *count > 30), "{told:?}");
}

#[test]
fn room_that_garbage_took_is_used_before_a_refusal() {
    let mut memory = MemoryHost::new(ministash::host::Holds::Text);
    memory.capabilities.total_bytes = Some(2000);
    let mut world = open_world(memory, NOW);
    let part = Data::Text("p".repeat(1500));
    world.host.memory.entries.insert("~ms~p800000000000.0~k".into(), part);
    assert!(commit(&mut world, vec![put("", "k", large("x"))], NOW).is_ok());
    assert!(garbage(&world.host.memory).is_empty());
}

#[test]
fn what_one_verb_would_have_to_hold_is_limited() {
    let mut world = open_world(MemoryHost::new(ministash::host::Holds::Bytes), NOW);
    let thirty = json(format!("\"{}\"", "x".repeat(30 * 1024 * 1024)));
    let many = (0..9).map(|n| put("", &format!("k{n}"), thirty.clone())).collect();
    assert_eq!(commit(&mut world, many, NOW), Err(ErrorCode::ValueTooLarge));
    for n in 0..9 {
        commit(&mut world, vec![put("", &format!("k{n}"), thirty.clone())], NOW).unwrap();
    }
    assert_eq!(names(&mut world, "", Range::default(), NOW).len(), 9, "listing holds no values");
    let cleared = world.run(async |store, io| store.clear(io, &space(""), at(NOW)).await).unwrap();
    assert_eq!(cleared.unwrap_err().code, ErrorCode::ValueTooLarge);
    assert_eq!(names(&mut world, "", Range::default(), NOW).len(), 9);
}

#[test]
fn clear_counts_what_was_visible() {
    each_host(|name, mut world| {
        commit(
            &mut world,
            vec![put_for("r", "a", json("1"), Some(10)), put("r", "b", json("2"))],
            NOW,
        )
        .unwrap();
        assert_eq!(
            world.ok(async |store, io| store.clear(io, &space("r"), at(NOW + 20)).await),
            1,
            "{name}"
        );
        assert!(!world.host.memory.entries.contains_key("~ms~n/r~a"), "{name}");
    });
}

#[test]
fn a_host_that_cannot_list_is_never_asked_to_and_keeps_values_all_the_same() {
    for (name, mut memory) in hosts() {
        memory.capabilities.lists = false;
        memory.capabilities.total_bytes = Some(20_000);
        let mut world = open_world(memory, NOW);
        let changes =
            vec![put("", "a", large("a")), put("n", "b", json("1")), put("", "c", json("2"))];
        commit(&mut world, changes, NOW).unwrap();
        commit(&mut world, vec![put_for("", "c", json("3"), Some(10))], NOW).unwrap();
        let (mut world, opened) = reopen(&world, NOW + 5);
        assert!(!opened.wiped, "{name}");
        assert_eq!(value(&mut world, "", "a", NOW + 5), Some(large("a")), "{name}");
        assert_eq!(value(&mut world, "n", "b", NOW + 5), Some(json("1")), "{name}");
        assert_eq!(value(&mut world, "", "c", NOW + 5), Some(json("3")), "{name}");
        assert_eq!(value(&mut world, "", "c", NOW + 10), None, "{name}");
        // Nothing can be swept, so the refusal stays what it is.
        let far_too_large = json(format!("\"{}\"", "z".repeat(30_000)));
        let refused = commit(&mut world, vec![put("", "a", far_too_large.clone())], NOW + 10);
        assert_eq!(refused, Err(ErrorCode::QuotaExceeded), "{name}");
        let tells = world.host.memory.capabilities.info;
        let fits = world.ok(async move |store, io| {
            store.will_fit(io, &space(""), &key("a"), &far_too_large, &[], at(NOW + 10)).await
        });
        assert_eq!(fits, !tells, "{name}");
        let verbs = [
            world.run(async |store, io| {
                store.keys(io, &space(""), &Range::default(), at(NOW)).await.map(drop)
            }),
            world.run(async |store, io| store.clear(io, &space(""), at(NOW)).await.map(drop)),
            world.run(async |store, io| store.cleanup(io, at(NOW)).await.map(drop)),
        ];
        for refused in verbs {
            assert_eq!(refused.unwrap().unwrap_err().code, ErrorCode::Unsupported, "{name}");
        }
        assert_eq!(value(&mut world, "", "a", NOW + 10), Some(large("a")), "{name}");
    }
}
