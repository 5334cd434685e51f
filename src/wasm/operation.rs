//! One storage operation as JavaScript holds it: registers for the ask, the answer and the result.
//!
//! The kind of each step is a number with getters for its fields; that was measured three times
//! faster than objects of `done` and `value`.

use wasm_bindgen::prelude::wasm_bindgen;

use super::registers::Registers;
use crate::error::Error;
use crate::flow::Step;
use crate::host::{Answer, Data, Fault, FaultKind, Usage};
use crate::manager;
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

/// One storage operation. The shell resumes it until it is done, and frees it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Operation {
    flow: manager::Operation,
    step: u8,
    fault: Option<Fault>,
    /// What the host pushed since the last step.
    pushed: Vec<Option<Data>>,
    pushed_numbers: Vec<f64>,
    registers: Registers,
    error: Option<Error>,
}

#[wasm_bindgen]
impl Operation {
    /// Goes on to the next ask or the end, with the answer pushed since the last step.
    pub fn resume(&mut self) -> u8 {
        let answer = self.answer();
        self.registers = Registers::default();
        self.step = match self.flow.resume(answer) {
            Step::Ask(ask) => self.registers.note_ask(ask),
            Step::Done(Ok(outcome)) => {
                self.registers.note_outcome(outcome);
                code::DONE
            }
            Step::Done(Err(error)) => {
                self.error = Some(error);
                code::FAILED
            }
        };
        self.step
    }

    /// How many entries the ask or the result has.
    #[wasm_bindgen(getter)]
    pub fn count(&self) -> usize {
        self.registers.keys.len().max(self.registers.data.len())
    }

    /// How many keys the result has.
    #[wasm_bindgen(getter, js_name = keyCount)]
    pub fn key_count(&self) -> usize {
        self.registers.keys.len()
    }

    /// One key of the ask or the result.
    pub fn key(&self, index: usize) -> String {
        self.registers.keys.get(index).cloned().unwrap_or_default()
    }

    /// What kind of data an entry is: 0 text, 1 bytes, 2 a native value as JSON, 3 a native string,
    /// 4 a native value as tagged text.
    #[wasm_bindgen(js_name = dataKind)]
    pub fn data_kind(&self, index: usize) -> u8 {
        match self.registers.entry(index) {
            Some(Data::Bytes(_)) => 1,
            Some(Data::Native(value)) => match value.form {
                Form::Json => 2,
                Form::String => 3,
                Form::Tagged => 4,
            },
            Some(Data::Text(_)) | None => 0,
        }
    }

    /// The text of an entry; it is handed over, a second call gives nothing.
    pub fn text(&mut self, index: usize) -> String {
        match self.registers.data.get_mut(index).and_then(Option::as_mut) {
            Some(Data::Text(text)) => std::mem::take(text),
            Some(Data::Native(value)) => std::mem::take(&mut value.text),
            Some(Data::Bytes(_)) | None => String::new(),
        }
    }

    /// The bytes of an entry; they are handed over, a second call gives nothing.
    pub fn bytes(&mut self, index: usize) -> Vec<u8> {
        match self.registers.data.get_mut(index).and_then(Option::as_mut) {
            Some(Data::Bytes(bytes)) => std::mem::take(bytes),
            _ => Vec::new(),
        }
    }

