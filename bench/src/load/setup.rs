//! What is made before a run: topics, places, and who sends where.

use super::fetch::{ConsumerPlan, FetchPlan};
use super::group_read::GroupPlan;
use super::keys::Keys;
use super::options::{FetchOptions, ProduceOptions, RunOptions, TopicOptions};
use super::payload::Payload;
use super::produce::{ProducePlan, ProducerPlan};
use super::requests::{Requests, Terms};
use super::weights::Weights;
use crate::calendar::now_ms;
use crate::client::{
    Acks, BEGINNING, Connection, END, FETCH_VERSION_MAX, NewTopics, PRODUCE_VERSION_MAX, Place,
    Topics, init_producer, offsets, resolve,
};
use crate::failure::Failure;
use millstream_base::Timestamp;
use millstream_wire::ApiKey;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// Topics, and all their partitions.
pub(crate) struct Site {
    pub(crate) topics: Topics,
    pub(crate) places: Vec<Place>,
}

impl Site {
    /// Makes the topics, or takes one that is there.
    pub(crate) fn open(run: &RunOptions, options: &TopicOptions) -> Result<Self, Failure> {
        let connection = Connection::open(&run.broker)?;
        let topics = match &options.topic {
            Some(name) => Topics::existing(connection, vec![name.clone()]),
            None => Topics::create(connection, &new_topics(options)?)?,
        };
        let (topics, places) = topics.located()?;
        Ok(Self { topics, places })
    }

    /// Removes what was made, unless it is to stay.
    pub(crate) fn close(mut self, run: &RunOptions) -> Result<(), Failure> {
        if run.keep {
            eprintln!("the topic stays: {}", self.topics.names.join(" "));
            return Ok(());
        }
        self.topics.remove()
    }

    /// The producers and what they send.
    pub(crate) fn producers(&mut self, options: &ProduceOptions) -> Result<ProducePlan, Failure> {
        let keys = options.keys.map(|count| {
            Keys::spread(count, options.key_distribution, partition_count(&self.places))
        });
        let payload = self.payload(options, keys.as_deref())?;
        let versions = self.topics.connection().versions();
        let version = versions.newest(ApiKey::Produce, PRODUCE_VERSION_MAX)?;
        let terms = Terms { acks: options.acks.code(), version };
        let requests = Requests::new(&self.places, |place| payload.sizes_of_place(place), terms)?;
        let rate = options.rate.map(|rate| rate.requests_per_second(payload.batch_bytes()));
        Ok(ProducePlan {
            requests,
            payload,
            version,
            in_flight_max: options.in_flight,
            rate: rate.map(|rate| (rate, options.arrivals)),
            is_stamped: false,
            is_answered: options.acks != Acks::None,
            count_max: None,
            connections: self.connections(options, keys.as_deref())?,
        })
    }

    fn payload(&self, options: &ProduceOptions, keys: Option<&[Keys]>) -> Result<Payload, Failure> {
        let now = Timestamp::new(now_ms());
        match keys {
            None => Payload::new(options.shape(), now),
            Some(keys) => {
                let partitions = self.places.iter().map(partition_index);
                Payload::keyed(options.shape(), now, keys, partitions)
            }
        }
    }

    fn connections(
        &mut self,
        options: &ProduceOptions,
        keys: Option<&[Keys]>,
    ) -> Result<Vec<ProducerPlan>, Failure> {
        let leaders = by_leader(&self.places)?;
        let mut plans = match keys {
            None => producers(&leaders, options.connections),
            Some(keys) => keyed_producers(&self.places, leaders, (keys, options.connections)),
        };
        if options.idempotent {
            for plan in &mut plans {
                plan.id = Some(init_producer(self.topics.connection())?);
            }
        }
        Ok(plans)
    }

    /// The consumers and what they read: again and again what is there now, or what comes.
    pub(crate) fn consumers(
        &mut self,
        options: &FetchOptions,
        reading: Reading,
        broker: &str,
    ) -> Result<FetchPlan, Failure> {
        let version =
            self.topics.connection().versions().newest(ApiKey::Fetch, FETCH_VERSION_MAX)?;
        let ends = offsets(&self.places, END)?;
        let (from, until) = match reading {
            Reading::Tail => (ends, None),
            Reading::Stored | Reading::Once => (offsets(&self.places, BEGINNING)?, Some(ends)),
        };
        let groups = GroupPlan::new(broker, &self.places, options)?;
        let consumers = match &groups {
            Some(_) => Vec::new(),
            None => consumers(&self.places, options.consumers)?,
        };
        Ok(FetchPlan {
            consumers,
            groups,
            places: self.places.clone(),
            from,
            until,
            is_once: reading == Reading::Once,
            version,
            fetch_bytes: i32::try_from(options.fetch_bytes.0).unwrap_or(i32::MAX),
            is_checked: options.check,
            stamp_at: None,
            pause: options.pause,
            rate: options.consumer_rate,
        })
    }
}

/// What consumers read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// What is produced from now on.
    Tail,
    /// What is there, and then once more.
    Stored,
    /// What is there, and no more.
    Once,
}

