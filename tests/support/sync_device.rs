//! A device that synchronises: a store over a host that can fail, and the time as the device has it.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use ministash::error::Result;
use ministash::flow::Flow;
use ministash::key::Key;
use ministash::store::Store;
use ministash::sync::{At, Policy, Rules, Settings, Sync};
use ministash::value::Value;
use ministash::vault::Vault;

use super::{PowerCut, Trouble, World, at, space};

/// A device.
pub struct Device {
    pub world: World,
    pub vault: Vault,
    pub sync: Sync,
    pub policy: Policy,
    pub rules: Rules,
    /// What its clock adds to the true time.
    pub clock_error: i64,
    /// How often it has been started.
    pub life: u64,
}

impl Device {
    pub fn new(world: World, policy: Policy, rules: Rules) -> Self {
        let (vault, sync) = (Vault::default(), Sync::default());
        let mut device = Self { world, vault, sync, policy, rules, clock_error: 0, life: 0 };
        device.begin();
        device
    }

    fn begin(&mut self) {
        self.life += 1;
        self.vault = Vault::default();
        self.sync = Sync::default();
        self.sync.open(Settings {
            values: space(""),
            own: space("~sy"),
            policy: self.policy,
            rules: self.rules,
        });
    }

    /// Its process dies and starts again.
    pub fn restart(&mut self, seed: u8, true_now: u64) {
        let now = self.now(true_now);
        self.world = self.world.restarted(Trouble::default(), seed, at(now));
        self.world.ok(async move |store: &Store, io| store.open(io, at(now)).await);
        self.begin();
    }

    /// What its clock says.
    pub fn now(&self, true_now: u64) -> u64 {
        true_now.saturating_add_signed(self.clock_error)
    }

    /// Runs one verb.
    pub fn run<T, F>(&mut self, true_now: u64, verb: F) -> std::result::Result<Result<T>, PowerCut>
    where
        T: 'static,
        F: AsyncFnOnce(&Sync, At<'_>) -> Result<T> + 'static,
    {
        let now = at(self.now(true_now));
        let (store, vault) = (self.world.store.clone(), self.vault.clone());
        let sync = self.sync.clone();
        self.world.host.drive(Flow::new(|io| async move {
            verb(&sync, At { store: &store, vault: &vault, io: &io, now }).await
        }))
    }

    /// What readers see of a key.
    pub fn read(&mut self, name: &str, true_now: u64) -> Option<Value> {
        let (key, now) = (Key::new(name).unwrap(), at(self.now(true_now)));
        let mut found = self
            .world
            .ok(async move |store: &Store, io| store.get_many(io, &space(""), &[key], now).await);
        found.pop().flatten().map(|item| item.value)
    }
}
