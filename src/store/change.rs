//! The verbs that write: from changes to a plan, from a plan to a commit.

use super::commit::{Plan, undecided};
use super::port::Trust;
use super::put::Seal;
use super::read::{Entry, Found};
use super::record::{Flags, Kind, Record};
use super::seal::Compression;
use super::{Store, split};
use crate::clock::{Millis, Timestamp};
use crate::config::{COMMIT_BYTES_MAX, COMMIT_CHANGES_MAX, VALUE_BYTES_MAX};
use crate::error::{Error, ErrorCode, Result};
use crate::flow::Io;
use crate::key::{KEYSET, Key, Namespace, PARTS, Sealing, parse_part_key};
use crate::value::Value;

/// One change of a commit.
#[derive(Debug, Clone)]
pub struct Change {
    /// The namespace of the key.
    pub namespace: Namespace,
    /// The key.
    pub key: Key,
    /// What is to happen to it.
    pub action: Action,
    /// What must lie there, or nothing of the whole commit happens.
    pub expect: Expect,
}

/// What a change does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Stores a value.
    Put {
        /// The value.
        value: Value,
        /// How long it lives.
        lifetime: Lifetime,
        /// Whether it is compressed.
        compression: Compression,
        /// Whether it may replace a record that cannot be read.
        overwrite: bool,
    },
    /// Removes the key.
    Remove,
}

/// How long a value lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// For ever.
    Forever,
    /// For this long from now.
    For(Millis),
    /// As long as the value that it replaces would have lived.
    Kept,
}

/// A condition on what lies under a key before a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// None.
    Anything,
    /// A record of this version; zero: nothing.
    Version(u64),
    /// This very value, for native values, which have no version.
    Content(Value),
}

impl Store {
    /// Carries out changes, all or nothing. Gives for each put the new version, for each remove
    /// whether something was there. Of several changes of one key the last one counts, and gives the
    /// result; the expectations of all of them must hold.
    ///
    /// Before a refusal for lack of room is reported, expired records are removed and the commit is
    /// tried once more.
    ///
    /// # Errors
    /// `CONFLICT` when an expectation does not hold; `CORRUPT`, `UNSUPPORTED`, `LOCKED` or
    /// `SECRET_MISSING` for a put over a record that cannot be read, without `overwrite`; `LOCKED`
    /// for one that is to be sealed; `BUSY` when the keyset has changed; `VALUE_TOO_LARGE`; `QUOTA_EXCEEDED`; the
    /// host's other refusals. In each case nothing has changed.
    pub async fn commit(&self, io: &Io, changes: &[Change], now: Timestamp) -> Result<Vec<u64>> {
        check(changes)?;
        self.begin_write(io, now).await?;
        let mut outcome = self.try_commit(io, changes, now).await;
        let is_full = matches!(&outcome, Err(error) if error.code == ErrorCode::QuotaExceeded);
        let is_undone = self.state(|state| state.debt).is_settled();
        if is_full && is_undone && self.make_room(io, now).await? {
            outcome = self.try_commit(io, changes, now).await;
        }
        let outcome = outcome.map_err(|error| match changes {
            // A journal is still there that the commit was to be undone without.
            _ if !self.state(|state| state.debt).is_settled() => undecided(error),
            [change] => at(change, error),
            _ => error,
        })?;
        self.sweep_in_passing(io).await;
        Ok(outcome)
    }