    /// The keys that a commit removes.
    pub fn removes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.registers.removes)
    }

    /// Whether an entry of the result is there.
    pub fn found(&self, index: usize) -> bool {
        self.registers.entry(index).is_some()
    }

    /// The form of a value of the result.
    pub fn form(&self, index: usize) -> u8 {
        match self.registers.entry(index) {
            Some(Data::Native(value)) => value.form.number(),
            _ => 0,
        }
    }

    /// One number of the result.
    pub fn number(&self, index: usize) -> f64 {
        self.registers.numbers.get(index).copied().unwrap_or_default()
    }

    /// Answers with text: a record, a listed key, the witness.
    #[wasm_bindgen(js_name = pushText)]
    pub fn push_text(&mut self, text: String) {
        self.pushed.push(Some(Data::Text(text)));
    }

    /// Answers with bytes.
    #[wasm_bindgen(js_name = pushBytes)]
    pub fn push_bytes(&mut self, bytes: Vec<u8>) {
        self.pushed.push(Some(Data::Bytes(bytes)));
    }

    /// Answers with a native value that is no string.
    #[wasm_bindgen(js_name = pushValue)]
    pub fn push_value(&mut self, form: u8, text: String) {
        let form = Form::from_number(form).unwrap_or(Form::Tagged);
        self.pushed.push(Some(Data::Native(Value { form, text })));
    }

    /// Answers that nothing is there.
    #[wasm_bindgen(js_name = pushMissing)]
    pub fn push_missing(&mut self) {
        self.pushed.push(None);
    }

    /// Answers with a number; a negative one is unknown.
    #[wasm_bindgen(js_name = pushNumber)]
    pub fn push_number(&mut self, number: f64) {
        self.pushed_numbers.push(number);
    }

    /// Answers with a refusal: 0 no room, 1 entry too large, 2 busy, 3 anything else.
    pub fn fail(&mut self, kind: u8, message: String) {
        self.fault = Some(Fault { kind: FaultKind::from_number(kind), message });
    }

    /// The code of the error.
    #[wasm_bindgen(getter, js_name = errorCode)]
    pub fn error_code(&self) -> String {
        self.error.as_ref().map_or("", |error| error.code.as_str()).to_owned()
    }

    /// The message of the error.
    #[wasm_bindgen(getter, js_name = errorMessage)]
    pub fn error_message(&self) -> String {
        self.error.as_ref().map_or_else(String::new, |error| error.message.to_owned())
    }

    /// The key that the error belongs to.
    #[wasm_bindgen(getter, js_name = errorKey)]
    pub fn error_key(&self) -> Option<String> {
        self.error.as_ref()?.context.key.as_deref().map(str::to_owned)
    }

    /// The namespace that the error belongs to.
    #[wasm_bindgen(getter, js_name = errorNamespace)]
    pub fn error_namespace(&self) -> Option<String> {
        self.error.as_ref()?.context.namespace.as_deref().map(str::to_owned)
    }
}

impl Operation {
    /// Wraps a flow.
    #[must_use]
    pub fn new(flow: manager::Operation) -> Self {
        Self {
            flow,
            step: code::DONE,
            fault: None,
            pushed: Vec::new(),
            pushed_numbers: Vec::new(),
            registers: Registers::default(),
            error: None,
        }
    }

    fn answer(&mut self) -> Option<Answer> {
        let pushed = std::mem::take(&mut self.pushed);
        let numbers = std::mem::take(&mut self.pushed_numbers);
        if let Some(fault) = self.fault.take() {
            return Some(Answer::Failed(fault));
        }
        let texts = |pushed: Vec<Option<Data>>| pushed.into_iter().filter_map(text_of);
        match self.step {
            code::READ => Some(Answer::Data(pushed)),
            code::WRITE | code::REMOVE | code::COMMIT | code::WRITE_WITNESS => Some(Answer::Done),
            code::LIST => Some(Answer::Keys(texts(pushed).collect())),
            code::INFO => {
                let number = |index: usize| numbers.get(index).copied().and_then(count);
                Some(Answer::Usage(Usage { used_bytes: number(0), limit_bytes: number(1) }))
            }
            code::READ_WITNESS => Some(Answer::Witness(texts(pushed).next())),
            _ => None,
        }
    }
}

fn text_of(data: Option<Data>) -> Option<String> {
    match data {
        Some(Data::Text(text)) => Some(text),
        _ => None,
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Negative means unknown.
fn count(number: f64) -> Option<u64> {
    (number >= 0.0).then_some(number as u64)
}
