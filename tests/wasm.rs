//! The door, driven from inside WebAssembly in Node and in a browser: what crosses comes back.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;

use ministash::wasm::{Core, Operation};
use wasm_bindgen_test::wasm_bindgen_test;

const NOW: f64 = 1_763_683_200_000.0;
const FOREVER: f64 = -1.0;
const JSON: u8 = 0;
const STRING: u8 = 2;
const TEXT: u8 = 3;
const BYTES: u8 = 4;
const MISSING: u8 = 5;
/// A version that says: whatever is there.
const ANY: f64 = -1.0;

/// What lies under a key of the host of these tests.
#[derive(Clone, PartialEq, Debug)]
enum Held {
    Text(String),
    Bytes(Vec<u8>),
}

/// A host of a few lines, which answers as `js/run.js` has hosts answer.
#[derive(Default)]
struct Host {
    entries: BTreeMap<String, Held>,
    witness: Option<String>,
    calls: usize,
    refuse_from: Option<usize>,
}

impl Host {
    /// Drives an operation to its end; gives the last step: 0 done, 1 failed.
    fn drive(&mut self, operation: &mut Operation) -> u8 {
        let mut step = operation.resume();
        while step > 1 {
            self.calls += 1;
            if self.refuse_from.is_some_and(|from| self.calls > from) {
                operation.fail(0, "refused by the test".into());
            } else {
                self.answer(operation, step);
            }
            step = operation.resume();
        }
        step
    }

    fn answer(&mut self, operation: &mut Operation, step: u8) {
        let keys: Vec<String> =
            (0..operation.key_count()).map(|index| operation.key(index)).collect();
        match step {
            2 => keys.iter().for_each(|key| match self.entries.get(key) {
                Some(Held::Text(text)) => operation.push(TEXT, text.clone()),
                Some(Held::Bytes(bytes)) => operation.push_bytes(bytes.clone()),
                None => operation.push_missing(),
            }),
            3 => keys.into_iter().enumerate().for_each(|(index, key)| {
                let is_bytes = operation.kind(index) == BYTES;
                let held = if is_bytes {
                    Held::Bytes(operation.bytes(index))
                } else {
                    Held::Text(operation.text(index))
                };
                self.entries.insert(key, held);
            }),
            4 => keys.iter().for_each(|key| drop(self.entries.remove(key))),
            5 => self
                .entries
                .keys()
                .filter(|key| key.starts_with(&keys[0]))
                .for_each(|key| operation.push(TEXT, key.clone())),
            7 => [-1.0, -1.0].into_iter().for_each(|number| operation.push_number(number)),
            8 => match &self.witness {
                Some(text) => operation.push(TEXT, text.clone()),
                None => operation.push_missing(),
            },
            9 => self.witness = Some(operation.text(0)),
            other => panic!("an ask that this host does not know: {other}"),
        }
    }

    fn done(&mut self, mut operation: Operation) -> Operation {
        assert_eq!(self.drive(&mut operation), 0, "{}", operation.key(1));
        operation
    }

    fn failed(&mut self, mut operation: Operation) -> Operation {
        assert_eq!(self.drive(&mut operation), 1);
        operation
    }
}

/// The verbs, by their numbers.
mod verb {
    pub(super) const OPEN: u8 = 0;
    pub(super) const GET: u8 = 1;
    pub(super) const KEYS: u8 = 3;
    pub(super) const HAS: u8 = 5;
    pub(super) const COMMIT: u8 = 6;
    pub(super) const CLEAR: u8 = 8;
    pub(super) const CLEANUP: u8 = 9;
}

/// A host of text (0) or bytes (1), with a witness, info and listing, and an entry limit.
fn opened(holds: u8, host: &mut Host) -> Core {
    let core = Core::make(holds, 2 + 4 + 8, 400, 0, "", &[7; 32], NOW).unwrap();
    let opened = host.done(core.begin(verb::OPEN, String::new(), NOW));
    assert_eq!((opened.number(0), opened.number(2)), (0.0, 0.0));
    core
}

fn about(core: &Core, verb: u8, key: &str, now: f64) -> Operation {
    let mut operation = core.begin(verb, String::new(), now);
    operation.push(TEXT, key.to_owned());
    operation
}

fn push_put(operation: &mut Operation, key: &str, form: u8, text: &str, numbers: [f64; 3]) {
    operation.push(TEXT, key.to_owned());
    operation.push(form, text.to_owned());
    operation.push_missing();
    numbers.into_iter().for_each(|number| operation.push_number(number));
}

fn put(core: &Core, key: &str, form: u8, text: &str, ttl: f64) -> Operation {
    let mut operation = core.begin(verb::COMMIT, String::new(), NOW);
    push_put(&mut operation, key, form, text, [ttl, 0.0, ANY]);
    operation
}

fn error(operation: &Operation) -> Vec<String> {
    let told = (0..operation.key_count()).map(|index| operation.key(index));
    told.enumerate().filter(|(index, _)| *index != 1).map(|(_, text)| text).collect()
}

