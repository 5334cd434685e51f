//! What a host can do, told once at open.

/// What a host can do.
#[derive(Debug, Clone)]
pub struct Capabilities {
    /// What the host holds under a key.
    pub holds: Holds,
    /// Whether the host commits several writes and removes atomically.
    pub atomic_commit: bool,
    /// The largest entry, key included, in UTF-8 bytes.
    pub entry_bytes: Option<u32>,
    /// The most bytes in all, where the host cannot tell by itself.
    pub total_bytes: Option<u32>,
    /// Prefixes of keys in the default namespace that belong to frameworks.
    pub foreign_prefixes: Vec<String>,
    /// Whether the host keeps a witness apart from the records.
    pub witness: bool,
    /// Whether the host tells how full it is.
    pub info: bool,
    /// Whether the host can list its keys; WeChat cannot in a plugin.
    pub lists: bool,
    /// Whether nobody but this instance writes while it is open; on a host of values others may still
    /// write in the default namespace.
    pub exclusive: bool,
}

/// What lies under a key on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Text without lone surrogates.
    Text,
    /// Bytes.
    Bytes,
    /// Values of the host's own, strings among them; the empty string counts as missing.
    Native,
}
