//! The whole store over a host that holds anything: every verb ends, errors are typed, and what
//! belongs to a caller is neither changed nor lost unless the caller said so.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use libfuzzer_sys::fuzz_target;
use ministash::error::{Error, ErrorCode, Result};
use ministash::host::memory::MemoryHost;
use ministash::host::{Data, Holds};
use ministash::key::{JOURNAL, PARTS, STAMP, parse_host_key, parse_part_key};
use ministash::manager::{Batch, FOREVER, KEPT, Outcome, PutOptions, StorageManager, Verb};
use ministash::store::{Compression, Opened, Range, fuzzing};
use ministash::value::{Form, Value};
use ministash_fuzz::{Cut, Spelling, drive, expires, host_key, start};

const NOW: f64 = 2_000.0;
const LATER: f64 = 3_000.0;
const SPACES: [&str; 3] = ["", "room", "room\0inner"];
const ENTRIES_MAX: usize = 24;
/// Why a record cannot be read: it is damaged, of a later version, or sealed, and nobody has the secret.
const UNREADABLE: [ErrorCode; 3] = [ErrorCode::Corrupt, ErrorCode::Unsupported, ErrorCode::Locked];

type Entries = BTreeMap<String, Data>;

fuzz_target!(|input: &[u8]| {
    let mut cut = Cut::new(input);
    let (shape, ending) = (cut.byte(), cut.byte());
    let host = host(&mut cut, shape);
    let mut world =
        World { ends: ends_of_journal(&host), host, is_limited: shape & 0b11_0000 != 0 };

    let Some((manager, opened)) = world.open() else { return };
    world.read(&manager);
    world.reopen(&opened);
    world.cleanup(&manager);
    world.end(&manager, ending);
    if ending & 128 != 0 {
        world.wipe(&manager);
    }
});

/// A host as the input describes it.
fn host(cut: &mut Cut<'_>, shape: u8) -> MemoryHost {
    let holds = [Holds::Text, Holds::Bytes, Holds::Native][usize::from(shape & 3) % 3];
    let mut host = MemoryHost::new(holds);
    host.capabilities.witness = shape & 4 != 0;
    host.capabilities.atomic_commit = shape & 8 != 0;
    host.capabilities.entry_bytes = (shape & 16 != 0).then_some(320);
    if shape & 64 != 0 {
        host.capabilities.foreign_prefixes = vec!["other".to_owned()];
    }
    if shape & 128 != 0 {
        host.witness = Some(cut.text());
    }
    while !cut.is_done() && host.entries.len() < ENTRIES_MAX {
        let (key, spelling) = (host_key(cut.byte()), cut.byte());
        let bytes = cut.bytes();
        let form = Form::from_number(spelling >> 3 & 3).unwrap_or(Form::Json);
        let data = if holds == Holds::Native && spelling & 4 != 0 {
            let text = String::from_utf8_lossy(bytes).into_owned();
            Data::Native(Value { form, text })
        } else {
            Spelling::from_number(spelling).spell(key, bytes, holds)
        };
        host.entries.insert(key.to_owned(), data);
    }
    if shape & 32 != 0 {
        // A host with next to no room left.
        host.capabilities.total_bytes = u32::try_from(host.used_bytes() + 200).ok();
    }
    host
}

/// The keys that a journal lying there may rightly change.
fn ends_of_journal(host: &MemoryHost) -> BTreeSet<String> {
    let keys = host
        .entries
        .get(JOURNAL)
        .and_then(|head| fuzzing::journal(head, |key| host.entries.get(key).cloned()));
    keys.unwrap_or_default().into_iter().collect()
}

struct World {
    host: MemoryHost,
    ends: BTreeSet<String>,
    is_limited: bool,
}

impl World {
    fn open(&mut self) -> Option<(StorageManager, Opened)> {
        let before = self.host.entries.clone();
        let manager = start(self.host.capabilities.clone(), 1, NOW);
        let outcome = self.run(manager.start(Verb::Open, NOW));
        for (key, data) in callers(&before) {
            let is_same = self.host.entries.get(key) == Some(data);
            assert!(is_same || self.ends.contains(key), "opening leaves what callers stored");
        }
        for key in self.host.entries.keys().filter(|key| parse_host_key(key).is_some()) {
            let was_there = before.contains_key(key);
            assert!(was_there || self.ends.contains(key), "opening stores nothing of a caller's");
        }
        match outcome {
            Ok(Outcome::Opened(opened)) => {
                // One that is damaged stays where there is no room to put it aside, and is not touched.
                let journal = self.host.entries.get(JOURNAL);
                let is_left = self.is_limited && journal == before.get(JOURNAL);
                assert!(journal.is_none() || is_left, "no journal outlives an open");
                Some((manager, opened))
            }
            Ok(other) => panic!("open ends as {other:?}"),
            Err(error) => {
                self.check(&error, &[ErrorCode::Unsupported]);
                None
            }
        }
    }

