//! The disk: durable writes over size and depth, what a flush costs, and direct reads.

use super::card::Figure;
use super::plan::Context;
use crate::failure::Failure;
use crate::on_shard::failed;
use crate::plot::{Curve, Point, Series};
use crate::quantity::{Unit, rate, seconds};
use crate::recycled::Recycled;
use millstream_base::limits::REGION_BYTES;
use millstream_base::{Histogram, Instant};
use millstream_io::{Durability, Io, IoError, Priority, Slice};
use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

pub(super) const GROUP: &str = "disk";
pub(super) const DURABLE_RATE: &str = "durable writes, at best";
pub(super) const DURABLE_SMALL_P50: &str = "durable write of 16 KiB, one in flight, p50";
pub(super) const DURABLE_SMALL_P99: &str = "durable write of 16 KiB, one in flight, p99";
pub(super) const PLAIN_P50: &str = "write of 4 KiB without a flush, p50";
pub(super) const DURABLE_P50: &str = "durable write of 4 KiB, one in flight, p50";
pub(super) const READ_RATE: &str = "direct sequential reads, 1 MiB × 8";
const READ_LATENCY_P50: &str = "direct random read of 4 KiB, one in flight, p50";
const READ_LATENCY_P99: &str = "direct random read of 4 KiB, one in flight, p99";
const READ_COUNT: &str = "direct random reads of 4 KiB, 32 in flight";

const SIZES: [(usize, &str); 5] = [
    (4 << 10, "4 KiB"),
    (16 << 10, "16 KiB"),
    (64 << 10, "64 KiB"),
    (256 << 10, "256 KiB"),
    (1 << 20, "1 MiB"),
];
const DEPTHS: [usize; 4] = [1, 2, 4, 8];
const ACROSS: &str = "size of each write";

/// How bytes become durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Not at all.
    Plain,
    /// By the write itself.
    Dsync,
    /// By a sync behind it.
    Sync,
}

