//! The stored bytes of synchronisation: counted fields, drawn in `format.md`.

use super::item::{Item, Rejected, Row};
use super::shadow::Filled;
use super::sorted::Sorted;
use super::stamp::{Clock, Stamp};
use super::state::State;
use crate::bytes::{Reader, Writer};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::value::{Form, Value};

/// The version of these bytes.
const FORMAT: u64 = 1;

/// Writes the head: all of a state but its items and what was refused, of which it has the numbers.
pub(super) fn encode_head(state: &State) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.number(FORMAT).number(state.generation).field(&state.client).number(state.next);
    writer.field(state.clock.last.digits()).field(signed(state.clock.offset));
    writer.field(&state.cursor).number(state.epoch).number(u64::from(state.is_resync));
    writer.number(state.synced).field(state.filled.digits());
    let first = state.items.iter().next().map_or(0, |(first, _)| *first);
    writer.number(first).number(state.items.len() as u64);
    numbers(&mut writer, state.sent.iter().map(|(number, ())| *number));
    numbers(&mut writer, state.rejected.iter().map(|(number, _)| *number));
    numbers(&mut writer, state.lost.iter().copied());
    writer.finish()
}

/// What a head says besides the state: where the items and the refused ones are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Contents {
    /// The number of the first item.
    pub(super) first: u64,
    /// How many items there are.
    pub(super) count: u64,
    /// The numbers of what was refused.
    pub(super) rejected: Vec<u64>,
}

/// Reads a head.
pub(super) fn decode_head(bytes: &[u8]) -> Result<(State, Contents)> {
    let mut reader = Reader::new(bytes);
    check_format(&mut reader)?;
    let generation = reader.number()?;
    let client = reader.text()?.to_owned();
    let next = reader.number()?;
    let clock = Clock { last: stamp(&mut reader)?, offset: unsigned(reader.text()?)? };
    let cursor = reader.text()?.to_owned();
    let (epoch, is_resync, synced) = (reader.number()?, reader.number()? != 0, reader.number()?);
    let filled = Filled::parse(reader.text()?).ok_or_else(damaged)?;
    let (first, count) = (reader.number()?, reader.number()?);
    let mut sent = Sorted::default();
    for number in read_numbers(&mut reader)? {
        sent.insert(number, ());
    }
    let rejected = read_numbers(&mut reader)?;
    let lost = read_numbers(&mut reader)?;
    let state = State {
        client,
        generation,
        next,
        clock,
        cursor,
        epoch,
        is_resync,
        synced,
        filled,
        sent,
        lost,
        ..State::default()
    };
    Ok((state, Contents { first, count, rejected }))
}

/// Writes an item.
pub(super) fn encode_item(item: &Item) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.number(FORMAT);
    write_item(&mut writer, item);
    writer.finish()
}

/// Reads an item.
pub(super) fn decode_item(bytes: &[u8]) -> Result<Item> {
    let mut reader = Reader::new(bytes);
    check_format(&mut reader)?;
    read_item(&mut reader)
}

/// Writes a refused change.
pub(super) fn encode_rejected(rejected: &Rejected) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.number(FORMAT).field(&rejected.code).field(&rejected.message).number(rejected.at);
    writer.number(u64::from(rejected.is_dead));
    write_item(&mut writer, &rejected.item);
    writer.finish()
}

/// Reads a refused change.
pub(super) fn decode_rejected(bytes: &[u8]) -> Result<Rejected> {
    let mut reader = Reader::new(bytes);
    check_format(&mut reader)?;
    let (code, message) = (reader.text()?.to_owned(), reader.text()?.to_owned());
    let (at, is_dead) = (reader.number()?, reader.number()? != 0);
    Ok(Rejected { item: read_item(&mut reader)?, code, message, at, is_dead })
}

fn check_format(reader: &mut Reader<'_>) -> Result<()> {
    if reader.number()? == FORMAT {
        return Ok(());
    }
    Err(Error::new(
        crate::error::ErrorCode::Unsupported,
        "a newer version of this library has written what waits to be synchronised, use that one",
    ))
}

fn write_item(writer: &mut Writer, item: &Item) {
    writer.number(item.number).field(item.key.as_str()).field(item.stamp.digits());
    writer.number(item.base_version).number(u64::from(item.is_base_shared)).number(item.added);
    write_value(writer, item.value.as_ref());
    write_value(writer, item.base.as_ref());
    numbers(writer, item.aliases.iter().copied());
    if let Some(row) = &item.seen {
        writer.number(row.version).field(row.stamp.digits()).field(&row.by);
        write_value(writer, row.value.as_ref());
    }
}

fn read_item(reader: &mut Reader<'_>) -> Result<Item> {
    let number = reader.number()?;
    let key = Key::new(reader.text()?)?;
    let stamp_of_item = stamp(reader)?;
    let (base_version, is_base_shared) = (reader.number()?, reader.number()? != 0);
    let added = reader.number()?;
    let (value, base) = (read_value(reader)?, read_value(reader)?);
    let aliases = read_numbers(reader)?;
    let mut seen = None;
    if !reader.is_done() {
        let (version, stamp) = (reader.number()?, stamp(reader)?);
        let by = reader.text()?.to_owned();
        seen = Some(Row {
            key: key.clone(),
            version,
            stamp,
            by,
            value: read_value(reader)?,
            upon: None,
        });
    }
    Ok(Item {
        number,
        aliases,
        key,
        value,
        stamp: stamp_of_item,
        base,
        is_base_shared,
        base_version,
        added,
        seen,
    })
}

/// The form of a value and its text; for none the form that no value has.
fn write_value(writer: &mut Writer, value: Option<&Value>) {
    match value {
        Some(value) => writer.number(value.form.number().into()).field(&value.text),
        None => writer.number(NONE).field(""),
    };
}

const NONE: u64 = 9;

fn read_value(reader: &mut Reader<'_>) -> Result<Option<Value>> {
    let (form, text) = (reader.number()?, reader.text()?.to_owned());
    if form == NONE {
        return Ok(None);
    }
    let form = u8::try_from(form).ok().and_then(Form::from_number);
    form.map(|form| Some(Value { form, text })).ok_or_else(damaged)
}

fn numbers(writer: &mut Writer, numbers: impl Iterator<Item = u64>) {
    let mut list = Writer::new();
    for number in numbers {
        list.number(number);
    }
    writer.field(list.finish());
}

fn read_numbers(reader: &mut Reader<'_>) -> Result<Vec<u64>> {
    let mut list = Reader::new(reader.field()?);
    let mut numbers = Vec::new();
    while !list.is_done() {
        numbers.push(list.number()?);
    }
    Ok(numbers)
}

fn stamp(reader: &mut Reader<'_>) -> Result<Stamp> {
    Stamp::parse(reader.text()?).ok_or_else(damaged)
}

fn signed(number: i64) -> String {
    let digits = crate::bytes::decimal(number.unsigned_abs());
    if number < 0 { String::from("-") + &digits } else { digits }
}

fn unsigned(text: &str) -> Result<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let size =
        crate::bytes::parse_decimal(digits.as_bytes()).and_then(|size| i64::try_from(size).ok());
    let size = size.ok_or_else(damaged)?;
    Ok(if digits.len() < text.len() { -size } else { size })
}

fn damaged() -> Error {
    Error::corrupt("a stored change that waits to be synchronised is damaged")
}
