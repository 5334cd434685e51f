//! From a number and what was pushed to a verb.
//!
//! | verb | what is pushed |
//! |---|---|
//! | 0 open, 8 clear, 9 cleanup, 10 info, 12 acknowledge the wipe | |
//! | 1 get | the keys |
//! | 2 entries, 3 keys | `prefix` `gt` `gte` `lt` `lte`, each text or missing; numbers: limit or -1, 1 for reverse |
//! | 4 meta, 5 has | the key |
//! | 6 commit | of each change the key, the value or missing for a remove, the content that must be there or missing; numbers: time to live, options, the version that must be there |
//! | 7 touch | the key; the time to live |
//! | 11 will it fit | the key, the value, the namespaces that give way |
//! | from 13 on | see `vault.rs` |
//! | from 21 on | see `sync.rs` |
//!
//! A time to live of -1 is none, of -2 that of the value replaced. Options are a compression (0
//! none, 1 LZ4, 2 as the value replaced), and 4 for overwriting. A version of 0 is nothing being
//! there, of -1 is any.

use super::pushed::Pushed;
use crate::host::Data;
use crate::manager::{Batch, PutOptions, Verb};
use crate::store::{Compression, Expect, Range};
use crate::value::{Form, Value};

/// Reads the verb that a number stands for, and its arguments.
pub(super) fn verb(number: u8, space: String, mut pushed: Pushed) -> Verb {
    match number {
        0 => Verb::Open,
        1 => Verb::Get { space, keys: pushed.texts() },
        2 => Verb::Entries { space, range: range(&mut pushed) },
        3 => Verb::Keys { space, range: range(&mut pushed) },
        4 => Verb::Meta { space, key: key(&mut pushed) },
        5 => Verb::Has { space, key: key(&mut pushed) },
        6 => Verb::Commit(batch(&space, &mut pushed)),
        7 => Verb::Touch { space, key: key(&mut pushed), ttl_ms: pushed.number() },
        8 => Verb::Clear { space },
        9 => Verb::Cleanup,
        10 => Verb::Info { space },
        11 => {
            let key = key(&mut pushed);
            let nothing = Value { form: Form::Json, text: String::new() };
            let value = value(&mut pushed).unwrap_or(nothing);
            Verb::WillFit { space, key, value, yielding: pushed.texts() }
        }
        12 => Verb::AcknowledgeWipe,
        #[cfg(feature = "sync")]
        number @ 21.. => Verb::Sync(super::sync::verb(number, space, &mut pushed)),
        #[cfg(feature = "vault")]
        number => Verb::Vault(super::vault::verb(number, space, &mut pushed)),
        #[cfg(not(feature = "vault"))]
        _ => Verb::AcknowledgeWipe,
    }
}

fn key(pushed: &mut Pushed) -> String {
    pushed.text().unwrap_or_default()
}

fn value(pushed: &mut Pushed) -> Option<Value> {
    match pushed.data() {
        Some(Data::Native(value)) => Some(value),
        _ => None,
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A limit beyond 32 bits is none.
fn range(pushed: &mut Pushed) -> Range {
    let limit = pushed.number();
    Range {
        prefix: pushed.text(),
        gt: pushed.text(),
        gte: pushed.text(),
        lt: pushed.text(),
        lte: pushed.text(),
        limit: (limit >= 0.0).then_some(limit as u32),
        reverse: pushed.number() > 0.0,
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A number that is no version meets no record.
fn batch(space: &str, pushed: &mut Pushed) -> Batch {
    let mut batch = Batch::default();
    while let Some(key) = pushed.text() {
        let (ttl_ms, options, version) = (pushed.number(), pushed.number() as u8, pushed.number());
        match value(pushed) {
            Some(value) => {
                let compression = match options & 3 {
                    0 => Compression::None,
                    1 => Compression::Lz4,
                    _ => Compression::Kept,
                };
                let options = PutOptions { ttl_ms, compression, overwrite: options & 4 != 0 };
                batch.put(space, &key, value, options);
            }
            None => batch.remove(space, &key),
        }
        match value(pushed) {
            Some(content) => batch.expect(Expect::Content(content)),
            None if version >= 0.0 => batch.expect(Expect::Version(version as u64)),
            None => {}
        }
    }
    batch
}
