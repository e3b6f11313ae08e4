//! Reports as Prometheus reads them.

use crate::metrics::journey::Stage;
use crate::metrics::report::ShardReport;
use crate::metrics::traffic::TopicTraffic;
use millstream_base::{LATENCY_BOUNDS_US, Latencies};
use millstream_io::Space;
use std::fmt::Write;

/// How a number is read.
#[derive(Clone, Copy)]
enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
}

/// A number of each shard: its name, how it is read, what it is, and how it is taken.
type Row = (&'static str, Kind, &'static str, fn(&ShardReport) -> u64);

const ROWS: &[Row] = &[
    ("connections", Kind::Gauge, "Open connections.", |it| it.open_count),
    ("connections_accepted_total", Kind::Counter, "Connections accepted.", |it| it.accepted_count),
    (
        "requests_refused_total",
        Kind::Counter,
        "Requests that could not be understood and ended their connection.",
        |it| it.refused_count,
    ),
    (
        "buffers_lent_bytes",
        Kind::Gauge,
        "Memory of the shard's buffers that somebody holds: frames, the tail of the log, reads.",
        |it| it.buffers.lent_bytes as u64,
    ),
    (
        "buffers_kept_bytes",
        Kind::Gauge,
        "Memory of the shard's buffers that is kept for the next one who asks.",
        |it| it.buffers.kept_bytes as u64,
    ),
    ("buffers_bytes_max", Kind::Gauge, "The most that both may be together.", |it| {
        it.buffers.bytes_max as u64
    }),
    (
        "mailbox_sent_total",
        Kind::Counter,
        "Messages to other shards. What all shards have sent and not received is on its way.",
        |it| it.visits_sent_count,
    ),
    (
        "connections_turned_away_total",
        Kind::Counter,
        "Connections closed at once, since there were enough.",
        |it| it.turned_away_count,
    ),
    (
        "connections_given_up_total",
        Kind::Counter,
        "Connections ended since a request that had begun did not come.",
        |it| it.given_up_count,
    ),
    (
        "connections_shed_total",
        Kind::Counter,
        "Connections ended since there was no memory for their answers.",
        |it| it.shed_count,
    ),
    (
        "connections_held_up_total",
        Kind::Counter,
        "How often a connection was not read on, since too much was under way.",
        |it| it.held_up_count,
    ),
    ("request_memory_bytes", Kind::Gauge, "Bytes of requests and unsent answers.", |it| {
        it.held_bytes as u64
    }),
    ("partitions", Kind::Gauge, "Partitions served.", |it| it.partition_count as u64),
    (
        "groups_unreadable_partitions",
        Kind::Gauge,
        "Partitions of committed offsets whose groups cannot be read; those of a shard that has \
         stopped are read when the broker starts again.",
        |it| it.unreadable_groups_count as u64,
    ),
    (
        "log_disk_full",
        Kind::Gauge,
        "1 while appends are refused since the disk is full, otherwise 0.",
        |it| u64::from(it.is_disk_full),
    ),
    ("log_batches_total", Kind::Counter, "Batches appended.", |it| it.counters.batches.get()),
    ("log_appended_bytes_total", Kind::Counter, "Bytes appended, as batches.", |it| {
        it.counters.appended_bytes.get()
    }),
    (
        "journal_frames_total",
        Kind::Counter,
        "Durable writes of the journal; each carries all appends of its moment.",
        |it| it.counters.frames.get(),
    ),
    ("journal_bytes_total", Kind::Counter, "Bytes written to the journal.", |it| {
        it.counters.journal_bytes.get()
    }),
    (
        "segment_run_bytes_total",
        Kind::Counter,
        "Bytes written straight to segments, with padding.",
        |it| it.counters.run_bytes.get(),
    ),
    (
        "segment_settled_bytes_total",
        Kind::Counter,
        "Bytes moved from memory to segments, with padding.",
        |it| it.counters.settled_bytes.get(),
    ),
    ("metadata_bytes_total", Kind::Counter, "Bytes of indexes and checkpoints written.", |it| {
        it.counters.metadata_bytes.get()
    }),
    ("checkpoints_total", Kind::Counter, "Checkpoints written.", |it| {
        it.counters.checkpoints.get()
    }),
    ("segment_read_bytes_total", Kind::Counter, "Bytes read from segments.", |it| {
        it.counters.read_bytes.get()
    }),
    ("shard_ticks_total", Kind::Counter, "Rounds of the shard; an idle one makes none.", |it| {
        it.activity.tick_count
    }),
    ("shard_sleeps_total", Kind::Counter, "How often the shard slept.", |it| {
        it.activity.sleep_count
    }),
    ("shard_enters_total", Kind::Counter, "Calls of io_uring_enter.", |it| it.activity.enter_count),
    ("shard_operations", Kind::Gauge, "Operations of the kernel that are under way.", |it| {
        it.activity.in_flight_count
    }),
    ("sends_without_copy_total", Kind::Counter, "Sends that went without a copy.", |it| {
        it.activity.zero_copy_send_count
    }),
];