    /// Gives a value another time to live, or none; the value, its version and its times stay.
    /// Says whether it was there.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn touch(
        &self,
        io: &Io,
        namespace: Namespace,
        key: Key,
        ttl: Option<Millis>,
        now: Timestamp,
    ) -> Result<bool> {
        self.begin_write(io, now).await?;
        let host_key = self.host_key(&namespace, &key)?;
        let Some(entry) = self.load(io, vec![host_key.clone()]).await?.pop() else {
            return Ok(false);
        };
        match entry.found {
            Found::Missing => Ok(false),
            Found::Record(record) if record.is_expired(now) => Ok(false),
            Found::Record(record) => {
                let expires = ttl.map(|ttl| now.plus(ttl));
                let mut plan = Plan::default();
                if record.flags.has(Flags::SEALED) {
                    // The expiry is bound to what is sealed.
                    let resealed = self.plan_reseal(io, &host_key, record, expires, &mut plan);
                    resealed.await.map_err(|error| error.at(namespace.path(), key.as_str()))?;
                } else {
                    let record = Record { expires, ..record };
                    let data = split::data(record.encode(&host_key), self.capabilities().holds);
                    plan.redo.writes.push((host_key.clone(), data));
                }
                plan.olds.push((host_key.clone(), entry.raw));
                self.execute(io, plan, now).await?;
                self.state(|state| state.expiring.note(&host_key, expires));
                Ok(true)
            }
            Found::Native(value) => {
                let Some(ttl) = ttl else { return Ok(true) };
                let expect = Expect::Content(value.clone());
                let (lifetime, compression) = (Lifetime::For(ttl), Compression::None);
                let action = Action::Put { value, lifetime, compression, overwrite: false };
                let change = Change { namespace, key, action, expect };
                self.commit(io, &[change], now).await.map(|_| true)
            }
            Found::Unreadable(error) => Err(error.at(namespace.path(), key.as_str())),
        }
    }

    /// Removes every key of a namespace, all or nothing, and says how many were visible. Keys of
    /// other namespaces and of frameworks stay.
    ///
    /// # Errors
    /// The host's refusals; nothing has changed then.
    pub async fn clear(&self, io: &Io, namespace: &Namespace, now: Timestamp) -> Result<usize> {
        self.begin_write(io, now).await?;
        let host_keys = self.list_host(io, "").await?;
        self.notice_wipe(&host_keys);
        let (prefix, mut keys, mut plan) = (namespace.own_prefix(), Vec::new(), Plan::default());
        let is_own = |host_key: &str| self.own_key(&prefix, host_key).is_some();
        for host_key in host_keys {
            if is_own(&host_key) {
                keys.push(host_key);
            } else if parse_part_key(&host_key).is_some_and(|(_, owner)| is_own(owner)) {
                plan.garbage.push(host_key);
            }
        }
        let mut visible = 0;
        for entry in self.load(io, keys).await? {
            visible += usize::from(entry.found.is_visible(now));
            plan.redo.removes.push(entry.host_key.clone());
            plan.olds.push((entry.host_key, entry.raw));
        }
        let removed = plan.redo.removes.clone();
        self.execute(io, plan, now).await.map_err(|error| {
            if self.state(|state| state.debt).is_settled() { error } else { undecided(error) }
        })?;
        self.state(|state| removed.iter().for_each(|host_key| state.expiring.note(host_key, None)));
        Ok(visible)
    }

    async fn try_commit(&self, io: &Io, changes: &[Change], now: Timestamp) -> Result<Vec<u64>> {
        let mut places: Vec<(String, usize)> = Vec::with_capacity(changes.len());
        for (index, change) in changes.iter().enumerate() {
            let host_key = self.host_key(&change.namespace, &change.key);
            places.push((host_key.map_err(|error| at(change, error))?, index));
        }
        places.sort_unstable();
        let mut host_keys: Vec<String> =
            places.iter().map(|(host_key, _)| host_key.clone()).collect();
        host_keys.dedup();
        let puts = changes.iter().filter(|change| matches!(change.action, Action::Put { .. }));
        let may_seal = self.may_seal(puts.map(|change| &change.namespace));
        if may_seal {
            host_keys.push(KEYSET.to_owned());
        }
        let trust = if changes.iter().all(is_plain_put) { Trust::Lately } else { Trust::Own };
        let mut entries = self.load_with(io, host_keys, trust).await?;
        if may_seal {
            self.check_keyset(entries.pop().and_then(|entry| entry.raw).as_ref())?;
        }
        let (mut plan, mut expiries) = (Plan::default(), Vec::new());
        let mut results = vec![0; changes.len()];
        let mut places = places.chunk_by(|(one, _), (other, _)| one == other);
        for entry in entries {
            let same_key = places.next().unwrap_or_default();
            for change in same_key.iter().filter_map(|(_, index)| changes.get(*index)) {
                check_expectation(&change.expect, &entry.found, now)
                    .map_err(|error| at(change, error))?;
            }
            // The last change of a key counts.
            let Some((host_key, index)) = same_key.last() else { continue };
            if let (Some(change), Some(result)) = (changes.get(*index), results.get_mut(*index)) {
                if matches!(change.action, Action::Put { overwrite: false, .. }) {
                    let readable = self.check_readable(io, &entry, now).await;
                    readable.map_err(|error| at(change, error))?;
                }
                let planned = self.plan_change(change, entry, &mut plan, now);
                let (outcome, expires) = planned.map_err(|error| at(change, error))?;
                *result = outcome;
                expiries.push((host_key, expires));
            }
        }
        self.execute(io, plan, now).await?;
        self.state(|state| {
            for (host_key, expires) in &expiries {
                state.expiring.note(host_key, *expires);
            }
        });
        Ok(results)
    }

    /// Makes sure that a value about to be replaced can be read, if that is seen only when it is
    /// opened: what is damaged, or sealed with a secret that is not at hand, must stay.
    async fn check_readable(&self, io: &Io, entry: &Entry, now: Timestamp) -> Result<()> {
        match &entry.found {
            Found::Record(record)
                if !record.is_expired(now)
                    && (record.kind == Kind::Split
                        || (record.flags.has(Flags::SEALED) && !self.is_proven(record))) =>
            {
                self.open_value(io, &entry.host_key, record.clone()).await.map(|_| ())
            }
            _ => Ok(()),
        }
    }

    /// Decides what one change does, given what lies there; gives its result and its expiry.
    fn plan_change(
        &self,
        change: &Change,
        entry: Entry,
        plan: &mut Plan,
        now: Timestamp,
    ) -> Result<(u64, Option<Timestamp>)> {
        let Entry { host_key, raw, found } = entry;
        let is_there = found.is_visible(now);
        if let Found::Record(Record { kind: Kind::Split, payload, .. }) = &found {
            let head = split::Head::decode(payload);
            plan.garbage.extend(head.map(|head| head.part_keys(&host_key)).unwrap_or_default());
        }
        match &change.action {
            Action::Remove => {
                if raw.is_some() {
                    plan.redo.removes.push(host_key.clone());
                    plan.olds.push((host_key, raw));
                }
                Ok((u64::from(is_there), None))
            }
            Action::Put { value, lifetime, compression, overwrite } => {
                let replaced = match found {
                    Found::Unreadable(error) if !overwrite => return Err(error),
                    Found::Record(record) if is_there => Some(record),
                    _ => None,
                };
                let replaced = replaced.as_ref();
                let expires = match lifetime {
                    Lifetime::Forever => None,
                    Lifetime::For(ttl) => Some(now.plus(*ttl)),
                    Lifetime::Kept => replaced.and_then(|record| record.expires),
                };
                let was_compressed =
                    replaced.is_some_and(|record| record.flags.has(Flags::COMPRESSED));
                let compression = match compression {
                    Compression::Kept if was_compressed => Compression::Lz4,
                    other => *other,
                };
                let times = (replaced.map_or(now, |record| record.created), now, expires);
                let seal = sealing(change, replaced);
                let (data, staged, version) =
                    self.plan_put(&host_key, value, (compression, seal), times)?;
                plan.staged.extend(staged);
                plan.redo.writes.push((host_key.clone(), data));
                plan.olds.push((host_key, raw));
                Ok((version, expires))
            }
        }
    }
}

