//! The loopback: round trips and a stream, between two shards on two cores.

use super::card::Figure;
use super::plan::Context;
use crate::failure::Failure;
use crate::on_shard::{self, failed};
use crate::quantity::{Unit, rate, seconds};
use millstream_base::Histogram;
use millstream_io::{
    ConnectOptions, Inbox, Io, IoError, ListenOptions, Listener, Priority, Reply, Shard, Slice,
    Stream, channel, reply,
};
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

pub(super) const GROUP: &str = "loopback";
pub(super) const ROUND_TRIP_P50: &str = "round trip, one connection, p50";
pub(super) const ROUND_TRIP_P99: &str = "round trip, one connection, p99";
pub(super) const ROUND_TRIPS: &str = "round trips, 64 connections";
/// By the congestion control that a broker asks for.
pub(super) const STREAM_RATE: &str = "stream from memory (cubic)";

/// What a broker asks for.
const CONGESTION: &str = "cubic";
const CONNECTION_COUNT: usize = 64;
const REQUEST: [u8; 64] = [ECHO; 64];
/// The first byte of a connection says what is wanted of it.
const ECHO: u8 = 1;
const SEND: u8 = 2;
const CHUNK_BYTES: usize = 1 << 20;
/// What a client of a stream receives at once.
const RECEIVE_BYTES: usize = 256 << 10;

/// Measures with a server on the core of a broker's shard and a client on the other.
pub(super) fn measure(context: &mut Context, machines: &str) -> Result<Vec<Figure>, Failure> {
    let mut figures = with_server(context, Some(CONGESTION), all)?;
    let is_other = !machines.is_empty() && machines != CONGESTION;
    if is_other && !context.is_over() {
        let stream = with_server(context, None, stream_only)?;
        let renamed = stream.into_iter().map(|figure| Figure {
            name: format!("stream from memory ({machines}, the machine's default)"),
            ..figure
        });
        figures.extend(renamed);
    }
    Ok(figures)
}

/// Runs what a client does against a server.
fn with_server(
    context: &mut Context,
    congestion: Option<&str>,
    measure: fn(&mut Context, SocketAddr) -> Result<Vec<Figure>, Failure>,
) -> Result<Vec<Figure>, Failure> {
    let options = ListenOptions {
        congestion_control: congestion.map(str::to_owned),
        ..ListenOptions::default()
    };
    let (listening, address) = reply();
    let (stop, stopping) = channel(1);
    let server = Shard::start(context.plan.shard(), move |io| async move {
        serve(io, options, listening, stopping).await;
    });
    let server = server.map_err(|error| failed(&error))?;
    let address = address.wait().map_err(|error| failed(&error))?;
    // Not every kernel has it: then by what it has.
    let result = match address {
        Err(_) if congestion.is_some() => with_server(context, None, measure),
        Err(error) => Err(failed(&error)),
        Ok(address) => measure(context, address),
    };
    drop(stop);
    server.join().map_err(|error| failed(&error))?;
    result
}

async fn serve(
    io: Io,
    options: ListenOptions,
    listening: Reply<Result<SocketAddr, IoError>>,
    mut stopping: Inbox<()>,
) {
    let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = match io.listen(any_port, options).await {
        Ok(listener) => listener,
        Err(error) => return listening.send(Err(error)),
    };
    listening.send(Ok(listener.local_address()));
    drop(io.spawn(Priority::Foreground, accept(io.clone(), listener)));
    while stopping.receive(&mut VecDeque::new()).await {}
}

async fn accept(io: Io, mut listener: Listener) {
    while let Ok(stream) = listener.accept().await {
        let serving_io = io.clone();
        // A peer that goes away ends its connection, and that is how each of them ends.
        let serving = async move { drop(answer(serving_io, stream).await) };
        drop(io.spawn(Priority::Foreground, serving));
    }
}

