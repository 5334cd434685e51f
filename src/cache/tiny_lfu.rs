//! Window TinyLFU: a newcomer lives in a small window, and enters the main part only if it was asked
//! for more often than the entry it would displace (Einziger, Friedman and Manes, 2017). How large the
//! window is follows the hit ratio, by hill climbing (Einziger, Eytan, Friedman and Manes, 2018).

use super::Policy;
use super::links::{Links, Queue, index};
use super::sketch::Sketch;

/// Which queue a slot is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    None,
    Window,
    Probation,
    Protected,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    room: Room,
    hash: u32,
}

const NOBODY: Entry = Entry { room: Room::None, hash: 0 };

/// The window begins at a hundredth of the cache.
const WINDOW_PERMILLE: usize = 10;
/// What is not window is protected by four fifths once it was used twice.
const PROTECTED_PERMILLE: usize = 800;
/// The window takes at most so much.
const WINDOW_PERMILLE_MAX: usize = 800;

/// Slots by how often and how lately they were used.
#[derive(Debug)]
pub struct TinyLfu {
    links: Links,
    entries: Vec<Entry>,
    window: Queue,
    probation: Queue,
    protected: Queue,
    sketch: Sketch,
    climber: Climber,
}

impl TinyLfu {
    /// Makes a policy for a cache of about so many entries; it grows where there are more.
    #[must_use]
    pub fn new(entries: u32) -> Self {
        Self {
            links: Links::default(),
            entries: Vec::new(),
            window: Queue::default(),
            probation: Queue::default(),
            protected: Queue::default(),
            sketch: Sketch::new(index(entries).min(index(super::SLOTS_MAX))),
            climber: Climber::new(),
        }
    }

    fn held(&self) -> usize {
        self.window.length + self.probation.length + self.protected.length
    }

    fn entry(&self, slot: u32) -> Entry {
        self.entries.get(index(slot)).copied().unwrap_or(NOBODY)
    }

    /// Takes a slot out of its queue.
    fn leave(&mut self, slot: u32) {
        let queue = match self.entry(slot).room {
            Room::None => return,
            Room::Window => &mut self.window,
            Room::Probation => &mut self.probation,
            Room::Protected => &mut self.protected,
        };
        self.links.unlink(queue, slot);
        self.note(slot, Room::None);
    }

    /// Puts a slot that is in no queue into one.
    fn enter(&mut self, slot: u32, room: Room) {
        let queue = match room {
            Room::None => return,
            Room::Window => &mut self.window,
            Room::Probation => &mut self.probation,
            Room::Protected => &mut self.protected,
        };
        self.links.push(queue, slot);
        self.note(slot, room);
    }

    fn note(&mut self, slot: u32, room: Room) {
        if let Some(entry) = self.entries.get_mut(index(slot)) {
            entry.room = room;
        }
    }

    fn frequency(&self, slot: u32) -> u8 {
        self.sketch.frequency(self.entry(slot).hash)
    }

    fn window_room(&self) -> usize {
        (self.held() * self.climber.permille / 1000).max(1)
    }

    /// What leaves the window when a newcomer needs its place, if the window is full.
    fn candidate(&self) -> Option<u32> {
        self.window.coldest().filter(|_| self.window.length >= self.window_room())
    }
}

impl Policy for TinyLfu {
    fn insert(&mut self, slot: u32, hash: u32) {
        self.leave(slot);
        if index(slot) >= self.entries.len() {
            self.entries.resize(index(slot) + 1, NOBODY);
        }
        if let Some(entry) = self.entries.get_mut(index(slot)) {
            entry.hash = hash;
        }
        if self.held() > self.sketch.entries() {
            self.sketch = Sketch::new(self.held() * 2);
        }
        self.sketch.count(hash);
        self.climber.note_miss(self.held());
        self.enter(slot, Room::Window);
        // While there is room for all, and when the window has shrunk, nobody has to be displaced.
        while self.window.length > self.window_room()
            && let Some(coldest) = self.window.coldest()
        {
            self.leave(coldest);
            self.enter(coldest, Room::Probation);
        }
    }

