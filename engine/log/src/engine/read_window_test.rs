//! What is in flight, in which order, and what comes back.

use super::*;
use millstream_base::ShardId;
use millstream_io::sim::{World, WorldOptions};
use millstream_io::{Durability, OpenOptions};
use std::path::Path;

const MIB: usize = 1 << 20;
/// An error of the device, see errno(3).
const EIO: i32 = 5;
const FILE_BYTES: usize = 8 * MIB + PIECE_BYTES / 2;

/// Runs on a shard of a simulated machine, with a file whose blocks hold their number.
fn with_file<R: Future<Output = ()> + 'static>(body: impl FnOnce(Io, File) -> R + 'static) {
    with_file_that_fails(None, body);
}

/// The same; the disk's operation of this number fails.
fn with_file_that_fails<R: Future<Output = ()> + 'static>(
    failing: Option<u64>,
    body: impl FnOnce(Io, File) -> R + 'static,
) {
    let mut world = World::new(7, WorldOptions::default());
    let node = world.node("reader");
    if let Some(operation_index) = failing {
        world.fail_operation(node, operation_index, EIO);
    }
    let running = world.start(node, ShardId::new(0), |io| async move {
        let options = OpenOptions::write_direct();
        let file = io.open(Path::new("/segment"), options).await.expect("made");
        let mut bytes = Buffer::unpooled(FILE_BYTES);
        for (number, block) in bytes.chunks_mut(BLOCK_BYTES).enumerate() {
            block.fill(number_of(number * BLOCK_BYTES));
        }
        let write = file.write_at(vec![bytes.freeze()], Position::ZERO, Durability::Stable);
        write.await.expect("written");
        body(io, file).await
    });
    world.run(&running).expect("ends");
}

fn number_of(position: usize) -> u8 {
    u8::try_from(position / BLOCK_BYTES % 251).expect("below 251")
}

fn is_right(bytes: &[u8], position: usize) -> bool {
    let blocks = bytes.chunks(BLOCK_BYTES).enumerate();
    blocks
        .map(|(at, block)| (position + at * BLOCK_BYTES, block))
        .all(|(position, block)| block.iter().all(|byte| *byte == number_of(position)))
}

fn window(io: &Io) -> Rc<ReadWindow> {
    let window = ReadWindow::new(io.clone());
    window.frame_goes(io.now());
    window
}

fn read(window: &Rc<ReadWindow>, file: &File, length_bytes: usize, position: usize) -> Reading {
    window.read(file, Buffer::unpooled(length_bytes), Position::new(position as u64))
}

#[test]
fn beside_frames_a_few_pieces_are_in_flight_and_all_bytes_come_in_their_place() {
    with_file(|io, file| async move {
        let window = window(&io);
        let readings: Vec<_> = (0..8).map(|at| read(&window, &file, MIB, at * MIB)).collect();
        let before = io.activity().in_flight_count;
        assert_eq!(before, 0, "pieces go when their task runs");
        let (watched, seen) = (io.clone(), Rc::new(Cell::new(0)));
        let most = Rc::clone(&seen);
        let watch = io.spawn(Priority::Foreground, async move {
            loop {
                most.set(watched.activity().in_flight_count.max(most.get()));
                watched.next_tick().await;
            }
        });
        for (at, reading) in readings.into_iter().enumerate() {
            let (result, buffer) = reading.await;
            assert_eq!(result, Ok(MIB));
            assert!(buffer.len() == MIB && is_right(&buffer, at * MIB), "the bytes of read {at}");
        }
        watch.cancel();
        assert_eq!(seen.get(), (WINDOW_BYTES / PIECE_BYTES) as u64);
        assert_eq!(window.in_flight_bytes.get(), 0);
        assert!(window.waiting.borrow().is_empty());
    });
}

#[test]
fn a_small_read_waits_for_a_piece_of_each_before_it_and_not_for_all_of_them() {
    with_file(|io, file| async move {
        let window = window(&io);
        let order = Rc::new(RefCell::new(Vec::new()));
        let begin = |name: usize, length_bytes: usize| {
            let reading = read(&window, &file, length_bytes, 0);
            let order = Rc::clone(&order);
            io.spawn(Priority::Foreground, async move {
                reading.await.0.expect("read");
                order.borrow_mut().push(name);
            })
        };
        let large: Vec<_> = (0..8).map(|name| begin(name, 8 * MIB)).collect();
        begin(8, BLOCK_BYTES).await;
        assert!(order.borrow().is_empty() || *order.borrow() == [8], "{order:?}");
        for reading in large {
            reading.await;
        }
        assert_eq!(order.borrow().len(), 9);
    });
}

#[test]
fn where_no_frame_was_written_for_a_while_reads_go_whole_and_at_once() {
    with_file(|io, file| async move {
        let window = window(&io);
        io.sleep(FRAME_EXPECTED).await;
        let readings: Vec<_> = (0..8).map(|at| read(&window, &file, MIB, at * MIB)).collect();
        assert_eq!(io.activity().in_flight_count, 8);
        for (at, reading) in readings.into_iter().enumerate() {
            let (result, buffer) = reading.await;
            assert!(result == Ok(MIB) && is_right(&buffer, at * MIB));
        }
    });
}

#[test]
fn a_read_beyond_the_end_says_how_far_it_came() {
    with_file(|io, file| async move {
        let window = window(&io);
        let (result, buffer) = read(&window, &file, MIB, 8 * MIB).await;
        assert_eq!(result, Ok(PIECE_BYTES / 2));
        assert_eq!(buffer.len(), MIB);
        assert!(is_right(&buffer[..PIECE_BYTES / 2], 8 * MIB));
    });
}

#[test]
fn a_piece_that_fails_fails_its_read_and_leaves_its_place_to_the_others() {
    // The third piece: the file is opened and written before.
    with_file_that_fails(Some(4), |io, file| async move {
        let window = window(&io);
        let bad = read(&window, &file, 8 * MIB, 0);
        let good = read(&window, &file, MIB, MIB);
        assert!(bad.await.0.is_err());
        assert_eq!(good.await.0, Ok(MIB));
        assert_eq!(window.in_flight_bytes.get(), 0);
        let (result, buffer) = read(&window, &file, MIB, 0).await;
        assert!(result == Ok(MIB) && is_right(&buffer, 0), "the disk is well again");
    });
}
