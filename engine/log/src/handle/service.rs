//! The task on a shard that carries out what other threads ask.

use crate::directory::Directory;
use crate::engine::{AppendOptions, Appended, Engine, ReadLimit, Ticket};
use crate::error::{LogError, Result};
use crate::handle::command::{Chunk, Command, Content};
use crate::handle::record::NewRecord;
use crate::signal::Signal;
use millstream_base::limits::BATCH_BYTES_MAX;
use millstream_base::{Offset, PartitionId};
use millstream_batch::{BatchBuilder, BuilderOptions, CheckOptions, Origin, check};
use millstream_io::{Inbox, Io, Priority, Reply};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// Serves an engine until it is asked to close, or until all handles are gone.
pub(crate) async fn serve(engine: Engine, mut inbox: Inbox<Command>, directory: Option<Directory>) {
    let io = engine.io().clone();
    let acknowledger = Rc::new(Acknowledger::default());
    let acknowledging = acknowledge(engine.clone(), Rc::clone(&acknowledger));
    drop(io.spawn(Priority::Foreground, acknowledging));
    let mut service = Service { engine, io, acknowledger, builder: new_builder() };
    let mut commands = VecDeque::new();
    while inbox.receive(&mut commands).await {
        while let Some(command) = commands.pop_front() {
            if let Some(reply) = service.carry_out(command).await {
                reply.send(service.engine.close().await);
                // The lock goes last: whoever opens the directory next finds it closed.
                drop(directory);
                return;
            }
        }
    }
    drop(service.engine.close().await);
    drop(directory);
}

struct Service {
    engine: Engine,
    io: Io,
    acknowledger: Rc<Acknowledger>,
    builder: BatchBuilder,
}

impl Service {
    /// Appends here, in order; everything that may wait for long in a task of its own. Gives the
    /// place for the answer if the engine is to close.
    async fn carry_out(&mut self, command: Command) -> Option<Reply<Result<()>>> {
        let engine = self.engine.clone();
        match command {
            Command::Append { partition, content, reply } => {
                self.append(partition, &content, reply).await;
            }
            Command::Find { name, reply } => reply.send(Ok(engine.find(&name))),
            Command::List { reply } => {
                let ids = engine.partitions().into_iter();
                reply.send(ids.map(|id| engine.describe(id)).collect());
            }
            Command::Describe { partition, reply } => reply.send(engine.describe(partition)),
            Command::Counters { reply } => reply.send(Ok(engine.counters())),
            Command::Close { reply } => return Some(reply),
            Command::Truncate { partition, end, reply } => {
                // Begun here, so that appends which were asked for later are not cut off.
                let truncating = engine.truncate(partition, end);
                let answer = async move { reply.send(truncating.await) };
                drop(self.io.spawn(Priority::Foreground, answer));
            }
            other => self.spawn(other),
        }
        None
    }

    fn spawn(&self, command: Command) {
        let engine = self.engine.clone();
        drop(self.io.spawn(Priority::Foreground, async move {
            match command {
                Command::Create { name, options, reply } => {
                    reply.send(engine.create(&name, options).await);
                }
                Command::Configure { partition, options, reply } => {
                    reply.send(engine.configure(partition, options).await);
                }
                Command::Delete { partition, reply } => reply.send(engine.delete(partition).await),
                Command::Read { partition, offset, bytes_max, reply } => {
                    reply.send(read(&engine, partition, offset, bytes_max).await);
                }
                Command::FindTimestamp { partition, timestamp, reply } => {
                    reply.send(engine.find_timestamp(partition, timestamp).await);
                }
                Command::WaitBeyond { partition, offset, reply } => {
                    reply.send(engine.readable_beyond(partition, offset).await);
                }
                Command::Trim { partition, start, reply } => {
                    reply.send(engine.trim(partition, start).await);
                }
                Command::AcceptLoss { partition, reply } => {
                    reply.send(engine.accept_loss(partition).await);
                }
                Command::Flush { reply } => reply.send(engine.flush().await),
                _ => unreachable!("carried out at once"),
            }
        }));
    }

