//! `start`: a broker, until a signal ends it.

use crate::cli::admin;
use crate::cli::config;
use crate::cli::cores::Cores;
use crate::cli::failure::Failure;
use crate::cli::listeners::{self, host_port, resolve};
use crate::cli::machine;
use crate::node::{Node, NodeError, NodeOptions};
use clap::Args;
use millstream_controller::config::BrokerConfig;
use millstream_io::IoError;
use millstream_log::LogError;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::{Duration, Instant};

const EXAMPLES: &str = "\
Examples:
  millstream start
  millstream start --data /var/lib/millstream --listen 0.0.0.0:9092 --advertise broker.example:9092
  millstream start --admin 127.0.0.1:9644
  millstream start --config server.properties --set num.partitions=3
  MILLSTREAM_LOG_RETENTION_HOURS=24 millstream start

It prints `ready HOST:PORT in N ms` when it serves, and ends by SIGTERM or SIGINT (Ctrl-C).
Configurations have Kafka's names. A file ending in .toml is TOML, any other is read as a Kafka
server.properties; the environment counts above the file, --set above both.";

/// Longer than any wait that spinning could shorten.
const SPIN_US_MAX: i64 = 10_000;

/// More than the batches of a shard take.
const PREFAULT_MIB_MAX: i64 = 1 << 10;

/// Start a broker.
#[derive(Args, Debug, Default)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Start {
    /// Where the data is; made if it is not there [default: log.dirs, or ./millstream-data].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where clients are served; port 0 takes a free one [default: listeners, or 127.0.0.1:9092].
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// Where clients are told to connect, if that is another address than --listen.
    #[arg(long, value_name = "HOST:PORT")]
    advertise: Option<String>,
    /// Where /metrics (for Prometheus and `millstream top`), /slow, /health and /ready are
    /// answered [default: nowhere].
    #[arg(long, value_name = "HOST:PORT")]
    admin: Option<String>,
    /// How many cores (4), or which (0,2,4-7) of those the process may use [default: all, or as
    /// many as the data directory was made with].
    #[arg(long, value_name = "LIST|N")]
    cores: Option<Cores>,
    /// How long a shard that has run out of work looks for more before it sleeps; takes half of an
    /// acknowledgement's way off where producers are few, and processor time while they come.
    #[arg(long, value_name = "MICROSECONDS", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u32).range(..=SPIN_US_MAX))]
    spin: u32,
    /// How much memory for batches each shard has from the start on and always, so that the first
    /// load does not wait for the kernel to find it; it is touched beside the shard.
    #[arg(long, value_name = "MEBIBYTES", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u32).range(..=PREFAULT_MIB_MAX))]
    prefault: u32,
    /// A configuration file: TOML, or a Kafka server.properties.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A configuration by its Kafka name; may be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

impl Start {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let begun = machine::now();
        // Before the first file is touched, so that no signal finds the process half prepared.
        let signals = Signals::new([SIGTERM, SIGINT]);
        let mut signals = signals.map_err(|error| Failure::failed(format!("signals: {error}")))?;
        stop_at_a_panic();
        // A connection is a descriptor; where it cannot be raised, fewer are accepted.
        let _descriptors: Option<u64> = millstream_io::raise_descriptor_limit();
        let options = self.options()?;
        let admin = self.admin.as_deref().map(host_port).transpose()?;
        let admin = admin.as_ref().map(resolve).transpose()?;
        let admin = admin.map(admin::listen).transpose()?;
        let node = start(options.clone(), self.cores.is_some())?;
        announce(&node, &options, begun)?;
        if let Some(listener) = admin {
            let address = listener.local_addr();
            let serving = address.and_then(|address| {
                let site = admin::Site { reporter: node.reporter(), data: options.data.clone() };
                admin::serve(listener, site).map(|()| address)
            });
            let address = serving.map_err(|error| Failure::failed(format!("--admin: {error}")))?;
            eprintln!("admin: http://{address}/metrics");
        }
        signals.forever().next();
        end_at_once_when_asked_again(signals);
        node.stop().map_err(|error| Failure::failed(format!("while stopping: {error}")))
    }

    fn options(&self) -> Result<NodeOptions, Failure> {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let config = config::load(self.config.as_deref(), variables, &self.set)?;
        let settings = config.settings();
        listeners::check_plain(&config)?;
        let listen = match &self.listen {
            Some(listen) => host_port(listen)?,
            None => listeners::listening(&config)?,
        };
        let listen = resolve(&listen)?;
        let advertise = self.advertised(&config, listen)?;
        let data = match (&self.data, &*settings.data_directories) {
            (Some(data), _) => data.clone(),
            (None, []) => PathBuf::from("millstream-data"),
            (None, [directory]) => PathBuf::from(directory),
            (None, _) => {
                return Err(Failure::usage("log.dirs: name one directory, or give --data DIR"));
            }
        };
        let cores = self.cores.clone().unwrap_or_else(Cores::all).0;
        let spin = Duration::from_micros(u64::from(self.spin));
        let prefault_bytes = self.prefault as usize * (1 << 20);
        Ok(NodeOptions { data, listen, advertise, cores, spin, prefault_bytes, config })
    }

    fn advertised(
        &self,
        config: &BrokerConfig,
        listen: SocketAddr,
    ) -> Result<Option<(String, u16)>, Failure> {
        let advertise = match &self.advertise {
            Some(advertise) => Some(host_port(advertise)?),
            None => listeners::advertised(config)?,
        };
        Ok(match advertise {
            Some(advertise) => Some((advertise.host, advertise.port)),
            // Nobody can connect to "any address": the name of the machine is the best guess.
            None if listen.ip().is_unspecified() => guess(listen.port()),
            None => None,
        })
    }
}

