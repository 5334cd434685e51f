//! What the fuzz targets share: how an input is cut up, how an envelope is spelled, how verbs are
//! driven.
//!
//! Envelopes are spelled here a second time, from `src/docs/format.md` and not from the code: a
//! fuzzer does not guess checksums, so they are set right for it, and what the store does can be
//! judged without asking the store.

use ministash::bytes::{Writer, checksum, parse_hex};
use ministash::entropy::Entropy;
use ministash::error::Result;
use ministash::flow::Step;
use ministash::host::memory::MemoryHost;
use ministash::host::{Capabilities, Data, Holds, Host};
use ministash::key::{JOURNAL, PARTS, RESERVED, STAMP};
use ministash::manager::{Operation, Outcome, StorageManager};

const CHECKED: usize = 56;
const HEADER: usize = CHECKED + 8 + 1;
const OVERHEAD: usize = HEADER + RESERVED.len();
/// The most host calls of one verb over the few entries of an input: above it, something goes round
/// in circles.
const ASKS_MAX: usize = 10_000;

/// An input, cut up from the front. What is missing is zero or empty: every input means something.
pub struct Cut<'input>(&'input [u8]);

impl<'input> Cut<'input> {
    pub fn new(input: &'input [u8]) -> Self {
        Self(input)
    }

    pub fn is_done(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or_default()
    }

    /// A number of two bytes, the low one first.
    pub fn number(&mut self) -> usize {
        usize::from(self.byte()) | usize::from(self.byte()) << 8
    }

    /// Counted bytes; fewer where the input ends.
    pub fn bytes(&mut self) -> &'input [u8] {
        let length = self.number();
        self.take(length)
    }

    pub fn text(&mut self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    pub fn rest(&mut self) -> &'input [u8] {
        self.take(usize::MAX)
    }

    fn take(&mut self, length: usize) -> &'input [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

/// The other way round: writes what [`Cut`] cuts up.
#[derive(Default)]
pub struct Paste(pub Vec<u8>);

impl Paste {
    pub fn byte(mut self, byte: u8) -> Self {
        self.0.push(byte);
        self
    }

    pub fn number(mut self, number: usize) -> Self {
        self.0.extend_from_slice(&u16::try_from(number).expect("seeds are small").to_le_bytes());
        self
    }

    pub fn bytes(self, bytes: &[u8]) -> Self {
        self.number(bytes.len()).rest(bytes)
    }

    pub fn rest(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }
}

/// The host keys that inputs speak of by number: the caller's, and those that mean something to the
/// store.
pub const HOST_KEYS: [&str; 16] = [
    "user",
    "other",
    "~ms~n/room~user",
    "~ms~n/room/inner~k",
    JOURNAL,
    STAMP,
    "~ms~j000000000007.0",
    "~ms~j000000000007.1",
    "~ms~p000000000007.0~user",
    "~ms~p000000000007.1~user",
    "~ms~p000000000009.0~user",
    "~ms~p000000000007.0~~ms~n/room~user",
    "~ms~q000000000007~1",
    "~ms~x",
    "~ms~n/a%~k",
    "n\u{e4}me/%7e~\0",
];

/// The host key of a number.
pub fn host_key(number: u8) -> &'static str {
    HOST_KEYS[usize::from(number) % HOST_KEYS.len()]
}

/// How the bytes of an input become what lies under a host key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// As they are.
    Raw,
    /// As they are, but with the right checksum: the header is the fuzzer's.
    Mended,
    /// As the payload of a whole envelope of the kind that belongs there.
    Payload,
    /// As counted fields, cut at 0xff, in such an envelope.
    Fields,
}

impl Spelling {
    pub fn from_number(number: u8) -> Self {
        match number % 4 {
            0 => Self::Raw,
            1 => Self::Mended,
            2 => Self::Payload,
            _ => Self::Fields,
        }
    }