async fn answer(io: Io, mut stream: Stream) -> Result<(), IoError> {
    let mut content = io.buffers().region()?;
    content.fill(0x5a);
    let content = content.freeze();
    while let Some(request) = stream.receive_provided().await? {
        if request.first() != Some(&SEND) {
            stream.send(vec![request]).await?;
            continue;
        }
        loop {
            stream.send(vec![content.slice(0..CHUNK_BYTES)]).await?;
        }
    }
    Ok(())
}

fn all(context: &mut Context, address: SocketAddr) -> Result<Vec<Figure>, Failure> {
    let mut figures = Vec::new();
    let mut add = |name: &str, unit, value| figures.push(Figure::new(GROUP, name, unit, value));
    if context.goes_on("loopback: round trips on one connection") {
        let (_, latencies) = round_trips(context, address, 1)?;
        let at = |percentile| seconds(latencies.value_at_percentile(percentile));
        add(ROUND_TRIP_P50, Unit::Seconds, at(50.0));
        add(ROUND_TRIP_P99, Unit::Seconds, at(99.0));
    }
    if context.goes_on("loopback: round trips on 64 connections") {
        let (rate, _) = round_trips(context, address, CONNECTION_COUNT)?;
        add(ROUND_TRIPS, Unit::PerSecond, rate);
    }
    figures.extend(stream_only(context, address)?);
    Ok(figures)
}

fn round_trips(
    context: &Context,
    address: SocketAddr,
    connection_count: usize,
) -> Result<(f64, Histogram), Failure> {
    let duration = context.plan.units(6.0);
    on_shard::run(context.plan.peer_shard(), move |io| async move {
        let begin = io.now();
        let client = |_| {
            let own = io.clone();
            io.spawn(Priority::Foreground, ask(own, address, duration))
        };
        let clients: Vec<_> = (0..connection_count).map(client).collect();
        let mut latencies = Histogram::new();
        for client in clients {
            latencies.merge(&client.await.map_err(|error| failed(&error))?);
        }
        Ok((rate(latencies.count(), io.now() - begin), latencies))
    })
}

async fn ask(io: Io, address: SocketAddr, duration: Duration) -> Result<Histogram, IoError> {
    let mut stream = io.connect(address, ConnectOptions::default()).await?;
    let request = Slice::from(&REQUEST[..]);
    let mut latencies = Histogram::new();
    let begin = io.now();
    loop {
        let asked = io.now();
        stream.send(vec![request.clone()]).await?;
        let mut left_bytes = REQUEST.len();
        while left_bytes > 0 {
            let chunk = stream.receive_provided().await?.ok_or(IoError::Closed)?;
            left_bytes = left_bytes.saturating_sub(chunk.len());
        }
        let answered = io.now();
        latencies.record(answered - asked);
        if answered - begin >= duration {
            return Ok(latencies);
        }
    }
}

fn stream_only(context: &mut Context, address: SocketAddr) -> Result<Vec<Figure>, Failure> {
    if !context.goes_on("loopback: a stream") {
        return Ok(Vec::new());
    }
    let duration = context.plan.units(6.0);
    let bytes_per_second = on_shard::run(context.plan.peer_shard(), move |io| async move {
        let reading = read_all(Rc::new(io), address, duration);
        reading.await.map_err(|error| failed(&error))
    })?;
    Ok(vec![Figure::new(GROUP, STREAM_RATE, Unit::BytesPerSecond, bytes_per_second)])
}

async fn read_all(io: Rc<Io>, address: SocketAddr, duration: Duration) -> Result<f64, IoError> {
    let mut stream = io.connect(address, ConnectOptions::default()).await?;
    stream.send(vec![Slice::from(&[SEND][..])]).await?;
    // One buffer that stays in the cache: the sender is to be the slower side, as with clients that
    // are many.
    let mut buffer = io.buffers().buffer(RECEIVE_BYTES)?;
    let (begin, mut bytes) = (io.now(), 0);
    while io.now() - begin < duration {
        let (received, given_back) = stream.receive(buffer).await;
        buffer = given_back;
        let count = received?;
        if count == 0 {
            break;
        }
        bytes += count as u64;
    }
    Ok(rate(bytes, io.now() - begin))
}