#[wasm_bindgen_test]
fn values_cross_and_come_back_on_hosts_of_text_and_of_bytes() {
    for holds in [0, 1] {
        let mut host = Host::default();
        let core = opened(holds, &mut host);
        let large = "值\u{1f600} and more ".repeat(60);
        for (form, text) in
            [(JSON, "{\"a\":[1,2]}"), (STRING, ""), (STRING, "名字"), (STRING, large.as_str())]
        {
            let version = host.done(put(&core, "k", form, text, FOREVER)).number(0);
            let mut got = host.done(about(&core, verb::GET, "k", NOW));
            assert_eq!((got.kind(0), got.text(0).as_str(), got.number(0)), (form, text, version));
        }
        let is_bytes = matches!(host.entries["k"], Held::Bytes(_));
        assert_eq!(is_bytes, holds == 1);
        assert_eq!(host.done(about(&core, verb::GET, "missing", NOW)).kind(0), MISSING);
    }
}

#[wasm_bindgen_test]
fn a_commit_of_several_keys_is_listed_counted_and_cleared() {
    let mut host = Host::default();
    let core = opened(0, &mut host);
    let mut commit = core.begin(verb::COMMIT, "room".into(), NOW);
    for key in ["b", "a", "c"] {
        push_put(&mut commit, key, JSON, "1", [FOREVER, 1.0, ANY]);
    }
    host.done(commit);
    let listed = host.done(core.begin(verb::KEYS, "room".into(), NOW));
    let keys: Vec<String> = (0..listed.key_count()).map(|index| listed.key(index)).collect();
    assert_eq!(keys, ["a", "b", "c"]);
    assert!(!host.entries.contains_key("~ms~j"), "the journal must be gone");
    assert_eq!(host.done(core.begin(verb::CLEAR, "room".into(), NOW)).number(0), 3.0);
    let mut has = core.begin(verb::HAS, "room".into(), NOW);
    has.push(TEXT, "a".into());
    assert_eq!(host.done(has).number(0), 0.0);
}

#[wasm_bindgen_test]
fn time_passes_by_argument_and_expiry_is_noticed() {
    let mut host = Host::default();
    let core = opened(0, &mut host);
    host.done(put(&core, "brief", JSON, "1", 1000.0));
    assert_eq!(host.done(about(&core, verb::GET, "brief", NOW + 999.0)).kind(0), JSON);
    let mut late = host.done(about(&core, verb::GET, "brief", NOW + 1000.0));
    assert_eq!((late.kind(0), late.next_notice()), (MISSING, 0));
    let mut cleaned = host.done(core.begin(verb::CLEANUP, String::new(), NOW + 1000.0));
    assert_eq!((cleaned.number(0), cleaned.next_notice()), (1.0, 1));
    assert_eq!((cleaned.key(0).as_str(), cleaned.key(1).as_str()), ("", "brief"));
    assert_eq!(cleaned.next_notice(), 0);
}

#[wasm_bindgen_test]
fn refusals_and_wrong_arguments_are_errors_with_code_and_place() {
    let mut host = Host::default();
    let core = opened(0, &mut host);
    host.done(put(&core, "k", JSON, "1", FOREVER));
    host.refuse_from = Some(host.calls);
    let failed = host.failed(put(&core, "k", JSON, "2", FOREVER));
    assert_eq!(error(&failed), ["QUOTA_EXCEEDED"]);
    host.refuse_from = None;
    assert_eq!(host.done(about(&core, verb::GET, "k", NOW)).text(0), "1");
    let failed = host.failed(about(&core, verb::GET, "", NOW));
    assert_eq!(error(&failed), ["INVALID_KEY", "", ""]);
    let failed = host.failed(about(&core, verb::GET, "k", f64::NAN));
    assert_eq!(error(&failed), ["INVALID_OPTION"]);
    let mut commit = core.begin(verb::COMMIT, String::new(), NOW);
    push_put(&mut commit, "k", JSON, "3", [FOREVER, 0.0, 1.0]);
    assert_eq!(error(&host.failed(commit)), ["CONFLICT", "k", ""]);
    assert!(Core::make(0, 0, 0, 0, "", &[7; 31], NOW).is_none());
    assert!(Core::make(0, 0, 0, 0, "", &[7; 32], f64::NAN).is_none());
}

#[wasm_bindgen_test]
fn damage_and_a_wipe_are_told_across_the_door() {
    let mut host = Host::default();
    let core = opened(0, &mut host);
    host.done(put(&core, "k", JSON, "1", FOREVER));
    if let Some(Held::Text(text)) = host.entries.get_mut("k") {
        text.push('x');
    }
    let failed = host.failed(about(&core, verb::GET, "k", NOW));
    assert_eq!(error(&failed), ["CORRUPT", "k", ""]);
    host.entries.clear();
    let mut again = core.begin(verb::OPEN, String::new(), NOW);
    assert_eq!(host.drive(&mut again), 0);
    assert_eq!((again.number(0), again.number(1)), (1.0, 2.0));
}
