//! A world with a vault in it, for the tests of encryption.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use ministash::bytes::checksum;
use ministash::error::Result;
use ministash::flow::Io;
use ministash::host::memory::MemoryHost;
use ministash::host::{Data, Holds};
use ministash::store::{Change, Item, Store};
use ministash::value::Value;
use ministash::vault::{Credential, Overwrite, Secret, Vault};

use super::*;

/// A store, its host and its vault.
#[derive(Debug, Clone)]
pub struct Safe {
    pub world: World,
    pub vault: Vault,
}

pub const APP: [u8; 32] = [7; 32];

pub fn secret(bytes: [u8; 32]) -> Credential {
    Credential::Secret(Secret::take(bytes.to_vec()).unwrap())
}

impl Safe {
    /// A world that is opened and locked.
    pub fn locked(host: TroubledHost, seed: u8, now: u64) -> Self {
        let mut safe = Self { world: World::new(host, seed, at(now)), vault: Vault::default() };
        safe.world.store.install(safe.vault.sealer());
        let _ = safe.run(move |store, io, _| async move { store.open(&io, at(now)).await });
        safe
    }

    /// The same after a restart, unlocked.
    pub fn restarted(&self, trouble: Trouble, seed: u8, now: u64) -> Self {
        let mut safe = Self::locked(self.world.host.with(Trouble::default()), seed, now);
        safe.unlock(APP, now).unwrap().unwrap();
        safe.world.host.calls = 0;
        safe.world.host.trouble = trouble;
        safe
    }

    /// A world that is opened and unlocked.
    pub fn unlocked(memory: MemoryHost, seed: u8, now: u64) -> Self {
        let mut safe = Self::locked(TroubledHost::new(memory), seed, now);
        safe.unlock(APP, now).unwrap().unwrap();
        safe
    }

    pub fn run<T: 'static, F>(
        &mut self,
        verb: impl FnOnce(Store, Io, Vault) -> F + 'static,
    ) -> std::result::Result<Result<T>, PowerCut>
    where
        F: Future<Output = Result<T>> + 'static,
    {
        let (store, vault) = (self.world.store.clone(), self.vault.clone());
        self.world.host.drive(Flow::new(|io| async move { verb(store, io.clone(), vault).await }))
    }

    pub fn unlock(
        &mut self,
        bytes: [u8; 32],
        now: u64,
    ) -> std::result::Result<Result<bool>, PowerCut> {
        self.run(move |store, io, vault| async move {
            vault.unlock(&store, &io, secret(bytes), Overwrite::No, at(now)).await
        })
    }

    pub fn commit(
        &mut self,
        changes: Vec<Change>,
        now: u64,
    ) -> std::result::Result<Result<Vec<u64>>, PowerCut> {
        self.run(move |store, io, vault| async move {
            vault.commit(&store, &io, &changes, at(now)).await
        })
    }

    pub fn set(&mut self, path: &str, name: &str, value: Value) -> Result<()> {
        self.commit(vec![put(path, name, value)], 1000).unwrap().map(|_| ())
    }

    pub fn get(&mut self, path: &str, name: &str) -> Result<Option<Value>> {
        let (path, name) = (path.to_owned(), name.to_owned());
        let items = self.run(move |store, io, _| async move {
            store.get_many(&io, &space(&path), &[key(&name)], at(1000)).await
        });
        Ok(items.unwrap()?.pop().flatten().map(|item| item.value))
    }

    pub fn entries(&mut self, path: &str) -> Result<BTreeMap<String, Value>> {
        let path = path.to_owned();
        let items: Result<Vec<Item>> = self
            .run(move |store, io, _| async move {
                store.entries(&io, &space(&path), &Default::default(), at(1000)).await
            })
            .unwrap();
        Ok(items?.into_iter().map(|item| (item.key.as_str().to_owned(), item.value)).collect())
    }

    /// One step of a rotation.
    pub fn step(&mut self) -> std::result::Result<Result<bool>, PowerCut> {
        self.run(|store, io, vault| async move { vault.step(&store, &io, at(1000)).await })
    }

    pub fn rotate(&mut self) -> std::result::Result<Result<()>, PowerCut> {
        self.run(|store, io, vault| async move { vault.rotate(&store, &io, at(1000)).await })
    }

    pub fn memory(&mut self) -> &mut MemoryHost {
        &mut self.world.host.memory
    }
}

/// The hosts that the vault is tested on: text, bytes, native, with entries that must be split, and
/// with atomic commits.
pub fn vault_hosts() -> Vec<(&'static str, MemoryHost)> {
    let with = |holds, entry_bytes, atomic_commit| {
        let mut host = MemoryHost::new(holds);
        host.capabilities.entry_bytes = entry_bytes;
        host.capabilities.atomic_commit = atomic_commit;
        host
    };
    vec![
        ("text", with(Holds::Text, None, false)),
        ("bytes", with(Holds::Bytes, None, false)),
        ("native", with(Holds::Native, None, false)),
        ("text, small entries", with(Holds::Text, Some(2048), false)),
        ("bytes, small entries, atomic", with(Holds::Bytes, Some(2048), true)),
    ]
}

pub fn raw(data: &Data) -> Vec<u8> {
    match data {
        Data::Text(text) => text.clone().into_bytes(),
        Data::Bytes(bytes) => bytes.clone(),
        Data::Native(_) => panic!("what is sealed is never native"),
    }
}

/// What a host that holds this kind of data would hold of changed bytes; nothing if it could not.
pub fn like(data: &Data, bytes: Vec<u8>) -> Option<Data> {
    match data {
        Data::Text(_) => String::from_utf8(bytes).ok().map(Data::Text),
        _ => Some(Data::Bytes(bytes)),
    }
}

/// Makes the checksum of a changed envelope right, as somebody would who means harm.
pub fn mend(host_key: &str, mut envelope: Vec<u8>) -> Vec<u8> {
    if envelope.len() < 69 {
        return envelope;
    }
    let end = envelope.len() - 4;
    let sum = checksum(&[host_key.as_bytes(), &envelope[..56], &envelope[65..end]]);
    envelope[56..64].copy_from_slice(format!("{sum:08x}").as_bytes());
    envelope
}
