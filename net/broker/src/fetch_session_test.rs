//! Sessions, request by request.

use super::{FetchSession, Plan, Row, Slots, begin, plan};
use millstream_wire::message::k01_fetch::{FetchPartition, FetchTopic, ForgottenTopic};
use millstream_wire::{ErrorCode, FetchRequest};
use std::cell::Cell;
use std::rc::Rc;

fn slots(max: u32) -> Slots {
    Slots { count: Rc::new(Cell::new(0)), max }
}

fn request(id: i32, epoch: i32, partitions: &[(i32, i64)]) -> FetchRequest<'static> {
    let partitions = partitions.iter().map(|(partition, fetch_offset)| FetchPartition {
        partition: *partition,
        fetch_offset: *fetch_offset,
        ..FetchPartition::default()
    });
    let topic =
        FetchTopic { topic: "orders", partitions: partitions.collect(), ..FetchTopic::default() };
    let topics = if topic.partitions.is_empty() { vec![] } else { vec![topic] };
    FetchRequest { session_id: id, session_epoch: epoch, topics, ..FetchRequest::default() }
}

fn rows(plan: Result<Plan, ErrorCode>) -> Vec<(i32, i64)> {
    let (Plan::Full(rows) | Plan::First(rows) | Plan::Incremental(rows)) = plan.expect("a plan");
    rows.iter().map(|row: &Row| (row.partition.partition, row.partition.fetch_offset)).collect()
}

fn begun(partitions: &[(i32, i64)], slots: &Slots) -> Option<FetchSession> {
    let mut session = None;
    let planned = plan(&mut session, &request(0, 0, partitions), false);
    let Ok(Plan::First(rows)) = planned else { panic!("the first of a session") };
    begin(rows, 9, false, slots)
}

#[test]
fn a_client_without_sessions_asks_in_full() {
    let mut session = None;
    let planned = plan(&mut session, &request(0, -1, &[(0, 5)]), false);
    assert!(matches!(&planned, Ok(Plan::Full(rows)) if rows.len() == 1));
    assert!(session.is_none());
}

#[test]
fn what_is_not_said_again_stays_and_what_is_said_counts() {
    let mut session = begun(&[(0, 5), (1, 6)], &slots(1));
    assert_eq!(rows(plan(&mut session, &request(9, 1, &[]), false)), [(0, 5), (1, 6)]);
    assert_eq!(rows(plan(&mut session, &request(9, 2, &[(1, 7)]), false)), [(0, 5), (1, 7)]);
    let third = rows(plan(&mut session, &request(9, 3, &[(2, 0)]), false));
    assert_eq!(third, [(0, 5), (1, 7), (2, 0)]);
    let mut forgetting = request(9, 4, &[]);
    forgetting.forgotten_topics_data =
        vec![ForgottenTopic { topic: "orders", partitions: vec![0], ..ForgottenTopic::default() }];
    assert_eq!(rows(plan(&mut session, &forgetting, false)), [(1, 7), (2, 0)]);
}

#[test]
fn a_wrong_epoch_a_foreign_session_and_a_change_to_ids_are_refused() {
    let mut session = begun(&[(0, 5)], &slots(1));
    let refused = |session: &mut Option<FetchSession>, id, epoch, has_ids| {
        plan(session, &request(id, epoch, &[]), has_ids).err()
    };
    let epoch = Some(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
    assert_eq!(refused(&mut session, 9, 2, false), epoch);
    let unknown = Some(ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
    assert_eq!(refused(&mut session, 8, 1, false), unknown);
    let mixed = Some(ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
    assert_eq!(refused(&mut session, 9, 1, true), mixed);
    assert_eq!(refused(&mut session, 9, 1, false), None, "the session goes on");
    assert_eq!(refused(&mut None, 9, 1, false), unknown);
}

#[test]
fn a_session_ends_when_it_is_told_to_and_gives_its_place_back() {
    let slots = slots(1);
    let mut session = begun(&[(0, 5)], &slots);
    assert!(begun(&[(0, 5)], &slots).is_none(), "there is one place");
    assert!(matches!(plan(&mut session, &request(9, -1, &[]), false), Ok(Plan::Full(_))));
    assert!(session.is_none());
    assert!(begun(&[(0, 5)], &slots).is_some());
}

#[test]
fn only_news_is_told_and_those_that_gave_wait_for_the_others() {
    let mut session = begun(&[(0, 5), (1, 6), (2, 7)], &slots(1)).expect("a place");
    assert!(session.tell(0, (10, 0), false), "the first time");
    assert!(!session.tell(0, (10, 0), false), "as before");
    assert!(session.tell(0, (10, 0), true), "with records");
    assert!(session.tell(0, (11, 0), false), "the high watermark has moved");
    session.rotate(&[0, 1]);
    let mut session = Some(session);
    assert_eq!(rows(plan(&mut session, &request(9, 1, &[]), false)), [(2, 7), (0, 5), (1, 6)]);
}