/// A distribution of each shard: its name, what it is, and how it is taken.
type Distribution = (&'static str, &'static str, fn(&ShardReport) -> &Latencies);

const DISTRIBUTIONS: &[Distribution] = &[
    (
        "journal_commit_seconds",
        "How long the disk took to make a frame of the journal durable, with the runs beside it.",
        |it| &it.commits,
    ),
    (
        "mailbox_seconds",
        "How long messages from other shards were on their way; their count is what was received.",
        |it| &it.visits,
    ),
    (
        "send_seconds",
        "How long the kernel took to take the answers that a connection had ready.",
        |it| &it.sends,
    ),
];

/// A number of each topic: its name, what it is, and how it is taken.
type TopicRow = (&'static str, &'static str, fn(&TopicTraffic) -> u64);

const TOPIC_ROWS: &[TopicRow] = &[
    ("topic_batches_in_total", "Batches that clients appended.", |it| it.batches_in),
    ("topic_bytes_in_total", "Bytes of the batches that clients appended.", |it| it.bytes_in),
    ("topic_reads_total", "Reads of partitions for clients.", |it| it.reads),
    ("topic_bytes_out_total", "Bytes of batches that clients were given.", |it| it.bytes_out),
];

const REQUESTS: &str = "request_seconds";
const STAGES: &str = "request_stage_seconds";

/// What is known of the machine, beside the shards.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Surroundings {
    /// Memory of the process in RAM.
    pub(crate) memory_bytes: Option<u64>,
    /// The file system of the data directory.
    pub(crate) space: Option<Space>,
}

/// A number of the machine: its name, what it is, and how it is taken.
type MachineRow = (&'static str, &'static str, fn(&Surroundings) -> Option<u64>);

const MACHINE_ROWS: &[MachineRow] = &[
    ("memory_resident_bytes", "Memory of the process that is in RAM.", |it| it.memory_bytes),
    ("data_volume_size_bytes", "The file system of the data directory.", |it| {
        Some(it.space?.total_bytes)
    }),
    ("data_volume_free_bytes", "What is free of it for the broker.", |it| {
        Some(it.space?.free_bytes)
    }),
];

/// All reports as one page, with what is known of the machine.
pub(crate) fn render(reports: &[ShardReport], around: Surroundings) -> String {
    let mut page = String::new();
    let written = write_page(&mut page, reports).and_then(|()| write_machine(&mut page, &around));
    written.expect("a string takes everything");
    page
}

fn write_machine(page: &mut String, around: &Surroundings) -> std::fmt::Result {
    for (name, help, number) in MACHINE_ROWS {
        let Some(number) = number(around) else { continue };
        write_head(page, name, "gauge", help)?;
        writeln!(page, "millstream_{name} {number}")?;
    }
    Ok(())
}

fn write_page(page: &mut String, reports: &[ShardReport]) -> std::fmt::Result {
    for row in ROWS {
        write_row(page, row, reports)?;
    }
    for (name, help, latencies) in DISTRIBUTIONS {
        write_head(page, name, "histogram", help)?;
        for report in reports {
            let labels = format!("shard=\"{}\"", report.shard);
            write_latencies(page, name, &labels, latencies(report))?;
        }
    }
    for row in TOPIC_ROWS {
        write_topics(page, row, reports)?;
    }
    write_requests(page, reports)?;
    write_stages(page, reports)
}

