//! A receiver that changes its mind all the time sees the same bytes as one that does not.

use crate::common::{on_shard, options, pair, pattern, poll_once, steps};
use millstream_base::Random;
use millstream_io::{Buffer, Io, Priority, SendHalf, Slice, Stream};

const BYTES: usize = 300_000;
const SEEDS: std::ops::Range<u64> = 0..8;

/// Sends everything, in pieces and gatherings of all sizes.
async fn send_all(mut sender: SendHalf, bytes: Slice, mut random: Random) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let mut slices = Vec::new();
        for _ in 0..=random.below(4) {
            let length = usize::try_from(random.below(10_000)).expect("small").min(rest.len());
            slices.push(rest.slice(0..length));
            rest = rest.slice(length..rest.len());
        }
        sender.send(slices).await.expect("sends");
    }
    sender.shutdown().await.expect("shuts down");
}

/// Receives in one of both ways, and half of the time gives up at once. `None` at the end.
async fn receive_some(stream: &mut Stream, random: &mut Random, all: &mut Vec<u8>) -> Option<()> {
    let length = usize::try_from(1 + random.below(8000)).expect("small");
    let gives_up = random.chance(1, 2);
    if random.chance(1, 2) {
        let receiving = stream.receive(Buffer::unpooled(length));
        let received = if gives_up { poll_once(receiving).await } else { Some(receiving.await) };
        let Some((count, buffer)) = received else { return Some(()) };
        let count = count.expect("receives");
        all.extend_from_slice(&buffer[..count]);
        return (count > 0).then_some(());
    }
    let receiving = stream.receive_provided();
    let received = if gives_up { poll_once(receiving).await } else { Some(receiving.await) };
    let Some(chunk) = received else { return Some(()) };
    let chunk = chunk.expect("receives")?;
    all.extend_from_slice(&chunk);
    Some(())
}

async fn run(io: Io, seed: u64) {
    let mut random = Random::new(seed);
    let (client, mut server) = pair(&io).await;
    let sent = pattern(BYTES);
    let (_client, sender) = client.split();
    let sending = send_all(sender, Slice::from(&sent[..]), random.fork());
    let sending = io.spawn(Priority::Foreground, sending);
    let mut all = Vec::new();
    while receive_some(&mut server, &mut random, &mut all).await.is_some() {
        if random.chance(1, 8) {
            io.yield_now().await;
        }
    }
    assert!(all == sent, "seed {seed}: {} of {BYTES} bytes, or others", all.len());
    sending.await;
}

#[test]
fn a_receiver_that_gives_up_at_random_sees_every_byte_in_order() {
    for features in steps() {
        for seed in SEEDS {
            on_shard(options(features), move |io| run(io, seed));
        }
    }
}
