//! From a number and what was pushed to a verb of synchronisation.
//!
//! | verb | what is pushed | what comes back: numbers; texts; values |
//! |---|---|---|
//! | 21 open | numbers: policy, batch, base, cap, attempts, interval, digest | as 34 |
//! | 22 add | the key, the value or missing | its number, a report |
//! | 23 claim | | 0, until when or 0 - 1, of each change its number and base version; the client, of each its key and stamp; of each value and base - 2; the cursor - 3 |
//! | 24 pushed | server time, count, the results; decisions | a settlement |
//! | 25 pulled | server time, more, reset, count, the rows; the cursor asked for, the new one; decisions | a settlement |
//! | 26 compared | count, of each bucket its number, count and sum; the cursor | how many buckets differ, and which |
//! | 27 repaired | count, the buckets, count, the rows; the cursor; decisions | a settlement |
//! | 28 failed | how, after, count, the changes; a code, a message | a settlement |
//! | 29 requeue, 30 discard | the number | nothing, or a number and a report |
//! | 31 pending | | of each its number, 1 if sent, base version, time; key; value |
//! | 32 rejected | | of each its number, base version, time, 1 if given up; key, code, message; value |
//! | 33 fate | the number | 0 not decided, or 1 more than a fate |
//! | 34 status | | pending, rejected, time of the last one, holds; cursor, client |
//! | 35 want, 36 start | 1 for yes | |
//! | 37 hold | the reasons | |
//! | 38 secret | | 0 ready, 1 absent, 2 stale |
//! | 39 offer | | a client, a stamp, the row |
//! | 40 agree | the row of the server, or missing if it took ours | |
//! | 41 seal | 1 to pad, count, of each its base version; key, stamp, value | of each the sealed text |
//! | 42 unseal | count; of each key, stamp, sealed text | of each its base version + 1, 0 if it is damaged; value |
//!
//! A settlement is 0 and a report, or 1 and the conflicts to be decided: of each the version of the row and 1 if ours
//! is later; key and stamp; base, ours, theirs. A report is a status, then how many changes have ended, values have changed and
//! conflicts were decided, of each change its number and its fate (0 accepted, 1 lost, 2 rejected, 3 discarded), of
//! each value 1 if it was set, of each conflict its winner (0 theirs, 1 ours, 2 merged); the keys of values and
//! conflicts; of each conflict base, ours, theirs.
//!
//! A row is its version, the version that it was made upon or -1, and key, stamp, who made it, the value or missing. A result is its number and
//! its kind: 0 accepted, then a version and 1 if the server holds something else, which is a stamp and a value; 1
//! conflict, then a row; 2 rejected, then a code and words; 3 reused; 4 again, then after how long. Decisions are
//! their count, and of each the version and the verdict (0 theirs, 1 ours, 2 a value); key, stamp, the value.

use super::pushed::Pushed;
use crate::host::Data;
use crate::key::Key;
use crate::sync::{
    Bound, Decision, Failure, Outcome, Padding, Page, Policy, Reason, Row, Rules, Stamp, SyncVerb,
    Verdict,
};
use crate::value::Value;

/// Reads the verb that a number stands for, and its arguments.
pub(super) fn verb(number: u8, space: String, pushed: &mut Pushed) -> SyncVerb {
    match number {
        21 => open(space, pushed),
        22 => SyncVerb::Add(text(pushed), value(pushed)),
        23 => SyncVerb::Claim,
        24 => {
            let server = time(pushed);
            let results = count(pushed);
            let outcomes = (0..results).filter_map(|_| outcome(pushed)).collect();
            SyncVerb::Pushed(outcomes, server, decisions(pushed))
        }
        25 => {
            let server = time(pushed);
            let (more, is_reset) = (pushed.number() > 0.0, pushed.number() > 0.0);
            let (after, cursor) = (text(pushed), text(pushed));
            let rows = rows(pushed);
            let page = Page { after, rows, cursor, more, is_reset };
            SyncVerb::Pulled(page, server, decisions(pushed))
        }
        26 => {
            let cursor = text(pushed);
            let digests =
                (0..count(pushed)).map(|_| (byte(pushed), (whole(pushed), whole(pushed))));
            SyncVerb::Compared(cursor, digests.collect())
        }
        27 => {
            let cursor = text(pushed);
            let buckets = (0..count(pushed)).map(|_| byte(pushed)).collect();
            let rows = rows(pushed);
            SyncVerb::Repaired(buckets, cursor, rows, decisions(pushed))
        }
        28 => {
            let failure = match pushed.number() {
                0.0 => Failure::Unreached,
                1.0 => Failure::Server,
                2.0 => Failure::Unfit,
                _ => Failure::SignedOut,
            };
            let after = time(pushed);
            let numbers = (0..count(pushed)).map(|_| whole(pushed)).collect();
            SyncVerb::Failed(numbers, failure, after, text(pushed), text(pushed))
        }
        29 => SyncVerb::Requeue(whole(pushed)),
        30 => SyncVerb::Discard(whole(pushed)),
        31 => SyncVerb::Pending,
        32 => SyncVerb::Rejected,
        33 => SyncVerb::Fate(whole(pushed)),
        35 => SyncVerb::Want(pushed.number() > 0.0),
        36 => SyncVerb::Start(pushed.number() > 0.0),
        37 => SyncVerb::Hold(byte(pushed)),
        38 => SyncVerb::Secret,
        39 => SyncVerb::Offer,
        40 => SyncVerb::Agree(pushed.text()),
        41 => {
            let is_padded = pushed.number() > 0.0;
            let all = (0..count(pushed)).filter_map(|_| bound(pushed)).collect();
            SyncVerb::Seal(if is_padded { Padding::Padme } else { Padding::None }, all)
        }
        42 => SyncVerb::Unseal((0..count(pushed)).map(|_| sealed(pushed)).collect()),
        _ => SyncVerb::Status,
    }
}