fn write_head(page: &mut String, name: &str, kind: &str, help: &str) -> std::fmt::Result {
    writeln!(page, "# HELP millstream_{name} {help}")?;
    writeln!(page, "# TYPE millstream_{name} {kind}")
}

fn write_row(page: &mut String, row: &Row, reports: &[ShardReport]) -> std::fmt::Result {
    let (name, kind, help, number) = row;
    let kind = match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
    };
    write_head(page, name, kind, help)?;
    for report in reports {
        writeln!(page, "millstream_{name}{{shard=\"{}\"}} {}", report.shard, number(report))?;
    }
    Ok(())
}

/// Names of topics need no escapes: Kafka's rules permit letters, digits, dots, dashes and
/// underscores.
fn write_topics(page: &mut String, row: &TopicRow, reports: &[ShardReport]) -> std::fmt::Result {
    let (name, help, number) = row;
    write_head(page, name, "counter", help)?;
    for report in reports {
        for topic in &report.topics {
            let labels = format!("shard=\"{}\",topic=\"{}\"", report.shard, topic.name);
            writeln!(page, "millstream_{name}{{{labels}}} {}", number(topic))?;
        }
    }
    Ok(())
}

fn write_requests(page: &mut String, reports: &[ShardReport]) -> std::fmt::Result {
    let help = "From the whole request to its answer, fetches that wait included.";
    write_head(page, REQUESTS, "histogram", help)?;
    for report in reports {
        for (key, requests) in &report.requests {
            let labels = format!("shard=\"{}\",api=\"{key}\"", report.shard);
            write_latencies(page, REQUESTS, &labels, &requests.latencies)?;
        }
    }
    Ok(())
}

fn write_stages(page: &mut String, reports: &[ShardReport]) -> std::fmt::Result {
    write_head(page, STAGES, "histogram", "How long requests that carry records were where.")?;
    for report in reports {
        for (key, requests) in &report.requests {
            for (stage, latencies) in Stage::ALL.iter().zip(&requests.stages) {
                if latencies.count() > 0 {
                    let (shard, stage) = (report.shard, stage.name());
                    let labels = format!("shard=\"{shard}\",api=\"{key}\",stage=\"{stage}\"");
                    write_latencies(page, STAGES, &labels, latencies)?;
                }
            }
        }
    }
    Ok(())
}

fn write_latencies(
    page: &mut String,
    name: &str,
    labels: &str,
    latencies: &Latencies,
) -> std::fmt::Result {
    let bounds = LATENCY_BOUNDS_US.iter().map(|bound_us| seconds(*bound_us));
    let bounds = bounds.chain([String::from("+Inf")]);
    for (bound, count) in bounds.zip(latencies.cumulative()) {
        writeln!(page, "millstream_{name}_bucket{{{labels},le=\"{bound}\"}} {count}")?;
    }
    writeln!(page, "millstream_{name}_sum{{{labels}}} {}", latencies.total().as_secs_f64())?;
    writeln!(page, "millstream_{name}_count{{{labels}}} {}", latencies.count())
}