    /// Every verb that reads: nothing at all changes, and the verbs agree with each other.
    fn read(&mut self, manager: &StorageManager) {
        let before = self.host.entries.clone();
        let damage = UNREADABLE;
        for space in SPACES {
            let keys = self.keys(manager, space);
            for key in ["user", "other", "k"] {
                let got = self.run(manager.start(get(space, key), NOW));
                let meta = self.run(manager.start(Verb::Meta { space: space.into(), key: key.into() }, NOW));
                let has = Verb::Has { space: space.into(), key: key.into() };
                let has = self.run(manager.start(has, NOW)).expect("has reads no value");
                let is_there = match &got {
                    Ok(Outcome::Items(items)) => items.iter().any(Option::is_some),
                    Ok(other) => panic!("get ends as {other:?}"),
                    Err(error) => {
                        self.check(error, &damage);
                        assert_eq!(
                            error.context.key.as_deref(),
                            Some(key),
                            "an error names its key"
                        );
                        true
                    }
                };
                assert_eq!(has, number(is_there), "has agrees with get");
                match &meta {
                    Ok(outcome) => assert_eq!(outcome != &Outcome::Meta(None), is_there),
                    Err(error) => self.check(error, &damage),
                }
                let is_foreign = space.is_empty()
                    && self.host.capabilities.foreign_prefixes.iter().any(|other| other == key);
                assert_eq!(keys.iter().any(|found| found == key), is_there && !is_foreign);
            }
            for verb in [
                Verb::Entries { space: space.into(), range: Range::default() },
                Verb::Info { space: space.into() },
            ] {
                if let Err(error) = self.run(manager.start(verb, NOW)) {
                    self.check(&error, &damage);
                }
            }
        }
        assert_eq!(self.host.entries, before, "reading changes nothing");
    }

    /// A restart finds the same installation and nothing left to do.
    fn reopen(&mut self, opened: &Opened) {
        let before = self.host.entries.clone();
        let manager = start(self.host.capabilities.clone(), 2, LATER);
        let again = match self.run(manager.start(Verb::Open, LATER)) {
            Ok(Outcome::Opened(again)) => again,
            other => panic!("a store that was opened opens again, and does not end as {other:?}"),
        };
        if !self.is_limited {
            assert_eq!((&again.install, again.generation), (&opened.install, opened.generation));
            assert_eq!(again.wiped, opened.wiped, "a wipe is told until it is acknowledged");
        }
        assert!(callers(&before).eq(callers(&self.host.entries)), "opening again changes nothing");
    }

    /// Cleaning up removes what has expired and nobody's parts, nothing else.
    fn cleanup(&mut self, manager: &StorageManager) {
        let before = self.host.entries.clone();
        match self.run(manager.start(Verb::Cleanup, LATER)) {
            Ok(_) => {}
            Err(error) => self.check(&error, &[]),
        }
        for (key, data) in &before {
            match self.host.entries.get(key) {
                Some(kept) => assert!(kept == data || key == STAMP, "{key} is not rewritten"),
                None if parse_host_key(key).is_some() => {
                    let is_over = expires(key, data).is_some_and(|time| time <= 3_000);
                    assert!(is_over, "what is removed from a caller's key has expired");
                }
                None if key.starts_with(PARTS) => {
                    let owner = parse_part_key(key).map(|(_, owner)| owner).expect("a part's key");
                    // A native value is no damaged record; a journal may have put one on any host.
                    let is_damaged = before.get(owner).is_some_and(|data| {
                        let is_native = matches!(data, Data::Native(_));
                        parse_host_key(owner).is_some()
                            && !is_native
                            && expires(owner, data).is_none()
                    });
                    let is_native = self.host.capabilities.holds == Holds::Native;
                    assert!(is_native || !is_damaged, "parts of a damaged record stay for rescue");
                }
                None => assert!(key.starts_with(JOURNAL), "{key} is not the store's to remove"),
            }
        }
        while manager.take_notice().is_some() {}
    }