    fn touch(&mut self, slot: u32) {
        let Entry { room, hash } = self.entry(slot);
        if room == Room::None {
            return self.insert(slot, hash);
        }
        self.sketch.count(hash);
        self.climber.note_hit(self.held());
        match room {
            Room::Window => self.links.heat(&mut self.window, slot),
            Room::Protected => self.links.heat(&mut self.protected, slot),
            Room::Probation | Room::None => {
                self.leave(slot);
                self.enter(slot, Room::Protected);
                let main = self.held() - self.window.length;
                if self.protected.length > main * PROTECTED_PERMILLE / 1000
                    && let Some(coldest) = self.protected.coldest()
                {
                    self.leave(coldest);
                    self.enter(coldest, Room::Probation);
                }
            }
        }
    }

    fn remove(&mut self, slot: u32) {
        self.leave(slot);
    }

    fn victims(&mut self, _stamps: &[u32], count: usize, found: &mut Vec<u32>) {
        if count == 0 {
            return;
        }
        let victim = self.probation.coldest().or_else(|| self.protected.coldest());
        let chosen = match (self.candidate(), victim) {
            (Some(candidate), Some(victim))
                if self.frequency(candidate) > self.frequency(victim) =>
            {
                self.leave(candidate);
                self.enter(candidate, Room::Probation);
                Some(victim)
            }
            (Some(candidate), _) => Some(candidate),
            (None, victim) => victim.or_else(|| self.window.coldest()),
        };
        found.extend(chosen);
    }

    fn order(&self, _stamps: &[u32], found: &mut Vec<u32>) {
        for queue in [&self.window, &self.probation, &self.protected] {
            found.extend(self.links.iter(queue));
        }
    }
}

/// Looks for the size of the window at which most is found: it walks on while the hit ratio rises, turns
/// where it falls, and takes smaller and smaller steps until the ratio changes much.
#[derive(Debug)]
struct Climber {
    permille: usize,
    /// In millionths of the cache, so that a step can shrink without fractions.
    step: i64,
    hits: usize,
    misses: usize,
    last_ratio: i64,
}

/// The first step: a sixteenth.
const STEP: i64 = 62_500;
/// The hit ratio, in millionths, that says by a change of so much that the load is another one.
const RESTART: i64 = 50_000;
/// A sample is so many uses for each entry.
const SAMPLE_PER_ENTRY: usize = 10;

impl Climber {
    fn new() -> Self {
        Self { permille: WINDOW_PERMILLE, step: STEP, hits: 0, misses: 0, last_ratio: 0 }
    }

    fn note_hit(&mut self, held: usize) {
        self.hits += 1;
        self.climb(held);
    }

    fn note_miss(&mut self, held: usize) {
        self.misses += 1;
        self.climb(held);
    }

    fn climb(&mut self, held: usize) {
        let uses = self.hits + self.misses;
        if uses < held.max(64) * SAMPLE_PER_ENTRY {
            return;
        }
        let ratio = millionths(self.hits, uses);
        let change = ratio - self.last_ratio;
        if change < 0 {
            self.step = -self.step;
        }
        let now = i64::try_from(self.permille).unwrap_or(0) + self.step / 1000;
        self.permille =
            usize::try_from(now).unwrap_or(0).clamp(WINDOW_PERMILLE, WINDOW_PERMILLE_MAX);
        self.step = if change.abs() >= RESTART {
            if self.step < 0 { -STEP } else { STEP }
        } else {
            self.step * 98 / 100
        };
        self.last_ratio = ratio;
        self.hits = 0;
        self.misses = 0;
    }
}

fn millionths(part: usize, whole: usize) -> i64 {
    let ratio = part.saturating_mul(1000) / whole.max(1);
    i64::try_from(ratio).unwrap_or(0) * 1000
}
