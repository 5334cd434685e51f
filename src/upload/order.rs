//! Slots in an order, the first one first. What leaves in another way stays until it is met, and is
//! passed over then.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A place in the order: the rank decides, then who came first.
pub(super) type Place = (i64, u32);

/// Slots by their places.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    heap: BinaryHeap<Reverse<(i64, u32, u32)>>,
}

impl Order {
    pub(super) fn add(&mut self, (rank, turn): Place, slot: u32) {
        self.heap.push(Reverse((rank, turn, slot)));
    }

    /// The first slot that is still at its place.
    pub(super) fn first(&mut self, is_there: impl Fn(u32, Place) -> bool) -> Option<(i64, u32)> {
        loop {
            let Reverse((rank, turn, slot)) = *self.heap.peek()?;
            if is_there(slot, (rank, turn)) {
                return Some((rank, slot));
            }
            self.heap.pop();
        }
    }

    pub(super) fn pop(&mut self) {
        self.heap.pop();
    }

    /// Drops what has left, once that is most of it: memory stays within what is there.
    pub(super) fn tidy(&mut self, live: usize, is_there: impl Fn(u32, Place) -> bool) {
        if self.heap.len() > 64 + 2 * live {
            self.heap.retain(|Reverse((rank, turn, slot))| is_there(*slot, (*rank, *turn)));
        }
    }
}