fn new_topics(options: &TopicOptions) -> Result<NewTopics, Failure> {
    let run = format!("bench-{}-{:x}", std::process::id(), now_ms());
    let name = |index| if options.topics == 1 { run.clone() } else { format!("{run}-{index}") };
    Ok(NewTopics {
        names: (0..options.topics).map(name).collect(),
        partition_count: i32::try_from(options.partitions).unwrap_or(i32::MAX),
        replication: options.replication,
        configs: options.configs()?,
    })
}

/// How many partitions each topic has.
fn partition_count(places: &[Place]) -> u32 {
    let last = places.iter().map(|place| place.partition).max().unwrap_or(0);
    u32::try_from(last).unwrap_or(0) + 1
}

fn partition_index(place: &Place) -> usize {
    usize::try_from(place.partition).unwrap_or(0)
}

/// Spreads connections over leaders, and over the places of each.
fn producers(leaders: &[(SocketAddr, Vec<usize>)], count: usize) -> Vec<ProducerPlan> {
    let plan = |index: usize| {
        let (address, mut places) = leaders[index % leaders.len()].clone();
        let position = index / leaders.len();
        let of_leader = count.div_ceil(leaders.len());
        // Each begins somewhere else, so that all partitions have work from the beginning.
        let begin = position * places.len() / of_leader;
        places.rotate_left(begin % leaders[index % leaders.len()].1.len());
        ProducerPlan { address, places, weights: None, id: None }
    };
    (0..count).map(plan).collect()
}

/// Spreads connections over those leaders whose partitions have keys; each sends to all of them,
/// as often as their keys come.
fn keyed_producers(
    places: &[Place],
    mut leaders: Vec<(SocketAddr, Vec<usize>)>,
    (keys, count): (&[Keys], usize),
) -> Vec<ProducerPlan> {
    let keys = |place: &usize| &keys[partition_index(&places[*place])];
    leaders.iter_mut().for_each(|(_, places)| places.retain(|place| !keys(place).is_empty()));
    leaders.retain(|(_, places)| !places.is_empty());
    let weights = |(_, places): &(SocketAddr, Vec<usize>)| {
        Arc::new(Weights::from_iter(places.iter().map(|place| keys(place).weight())))
    };
    let weights: Vec<_> = leaders.iter().map(weights).collect();
    let plan = |index: usize| {
        let (address, places) = leaders[index % leaders.len()].clone();
        let weights = Some(Arc::clone(&weights[index % leaders.len()]));
        ProducerPlan { address, places, weights, id: None }
    };
    (0..count).map(plan).collect()
}

/// Spreads places over consumers of their leaders, in order; no consumer is without one.
fn consumers(places: &[Place], count: usize) -> Result<Vec<ConsumerPlan>, Failure> {
    let leaders = by_leader(places)?;
    let per_leader = count.div_ceil(leaders.len()).max(1);
    let mut plans = Vec::new();
    for (address, places) in leaders {
        for index in 0..per_leader.min(places.len()) {
            let own = places.iter().skip(index).step_by(per_leader.min(places.len()));
            plans.push(ConsumerPlan { address, places: own.copied().collect() });
        }
    }
    Ok(plans)
}

/// The places that each leader has, by its address.
pub(crate) fn by_leader(places: &[Place]) -> Result<Vec<(SocketAddr, Vec<usize>)>, Failure> {
    let mut leaders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, place) in places.iter().enumerate() {
        leaders.entry(&place.leader).or_default().push(index);
    }
    leaders.into_iter().map(|(leader, places)| Ok((resolve(leader)?, places))).collect()
}

#[cfg(test)]
mod setup_test {
    use super::super::keys::Distribution;
    use super::*;

    #[test]
    fn connections_cover_all_places() {
        let place = |partition| Place {
            topic: String::from("t"),
            partition,
            leader: format!("127.0.0.1:{}", 9092 + partition % 2),
        };
        let places: Vec<Place> = (0..10).map(place).collect();
        let leaders = by_leader(&places).expect("addresses");
        let plans = producers(&leaders, 4);
        for (index, plan) in plans.iter().enumerate() {
            assert_eq!(usize::from(plan.address.port()), 9092 + index % 2);
            assert_eq!(plan.places.len(), 5);
        }
        assert_ne!(plans[0].places[0], plans[2].places[0]);
        assert_eq!(producers(&leaders[..1], 3).len(), 3);
    }

    #[test]
    fn keys_are_sent_by_those_leaders_that_have_them() {
        let place = |partition| Place {
            topic: String::from("t"),
            partition,
            leader: format!("127.0.0.1:{}", 9092 + partition),
        };
        let places: Vec<Place> = (0..3).map(place).collect();
        let keys = Keys::spread(1, Distribution::Uniform, 3);
        let leaders = by_leader(&places).expect("addresses");
        let plans = keyed_producers(&places, leaders, (&keys, 4));
        assert_eq!(plans.len(), 4);
        for plan in plans {
            let [place] = plan.places[..] else { panic!("one partition has the key") };
            assert!(!keys[place].is_empty());
            assert_eq!(usize::from(plan.address.port()), 9092 + place);
            assert_eq!(plan.weights.expect("keys have weights").count(), 1);
        }
    }
}
