//! What the native tests share: a host whose every call can be cut off or refused, and a driver.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used, clippy::indexing_slicing)] // Each test crate uses its own part of this.

use ministash::clock::Millis;
use ministash::entropy::Entropy;
use ministash::error::Result;
use ministash::flow::{Flow, Io, Step};
use ministash::host::memory::MemoryHost;
use ministash::host::{Answer, Ask, Capabilities, Data, Fault, FaultKind, Holds, Host};
use ministash::key::{Key, Namespace};
use ministash::store::{Action, Change, Compression, Expect, Lifetime, Store};
use ministash::value::{Form, Value};

pub use ministash::clock::Timestamp;

#[cfg(feature = "vault")]
pub mod sealed;

/// What is to go wrong, and at which host call (the first is 0).
#[derive(Debug, Clone, Copy, Default)]
pub struct Trouble {
    /// The power goes out before this call.
    pub cut_before: Option<usize>,
    /// This call is refused.
    pub refuse: Option<(usize, Refusal)>,
}

/// How a call is refused.
#[derive(Debug, Clone, Copy)]
pub struct Refusal {
    pub kind: FaultKind,
    /// Whether it happened all the same.
    pub happened: bool,
}

/// A host whose every call is counted, can be refused, and can be the last one.
#[derive(Debug, Clone)]
pub struct TroubledHost {
    pub memory: MemoryHost,
    pub trouble: Trouble,
    pub calls: usize,
}

/// The power went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PowerCut;

impl TroubledHost {
    pub fn new(memory: MemoryHost) -> Self {
        Self { memory, trouble: Trouble::default(), calls: 0 }
    }

    /// The same host after a restart, with this in store for it.
    pub fn with(&self, trouble: Trouble) -> Self {
        Self { memory: self.memory.clone(), trouble, calls: 0 }
    }

    /// Performs an ask entry by entry, so that trouble can strike between any two of them: even a
    /// batch of the host is not atomic.
    fn perform(&mut self, ask: &Ask) -> std::result::Result<Answer, PowerCut> {
        let singles: Vec<Ask> = match ask {
            Ask::Read(keys) => keys.iter().map(|key| Ask::Read(vec![key.clone()])).collect(),
            Ask::Write(writes) => {
                writes.iter().map(|write| Ask::Write(vec![write.clone()])).collect()
            }
            Ask::Remove(keys) => keys.iter().map(|key| Ask::Remove(vec![key.clone()])).collect(),
            other => vec![other.clone()],
        };
        let mut found: Vec<Option<Data>> = Vec::new();
        for single in &singles {
            match self.call(single)? {
                Answer::Data(data) => found.extend(data),
                Answer::Done => {}
                other => return Ok(other),
            }
        }
        Ok(if matches!(ask, Ask::Read(_)) { Answer::Data(found) } else { Answer::Done })
    }

    fn call(&mut self, ask: &Ask) -> std::result::Result<Answer, PowerCut> {
        let lists = self.memory.capabilities.lists;
        assert!(lists || !matches!(ask, Ask::List(_)), "a host that cannot list was asked to");
        let number = self.calls;
        self.calls += 1;
        if self.trouble.cut_before == Some(number) {
            return Err(PowerCut);
        }
        match self.trouble.refuse {
            Some((at, refusal)) if at == number => {
                if refusal.happened {
                    let _ = self.memory.perform(ask);
                }
                Ok(Answer::Failed(Fault {
                    kind: refusal.kind,
                    message: "refused by the test".into(),
                }))
            }
            _ => Ok(self.memory.perform(ask)),
        }
    }

    /// Drives a flow to its end, or to the power cut.
    pub fn drive<T>(&mut self, mut flow: Flow<T>) -> std::result::Result<T, PowerCut> {
        let mut answer = None;
        loop {
            match flow.resume(answer) {
                Step::Done(result) => return Ok(result),
                Step::Ask(ask) => answer = Some(self.perform(&ask)?),
            }
        }
    }
}

/// A store and its host.
#[derive(Debug, Clone)]
pub struct World {
    pub host: TroubledHost,
    pub store: Store,
}

impl World {
    /// Makes a store over a host; the seed decides all that is random.
    pub fn new(host: TroubledHost, seed: u8, now: Timestamp) -> Self {
        let store = Store::new(host.memory.capabilities(), Entropy::new([seed; 32]), now);
        Self { host, store }
    }