fn guess(port: u16) -> Option<(String, u16)> {
    let host = machine::host_name()?;
    eprintln!("clients are told to connect to {host}; --advertise HOST:PORT changes that");
    Some((host, port))
}

/// Refuses an address that another process listens on: shards share their port, and the kernel
/// would let two brokers of one user share it too, each with a half of the connections.
fn check_free(listen: SocketAddr) -> Result<(), Failure> {
    if listen.port() == 0 {
        return Ok(());
    }
    let begun = machine::now();
    loop {
        // Not shared, and gone again at once: nobody can have connected to it.
        match TcpListener::bind(listen) {
            Ok(_) => return Ok(()),
            Err(error)
                if error.kind() == io::ErrorKind::AddrInUse
                    && begun.elapsed() < ADDRESS_PATIENCE =>
            {
                std::thread::park_timeout(ADDRESS_RETRY);
            }
            Err(error) => return Err(cannot_listen(listen, &error)),
        }
    }
}

/// How long an address may still be taken by a broker that was killed: the kernel lets go of the
/// sockets of its rings a little later than of the process, about 10 ms.
const ADDRESS_PATIENCE: Duration = Duration::from_millis(500);
/// How often it is looked at.
const ADDRESS_RETRY: Duration = Duration::from_millis(1);

fn cannot_listen(listen: SocketAddr, error: &io::Error) -> Failure {
    Failure::listen(format!("{listen}: {error}; give another address with --listen"))
}

/// Starts the node; with as many shards as the directory has, if nobody has said how many.
fn start(mut options: NodeOptions, are_cores_given: bool) -> Result<Node, Failure> {
    check_free(options.listen)?;
    let mut started = Node::start(&options);
    if let Err(NodeError::Log(LogError::ShardCount { expected, got })) = &started {
        if are_cores_given {
            return Err(Failure::data(format!(
                "{} was made with {expected} shards, not {got}: give --cores {expected}, or leave \
                 it out",
                options.data.display()
            )));
        }
        options.cores = Cores::first(usize::from(*expected)).0;
        started = Node::start(&options);
    }
    started.map_err(|error| match error {
        NodeError::Io(IoError::Os { operation: "bind" | "listen", errno, .. }) => {
            cannot_listen(options.listen, &io::Error::from_raw_os_error(errno))
        }
        error => error.into(),
    })
}

fn announce(node: &Node, options: &NodeOptions, begun: Instant) -> Result<(), Failure> {
    let took_ms = (machine::now() - begun).as_millis();
    let mut output = std::io::stdout().lock();
    let said = writeln!(output, "ready {} in {took_ms} ms", node.address());
    said.and_then(|()| output.flush())
        .map_err(|error| Failure::failed(format!("standard output: {error}")))?;
    for line in node.capabilities().lines() {
        eprintln!("{line}");
    }
    let shard_count = options.cores.len();
    eprintln!("journal: {}/shard-*/journal, {shard_count} shards", options.data.display());
    match machine::commit_latency(&options.data) {
        Ok(latency) => eprintln!("disk commit: {:.3} ms", latency.as_secs_f64() * 1e3),
        Err(error) => eprintln!("disk commit: not measured: {error}"),
    }
    say_what_changes_nothing(&options.config);
    Ok(())
}

fn say_what_changes_nothing(config: &BrokerConfig) {
    for (name, why) in config.ignored() {
        eprintln!("{name} is set and changes nothing: {why}");
    }
}

/// A panic on any thread is our bug, after which nothing that this process says can be relied on;
/// the data directory can. The end of the process is what its supervisor waits for.
fn stop_at_a_panic() {
    let say = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        say(panic);
        std::process::abort();
    }));
}

/// Whoever asks twice does not want to wait for what is under way. Nothing acknowledged is lost.
fn end_at_once_when_asked_again(mut signals: Signals) {
    let waiting = std::thread::Builder::new().name(String::from("signals"));
    let spawned = waiting.spawn(move || {
        signals.forever().next();
        std::process::exit(1);
    });
    // Without the thread the first request is carried out just the same.
    drop(spawned);
}
