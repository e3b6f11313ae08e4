//! Runs of batches.

use millstream_batch::{BatchError, Batches, Compression, split_first};

use crate::common::{PRODUCER, sample};

#[test]
fn a_run_is_walked_batch_by_batch() {
    let batches = Compression::ALL.map(|compression| sample(compression, 12));
    let run = batches.concat();
    let walked = Batches::new(&run, PRODUCER).map(|batch| batch.expect("sound").bytes());
    assert!(walked.eq(batches.iter().map(Vec::as_slice)));
    let (first, rest) = split_first(&run, PRODUCER).expect("sound").expect("not empty");
    assert_eq!((first.bytes(), rest), (&*batches[0], &run[batches[0].len()..]));
    assert!(matches!(split_first(&[], PRODUCER), Ok(None)));
}

#[test]
fn a_cut_off_last_batch_ends_the_walk() {
    let batches = [sample(Compression::None, 3), sample(Compression::Zstd, 30)];
    let run = batches.concat();
    for end in batches[0].len() + 1..run.len() {
        let mut walk = Batches::new(&run[..end], PRODUCER);
        assert!(matches!(walk.next(), Some(Ok(_))));
        assert!(matches!(walk.next(), Some(Err(BatchError::Truncated { .. }))));
        assert!(walk.next().is_none());
        assert!(walk.rest().is_empty());
    }
}

#[test]
fn nothing_is_walked_behind_a_fault() {
    let mut run = sample(Compression::None, 3).repeat(3);
    let middle = run.len() / 2;
    run[middle] ^= 1;
    let results = Batches::new(&run, PRODUCER).map(|batch| batch.is_ok()).collect::<Vec<_>>();
    assert_eq!(results, [true, false]);
    run[8..12].copy_from_slice(&i32::MAX.to_be_bytes());
    let mut walk = Batches::new(&run, PRODUCER);
    assert!(matches!(walk.next(), Some(Err(BatchError::TooLarge { .. }))));
    assert!(walk.next().is_none());
}

#[test]
fn a_run_of_an_older_format_is_named() {
    // Four messages of format 1, of 34 bytes each: offset, size, CRC, magic, attributes, time.
    let mut message = vec![0; 34];
    message[11] = 22;
    message[16] = 1;
    let run = message.repeat(4);
    let mut walk = Batches::new(&run, PRODUCER);
    assert!(matches!(walk.next(), Some(Err(BatchError::Magic { got: 1 }))));
    run.clone_into(&mut message);
    message[16] = 2;
    let mut walk = Batches::new(&message, PRODUCER);
    assert!(matches!(walk.next(), Some(Err(BatchError::Length { got: 22, .. }))));
}
