//! The door, driven from inside WebAssembly in Node and in a browser: what crosses comes back.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;

use ministash::wasm::{Batch, Core, Operation};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

const NOW: f64 = 1_763_683_200_000.0;
const FOREVER: f64 = -1.0;
const JSON: u8 = 0;
const STRING: u8 = 2;

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
        let keys: Vec<String> = (0..operation.count()).map(|index| operation.key(index)).collect();
        match step {
            2 => keys.iter().for_each(|key| match self.entries.get(key) {
                Some(Held::Text(text)) => operation.push_text(text.clone()),
                Some(Held::Bytes(bytes)) => operation.push_bytes(bytes.clone()),
                None => operation.push_missing(),
            }),
            3 => keys.into_iter().enumerate().for_each(|(index, key)| {
                let is_bytes = operation.data_kind(index) == 1;
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
                .for_each(|key| operation.push_text(key.clone())),
            7 => [-1.0, -1.0].into_iter().for_each(|number| operation.push_number(number)),
            8 => match &self.witness {
                Some(text) => operation.push_text(text.clone()),
                None => operation.push_missing(),
            },
            9 => self.witness = Some(operation.text(0)),
            other => panic!("an ask that this host does not know: {other}"),
        }
    }

    fn done(&mut self, mut operation: Operation) -> Operation {
        assert_eq!(self.drive(&mut operation), 0, "{}", operation.error_message());
        operation
    }

    fn failed(&mut self, mut operation: Operation) -> Operation {
        assert_eq!(self.drive(&mut operation), 1);
        operation
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Capabilities {
    holds: &'static str,
    atomic_commit: bool,
    entry_bytes: Option<u32>,
    foreign_prefixes: Vec<String>,
    witness: bool,
    info: bool,
}

fn opened(holds: &'static str, host: &mut Host) -> Core {
    let capabilities = Capabilities {
        holds,
        atomic_commit: false,
        entry_bytes: Some(400),
        foreign_prefixes: Vec::new(),
        witness: true,
        info: true,
    };
    let options = serde_wasm_bindgen::to_value(&capabilities).unwrap();
    let core = Core::new(options, &[7; 32], NOW).unwrap();
    let opened = host.done(core.open(NOW));
    assert_eq!((opened.number(0), opened.number(2)), (0.0, 0.0));
    core
}

fn put(core: &Core, host: &mut Host, key: &str, form: u8, text: &str, ttl: f64) -> f64 {
    let mut batch = Batch::new();
    batch.put("", key, form, text.to_owned(), ttl, 0, false);
    host.done(core.commit(batch, NOW)).number(0)
}

#[wasm_bindgen_test]
fn values_cross_and_come_back_on_hosts_of_text_and_of_bytes() {
    for holds in ["text", "bytes"] {
        let mut host = Host::default();
        let core = opened(holds, &mut host);
        let large = "值\u{1f600} and more ".repeat(60);
        for (form, text) in
            [(JSON, "{\"a\":[1,2]}"), (STRING, ""), (STRING, "名字"), (STRING, large.as_str())]
        {
            let version = put(&core, &mut host, "k", form, text, FOREVER);
            let mut got = host.done(core.get("", "k", NOW));
            assert!(got.found(0));
            assert_eq!((got.form(0), got.text(0).as_str(), got.number(0)), (form, text, version));
        }
        let is_bytes = matches!(host.entries["k"], Held::Bytes(_));
        assert_eq!(is_bytes, holds == "bytes");
        assert!(!host.done(core.get("", "missing", NOW)).found(0));
    }
}

#[wasm_bindgen_test]
fn a_commit_of_several_keys_is_listed_counted_and_cleared() {
    let mut host = Host::default();
    let core = opened("text", &mut host);
    let mut batch = Batch::new();
    for key in ["b", "a", "c"] {
        batch.put("room", key, JSON, "1".into(), FOREVER, 1, false);
    }
    host.done(core.commit(batch, NOW));
    let listed = host.done(core.keys("room", no_bounds(), NOW).unwrap());
    let keys: Vec<String> = (0..listed.key_count()).map(|index| listed.key(index)).collect();
    assert_eq!(keys, ["a", "b", "c"]);
    assert!(!host.entries.contains_key("~ms~j"), "the journal must be gone");
    assert_eq!(host.done(core.clear("room", NOW)).number(0), 3.0);
    assert_eq!(host.done(core.has("room", "a", NOW)).number(0), 0.0);
}

fn no_bounds() -> JsValue {
    #[derive(Serialize)]
    struct Bounds {}
    serde_wasm_bindgen::to_value(&Bounds {}).unwrap()
}

#[wasm_bindgen_test]
fn time_passes_by_argument_and_expiry_is_noticed() {
    let mut host = Host::default();
    let core = opened("text", &mut host);
    put(&core, &mut host, "brief", JSON, "1", 1000.0);
    assert!(host.done(core.get("", "brief", NOW + 999.0)).found(0));
    assert!(!host.done(core.get("", "brief", NOW + 1000.0)).found(0));
    assert!(!core.has_notices());
    assert_eq!(host.done(core.cleanup(NOW + 1000.0)).number(0), 1.0);
    assert!(core.has_notices());
}

#[wasm_bindgen_test]
fn refusals_and_wrong_arguments_are_errors_with_code_and_place() {
    let mut host = Host::default();
    let core = opened("text", &mut host);
    put(&core, &mut host, "k", JSON, "1", FOREVER);
    host.refuse_from = Some(host.calls);
    let mut batch = Batch::new();
    batch.put("", "k", JSON, "2".into(), FOREVER, 0, false);
    let failed = host.failed(core.commit(batch, NOW));
    assert_eq!(failed.error_code(), "QUOTA_EXCEEDED");
    host.refuse_from = None;
    assert_eq!(host.done(core.get("", "k", NOW)).text(0), "1");
    let failed = host.failed(core.get("", "", NOW));
    assert_eq!(
        (failed.error_code().as_str(), failed.error_key()),
        ("INVALID_KEY", Some(String::new()))
    );
    let failed = host.failed(core.get("", "k", f64::NAN));
    assert_eq!(failed.error_code(), "INVALID_OPTION");
    let mut batch = Batch::new();
    batch.put("", "k", JSON, "3".into(), FOREVER, 0, false);
    batch.expect_version(1.0);
    assert_eq!(host.failed(core.commit(batch, NOW)).error_code(), "CONFLICT");
    assert!(Core::new(JsValue::NULL, &[7; 32], NOW).is_err());
}

#[wasm_bindgen_test]
fn damage_and_a_wipe_are_told_across_the_door() {
    let mut host = Host::default();
    let core = opened("text", &mut host);
    put(&core, &mut host, "k", JSON, "1", FOREVER);
    if let Some(Held::Text(text)) = host.entries.get_mut("k") {
        text.push('x');
    }
    let failed = host.failed(core.get("", "k", NOW));
    assert_eq!(
        (failed.error_code().as_str(), failed.error_key().as_deref()),
        ("CORRUPT", Some("k"))
    );
    host.entries.clear();
    let mut again = core.open(NOW);
    assert_eq!(host.drive(&mut again), 0);
    assert_eq!((again.number(0), again.number(1)), (1.0, 2.0));
}
