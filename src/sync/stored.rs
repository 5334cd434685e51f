//! From the store to memory and back.
//!
//! | key in the own namespace | what lies there |
//! |---|---|
//! | `m` | the head: who this is, how far it is, what was sent |
//! | `o` and 12 hexadecimal digits | a change that is not decided |
//! | `r` and 12 hexadecimal digits | a change that was refused |
//! | `s` and 2 hexadecimal digits | the shadow of the server: the rows of one bucket |

use super::shadow::{Bucket, Shadows, bucket_of};
use super::state::{Edit, State};
use super::{At, Settings, wire};
use crate::bytes::{hex, hex_of, parse_hex};
use crate::error::{Error, ErrorCode, Result};
use crate::key::{Key, Namespace};
use crate::store::{Action, Change, Compression, Expect, Lifetime, Range};
use crate::value::{Form, Value};

const HEAD: &str = "m";
const ITEM: &str = "o";
const REJECTED: &str = "r";
const BUCKET: &str = "s";
const NUMBER_DIGITS: usize = 12;
/// A range of numbers is read as it is if it has no more holes than this besides as many as it has items.
const HOLES_MAX: u64 = 16;
/// How many bytes a client's name is drawn from.
const CLIENT_BYTES: usize = 16;

/// What is stored now: what memory holds, if nobody else has written since.
pub(super) async fn load(at: At<'_>, settings: &Settings, held: Option<State>) -> Result<State> {
    let Some(head) = read(at, &settings.own, vec![own_key(HEAD)?]).await?.pop().flatten() else {
        // Whoever finds nothing begins anew, also after a wipe.
        let fresh = held.filter(|state| state.generation == 0);
        return Ok(fresh.unwrap_or_else(|| State::new(draw_client(at))));
    };
    let (mut state, contents) = wire::decode_head(head.text.as_bytes())?;
    let same =
        held.filter(|held| held.generation == state.generation && held.client == state.client);
    if let Some(held) = same {
        return Ok(held);
    }
    let range = state.next.saturating_sub(contents.first);
    let mut numbers: Option<Vec<u64>> = None;
    if contents.count > 0 && range > contents.count * 2 + HOLES_MAX {
        numbers = list_items(at, settings).await?;
    }
    let numbers = match contents.count {
        0 => Vec::new(),
        _ => numbers.unwrap_or_else(|| (contents.first..=state.next).collect()),
    };
    for record in read(at, &settings.own, numbered(ITEM, numbers)?).await?.into_iter().flatten() {
        state.restore(Box::new(wire::decode_item(record.text.as_bytes())?));
    }
    let refused = numbered(REJECTED, contents.rejected)?;
    for record in read(at, &settings.own, refused).await?.into_iter().flatten() {
        let rejected = wire::decode_rejected(record.text.as_bytes())?;
        state.rejected.insert(rejected.item.number, Box::new(rejected));
    }
    Ok(state)
}

/// The numbers of the items, where the host can list.
async fn list_items(at: At<'_>, settings: &Settings) -> Result<Option<Vec<u64>>> {
    let range = Range { prefix: Some(ITEM.to_owned()), ..Range::default() };
    match at.store.keys(at.io, &settings.own, &range, at.now).await {
        Ok(keys) => {
            let digits = keys.iter().filter_map(|key| key.as_str().get(ITEM.len()..));
            Ok(Some(digits.filter_map(|digits| parse_hex(digits.as_bytes())).collect()))
        }
        Err(error) if error.code == ErrorCode::Unsupported => Ok(None),
        Err(error) => Err(error),
    }
}

/// What readers see of a key.
pub(super) async fn read_value(
    at: At<'_>,
    settings: &Settings,
    key: &Key,
) -> Result<Option<Value>> {
    Ok(read(at, &settings.values, vec![key.clone()]).await?.pop().flatten())
}

/// Reads the buckets of some keys, those that are there already aside.
pub(super) async fn read_buckets<'keys>(
    at: At<'_>,
    settings: &Settings,
    shadows: &mut Shadows,
    keys: impl IntoIterator<Item = &'keys str>,
) -> Result<()> {
    let mut numbers: Vec<u8> = keys.into_iter().map(bucket_of).collect();
    numbers.sort_unstable();
    numbers.dedup();
    read_numbered(at, settings, shadows, numbers.into_iter()).await
}