    /// What a caller can do about whatever lies there.
    fn end(&mut self, manager: &StorageManager, ending: u8) {
        let space = SPACES[usize::from(ending >> 4) % SPACES.len()];
        let before = self.host.entries.clone();
        let text = "\"new\"".repeat(if ending & 8 == 0 { 1 } else { 90 });
        let value = Value { form: Form::Json, text };
        let mut batch = Batch::default();
        let mut options =
            PutOptions { ttl_ms: FOREVER, compression: Compression::None, overwrite: true };
        match ending % 6 {
            0 => batch.remove(space, "user"),
            1 => batch.put(space, "user", value.clone(), options),
            2 | 3 => {
                // Two keys: with the protection of a journal where the host cannot commit.
                options.overwrite = ending % 6 == 2;
                options.ttl_ms = if ending & 64 == 0 { FOREVER } else { KEPT };
                batch.put(space, "user", value.clone(), options);
                batch.put(space, "k", value.clone(), options);
            }
            4 => {
                let touch = Verb::Touch { space: space.into(), key: "user".into(), ttl_ms: 500.0 };
                let outcome = self.run(manager.start(touch, LATER));
                return self.refused_or(outcome, &before, |_| ());
            }
            _ => {
                let outcome = self.run(manager.start(Verb::Clear { space: space.into() }, LATER));
                let keys = outcome.is_ok().then(|| self.keys(manager, space));
                assert!(keys.is_none_or(|keys| keys.is_empty()), "clear leaves no key");
                return self.refused_or(outcome, &before, |_| ());
            }
        }
        let outcome = self.run(manager.start(Verb::Commit(batch), LATER));
        if options.overwrite && !self.is_limited {
            assert!(
                outcome.is_ok(),
                "a record can be removed or overwritten, whatever it is: {outcome:?}"
            );
        }
        let is_put = ending % 6 > 0;
        self.refused_or(outcome, &before, |world| {
            let got = world.run(manager.start(get(space, "user"), LATER));
            let Ok(Outcome::Items(items)) = got else {
                panic!("what was stored is read, not {got:?}")
            };
            let found = items.into_iter().flatten().next().map(|item| item.value);
            assert_eq!(found, is_put.then_some(value), "the last write counts");
        });
    }

    /// The host loses everything under a running store: that is told, once, and the store goes on.
    fn wipe(&mut self, manager: &StorageManager) {
        while manager.take_notice().is_some() {}
        let had_stamp = self.host.entries.contains_key(STAMP);
        self.host.entries.clear();
        assert!(self.keys(manager, "").is_empty(), "nothing is left");
        let told = manager.take_notice().is_some();
        assert!(told || !had_stamp, "a wipe is noticed");
        let outcome = self.run(manager.start(Verb::AcknowledgeWipe, LATER));
        assert!(outcome.is_ok() || self.is_limited, "it can be acknowledged: {outcome:?}");
        assert!(!self.is_told_again(manager), "it is told once");
    }

    fn is_told_again(&mut self, manager: &StorageManager) -> bool {
        self.keys(manager, "");
        manager.take_notice().is_some()
    }

    /// A verb that is refused has changed nothing of a caller's.
    fn refused_or(
        &mut self,
        outcome: Result<Outcome>,
        before: &Entries,
        done: impl FnOnce(&mut Self),
    ) {
        match outcome {
            Ok(_) => done(self),
            Err(error) => {
                self.check(&error, &UNREADABLE);
                let expired = |(key, data): &(&String, &Data)| {
                    expires(key, data).is_some_and(|time| time <= 3_000)
                };
                let after = &self.host.entries;
                for (key, data) in callers(before).filter(|entry| !expired(entry)) {
                    assert_eq!(after.get(key), Some(data), "what is refused changes nothing");
                }
            }
        }
    }

    fn keys(&mut self, manager: &StorageManager, space: &str) -> Vec<String> {
        let verb = Verb::Keys { space: space.into(), range: Range::default() };
        match self.run(manager.start(verb, NOW)) {
            Ok(Outcome::Keys(keys)) => keys.iter().map(|key| key.as_str().to_owned()).collect(),
            other => panic!("a listing reads no values, and does not end as {other:?}"),
        }
    }

    fn run(&mut self, operation: ministash::manager::Operation) -> Result<Outcome> {
        drive(&mut self.host, operation)
    }

    /// An error is one of these, or tells of the host's limits where it has any.
    fn check(&self, error: &Error, expected: &[ErrorCode]) {
        let of_limits = [ErrorCode::QuotaExceeded, ErrorCode::ValueTooLarge];
        let is_expected =
            expected.contains(&error.code) || self.is_limited && of_limits.contains(&error.code);
        assert!(is_expected, "this verb does not fail as {error}");
    }
}

fn callers(entries: &Entries) -> impl Iterator<Item = (&String, &Data)> {
    entries.iter().filter(|(key, _)| parse_host_key(key).is_some())
}

fn get(space: &str, key: &str) -> Verb {
    Verb::Get { space: space.into(), keys: vec![key.into()] }
}

fn number(is_so: bool) -> Outcome {
    Outcome::Numbers(vec![u64::from(is_so)])
}
