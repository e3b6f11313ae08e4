//! A batch that is cut off anywhere, or goes on.

use millstream_batch::{BatchError, Compression, check, split_first};

use crate::common::{LOG, PRODUCER, sample};

#[test]
fn a_cut_at_every_byte_is_truncated() {
    for compression in Compression::ALL {
        let good = sample(compression, 20);
        for end in 0..good.len() {
            let expected_bytes = if end < 61 { 61 } else { good.len() };
            let truncated = BatchError::Truncated { expected_bytes, got_bytes: end };
            assert_eq!(check(&good[..end], PRODUCER).map(|_| ()), Err(truncated.clone()));
            let split = split_first(&good[..end], PRODUCER).map(|first| first.is_some());
            assert_eq!(split, if end == 0 { Ok(false) } else { Err(truncated) });
        }
    }
}

#[test]
fn a_batch_that_goes_on_is_refused() {
    let good = sample(Compression::None, 3);
    for more in 1..100 {
        let mut longer = good.clone();
        longer.resize(good.len() + more, 0);
        let expected_bytes = good.len();
        let trailing = BatchError::TrailingBytes { expected_bytes, got_bytes: longer.len() };
        assert_eq!(check(&longer, LOG).map(|_| ()), Err(trailing));
    }
}
