//! What really happened, as somebody knows who sees all devices and the server.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

use ministash::sync::{Decision, Dispute, Fate, Item, Policy, Rejected, Verdict};
use ministash::value::{Form, Value};

use super::sync_server::Server;

/// What a device was told of a change.
#[derive(Debug, Clone)]
struct Known {
    key: String,
    /// The last value that went into it; nothing deletes.
    value: Option<Value>,
    fate: Option<Fate>,
    /// Whether its device died, or could not store it, while it was told something.
    is_unheard: bool,
}

/// The truth.
pub struct Truth {
    policy: Policy,
    tags: Vec<u64>,
    /// The changes of each device, by their numbers.
    known: Vec<BTreeMap<u64, Known>>,
    /// Changes that may have been made: their device died, or could not tell.
    perhaps: Vec<BTreeSet<String>>,
    /// What was made once more by a user, who was told that the server had refused it.
    again: BTreeSet<(String, String)>,
    /// The last tag that each device has set in each key.
    last: BTreeMap<(usize, String), u64>,
}

impl Truth {
    pub fn new(policy: Policy, devices: usize) -> Self {
        Self {
            policy,
            tags: vec![0; devices],
            known: vec![BTreeMap::new(); devices],
            perhaps: vec![BTreeSet::new(); devices],
            again: BTreeSet::new(),
            last: BTreeMap::new(),
        }
    }

    /// A number that this device has not used.
    pub fn next_tag(&mut self, device: usize) -> u64 {
        self.tags[device] += 1;
        self.tags[device] * 10 + device as u64
    }

    pub fn added(&mut self, device: usize, number: u64, key: &str, value: Option<Value>) {
        if let Some(value) = &value {
            let tag = parse(value)[&device];
            self.last.insert((device, key.to_owned()), tag);
        }
        self.perhaps[device].remove(key);
        let fate = self.known[device].get(&number).and_then(|known| known.fate);
        assert_eq!(fate, None, "a change that has ended takes no other");
        self.known[device]
            .insert(number, Known { key: key.to_owned(), value, fate: None, is_unheard: false });
    }

    /// Nobody knows whether this was added.
    pub fn perhaps(&mut self, device: usize, key: &str) {
        self.perhaps[device].insert(key.to_owned());
        self.last.remove(&(device, key.to_owned()));
        // It may have gone into one that waited.
        self.known[device].retain(|_, known| known.key != key || known.fate.is_some());
    }

    /// A device was told something of its changes, and nobody heard what came of it.
    pub fn unheard(&mut self, device: usize) {
        for known in self.known[device].values_mut() {
            known.is_unheard |= known.fate.is_none();
        }
    }

    /// A refused change was added once more.
    pub fn requeued(&mut self, device: usize, item: &Item, again: u64) {
        self.unsure(device, item);
        self.added(device, again, item.key.as_str(), item.value.clone());
    }

    /// Nobody knows what became of a refused change.
    pub fn unsure(&mut self, device: usize, item: &Item) {
        // A server that fails after it has stored something is believed to have refused it in the end.
        if let Some(value) = &item.value {
            self.again.insert((item.key.as_str().to_owned(), value.text.clone()));
        }
        for number in item.aliases.iter().chain([&item.number]) {
            self.known[device].remove(number);
        }
        self.perhaps(device, item.key.as_str());
    }

    /// A change has ended: what was accepted must be with the server now.
    pub fn ended(&mut self, device: usize, number: u64, fate: Fate, server: &Server) {
        let Some(known) = self.known[device].get_mut(&number) else { return };
        assert!(
            known.fate.is_none_or(|before| before == fate || before == Fate::Rejected),
            "device {device}, change {number}: {:?} and then {fate:?}",
            known.fate
        );
        known.fate = Some(fate);
        let (key, value) = (known.key.clone(), known.value.clone());
        // Into a later change of the same device an earlier one may have gone, and counts with it.
        let is_last = !self.perhaps[device].contains(&key)
            && !self.known[device].range(number + 1..).any(|(_, later)| later.key == key);
        if fate == Fate::Accepted && self.policy != Policy::Ask && is_last {
            let is_there =
                |one: &&super::sync_server::Applied| one.key == key && one.value == value;
            let is_nothing = value.is_none();
            let times = server.log.iter().filter(is_there).count();
            assert!(times > 0 || is_nothing, "device {device}, change {number} was not applied");
        }
    }

