//! A long seeded run of random verbs against a plain model, with kills, refusals, clock jumps and
//! small quotas. A failing seed prints the command that replays it.
//!
//! `MINISTASH_SIMULATION_SEEDS=first..last` chooses the seeds, `MINISTASH_SIMULATION_STEPS` the length.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ops::Range as Span;

use ministash::clock::Millis;
use ministash::entropy::Entropy;
use ministash::error::{Error, ErrorCode};
use ministash::host::memory::MemoryHost;
use ministash::host::{Data, FaultKind, Holds};
use ministash::key::Key;
use ministash::store::{Action, Change, Compression, Expect, Range};
use ministash::value::{Form, Value};
use support::*;

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;
const PATHS: [&str; 3] = ["", "room", "room\0inner"];
const KEYS: [&str; 5] = ["a", "b", "ab", "名", "z~z"];

/// What the model knows of one value.
#[derive(Debug, Clone, PartialEq)]
struct Known {
    value: Value,
    expires: Option<u64>,
    version: u64,
}

type Place = (&'static str, &'static str);
type Model = BTreeMap<Place, Known>;

struct Simulation {
    dice: Entropy,
    world: World,
    model: Model,
    /// Places where a power cut left one of two expired records, which cannot be told apart.
    uncertain: BTreeSet<Place>,
    /// The time as it really is, and what the device's clock adds to it.
    true_now: u64,
    clock_error: i64,
    calls: usize,
    kills: usize,
    refusals: usize,
    errors: BTreeMap<&'static str, usize>,
    /// Where old code wrote since the store last looked, and what lay there then.
    overwritten: BTreeMap<&'static str, Option<Known>>,
    /// How often old code wrote, and how often its value went back to the one before it.
    old_writes: [usize; 2],
    /// The host keys of the last step, and how many of all looked at the store knew by itself.
    last_keys: Vec<String>,
    known_keys: usize,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let hosts = hosts();
        let mut memory: MemoryHost = hosts[usize::try_from(seed).unwrap() % hosts.len()].1.clone();
        if seed.is_multiple_of(3) {
            memory.capabilities.total_bytes = Some(6000);
        }
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let mut simulation = Self {
            dice: Entropy::new(bytes),
            world: World::new(TroubledHost::new(memory), 0, at(0)),
            model: Model::new(),
            uncertain: BTreeSet::new(),
            true_now: 20_000 * DAY,
            clock_error: 0,
            calls: 0,
            kills: 0,
            refusals: 0,
            errors: BTreeMap::new(),
            overwritten: BTreeMap::new(),
            old_writes: [0; 2],
            last_keys: Vec::new(),
            known_keys: 0,
        };
        simulation.restart();
        simulation
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.dice.number() % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.roll(from.len() as u64)).unwrap()]
    }

    /// What the device's clock says.
    fn now(&self) -> u64 {
        self.true_now.checked_add_signed(self.clock_error).unwrap()
    }

    fn step(&mut self) {
        self.move_clock();
        self.forget_gone();
        self.old_code();
        let refusals = self.refusals;
        self.world.host.calls = 0;
        self.world.host.trouble = self.trouble();
        match self.roll(16) {
            0..=7 => self.commit(),
            8 => self.touch(),
            9 if self.roll(4) == 0 => self.clear(),
            10 => self.cleanup(),
            11 if self.roll(4) == 0 => self.restart(),
            _ => {}
        }
        self.calls += self.world.host.calls;
        self.world.host.trouble = Trouble::default();
        if self.refusals > refusals {
            self.allow_older();
        }
        self.check_mirror();
        self.check_all();
        self.check_mirror();
    }

    /// Old code writes or removes a plain value, where it can. Not on a small host: what it takes there
    /// may be room that a journal counts on.
    fn old_code(&mut self) {
        let host = &self.world.host.memory.capabilities;
        let is_there = host.holds == Holds::Native && host.total_bytes.is_none();
        if !is_there || self.roll(6) != 0 {
            return;
        }
        let name = self.pick(&KEYS);
        let number = self.roll(1000);
        let entries = &mut self.world.host.memory.entries;
        let value = match number % 4 {
            0 => None,
            1 => Some(Value { form: Form::String, text: format!("old {number}") }),
            _ => Some(json(format!("{{\"old\":{number}}}"))),
        };
        let before = match value {
            None => {
                entries.remove(name);
                self.model.remove(&("", name))
            }
            Some(value) => {
                entries.insert(name.to_owned(), Data::Native(value.clone()));
                self.model.insert(("", name), Known { value, expires: None, version: 0 })
            }
        };
        self.uncertain.remove(&("", name));
        self.overwritten.entry(name).or_insert(before);
        self.old_writes[0] += 1;
    }

    /// A batch of puts that was refused half-way may have put back what lay there before old code wrote,
    /// for it did not look again.
    fn allow_older(&mut self) {
        let now = self.now();
        for (name, before) in self.overwritten.clone() {
            let mut items = self.world.ok(async move |store, io| {
                store.get_many(io, &space(""), &[key(name)], at(now)).await
            });
            let found = items.pop().unwrap().map(|item| item.value);
            let shown = |known: Option<&Known>| {
                known.filter(|known| is_visible(known, now)).map(|known| known.value.clone())
            };
            let place = ("", name);
            if found == shown(self.model.get(&place)) || found != shown(before.as_ref()) {
                continue;
            }
            match before {
                Some(before) => self.model.insert(place, before),
                None => self.model.remove(&place),
            };
            self.old_writes[1] += 1;
        }
    }

    /// What the store knows without asking is what the host holds, unless old code wrote there since.
    fn check_mirror(&mut self) {
        let entries = &self.world.host.memory.entries;
        let place_keys = PATHS.iter().flat_map(|path| {
            KEYS.iter().map(|name| space(path).host_key(&Key::new(name).unwrap()))
        });
        let keys: BTreeSet<String> =
            place_keys.chain(self.last_keys.drain(..)).chain(entries.keys().cloned()).collect();
        for host_key in &keys {
            let Some(known) = self.world.store.known(host_key) else { continue };
            let held = entries.get(host_key).map(read_back);
            if known == held {
                self.known_keys += 1;
                self.overwritten.remove(host_key.as_str());
            } else {
                assert!(
                    self.overwritten.contains_key(host_key.as_str()),
                    "{host_key}: {known:?}, {held:?}"
                );
            }
        }
        self.last_keys = entries.keys().cloned().collect();
    }

    fn trouble(&mut self) -> Trouble {
        let call = usize::try_from(self.roll(16)).unwrap();
        match self.roll(10) {
            0 => Trouble { cut_before: Some(call), ..Trouble::default() },
            1 | 2 => {
                let kinds = [
                    FaultKind::QuotaExceeded,
                    FaultKind::EntryTooLarge,
                    FaultKind::Busy,
                    FaultKind::Failed,
                ];
                let refusal = Refusal { kind: self.pick(&kinds), happened: self.roll(2) == 0 };
                Trouble { refuse: Some((call, refusal)), ..Trouble::default() }
            }
            _ => Trouble::default(),
        }
    }

    fn move_clock(&mut self) {
        self.true_now += match self.roll(200) {
            0 => 10 * DAY,
            1..=4 => DAY,
            5..=50 => HOUR,
            _ => self.roll(60_000),
        };
        match self.roll(150) {
            0 => self.clock_error = i64::try_from(365 * DAY).unwrap(),
            1 => self.clock_error = -i64::try_from(DAY).unwrap(),
            2..=12 => self.clock_error = 0,
            _ => {}
        }
    }

    fn value(&mut self) -> Value {
        let number = self.roll(1000);
        match self.roll(6) {
            0 => large(&format!("{number}")),
            1 => Value { form: Form::String, text: format!("text {number}") },
            2 => Value { form: Form::Tagged, text: format!("[[\"u\"],{number}]") },
            3 => Value { form: Form::String, text: String::new() },
            _ => json(format!("{{\"n\":{number}}}")),
        }
    }

    fn commit(&mut self) {
        let now = self.now();
        let (mut changes, mut after) = (Vec::new(), self.model.clone());
        let (mut puts, mut conflict) = (Vec::new(), false);
        for _ in 0..=self.roll(4) {
            let place = (self.pick(&PATHS), self.pick(&KEYS));
            let known = self.model.get(&place).filter(|known| is_visible(known, now)).cloned();
            let mut change = if self.roll(4) == 0 {
                after.remove(&place);
                remove(place.0, place.1)
            } else {
                let ttls = [1, 1000, HOUR, DAY, 30 * DAY];
                let (value, ttl) = (self.value(), (self.roll(3) == 0).then(|| self.pick(&ttls)));
                after.insert(
                    place,
                    Known { value: value.clone(), expires: ttl.map(|ttl| now + ttl), version: 0 },
                );
                puts.push((changes.len(), place));
                put_with(place, value, ttl, self.roll(3) == 0)
            };
            if self.roll(6) == 0 {
                let version = known.as_ref().map_or(0, |known| known.version);
                let is_native = known.is_some() && version == 0;
                let wrong = self.roll(3) == 0;
                if !is_native {
                    change.expect = Expect::Version(if wrong { version + 1 } else { version });
                    conflict |= wrong;
                }
            }
            changes.push(change);
        }
        let outcome =
            self.world.run(async move |store, io| store.commit(io, &changes, at(now)).await);
        if let Ok(Ok(versions)) = &outcome {
            assert!(!conflict, "a wrong expectation was let pass");
            for (index, place) in puts {
                if let Some(known) = after.get_mut(&place) {
                    known.version = versions[index];
                }
            }
        }
        self.settle(outcome.map(|result| result.map(|_| ())), after);
    }

    fn touch(&mut self) {
        let (now, place) = (self.now(), (self.pick(&PATHS), self.pick(&KEYS)));
        let ttl = (self.roll(2) == 0).then_some(HOUR);
        let span = ttl.map(millis);
        let mut after = self.model.clone();
        if let Some(known) = after.get_mut(&place).filter(|known| is_visible(known, now)) {
            known.expires = ttl.map(|ttl| now + ttl);
        }
        let outcome = self.world.run(async move |store, io| {
            store.touch(io, space(place.0), key(place.1), span, at(now)).await
        });
        self.settle(outcome.map(|result| result.map(|_| ())), after);
    }

    fn clear(&mut self) {
        let (now, path) = (self.now(), self.pick(&PATHS));
        let mut after = self.model.clone();
        after.retain(|place, _| place.0 != path);
        let outcome =
            self.world.run(async move |store, io| store.clear(io, &space(path), at(now)).await);
        self.settle(outcome.map(|result| result.map(|_| ())), after);
    }

    fn cleanup(&mut self) {
        let (now, after) = (self.now(), self.model.clone());
        let outcome = self.world.run(async move |store, io| store.cleanup(io, at(now)).await);
        self.settle(outcome.map(|result| result.map(|_| ())), after);
    }

    /// The process dies and starts again; the recovery may be cut off too.
    fn restart(&mut self) {
        self.kills += 1;
        // A clock that is a year ahead through two starts is believed: here it never is.
        self.clock_error = self.clock_error.min(0);
        loop {
            let (now, seed) = (self.now(), u8::try_from(self.roll(256)).unwrap());
            let call = usize::try_from(self.roll(12)).unwrap();
            let cut =
                Trouble { cut_before: (self.roll(3) == 0).then_some(call), ..Trouble::default() };
            self.world = self.world.restarted(cut, seed, at(now));
            let outcome = self.world.run(async move |store, io| store.open(io, at(now)).await);
            self.world.host.trouble = Trouble::default();
            match outcome {
                Ok(opened) => {
                    assert!(!opened.unwrap().wiped, "a wipe was told that never was");
                    self.forget_gone();
                    return;
                }
                Err(PowerCut) => self.kills += 1,
            }
        }
    }

    /// Compares how a verb ended with what is found, and goes on with what is found.
    fn settle(&mut self, outcome: Result<Result<(), Error>, PowerCut>, mut after: Model) {
        let may_be_either = match &outcome {
            Ok(Ok(())) => {
                let before = &self.model;
                self.uncertain.retain(|place| before.get(place) == after.get(place));
                self.model = after;
                return;
            }
            Ok(Err(error)) => {
                self.refusals += 1;
                *self.errors.entry(error.code.as_str()).or_default() += 1;
                error.message.contains("in the middle of a commit")
            }
            Err(PowerCut) => {
                self.restart();
                true
            }
        };
        self.world.host.trouble = Trouble::default();
        if !may_be_either {
            return;
        }
        let before = self.model.clone();
        self.adopt_versions(&mut after);
        let now = self.now();
        let hidden = |known: Option<&Known>| known.is_none_or(|known| !is_visible(known, now));
        let changed: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
        let changed = changed.into_iter().filter(|place| before.get(place) != after.get(place));
        let (unseen, seen): (Vec<_>, Vec<_>) =
            changed.partition(|place| hidden(before.get(place)) && hidden(after.get(place)));
        // What this verb shows decides; only what it hides stays uncertain.
        let were_uncertain: Vec<_> =
            seen.into_iter().filter(|place| self.uncertain.remove(place)).collect();
        if self.difference(&after).is_none() {
            self.uncertain.extend(unseen);
            self.model = after;
        } else {
            self.uncertain.extend(were_uncertain);
            assert_eq!(self.difference(&before), None, "neither before nor after");
        }
    }

    /// A commit that was not reported gave versions that the model has not seen.
    fn adopt_versions(&mut self, model: &mut Model) {
        let now = self.now();
        for (place, known) in model {
            let (path, name) = *place;
            let got = self.world.ok(async move |store, io| {
                store.get_many(io, &space(path), &[key(name)], at(now)).await
            });
            known.version = got[0].as_ref().map_or(known.version, |item| item.version);
        }
    }

    /// The first difference between a model and what is found.
    fn difference(&mut self, model: &Model) -> Option<String> {
        let now = self.now();
        for path in PATHS {
            let mut found: BTreeMap<String, (Value, Option<u64>)> =
                self.world.ok(async move |store, io| {
                    let mut found = BTreeMap::new();
                    for item in store.entries(io, &space(path), &Range::default(), at(now)).await? {
                        let meta = store.meta(io, &space(path), &item.key, at(now)).await?;
                        let expires = meta.and_then(|meta| meta.expires).map(Timestamp::millis);
                        found.insert(item.key.as_str().to_owned(), (item.value, expires));
                    }
                    Ok(found)
                });
            for (place, known) in model.iter().filter(|(place, _)| place.0 == path) {
                if self.uncertain.contains(place) {
                    continue;
                }
                match (found.remove(place.1), is_visible(known, now)) {
                    (Some((value, expires)), true)
                        if value == known.value && expires == known.expires => {}
                    (None, false) => {}
                    // It was expired by the right clock, may have been removed, and the clock went back.
                    (None, true)
                        if known.expires.is_some_and(|expires| expires <= self.true_now) => {}
                    (value, visible) => {
                        return Some(format!(
                            "{place:?}: {value:?}, expected {known:?}, visible: {visible}"
                        ));
                    }
                }
            }
            found.retain(|name, _| {
                !self.uncertain.iter().any(|place| place.0 == path && place.1 == name)
            });
            if !found.is_empty() {
                return Some(format!("{path:?}: unexpected {found:?}"));
            }
        }
        None
    }

    fn check_all(&mut self) {
        let model = self.model.clone();
        assert_eq!(self.difference(&model), None);
    }

    /// Forgets what was removed while the clock said that it had expired, now that the clock says
    /// that it has not.
    fn forget_gone(&mut self) {
        let model = self.model.clone();
        let (now, true_now) = (self.now(), self.true_now);
        let gone: Vec<_> = model
            .iter()
            .filter(|(_, known)| {
                known.expires.is_some_and(|expires| expires <= true_now) && is_visible(known, now)
            })
            .map(|(place, _)| *place)
            .collect();
        for place in gone {
            let (path, name) = place;
            let is_there = self
                .world
                .ok(async move |store, io| store.has(io, &space(path), &key(name), at(now)).await);
            if !is_there {
                self.model.remove(&place);
            }
        }
    }

    fn finish(&mut self) {
        self.world.host.trouble = Trouble::default();
        self.clock_error = 0;
        for path in PATHS {
            let now = self.now();
            self.world.ok(async move |store, io| store.clear(io, &space(path), at(now)).await);
        }
        self.cleanup();
        let left = &self.world.host.memory.entries;
        assert!(
            left.keys().all(|key| key == "~ms~s"),
            "left behind: {:?}",
            left.keys().collect::<Vec<_>>()
        );
    }
}

