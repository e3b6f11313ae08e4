//! What the network between nodes may do to connections.

use millstream_base::ShardId;
use millstream_io::sim::{Crash, LinkOptions, NodeId, PowerCut, Running, World, WorldOptions};
use millstream_io::{Buffer, ConnectOptions, Io, IoError, ListenOptions, Result, Slice, Stream};
use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

const PORT: u16 = 9092;
const SHARD: ShardId = ShardId::new(0);
const MINUTE: Duration = Duration::from_secs(60);

/// What a server has seen of its connections.
#[derive(Default)]
struct Seen {
    bytes: Vec<u8>,
    piece_count: usize,
    /// How each connection ended.
    ends: Vec<Option<i32>>,
}

type Log = Rc<RefCell<Seen>>;

/// Takes one connection after the other and notes what comes.
async fn serve(io: Io, seen: Log) {
    let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT));
    let mut listener = io.listen(address, ListenOptions::default()).await.expect("listens");
    loop {
        let Ok(mut stream) = listener.accept().await else { continue };
        let end = loop {
            match stream.receive_provided().await {
                Ok(Some(chunk)) => {
                    let mut seen = seen.borrow_mut();
                    seen.bytes.extend_from_slice(&chunk);
                    seen.piece_count += 1;
                }
                Ok(None) => break None,
                Err(error) => break error.errno(),
            }
        };
        seen.borrow_mut().ends.push(end);
    }
}

/// A client, a server, and what the server sees.
struct Scene {
    world: World,
    client: NodeId,
    server: NodeId,
    seen: Log,
}

fn scene(seed: u64) -> Scene {
    let mut world = World::new(seed, WorldOptions::default());
    let (client, server) = (world.node("client"), world.node("server"));
    let seen = Log::default();
    drop(world.start(server, SHARD, |io| serve(io, Rc::clone(&seen))));
    world.run_until_idle();
    Scene { world, client, server, seen }
}

impl Scene {
    fn start<T, F>(&mut self, main: impl FnOnce(Io, SocketAddr) -> F) -> Running<T>
    where
        T: 'static,
        F: Future<Output = T> + 'static,
    {
        let address = SocketAddr::new(self.world.address(self.server), PORT);
        self.world.start(self.client, SHARD, |io| main(io, address))
    }

    fn link(&mut self, options: LinkOptions) {
        self.world.set_link(self.client, self.server, options);
        self.world.set_link(self.server, self.client, options);
    }
}

async fn connect(io: &Io, address: SocketAddr) -> Result<Stream> {
    io.connect(address, ConnectOptions::default()).await
}

async fn send(stream: &mut Stream, bytes: &[u8]) -> Result<()> {
    stream.send(vec![Slice::from(bytes)]).await
}

/// Connects and sends, and stays connected for an hour or until the peer ends it.
async fn talk(io: Io, address: SocketAddr, bytes: Vec<u8>) -> Result<Option<Slice>> {
    let mut stream = connect(&io, address).await?;
    send(&mut stream, &bytes).await?;
    stream.receive_provided().await
}

fn errno<T>(result: Result<T>) -> Option<i32> {
    result.err().as_ref().and_then(IoError::errno)
}

#[test]
fn a_stream_is_cut_into_segments_of_any_length() {
    for (segment_bytes_max, expected) in [(1, 1000..1001), (16 << 10, 1..200)] {
        let mut scene = scene(1);
        scene.link(LinkOptions { segment_bytes_max, ..LinkOptions::default() });
        let bytes: Vec<u8> = (0..1000_usize).map(|index| index.to_le_bytes()[0]).collect();
        let sent = bytes.clone();
        let running = scene.start(|io, address| async move {
            let mut stream = connect(&io, address).await.expect("connects");
            send(&mut stream, &sent).await.expect("sends");
        });
        assert_eq!(scene.world.run(&running), Some(()));
        scene.world.run_until_idle();
        let seen = scene.seen.borrow();
        assert!(seen.bytes == bytes && seen.ends == [None]);
        assert!(expected.contains(&seen.piece_count), "{} pieces", seen.piece_count);
    }
}

#[test]
fn a_slow_link_takes_its_time() {
    let mut scene = scene(1);
    let second = Duration::from_secs(1);
    scene.link(LinkOptions { delay_min: second, delay_max: second, segment_bytes_max: 1 });
    let begin = scene.world.now();
    let running = scene.start(|io, address| async move { connect(&io, address).await.is_ok() });
    assert_eq!(scene.world.run(&running), Some(true));
    assert!(scene.world.now() - begin >= second * 2, "there and back");
}

