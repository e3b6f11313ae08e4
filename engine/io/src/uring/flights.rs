//! The operations of a shard that are in the kernel's hands, at addresses that stay.

use super::flight::Flight;
use crate::op::{Op, OpKey};

/// Flights by the key of their operation.
#[derive(Default)]
pub(super) struct Flights {
    /// Boxed, since the kernel holds addresses of what is inside while the list grows. A box is
    /// used again by the next operation of its key, so that none is allocated per operation.
    #[expect(clippy::vec_box, reason = "addresses must stay")]
    places: Vec<Box<Option<Flight>>>,
    count: usize,
}

impl Flights {
    /// How many are in flight.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// One more than the largest key that was ever in flight.
    pub(super) fn key_end(&self) -> usize {
        self.places.len()
    }

    /// Takes an operation over.
    pub(super) fn begin(&mut self, key: OpKey, op: Op) -> &mut Flight {
        if self.places.len() <= key.0 {
            self.places.resize_with(key.0 + 1, Box::default);
        }
        let place = &mut *self.places[key.0];
        assert!(place.is_none(), "a key has one operation at a time");
        self.count += 1;
        place.insert(Flight::new(key, op))
    }

    /// The flight of a key, if it has one.
    pub(super) fn get(&mut self, key: OpKey) -> Option<&mut Flight> {
        let place = self.places.get_mut(key.0)?;
        (**place).as_mut()
    }

    /// The flight of a key that has one.
    pub(super) fn of(&mut self, key: OpKey) -> &mut Flight {
        self.get(key).expect("the kernel answers what is in flight")
    }

    /// Gives an operation back.
    pub(super) fn end(&mut self, key: OpKey) -> Op {
        let flight = (*self.places[key.0]).take().expect("ends once");
        self.count -= 1;
        flight.into_op()
    }
}
