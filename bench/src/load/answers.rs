//! The answers of one connection, as they come.

use super::flow::Flow;
use super::frames::Frames;
use super::link;
use super::stage::Stage;
use millstream_base::Instant;
use millstream_io::ReceiveHalf;
use millstream_wire::WireError;

/// Hands each answer to `take`, with the time at which it was there, until the flow's connection
/// is lost, as [`link::lose`] says, or what comes on it is wrong: that ends the run.
pub(crate) async fn each(
    stage: &Stage,
    flow: &Flow,
    mut receive: ReceiveHalf,
    mut take: impl FnMut(&[u8], Instant) -> Result<(), WireError>,
) {
    let opened_count = flow.opened_count();
    let lose = |why| link::lose(stage, flow, opened_count, why);
    let mut frames = Frames::default();
    loop {
        let chunk = match receive.receive_provided().await {
            Ok(Some(chunk)) => chunk,
            Err(error) if error.are_buffers_spent() => {
                stage.io.next_tick().await;
                continue;
            }
            Ok(None) => return lose(String::from("the broker has closed a connection")),
            Err(error) => return lose(format!("a connection is lost: {error}")),
        };
        if flow.opened_count() != opened_count {
            // What it answers was given up.
            return;
        }
        let now = stage.io.now();
        if let Err(error) = frames.feed(&chunk, |frame| take(frame, now)) {
            return stage.fail(format!("an answer that is not Kafka's protocol: {error}"));
        }
    }
}
