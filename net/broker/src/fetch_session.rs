//! Incremental fetch sessions (KIP-227): what a client follows is said once, and then only what
//! changes, in both directions.
//!
//! A session lives with its connection, since each client has one connection to a broker and asks
//! on no other: one that comes back on another connection is told that its session is unknown, and
//! asks in full again. So nobody can guess, evict or use another's session.

use millstream_base::Uuid;
use millstream_wire::message::k01_fetch::FetchPartition;
use millstream_wire::{ErrorCode, FetchRequest};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Partitions that one session follows at most; a client with more asks in full each time.
const PARTITIONS_MAX: usize = 100_000;
/// Says in a request that it begins a session, or belongs to none.
const NO_SESSION: i32 = 0;
const EPOCH_FIRST: i32 = 0;
const EPOCH_FINAL: i32 = -1;

/// A partition that is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Empty where topics come by id.
    pub(crate) topic: Rc<str>,
    pub(crate) topic_id: Uuid,
    pub(crate) partition: FetchPartition,
    /// High watermark and log start as the client was last told.
    told: Option<(i64, i64)>,
}

/// A session of one connection.
pub(crate) struct FetchSession {
    id: i32,
    /// That of the next request.
    epoch: i32,
    has_ids: bool,
    rows: Vec<Row>,
    _slot: SessionSlot,
}

/// One of the sessions that a shard may have.
struct SessionSlot {
    count: Rc<Cell<u32>>,
}

impl Drop for SessionSlot {
    fn drop(&mut self) {
        self.count.set(self.count.get() - 1);
    }
}

/// What a request makes of its connection's session.
pub(crate) enum Plan {
    /// No session: all that the request names.
    Full(Vec<Row>),
    /// The first of a session: all that the request names.
    First(Vec<Row>),
    /// What the session follows; only what has changed is answered.
    Incremental(Vec<Row>),
}

/// What a shard needs to begin a session.
pub(crate) struct Slots {
    pub(crate) count: Rc<Cell<u32>>,
    pub(crate) max: u32,
}

/// Follows what a request says of its session, and gives what is to be read.
pub(crate) fn plan(
    session: &mut Option<FetchSession>,
    request: &FetchRequest<'_>,
    has_ids: bool,
) -> Result<Plan, ErrorCode> {
    let (id, epoch) = (request.session_id, request.session_epoch);
    if epoch == EPOCH_FINAL || epoch == EPOCH_FIRST {
        let is_own = session.as_ref().is_some_and(|session| session.id == id);
        if is_own || id == NO_SESSION {
            *session = None;
        }
        let rows = rows_of(request);
        return Ok(if epoch == EPOCH_FIRST { Plan::First(rows) } else { Plan::Full(rows) });
    }
    let found = session.as_mut().filter(|session| session.id == id);
    let session = found.ok_or(ErrorCode::FETCH_SESSION_ID_NOT_FOUND)?;
    if session.epoch != epoch {
        return Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
    }
    if session.has_ids != has_ids {
        //= KIP-516: a session is of names or of ids.
        return Err(ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
    }
    session.epoch = epoch.checked_add(1).unwrap_or(1);
    session.forget(request);
    session.follow(rows_of(request))?;
    Ok(Plan::Incremental(session.rows.clone()))
}

/// Begins a session over these rows; `None` if there may be no more of them, which a client takes
/// as a broker without sessions.
pub(crate) fn begin(rows: Vec<Row>, id: i32, has_ids: bool, slots: &Slots) -> Option<FetchSession> {
    if rows.is_empty() || rows.len() > PARTITIONS_MAX || slots.count.get() >= slots.max {
        return None;
    }
    slots.count.set(slots.count.get() + 1);
    let slot = SessionSlot { count: Rc::clone(&slots.count) };
    Some(FetchSession { id, epoch: 1, has_ids, rows, _slot: slot })
}

impl FetchSession {
    pub(crate) fn id(&self) -> i32 {
        self.id
    }

    /// Notes what the client is told of a row, and whether that is news.
    pub(crate) fn tell(&mut self, index: usize, ends: (i64, i64), is_news: bool) -> bool {
        let Some(row) = self.rows.get_mut(index) else { return is_news };
        let before = row.told.replace(ends);
        is_news || before != Some(ends)
    }

    /// Those that gave something, in ascending order, go to the end, so that the others have their
    /// turn (KIP-74).
    pub(crate) fn rotate(&mut self, gave: &[usize]) {
        let mut given = gave.iter().copied().peekable();
        let mut kept = Vec::with_capacity(self.rows.len());
        let mut moved = Vec::with_capacity(gave.len());
        for (index, row) in std::mem::take(&mut self.rows).into_iter().enumerate() {
            let list = if given.next_if_eq(&index).is_some() { &mut moved } else { &mut kept };
            list.push(row);
        }
        kept.append(&mut moved);
        self.rows = kept;
    }

    fn forget(&mut self, request: &FetchRequest<'_>) {
        let topics = request.forgotten_topics_data.iter();
        let forgotten: BTreeSet<_> = topics
            .flat_map(|topic| {
                topic.partitions.iter().map(|index| (topic.topic, topic.topic_id, *index))
            })
            .collect();
        if !forgotten.is_empty() {
            self.rows.retain(|row| {
                !forgotten.contains(&(&*row.topic, row.topic_id, row.partition.partition))
            });
        }
    }

    fn follow(&mut self, rows: Vec<Row>) -> Result<(), ErrorCode> {
        if rows.is_empty() {
            return Ok(());
        }
        // A list of both would take a hostile client's time squared.
        let places: BTreeMap<_, _> = self.rows.iter().map(Row::key).zip(0_usize..).collect();
        for row in rows {
            match places.get(&row.key()) {
                Some(place) => self.rows[*place].partition = row.partition,
                None if self.rows.len() < PARTITIONS_MAX => self.rows.push(row),
                None => return Err(ErrorCode::INVALID_REQUEST),
            }
        }
        Ok(())
    }
}

impl Row {
    fn key(&self) -> (Rc<str>, Uuid, i32) {
        (Rc::clone(&self.topic), self.topic_id, self.partition.partition)
    }
}

fn rows_of(request: &FetchRequest<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for topic in &request.topics {
        let name: Rc<str> = Rc::from(topic.topic);
        rows.extend(topic.partitions.iter().map(|partition| Row {
            topic: Rc::clone(&name),
            topic_id: topic.topic_id,
            partition: partition.clone(),
            told: None,
        }));
    }
    rows
}

#[cfg(test)]
#[path = "fetch_session_test.rs"]
mod tests;
