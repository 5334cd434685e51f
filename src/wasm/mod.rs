//! The door to JavaScript: conversions only, one exported verb per operation.
//!
//! What crosses is text, bytes, numbers of at most 53 bits and short lists of them; nothing of 64
//! bits, no reference to a JavaScript object that the core keeps. The shell drives an
//! [`Operation`] as its two loops say (`js/run.js`).

mod operation;
mod registers;

pub use operation::Operation;

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::entropy::{Entropy, SEED_BYTES};
use crate::host::Capabilities;
use crate::manager::{self, PutOptions, StorageManager};
use crate::store::{Compression, Expect, Notice, Range};
use crate::value::{Form, Value};

/// The core over one host.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Core {
    manager: StorageManager,
}

#[wasm_bindgen]
impl Core {
    /// Makes the core of a host: its capabilities, 32 random bytes, the time.
    ///
    /// # Errors
    /// A text that says which option is wrong; the shell checks them first.
    #[wasm_bindgen(constructor)]
    pub fn new(capabilities: JsValue, entropy: &[u8], now: f64) -> Result<Core, JsValue> {
        let capabilities: Capabilities = serde_wasm_bindgen::from_value(capabilities)?;
        let seed: [u8; SEED_BYTES] =
            entropy.try_into().map_err(|_| JsValue::from_str("expected 32 bytes of entropy"))?;
        let manager = StorageManager::new(capabilities, Entropy::new(seed), now);
        manager.map(|manager| Self { manager }).map_err(|error| JsValue::from_str(error.message))
    }

    /// Opens the store.
    pub fn open(&self, now: f64) -> Operation {
        Operation::new(self.manager.open(now))
    }

    /// Reads one value.
    pub fn get(&self, space: &str, key: &str, now: f64) -> Operation {
        Operation::new(self.manager.get_many(space, &[key.to_owned()], now))
    }

    /// Reads values.
    #[wasm_bindgen(js_name = getMany)]
    pub fn get_many(&self, space: &str, keys: Vec<String>, now: f64) -> Operation {
        Operation::new(self.manager.get_many(space, &keys, now))
    }

    /// Lists keys and values of a range.
    ///
    /// # Errors
    /// A text that says which bound is wrong; the shell checks them first.
    pub fn entries(&self, space: &str, range: JsValue, now: f64) -> Result<Operation, JsValue> {
        let range: Range = serde_wasm_bindgen::from_value(range)?;
        Ok(Operation::new(self.manager.entries(space, range, now)))
    }

    /// Lists keys of a range.
    ///
    /// # Errors
    /// A text that says which bound is wrong; the shell checks them first.
    pub fn keys(&self, space: &str, range: JsValue, now: f64) -> Result<Operation, JsValue> {
        let range: Range = serde_wasm_bindgen::from_value(range)?;
        Ok(Operation::new(self.manager.keys(space, range, now)))
    }

    /// Reads what is known of a value besides the value.
    pub fn meta(&self, space: &str, key: &str, now: f64) -> Operation {
        Operation::new(self.manager.meta(space, key, now))
    }

    /// Says whether a key is there.
    pub fn has(&self, space: &str, key: &str, now: f64) -> Operation {
        Operation::new(self.manager.has(space, key, now))
    }

    /// Carries out a batch.
    pub fn commit(&self, batch: Batch, now: f64) -> Operation {
        Operation::new(self.manager.commit(batch.0, now))
    }

    /// Gives a value another time to live; -1: none.
    pub fn touch(&self, space: &str, key: &str, ttl: f64, now: f64) -> Operation {
        Operation::new(self.manager.touch(space, key, ttl, now))
    }

    /// Removes every key of a namespace.
    pub fn clear(&self, space: &str, now: f64) -> Operation {
        Operation::new(self.manager.clear(space, now))
    }

    /// Removes expired records and garbage.
    pub fn cleanup(&self, now: f64) -> Operation {
        Operation::new(self.manager.cleanup(now))
    }

    /// Lists a namespace's keys and tells the room.
    pub fn info(&self, space: &str, now: f64) -> Operation {
        Operation::new(self.manager.info(space, now))
    }

    /// Says whether a value would fit.
    #[wasm_bindgen(js_name = willFit)]
    pub fn will_fit(&self, space: &str, key: &str, form: u8, text: String, now: f64) -> Operation {
        Operation::new(self.manager.will_fit(space, key, value(form, text), now))
    }

    /// Takes note that a wipe has been told.
    #[wasm_bindgen(js_name = acknowledgeWipe)]
    pub fn acknowledge_wipe(&self, now: f64) -> Operation {
        Operation::new(self.manager.acknowledge_wipe(now))
    }

    /// Whether notices wait.
    #[wasm_bindgen(getter, js_name = hasNotices)]
    pub fn has_notices(&self) -> bool {
        self.manager.has_notices()
    }

    /// Takes the notices that wait, oldest first.
    ///
    /// # Errors
    /// None that can be provoked: the notices are plain.
    #[wasm_bindgen(js_name = takeNotices)]
    pub fn take_notices(&self) -> Result<JsValue, JsValue> {
        let notices: Vec<NoticeObject> =
            std::iter::from_fn(|| self.manager.take_notice()).map(NoticeObject::from).collect();
        Ok(serde_wasm_bindgen::to_value(&notices)?)
    }

    /// Panics, so that a test can see what a panic leaves behind.
    #[cfg(feature = "test-door")]
    #[allow(clippy::panic)]
    #[wasm_bindgen(js_name = provokePanic)]
    pub fn provoke_panic(&self) {
        panic!("provoked by a test");
    }
}

/// The changes of a commit.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Batch(manager::Batch);

#[wasm_bindgen]
impl Batch {
    /// Makes an empty batch.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a put. A time to live of -1 is none, of -2 that of the value replaced. Compression: 0
    /// none, 1 LZ4, 2 as the value replaced.
    #[allow(clippy::too_many_arguments)] // The fields cross one by one: an object would cost more than the put.
    pub fn put(
        &mut self,
        space: &str,
        key: &str,
        form: u8,
        text: String,
        ttl: f64,
        compression: u8,
        overwrite: bool,
    ) {
        let compression = match compression {
            0 => Compression::None,
            1 => Compression::Lz4,
            _ => Compression::Kept,
        };
        let options = PutOptions { ttl_ms: ttl, compression, overwrite };
        self.0.put(space, key, value(form, text), options);
    }

    /// Adds a remove.
    pub fn remove(&mut self, space: &str, key: &str) {
        self.0.remove(space, key);
    }

    /// Makes the last change depend on a version; zero: on nothing being there.
    #[wasm_bindgen(js_name = expectVersion)]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A number that is no version meets no record.
    pub fn expect_version(&mut self, version: f64) {
        self.0.expect(Expect::Version(version as u64));
    }

    /// Makes the last change depend on a native value being there.
    #[wasm_bindgen(js_name = expectContent)]
    pub fn expect_content(&mut self, form: u8, text: String) {
        self.0.expect(Expect::Content(value(form, text)));
    }
}

#[derive(Serialize)]
struct NoticeObject {
    #[serde(rename = "type")]
    kind: &'static str,
    namespace: String,
    key: String,
}

impl From<Notice> for NoticeObject {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::Expired { namespace, key } => Self { kind: "expire", namespace, key },
            Notice::Wiped => Self { kind: "wiped", namespace: String::new(), key: String::new() },
        }
    }
}

fn value(form: u8, text: String) -> Value {
    Value { form: Form::from_number(form).unwrap_or(Form::Tagged), text }
}
