//! The power goes out before every host call of every verb of several calls, and again before every
//! call of the recovery that follows; and each host call is refused in turn with each fault. What is
//! found afterwards is all or nothing, and no garbage outlives a cleanup.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod support;

use std::collections::BTreeMap;

use ministash::clock::Millis;
use ministash::error::Result;
use ministash::host::FaultKind;
use ministash::value::Value;
use support::*;

const NOW: u64 = 1_000_000;

/// A verb of several host calls.
#[derive(Debug, Clone, Copy)]
enum Verb {
    SetOne,
    SetLarge,
    ShrinkLarge,
    SetMany,
    SetManyLarge,
    RemoveLarge,
    RemoveMany,
    Mixed,
    Clear,
    Touch,
    TouchLarge,
    Cleanup,
}

const VERBS: [Verb; 12] = [
    Verb::SetOne,
    Verb::SetLarge,
    Verb::ShrinkLarge,
    Verb::SetMany,
    Verb::SetManyLarge,
    Verb::RemoveLarge,
    Verb::RemoveMany,
    Verb::Mixed,
    Verb::Clear,
    Verb::Touch,
    Verb::TouchLarge,
    Verb::Cleanup,
];

impl Verb {
    fn run(self, world: &mut World) -> std::result::Result<Result<()>, PowerCut> {
        let soon = Millis::from_number(500.0).unwrap();
        let changes = match self {
            Self::SetOne => vec![put("", "a", json("\"new\""))],
            Self::SetLarge => vec![put("", "large", large("new"))],
            Self::ShrinkLarge => vec![put("", "large", json("1"))],
            Self::SetMany => {
                (0..5).map(|n| put("", &format!("many{n}"), json(n.to_string()))).collect()
            }
            Self::SetManyLarge => {
                vec![
                    put("", "large", large("新")),
                    put("room", "b", large("n")),
                    put("", "a", json("2")),
                ]
            }
            Self::RemoveLarge => vec![remove("", "large")],
            Self::RemoveMany => {
                vec![remove("", "a"), remove("", "large"), remove("room", "b"), remove("", "none")]
            }
            Self::Mixed => vec![
                put("", "fresh", large("f")),
                remove("", "large"),
                put_for("room", "b", json("3"), Some(9)),
            ],
            Self::Clear => {
                return world
                    .run(async |store, io| store.clear(io, &space(""), at(NOW)).await.map(|_| ()));
            }
            Self::Touch | Self::TouchLarge => {
                let name = if matches!(self, Self::Touch) { "a" } else { "large" };
                return world.run(async move |store, io| {
                    store.touch(io, space(""), key(name), Some(soon), at(NOW)).await.map(|_| ())
                });
            }
            Self::Cleanup => {
                return world.run(async |store, io| store.cleanup(io, at(NOW)).await.map(|_| ()));
            }
        };
        world.run(async move |store, io| store.commit(io, &changes, at(NOW)).await.map(|_| ()))
    }
}

type Contents = BTreeMap<String, (Value, Option<Timestamp>)>;

/// Everything a caller can see, expiries included.
fn contents(world: &mut World) -> Contents {
    world.ok(async |store, io| {
        let mut contents = Contents::new();
        for path in ["", "room"] {
            for item in store.entries(io, &space(path), &Default::default(), at(NOW)).await? {
                let meta = store.meta(io, &space(path), &item.key, at(NOW)).await?;
                contents.insert(
                    format!("{path}/{}", item.key.as_str()),
                    (item.value, meta.and_then(|meta| meta.expires)),
                );
            }
        }
        Ok(contents)
    })
}

/// A world with small, large, expired and other rooms' values in it.
fn furnished(host: support::TroubledHost) -> World {
    let mut world = World::new(host, 1, at(NOW - 1000));
    let changes = vec![
        put("", "a", json("\"old\"")),
        put("", "large", large("old")),
        put("room", "b", json("{\"old\":true}")),
        put("", "many3", json("\"old\"")),
        put_for("", "brief", json("1"), Some(10)),
        put_for("", "brief and large", large("b"), Some(10)),
    ];
    world.ok(async |store, io| store.open(io, at(NOW - 1000)).await);
    world.ok(async move |store, io| store.commit(io, &changes, at(NOW - 1000)).await);
    world
}

/// Opens the world again, with trouble; says whether that came to an end.
fn reopen(world: &World, trouble: Trouble) -> (World, std::result::Result<Result<()>, PowerCut>) {
    let mut world = world.restarted(trouble, 3, at(NOW));
    let outcome = world.run(async |store, io| store.open(io, at(NOW)).await.map(|_| ()));
    (world, outcome)
}

