//! Keys: what a caller names, and how a namespace keeps it apart on the host.
//!
//! A [`Key`] and a [`Namespace`] cannot be wrong once made. A host key is their one spelling on the
//! host: unprefixed in the default namespace, so that old code finds plain values where it left
//! them, and under the reserved prefix everywhere else.

use crate::bytes::{cut, decimal, hex, parse_hex, pieces};
use crate::config::{KEY_BYTES_MAX, NAMESPACE_BYTES_MAX, NAMESPACE_DEPTH_MAX};
use crate::error::{Error, ErrorCode, Result};

/// The prefix of every host key that is not a plain key of the default namespace.
pub const RESERVED: &str = "~ms~";
/// The host key of the journal; its chunks follow under the same prefix.
pub const JOURNAL: &str = "~ms~j";
/// The host key of the install stamp.
pub const STAMP: &str = "~ms~s";
/// The prefix of the parts of split values.
pub const PARTS: &str = "~ms~p";
/// The prefix of damaged internal records that were put aside for a person to look at.
pub const QUARANTINE: &str = "~ms~q";
/// The host key of the keyset.
pub const KEYSET: &str = "~ms~k";
/// What a hidden name begins with; the digest of the key follows.
pub const HIDDEN: &str = "~ms~h";
const SPACES: &str = "~ms~n";

/// A storage key: 1 to [`KEY_BYTES_MAX`] bytes, not beginning with `~ms~`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    /// Checks a key.
    ///
    /// # Errors
    /// `INVALID_KEY` when it is empty, too long or reserved.
    pub fn new(key: &str) -> Result<Self> {
        if key.is_empty() {
            return Err(Error::new(
                ErrorCode::InvalidKey,
                "expected a key of at least one character, got none",
            ));
        }
        if key.len() > KEY_BYTES_MAX {
            return Err(Error::new(
                ErrorCode::InvalidKey,
                "expected a key of at most 1024 UTF-8 bytes, got a longer one",
            ));
        }
        if key.starts_with(RESERVED) {
            return Err(Error::new(
                ErrorCode::InvalidKey,
                "keys that begin with ~ms~ are reserved, choose another",
            ));
        }
        Ok(Self(key.to_owned()))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is not a caller's key but what stands for one on the host.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        SEALS && self.0.starts_with(HIDDEN)
    }

    /// Reads a key as it stands on the host.
    fn on_host(key: &str) -> Option<Self> {
        let is_hidden = SEALS && key.len() > HIDDEN.len() && key.starts_with(HIDDEN);
        if is_hidden { Some(Self(key.to_owned())) } else { Self::new(key).ok() }
    }
}

/// Whether this build can seal. Said to the compiler, so that storage alone does not carry what could
/// never run.
pub(crate) const SEALS: bool = cfg!(feature = "vault");

/// Why a build that cannot seal refuses what has to be sealed, and what is.
pub(crate) const NEEDS_ENCRYPTION: &str = "what is sealed needs a build with encryption";

/// Whether what is written into a namespace is sealed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sealing {
    /// As it is.
    #[default]
    None,
    /// Sealed; and what is read must have been.
    Sealed,
    /// As the value that it replaces.
    Kept,
}

/// A room of its own for keys, and how what lies in it is written; nested rooms have paths of several
/// segments.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Namespace {
    path: String,
    sealing: Sealing,
    is_padded: bool,
    hides_names: bool,
}

impl Namespace {
    /// Checks a path: segments joined by NUL, empty for the default namespace. Two NULs may follow
    /// and letters that say how it is written: `e` sealed, `k` sealed if what is replaced was, `p`
    /// padded, `h` sealed under hidden names.
    ///
    /// # Errors
    /// `INVALID_KEY` when a segment is empty or too long, or there are too many.
    pub fn new(spelled: &str) -> Result<Self> {
        let end = spelled.as_bytes().windows(2).position(|pair| pair == [0, 0]);
        let (path, letters) = spelled.split_at(end.unwrap_or(spelled.len()));
        let says = |letter: u8| letters.as_bytes().contains(&letter);
        let hides_names = says(b'h');
        if !SEALS && (hides_names || says(b'e')) {
            return Err(Error::new(ErrorCode::Unsupported, NEEDS_ENCRYPTION));
        }
        let sealing = if says(b'e') || hides_names {
            Sealing::Sealed
        } else if says(b'k') {
            Sealing::Kept
        } else {
            Sealing::None
        };
        check_path(path)?;
        Ok(Self { path: path.to_owned(), sealing, is_padded: says(b'p'), hides_names })
    }

    /// The path: segments joined by NUL.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether this is the default namespace.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.path.is_empty()
    }

    /// Whether what is written here is sealed.
    #[must_use]
    pub fn sealing(&self) -> Sealing {
        if SEALS { self.sealing } else { Sealing::None }
    }

    /// Whether the length of what is sealed here is hidden.
    #[must_use]
    pub fn is_padded(&self) -> bool {
        SEALS && self.is_padded
    }

    /// Whether keys are hidden here.
    #[must_use]
    pub fn hides_names(&self) -> bool {
        SEALS && self.hides_names
    }

    /// What every host key of this namespace begins with.
    ///
    /// Invariant: no prefix of a namespace is a prefix of another namespace's, the default one's
    /// empty prefix aside, because the segments are escaped and a `~` ends the path.
    #[must_use]
    pub fn prefix(&self) -> String {
        if self.is_default() {
            return String::new();
        }
        let mut prefix = SPACES.to_owned();
        prefix.push('/');
        let mut written = 0;
        for (at, byte) in self.path.bytes().enumerate() {
            let escaped = match byte {
                0 => "/",
                b'%' => "%25",
                b'/' => "%2f",
                b'~' => "%7e",
                _ => continue,
            };
            prefix += self.path.get(written..at).unwrap_or_default();
            prefix += escaped;
            written = at + 1;
        }
        prefix += self.path.get(written..).unwrap_or_default();
        prefix.push('~');
        prefix
    }

    /// What the host keys of its own keys begin with: those of hidden names, if it hides them.
    #[must_use]
    pub fn own_prefix(&self) -> String {
        let mut prefix = self.prefix();
        if self.hides_names() {
            prefix.push_str(HIDDEN);
        }
        prefix
    }

    /// The host key of a key in this namespace, if names are not hidden in it.
    #[must_use]
    pub fn host_key(&self, key: &Key) -> String {
        self.prefix() + key.as_str()
    }
}

