//! The connection of a flow: broken, it ends the run, or is opened again.

use super::flow::Flow;
use super::stage::Stage;
use super::tally::Count;
use millstream_base::Instant;
use millstream_io::{ConnectOptions, ReceiveHalf, SendHalf, Stream};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

/// Between the first two tries to connect again; then twice as long, up to [`PAUSE_MAX`], as
/// Kafka's clients do.
const PAUSE: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Sends and receives until the flow is over. `receive` is to start who takes the answers, `send`
/// ends with the flow or with its connection, and `lose` counts requests that were under way then.
pub(crate) async fn keep(
    stage: &Rc<Stage>,
    flow: &Flow,
    address: SocketAddr,
    receive: impl Fn(ReceiveHalf),
    mut send: impl AsyncFnMut(SendHalf),
    lose: impl Fn(&mut Count, usize),
) {
    let mut lost_at = None;
    loop {
        let stream = match connect(stage, address, lost_at).await {
            Ok(Some(stream)) => stream,
            Ok(None) => break,
            Err(why) => return stage.fail(why),
        };
        let (receiving, sending) = stream.split();
        receive(receiving);
        stage.io.sleep_until(stage.start).await;
        send(sending).await;
        if flow.is_over() || !flow.is_broken() {
            break;
        }
        let now = stage.io.now();
        lost_at = Some(now);
        let lost_count = flow.renew(now);
        lose(&mut stage.count.borrow_mut(), lost_count);
    }
    flow.end();
}

/// A connection. Where one was lost, it is tried until there is another, and `None` if the run is
/// over before.
///
/// # Errors
/// A sentence, where there was none before.
pub(crate) async fn connect(
    stage: &Stage,
    address: SocketAddr,
    lost_at: Option<Instant>,
) -> Result<Option<Stream>, String> {
    let mut pause = PAUSE;
    loop {
        match stage.io.connect(address, ConnectOptions::default()).await {
            Ok(stream) => {
                let now = stage.io.now();
                if let Some(lost_at) = lost_at {
                    stage.count.borrow_mut().reconnected.succeed(0, 0, now - lost_at);
                }
                return Ok(Some(stream));
            }
            Err(error) if lost_at.is_none() => return Err(format!("{address}: {error}")),
            Err(_) if stage.is_over() || stage.io.now() >= stage.end => return Ok(None),
            Err(_) => stage.io.sleep(pause).await,
        }
        pause = (2 * pause).min(PAUSE_MAX);
    }
}

/// The connection of a flow is lost: that ends the run, where it is not opened again.
pub(crate) fn lose(stage: &Stage, flow: &Flow, opened_count: u64, why: String) {
    if stage.reconnects { flow.break_off(opened_count) } else { stage.fail(why) }
}