    pub fn numbers(&self, device: usize) -> impl Iterator<Item = u64> {
        self.known[device].keys().copied()
    }

    /// What a device remembers of a change is what became of it.
    pub fn check_fate(
        &self,
        device: usize,
        number: u64,
        told: Option<Fate>,
        rejected: &[Rejected],
    ) {
        let Some(known) = self.known[device].get(&number) else { return };
        let is_listed = rejected
            .iter()
            .any(|one| one.item.number == number || one.item.aliases.contains(&number));
        match known.fate {
            Some(Fate::Rejected) => {
                assert!(is_listed, "device {device}, change {number}: not listed")
            }
            Some(Fate::Discarded) => {}
            // What was told while the process died, nobody heard.
            Some(fate) => assert_eq!(told, Some(fate), "device {device}, change {number}"),
            None => {
                assert!(told.is_some(), "device {device}, change {number} has no end");
                assert!(known.is_unheard, "device {device}, change {number}: nobody was told");
            }
        }
    }

    /// Nothing was applied twice, and where fields are merged every last one is there.
    pub fn check(&self, server: &Server, is_rough: bool) {
        let mut applied = BTreeSet::new();
        for one in &server.log {
            if let Some(value) = &one.value
                && self.policy != Policy::Ask
            {
                // Every change has a tag of its own, whatever name its device goes by.
                let tag = (one.key.clone(), value.text.clone());
                let is_first = applied.insert(tag.clone()) || self.again.contains(&tag);
                assert!(is_first, "{} was applied twice", value.text);
            }
        }
        if self.policy != Policy::Ask || is_rough {
            return;
        }
        for ((device, key), tag) in &self.last {
            let held = server.rows.get(key).and_then(|held| held.value.as_ref());
            let fields = held.map(parse).unwrap_or_default();
            assert_eq!(fields.get(device), Some(tag), "what device {device} set in {key} is lost");
        }
    }
}

/// The fields of a value: which device has set which tag.
pub fn parse(value: &Value) -> BTreeMap<usize, u64> {
    let fields = value.text.split(';').filter_map(|field| field.split_once('='));
    fields.map(|(device, tag)| (device.parse().unwrap(), tag.parse().unwrap())).collect()
}

fn write(fields: &BTreeMap<usize, u64>) -> Value {
    let fields: Vec<String> =
        fields.iter().map(|(device, tag)| format!("{device}={tag}")).collect();
    Value { form: Form::String, text: fields.join(";") }
}

/// A value in which a device has set its field.
pub fn merged(before: Option<&Value>, device: usize, tag: u64) -> Value {
    let mut fields = before.map(parse).unwrap_or_default();
    fields.insert(device, tag);
    write(&fields)
}

/// Merges by field, three ways: what only one side has changed is as that side has it.
pub fn resolve(dispute: &Dispute) -> Decision {
    let Dispute { stamp, base, local, remote, .. } = dispute;
    let verdict = match (local, &remote.value) {
        (None, _) => Verdict::Remote,
        (Some(_), None) => Verdict::Local,
        (Some(local), Some(theirs)) => {
            let base = base.as_ref().map(parse).unwrap_or_default();
            let (local, mut fields) = (parse(local), parse(theirs));
            for (device, tag) in local {
                if base.get(&device) != Some(&tag) {
                    fields.insert(device, tag);
                }
            }
            Verdict::Value(Some(write(&fields)))
        }
    };
    Decision { key: remote.key.clone(), stamp: *stamp, version: remote.version, verdict }
}