/// Whether a put is sealed, and how, given what it replaces.
fn sealing<'change>(change: &'change Change, replaced: Option<&Record>) -> Option<Seal<'change>> {
    let namespace = &change.namespace;
    let had = |bit| replaced.is_some_and(|record| record.flags.has(bit));
    let (is_sealed, is_padded) = match namespace.sealing() {
        Sealing::None => (false, false),
        Sealing::Sealed => (true, namespace.is_padded()),
        Sealing::Kept => (had(Flags::SEALED), namespace.is_padded() || had(Flags::PADDED)),
    };
    let seal = Seal { namespace, key: change.key.as_str(), is_padded, is_measured: false };
    is_sealed.then_some(seal)
}

fn check(changes: &[Change]) -> Result<()> {
    if changes.len() > COMMIT_CHANGES_MAX {
        return Err(Error::new(
            ErrorCode::InvalidOption,
            "expected at most 65536 changes in one commit, got more",
        ));
    }
    let mut bytes = 0;
    for change in changes {
        let Action::Put { value, .. } = &change.action else { continue };
        bytes += value.text.len();
        if value.text.len() > VALUE_BYTES_MAX {
            let error = Error::new(
                ErrorCode::ValueTooLarge,
                "expected a value of at most 32 MiB as text, got a larger one",
            );
            return Err(at(change, error));
        }
    }
    if bytes > COMMIT_BYTES_MAX {
        return Err(Error::new(
            ErrorCode::ValueTooLarge,
            "expected at most 256 MiB in one commit, got more, commit less at once",
        ));
    }
    Ok(())
}

/// Whether a change replaces what lies there in any case, and takes nothing over from it that others
/// may have given it.
fn is_plain_put(change: &Change) -> bool {
    let Action::Put { lifetime, compression, .. } = &change.action else { return false };
    change.expect == Expect::Anything
        && change.namespace.sealing() == Sealing::None
        && *lifetime != Lifetime::Kept
        && *compression != Compression::Kept
}

/// Says where an error of a change belongs.
fn at(change: &Change, error: Error) -> Error {
    error.at(change.namespace.path(), change.key.as_str())
}

fn check_expectation(expect: &Expect, found: &Found, now: Timestamp) -> Result<()> {
    let is_there = found.is_visible(now);
    let holds = match (expect, found) {
        (Expect::Anything, _) => true,
        (Expect::Version(0), _) => !is_there,
        (Expect::Version(version), Found::Record(record)) => is_there && record.version == *version,
        (Expect::Content(value), Found::Native(found)) => found == value,
        _ => false,
    };
    if holds {
        Ok(())
    } else {
        Err(Error::new(
            ErrorCode::Conflict,
            "the stored value changed meanwhile, read it again and retry",
        ))
    }
}

/// Whether a part still belongs to its owner's head.
pub(super) fn is_part_in_use(part_host_key: &str, owner: &Found) -> bool {
    let Some((id, _)) = parse_part_key(part_host_key) else {
        return !part_host_key.starts_with(PARTS);
    };
    match owner {
        Found::Record(record) if record.kind == Kind::Split => {
            split::Head::decode(&record.payload).is_ok_and(|head| head.id == id)
        }
        // What cannot be read may still be rescued, and then with its parts.
        Found::Unreadable(_) => true,
        _ => false,
    }
}
