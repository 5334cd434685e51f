//! The power goes out before every host call of every verb of the vault, and each call is refused in
//! turn: what was sealed still opens, and nothing is sealed with a secret that is nowhere stored.
//!
//! `MINISTASH_EVERY_KILL=1` kills the rotation of 200 records before each of its calls, and not only
//! before every eleventh.
#![cfg(feature = "vault")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod support;

use std::collections::BTreeMap;

use ministash::error::{ErrorCode, Result};
use ministash::host::memory::MemoryHost;
use ministash::host::{FaultKind, Holds};
use ministash::key::KEYSET;
use ministash::value::{Form, Value};
use ministash::vault::Overwrite;
use support::sealed::*;
use support::*;

const OTHER: [u8; 32] = [8; 32];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    FirstSet,
    SetMany,
    SetLarge,
    Touch,
    ChangeSecret,
    Rotate,
    Step,
    Shred,
}

const VERBS: [Verb; 8] = [
    Verb::FirstSet,
    Verb::SetMany,
    Verb::SetLarge,
    Verb::Touch,
    Verb::ChangeSecret,
    Verb::Rotate,
    Verb::Step,
    Verb::Shred,
];

impl Verb {
    fn run(self, safe: &mut Safe) -> std::result::Result<Result<()>, PowerCut> {
        let changes = match self {
            Self::FirstSet => vec![put("fresh\0\0eh", "a", json("\"new\""))],
            Self::SetMany => {
                (0..3).map(|n| put("\0\0e", &format!("k{n}"), json("\"new\""))).collect()
            }
            Self::SetLarge => vec![put("room\0\0e", "large", long("new"))],
            Self::Touch => {
                return safe.run(|store, io, vault| async move {
                    let ttl = Some(ministash::clock::Millis::from_number(5000.0)?);
                    let place = (space("room\0\0e"), key("large"));
                    vault.touch(&store, &io, place, ttl, at(1000)).await.map(|_| ())
                });
            }
            Self::ChangeSecret => {
                return safe.run(|store, io, vault| async move {
                    let old = secret(APP);
                    vault.change_secret(&store, &io, old, secret(OTHER), at(1000)).await
                });
            }
            Self::Rotate => return safe.rotate(),
            Self::Step => {
                while safe.vault.is_rotating() {
                    match safe.step()? {
                        Ok(_) => {}
                        Err(error) => return Ok(Err(error)),
                    }
                }
                return Ok(Ok(()));
            }
            Self::Shred => {
                return safe.run(|store, io, vault| async move {
                    vault.shred(&store, &io, &space("room"), at(1000)).await.map(|_| ())
                });
            }
        };
        safe.commit(changes, 1000).map(|outcome| outcome.map(|_| ()))
    }
}

fn long(fill: &str) -> Value {
    Value { form: Form::String, text: fill.repeat(3000 / fill.len()) }
}

fn furnished(memory: MemoryHost, verb: Verb) -> Safe {
    let mut safe = Safe::unlocked(memory, 1, 1000);
    for number in 0..3 {
        safe.set("\0\0e", &format!("k{number}"), json("\"old\"")).unwrap();
        safe.set("hidden\0\0eh", &format!("k{number}"), json("\"old\"")).unwrap();
    }
    safe.set("room\0\0e", "large", long("old")).unwrap();
    if verb == Verb::Step {
        safe.rotate().unwrap().unwrap();
    }
    safe
}

/// Opens the world again, with whichever secret fits, and reads everything.
fn contents(safe: &Safe) -> BTreeMap<String, std::result::Result<Value, ErrorCode>> {
    let mut again = Safe::locked(safe.world.host.with(Trouble::default()), 7, 1000);
    for secret in [APP, OTHER] {
        match again.unlock(secret, 1000).unwrap() {
            Ok(_) => break,
            Err(error) => assert_eq!(error.code, ErrorCode::WrongSecret),
        }
    }
    let names = ["k0", "k1", "k2", "a", "large"];
    let mut found = BTreeMap::new();
    for path in ["\0\0e", "hidden\0\0eh", "room\0\0e", "fresh\0\0eh"] {
        for name in names {
            match again.get(path, name) {
                Ok(None) => {}
                Ok(Some(value)) => drop(found.insert(format!("{path}/{name}"), Ok(value))),
                Err(error) => drop(found.insert(format!("{path}/{name}"), Err(error.code))),
            }
        }
    }
    found
}

