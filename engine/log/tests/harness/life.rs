//! One life of an engine: from its opening to its closing, or to a crash.

use super::checkers::check_recovered;
use super::model::Model;
use super::profile::Profile;
use super::workload::Client;
use millstream_base::Random;
use millstream_io::{Io, Priority};
use millstream_log::{Directory, Engine};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

/// Where the data directory is.
pub(crate) const DIRECTORY: &str = "/data";

/// What happens in a life once the engine is open and was found right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) works: bool,
    pub(crate) closes: bool,
}

/// Opens, checks, works, perhaps closes.
pub(crate) async fn live(
    io: Io,
    model: Rc<RefCell<Model>>,
    profile: Rc<Profile>,
    mut random: Random,
    plan: Plan,
) {
    let directory = Directory::open(&io, Path::new(DIRECTORY), 1).await.expect("opens");
    let engine = Engine::open(&io, &directory, profile.engine.clone()).await.expect("opens");
    check_recovered(&engine, &model).await.expect("everything can be read");
    if plan.works {
        work(&engine, &model, &profile, &mut random).await;
    }
    if plan.closes {
        engine.close().await.expect("closes");
        model.borrow_mut().promise_all();
        drop(engine);
        check_buffers(&io).await;
    }
}

async fn work(
    engine: &Engine,
    model: &Rc<RefCell<Model>>,
    profile: &Rc<Profile>,
    random: &mut Random,
) {
    let mut client = || Client {
        engine: engine.clone(),
        model: Rc::clone(model),
        profile: Rc::clone(profile),
        random: random.fork(),
    };
    let io = engine.io();
    let writers =
        (0..profile.writer_count).map(|_| io.spawn(Priority::Foreground, client().write()));
    let mut tasks: Vec<_> = writers.collect();
    let readers =
        (0..profile.reader_count).map(|_| io.spawn(Priority::Foreground, client().read()));
    tasks.extend(readers);
    for task in tasks {
        task.await;
    }
}

/// After a close all memory comes home.
async fn check_buffers(io: &Io) {
    for _ in 0..100 {
        io.buffers().shrink();
        if io.buffers().usage().lent_bytes == 0 {
            return;
        }
        io.sleep(Duration::from_millis(100)).await;
    }
    panic!("{:?} after a close", io.buffers().usage());
}
