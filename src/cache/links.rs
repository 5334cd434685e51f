//! Queues of slots whose links lie in one array: a slot is in at most one queue, so moving it between
//! them allocates nothing and takes the same time at any length.

/// No slot.
pub(super) const NIL: u32 = u32::MAX;

/// The neighbours of a slot in its queue.
#[derive(Debug, Clone, Copy)]
struct Link {
    colder: u32,
    hotter: u32,
}

const UNLINKED: Link = Link { colder: NIL, hotter: NIL };

/// The links of all slots, for any number of queues.
#[derive(Debug, Default)]
pub(super) struct Links(Vec<Link>);

/// One queue, from the coldest slot to the hottest.
#[derive(Debug)]
pub(super) struct Queue {
    coldest: u32,
    hottest: u32,
    pub(super) length: usize,
}

impl Default for Queue {
    fn default() -> Self {
        Self { coldest: NIL, hottest: NIL, length: 0 }
    }
}

impl Queue {
    pub(super) fn coldest(&self) -> Option<u32> {
        (self.coldest != NIL).then_some(self.coldest)
    }
}

impl Links {
    /// Makes a slot, which is in no queue, the hottest of this one.
    pub(super) fn push(&mut self, queue: &mut Queue, slot: u32) {
        if index(slot) >= self.0.len() {
            self.0.resize(index(slot) + 1, UNLINKED);
        }
        self.set(slot, Link { colder: queue.hottest, hotter: NIL });
        if queue.hottest == NIL {
            queue.coldest = slot;
        } else if let Some(before) = self.0.get_mut(index(queue.hottest)) {
            before.hotter = slot;
        }
        queue.hottest = slot;
        queue.length += 1;
    }

    /// Takes a slot out of the queue it is in.
    pub(super) fn unlink(&mut self, queue: &mut Queue, slot: u32) {
        let Link { colder, hotter } = self.link(slot);
        match self.0.get_mut(index(colder)) {
            Some(link) => link.hotter = hotter,
            None => queue.coldest = hotter,
        }
        match self.0.get_mut(index(hotter)) {
            Some(link) => link.colder = colder,
            None => queue.hottest = colder,
        }
        self.set(slot, UNLINKED);
        queue.length -= 1;
    }

    /// Makes a slot of this queue its hottest.
    pub(super) fn heat(&mut self, queue: &mut Queue, slot: u32) {
        if queue.hottest != slot {
            self.unlink(queue, slot);
            self.push(queue, slot);
        }
    }

    /// The slots of a queue, the coldest first.
    pub(super) fn iter<'a>(&'a self, queue: &Queue) -> impl Iterator<Item = u32> + use<'a> {
        let mut next = queue.coldest;
        std::iter::from_fn(move || {
            let slot = (next != NIL).then_some(next)?;
            next = self.link(slot).hotter;
            Some(slot)
        })
    }

    fn link(&self, slot: u32) -> Link {
        self.0.get(index(slot)).copied().unwrap_or(UNLINKED)
    }

    fn set(&mut self, slot: u32, link: Link) {
        if let Some(place) = self.0.get_mut(index(slot)) {
            *place = link;
        }
    }
}

/// The place of a slot in an array; that of `NIL` lies beyond every array.
pub(super) fn index(slot: u32) -> usize {
    slot as usize
}
