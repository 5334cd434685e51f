//! Every limit and default of the core, each with its unit and its reason.
//!
//! A limit stands on every loop, queue, buffer and retry; this is where it is named. What a caller
//! may choose per call (a time to live, compression) is an argument of the verb, not a constant.

/// The longest key, in UTF-8 bytes: a key is part of the host's entry and of every listing.
pub const KEY_BYTES_MAX: usize = 1024;
/// The longest namespace segment, in UTF-8 bytes.
pub const NAMESPACE_BYTES_MAX: usize = 128;
/// The most segments a nested namespace has.
pub const NAMESPACE_DEPTH_MAX: usize = 8;
/// The largest value, in bytes of its text before compression: three times what `WeChat` stores in all.
pub const VALUE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The most parts a split value has.
pub const SPLIT_PARTS_MAX: usize = 4096;
/// The most changes in one commit: the journal lists each of them.
pub const COMMIT_CHANGES_MAX: usize = 65_536;
/// The longest time to live, in milliseconds: a hundred years.
pub const TTL_MS_MAX: u64 = 100 * 365 * 24 * 3_600_000;
/// A step of the clock that is believed without question, in milliseconds: a week. A larger step
/// is believed after a restart or after the clock has run on for as long (see [`crate::clock`]).
pub const CLOCK_LEAP_MS: u64 = 7 * 24 * 3_600_000;
/// How stale the stored time of last use may grow before open refreshes it, in milliseconds: a day.
pub const LAST_SEEN_STALE_MS: u64 = 24 * 3_600_000;
/// The most bytes that one commit writes, as text before compression, and the most that one verb
/// holds of what it reads: WebAssembly has 4 GiB in all, and a commit holds its values several times.
pub const COMMIT_BYTES_MAX: usize = 256 * 1024 * 1024;
/// The most keys read in one ask: bounds memory, not time.
pub const READ_BATCH_KEYS: usize = 256;
/// The bytes that one ask of a listing or a sweep is to read, about: the number of keys follows.
pub const SCAN_BATCH_BYTES: usize = 4 * 1024 * 1024;
/// The most expired records that one write removes in passing.
pub const SWEEP_PER_COMMIT: usize = 4;
/// The most expiry times remembered in memory, so that writes find expired records without a list.
pub const EXPIRY_INDEX_MAX: usize = 1024;
/// The most that the mirror of host entries holds, in bytes of keys and data: a tenth of what `WeChat`
/// stores in all.
pub const MIRROR_BYTES_MAX: usize = 1024 * 1024;
/// The most entries that the mirror holds, missing ones among them.
pub const MIRROR_ENTRIES_MAX: usize = 4096;
/// The largest entry that the mirror holds, in bytes: a larger one would push out too many others.
pub const MIRROR_ENTRY_BYTES_MAX: usize = MIRROR_BYTES_MAX / 8;
/// What tells which keys are new, in bytes: of a thousand keys less than one in a hundred is taken for
/// one that is there.
pub const PRESENT_BYTES: usize = 16 * 1024;
/// The most bytes a host may hold in all, so that a listing of everything is asked for only to learn
/// which keys are new: what `WeChat` holds, with some to spare.
pub const LISTED_HOST_BYTES_MAX: u32 = 16 * 1024 * 1024;
/// The most notices kept until the shell takes them: above it the oldest go.
pub const NOTICES_MAX: usize = 65_536;
/// A secret, in bytes: what AES-256 takes.
pub const SECRET_BYTES: usize = 32;
/// What Argon2id takes to derive from a passphrase, in KiB of memory: OWASP's Password Storage Cheat
/// Sheet, which RFC 9106 is the ground of.
pub const ARGON2_MEMORY_KIB: u32 = 19_456;
/// How often Argon2id goes through that memory (OWASP).
pub const ARGON2_PASSES: u32 = 2;
/// How many lanes Argon2id has (OWASP): there are no threads here.
pub const ARGON2_LANES: u32 = 1;
/// How often PBKDF2-HMAC-SHA256 hashes where memory is short (OWASP).
pub const PBKDF2_ROUNDS: u32 = 600_000;
/// The salt of a keyset, in bytes: RFC 9106 section 3.1 recommends 16.
pub const SALT_BYTES: usize = 16;
/// How many records are known to open, so that they are not opened before they are replaced.
pub const PROVEN_MAX: usize = 256;
/// The nonce of AES-GCM: 96 bits, which need no hashing (NIST SP 800-38D section 8.2.2).
pub const NONCE_BYTES: usize = 12;
/// The most values sealed under one secret before it is replaced: a quarter of the 2^32 that NIST SP
/// 800-38D section 8.3 allows for random nonces, so that none of them is ever near.
pub const SEALS_MAX: u64 = 1 << 30;
/// How many seals are counted in advance by one write of the keyset.
pub const SEALS_RESERVED: u64 = 4096;
/// The most secrets of a keyset: two for each of so many namespaces while they are rotated.
pub const KEYSET_SECRETS_MAX: usize = 1024;
/// The most records that one commit of a rotation seals anew.
pub const ROTATION_RECORDS: usize = 16;
/// About how many bytes one commit of a rotation writes at most, more than one record aside.
pub const ROTATION_BYTES: usize = 1024 * 1024;
/// How many records one step of a rotation looks at.
pub const ROTATION_READS: usize = 64;
/// The most changes that wait to be synchronised: they are held in memory, and more are a sign that
/// nobody synchronises.
pub const SYNC_ITEMS_MAX: usize = 10_000;
/// The most refused changes that are remembered; beyond it the oldest goes.
pub const SYNC_REJECTED_MAX: usize = 1000;
/// The most changes that lost a conflict and are remembered as such.
pub const SYNC_LOST_MAX: usize = 200;
/// The most changes of one push.
pub const SYNC_BATCH_MAX: usize = 500;
/// About how many bytes of values one push has at most, more than one value aside: below the 1 MB that
/// servers and gateways take.
pub const SYNC_PUSH_BYTES_MAX: usize = 512 * 1024;
/// How far a stamp may be ahead of the server's time, in milliseconds: a clock that is a year ahead
/// wins for a minute, not for a year.
pub const STAMP_AHEAD_MS: u64 = 60_000;
/// How many keys that the server does not have any more one commit removes.
pub const SYNC_SWEEP_KEYS: usize = 1000;
