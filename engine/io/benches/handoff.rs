//! How long a message takes from one shard to another, one way, on two pinned cores.
//!
//! `cargo bench -p millstream-io --bench handoff`, with nothing else running. Each row is a round
//! of its own; compare medians of several rounds, since the machine's other guests are in each.

use millstream_base::Histogram;
use millstream_io::mailbox::{self, Inlet, Outlet};
use millstream_io::{Io, Reply, RingFeatures, Shard, ShardOptions, reply};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Rounds of each row, interleaved.
const ROUND_COUNT: usize = 5;
const WARM_UP_COUNT: u32 = 1000;

/// One way to hand over.
struct Row {
    name: &'static str,
    spin: Duration,
    ring_messages: bool,
    /// Between two messages; long enough for the receiver to fall asleep where it does.
    pause: Duration,
    message_count: u32,
}

const SPIN: Duration = Duration::from_millis(10);

const ROWS: &[Row] = &[
    Row {
        name: "receiver polls",
        spin: SPIN,
        ring_messages: true,
        pause: Duration::from_micros(20),
        message_count: 50_000,
    },
    Row {
        name: "receiver sleeps, ring message",
        spin: Duration::ZERO,
        ring_messages: true,
        pause: Duration::from_micros(200),
        message_count: 10_000,
    },
    Row {
        name: "receiver sleeps, eventfd",
        spin: Duration::ZERO,
        ring_messages: false,
        pause: Duration::from_micros(200),
        message_count: 10_000,
    },
];

fn main() {
    println!("{:<32} {:>8} {:>8} {:>8}  µs one way", "", "p50", "p99", "p99.9");
    for _ in 0..ROUND_COUNT {
        for row in ROWS {
            let latencies = measure(row);
            let at = |percentile| {
                let value: Duration = latencies.value_at_percentile(percentile);
                value.as_secs_f64() * 1e6
            };
            println!("{:<32} {:>8.1} {:>8.1} {:>8.1}", row.name, at(50.0), at(99.0), at(99.9));
        }
    }
}

fn measure(row: &Row) -> Histogram {
    let (outlet, inlet) = mailbox::pair(16);
    let (done, latencies) = reply();
    let options = |core| ShardOptions {
        core: Some(core),
        spin: row.spin,
        features: RingFeatures { ring_messages: row.ring_messages, ..RingFeatures::default() },
        ..ShardOptions::default()
    };
    let (pause, message_count) = (row.pause, row.message_count);
    let receiver = Shard::start(options(1), move |_| receive(inlet, done));
    let sender = Shard::start(options(0), move |io| send(io, outlet, pause, message_count));
    let latencies = latencies.wait().expect("the receiver answers");
    sender.expect("a ring").join().expect("no panic");
    receiver.expect("a ring").join().expect("no panic");
    latencies
}

async fn send(io: Io, mut outlet: Outlet<Instant>, pause: Duration, message_count: u32) {
    for _ in 0..message_count {
        io.sleep(pause).await;
        outlet.send(now()).await.expect("the receiver reads");
    }
}

async fn receive(mut inlet: Inlet<Instant>, done: Reply<Histogram>) {
    let mut latencies = Histogram::new();
    let mut messages = VecDeque::new();
    let mut seen_count = 0;
    while inlet.receive(&mut messages).await {
        let arrived = now();
        for sent in messages.drain(..) {
            seen_count += 1;
            if seen_count > WARM_UP_COUNT {
                latencies.record(arrived - sent);
            }
        }
    }
    done.send(latencies);
}

#[expect(clippy::disallowed_methods, reason = "one clock for both shards, beside their own")]
fn now() -> Instant {
    Instant::now()
}
