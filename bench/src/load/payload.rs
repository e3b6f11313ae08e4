//! Record batches that are built once and sent again and again.

use super::keys::{KEY_BYTES, Key, Keys};
use crate::amount::Bytes;
use crate::failure::Failure;
use clap::ValueEnum;
use millstream_base::Timestamp;
use millstream_base::limits::REGION_BYTES;
use millstream_base::random::Random;
use millstream_batch::{BatchBuilder, BatchError, BuilderOptions, Compression, HEADER_BYTES};
use millstream_io::Slice;
use std::collections::BTreeSet;
use std::ops::Range;

/// How many different batches there are. Together, at 16 KiB, they stay within a core's second
/// cache, so that the client reads them no slower than one.
const BATCH_COUNT: usize = 12;
/// What batches with keys may take together: each partition has its own.
const KEYED_BYTES_MAX: usize = 256 << 20;
/// The letters of a value: as compressible as text is.
const LETTERS: &[u8] = b"etaoinshrdlcumwfgypbvkjxqz      ";
/// The greatest batch that one request carries.
pub(crate) const BATCH_BYTES_MAX: u64 = REGION_BYTES as u64;

/// The codec of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Codec {
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

/// How the records look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) batch_bytes: Bytes,
    pub(crate) record_bytes: Bytes,
    pub(crate) codec: Codec,
    pub(crate) is_keyed: bool,
}

/// Batches of one shape.
#[derive(Clone, Debug)]
pub(crate) struct Payload {
    batches: Vec<Slice>,
    /// Which of them go to each place; without keys all go to all.
    by_place: Option<Vec<Range<usize>>>,
    /// In each of them.
    pub(crate) record_count: u32,
    /// Where the first value begins.
    pub(crate) value_at: usize,
}

impl Payload {
    /// Builds batches of as many records as fit into `batch_bytes` before compression, and of one
    /// record where not even that fits.
    pub(crate) fn new(shape: Shape, now: Timestamp) -> Result<Self, Failure> {
        let mut payload = Self::empty(shape)?;
        payload.add(shape, now, BATCH_COUNT, |_| None)?;
        Ok(payload)
    }

    /// As [`new`](Self::new), with keys: those of each partition in batches of their own.
    /// `partitions` says which partition each place is.
    pub(crate) fn keyed(
        shape: Shape,
        now: Timestamp,
        keys: &[Keys],
        partitions: impl Iterator<Item = usize>,
    ) -> Result<Self, Failure> {
        let mut payload = Self::empty(shape)?;
        let partition_count = keys.iter().filter(|keys| !keys.is_empty()).count().max(1);
        let batch_bytes = shape.batch_bytes.0.max(shape.record_bytes.0);
        let batch_bytes = usize::try_from(batch_bytes).unwrap_or(usize::MAX);
        let count = KEYED_BYTES_MAX / partition_count / batch_bytes.max(1);
        if count == 0 {
            let most = Bytes(KEYED_BYTES_MAX as u64);
            let message = format!("--keys with a batch of each partition takes more than {most}");
            return Err(Failure::usage(message));
        }
        let mut ranges = Vec::new();
        for keys in keys {
            let begin = payload.batches.len();
            if !keys.is_empty() {
                let choose = |random: &mut Random| Some(keys.choose(random));
                payload.add(shape, now, count.min(BATCH_COUNT), choose)?;
            }
            ranges.push(begin..payload.batches.len());
        }
        payload.by_place = Some(partitions.map(|partition| ranges[partition].clone()).collect());
        Ok(payload)
    }

    fn empty(shape: Shape) -> Result<Self, Failure> {
        if shape.batch_bytes.0.max(shape.record_bytes.0) > BATCH_BYTES_MAX {
            let message = format!("a batch has at most {}", Bytes(BATCH_BYTES_MAX));
            return Err(Failure::usage(message));
        }
        let value_at = value_at(shape);
        Ok(Self { batches: Vec::new(), by_place: None, record_count: 0, value_at })
    }