    async fn append(
        &mut self,
        partition: PartitionId,
        content: &Content,
        reply: Reply<Result<Offset>>,
    ) {
        loop {
            match self.try_append(partition, content) {
                // The queue behind this one waits too: that is the back-pressure.
                Err(LogError::Busy) => self.engine.relief().await,
                Err(error) => return reply.send(Err(error)),
                Ok(appended) => return self.acknowledger.add(appended, reply),
            }
        }
    }

    fn try_append(&mut self, partition: PartitionId, content: &Content) -> Result<Appended> {
        let options = CheckOptions { batch_bytes_max: BATCH_BYTES_MAX, origin: Origin::Producer };
        let one;
        let records: &[NewRecord] = match content {
            Content::Record(record) => {
                one = std::slice::from_ref(record);
                one
            }
            Content::Records(records) => records,
            Content::Batch(bytes) => {
                let batch = check(bytes, options)?;
                return self.engine.append(partition, &batch, AppendOptions::default());
            }
        };
        self.builder.restart(builder_options());
        let now = self.io.wall_time();
        for record in records {
            record.add_to(&mut self.builder, now)?;
        }
        let batch = check(self.builder.finish()?, options)?;
        self.engine.append(partition, &batch, AppendOptions::default())
    }
}

fn builder_options() -> BuilderOptions {
    BuilderOptions { batch_bytes_max: BATCH_BYTES_MAX, ..BuilderOptions::default() }
}

fn new_builder() -> BatchBuilder {
    BatchBuilder::new(builder_options())
}

async fn read(
    engine: &Engine,
    partition: PartitionId,
    offset: Offset,
    bytes_max: usize,
) -> Result<Chunk> {
    let mut batches = Vec::new();
    let limit = ReadLimit { bytes_max };
    loop {
        match engine.read(partition, offset, limit, &mut batches).await {
            Err(LogError::Busy) => engine.buffers().await,
            Err(error) => return Err(error),
            Ok(fetched) => return Ok(Chunk { batches, next_offset: fetched.next_offset }),
        }
    }
}

/// Appends that have their place, in the order of their tickets, and who waits for each. One task
/// serves them all: a task for each append would cost more than the append.
#[derive(Default)]
struct Acknowledger {
    waiting: RefCell<VecDeque<Waiting>>,
    added: Signal,
}

/// An append that has its place.
struct Waiting {
    ticket: Ticket,
    offset: Offset,
    reply: Reply<Result<Offset>>,
}

impl Acknowledger {
    fn add(&self, appended: Appended, reply: Reply<Result<Offset>>) {
        let Appended { ticket, first_offset: offset, .. } = appended;
        if ticket.is_relaxed() {
            return reply.send(Ok(offset));
        }
        let mut waiting = self.waiting.borrow_mut();
        waiting.push_back(Waiting { ticket, offset, reply });
        if waiting.len() == 1 {
            drop(waiting);
            self.added.notify();
        }
    }

    /// Answers those at the front who are due; says how many.
    fn answer(&self, is_due: impl Fn(Ticket) -> bool, result: &Result<()>) -> usize {
        let mut answered_count = 0;
        loop {
            let mut waiting = self.waiting.borrow_mut();
            if !waiting.front().is_some_and(|front| is_due(front.ticket)) {
                return answered_count;
            }
            let due = waiting.pop_front();
            drop(waiting);
            let Some(Waiting { offset, reply, .. }) = due else { return answered_count };
            reply.send(result.clone().map(|()| offset));
            answered_count += 1;
        }
    }
}

async fn acknowledge(engine: Engine, acknowledger: Rc<Acknowledger>) {
    loop {
        let front = || acknowledger.waiting.borrow().front().map(|front| front.ticket);
        let ticket = acknowledger.added.until(front).await;
        let result = engine.stable(ticket).await;
        let is_due = |ticket| result.is_err() || engine.is_stable(ticket).unwrap_or(false);
        let answered_count = acknowledger.answer(is_due, &result);
        engine.expect(answered_count);
    }
}