fn check_path(path: &str) -> Result<()> {
    if path.is_empty() {
        return Ok(());
    }
    let wrong = |segment: &str| segment.is_empty() || segment.len() > NAMESPACE_BYTES_MAX;
    if pieces(path, 0).any(wrong) {
        return Err(Error::new(
            ErrorCode::InvalidKey,
            "expected a namespace of 1 to 128 UTF-8 bytes, got another length",
        ));
    }
    if pieces(path, 0).count() > NAMESPACE_DEPTH_MAX {
        return Err(Error::new(
            ErrorCode::InvalidKey,
            "expected at most 8 nested namespaces, got more",
        ));
    }
    Ok(())
}

/// Finds the namespace and key that a host key spells; internal host keys spell none.
#[must_use]
pub fn parse_host_key(host_key: &str) -> Option<(Namespace, Key)> {
    if !host_key.starts_with(RESERVED) {
        return Some((Namespace::default(), Key::new(host_key).ok()?));
    }
    let (escaped, key) = cut(host_key.strip_prefix(SPACES)?.strip_prefix("/")?, b'~')?;
    let mut path = String::new();
    for (index, segment) in pieces(escaped, b'/').enumerate() {
        if index > 0 {
            path.push('\0');
        }
        unescape(segment, &mut path);
    }
    // A host may hold anything: what is no path of ours must not be read as one with letters behind it.
    check_path(&path).ok().filter(|()| !path.is_empty())?;
    Some((Namespace { path, ..Namespace::default() }, Key::on_host(key)?))
}

fn unescape(segment: &str, out: &mut String) {
    let mut pieces = pieces(segment, b'%');
    *out += pieces.next().unwrap_or_default();
    for piece in pieces {
        let (character, rest) = match piece.split_at_checked(2) {
            Some(("25", rest)) => ("%", rest),
            Some(("2f", rest)) => ("/", rest),
            Some(("7e", rest)) => ("~", rest),
            _ => ("%", piece),
        };
        *out += character;
        *out += rest;
    }
}

/// The host key of one part of a split value. It names its owner, so that a part whose owner no
/// longer refers to it can be found and removed.
#[must_use]
pub fn part_key(id: u64, index: u64, owner: &str) -> String {
    [PARTS, &hex(id, 12), ".", &decimal(index), "~", owner].concat()
}

/// Takes a part's host key apart: identifier and owner.
#[must_use]
pub fn parse_part_key(host_key: &str) -> Option<(u64, &str)> {
    let (id, rest) = host_key.strip_prefix(PARTS)?.split_at_checked(12)?;
    let (_, owner) = cut(rest, b'~')?;
    Some((parse_hex(id.as_bytes())?, owner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_key_that_is_not_ours_is_no_callers() {
        for odd in ["~ms~n/~k", "~ms~n/a\0\0e~k", "~ms~n/\0\0e~k", "~ms~n/a//b~k", "~ms~na~k"] {
            assert_eq!(parse_host_key(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn host_keys_come_apart_as_they_were_put_together() {
        let paths = ["", "a", "a\0b", "a/b", "a~b", "a%2fb", "%", "~", "名\0字", "a\0b\0c"];
        let keys = ["a", "~", "a~b", "%2f", "/", "名", "a\0b", " ", "~m"];
        let mut seen = std::collections::BTreeSet::new();
        for path in paths {
            for key in keys {
                let (namespace, key) = (Namespace::new(path).unwrap(), Key::new(key).unwrap());
                let host_key = namespace.host_key(&key);
                assert_eq!(parse_host_key(&host_key), Some((namespace, key)), "{host_key}");
                assert!(seen.insert(host_key));
            }
        }
    }

    #[test]
    fn wrong_keys_and_namespaces_are_refused() {
        for key in ["", "~ms~", "~ms~j", &"k".repeat(1025), &"名".repeat(342)] {
            assert_eq!(Key::new(key).unwrap_err().code, ErrorCode::InvalidKey);
        }
        for path in ["\0", "a\0", "\0a", &"n".repeat(129), &["a"; 9].join("\0")] {
            assert_eq!(Namespace::new(path).unwrap_err().code, ErrorCode::InvalidKey);
        }
    }

    #[test]
    fn internal_host_keys_spell_no_key_of_a_caller() {
        for internal in
            [JOURNAL, STAMP, &part_key(7, 0, "a"), "~ms~", "~ms~n", "~ms~n/a", "~ms~n/a~"]
        {
            assert_eq!(parse_host_key(internal), None, "{internal}");
        }
        assert_eq!(parse_part_key(&part_key(7, 12, "own~er")), Some((7, "own~er")));
    }
}
