//! One connection: requests into the journal, answers out when it is durable.

use super::answers::Answers;
use super::gathered::Gathered;
use super::journal::{Journal, REQUEST_BYTES_MAX};
use super::outgoing::Outgoing;
use crate::protocol::ProduceAnswers;
use millstream_io::{Io, Priority, Stream};
use millstream_wire::ApiKey;
use millstream_wire::frame::{LENGTH_BYTES, frame_bytes};
use std::rc::Rc;
use std::time::Duration;

/// How long a connection waits for a receive buffer when all are held.
const BUFFERS_RETRY: Duration = Duration::from_millis(1);
/// Length and API key: what is looked at before a request is there wholly.
const BEGINNING_BYTES: usize = LENGTH_BYTES + 2;

/// What the connections of a shard share.
pub(super) struct Server {
    pub(super) io: Io,
    pub(super) journal: Rc<Journal>,
    pub(super) answers: Answers,
}

/// Serves a connection until its peer ends it or sends what is not served.
pub(super) async fn serve(server: Rc<Server>, stream: Stream) {
    let (mut receiving, sending) = stream.split();
    let outgoing = Rc::new(Outgoing::default());
    let (io, owed) = (server.io.clone(), Rc::clone(&outgoing));
    let writing = async move { owed.write(&io, sending).await };
    let writer = server.io.spawn(Priority::Foreground, writing);
    let mut requests = Requests {
        server: &server,
        outgoing: &outgoing,
        gathered: Gathered::default(),
        produced: ProduceAnswers::default(),
    };
    loop {
        match receiving.receive_provided().await {
            Ok(Some(chunk)) => requests.gathered.push(chunk),
            Err(error) if error.are_buffers_spent() => {
                requests.gathered.let_go();
                server.io.sleep(BUFFERS_RETRY).await;
            }
            Ok(None) | Err(_) => break,
        }
        if let Err(Refused) = requests.take().await {
            break;
        }
    }
    outgoing.end();
    writer.await;
}

/// Something that is not served here.
struct Refused;

struct Requests<'a> {
    server: &'a Server,
    outgoing: &'a Rc<Outgoing>,
    gathered: Gathered,
    produced: ProduceAnswers,
}

impl Requests<'_> {
    /// Takes all requests that are there wholly.
    async fn take(&mut self) -> Result<(), Refused> {
        while let Some(beginning) = self.gathered.peek::<BEGINNING_BYTES>() {
            let (length, key) = beginning.split_at(LENGTH_BYTES);
            let length = length.try_into().map_err(|_| Refused)?;
            let request_bytes = frame_bytes(length, REQUEST_BYTES_MAX).map_err(|_| Refused)?;
            if self.gathered.length_bytes() < LENGTH_BYTES + request_bytes {
                break;
            }
            self.gathered.take_into(&mut [0; LENGTH_BYTES]);
            if key == ApiKey::Produce.code().to_be_bytes() {
                self.append(request_bytes).await?;
            } else {
                let mut request = vec![0; request_bytes];
                self.gathered.take_into(&mut request);
                let answers = &self.server.answers;
                answers.answer(&request, self.outgoing).map_err(|_| Refused)?;
                self.outgoing.notify();
            }
        }
        Ok(())
    }

    async fn append(&mut self, request_bytes: usize) -> Result<(), Refused> {
        self.server.journal.room(request_bytes).await.map_err(|_| Refused)?;
        let Self { server, outgoing, gathered, produced } = self;
        let answered = server.journal.append(request_bytes, outgoing, |sequence, place| {
            gathered.take_into(place);
            outgoing.owe(sequence, |bytes| produced.answer(place, bytes))
        });
        answered.map_err(|_| Refused)
    }
}
