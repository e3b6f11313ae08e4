//! Who leads the partitions of a run, as far as is known here.

use crate::client::{Connection, Place, Topics};
use crate::failure::Failure;
use std::sync::{Arc, Mutex, PoisonError};

/// Shared by all producers, and used when everything is read back; whoever meets a leader that is
/// none any more asks again.
pub(super) struct Leaders<'a> {
    broker: &'a str,
    topic: &'a str,
    places: Mutex<Arc<Vec<Place>>>,
    /// Held by the one who asks, so that a thousand producers do not all ask at once.
    asking: Mutex<()>,
}

impl<'a> Leaders<'a> {
    /// Of a topic's partitions, in their order.
    pub(super) fn new(broker: &'a str, topic: &'a str, places: Vec<Place>) -> Self {
        Self { broker, topic, places: Mutex::new(Arc::new(places)), asking: Mutex::new(()) }
    }

    /// The address of a partition's leader.
    pub(super) fn of(&self, partition: u32) -> Result<String, Failure> {
        let place = self.known().get(partition as usize).map(|place| place.leader.clone());
        place.ok_or_else(|| Failure::unreachable(format!("partition {partition} is not known")))
    }

    /// Asks anew, unless somebody does so already. Where nobody answers, what was known stays.
    pub(super) fn look_again(&self) {
        let Ok(_asking) = self.asking.try_lock() else { return };
        let known = self.known();
        let leaders = known.iter().map(|place| place.leader.as_str());
        // Any broker knows; the one that was named may be the one that is away.
        let mut brokers: Vec<&str> = std::iter::once(self.broker).chain(leaders).collect();
        brokers.sort_unstable();
        brokers.dedup();
        for broker in brokers {
            let Ok(places) = look_up(broker, self.topic) else { continue };
            if places.len() == known.len() {
                *self.places.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(places);
            }
            return;
        }
    }

    fn known(&self) -> Arc<Vec<Place>> {
        Arc::clone(&self.places.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// All partitions of a topic, in their order, as a broker knows them.
pub(super) fn look_up(broker: &str, topic: &str) -> Result<Vec<Place>, Failure> {
    Topics::existing(Connection::open(broker)?, vec![topic.to_owned()]).places()
}
