//! `consume`: records to standard output.

use crate::cli::connect::Connect;
use crate::cli::failure::Failure;
use crate::cli::record::{Consumed, Format, write};
use crate::client::{Client, ClientError, Consumer, Membership, Next, Place, TopicInfo, now};
use clap::Args;
use millstream_batch::Record;
use millstream_wire::ErrorCode;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::collections::BTreeMap;
use std::io::{self, BufWriter, StdoutLock, Write};
use std::time::{Duration, Instant};

const EXAMPLES: &str = "\
Examples:
  millstream consume --topic greetings
  millstream consume --topic greetings --until-end --format '%p %o %k %v\\n'
  millstream consume --topic orders --from @1735689600000 --count 10 --format json
  millstream consume --topic orders --group billing

In a format, %k is the key, %v the value, %h the headers, %t the topic, %p the partition, %o the
offset, %T the time in milliseconds since 1970, %% a percent sign; \\n and \\t as usual.
`json` writes an object a line.

It ends by Ctrl-C, or as --until-end and --count say. With --group it commits what it has written.";

/// How often a member of a group commits.
const COMMIT: Duration = Duration::from_secs(5);

/// Write records of a topic to standard output, the old ones and then each new one.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Consume {
    /// Of this topic.
    #[arg(long, short, value_name = "NAME")]
    topic: String,
    /// Where to begin: beginning, end, an offset, or @ with milliseconds since 1970. In a group,
    /// where nothing is committed.
    #[arg(long, value_name = "PLACE", default_value = "beginning")]
    from: Place,
    /// Of this partition alone; may be repeated.
    #[arg(long, short, value_name = "N", conflicts_with = "group")]
    partition: Vec<i32>,
    /// As a member of this group.
    #[arg(long, short, value_name = "NAME")]
    group: Option<String>,
    /// End after so many records.
    #[arg(long, short, value_name = "N")]
    count: Option<u64>,
    /// End where the topic ends now.
    #[arg(long)]
    until_end: bool,
    /// What is written of a record, or json.
    #[arg(long, value_name = "FORMAT", default_value = r"%v\n", value_parser = writer)]
    format: Writer,
    #[command(flatten)]
    connect: Connect,
}

#[derive(Clone, Debug)]
enum Writer {
    Json,
    Format(Format),
}

fn writer(text: &str) -> Result<Writer, String> {
    if text == "json" { Ok(Writer::Json) } else { text.parse().map(Writer::Format) }
}

/// One run of the command.
struct Run<'a> {
    consume: &'a Consume,
    client: Client,
    topic: TopicInfo,
    output: BufWriter<StdoutLock<'static>>,
    count: u64,
    committed: Instant,
}

impl Consume {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let signals = Signals::new([SIGTERM, SIGINT]);
        let mut signals = signals.map_err(|error| Failure::failed(format!("signals: {error}")))?;
        let mut client = self.connect.client()?;
        let topic = client.topic(&self.topic, false)?;
        let output = BufWriter::new(io::stdout().lock());
        let mut run = Run { consume: self, client, topic, output, count: 0, committed: now() };
        if self.count == Some(0) {
            return Ok(());
        }
        match &self.group {
            None => run.alone(&mut signals),
            Some(group) => run.as_member(group, &mut signals),
        }
    }
}

