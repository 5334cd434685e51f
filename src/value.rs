//! A value as text: what JavaScript hands over and gets back.
//!
//! Values cross the boundary once, as text that the shell's codec made. The core stores, compresses,
//! seals and splits that text; it never looks into it.

/// How the text of a [`Value`] is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Plain JSON that holds the value exactly.
    Json,
    /// The tagged text of the shell's codec, for what JSON cannot hold.
    Tagged,
    /// The text itself is the value: a string.
    String,
}

impl Form {
    /// The number that stands for the form at the door and in stored flags.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Json => 0,
            Self::Tagged => 1,
            Self::String => 2,
        }
    }

    /// The form that a number stands for.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Json),
            1 => Some(Self::Tagged),
            2 => Some(Self::String),
            _ => None,
        }
    }
}

/// One value, encoded.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    /// How to read the text.
    pub form: Form,
    /// The text.
    pub text: String,
}

impl std::fmt::Debug for Value {
    /// Shows form and length: what people store does not belong into a log.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Value({:?}, {} bytes)", self.form, self.text.len())
    }
}