impl Way {
    const DURABLE: [(Self, &'static str); 2] =
        [(Self::Dsync, "RWF_DSYNC"), (Self::Sync, "a write and fdatasync")];
}

/// What was measured of a disk.
#[derive(Default)]
pub(super) struct Found {
    pub(super) figures: Vec<Figure>,
    pub(super) curves: Vec<Curve>,
}

impl Found {
    fn add(&mut self, name: impl Into<String>, unit: Unit, value: f64) {
        self.figures.push(Figure::new(GROUP, name, unit, value));
    }
}

/// Measures the disk under `path`, where two files are made that nobody removes.
pub(super) async fn measure(io: &Io, path: &Path, context: &mut Context) -> Result<Found, Failure> {
    let mut found = Found::default();
    if !context.goes_on("disk: making a file") {
        return Ok(found);
    }
    let file_bytes = context.plan.file_bytes();
    let file = Recycled::make(io, &path.join("disk"), file_bytes).await;
    let bench = Bench {
        io: io.clone(),
        file: file.map_err(|error| failed(&error))?,
        content: noise(io).map_err(|error| failed(&error))?,
        next: Cell::new(0),
    };
    let bench = Rc::new(bench);
    let outcome = async {
        write(&bench, context, &mut found).await?;
        read(&bench, context, &mut found).await
    };
    outcome.await.map_err(|error| failed(&error))?;
    Ok(found)
}

/// A region of bytes that no disk can make smaller.
fn noise(io: &Io) -> Result<Slice, IoError> {
    let mut content = io.buffers().region()?;
    for word in content.chunks_exact_mut(8) {
        word.copy_from_slice(&io.random_u64().to_be_bytes());
    }
    Ok(content.freeze())
}

/// One file and what is written to it.
struct Bench {
    io: Io,
    file: Recycled,
    content: Slice,
    next: Cell<u64>,
}

/// What lanes side by side have done.
struct Done {
    bytes: u64,
    count: u64,
    elapsed: Duration,
    latencies: Histogram,
}

impl Done {
    fn bytes_per_second(&self) -> f64 {
        rate(self.bytes, self.elapsed)
    }

    fn at(&self, percentile: f64) -> f64 {
        seconds(self.latencies.value_at_percentile(percentile))
    }
}

async fn write(bench: &Rc<Bench>, context: &mut Context, found: &mut Found) -> Result<(), IoError> {
    let mut best = 0.0_f64;
    let mut latency = latency_curve();
    for (way, name) in Way::DURABLE {
        let mut throughput = Curve {
            title: format!("Durable writes by {name}: bytes per second"),
            across: String::from(ACROSS),
            unit: Unit::BytesPerSecond,
            series: DEPTHS.iter().map(|depth| series(&format!("{depth} in flight"))).collect(),
        };
        for (size_bytes, size) in SIZES {
            for (depth, line) in DEPTHS.into_iter().zip(&mut throughput.series) {
                if !context.goes_on(&format!("disk: {size} × {depth} by {name}")) {
                    break;
                }
                let done = bench.write(way, size_bytes, depth, context.plan.units(1.0)).await?;
                line.points.push(point(size, done.bytes_per_second()));
                if way == Way::Dsync {
                    best = best.max(done.bytes_per_second());
                }
                if depth == 1 {
                    note_latency(&mut latency, (way, size), &done, found);
                }
            }
        }
        found.curves.push(throughput);
    }
    found.curves.push(latency);
    if best > 0.0 {
        found.add(DURABLE_RATE, Unit::BytesPerSecond, best);
    }
    if context.goes_on("disk: writes without a flush") {
        let done = bench.write(Way::Plain, 4 << 10, 1, context.plan.units(3.0)).await?;
        found.add(PLAIN_P50, Unit::Seconds, done.at(50.0));
    }
    Ok(())
}

fn latency_curve() -> Curve {
    let names = Way::DURABLE
        .into_iter()
        .flat_map(|(_, name)| [format!("{name}, p50"), format!("{name}, p99")]);
    Curve {
        title: String::from("One durable write at a time: latency"),
        across: String::from(ACROSS),
        unit: Unit::Seconds,
        series: names.map(|name| series(&name)).collect(),
    }
}

fn note_latency(curve: &mut Curve, (way, size): (Way, &str), done: &Done, found: &mut Found) {
    let first = if way == Way::Dsync { 0 } else { 2 };
    curve.series[first].points.push(point(size, done.at(50.0)));
    curve.series[first + 1].points.push(point(size, done.at(99.0)));
    match (way, size) {
        (Way::Dsync, "4 KiB") => found.add(DURABLE_P50, Unit::Seconds, done.at(50.0)),
        (Way::Dsync, "16 KiB") => {
            found.add(DURABLE_SMALL_P50, Unit::Seconds, done.at(50.0));
            found.add(DURABLE_SMALL_P99, Unit::Seconds, done.at(99.0));
        }
        _ => {}
    }
}

fn series(name: &str) -> Series {
    Series { name: name.to_owned(), points: Vec::new() }
}

fn point(across: &str, value: f64) -> Point {
    Point { across: across.to_owned(), value }
}

async fn read(bench: &Rc<Bench>, context: &mut Context, found: &mut Found) -> Result<(), IoError> {
    // A file of zeros that was never written over may cost a disk nothing to read.
    if context.goes_on("disk: filling the file") {
        bench.fill().await?;
    }
    let duration = context.plan.units(4.0);
    if context.goes_on("disk: sequential reads") {
        let done = bench.read(1 << 20, 8, false, duration).await?;
        found.add(READ_RATE, Unit::BytesPerSecond, done.bytes_per_second());
    }
    if context.goes_on("disk: random reads, one by one") {
        let done = bench.read(4 << 10, 1, true, duration).await?;
        found.add(READ_LATENCY_P50, Unit::Seconds, done.at(50.0));
        found.add(READ_LATENCY_P99, Unit::Seconds, done.at(99.0));
    }
    if context.goes_on("disk: random reads, 32 in flight") {
        let done = bench.read(4 << 10, 32, true, duration).await?;
        found.add(READ_COUNT, Unit::PerSecond, rate(done.count, done.elapsed));
    }
    Ok(())
}

impl Bench {
    /// Writes in so many lanes.
    async fn write(
        self: &Rc<Self>,
        way: Way,
        size_bytes: usize,
        depth: usize,
        duration: Duration,
    ) -> Result<Done, IoError> {
        self.lanes(depth, duration, async move |bench: &Self| {
            let position = bench.next.get();
            bench.next.set(position + size_bytes as u64);
            let within = usize::try_from(position % REGION_BYTES as u64).expect("below 2 MiB");
            let slices = vec![bench.content.slice(within..within + size_bytes)];
            let durability =
                if way == Way::Dsync { Durability::Stable } else { Durability::Written };
            bench.file.write(slices, position, durability).await?;
            if way == Way::Sync {
                bench.file.sync().await?;
            }
            Ok(size_bytes)
        })
        .await
    }

    async fn read(
        self: &Rc<Self>,
        size_bytes: usize,
        depth: usize,
        is_random: bool,
        duration: Duration,
    ) -> Result<Done, IoError> {
        self.lanes(depth, duration, async move |bench: &Self| {
            let position = if is_random {
                bench.io.random_u64() / size_bytes as u64 * size_bytes as u64
            } else {
                bench.next.get()
            };
            bench.next.set(position.wrapping_add(size_bytes as u64));
            let buffer = bench.io.buffers().buffer(size_bytes)?;
            let (result, _) = bench.file.read(buffer, position).await;
            result
        })
        .await
    }

    /// Lanes side by side, each of which does one thing after the other until the time is over.
    async fn lanes(
        self: &Rc<Self>,
        depth: usize,
        duration: Duration,
        work: impl AsyncFn(&Self) -> Result<usize, IoError> + Clone + 'static,
    ) -> Result<Done, IoError> {
        // Each kind of transfer begins where it lies aligned to its own size.
        self.next.set(0);
        let begin = self.io.now();
        let lane = |_| {
            let lane = lane(Rc::clone(self), work.clone(), begin, duration);
            self.io.spawn(Priority::Foreground, lane)
        };
        let lanes: Vec<_> = (0..depth).map(lane).collect();
        let mut latencies = Histogram::new();
        let mut bytes = 0;
        for lane in lanes {
            let (lane_bytes, lane_latencies) = lane.await?;
            bytes += lane_bytes;
            latencies.merge(&lane_latencies);
        }
        let elapsed = self.io.now() - begin;
        Ok(Done { bytes, count: latencies.count(), elapsed, latencies })
    }

    /// Writes noise over the whole file.
    async fn fill(&self) -> Result<(), IoError> {
        for position in (0..self.file.length_bytes()).step_by(REGION_BYTES) {
            let slices = vec![self.content.clone()];
            self.file.write(slices, position, Durability::Written).await?;
        }
        self.file.sync().await
    }
}

async fn lane(
    bench: Rc<Bench>,
    work: impl AsyncFn(&Bench) -> Result<usize, IoError>,
    begin: Instant,
    duration: Duration,
) -> Result<(u64, Histogram), IoError> {
    let mut latencies = Histogram::new();
    let mut bytes = 0;
    loop {
        let begun = bench.io.now();
        bytes += work(&bench).await? as u64;
        let ended = bench.io.now();
        latencies.record(ended - begun);
        if ended - begin >= duration {
            return Ok((bytes, latencies));
        }
    }
}
