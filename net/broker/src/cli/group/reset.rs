//! `group reset`.

use crate::cli::connect::Connect;
use crate::cli::failure::Failure;
use crate::cli::output::say;
use crate::client::{Client, Place, TopicInfo};
use clap::Args;

/// Set how far a group without members has come.
#[derive(Args, Debug)]
pub(crate) struct Reset {
    /// Its name.
    name: String,
    /// In this topic.
    #[arg(long, value_name = "NAME")]
    topic: String,
    /// In this partition alone.
    #[arg(long, value_name = "N")]
    partition: Option<i32>,
    /// beginning, end, an offset, or @ with milliseconds since 1970.
    #[arg(long, value_name = "PLACE")]
    to: Place,
    /// Say what would be set, and set nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    connect: Connect,
}

impl Reset {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let Self { name, topic, .. } = self;
        let mut client = self.connect.client()?;
        let info = client.topic(topic, false)?;
        let partitions = self.partition.map_or_else(|| info.indexes(), |index| vec![index]);
        let offsets = client.insist(|client| client.offsets(&info, &partitions, self.to))?;
        if let Place::Offset(offset) = self.to {
            self.check_offset(&mut client, &info, &partitions, offset)?;
        }
        if !self.dry_run {
            client.insist(|client| client.reset(name, topic, &offsets))?;
        }
        let lines = offsets.iter().map(|(index, offset)| {
            let verb = if self.dry_run { "would go on" } else { "goes on" };
            format!("{name} {verb} at {topic}/{index} offset {offset}\n")
        });
        say(&lines.collect::<String>())
    }
    /// A group that is sent beyond what is there would begin wherever each of its members likes.
    fn check_offset(
        &self,
        client: &mut Client,
        topic: &TopicInfo,
        partitions: &[i32],
        offset: i64,
    ) -> Result<(), Failure> {
        let mut at = |place| client.insist(|client| client.offsets(topic, partitions, place));
        let (starts, ends) = (at(Place::Beginning)?, at(Place::End)?);
        let all = starts.iter().zip(ends.values());
        let mut outside = all.filter(|((_, start), end)| !(*start..=end).contains(&&offset));
        let Some(((index, start), end)) = outside.next() else { return Ok(()) };
        let name = &self.topic;
        let why = format!("{name}/{index} goes from offset {start} to {end}: {offset} is outside");
        Err(Failure::failed(why))
    }
}