fn open(space: String, pushed: &mut Pushed) -> SyncVerb {
    let policy = match pushed.number() {
        0.0 => Policy::LastWrite,
        1.0 => Policy::Server,
        2.0 => Policy::Client,
        _ => Policy::Ask,
    };
    let rules = Rules {
        batch: count(pushed),
        base_ms: whole(pushed),
        cap_ms: whole(pushed),
        attempts: u32::try_from(whole(pushed)).unwrap_or(u32::MAX),
        interval_ms: whole(pushed),
        digest_ms: whole(pushed),
    };
    SyncVerb::Open { space, policy, rules }
}

fn outcome(pushed: &mut Pushed) -> Option<(u64, Outcome)> {
    let number = whole(pushed);
    let outcome = match pushed.number() {
        0.0 => {
            let version = whole(pushed);
            let holds = (pushed.number() > 0.0).then(|| (stamp(pushed), value(pushed)));
            Outcome::Accepted(version, holds.and_then(|(stamp, value)| Some((stamp?, value))))
        }
        1.0 => Outcome::Conflict(row(pushed)?),
        2.0 => {
            let (code, message) = (text(pushed), text(pushed));
            Outcome::Rejected(Reason { code, message, is_dead: false })
        }
        3.0 => Outcome::Reused,
        _ => Outcome::Retry(whole(pushed)),
    };
    Some((number, outcome))
}

fn rows(pushed: &mut Pushed) -> Vec<Row> {
    (0..count(pushed)).filter_map(|_| row(pushed)).collect()
}

fn bound(pushed: &mut Pushed) -> Option<Bound> {
    let base = whole(pushed);
    let (key, stamp, value) = (text(pushed), stamp(pushed), value(pushed));
    Some(Bound { key: Key::new(&key).ok()?, stamp: stamp?, base, value: value? })
}

fn sealed(pushed: &mut Pushed) -> Option<(Key, Stamp, String)> {
    let (key, stamp, sealed) = (text(pushed), stamp(pushed), text(pushed));
    Some((Key::new(&key).ok()?, stamp?, sealed))
}

/// A row whose key or stamp is none is left out: the shell has told of it.
fn row(pushed: &mut Pushed) -> Option<Row> {
    let (version, upon) = (whole(pushed), time(pushed));
    let (key, stamp, by, value) = (text(pushed), stamp(pushed), text(pushed), value(pushed));
    Some(Row { key: Key::new(&key).ok()?, version, stamp: stamp?, by, value, upon })
}

fn decisions(pushed: &mut Pushed) -> Vec<Decision> {
    (0..count(pushed)).filter_map(|_| decision(pushed)).collect()
}

fn decision(pushed: &mut Pushed) -> Option<Decision> {
    let (version, verdict) = (whole(pushed), pushed.number());
    let (key, stamp, value) = (text(pushed), stamp(pushed), value(pushed));
    let verdict = match verdict {
        0.0 => Verdict::Remote,
        1.0 => Verdict::Local,
        _ => Verdict::Value(value),
    };
    Some(Decision { key: Key::new(&key).ok()?, stamp: stamp?, version, verdict })
}

fn text(pushed: &mut Pushed) -> String {
    pushed.text().unwrap_or_default()
}

fn stamp(pushed: &mut Pushed) -> Option<Stamp> {
    Stamp::parse(&text(pushed))
}

fn value(pushed: &mut Pushed) -> Option<Value> {
    match pushed.data() {
        Some(Data::Native(value)) => Some(value),
        _ => None,
    }
}

/// A time that may be missing, which is below 0.
fn time(pushed: &mut Pushed) -> Option<u64> {
    let time = pushed.number();
    (time >= 0.0).then(|| whole_of(time))
}

fn whole(pushed: &mut Pushed) -> u64 {
    whole_of(pushed.number())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A cast saturates.
fn whole_of(number: f64) -> u64 {
    number as u64
}

fn count(pushed: &mut Pushed) -> usize {
    usize::try_from(whole(pushed)).unwrap_or(usize::MAX)
}

fn byte(pushed: &mut Pushed) -> u8 {
    u8::try_from(whole(pushed)).unwrap_or(u8::MAX)
}