#[test]
fn every_verb_of_the_vault_is_all_or_nothing_wherever_the_power_goes_out() {
    let (mut cuts, mut refusals) = (0, 0);
    for (name, memory) in vault_hosts() {
        for verb in VERBS {
            let start = furnished(memory.clone(), verb);
            let before = contents(&start);
            let mut finished = start.restarted(Trouble::default(), 2, 1000);
            verb.run(&mut finished).unwrap().unwrap();
            let after = contents(&finished);
            let noise: BTreeMap<_, _> = before
                .iter()
                .map(|(key, value)| match key.starts_with("room") {
                    true => (key.clone(), Err(ErrorCode::SecretMissing)),
                    false => (key.clone(), value.clone()),
                })
                .collect();
            for call in 0.. {
                let trouble = Trouble { cut_before: Some(call), ..Trouble::default() };
                let mut safe = start.restarted(trouble, 2, 1000);
                let has_ended = verb.run(&mut safe).is_ok();
                let found = contents(&safe);
                let is_right =
                    found == before || found == after || (verb == Verb::Shred && found == noise);
                assert!(is_right, "{name}, {verb:?}, cut before call {call}: {found:?}");
                cuts += 1;
                if has_ended {
                    break;
                }
            }
            for (kind, happened) in [
                (FaultKind::QuotaExceeded, false),
                (FaultKind::Failed, false),
                (FaultKind::Failed, true),
            ] {
                for call in 0.. {
                    let refuse = Some((call, Refusal { kind, happened }));
                    let mut safe =
                        start.restarted(Trouble { refuse, ..Trouble::default() }, 2, 1000);
                    let outcome = verb.run(&mut safe).unwrap();
                    let is_over = safe.world.host.calls <= call;
                    safe.world.host.trouble = Trouble::default();
                    let found = contents(&safe);
                    let is_right = match (outcome, verb) {
                        (Ok(()), _) => found == after,
                        (Err(_), Verb::Shred) => {
                            found == before || found == noise || found == after
                        }
                        (Err(_), _) => found == before,
                    };
                    assert!(is_right, "{name}, {verb:?}, call {call} refused: {found:?}");
                    // And it goes on: what is sealed now opens after a restart.
                    if verb != Verb::ChangeSecret {
                        safe.set("\0\0e", "k0", json("\"later\"")).unwrap();
                        let later = contents(&safe).remove("\0\0e/k0");
                        assert_eq!(later, Some(Ok(json("\"later\""))), "{name}, {verb:?}, {call}");
                    }
                    refusals += 1;
                    if is_over {
                        break;
                    }
                }
            }
        }
    }
    println!("{cuts} power cuts and {refusals} refusals");
    assert!(cuts > 300 && refusals > 1000, "the enumeration has shrunk: {cuts}, {refusals}");
}

#[test]
fn a_keyset_in_the_making_is_there_or_not_wherever_the_power_goes_out() {
    for (name, memory) in vault_hosts() {
        for call in 0.. {
            let mut safe = Safe::locked(TroubledHost::new(memory.clone()), 1, 1000);
            safe.world.host.calls = 0;
            safe.world.host.trouble.cut_before = Some(call);
            let has_ended = safe.unlock(APP, 1000).is_ok();
            let mut again = Safe::locked(safe.world.host.with(Trouble::default()), 2, 1000);
            let is_made = again.unlock(APP, 1000).unwrap().unwrap();
            assert_eq!(is_made, !safe.memory().entries.contains_key(KEYSET), "{name}, call {call}");
            again.set("\0\0e", "a", json("1")).unwrap();
            if has_ended {
                break;
            }
        }
    }
}

const RECORDS: usize = 200;

/// Every secret and nonce that seals something, with what it seals: no pair may seal two things.
#[derive(Clone, Default)]
struct Nonces(BTreeMap<Vec<u8>, Vec<u8>>);

impl Nonces {
    fn note(&mut self, safe: &mut Safe) {
        for (host_key, data) in &safe.memory().entries {
            if host_key.starts_with("r") {
                let sealed = raw(data)[65..].to_vec();
                let prefix = sealed[..24].to_vec();
                let known = self.0.entry(prefix).or_insert_with(|| sealed.clone());
                assert_eq!(*known, sealed, "one nonce has sealed two values under one secret");
            }
        }
    }
}

fn assert_all_open(safe: &mut Safe, place: &str) {
    for number in 0..RECORDS {
        let found = safe.get("\0\0e", &format!("r{number}"));
        assert_eq!(found, Ok(Some(json(number.to_string()))), "{place}: record {number}");
    }
}

fn finish(safe: &mut Safe) {
    while safe.step().unwrap().unwrap() {}
    assert!(!safe.vault.is_rotating());
}