#[test]
fn what_is_sent_into_a_clog_comes_out_when_it_opens() {
    let mut scene = scene(1);
    let running = scene.start(|io, address| talk(io, address, b"before".to_vec()));
    scene.world.run_until_idle();
    scene.world.kill(scene.client);
    assert!(scene.world.run(&running).is_none());
    scene.world.run_until_idle();
    assert_eq!(scene.seen.borrow().ends.len(), 1);

    scene.world.clog(scene.client, scene.server);
    drop(scene.start(|io, address| talk(io, address, b" after".to_vec())));
    scene.world.run_for(MINUTE);
    assert_eq!(scene.seen.borrow().bytes, b"before");
    scene.world.unclog(scene.client, scene.server);
    scene.world.run_for(MINUTE);
    assert_eq!(scene.seen.borrow().bytes, b"before after");
}

#[test]
fn a_clog_of_one_direction_leaves_the_other_open() {
    let mut scene = scene(1);
    let answers = Rc::new(RefCell::new(0));
    let counted = Rc::clone(&answers);
    drop(scene.start(|io, address| async move {
        let mut stream = connect(&io, address).await.expect("connects");
        for _ in 0..100 {
            send(&mut stream, &[7; 1000]).await.expect("sends");
            *counted.borrow_mut() += 1;
            io.sleep(MINUTE / 60).await;
        }
    }));
    scene.world.run_for(MINUTE / 6);
    scene.world.clog(scene.server, scene.client);
    let before = scene.seen.borrow().bytes.len();
    scene.world.run_for(MINUTE / 6);
    let after = scene.seen.borrow().bytes.len();
    assert!(after >= before + 9000, "bytes go on arriving: {before}, then {after}");
    let (new, count) = (scene.start_second_client(), *answers.borrow());
    scene.world.run_for(MINUTE / 6);
    assert!(!new.is_done(), "nobody hears that the server has accepted");
    assert!(*answers.borrow() > count);
    scene.world.heal_network();
    scene.world.run_for(MINUTE);
    assert!(new.is_done());
}

impl Scene {
    fn start_second_client(&mut self) -> Running<bool> {
        let address = SocketAddr::new(self.world.address(self.server), PORT);
        self.world.start(self.client, ShardId::new(1), |io| async move {
            connect(&io, address).await.is_ok()
        })
    }
}

#[test]
fn tcp_gives_up_after_minutes() {
    let mut scene = scene(1);
    let running = scene.start(|io, address| talk(io, address, vec![1; 10]));
    scene.world.run_until(|| !scene.seen.borrow().bytes.is_empty());
    scene.world.partition(scene.client, scene.server);
    // Nothing is on its way: a silent connection outlives any partition.
    scene.world.run_for(MINUTE * 60);
    assert!(!running.is_done());
    scene.world.kill(scene.client);

    let begin = scene.world.now();
    let connecting = scene.start(|io, address| talk(io, address, vec![1; 10]));
    let result = scene.world.run(&connecting).expect("gives up");
    assert_eq!(errno(result), Some(libc::ETIMEDOUT));
    let waited = scene.world.now() - begin;
    assert!((MINUTE * 2..MINUTE * 3).contains(&waited), "{waited:?}");
}

#[test]
fn a_send_into_a_partition_fails_at_last() {
    let mut scene = scene(1);
    let running = scene.start(|io, address| async move {
        let mut stream = connect(&io, address).await?;
        io.sleep(MINUTE).await;
        send(&mut stream, &[1; 10]).await?;
        stream.receive_provided().await
    });
    scene.world.run_for(MINUTE / 2);
    scene.world.partition(scene.client, scene.server);
    let result = scene.world.run(&running).expect("gives up");
    assert_eq!(errno(result), Some(libc::ETIMEDOUT));
}

#[test]
fn a_reset_reaches_both_sides() {
    for seed in 0..8 {
        let mut scene = scene(seed);
        let running = scene.start(|io, address| talk(io, address, vec![1; 100]));
        scene.world.run_until(|| !scene.seen.borrow().bytes.is_empty());
        scene.world.reset_connections(scene.client, scene.server);
        let result = scene.world.run(&running).expect("ends");
        assert_eq!(errno(result), Some(libc::ECONNRESET));
        scene.world.run_until_idle();
        assert_eq!(scene.seen.borrow().ends, [Some(libc::ECONNRESET)]);
    }
}

#[test]
fn a_killed_process_ends_its_connections() {
    let mut scene = scene(1);
    drop(scene.start(|io, address| talk(io, address, vec![1; 100])));
    scene.world.run_until(|| !scene.seen.borrow().bytes.is_empty());
    scene.world.kill(scene.client);
    scene.world.run_until_idle();
    assert_eq!(scene.seen.borrow().ends, [None]);
}

