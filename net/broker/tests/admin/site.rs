//! A broker that is administered, and batches for it.

use crate::client::Client;
use millstream_base::Timestamp;
use millstream_batch::{BatchBuilder, BuilderOptions, Producer};
use millstream_site::Broker;

pub(crate) struct Site(pub(crate) Broker);

impl Site {
    pub(crate) fn new(name: &str, shard_count: usize) -> Self {
        Self(Broker::start_with(name, shard_count, &[]))
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.0.address())
    }

    /// Ends the node and starts another one on the same data.
    pub(crate) fn restart(&mut self) -> Client {
        self.0.restart();
        self.client()
    }
}

/// With one shard, and with two of which one owns what the other is asked for.
pub(crate) fn with_each_shard_count(name: &str, test: impl Fn(&mut Site)) {
    for shard_count in [1, 2] {
        test(&mut Site::new(name, shard_count));
    }
}

/// A batch of records with these times and values of 100 bytes.
pub(crate) fn batch(times: &[i64]) -> Vec<u8> {
    batch_of(None, times)
}

/// The same by an idempotent producer.
pub(crate) fn batch_of(producer: Option<Producer>, times: &[i64]) -> Vec<u8> {
    let mut builder = BatchBuilder::new(BuilderOptions { producer, ..BuilderOptions::default() });
    for time in times {
        let time = Timestamp::new(*time);
        builder.append(time, Some(b"key"), Some(&[7; 100]), &[]).expect("fits");
    }
    builder.finish().expect("has records").to_vec()
}