fn opened(world: &World) -> World {
    let (world, outcome) = reopen(world, Trouble::default());
    outcome.unwrap().unwrap();
    world
}

fn cut(call: usize) -> Trouble {
    Trouble { cut_before: Some(call), ..Trouble::default() }
}

/// After a cleanup nothing lies there that nobody refers to.
fn assert_no_garbage(world: &mut World, place: &str) {
    world.ok(async |store, io| store.cleanup(io, at(NOW)).await);
    let parts_in_use = contents(world).values().filter(|(value, _)| value.text.len() > 320).count();
    let left = garbage(&world.host.memory);
    assert!(
        !left.iter().any(|key| key.starts_with("~ms~j")),
        "{place}: a journal is left: {left:?}"
    );
    if parts_in_use == 0 {
        assert!(left.is_empty(), "{place}: {left:?}");
    }
    let owners: std::collections::BTreeSet<_> =
        left.iter().map(|key| key.split('~').nth(3).unwrap().to_owned()).collect();
    let generations: std::collections::BTreeSet<_> = left.iter().map(|key| &key[5..17]).collect();
    assert_eq!(
        owners.len(),
        generations.len(),
        "{place}: parts of two writes of one value are left: {left:?}"
    );
}

#[test]
fn every_verb_is_all_or_nothing_wherever_the_power_goes_out() {
    let (mut cuts, mut second_cuts) = (0, 0);
    for (name, memory) in hosts() {
        let start = furnished(TroubledHost::new(memory));
        let before = contents(&mut opened(&start));
        for verb in VERBS {
            let mut finished = opened(&start);
            verb.run(&mut finished).unwrap().unwrap();
            let after = contents(&mut opened(&finished));
            let ends = |world: &mut World| {
                let found = contents(world);
                found == before || found == after
            };
            for call in 0.. {
                let mut world = opened(&start);
                world.host.calls = 0;
                world.host.trouble = cut(call);
                let ended = verb.run(&mut world).is_ok();
                let place = format!("{name}, {verb:?}, power cut before call {call}");
                assert!(ends(&mut opened(&world)), "{place}: {:?}", contents(&mut opened(&world)));
                assert_no_garbage(&mut opened(&world), &place);
                cuts += 1;
                for second in 0.. {
                    let (again, outcome) = reopen(&world, cut(second));
                    assert!(
                        ends(&mut opened(&again)),
                        "{place}, then before call {second} of the recovery"
                    );
                    second_cuts += 1;
                    if outcome.is_ok() {
                        break;
                    }
                }
                if ended {
                    break;
                }
            }
        }
    }
    println!(
        "{cuts} power cuts, {second_cuts} second power cuts in the recovery: all or nothing in each"
    );
    assert!(cuts > 500 && second_cuts > 2000, "the enumeration has shrunk: {cuts}, {second_cuts}");
}

#[test]
fn a_refusal_at_any_call_leaves_the_old_values_in_place() {
    let (mut refusals, mut reported) = (0, 0);
    let kinds =
        [FaultKind::QuotaExceeded, FaultKind::EntryTooLarge, FaultKind::Busy, FaultKind::Failed];
    for (name, memory) in hosts() {
        let start = furnished(TroubledHost::new(memory));
        let before = contents(&mut opened(&start));
        for verb in VERBS {
            let mut finished = opened(&start);
            verb.run(&mut finished).unwrap().unwrap();
            let after = contents(&mut opened(&finished));
            for (kind, happened) in kinds.into_iter().flat_map(|kind| [(kind, false), (kind, true)])
            {
                for call in 0.. {
                    let mut world = opened(&start);
                    world.host.calls = 0;
                    world.host.trouble.refuse = Some((call, Refusal { kind, happened }));
                    let outcome = verb.run(&mut world).unwrap();
                    let reached = world.host.calls > call;
                    world.host.trouble = Trouble::default();
                    let place = format!(
                        "{name}, {verb:?}, call {call} refused with {kind:?}, happened: {happened}"
                    );
                    let found = contents(&mut world);
                    match outcome {
                        Ok(()) => assert_eq!(found, after, "{place}"),
                        Err(_) => {
                            assert_eq!(found, before, "{place}");
                            reported += 1;
                        }
                    }
                    assert_eq!(
                        contents(&mut opened(&world)),
                        found,
                        "{place}: another answer after a restart"
                    );
                    assert_no_garbage(&mut world, &place);
                    refusals += 1;
                    if !reached {
                        break;
                    }
                }
            }
        }
    }
    println!(
        "{refusals} refusals, {reported} of them reported, every one with the old values in place"
    );
    assert!(
        refusals > 4000 && reported > 2000,
        "the enumeration has shrunk: {refusals}, {reported}"
    );
}

