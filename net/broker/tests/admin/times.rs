//! ListOffsets by the names of times.

use crate::client::Client;
use crate::records::delete;
use crate::site::{batch, with_each_shard_count};
use millstream_wire::message::k02_list_offsets::{ListOffsetsPartition, ListOffsetsTopic};
use millstream_wire::{ErrorCode, ListOffsetsRequest, ListOffsetsResponse};

pub(crate) fn offset(
    client: &mut Client,
    version: i16,
    topic: &str,
    time: i64,
) -> (i64, i64, ErrorCode) {
    let partition = ListOffsetsPartition { timestamp: time, ..ListOffsetsPartition::default() };
    let topics = vec![ListOffsetsTopic { name: topic, partitions: vec![partition] }];
    let request = ListOffsetsRequest { topics, ..ListOffsetsRequest::default() };
    let answer = client.ask(version, &request);
    let response: ListOffsetsResponse<'_> = answer.read();
    let found = &response.topics[0].partitions[0];
    (found.offset, found.timestamp, found.error_code)
}

#[test]
fn the_latest_time_is_found_wherever_it_is() {
    with_each_shard_count("latest-time", |site| {
        let mut client = site.client();
        client.create("times", 1, &[]);
        assert_eq!(offset(&mut client, 7, "times", -3), (-1, -1, ErrorCode::NONE));
        client.produce("times", 0, &batch(&[1000, 5000, 2000]));
        client.produce("times", 0, &batch(&[3000, 4000, 3500, 4000]));
        assert_eq!(offset(&mut client, 7, "times", -3), (1, 5000, ErrorCode::NONE));
        // What had the greatest time is gone.
        delete(&mut client, 2, "times", &[(0, 2)]);
        for version in 7..=11 {
            assert_eq!(offset(&mut client, version, "times", -3), (4, 4000, ErrorCode::NONE));
        }
        delete(&mut client, 2, "times", &[(0, 7)]);
        assert_eq!(offset(&mut client, 11, "times", -3), (-1, -1, ErrorCode::NONE));
    });
}

#[test]
fn a_time_s_name_needs_its_version() {
    with_each_shard_count("time-names", |site| {
        let mut client = site.client();
        client.create("times", 1, &[]);
        client.produce("times", 0, &batch(&[1000]));
        for version in 1..=11 {
            let firsts = [(-1, 1), (-2, 1), (-3, 7), (-4, 8), (-5, 9), (-6, 11), (-7, 12)];
            for (time, first) in firsts {
                let is_known = version >= first;
                let error = if is_known { ErrorCode::NONE } else { ErrorCode::UNSUPPORTED_VERSION };
                let got = offset(&mut client, version, "times", time).2;
                assert_eq!(got, error, "version {version}, {time}");
            }
            let got = offset(&mut client, version, "times", i64::MIN).2;
            assert_eq!(got, ErrorCode::UNSUPPORTED_VERSION);
            assert_eq!(offset(&mut client, version, "times", i64::MAX), (-1, -1, ErrorCode::NONE));
        }
    });
}