impl Run<'_> {
    fn alone(&mut self, signals: &mut Signals) -> Result<(), Failure> {
        let named = &self.consume.partition;
        let partitions = if named.is_empty() { self.topic.indexes() } else { named.clone() };
        let positions = self.offsets(&partitions, self.consume.from)?;
        let ends = self.ends(&partitions)?;
        let mut consumer = Consumer::new(self.topic.clone(), positions);
        while !self.is_done(&consumer, &ends) && signals.pending().next().is_none() {
            if let Next::Enough = self.poll(&mut consumer)? {
                break;
            }
        }
        Ok(())
    }

    fn as_member(&mut self, group: &str, signals: &mut Signals) -> Result<(), Failure> {
        let mut member = Membership::join(&mut self.client, group, &self.topic, "")?;
        let mut consumer = self.consumer_of(group, &member)?;
        let mut ends = self.ends(&member.assigned)?;
        let mut is_over = false;
        while !is_over {
            is_over = matches!(self.poll(&mut consumer)?, Next::Enough)
                || self.is_done(&consumer, &ends)
                || signals.pending().next().is_some();
            let kept = self.keep_place(&mut member, &consumer, is_over);
            if kept.as_ref().is_err_and(has_lost_its_place) && !is_over {
                // Taken while others join, refused when they have: then they read it once more.
                drop(self.commit(&member, &consumer));
                let id = member.member().to_owned();
                member = Membership::join(&mut self.client, group, &self.topic, &id)?;
                consumer = self.consumer_of(group, &member)?;
                ends = self.ends(&member.assigned)?;
                continue;
            }
            kept?;
        }
        Ok(member.leave(&mut self.client)?)
    }

    fn keep_place(
        &mut self,
        member: &mut Membership,
        consumer: &Consumer,
        is_over: bool,
    ) -> Result<(), ClientError> {
        if is_over || now() - self.committed >= COMMIT {
            self.commit(member, consumer)?;
        }
        member.beat(&mut self.client)
    }

    fn commit(&mut self, member: &Membership, consumer: &Consumer) -> Result<(), ClientError> {
        self.committed = now();
        member.commit(&mut self.client, &self.topic.name, &consumer.positions)
    }

    /// A consumer of what a member has been given, where the group has come to.
    fn consumer_of(&mut self, group: &str, member: &Membership) -> Result<Consumer, Failure> {
        let committed = self.client.insist(|client| client.committed(group))?;
        let mut positions = self.offsets(&member.assigned, self.consume.from)?;
        for (index, position) in &mut positions {
            let key = (self.topic.name.clone(), *index);
            *position = committed.get(&key).copied().unwrap_or(*position);
        }
        Ok(Consumer::new(self.topic.clone(), positions))
    }

    fn offsets(
        &mut self,
        partitions: &[i32],
        place: Place,
    ) -> Result<BTreeMap<i32, i64>, ClientError> {
        let topic = &self.topic;
        self.client.insist(|client| client.offsets(topic, partitions, place))
    }

    /// Where each partition is to be left; nowhere, if it is to be followed.
    fn ends(&mut self, partitions: &[i32]) -> Result<BTreeMap<i32, i64>, ClientError> {
        if !self.consume.until_end {
            return Ok(BTreeMap::new());
        }
        self.offsets(partitions, Place::End)
    }

    fn is_done(&self, consumer: &Consumer, ends: &BTreeMap<i32, i64>) -> bool {
        let is_at_end =
            |(index, position): (&i32, &i64)| ends.get(index).is_some_and(|end| position >= end);
        self.consume.until_end && consumer.positions.iter().all(is_at_end)
    }

    fn poll(&mut self, consumer: &mut Consumer) -> Result<Next, Failure> {
        let Self { consume, client, topic, output, count, .. } = self;
        let mut each = |partition: i32, record: Record<'_>| {
            let consumed = Consumed { topic: &topic.name, partition, record };
            match &consume.format {
                Writer::Json => write(output, consumed)?,
                Writer::Format(format) => format.write(output, consumed)?,
            }
            *count += 1;
            let is_last = consume.count.is_some_and(|last| *count >= last);
            Ok::<_, Failure>(if is_last { Next::Enough } else { Next::More })
        };
        let polled = consumer.poll(client, &mut each)?;
        output.flush()?;
        Ok(polled)
    }
}

/// Whether a member must join again.
fn has_lost_its_place(error: &ClientError) -> bool {
    let codes = [
        ErrorCode::REBALANCE_IN_PROGRESS,
        ErrorCode::ILLEGAL_GENERATION,
        ErrorCode::UNKNOWN_MEMBER_ID,
    ];
    error.code().is_some_and(|code| codes.contains(&code))
}
