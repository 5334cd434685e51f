//! The reference host: everything in memory, for tests and documentation.

use std::collections::BTreeMap;

use super::{Answer, Ask, Capabilities, Data, Fault, FaultKind, Holds, Host, Usage};

/// A host in memory. It is a plain map with limits; what it holds survives a "restart" simply by
/// being opened again.
#[derive(Debug, Clone)]
pub struct MemoryHost {
    /// What it can do; limits are kept by [`Host::perform`].
    pub capabilities: Capabilities,
    /// What lies under each key.
    pub entries: BTreeMap<String, Data>,
    /// What the witness says.
    pub witness: Option<String>,
}

impl MemoryHost {
    /// Makes an empty host that holds text, bytes or values, without atomic commit. It does not
    /// promise to be `exclusive`: a test may change what it holds while a store is open.
    #[must_use]
    pub fn new(holds: Holds) -> Self {
        Self {
            capabilities: Capabilities {
                holds,
                atomic_commit: false,
                entry_bytes: None,
                total_bytes: None,
                foreign_prefixes: Vec::new(),
                witness: true,
                info: true,
                lists: true,
                exclusive: false,
            },
            entries: BTreeMap::new(),
            witness: None,
        }
    }

    /// The bytes in use: keys and data.
    #[must_use]
    pub fn used_bytes(&self) -> usize {
        self.entries.iter().map(|(key, data)| key.len() + data.len()).sum()
    }

    fn write(&mut self, key: &str, data: &Data) -> Result<(), Fault> {
        let size = key.len() + data.len();
        let refuse = |kind, message: &str| Err(Fault { kind, message: message.to_owned() });
        if self.capabilities.entry_bytes.is_some_and(|limit| size > limit as usize) {
            return refuse(FaultKind::EntryTooLarge, "entry size limit reached");
        }
        let replaced = self.entries.get(key).map_or(0, |old| key.len() + old.len());
        let total = self.used_bytes() - replaced + size;
        if self.capabilities.total_bytes.is_some_and(|limit| total > limit as usize) {
            return refuse(FaultKind::QuotaExceeded, "quota reached");
        }
        self.entries.insert(key.to_owned(), data.clone());
        Ok(())
    }

    fn write_all(&mut self, writes: &[(String, Data)]) -> Answer {
        match writes.iter().try_for_each(|(key, data)| self.write(key, data)) {
            Ok(()) => Answer::Done,
            Err(fault) => Answer::Failed(fault),
        }
    }

    fn commit(&mut self, writes: &[(String, Data)], removes: &[String]) -> Answer {
        let before = self.entries.clone();
        // What is replaced makes room for what replaces it, in whatever order they come.
        for key in removes.iter().chain(writes.iter().map(|(key, _)| key)) {
            self.entries.remove(key);
        }
        let answer = self.write_all(writes);
        if answer != Answer::Done {
            self.entries = before;
        }
        answer
    }
}

impl Host for MemoryHost {
    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn perform(&mut self, ask: &Ask) -> Answer {
        match ask {
            Ask::Read(keys) => {
                Answer::Data(keys.iter().map(|key| self.entries.get(key).cloned()).collect())
            }
            Ask::Write(writes) => self.write_all(writes),
            Ask::Remove(keys) => {
                for key in keys {
                    self.entries.remove(key);
                }
                Answer::Done
            }
            Ask::List(prefix) => Answer::Keys(
                self.entries.keys().filter(|key| key.starts_with(prefix)).cloned().collect(),
            ),
            Ask::Commit { writes, removes } => self.commit(writes, removes),
            Ask::Info => Answer::Usage(Usage {
                used_bytes: Some(self.used_bytes() as u64),
                limit_bytes: self.capabilities.total_bytes.map(u64::from),
            }),
            Ask::ReadWitness => Answer::Witness(self.witness.clone()),
            Ask::WriteWitness(text) => {
                self.witness = Some(text.clone());
                Answer::Done
            }
        }
    }
}
