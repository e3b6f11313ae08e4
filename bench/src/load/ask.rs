//! Connections that ask for something small, over and over: what a request costs by itself.

use super::answers;
use super::flow::{Flow, Sent};
use super::link;
use super::stage::Stage;
use super::tally::Count;
use crate::client::{NAME, encode};
use crate::failure::Failure;
use millstream_base::Instant;
use millstream_io::{Priority, ReceiveHalf, SendHalf, Slice};
use millstream_wire::{ApiVersionsRequest, Encoder, ErrorCode};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

/// The version of ApiVersions that is asked in; its answer begins with the error.
pub(crate) const VERSION: i16 = 3;

/// What all connections of a run do.
#[derive(Debug)]
pub(crate) struct AskPlan {
    pub(crate) address: SocketAddr,
    pub(crate) connection_count: usize,
    pub(crate) in_flight_max: usize,
    /// The request, encoded.
    pub(crate) request: Slice,
}

/// The request of ApiVersions, as bytes.
pub(crate) fn request() -> Result<Slice, Failure> {
    let request = ApiVersionsRequest {
        client_software_name: NAME,
        client_software_version: env!("CARGO_PKG_VERSION"),
        ..ApiVersionsRequest::default()
    };
    let mut encoder = Encoder::new();
    encode(&mut encoder, &request, VERSION, 1)?;
    Ok(Slice::from(encoder.bytes()))
}

/// Starts so many connections.
pub(crate) fn start(stage: &Rc<Stage>, plan: &Arc<AskPlan>, count: usize) {
    for _ in 0..count {
        let asking = run(Rc::clone(stage), Arc::clone(plan));
        drop(stage.io.spawn(Priority::Foreground, asking));
    }
}

async fn run(stage: Rc<Stage>, plan: Arc<AskPlan>) {
    let flow = stage.flow(plan.in_flight_max);
    let receive = |receive| {
        let receiver = take_answers(Rc::clone(&stage), Rc::clone(&flow), receive);
        drop(stage.io.spawn(Priority::Foreground, receiver));
    };
    let send = async |send| ask_all(&stage, &plan, &flow, send).await;
    let lose = |count: &mut Count, lost_count| count.asked.lose(lost_count);
    link::keep(&stage, &flow, plan.address, receive, send, lose).await;
}

async fn ask_all(stage: &Stage, plan: &AskPlan, flow: &Flow, mut send: SendHalf) {
    loop {
        let room = flow.room().await;
        let now = stage.io.now();
        if room == 0 || now >= stage.end {
            return;
        }
        (0..room).for_each(|_| flow.push(Sent { intended: now, place: 0, bytes: 0 }));
        if let Err(error) = send.send(vec![plan.request.clone(); room]).await {
            let why = format!("the broker takes no more requests: {error}");
            return link::lose(stage, flow, flow.opened_count(), why);
        }
    }
}

async fn take_answers(stage: Rc<Stage>, flow: Rc<Flow>, receive: ReceiveHalf) {
    let take = |frame: &[u8], now| {
        take_answer(&stage, &flow, frame, now);
        Ok(())
    };
    answers::each(&stage, &flow, receive, take).await;
}

/// Only its error is looked at: that it is understood was seen when the run was set up.
fn take_answer(stage: &Stage, flow: &Flow, frame: &[u8], now: Instant) {
    let Some(sent) = flow.pop(now) else { return };
    let asked = &mut stage.count.borrow_mut().asked;
    match error_of(frame) {
        Some(code) if code.is_none() => asked.succeed(frame.len(), 0, now - sent.intended),
        Some(code) => asked.fail(code.0),
        None => stage.fail(String::from("an answer that is too short")),
    }
}

/// The error with which an answer of this version begins, behind its id.
pub(crate) fn error_of(frame: &[u8]) -> Option<ErrorCode> {
    let code = frame.get(4..)?.first_chunk()?;
    Some(ErrorCode(i16::from_be_bytes(*code)))
}
