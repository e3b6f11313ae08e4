//! Finding a record by its time.

use millstream_base::{Offset, Timestamp};
use millstream_batch::{
    BatchBuilder, BuilderOptions, Compression, DecompressLimit, Found, Scratch, check,
    find_timestamp, patch,
};

use crate::common::PRODUCER;

fn find(bytes: &[u8], wanted: i64) -> Option<(i64, i64)> {
    let batch = check(bytes, PRODUCER).expect("built");
    let limit = DecompressLimit::DEFAULT;
    let found = find_timestamp(&batch, Timestamp::new(wanted), limit, &mut Scratch::new());
    found.expect("sound").map(|Found { offset, timestamp }| (offset.get(), timestamp.get()))
}

#[test]
fn the_first_in_the_log_that_is_late_enough_is_found() {
    for compression in Compression::ALL {
        let base_offset = Offset::new(1000);
        let options = BuilderOptions { compression, base_offset, ..Default::default() };
        let mut builder = BatchBuilder::new(options);
        for timestamp in [10, 30, 20, 40] {
            let value = [b'x'; 100];
            builder.append(Timestamp::new(timestamp), None, Some(&value), &[]).expect("fits");
        }
        let mut bytes = builder.finish().expect("not empty").to_vec();
        assert_eq!(find(&bytes, i64::MIN), Some((1000, 10)));
        assert_eq!(find(&bytes, 10), Some((1000, 10)));
        assert_eq!(find(&bytes, 11), Some((1001, 30)));
        assert_eq!(find(&bytes, 20), Some((1001, 30)), "first in the log, not nearest in time");
        assert_eq!(find(&bytes, 31), Some((1003, 40)));
        assert_eq!(find(&bytes, 41), None);
        patch::assign_append_time(&mut bytes, Timestamp::new(25));
        assert_eq!(find(&bytes, 25), Some((1000, 25)), "all have the time of the append");
        assert_eq!(find(&bytes, 26), None);
    }
}