#[test]
fn a_refusal_followed_by_a_power_cut_is_all_or_nothing_too() {
    let mut cases = 0;
    for (name, memory) in hosts() {
        let start = furnished(TroubledHost::new(memory));
        let before = contents(&mut opened(&start));
        for verb in [Verb::SetManyLarge, Verb::Mixed, Verb::RemoveMany] {
            let mut finished = opened(&start);
            verb.run(&mut finished).unwrap().unwrap();
            let after = contents(&mut opened(&finished));
            for happened in [false, true] {
                let mut refused_at = 0;
                loop {
                    let mut reached = false;
                    for cut_before in refused_at + 1.. {
                        let mut world = opened(&start);
                        world.host.calls = 0;
                        let refusal = Refusal { kind: FaultKind::QuotaExceeded, happened };
                        world.host.trouble = Trouble {
                            cut_before: Some(cut_before),
                            refuse: Some((refused_at, refusal)),
                        };
                        let ended = verb.run(&mut world).is_ok();
                        reached |= world.host.calls > refused_at;
                        let found = contents(&mut opened(&world));
                        let place = format!(
                            "{name}, {verb:?}, refused {refused_at} (happened: {happened}), cut {cut_before}"
                        );
                        assert!(found == before || found == after, "{place}: {found:?}");
                        cases += 1;
                        if ended {
                            break;
                        }
                    }
                    if !reached {
                        break;
                    }
                    refused_at += 1;
                }
            }
        }
    }
    println!("{cases} refusals followed by a power cut: all or nothing in each");
    assert!(cases > 5000, "the enumeration has shrunk: {cases}");
}

#[test]
fn a_host_that_refuses_everything_for_a_while_loses_nothing() {
    for (name, memory) in hosts() {
        let start = furnished(TroubledHost::new(memory));
        let before = contents(&mut opened(&start));
        let mut finished = opened(&start);
        Verb::SetManyLarge.run(&mut finished).unwrap().unwrap();
        let after = contents(&mut finished);
        for call in 0..60 {
            // From this call on the host refuses, the way back included; then it recovers.
            let mut world = opened(&start);
            let mut refusing = RefusingFrom { inner: world.host.clone(), from: call };
            let store = world.store.clone();
            let changes = vec![
                put("", "large", large("新")),
                put("room", "b", large("n")),
                put("", "a", json("2")),
            ];
            let flow = ministash::flow::Flow::new(|io| async move {
                store.commit(&io, &changes, at(NOW)).await
            });
            let outcome = refusing.drive(flow);
            world.host.memory = refusing.inner.memory;
            world.host.trouble = Trouble::default();
            let found = contents(&mut world);
            assert!(found == before || found == after, "{name}, refusing from {call}: {found:?}");
            if outcome.is_ok() {
                assert_eq!(found, after);
            }
            assert_eq!(contents(&mut opened(&world)), found, "{name}, refusing from {call}");
            assert_no_garbage(&mut world, &format!("{name}, refusing from {call}"));
        }
    }
}

/// A host that refuses every call from a certain one on.
struct RefusingFrom {
    inner: TroubledHost,
    from: usize,
}

impl RefusingFrom {
    fn drive<T>(&mut self, mut flow: ministash::flow::Flow<T>) -> T {
        use ministash::flow::Step;
        use ministash::host::{Answer, Ask, Fault, Host};
        let (mut answer, mut calls) = (None, 0);
        loop {
            let ask = match flow.resume(answer) {
                Step::Done(result) => return result,
                Step::Ask(ask) => ask,
            };
            let refused = || {
                Answer::Failed(Fault { kind: FaultKind::Failed, message: "out of order".into() })
            };
            answer = Some(match &ask {
                Ask::Write(writes) => {
                    let mut outcome = Answer::Done;
                    for write in writes {
                        calls += 1;
                        outcome = if calls > self.from {
                            refused()
                        } else {
                            self.inner.memory.perform(&Ask::Write(vec![write.clone()]))
                        };
                        if outcome != Answer::Done {
                            break;
                        }
                    }
                    outcome
                }
                other => {
                    calls += 1;
                    if calls > self.from { refused() } else { self.inner.memory.perform(other) }
                }
            });
        }
    }
}