    /// The same world after a restart.
    pub fn restarted(&self, trouble: Trouble, seed: u8, now: Timestamp) -> Self {
        Self::new(self.host.with(trouble), seed, now)
    }

    /// Runs one verb of the store.
    pub fn run<T, F>(&mut self, verb: F) -> std::result::Result<Result<T>, PowerCut>
    where
        T: 'static,
        F: AsyncFnOnce(&Store, &Io) -> Result<T> + 'static,
    {
        let store = self.store.clone();
        self.host.drive(Flow::new(|io| async move { verb(&store, &io).await }))
    }

    /// Runs one verb where neither power cut nor refusal is expected.
    pub fn ok<T, F>(&mut self, verb: F) -> T
    where
        T: 'static,
        F: AsyncFnOnce(&Store, &Io) -> Result<T> + 'static,
    {
        self.run(verb).expect("no power cut").expect("no refusal")
    }
}

/// The hosts that every test of behaviour runs on: each as one that others change too, and as one that
/// only the store changes, which has a mirror then.
pub fn hosts() -> Vec<(String, MemoryHost)> {
    let mut hosts = Vec::new();
    for (name, mut host) in kinds_of_hosts() {
        hosts.push((name.to_owned(), host.clone()));
        host.capabilities.exclusive = true;
        hosts.push((format!("{name}, mirrored"), host));
    }
    hosts
}

/// The hosts of tests that change what lies there behind the store's back.
pub fn kinds_of_hosts() -> Vec<(&'static str, MemoryHost)> {
    let mut hosts = Vec::new();
    for (name, holds) in [("text", Holds::Text), ("bytes", Holds::Bytes), ("native", Holds::Native)]
    {
        hosts.push((name, MemoryHost::new(holds)));
    }
    let changed = |holds, change: fn(&mut Capabilities)| {
        let mut host = MemoryHost::new(holds);
        change(&mut host.capabilities);
        host
    };
    hosts.push(("text, small entries", changed(Holds::Text, |host| host.entry_bytes = Some(320))));
    hosts
        .push(("bytes, small entries", changed(Holds::Bytes, |host| host.entry_bytes = Some(320))));
    hosts.push((
        "native, small entries",
        changed(Holds::Native, |host| host.entry_bytes = Some(320)),
    ));
    hosts.push(("text, atomic", changed(Holds::Text, |host| host.atomic_commit = true)));
    hosts.push((
        "bytes, atomic, small entries",
        changed(Holds::Bytes, |host| {
            host.atomic_commit = true;
            host.entry_bytes = Some(320);
        }),
    ));
    hosts.push((
        "text, no witness, no info",
        changed(Holds::Text, |host| {
            host.witness = false;
            host.info = false;
        }),
    ));
    hosts
}

pub fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub fn space(path: &str) -> Namespace {
    Namespace::new(path).unwrap()
}

pub fn key(key: &str) -> Key {
    Key::new(key).unwrap()
}

pub fn json(text: impl Into<String>) -> Value {
    Value { form: Form::Json, text: text.into() }
}

pub fn lifetime(ttl: Option<u64>) -> Lifetime {
    #[allow(clippy::cast_precision_loss)]
    ttl.map_or(Lifetime::Forever, |ttl| Lifetime::For(Millis::from_number(ttl as f64).unwrap()))
}

pub fn put_for(path: &str, name: &str, value: Value, ttl: Option<u64>) -> Change {
    Change {
        namespace: space(path),
        key: key(name),
        action: Action::Put {
            value,
            lifetime: lifetime(ttl),
            compression: Compression::None,
            overwrite: false,
        },
        expect: Expect::Anything,
    }
}

pub fn put(path: &str, name: &str, value: Value) -> Change {
    put_for(path, name, value, None)
}

pub fn remove(path: &str, name: &str) -> Change {
    Change {
        namespace: space(path),
        key: key(name),
        action: Action::Remove,
        expect: Expect::Anything,
    }
}

/// A value too large for one small entry.
pub fn large(fill: &str) -> Value {
    json(format!("\"{}\"", fill.repeat(900 / fill.len())))
}

/// The keys of a host that only this library writes, besides stamp and values.
pub fn garbage(host: &MemoryHost) -> Vec<String> {
    host.entries
        .keys()
        .filter(|key| key.starts_with("~ms~j") || key.starts_with("~ms~p"))
        .cloned()
        .collect()
}