#[test]
fn a_rotation_killed_before_any_call_resumes_and_every_record_opens_at_every_point() {
    let mut start = Safe::unlocked(MemoryHost::new(Holds::Bytes), 1, 1000);
    for number in 0..RECORDS {
        start.set("\0\0e", &format!("r{number}"), json(number.to_string())).unwrap();
    }
    start.rotate().unwrap().unwrap();
    let old = raw(&start.memory().entries["r0"])[71..77].to_vec();
    let mut nonces = Nonces::default();
    nonces.note(&mut start);
    let mut whole = start.restarted(Trouble::default(), 2, 1000);
    finish(&mut whole);
    let calls = whole.world.host.calls;
    let step = if std::env::var_os("MINISTASH_EVERY_KILL").is_some() { 1 } else { 11 };
    let mut kills = 0;
    for call in (0..=calls).step_by(step).chain([calls - 1, calls]) {
        let place = format!("killed before call {call} of {calls}");
        let trouble = Trouble { cut_before: Some(call), ..Trouble::default() };
        let seed = u8::try_from(3 + call % 250).unwrap();
        let mut killed = start.restarted(trouble, seed, 1000);
        while let Ok(Ok(true)) = killed.step() {}
        let mut again = killed.restarted(Trouble::default(), seed.wrapping_add(1), 1000);
        // Each kill is a world of its own.
        let mut nonces = nonces.clone();
        nonces.note(&mut again);
        assert_all_open(&mut again, &place);
        finish(&mut again);
        nonces.note(&mut again);
        assert_all_open(&mut again, &place);
        for number in 0..RECORDS {
            let id = &raw(&again.memory().entries[&format!("r{number}")])[71..77];
            assert_ne!(id, old, "{place}: record {number} has its old secret");
        }
        kills += 1;
    }
    println!("{kills} kills in a rotation of {RECORDS} records and {calls} host calls");
    assert!(calls > 500);
}

#[test]
fn a_record_that_cannot_be_read_keeps_its_secret() {
    let mut safe = Safe::unlocked(MemoryHost::new(Holds::Bytes), 1, 1000);
    for number in 0..RECORDS {
        safe.set("\0\0e", &format!("r{number}"), json(number.to_string())).unwrap();
    }
    let whole = safe.memory().entries["r7"].clone();
    let mut damaged = raw(&whole);
    damaged[100] ^= 1;
    safe.memory().entries.insert("r7".to_owned(), like(&whole, damaged).unwrap());
    safe.rotate().unwrap().unwrap();
    finish(&mut safe);
    assert_eq!(safe.get("\0\0e", "r7").unwrap_err().code, ErrorCode::Corrupt);
    // Somebody brings the record back from a copy: its secret is still there, and then goes.
    safe.memory().entries.insert("r7".to_owned(), whole);
    let mut again = safe.restarted(Trouble::default(), 2, 1000);
    assert_all_open(&mut again, "brought back");
    assert!(again.vault.is_rotating());
    finish(&mut again);
    assert_all_open(&mut again, "at the end");
    assert!(!again.restarted(Trouble::default(), 3, 1000).vault.is_rotating());
}

#[test]
fn two_owners_of_one_store_see_each_others_secrets() {
    let mut one = Safe::unlocked(MemoryHost::new(Holds::Bytes), 1, 1000);
    one.set("\0\0e", "a", json("1")).unwrap();
    let mut other = one.restarted(Trouble::default(), 2, 1000);
    let hand_over =
        |from: &Safe, to: &mut Safe| to.world.host.memory = from.world.host.memory.clone();
    // One rotates to the end; the other, who knows the old secret only, writes afterwards.
    one.rotate().unwrap().unwrap();
    finish(&mut one);
    hand_over(&one, &mut other);
    other.set("\0\0e", "b", json("2")).unwrap();
    let mut again = other.restarted(Trouble::default(), 3, 1000);
    assert_eq!(again.get("\0\0e", "a"), Ok(Some(json("1"))));
    assert_eq!(again.get("\0\0e", "b"), Ok(Some(json("2"))));
    // One changes the secret: the other cannot seal any more, and says so.
    hand_over(&other, &mut one);
    let changed = one.run(|store, io, vault| async move {
        let old = secret(APP);
        vault.change_secret(&store, &io, old, secret(OTHER), at(1000)).await
    });
    changed.unwrap().unwrap();
    hand_over(&one, &mut other);
    assert_eq!(other.set("\0\0e", "b", json("3")).unwrap_err().code, ErrorCode::Locked);
    assert!(!other.vault.is_unlocked());
    let unlocked = other.run(|store, io, vault| async move {
        vault.unlock(&store, &io, secret(OTHER), Overwrite::No, at(1000)).await
    });
    unlocked.unwrap().unwrap();
    assert_eq!(other.get("\0\0e", "b"), Ok(Some(json("2"))));
}
