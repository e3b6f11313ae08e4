//! The processor: checksums, copies, and how late it comes when it is called.

use super::card::Figure;
use super::plan::Context;
use crate::failure::Failure;
use crate::on_shard::{self, failed};
use crate::quantity::{Unit, rate, seconds};
use millstream_base::{Histogram, crc};
use millstream_io::mailbox::{self, Inlet, Outlet};
use millstream_io::{Buffer, Io, Shard};
use std::collections::VecDeque;
use std::hint::black_box;
use std::time::Duration;

pub(super) const GROUP: &str = "processor";
pub(super) const CHECKSUM_RATE: &str = "CRC-32C of 16 KiB";
pub(super) const COPY_RATE: &str = "copies of 16 KiB from and to memory";
const CACHED_COPY_RATE: &str = "copies of 16 KiB within the cache";
pub(super) const LATE_P99: &str = "a sleep of 1 ms ends late by, p99";
pub(super) const PAUSE_MAX: &str = "longest pause of a busy core";

const BLOCK_BYTES: usize = 16 << 10;
/// More than the caches of most processors.
const FAR_BYTES: usize = 64 << 20;
const SLEEP: Duration = Duration::from_millis(1);
/// Blocks between two looks at the clock.
const BURST_COUNT: u64 = 64;
/// So long a shard sleeps deeply before it is woken.
const WAKE_PAUSE: Duration = Duration::from_micros(200);

/// Measures on this shard, which does nothing else meanwhile.
pub(super) async fn measure(io: &Io, context: &mut Context) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut add = |name: &str, unit, value| figures.push(Figure::new(GROUP, name, unit, value));
    let plan = context.plan;
    if context.goes_on("processor: checksums") {
        let block = vec![0x5a_u8; BLOCK_BYTES];
        let checksum = |_| {
            black_box(crc::crc32c(black_box(&block)));
        };
        add(CHECKSUM_RATE, Unit::BytesPerSecond, blocks(io, plan.units(2.0), checksum));
    }
    if context.goes_on("processor: copies") {
        let near = copies(io, plan.units(2.0), 4 * BLOCK_BYTES);
        add(CACHED_COPY_RATE, Unit::BytesPerSecond, near);
        add(COPY_RATE, Unit::BytesPerSecond, copies(io, plan.units(2.0), FAR_BYTES));
    }
    if context.goes_on("processor: timers") {
        let late = sleeps(io, plan.units(4.0)).await;
        let at = |percentile| seconds(late.value_at_percentile(percentile));
        add("a sleep of 1 ms ends late by, p50", Unit::Seconds, at(50.0));
        add(LATE_P99, Unit::Seconds, at(99.0));
    }
    if context.goes_on("processor: pauses") {
        add(PAUSE_MAX, Unit::Seconds, seconds(longest_pause(io, plan.units(4.0))));
    }
    figures
}

/// Bytes per second of something that is done with one block after the other.
fn blocks(io: &Io, duration: Duration, mut work: impl FnMut(u64)) -> f64 {
    let begin = io.now();
    let mut count = 0;
    loop {
        for _ in 0..BURST_COUNT {
            work(count);
            count += 1;
        }
        let elapsed = io.now() - begin;
        if elapsed >= duration {
            return rate(count * BLOCK_BYTES as u64, elapsed);
        }
    }
}

/// Copies blocks round and round within two stretches of memory.
fn copies(io: &Io, duration: Duration, stretch_bytes: usize) -> f64 {
    let (mut from, mut to) = (Buffer::unpooled(stretch_bytes), Buffer::unpooled(stretch_bytes));
    from.fill(0x5a);
    to.fill(0);
    let block_count = (stretch_bytes / BLOCK_BYTES) as u64;
    blocks(io, duration, |index| {
        let index = usize::try_from(index % block_count).expect("below the number of blocks");
        let block = index * BLOCK_BYTES..(index + 1) * BLOCK_BYTES;
        to[block.clone()].copy_from_slice(black_box(&from[block]));
        black_box(&mut to);
    })
}

async fn sleeps(io: &Io, duration: Duration) -> Histogram {
    let begin = io.now();
    let mut late = Histogram::new();
    while io.now() - begin < duration {
        let asked = io.now();
        io.sleep(SLEEP).await;
        late.record((io.now() - asked).saturating_sub(SLEEP));
    }
    late
}

/// The longest time between two looks at the clock: what interrupts, other programs and the host
/// took from a thread that did not wait for anything.
fn longest_pause(io: &Io, duration: Duration) -> Duration {
    let begin = io.now();
    let (mut last, mut longest) = (begin, Duration::ZERO);
    while last - begin < duration {
        let now = io.now();
        longest = longest.max(now - last);
        last = now;
    }
    longest
}

/// How long a message takes to a shard that sleeps: half of there and back.
pub(super) fn measure_wakes(context: &mut Context) -> Result<Vec<Figure>, Failure> {
    if !context.goes_on("processor: wakes") {
        return Ok(Vec::new());
    }
    let duration = context.plan.units(4.0);
    let (there, inlet) = mailbox::pair(1);
    let (back, answers) = mailbox::pair(1);
    let peer = Shard::start(context.plan.peer_shard(), move |_| echo(inlet, back));
    let peer = peer.map_err(|error| failed(&error))?;
    let wakes = on_shard::run(context.plan.shard(), move |io| wakes(io, there, answers, duration))?;
    peer.join().map_err(|error| failed(&error))?;
    let at = |percentile| seconds(wakes.value_at_percentile(percentile) / 2);
    let figure = |name: &str, value| Figure::new(GROUP, name, Unit::Seconds, value);
    Ok(vec![
        figure("from shard to sleeping shard, p50", at(50.0)),
        figure("from shard to sleeping shard, p99", at(99.0)),
    ])
}

async fn echo(mut inlet: Inlet<u64>, mut back: Outlet<u64>) {
    let mut messages = VecDeque::new();
    while inlet.receive(&mut messages).await {
        for message in messages.drain(..) {
            if back.send(message).await.is_err() {
                return;
            }
        }
    }
}

async fn wakes(
    io: Io,
    mut there: Outlet<u64>,
    mut answers: Inlet<u64>,
    duration: Duration,
) -> Result<Histogram, Failure> {
    let (begin, mut round_trips) = (io.now(), Histogram::new());
    let mut messages = VecDeque::new();
    while io.now() - begin < duration {
        io.sleep(WAKE_PAUSE).await;
        let sent = io.now();
        there.send(round_trips.count()).await.map_err(|error| failed(&error))?;
        if !answers.receive(&mut messages).await {
            break;
        }
        messages.clear();
        round_trips.record(io.now() - sent);
    }
    Ok(round_trips)
}
