//! The answers of one connection, as they come.

use super::frames::Frames;
use super::stage::Stage;
use millstream_base::Instant;
use millstream_io::ReceiveHalf;
use millstream_wire::WireError;

/// Hands each answer to `take`, with the time at which it was there, until the connection or what
/// comes on it breaks: that ends the run.
pub(crate) async fn each(
    stage: &Stage,
    mut receive: ReceiveHalf,
    mut take: impl FnMut(&[u8], Instant) -> Result<(), WireError>,
) {
    let mut frames = Frames::default();
    loop {
        let chunk = match receive.receive_provided().await {
            Ok(Some(chunk)) => chunk,
            Err(error) if error.are_buffers_spent() => {
                stage.io.next_tick().await;
                continue;
            }
            Ok(None) => return stage.fail(String::from("the broker has closed a connection")),
            Err(error) => return stage.fail(format!("a connection is lost: {error}")),
        };
        let now = stage.io.now();
        if let Err(error) = frames.feed(&chunk, |frame| take(frame, now)) {
            return stage.fail(format!("an answer that is not Kafka's protocol: {error}"));
        }
    }
}
