//! A small batch that would expand to much more.

use millstream_base::Timestamp;
use millstream_batch::{
    BatchBuilder, BatchError, BuilderOptions, CodecFault, Compression, DecompressLimit, Scratch,
    check, check_deep, find_timestamp,
};

use crate::common::PRODUCER;

#[test]
fn a_bomb_passes_the_shallow_check_and_stops_at_the_cap() {
    let zeros = vec![0; 16 << 20];
    let bytes_max = 1 << 20;
    let limit = DecompressLimit::new(bytes_max);
    for compression in [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd]
    {
        let options =
            BuilderOptions { compression, batch_bytes_max: 32 << 20, ..Default::default() };
        let mut builder = BatchBuilder::new(options);
        builder.append(Timestamp::new(1), None, Some(&zeros), &[]).expect("fits");
        let bytes = builder.finish().expect("not empty");
        assert!(bytes.len() < 1 << 20, "{compression}: {}", bytes.len());
        let batch = check(bytes, PRODUCER).expect("sound from outside");
        let mut scratch = Scratch::new();
        let fault = CodecFault::OverLimit { bytes_max };
        let refused = BatchError::Codec { compression, fault };
        assert_eq!(check_deep(&batch, limit, &mut scratch), Err(refused.clone()));
        let found = find_timestamp(&batch, Timestamp::new(0), limit, &mut scratch);
        assert_eq!(found, Err(refused));
        assert!(scratch.capacity_bytes() <= bytes_max);
        let older = find_timestamp(&batch, Timestamp::new(2), limit, &mut scratch);
        assert_eq!(older, Ok(None), "not even unpacked");
    }
}