#[test]
fn a_node_without_power_leaves_its_peers_half_open_until_they_send() {
    let mut scene = scene(1);
    drop(scene.start(|io, address| talk(io, address, vec![1; 100])));
    scene.world.run_until(|| scene.seen.borrow().bytes.len() == 100);
    scene.world.crash(scene.client, Crash::Power(PowerCut::Random));
    scene.world.run_for(MINUTE * 60);
    assert_eq!(scene.seen.borrow().ends, [], "nobody tells the server");

    // The other way round: the client's next bytes find a server that knows nothing of it.
    let mut scene = self::scene(2);
    let running = scene.start(|io, address| async move {
        let mut stream = connect(&io, address).await?;
        io.sleep(MINUTE).await;
        send(&mut stream, &[1; 10]).await?;
        stream.receive_provided().await
    });
    scene.world.run_for(MINUTE / 2);
    scene.world.cut_power(scene.server, PowerCut::Random);
    let seen = Rc::clone(&scene.seen);
    drop(scene.world.start(scene.server, SHARD, |io| serve(io, seen)));
    let result = scene.world.run(&running).expect("is told");
    assert_eq!(errno(result), Some(libc::ECONNRESET));
}

#[test]
fn nobody_listens_on_a_node_that_was_killed() {
    let mut scene = scene(1);
    scene.world.kill(scene.server);
    let running = scene.start(|io, address| async move { connect(&io, address).await.map(drop) });
    let result = scene.world.run(&running).expect("ends");
    assert_eq!(errno(result), Some(libc::ECONNREFUSED));
    let nowhere = SocketAddr::new(IpAddr::from([10, 9, 9, 9]), PORT);
    let running = scene.start(|io, _| async move { connect(&io, nowhere).await.map(drop) });
    let result = scene.world.run(&running).expect("ends");
    assert_eq!(errno(result), Some(libc::EHOSTUNREACH));
}

#[test]
fn descriptors_run_out_and_come_back() {
    let mut scene = scene(1);
    scene.world.set_descriptor_count_max(scene.client, 3);
    let running = scene.start(|io, address| async move {
        let mut streams = Vec::new();
        for _ in 0..3 {
            streams.push(connect(&io, address).await.expect("connects"));
        }
        assert_eq!(errno(connect(&io, address).await), Some(libc::EMFILE));
        let options = millstream_io::OpenOptions::write_direct();
        let opened = io.open(std::path::Path::new("/file"), options).await;
        assert_eq!(errno(opened), Some(libc::EMFILE));
        let listened = io.listen(address, ListenOptions::default()).await;
        assert!(listened.is_err());
        drop(streams.pop());
        connect(&io, address).await.map(drop)
    });
    assert_eq!(scene.world.run(&running), Some(Ok(())));
}

#[test]
fn an_accept_without_descriptors_leaves_the_connection_waiting() {
    let mut world = World::new(1, WorldOptions::default());
    let node = world.node("a");
    world.set_descriptor_count_max(node, 2);
    let running = world.start(node, SHARD, |io| async move {
        let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut listener = io.listen(local, ListenOptions::default()).await.expect("listens");
        let address = listener.local_address();
        let mut client = connect(&io, address).await.expect("connects");
        assert_eq!(errno(listener.accept().await), Some(libc::EMFILE));
        send(&mut client, b"still there").await.expect("sends");
        drop(client);
        let mut server = listener.accept().await.expect("accepts");
        let (count, buffer) = server.receive(Buffer::unpooled(100)).await;
        let count = count.expect("receives");
        assert!(count > 0 && b"still there".starts_with(&buffer[..count]));
    });
    assert_eq!(world.run(&running), Some(()));
}

#[test]
fn a_failed_operation_takes_its_connection_along() {
    let mut scene = scene(1);
    let first = scene.world.operation_count(scene.client);
    // Connect, then send.
    scene.world.fail_operation(scene.client, first + 1, libc::ETIMEDOUT);
    let running = scene.start(|io, address| async move {
        let mut stream = connect(&io, address).await.expect("connects");
        io.sleep(MINUTE).await;
        send(&mut stream, &[1; 10]).await
    });
    let result = scene.world.run(&running).expect("ends");
    assert_eq!(errno(result), Some(libc::ETIMEDOUT));
    scene.world.run_until_idle();
    assert_eq!(scene.seen.borrow().bytes, []);
    assert_eq!(scene.seen.borrow().ends.len(), 1);
}
