//! The registers of an operation: what JavaScript reads of an ask or of a result, field by field.

use super::operation::code;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::host::{Ask, Data};
use crate::manager::Outcome;
use crate::store::{Item, Meta, Recovery, Room};
#[cfg(feature = "sync")]
use crate::sync::Table;

/// What the current step has to say.
#[derive(Debug, Default)]
pub(super) struct Registers {
    pub(super) keys: Vec<String>,
    pub(super) data: Vec<Option<Data>>,
    pub(super) numbers: Vec<f64>,
}

impl Registers {
    /// Takes an ask apart; gives its code.
    pub(super) fn note_ask(&mut self, ask: Ask) -> u8 {
        match ask {
            Ask::Read(keys) => {
                self.keys = keys;
                code::READ
            }
            Ask::Write(writes) => {
                self.note_writes(writes);
                code::WRITE
            }
            Ask::Remove(keys) => {
                self.keys = keys;
                code::REMOVE
            }
            Ask::List(prefix) => {
                self.keys = vec![prefix];
                code::LIST
            }
            Ask::Commit { writes, removes } => {
                self.note_writes(writes);
                self.keys.extend(removes);
                code::COMMIT
            }
            Ask::Info => code::INFO,
            Ask::ReadWitness => code::READ_WITNESS,
            Ask::WriteWitness(text) => {
                self.data = vec![Some(Data::Text(text))];
                code::WRITE_WITNESS
            }
        }
    }

    /// Takes an error apart.
    pub(super) fn note_error(&mut self, error: &Error) {
        self.keys = vec![error.code.as_str().to_owned(), error.message.to_owned()];
        for place in [&error.context.key, &error.context.namespace] {
            self.keys.extend(place.as_deref().map(str::to_owned));
        }
    }

    fn note_writes(&mut self, writes: Vec<(String, Data)>) {
        for (key, data) in writes {
            self.keys.push(key);
            self.data.push(Some(data));
        }
    }

    /// Takes a result apart.
    pub(super) fn note_outcome(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Opened(opened) => {
                let recovery = match opened.recovery {
                    Recovery::None => 0.0,
                    Recovery::Finished => 1.0,
                    Recovery::Quarantined => 2.0,
                };
                self.numbers =
                    vec![f64::from(u8::from(opened.wiped)), number(opened.generation), recovery];
                self.data = vec![Some(Data::Text(opened.install))];
            }
            Outcome::Items(items) => items.into_iter().for_each(|item| self.note_item(item)),
            Outcome::Keys(keys) => {
                self.keys = keys.iter().map(|key| key.as_str().to_owned()).collect()
            }
            Outcome::Meta(meta) => self.note_meta(meta),
            Outcome::Info(keys, Room { used_bytes, limit_bytes, entry_limit_bytes }) => {
                self.keys = keys.iter().map(|key| key.as_str().to_owned()).collect();
                let known = |bytes: Option<u64>| bytes.map_or(-1.0, number);
                self.numbers =
                    vec![known(used_bytes), known(limit_bytes), known(entry_limit_bytes)];
            }
            #[cfg(feature = "sync")]
            Outcome::Table(table) => {
                self.keys = table.texts;
                self.data = Table::data(table.values);
                self.numbers = table.numbers.into_iter().map(number).collect();
            }
            Outcome::Numbers(numbers) => self.numbers = numbers.into_iter().map(number).collect(),
        }
    }

    fn note_item(&mut self, item: Option<Item>) {
        let (key, value, version) = match item {
            Some(item) => {
                (item.key.as_str().to_owned(), Some(Data::Native(item.value)), item.version)
            }
            None => (String::new(), None, 0),
        };
        self.keys.push(key);
        self.data.push(value);
        self.numbers.push(number(version));
    }

    fn note_meta(&mut self, meta: Option<Meta>) {
        self.data = vec![meta.map(|_| Data::Text(String::new()))];
        let Some(meta) = meta else { return };
        let time = |time: Option<Timestamp>| time.map_or(-1.0, |time| number(time.millis()));
        let is_native = meta.created.is_none();
        self.numbers = vec![
            number(meta.size),
            time(meta.created),
            time(meta.updated),
            time(meta.expires),
            number(meta.version),
            f64::from(u8::from(meta.encrypted)),
            f64::from(u8::from(meta.compressed)),
            f64::from(u8::from(is_native)),
        ];
    }
}

/// A number as JavaScript has them. Every number of the core has at most 53 bits.
#[allow(clippy::cast_precision_loss)]
fn number(number: u64) -> f64 {
    number as f64
}
