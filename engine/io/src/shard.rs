//! A shard on a thread of its own: pinned, with its ring, running until its main future is done.

use crate::bell::Bell;
use crate::buffer::Pool;
use crate::driver::Driver;
use crate::error::{IoError, Result};
use crate::io::Io;
use crate::reactor;
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
    /// How many bytes of returned buffers it keeps also when nobody asks for them. Under load it
    /// has up to 64 MiB more ready, within the limit, which a thread beside it makes.
    pub buffers_reserve_bytes: usize,
    /// How many bytes of its buffers have their pages from the start on, and always. They are
    /// written to beside the shard, and may be there a while after it has started.
    pub buffers_prefault_bytes: usize,
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
            buffers_reserve_bytes: 8 << 20,
            buffers_prefault_bytes: 0,
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
        // Here, where the thread that fills the stock may run on any core.
        let pool = Pool::stocked(
            options.buffers_bytes_max,
            options.buffers_reserve_bytes,
            options.buffers_prefault_bytes,
            format!("buffers-{}", options.shard.get()),
        );
        let pool = pool.map_err(|error| thread_error(&error))?;
        let name = format!("shard-{}", options.shard.get());
        let thread = std::thread::Builder::new().name(name).spawn(move || {
            pin(options.core);
            match open(&options, pool) {
                Ok(io) => {
                    drop(ready.send(Ok(())));
                    reactor::run(&io, options.spin, main);
                }
                Err(error) => drop(ready.send(Err(error))),
            }
        });
        let thread = thread.map_err(|error| thread_error(&error))?;
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

fn thread_error(error: &std::io::Error) -> IoError {
    let errno = error.raw_os_error().unwrap_or(libc::EAGAIN);
    IoError::Os { operation: "clone", path: None, errno }
}

fn pin(core: Option<usize>) {
    let Some(index) = core else { return };
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    if let Some(core) = cores.get(index % cores.len().max(1)) {
        core_affinity::set_for_current(*core);
    }
}

fn open(options: &ShardOptions, pool: Pool) -> Result<Io> {
    let bell_error = |errno| IoError::Os { operation: "eventfd", path: None, errno };
    let mut bell = Bell::new().map_err(bell_error)?;
    let driver_options = DriverOptions {
        ring_entries: options.ring_entries,
        features: options.features,
        receive_buffer_count: options.receive_buffer_count,
    };
    let driver = uring::Driver::new(&driver_options, bell.descriptor())?;
    if let Some(ring) = driver.ring_descriptor() {
        bell.set_ring(ring).map_err(|errno| IoError::Os { operation: "dup", path: None, errno })?;
    }
    let capabilities = driver.capabilities().clone();
    #[expect(clippy::disallowed_types, reason = "the kernel's randomness seeds a real shard")]
    let seed = std::collections::hash_map::RandomState::new().build_hasher().finish();
    let driver = Driver::Uring(Box::new(driver));
    let io = Io::new(options.shard, driver, Arc::new(Remote::new(bell)), Random::new(seed), pool);
    io.set_capabilities(capabilities);
    Ok(io)
}