/// Reads all buckets.
pub(super) async fn read_all_buckets(
    at: At<'_>,
    settings: &Settings,
    shadows: &mut Shadows,
) -> Result<()> {
    read_numbered(at, settings, shadows, 0..=u8::MAX).await
}

/// Reads buckets, those that are there already aside.
pub(super) async fn read_numbered(
    at: At<'_>,
    settings: &Settings,
    shadows: &mut Shadows,
    numbers: impl Iterator<Item = u8>,
) -> Result<()> {
    let numbers: Vec<u8> = numbers.filter(|number| shadows.lacks(*number)).collect();
    let keys: Result<_> = numbers.iter().map(|number| bucket_key(*number)).collect();
    let records = read(at, &settings.own, keys?).await?;
    for (number, record) in numbers.into_iter().zip(records) {
        let bucket = record.map(|record| Bucket::decode(&record.text)).transpose()?;
        shadows.insert(number, bucket.unwrap_or_default());
    }
    Ok(())
}

/// Stores what a move has changed, all or nothing. The buckets of the rows that it notes have been read.
pub(super) async fn save(
    at: At<'_>,
    settings: &Settings,
    state: &mut State,
    shadows: &mut Shadows,
    edit: &Edit,
) -> Result<()> {
    state.generation += 1;
    for (key, version) in edit.shadows.iter() {
        shadows.note(key, *version);
    }
    let mut changes = Vec::new();
    for (key, value) in edit.local.iter() {
        changes.push(change(&settings.values, key.clone(), value.clone()));
    }
    let own = &settings.own;
    for (number, ()) in edit.items.iter() {
        let record = state.items.get(number).map(|item| wire::encode_item(item));
        changes.push(change(own, numbered_key(ITEM, *number)?, text(record)?));
    }
    for (number, ()) in edit.rejected.iter() {
        let record = state.rejected.get(number).map(|rejected| wire::encode_rejected(rejected));
        changes.push(change(own, numbered_key(REJECTED, *number)?, text(record)?));
    }
    for (number, bucket) in shadows.changed() {
        state.filled.set(number, !bucket.is_empty());
        let record = (!bucket.is_empty()).then(|| bucket.encode());
        changes.push(change(own, bucket_key(number)?, text(record)?));
    }
    changes.push(change(own, own_key(HEAD)?, text(Some(wire::encode_head(state)))?));
    at.vault.commit(at.store, at.io, &changes, at.now).await?;
    shadows.saved();
    Ok(())
}

/// Draws the name of a client.
pub(super) fn draw_client(at: At<'_>) -> String {
    let mut bytes = [0; CLIENT_BYTES];
    at.store.draw(&mut bytes);
    hex_of(&bytes)
}

/// Reads records.
pub(super) async fn read(
    at: At<'_>,
    namespace: &Namespace,
    keys: Vec<Key>,
) -> Result<Vec<Option<Value>>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    at.vault.prepare_read(at.store, at.io, namespace, at.now).await?;
    let items = at.store.get_many(at.io, namespace, &keys, at.now).await?;
    Ok(items.into_iter().map(|item| item.map(|item| item.value)).collect())
}

fn change(namespace: &Namespace, key: Key, value: Option<Value>) -> Change {
    let action = match value {
        Some(value) => Action::Put {
            value,
            lifetime: Lifetime::Forever,
            compression: Compression::None,
            // What is written here is known elsewhere, too: a damaged record is mended by it.
            overwrite: true,
        },
        None => Action::Remove,
    };
    Change { namespace: namespace.clone(), key, action, expect: Expect::Anything }
}

fn text(record: Option<Vec<u8>>) -> Result<Option<Value>> {
    let Some(record) = record else { return Ok(None) };
    let text = String::from_utf8(record).map_err(|_| Error::corrupt("a record is no text"))?;
    Ok(Some(Value { form: Form::String, text }))
}

fn own_key(name: &str) -> Result<Key> {
    Key::new(name)
}

fn bucket_key(number: u8) -> Result<Key> {
    own_key(&(BUCKET.to_owned() + &hex(number.into(), 2)))
}

fn numbered_key(prefix: &str, number: u64) -> Result<Key> {
    own_key(&(prefix.to_owned() + &hex(number, NUMBER_DIGITS)))
}

fn numbered(prefix: &str, numbers: Vec<u64>) -> Result<Vec<Key>> {
    numbers.into_iter().map(|number| numbered_key(prefix, number)).collect()
}