/// How the host gives back what it holds.
fn read_back(data: &Data) -> Data {
    match data {
        Data::Native(Value { form: Form::String, text }) => Data::Text(text.clone()),
        other => other.clone(),
    }
}

fn is_visible(known: &Known, now: u64) -> bool {
    known.expires.is_none_or(|expires| expires > now)
}

fn millis(span: u64) -> Millis {
    #[allow(clippy::cast_precision_loss)]
    Millis::from_number(span as f64).unwrap()
}

fn put_with(place: (&str, &str), value: Value, ttl: Option<u64>, compress: bool) -> Change {
    let compression = if compress { Compression::Lz4 } else { Compression::None };
    let action = Action::Put { value, lifetime: lifetime(ttl), compression, overwrite: false };
    Change { namespace: space(place.0), key: key(place.1), action, expect: Expect::Anything }
}

fn seeds() -> Span<u64> {
    let text = env::var("MINISTASH_SIMULATION_SEEDS").unwrap_or_else(|_| "0..100".into());
    let (first, last) = text.split_once("..").expect("seeds are given as first..last");
    first.parse().unwrap()..last.parse().unwrap()
}

#[test]
fn the_store_and_a_plain_model_never_differ() {
    let steps: u64 =
        env::var("MINISTASH_SIMULATION_STEPS").map_or(2_500, |text| text.parse().unwrap());
    let (mut operations, mut calls, mut kills, mut refusals) = (0, 0, 0, 0);
    let (mut known_keys, mut old_writes) = (0, [0; 2]);
    let mut errors: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in seeds() {
        let run = std::panic::catch_unwind(|| {
            let mut simulation = Simulation::new(seed);
            (0..steps).for_each(|_| simulation.step());
            simulation.finish();
            simulation
        });
        let Ok(simulation) = run else {
            panic!(
                "seed {seed} failed; replay it with: MINISTASH_SIMULATION_SEEDS={seed}..{} MINISTASH_SIMULATION_STEPS={steps} cargo test --test simulation",
                seed + 1
            );
        };
        operations += steps;
        calls += simulation.calls;
        kills += simulation.kills;
        refusals += simulation.refusals;
        known_keys += simulation.known_keys;
        old_writes = [0, 1].map(|index| old_writes[index] + simulation.old_writes[index]);
        simulation
            .errors
            .into_iter()
            .for_each(|(code, count)| *errors.entry(code).or_default() += count);
    }
    println!(
        "{operations} operations, {calls} host calls, {kills} kills, {refusals} errors {errors:?}: no difference"
    );
    println!(
        "{known_keys} looks at what was known: right each time; {} writes of old code, {} of them undone",
        old_writes[0], old_writes[1]
    );
    if env::var("MINISTASH_SIMULATION_SEEDS").is_err() {
        assert!(operations >= 200_000 && known_keys > 500_000 && old_writes[0] > 3_000);
        for code in [
            ErrorCode::QuotaExceeded,
            ErrorCode::HostFailed,
            ErrorCode::Busy,
            ErrorCode::Conflict,
            ErrorCode::ValueTooLarge,
        ] {
            assert!(
                errors.contains_key(code.as_str()),
                "{} never happened: the simulation has lost its teeth",
                code.as_str()
            );
        }
    }
}
