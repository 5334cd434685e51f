//! When slots are due: a hierarchical timing wheel (Varghese and Lauck, 1987). Arming, disarming and
//! firing take the same time however many slots are armed, and a call does no more than it is allowed.

use super::links::{Links, NIL, Queue, index};

/// A wheel has 64 buckets, one for each value of 6 bits of the time.
const BUCKET_BITS: u32 = 6;
const BUCKETS: usize = 1 << BUCKET_BITS;
/// Eight wheels tell 48 bits of milliseconds apart: the store's latest time.
const LEVELS: usize = 8;
/// The latest time a slot can be due; never reached.
const DUE_MAX: u64 = (1 << (BUCKET_BITS as usize * LEVELS)) - 1;
/// The bucket of a slot that is not armed.
const NOWHERE: u16 = u16::MAX;

/// What is known of one slot.
#[derive(Debug, Clone, Copy)]
struct Timer {
    due: u64,
    bucket: u16,
}

const UNARMED: Timer = Timer { due: 0, bucket: NOWHERE };

/// Slots by the time they are due.
///
/// Invariant: a slot that is due at `due` lies on the level of the highest 6-bit digit in which `due`
/// differs from `reached`, in the bucket of that digit of `due`.
#[derive(Debug)]
pub(super) struct Wheel {
    links: Links,
    timers: Vec<Timer>,
    buckets: Vec<Queue>,
    /// One bit for each bucket of a level that is not empty.
    occupied: [u64; LEVELS],
    /// Up to here everything has fired, except what lies in the bucket of this very time.
    reached: u64,
}

impl Default for Wheel {
    fn default() -> Self {
        Self {
            links: Links::default(),
            timers: Vec::new(),
            buckets: std::iter::repeat_with(Queue::default).take(BUCKETS * LEVELS).collect(),
            occupied: [0; LEVELS],
            reached: 0,
        }
    }
}

impl Wheel {
    /// Makes a slot due at a time, instead of the time it was due before.
    pub(super) fn arm(&mut self, slot: u32, due: u64) {
        self.disarm(slot);
        if index(slot) >= self.timers.len() {
            self.timers.resize(index(slot) + 1, UNARMED);
        }
        self.place(slot, due.min(DUE_MAX));
    }

    /// Forgets when a slot is due.
    pub(super) fn disarm(&mut self, slot: u32) {
        let Some(timer) = self.timers.get_mut(index(slot)) else { return };
        let bucket = std::mem::replace(&mut timer.bucket, NOWHERE);
        let Some(queue) = self.buckets.get_mut(usize::from(bucket)) else { return };
        self.links.unlink(queue, slot);
        if queue.length == 0
            && let Some(bits) = self.occupied.get_mut(usize::from(bucket) / BUCKETS)
        {
            *bits &= !(1 << (usize::from(bucket) % BUCKETS));
        }
    }

    /// Disarms slots that are due by `now`, moving at most `budget` slots; adds them to `fired`. Returns a
    /// time before which no further slot is due, `None` if none is armed. If that time has come, there is
    /// more to do.
    pub(super) fn fire(&mut self, now: u64, budget: usize, fired: &mut Vec<u32>) -> Option<u64> {
        let mut moves = budget;
        loop {
            let (bucket, begins) = self.earliest()?;
            if begins > now || moves == 0 {
                return Some(begins);
            }
            moves -= 1;
            self.reached = self.reached.max(begins);
            let slot = self.buckets.get(bucket).and_then(Queue::coldest).unwrap_or(NIL);
            let due = self.timers.get(index(slot)).map_or(0, |timer| timer.due);
            self.disarm(slot);
            if due <= now {
                fired.push(slot);
            } else {
                self.place(slot, due);
            }
        }
    }

    /// The occupied bucket that begins first, and when it begins.
    fn earliest(&self) -> Option<(usize, u64)> {
        let mut earliest: Option<(usize, u64)> = None;
        for (level, bits) in self.occupied.iter().enumerate() {
            let shift = level * BUCKET_BITS as usize;
            let digit = (self.reached >> shift) & (BUCKETS as u64 - 1);
            let ahead = bits >> digit;
            if ahead == 0 {
                continue;
            }
            let bucket = digit + u64::from(ahead.trailing_zeros());
            let above = shift + BUCKET_BITS as usize;
            let begins = ((self.reached >> above) << above) | (bucket << shift);
            if earliest.is_none_or(|(_, first)| begins.max(self.reached) < first) {
                // 6 bits of a level and 3 of levels fit anywhere.
                let place = level * BUCKETS + usize::try_from(bucket).unwrap_or(0);
                earliest = Some((place, begins.max(self.reached)));
            }
        }
        earliest
    }

    /// Puts a slot that is not armed into its bucket.
    fn place(&mut self, slot: u32, due: u64) {
        // What is overdue lies in the bucket of this very time, which fires first.
        let at = due.max(self.reached);
        let differs = (at ^ self.reached) | 1;
        let level = ((u64::BITS - 1 - differs.leading_zeros()) / BUCKET_BITS) as usize;
        let digit = (at >> (level * BUCKET_BITS as usize)) & (BUCKETS as u64 - 1);
        let bucket = level * BUCKETS + usize::try_from(digit).unwrap_or(0);
        let (Some(timer), Some(queue), Some(bits)) = (
            self.timers.get_mut(index(slot)),
            self.buckets.get_mut(bucket),
            self.occupied.get_mut(level),
        ) else {
            return;
        };
        *timer = Timer { due, bucket: u16::try_from(bucket).unwrap_or(NOWHERE) };
        *bits |= 1 << digit;
        self.links.push(queue, slot);
    }
}