    pub fn spell(self, host_key: &str, bytes: &[u8], holds: Holds) -> Data {
        let mut cut = Cut::new(bytes);
        let spelled = match self {
            Self::Raw | Self::Mended => bytes.to_vec(),
            Self::Payload => envelope(host_key, cut.byte(), cut.rest()),
            Self::Fields => envelope(host_key, cut.byte(), &fields(cut.rest())),
        };
        match holds {
            Holds::Bytes => Data::Bytes(self.mend(host_key, spelled)),
            // What is no text cannot lie on such a host.
            Holds::Text | Holds::Native => {
                let text = String::from_utf8_lossy(&spelled).into_owned().into_bytes();
                let mended = self.mend(host_key, text);
                Data::Text(String::from_utf8_lossy(&mended).into_owned())
            }
        }
    }

    fn mend(self, host_key: &str, mut envelope: Vec<u8>) -> Vec<u8> {
        if self != Self::Raw
            && let Some(sum) = sum(host_key, &envelope)
        {
            envelope[CHECKED..CHECKED + 8].copy_from_slice(format!("{sum:08x}").as_bytes());
        }
        envelope
    }
}

/// A whole envelope; the header byte chooses flags, expiry and, now and then, another kind than the
/// fitting one.
fn envelope(host_key: &str, header: u8, payload: &[u8]) -> Vec<u8> {
    let fitting = match host_key {
        STAMP => 'i',
        key if key.starts_with(JOURNAL) => 'j',
        key if key.starts_with(PARTS) => 'p',
        _ if header & 0b0100_0000 != 0 => 's',
        _ => 'v',
    };
    let kind = if header & 0b1000_0000 != 0 { 'v' } else { fitting };
    let flags = header & 0b1111;
    let expires = [(1_u64 << 48) - 1, 0, 1_000, 1 << 40][usize::from(header >> 4 & 0b11)];
    let mut out =
        format!("~ms~1{kind}{flags:02x}{:012x}{:012x}{expires:012x}{:012x}00000000~", 1, 2, 3)
            .into_bytes();
    out.extend_from_slice(payload);
    out.extend_from_slice(RESERVED.as_bytes());
    out
}

/// Counted fields. A journal's list is itself one field: `whole` is followed by the fields of that
/// list.
fn fields(bytes: &[u8]) -> Vec<u8> {
    let mut pieces = bytes.split(|byte| *byte == 0xff).peekable();
    let mut writer = Writer::new();
    if pieces.next_if_eq(&b"whole".as_slice()).is_some() {
        let mut list = Writer::new();
        for piece in pieces {
            list.field(piece);
        }
        writer.field("whole").field(list.finish());
        return writer.finish();
    }
    for piece in pieces {
        writer.field(piece);
    }
    writer.finish()
}

fn sum(host_key: &str, envelope: &[u8]) -> Option<u32> {
    let payload = envelope.get(HEADER..envelope.len().checked_sub(RESERVED.len())?)?;
    Some(checksum(&[host_key.as_bytes(), envelope.get(..CHECKED)?, payload]))
}

/// What a whole envelope of a caller's says of its end: nothing where it is damaged or of another
/// kind.
pub fn expires(host_key: &str, data: &Data) -> Option<u64> {
    let envelope = match data {
        Data::Text(text) => text.as_bytes(),
        Data::Bytes(bytes) => bytes,
        Data::Native(_) => return None,
    };
    let is_whole = envelope.len() >= OVERHEAD
        && parse_hex(&envelope[CHECKED..CHECKED + 8]) == sum(host_key, envelope).map(u64::from)
        && matches!(envelope[5], b'v' | b's');
    is_whole.then(|| parse_hex(&envelope[32..44])).flatten()
}

/// A manager over a host, as after a start; the seed decides all that is random.
pub fn start(capabilities: Capabilities, seed: u8, now: f64) -> StorageManager {
    StorageManager::new(capabilities, Entropy::new([seed; 32]), now).expect("the time is a time")
}

/// Drives a verb to its end over a host that refuses nothing but what exceeds its limits.
pub fn drive(host: &mut MemoryHost, mut operation: Operation) -> Result<Outcome> {
    let mut answer = None;
    for _ in 0..ASKS_MAX {
        match operation.resume(answer) {
            Step::Done(outcome) => return outcome,
            Step::Ask(ask) => answer = Some(host.perform(&ask)),
        }
    }
    panic!("a verb asks the host without end");
}
