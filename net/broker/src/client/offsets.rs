//! Offsets by their place: the beginning, the end, a time.

use crate::client::error::check;
use crate::client::{Client, ClientError, TopicInfo};
use millstream_wire::message::k02_list_offsets::{ListOffsetsPartition, ListOffsetsTopic};
use millstream_wire::{ListOffsetsRequest, ListOffsetsResponse};
use std::collections::BTreeMap;
use std::str::FromStr;

/// Kafka's timestamps for the two ends.
const END: i64 = -1;
const BEGINNING: i64 = -2;

/// A place in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Beginning,
    End,
    Offset(i64),
    /// The first record of this time or later, in milliseconds since 1970.
    Time(i64),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse().ok().filter(|number| *number >= 0);
        let place = match (text, text.strip_prefix('@')) {
            ("beginning", _) => Some(Self::Beginning),
            ("end", _) => Some(Self::End),
            (_, Some(time)) => number(time).map(Self::Time),
            (offset, None) => number(offset).map(Self::Offset),
        };
        place.ok_or_else(|| {
            String::from("beginning, end, an offset, or @ with milliseconds since 1970")
        })
    }
}

impl Client {
    /// The offset of a place in each of these partitions.
    pub(crate) fn offsets(
        &mut self,
        topic: &TopicInfo,
        partitions: &[i32],
        place: Place,
    ) -> Result<BTreeMap<i32, i64>, ClientError> {
        match place {
            Place::Offset(offset) => Ok(partitions.iter().map(|index| (*index, offset)).collect()),
            Place::Beginning => self.offsets_at(topic, partitions, BEGINNING),
            Place::End => self.offsets_at(topic, partitions, END),
            Place::Time(time) => {
                let mut offsets = self.offsets_at(topic, partitions, time)?;
                // Where nothing is that new, the next record will be the first.
                let without = offsets.iter().filter(|(_, offset)| **offset < 0);
                let without: Vec<i32> = without.map(|(index, _)| *index).collect();
                if !without.is_empty() {
                    offsets.extend(self.offsets_at(topic, &without, END)?);
                }
                Ok(offsets)
            }
        }
    }

    fn offsets_at(
        &mut self,
        topic: &TopicInfo,
        partitions: &[i32],
        timestamp: i64,
    ) -> Result<BTreeMap<i32, i64>, ClientError> {
        let mut leaders: BTreeMap<i32, Vec<ListOffsetsPartition>> = BTreeMap::new();
        for index in partitions {
            let leader = topic.leader(*index)?;
            let asked =
                ListOffsetsPartition { partition_index: *index, timestamp, ..Default::default() };
            leaders.entry(leader).or_default().push(asked);
        }
        let mut offsets = BTreeMap::new();
        for (leader, partitions) in leaders {
            let topics = vec![ListOffsetsTopic { name: &topic.name, partitions }];
            let request = ListOffsetsRequest { replica_id: -1, topics, ..Default::default() };
            let reply = self.node(leader)?.ask(&request)?;
            let response: ListOffsetsResponse<'_> = reply.read()?;
            for partition in response.topics.iter().flat_map(|topic| &topic.partitions) {
                let index = partition.partition_index;
                check(partition.error_code, None, || format!("{}/{index}", topic.name))?;
                offsets.insert(index, partition.offset);
            }
        }
        Ok(offsets)
    }
}

#[cfg(test)]
mod offsets_test {
    use super::*;

    #[test]
    fn places_are_read() {
        assert_eq!("beginning".parse(), Ok(Place::Beginning));
        assert_eq!("end".parse(), Ok(Place::End));
        assert_eq!("7".parse(), Ok(Place::Offset(7)));
        assert_eq!("@1700000000000".parse(), Ok(Place::Time(1_700_000_000_000)));
        for wrong in ["", "-1", "@", "@-1", "start"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }
}