    fn add(
        &mut self,
        shape: Shape,
        now: Timestamp,
        count: usize,
        key: impl Fn(&mut Random) -> Option<Key>,
    ) -> Result<(), Failure> {
        let mut random = Random::new(1 + self.batches.len() as u64);
        for _ in 0..count {
            let (batch, count) = build((shape, now), &mut random, &key)
                .map_err(|error| Failure::usage(format!("no such batch can be built: {error}")))?;
            self.batches.push(Slice::from(batch.as_slice()));
            self.record_count = count;
        }
        Ok(())
    }

    /// The batches that go to a place; none where no key belongs there.
    pub(crate) fn of_place(&self, place: usize) -> &[Slice] {
        match &self.by_place {
            None => &self.batches,
            Some(ranges) => &self.batches[ranges[place].clone()],
        }
    }

    /// The sizes of the batches that go to a place.
    pub(crate) fn sizes_of_place(&self, place: usize) -> BTreeSet<usize> {
        self.of_place(place).iter().map(|batch| batch.len()).collect()
    }

    /// Bytes of a batch, on average.
    pub(crate) fn batch_bytes(&self) -> usize {
        let bytes: usize = self.batches.iter().map(|batch| batch.len()).sum();
        bytes / self.batches.len().max(1)
    }
}

/// Behind the header come, of the first record: its length, attributes, two deltas that are 0, the
/// length of the key, the key, and the length of the value.
fn value_at(shape: Shape) -> usize {
    let value_bytes = shape.record_bytes.size();
    let key_bytes = if shape.is_keyed { KEY_BYTES } else { 0 };
    let body_bytes = 4 + key_bytes + varint_bytes(value_bytes) + value_bytes + 1;
    HEADER_BYTES + varint_bytes(body_bytes) + 4 + key_bytes + varint_bytes(value_bytes)
}

/// Bytes of a length as a zigzag varint: seven bits in each, one of all for the sign.
fn varint_bytes(length: usize) -> usize {
    let mut bytes = 1;
    let mut rest = length >> 6;
    while rest > 0 {
        bytes += 1;
        rest >>= 7;
    }
    bytes
}

fn build(
    (shape, now): (Shape, Timestamp),
    random: &mut Random,
    key: impl Fn(&mut Random) -> Option<Key>,
) -> Result<(Vec<u8>, u32), BatchError> {
    let compression = match shape.codec {
        Codec::None => Compression::None,
        Codec::Gzip => Compression::Gzip,
        Codec::Snappy => Compression::Snappy,
        Codec::Lz4 => Compression::Lz4,
        Codec::Zstd => Compression::Zstd,
    };
    let batch_bytes_max = shape.batch_bytes.size();
    let options = BuilderOptions { batch_bytes_max, compression, ..BuilderOptions::default() };
    let mut value = vec![0; shape.record_bytes.size()];
    let mut builder = BatchBuilder::new(options);
    loop {
        fill(&mut value, random);
        let key = key(random);
        match builder.append(now, key.as_ref().map(|key| &key[..]), Some(&value), &[]) {
            Ok(()) => {}
            Err(BatchError::Full { .. }) if !builder.is_empty() => break,
            Err(BatchError::Full { needed_bytes, .. }) => {
                builder.restart(BuilderOptions { batch_bytes_max: needed_bytes, ..options });
            }
            Err(error) => return Err(error),
        }
    }
    let record_count = builder.record_count();
    Ok((builder.finish()?.to_vec(), record_count))
}

fn fill(value: &mut [u8], random: &mut Random) {
    random.fill(value);
    for byte in value {
        *byte = LETTERS[usize::from(*byte) % LETTERS.len()];
    }
}

#[cfg(test)]
mod payload_test {
    use super::super::keys::Distribution;
    use super::*;
    use millstream_batch::{CheckOptions, DecompressLimit, Origin, Scratch, check};
    use millstream_wire::partition_of_key;

    fn payload(batch_bytes: u64, record_bytes: u64, codec: Codec) -> Payload {
        let (batch_bytes, record_bytes) = (Bytes(batch_bytes), Bytes(record_bytes));
        let shape = Shape { batch_bytes, record_bytes, codec, is_keyed: false };
        Payload::new(shape, Timestamp::new(1_000)).expect("such batches can be built")
    }

