//! A shard on a thread of its own: pinned, with its ring, running until its main future is done.

use crate::bell::Bell;
use crate::buffer::Pool;
use crate::driver::Driver;
use crate::error::{IoError, Result};
use crate::executor::Priority;
use crate::io::Io;
use crate::remote::Remote;
use crate::uring::{self, DriverOptions, RingFeatures};
use millstream_base::ShardId;
use millstream_base::random::Random;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

/// How a shard is set up.
#[derive(Clone, Debug)]
pub struct ShardOptions {
    /// Its number.
    pub shard: ShardId,
    /// The core that its thread is pinned to, as an index into those the process may use.
    pub core: Option<usize>,
    /// Submissions that the ring holds at once, a power of two; answers four times as many.
    pub ring_entries: u32,
    /// The limit of its buffers, in bytes.
    pub buffers_bytes_max: usize,
    /// How many bytes of returned buffers it keeps instead of giving them back to the kernel.
    pub buffers_kept_bytes_max: usize,
    /// How many buffers of 16 KiB its connections receive into together, rounded up to a power of
    /// two of at most 32 768; made when the first connection receives.
    pub receive_buffer_count: u16,
    /// What it may use of the kernel, where the kernel has it.
    pub features: RingFeatures,
    /// How long it looks for work, yielding the core each time, before it sleeps. 0: not at all.
    pub spin: Duration,
}

impl Default for ShardOptions {
    fn default() -> Self {
        Self {
            shard: ShardId::new(0),
            core: None,
            ring_entries: 256,
            buffers_bytes_max: 256 << 20,
            buffers_kept_bytes_max: 8 << 20,
            receive_buffer_count: 1024,
            features: RingFeatures::default(),
            spin: Duration::ZERO,
        }
    }
}

/// A running shard. Dropping it leaves it running; its main future decides when it ends.
#[derive(Debug)]
pub struct Shard {
    thread: JoinHandle<()>,
}

impl Shard {
    /// Starts a thread with a ring and runs `main` on it; the shard ends when `main` resolves.
    ///
    /// # Errors
    /// [`IoError::RingRefused`] where the kernel forbids io_uring, or an error of the thread.
    pub fn start<F>(
        options: ShardOptions,
        main: impl FnOnce(Io) -> F + Send + 'static,
    ) -> Result<Self>
    where
        F: Future<Output = ()> + 'static,
    {
        let (ready, started) = mpsc::channel();
        let name = format!("shard-{}", options.shard.get());
        let thread = std::thread::Builder::new().name(name).spawn(move || {
            pin(options.core);
            match open(&options) {
                Ok(io) => {
                    drop(ready.send(Ok(())));
                    run(&io, &options, main);
                }
                Err(error) => drop(ready.send(Err(error))),
            }
        });
        let thread = thread.map_err(|error| IoError::Os {
            operation: "clone",
            path: None,
            errno: error.raw_os_error().unwrap_or(libc::EAGAIN),
        })?;
        started.recv().unwrap_or(Err(IoError::Closed))?;
        Ok(Self { thread })
    }

    /// Waits for the shard's end.
    ///
    /// # Errors
    /// [`IoError::Closed`] if it ended by a panic.
    pub fn join(self) -> Result<()> {
        self.thread.join().map_err(|_| IoError::Closed)
    }
}

fn pin(core: Option<usize>) {
    let Some(index) = core else { return };
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    if let Some(core) = cores.get(index % cores.len().max(1)) {
        core_affinity::set_for_current(*core);
    }
}

fn open(options: &ShardOptions) -> Result<Io> {
    let bell =
        Bell::new().map_err(|errno| IoError::Os { operation: "eventfd", path: None, errno })?;
    let driver_options = DriverOptions {
        ring_entries: options.ring_entries,
        features: options.features,
        receive_buffer_count: options.receive_buffer_count,
    };
    let driver = uring::Driver::new(&driver_options, bell.descriptor())?;
    let capabilities = driver.capabilities().clone();
    #[expect(clippy::disallowed_types, reason = "the kernel's randomness seeds a real shard")]
    let seed = std::collections::hash_map::RandomState::new().build_hasher().finish();
    let pool = Pool::new(options.buffers_bytes_max, options.buffers_kept_bytes_max);
    let driver = Driver::Uring(Box::new(driver));
    let io = Io::new(options.shard, driver, Arc::new(Remote::new(bell)), Random::new(seed), pool);
    io.set_capabilities(capabilities);
    Ok(io)
}

fn run<F>(io: &Io, options: &ShardOptions, main: impl FnOnce(Io) -> F)
where
    F: Future<Output = ()> + 'static,
{
    let entered = io.shared.executor.enter();
    let body = main(io.clone());
    let stopping = io.clone();
    drop(io.spawn(Priority::Foreground, async move {
        body.await;
        stopping.stop();
    }));
    while !io.shared.stopping.get() {
        io.count(|activity| activity.tick_count += 1);
        io.shared.executor.run_tick();
        if io.shared.stopping.get() {
            break;
        }
        wait(io, options.spin);
        deliver(io);
    }
    // Futures first, so that their operations are orphaned; the driver's drop waits for the kernel.
    io.shared.executor.clear();
    drop(entered);
}

/// Waits until something may have happened: an answer, a timer, another thread.
fn wait(io: &Io, spin: Duration) {
    let shared = &io.shared;
    let deadline = shared.timers.borrow().next_deadline();
    let Driver::Uring(driver) = &mut *shared.driver.borrow_mut() else {
        unreachable!("a shard with a thread of its own has a ring")
    };
    if shared.executor.has_ready() {
        driver.wait(Some(Duration::ZERO));
        return;
    }
    if !spin.is_zero() && look_for_work(io, driver, spin) {
        return;
    }
    if !shared.remote.fall_asleep() {
        driver.wait(Some(Duration::ZERO));
        return;
    }
    driver.wait(deadline.map(|deadline| deadline - driver.now()));
    shared.remote.wake_up();
}

/// Polls for a while; `true` if there is something to do.
fn look_for_work(io: &Io, driver: &mut uring::Driver, spin: Duration) -> bool {
    let end = driver.now() + spin;
    let deadline = io.shared.timers.borrow().next_deadline();
    while driver.now() < end {
        driver.wait(Some(Duration::ZERO));
        let timer_due = deadline.is_some_and(|deadline| deadline <= driver.now());
        if timer_due || driver.has_answers() || io.shared.remote.has_wakes() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

/// Hands answers and due timers to the tasks that wait for them.
fn deliver(io: &Io) {
    loop {
        let completion = io.shared.driver.borrow_mut().next_completion();
        let Some(completion) = completion else { break };
        io.complete(completion);
    }
    let now = io.now();
    io.shared.timers.borrow_mut().fire(now);
}