/// Without the errors of binary fractions: a bound is a label, and labels are compared as texts.
fn seconds(us: u64) -> String {
    let text = format!("{}.{:06}", us / 1_000_000, us % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod text_test {
    use super::*;
    use crate::metrics::observed::Requests;
    use crate::metrics::report::readiness;
    use millstream_base::ShardId;
    use millstream_io::PoolUsage;
    use millstream_wire::ApiKey;
    use std::collections::BTreeMap;
    use std::time::Duration;

    fn report() -> ShardReport {
        let mut latencies = Latencies::new();
        latencies.record(Duration::from_millis(2));
        let stages = vec![latencies.clone(); Stage::COUNT];
        let requests = Requests { latencies: latencies.clone(), stages };
        let name = String::from("a.b");
        let traffic = TopicTraffic { name, bytes_in: 7, ..TopicTraffic::default() };
        ShardReport {
            shard: ShardId::new(1),
            fault: None,
            is_disk_full: false,
            counters: Default::default(),
            activity: Default::default(),
            buffers: PoolUsage { lent_bytes: 1, kept_bytes: 2, bytes_max: 3 },
            partition_count: 3,
            unreadable_groups_count: 0,
            open_count: 2,
            accepted_count: 5,
            refused_count: 0,
            requests: BTreeMap::from([(ApiKey::Fetch, requests)]),
            commits: latencies.clone(),
            visits_sent_count: 4,
            visits: latencies.clone(),
            sends: latencies,
            turned_away_count: 0,
            given_up_count: 0,
            shed_count: 0,
            held_up_count: 0,
            held_bytes: 0,
            topics: vec![traffic],
            slowest: Vec::new(),
        }
    }

    fn around() -> Surroundings {
        let space = Space { total_bytes: 20, free_bytes: 11 };
        Surroundings { memory_bytes: Some(9), space: Some(space) }
    }

    #[test]
    fn a_page_has_each_number_with_its_kind() {
        let page = render(&[report()], around());
        for line in [
            "# TYPE millstream_connections gauge",
            "millstream_connections{shard=\"1\"} 2",
            "millstream_connections_accepted_total{shard=\"1\"} 5",
            "millstream_partitions{shard=\"1\"} 3",
            "# TYPE millstream_request_seconds histogram",
            "millstream_request_seconds_bucket{shard=\"1\",api=\"Fetch\",le=\"0.0015\"} 0",
            "millstream_request_seconds_bucket{shard=\"1\",api=\"Fetch\",le=\"0.002\"} 1",
            "millstream_request_seconds_bucket{shard=\"1\",api=\"Fetch\",le=\"+Inf\"} 1",
            "millstream_request_seconds_count{shard=\"1\",api=\"Fetch\"} 1",
            "millstream_request_seconds_sum{shard=\"1\",api=\"Fetch\"} 0.002",
            "millstream_request_stage_seconds_count{shard=\"1\",api=\"Fetch\",stage=\"park\"} 1",
            "millstream_journal_commit_seconds_count{shard=\"1\"} 1",
            "millstream_topic_bytes_in_total{shard=\"1\",topic=\"a.b\"} 7",
            "millstream_log_disk_full{shard=\"1\"} 0",
            "# TYPE millstream_data_volume_free_bytes gauge",
            "millstream_data_volume_free_bytes 11",
        ] {
            assert!(page.lines().any(|it| it == line), "{line} is missing:\n{page}");
        }
    }

    #[test]
    fn every_line_belongs_to_a_family_with_a_kind_and_none_is_there_twice() {
        let page = render(&[report()], around());
        let mut seen = std::collections::BTreeSet::new();
        let mut family = "";
        for line in page.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                family = help.split(' ').next().unwrap_or_default();
                assert!(seen.insert(line), "{line}");
            } else if !line.starts_with("# TYPE ") {
                assert!(line.starts_with(family), "{line} stands under {family}");
                let (series, number) = line.rsplit_once(' ').expect("a name and a number");
                assert!(seen.insert(series), "{line}");
                assert!(number.parse::<f64>().is_ok(), "{line}");
            }
        }
    }

    #[test]
    fn bounds_are_written_as_decimals() {
        for (us, text) in
            [(1, "0.000001"), (1_500, "0.0015"), (1_500_000, "1.5"), (10_000_000, "10")]
        {
            assert_eq!(seconds(us), text);
        }
    }

    #[test]
    fn one_shard_that_takes_nothing_is_enough() {
        assert_eq!(readiness(&[report()]), Ok(()));
        let fault = Some(String::from("a write failed"));
        let poisoned = ShardReport { fault, ..report() };
        let refused = readiness(&[report(), poisoned]).expect_err("one is of no use");
        assert!(refused.contains("a write failed"), "{refused}");
        let unreadable = ShardReport { unreadable_groups_count: 2, ..report() };
        let refused = readiness(&[unreadable]).expect_err("groups are missed");
        assert!(refused.contains("2 partitions of __consumer_offsets"), "{refused}");
    }
}
