//! What JavaScript pushed since the last step: the arguments of a verb, or the answer of a host.

use std::vec::IntoIter;

use super::operation::code;
use crate::host::{Answer, Data, Usage};

/// What was pushed, taken in the order in which it was; what was not is missing.
pub(super) struct Pushed {
    data: IntoIter<Option<Data>>,
    numbers: IntoIter<f64>,
}

impl Pushed {
    pub(super) fn new(data: Vec<Option<Data>>, numbers: Vec<f64>) -> Self {
        Self { data: data.into_iter(), numbers: numbers.into_iter() }
    }

    pub(super) fn data(&mut self) -> Option<Data> {
        self.data.next().flatten()
    }

    pub(super) fn text(&mut self) -> Option<String> {
        match self.data() {
            Some(Data::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn texts(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.text()).collect()
    }

    pub(super) fn number(&mut self) -> f64 {
        self.numbers.next().unwrap_or(-1.0)
    }

    /// The answer to the ask of a step.
    pub(super) fn answer(mut self, step: u8) -> Answer {
        match step {
            code::READ => Answer::Data(self.data.collect()),
            code::LIST => Answer::Keys(self.texts()),
            code::INFO => {
                Answer::Usage(Usage { used_bytes: self.size(), limit_bytes: self.size() })
            }
            code::READ_WITNESS => Answer::Witness(self.text()),
            _ => Answer::Done,
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Negative means unknown.
    fn size(&mut self) -> Option<u64> {
        let number = self.number();
        (number >= 0.0).then_some(number as u64)
    }
}
