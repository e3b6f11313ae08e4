//! Record batches that lie elsewhere are counted and not copied.

use millstream_wire::message::k01_fetch::{FetchResponse, FetchableTopicResponse, PartitionData};
use millstream_wire::{Encoder, ErrorCode, Piece, Records, decode_response, encode_response};

fn partition(partition_index: i32, records: Records<'_>) -> PartitionData<'_> {
    PartitionData { partition_index, records, high_watermark: 9, ..PartitionData::default() }
}

fn response<'a>(records: [Records<'a>; 3]) -> FetchResponse<'a> {
    let partitions = (0..).zip(records).map(|(index, records)| partition(index, records));
    let topic = FetchableTopicResponse { partitions: partitions.collect(), ..Default::default() };
    FetchResponse { responses: vec![topic], ..FetchResponse::default() }
}

/// Fills the gaps, as the socket does.
fn gather(encoder: &Encoder, batches: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in encoder.pieces() {
        match piece {
            Piece::Encoded(encoded) => bytes.extend_from_slice(encoded),
            Piece::Gap { index, bytes: size_bytes } => {
                assert_eq!(batches[index].len(), size_bytes);
                bytes.extend_from_slice(batches[index]);
            }
        }
    }
    bytes
}

#[test]
fn what_is_gathered_is_what_copying_gives() {
    let (first, last) = ([1; 300], [2; 7]);
    let elsewhere =
        [Records::Elsewhere { bytes: 300 }, Records::EMPTY, Records::Elsewhere { bytes: 7 }];
    let copied = [Records::Borrowed(&first), Records::EMPTY, Records::Borrowed(&last)];
    for version in 4..=18 {
        let (mut gathering, mut copying) = (Encoder::new(), Encoder::new());
        // Two frames, so that gaps of the second are counted from the beginning of the output.
        for correlation_id in [1, 2] {
            encode_response(&mut gathering, correlation_id, version, &response(elsewhere))
                .expect("sound");
            encode_response(&mut copying, correlation_id, version, &response(copied))
                .expect("sound");
        }
        let gathered = gather(&gathering, &[&first, &last, &first, &last]);
        assert_eq!(gathered, copying.bytes());
        assert_eq!(gathering.total_bytes(), gathered.len());
        assert!(gathering.bytes().len() < gathered.len() - 600);

        let frame_bytes = gathered.len() / 2;
        let frame = &gathered[frame_bytes + 4..];
        let (header, decoded) =
            decode_response::<FetchResponse<'_>>(frame, version).expect("sound");
        assert_eq!(header.correlation_id, 2);
        assert_eq!(decoded, response(copied));
    }
}

#[test]
fn a_frame_that_fails_leaves_what_was_before() {
    let mut encoder = Encoder::new();
    let sound = response([Records::Null, Records::Null, Records::Elsewhere { bytes: 5 }]);
    encode_response(&mut encoder, 1, 4, &sound).expect("sound");
    let (bytes, gaps) = (encoder.bytes().to_vec(), encoder.gaps().to_vec());

    let mut unsound = response([Records::Elsewhere { bytes: 6 }, Records::Null, Records::Null]);
    unsound.error_code = ErrorCode::FETCH_SESSION_ID_NOT_FOUND;
    unsound.session_id = 7;
    unsound.responses[0].partitions[1].preferred_read_replica = 3;
    assert!(encode_response(&mut encoder, 2, 4, &unsound).is_err());
    assert_eq!((encoder.bytes(), encoder.gaps()), (&bytes[..], &gaps[..]));
    assert_eq!(encoder.total_bytes(), bytes.len() + 5);
}
