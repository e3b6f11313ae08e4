//! `produce`: records from standard input, one a line.

use crate::cli::connect::Connect;
use crate::cli::failure::Failure;
use crate::cli::record::{NewRecord, parse};
use crate::client::{Acks, Producer, TopicInfo, partition_of_key};
use clap::{Args, ValueEnum};
use millstream_batch::Compression;
use std::io::BufRead;

const EXAMPLES: &str = "\
Examples:
  echo hello | millstream produce --topic greetings
  printf 'alice:1\\nbob:2\\n' | millstream produce --topic scores --key-separator :
  millstream produce --topic orders --format json < orders.jsonl

Lines of JSON are objects: {\"key\": \"k\", \"value\": \"v\", \"headers\": {\"a\": \"b\"},
\"timestamp\": 1735689600000, \"partition\": 0}; only \"value\" is needed. Bytes that are no text are
{\"hex\": \"00ff\"}. What `consume --format json` writes can be produced again.

What was read is sent when no further line is there yet. The command ends with exit code 0 when
each record has been acknowledged.";

/// How much is read ahead, and sent at once at most.
const READ_BYTES: usize = 256 << 10;

/// Write records from standard input to a topic.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Produce {
    /// Into this topic; made if the broker makes topics by itself.
    #[arg(long, short, value_name = "NAME")]
    topic: String,
    /// Into this partition [default: by the key; without one, into any].
    #[arg(long, short, value_name = "N")]
    partition: Option<i32>,
    /// What stands between key and value; without it lines have no key.
    #[arg(long, short, value_name = "TEXT")]
    key_separator: Option<String>,
    /// A header of each record; may be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = crate::cli::topic::assignment)]
    header: Vec<(String, String)>,
    /// How batches are packed.
    #[arg(long, value_name = "CODEC", default_value = "none", value_parser = codec)]
    compression: Compression,
    /// What is waited for.
    #[arg(long, value_enum, default_value_t = Acks::All)]
    acks: Acks,
    /// What a line is.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    #[command(flatten)]
    connect: Connect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A value, or a key and a value.
    Text,
    /// An object.
    Json,
}

fn codec(text: &str) -> Result<Compression, String> {
    let found = Compression::ALL.into_iter().find(|codec| codec.to_string() == text);
    found.ok_or_else(|| String::from("none, gzip, snappy, lz4 or zstd"))
}

impl Produce {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut client = self.connect.client()?;
        let topic = client.topic(&self.topic, true)?;
        let mut producer = Producer::new(&mut client, topic, self.acks, self.compression)?;
        let input = std::io::stdin().lock();
        let mut input = std::io::BufReader::with_capacity(READ_BYTES, input);
        let mut line = Vec::new();
        let mut line_number = 0_u64;
        loop {
            line.clear();
            let read = input.read_until(b'\n', &mut line);
            if read.map_err(|error| Failure::failed(format!("standard input: {error}")))? == 0 {
                break;
            }
            line_number += 1;
            line.pop_if(|last| *last == b'\n');
            let record = match self.record(&line) {
                Ok(record) => record,
                Err(why) => {
                    // What stands before it is good, and nobody would know how much of it was sent.
                    producer.flush(&mut client)?;
                    let why = format!("standard input, line {line_number}: {why}");
                    return Err(Failure::failed(format!("{why}; the lines before it are sent")));
                }
            };
            let partition = self.partition(&record, producer.topic());
            producer.add(&mut client, partition, &record)?;
            // Whoever types sees each line go; whoever pipes gets batches.
            let is_more_there = input.buffer().contains(&b'\n');
            if !is_more_there || producer.is_enough() {
                producer.flush(&mut client)?;
            }
        }
        producer.flush(&mut client)?;
        eprintln!("{line_number} records to {}", self.topic);
        Ok(())
    }

    fn record(&self, line: &[u8]) -> Result<NewRecord, String> {
        let mut record = match (self.format, &self.key_separator) {
            (Form::Json, _) => parse(line)?,
            (Form::Text, None) => NewRecord { value: Some(line.to_vec()), ..NewRecord::default() },
            (Form::Text, Some(separator)) => keyed(line, separator.as_bytes())
                .ok_or_else(|| format!("{separator:?}, which --key-separator names, is missing"))?,
        };
        let headers = self.header.iter();
        record
            .headers
            .extend(headers.map(|(key, value)| (key.clone(), Some(value.clone().into_bytes()))));
        Ok(record)
    }

    /// `None`: whichever the producer is at.
    fn partition(&self, record: &NewRecord, topic: &TopicInfo) -> Option<i32> {
        let named = self.partition.or(record.partition);
        let count = u32::try_from(topic.partitions.len()).unwrap_or(u32::MAX);
        let by_key = || {
            let index = partition_of_key(record.key.as_ref()?, count);
            i32::try_from(index).ok()
        };
        named.or_else(by_key)
    }
}

fn keyed(line: &[u8], separator: &[u8]) -> Option<NewRecord> {
    let width = separator.len().max(1);
    let at = line.windows(width).position(|window| window == separator)?;
    let (key, value) = (line[..at].to_vec(), line[at + separator.len()..].to_vec());
    Some(NewRecord { key: Some(key), value: Some(value), ..NewRecord::default() })
}
