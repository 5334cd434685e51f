//! One storage operation as JavaScript holds it: registers for arguments, ask, answer and result.
//!
//! The kind of each step is a number with getters for its fields; that was measured three times
//! faster than objects of `done` and `value`.

use wasm_bindgen::prelude::wasm_bindgen;

use super::pushed::Pushed;
use super::registers::Registers;
use super::verb::verb;
use crate::flow::Step;
use crate::host::{Answer, Data, Fault, FaultKind};
use crate::manager::{self, StorageManager};
use crate::store::Notice;
use crate::value::{Form, Value};

/// What a step asks for, or that it is the end.
pub(super) mod code {
    pub(in crate::wasm) const DONE: u8 = 0;
    pub(in crate::wasm) const FAILED: u8 = 1;
    pub(in crate::wasm) const READ: u8 = 2;
    pub(in crate::wasm) const WRITE: u8 = 3;
    pub(in crate::wasm) const REMOVE: u8 = 4;
    pub(in crate::wasm) const LIST: u8 = 5;
    pub(in crate::wasm) const COMMIT: u8 = 6;
    pub(in crate::wasm) const INFO: u8 = 7;
    pub(in crate::wasm) const READ_WITNESS: u8 = 8;
    pub(in crate::wasm) const WRITE_WITNESS: u8 = 9;
}

/// What kind of data crosses. The first three are the forms of values, by their numbers.
mod kind {
    pub(super) const TEXT: u8 = 3;
    pub(super) const BYTES: u8 = 4;
    pub(super) const MISSING: u8 = 5;
}

/// One storage operation. The shell resumes it until it is done, and frees it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Operation {
    manager: StorageManager,
    /// What was asked for: which verb, where, when.
    verb: u8,
    space: String,
    now: f64,
    flow: Option<manager::Operation>,
    step: u8,
    fault: Option<Fault>,
    /// What was pushed since the last step.
    pushed: Vec<Option<Data>>,
    pushed_numbers: Vec<f64>,
    registers: Registers,
}

#[wasm_bindgen]
impl Operation {
    /// Goes on to the next ask or the end, with what was pushed since the last step.
    pub fn resume(&mut self) -> u8 {
        let pushed =
            Pushed::new(std::mem::take(&mut self.pushed), std::mem::take(&mut self.pushed_numbers));
        self.registers = Registers::default();
        let step = match &mut self.flow {
            Some(flow) => flow.resume(Some(match self.fault.take() {
                Some(fault) => Answer::Failed(fault),
                None => pushed.answer(self.step),
            })),
            None => {
                let verb = verb(self.verb, std::mem::take(&mut self.space), pushed);
                self.flow.insert(self.manager.start(verb, self.now)).resume(None)
            }
        };
        self.step = match step {
            Step::Ask(ask) => self.registers.note_ask(ask),
            Step::Done(Ok(outcome)) => {
                self.registers.note_outcome(outcome);
                code::DONE
            }
            Step::Done(Err(error)) => {
                self.registers.note_error(&error);
                code::FAILED
            }
        };
        self.step
    }

    /// How many keys the ask or the result has. An error has its code, its message, and the key and
    /// the namespace that it belongs to, if it belongs to any. Of a commit, those above the count of
    /// entries are to be removed.
    #[wasm_bindgen(getter, js_name = keyCount)]
    pub fn key_count(&self) -> usize {
        self.registers.keys.len()
    }

    /// How many entries the ask or the result has.
    #[wasm_bindgen(getter)]
    pub fn count(&self) -> usize {
        self.registers.data.len()
    }

    /// One key of the ask or the result.
    pub fn key(&self, index: usize) -> String {
        self.registers.keys.get(index).cloned().unwrap_or_default()
    }

    /// What kind of data an entry is: a value as 0 JSON, 1 tagged text, 2 a string; 3 text, 4 bytes,
    /// 5 missing.
    pub fn kind(&self, index: usize) -> u8 {
        match self.registers.data.get(index) {
            Some(Some(Data::Native(value))) => value.form.number(),
            Some(Some(Data::Text(_))) => kind::TEXT,
            Some(Some(Data::Bytes(_))) => kind::BYTES,
            Some(None) | None => kind::MISSING,
        }
    }

    /// The text of an entry; it is handed over, a second call gives nothing.
    pub fn text(&mut self, index: usize) -> String {
        match self.registers.data.get_mut(index) {
            Some(Some(Data::Text(text))) => std::mem::take(text),
            Some(Some(Data::Native(value))) => std::mem::take(&mut value.text),
            _ => String::new(),
        }
    }

    /// The bytes of an entry; they are handed over, a second call gives nothing.
    pub fn bytes(&mut self, index: usize) -> Vec<u8> {
        match self.registers.data.get_mut(index) {
            Some(Some(Data::Bytes(bytes))) => std::mem::take(bytes),
            _ => Vec::new(),
        }
    }

    /// One number of the result.
    pub fn number(&self, index: usize) -> f64 {
        self.registers.numbers.get(index).copied().unwrap_or_default()
    }

    /// Gives text or a value, by its kind.
    pub fn push(&mut self, kind: u8, text: String) {
        self.pushed.push(Some(match Form::from_number(kind) {
            Some(form) => Data::Native(Value { form, text }),
            None => Data::Text(text),
        }));
    }

    /// Gives bytes.
    #[wasm_bindgen(js_name = pushBytes)]
    pub fn push_bytes(&mut self, bytes: Vec<u8>) {
        self.pushed.push(Some(Data::Bytes(bytes)));
    }

    /// Says that nothing is there.
    #[wasm_bindgen(js_name = pushMissing)]
    pub fn push_missing(&mut self) {
        self.pushed.push(None);
    }

    /// Gives a number; in answers a negative one is unknown.
    #[wasm_bindgen(js_name = pushNumber)]
    pub fn push_number(&mut self, number: f64) {
        self.pushed_numbers.push(number);
    }

    /// Answers with a refusal: 0 no room, 1 entry too large, 2 busy, 3 anything else.
    pub fn fail(&mut self, kind: u8, message: String) {
        self.fault = Some(Fault { kind: FaultKind::from_number(kind), message });
    }

    /// Takes the next notice of the core, oldest first: 0 none, 1 an expired record was removed,
    /// whose namespace and key are then the keys of this operation, 2 the host was wiped.
    #[wasm_bindgen(js_name = nextNotice)]
    pub fn next_notice(&mut self) -> u8 {
        match self.manager.take_notice() {
            None => 0,
            Some(Notice::Expired { namespace, key }) => {
                self.registers.keys = vec![namespace, key];
                1
            }
            Some(Notice::Wiped) => 2,
        }
    }
}

impl Operation {
    /// Makes an operation that has not begun.
    pub(super) fn new(manager: StorageManager, verb: u8, space: String, now: f64) -> Self {
        Self {
            manager,
            verb,
            space,
            now,
            flow: None,
            step: code::DONE,
            fault: None,
            pushed: Vec::new(),
            pushed_numbers: Vec::new(),
            registers: Registers::default(),
        }
    }
}
