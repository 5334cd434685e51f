//! Window TinyLFU: a newcomer lives in a small window, and enters the main part only if it was asked
//! for more often than the entry it would displace (Einziger, Friedman and Manes, 2017).
//!
//! Whether that was right shows later: by a use of the entry that was spared, or by a newcomer who comes
//! back and was turned away. The two are weighed against each other. The more newcomers come back, the
//! larger the window becomes, up to nearly all of the cache, which then keeps what was used last.

use super::Policy;
use super::ghosts::Ghosts;
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
    /// How many newcomers were turned away for its sake since it was last used.
    spared: u8,
    hash: u32,
}

const NOBODY: Entry = Entry { room: Room::None, spared: 0, hash: 0 };

/// The window takes at least so much of the cache.
const WINDOW_PERMILLE: usize = 10;
/// And so much more when regret is at its highest.
const WINDOW_PERMILLE_MORE: usize = 890;
/// What is not window is protected by four fifths once it was used twice.
const PROTECTED_PERMILLE: usize = 800;
/// So far from the middle it is certain that whoever is here is worth more than a newcomer.
const CERTAIN_PERMILLE: isize = 800;

/// Slots by how often and how lately they were used.
#[derive(Debug)]
pub struct TinyLfu {
    links: Links,
    entries: Vec<Entry>,
    window: Queue,
    probation: Queue,
    protected: Queue,
    sketch: Sketch,
    ghosts: Ghosts,
    /// How many newcomers who were turned away came back, less those whose place was used.
    regret: isize,
}

impl TinyLfu {
    /// Makes a policy for a cache of about so many entries; it grows where there are more.
    #[must_use]
    pub fn new(entries: u32) -> Self {
        let sketch = Sketch::new(index(entries).min(index(super::SLOTS_MAX)));
        Self {
            links: Links::default(),
            entries: Vec::new(),
            window: Queue::default(),
            probation: Queue::default(),
            protected: Queue::default(),
            ghosts: Ghosts::new(sketch.entries()),
            sketch,
            regret: 0,
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
        let regret = usize::try_from(self.regret).unwrap_or(0);
        ((self.held() * WINDOW_PERMILLE + regret * WINDOW_PERMILLE_MORE) / 1000).max(1)
    }

    /// The most that regret comes to, either way: it takes a newcomer for each entry to get there.
    fn regret_most(&self) -> isize {
        isize::try_from(self.held()).unwrap_or(0)
    }

    /// Notes how many newcomers should have been kept; below 0, how many were rightly turned away.
    fn learn(&mut self, regretted: isize) {
        let most = self.regret_most();
        self.regret = (self.regret + regretted).clamp(-most, most);
    }

    /// Turns a newcomer away for the sake of an entry of the main part.
    fn spare(&mut self, victim: u32, newcomer: u32) {
        self.ghosts.note(self.entry(newcomer).hash);
        if let Some(entry) = self.entries.get_mut(index(victim)) {
            entry.spared = entry.spared.saturating_add(1);
        }
        // The next newcomer meets another one: what was popular once must not stand for all. Where those
        // who are here are nearly always worth more, as in a loop, they stay as they are.
        let is_certain = self.regret < -self.regret_most() * CERTAIN_PERMILLE / 1000;
        if !is_certain && self.entry(victim).room == Room::Probation {
            self.links.heat(&mut self.probation, victim);
        }
    }

    /// Keeps the protected part to its room.
    fn unprotect(&mut self) {
        let main = self.held() - self.window.length;
        while self.protected.length > main * PROTECTED_PERMILLE / 1000
            && let Some(coldest) = self.protected.coldest()
        {
            self.leave(coldest);
            self.enter(coldest, Room::Probation);
        }
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
            entry.spared = 0;
        }
        if self.held() > self.sketch.entries() {
            self.sketch = Sketch::new(self.held() * 2);
            self.ghosts = Ghosts::new(self.sketch.entries());
        }
        self.sketch.count(hash);
        if self.ghosts.take(hash) {
            self.learn(1);
        }
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
        let Entry { room, spared, hash } = self.entry(slot);
        if room == Room::None {
            return self.insert(slot, hash);
        }
        self.sketch.count(hash);
        if spared > 0 {
            self.learn(-isize::from(spared));
            if let Some(entry) = self.entries.get_mut(index(slot)) {
                entry.spared = 0;
            }
        }
        match room {
            Room::Window => self.links.heat(&mut self.window, slot),
            Room::Protected => self.links.heat(&mut self.protected, slot),
            Room::Probation | Room::None => {
                self.leave(slot);
                self.enter(slot, Room::Protected);
                self.unprotect();
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
            (Some(candidate), Some(victim)) => {
                self.spare(victim, candidate);
                Some(candidate)
            }
            (Some(candidate), None) => Some(candidate),
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