    #[test]
    fn batches_are_as_full_as_they_can_be_and_pass_the_check() {
        let payload = payload(16384, 100, Codec::None);
        assert_eq!(payload.record_count, 148);
        let options = CheckOptions { batch_bytes_max: 16384, origin: Origin::Producer };
        for batch in &payload.batches {
            let checked = check(batch, options).expect("a good batch");
            assert_eq!(checked.record_count(), 148);
            assert!(batch.len() > 16384 - 120);
        }
    }

    #[test]
    fn a_record_larger_than_its_batch_comes_alone() {
        assert_eq!(payload(1, 100, Codec::None).record_count, 1);
        assert_eq!(payload(1, 0, Codec::None).record_count, 1);
    }

    #[test]
    fn text_is_compressible() {
        let plain = payload(16384, 100, Codec::None).batch_bytes();
        for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
            assert!(payload(16384, 100, codec).batch_bytes() < plain, "{codec:?}");
        }
    }

    #[test]
    fn the_first_value_is_where_it_is_said_to_be() {
        for record_bytes in [8, 63, 64, 100, 8191, 8192, 10_000] {
            let payload = payload(16384, record_bytes, Codec::None);
            let options = CheckOptions { batch_bytes_max: 1 << 20, origin: Origin::Producer };
            let batch = check(&payload.batches[0], options).expect("a good batch");
            let mut scratch = Scratch::new();
            let mut records = batch.records(DecompressLimit::DEFAULT, &mut scratch).expect("plain");
            let first = records.next().expect("a record").expect("a good record");
            let value = first.value().expect("a value");
            let place = &payload.batches[0][payload.value_at..payload.value_at + value.len()];
            assert_eq!(place, value, "{record_bytes}");
        }
    }

    #[test]
    fn the_keys_of_a_batch_are_those_of_its_place() {
        let (batch_bytes, record_bytes) = (Bytes(4096), Bytes(100));
        let shape = Shape { batch_bytes, record_bytes, codec: Codec::None, is_keyed: true };
        let keys = Keys::spread(3, Distribution::Zipf, 5);
        let payload = Payload::keyed(shape, Timestamp::new(1_000), &keys, 0..5).expect("buildable");
        let options = CheckOptions { batch_bytes_max: 4096, origin: Origin::Producer };
        for (place, keys) in keys.iter().enumerate() {
            assert_eq!(payload.of_place(place).is_empty(), keys.is_empty());
            for batch in payload.of_place(place) {
                let checked = check(batch, options).expect("a good batch");
                assert_eq!(checked.record_count(), payload.record_count);
                let mut scratch = Scratch::new();
                let records = checked.records(DecompressLimit::DEFAULT, &mut scratch);
                for (index, record) in records.expect("plain").enumerate() {
                    let record = record.expect("a good record");
                    let key = record.key().expect("each has one");
                    assert_eq!(partition_of_key(key, 5) as usize, place);
                    let place = &batch[payload.value_at..payload.value_at + 100];
                    assert!(index > 0 || record.value() == Some(place));
                }
            }
        }
    }

    #[test]
    fn keys_for_more_partitions_than_there_is_memory_for_are_refused() {
        let (batch_bytes, record_bytes) = (Bytes(1 << 20), Bytes(100));
        let shape = Shape { batch_bytes, record_bytes, codec: Codec::None, is_keyed: true };
        let keys = Keys::spread(10_000, Distribution::Uniform, 1000);
        assert!(Payload::keyed(shape, Timestamp::new(0), &keys, 0..1000).is_err());
    }

    #[test]
    fn what_no_request_carries_is_refused() {
        let (batch_bytes, record_bytes) = (Bytes(1 << 40), Bytes(100));
        let shape = Shape { batch_bytes, record_bytes, codec: Codec::None, is_keyed: false };
        assert!(Payload::new(shape, Timestamp::new(0)).is_err());
    }
}
