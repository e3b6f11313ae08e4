//! Reports as Prometheus reads them.

use crate::metrics::report::{QUANTILES, ShardReport};
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
    ("partitions", Kind::Gauge, "Partitions served.", |it| it.partition_count as u64),
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

const REQUESTS: &str = "millstream_request_seconds";

/// All reports as one page.
pub(crate) fn render(reports: &[ShardReport]) -> String {
    let mut page = String::new();
    for row in ROWS {
        write_row(&mut page, row, reports).expect("a string takes everything");
    }
    write_requests(&mut page, reports).expect("a string takes everything");
    page
}

fn write_row(page: &mut String, row: &Row, reports: &[ShardReport]) -> std::fmt::Result {
    let (name, kind, help, number) = row;
    let kind = match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
    };
    writeln!(page, "# HELP millstream_{name} {help}")?;
    writeln!(page, "# TYPE millstream_{name} {kind}")?;
    for report in reports {
        writeln!(page, "millstream_{name}{{shard=\"{}\"}} {}", report.shard, number(report))?;
    }
    Ok(())
}

fn write_requests(page: &mut String, reports: &[ShardReport]) -> std::fmt::Result {
    let help = "From the whole request to its answer, fetches that wait included.";
    writeln!(page, "# HELP {REQUESTS} {help}")?;
    writeln!(page, "# TYPE {REQUESTS} summary")?;
    for report in reports {
        for api in &report.apis {
            let labels = format!("shard=\"{}\",api=\"{}\"", report.shard, api.key);
            for ((_, quantile), latency) in QUANTILES.iter().zip(api.latencies) {
                let seconds = latency.as_secs_f64();
                writeln!(page, "{REQUESTS}{{{labels},quantile=\"{quantile}\"}} {seconds}")?;
            }
            writeln!(page, "{REQUESTS}_sum{{{labels}}} {}", api.total.as_secs_f64())?;
            writeln!(page, "{REQUESTS}_count{{{labels}}} {}", api.count)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod text_test {
    use super::*;
    use crate::metrics::report::{ApiReport, readiness};
    use millstream_base::{Histogram, ShardId};
    use millstream_wire::ApiKey;
    use std::time::Duration;

    #[test]
    fn a_page_has_each_number_with_its_kind() {
        let mut latency = Histogram::new();
        latency.record(Duration::from_millis(2));
        let report = ShardReport {
            shard: ShardId::new(1),
            fault: None,
            counters: Default::default(),
            activity: Default::default(),
            partition_count: 3,
            open_count: 2,
            accepted_count: 5,
            refused_count: 0,
            apis: vec![ApiReport::new(ApiKey::Fetch, &latency, Duration::from_millis(2))],
        };
        assert_eq!(readiness(std::slice::from_ref(&report)), Ok(()));
        let fault = Some(String::from("a write failed"));
        let poisoned = ShardReport { fault, ..report.clone() };
        let refused = readiness(&[report.clone(), poisoned]).expect_err("one is of no use");
        assert!(refused.contains("a write failed"), "{refused}");
        let page = render(&[report]);
        for line in [
            "# TYPE millstream_connections gauge",
            "millstream_connections{shard=\"1\"} 2",
            "millstream_connections_accepted_total{shard=\"1\"} 5",
            "millstream_partitions{shard=\"1\"} 3",
            "# TYPE millstream_request_seconds summary",
            "millstream_request_seconds_count{shard=\"1\",api=\"Fetch\"} 1",
            "millstream_request_seconds_sum{shard=\"1\",api=\"Fetch\"} 0.002",
        ] {
            assert!(page.lines().any(|it| it == line), "{line} is missing:\n{page}");
        }
        assert!(page.contains("quantile=\"0.999\"} 0.00"), "{page}");
    }
}
