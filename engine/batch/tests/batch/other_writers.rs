//! Batches that an implementation in another language wrote, once in each codec: the same five
//! records with nulls, doubled headers, a time that goes back, and a transaction.

use millstream_base::{Offset, ProducerId, Sequence, Timestamp};
use millstream_batch::{
    CheckedBatch, Compression, DecompressLimit, Record, RecordHeader, Scratch, check, check_deep,
};

use crate::common::PRODUCER;

const NONE: &str = "\
    0000000000000000000001a800000000029d9202f00010000000040000018bcfe568000000018bcf\
    e56828000000000000100100070000006400000005a8010000000a6b65792d30900176616c756520\
    76616c75652076616c75652076616c75652076616c75652076616c75652076616c75652076616c75\
    652076616c75652076616c75652076616c75652076616c756520009e0100140201900176616c7565\
    2076616c75652076616c75652076616c75652076616c75652076616c75652076616c75652076616c\
    75652076616c75652076616c75652076616c75652076616c75652000160028040a6b65792d300100\
    aa0100bd03060a6b65792d31900176616c75652076616c75652076616c75652076616c7565207661\
    6c75652076616c75652076616c75652076616c75652076616c75652076616c75652076616c756520\
    76616c75652000d6010050080a6b65792d30900176616c75652076616c75652076616c7565207661\
    6c75652076616c75652076616c75652076616c75652076616c75652076616c75652076616c756520\
    76616c75652076616c756520060a74726163650400ff0a7472616365010a656d70747900";

const GZIP: &str = "\
    00000000000000000000009300000000021e7a70460011000000040000018bcfe568000000018bcf\
    e568280000000000001001000700000064000000051f8b080027c0036b02ff5bc1c8c0c0c0959d5a\
    a96b3081b12c31a73455817292611e2383081323150d1463d06081b89291611523c35e663630cf90\
    8a565c636408e0a07648b07195142526a7b230fc873018b952730b4a2a19008c4159bc77010000";

const SNAPPY: &str = "\
    0000000000000000000000ac000000000220a3a8930012000000040000018bcfe568000000018bcf\
    e5682800000000000010010007000000640000000582534e41505059000000000100000001000000\
    67f70248a8010000000a6b65792d30900176616c756520ee0600090618009e0100140201fe51001d\
    510c1600280409a61c0100aa0100bd0306050e0031fe63001d6310d6010050080556fe0a013d0a5c\
    060a74726163650400ff0a7472616365010a656d70747900";

const LZ4: &str = "\
    0000000000000000000000a40000000002d686037e0013000000040000018bcfe568000000018bcf\
    e5682800000000000010010007000000640000000504224d1868407701000000000000335c000000\
    ff04a8010000000a6b65792d30900176616c75652006002f7f009e01001402015100384216002804\
    a600810100aa0100bd03060e001f3163003851d60100500856000f0a0138a2060a74726163650400\
    ff090080010a656d7074790000000000";

const ZSTD: &str = "\
    0000000000000000000000910000000002fb4eec2f0014000000040000018bcfe568000000018bcf\
    e5682800000000000010010007000000640000000528b52ffd607700b50200e403a8010000000a6b\
    65792d30900176616c756520009e0100140201160028040100aa0100bd030631d601005008060a74\
    726163650400ff010a656d707479000700ac0175c3a28a66402c46c4d40f19a9809a8f54c2";

#[test]
fn all_codecs_hold_the_same_records() {
    for (text, compression) in [NONE, GZIP, SNAPPY, LZ4, ZSTD].into_iter().zip(Compression::ALL) {
        let bytes = from_hex(text);
        let batch = check(&bytes, PRODUCER).expect("written by a client");
        assert_eq!(batch.compression(), compression);
        assert_header(&batch);
        let mut scratch = Scratch::new();
        let records = batch.records(DecompressLimit::DEFAULT, &mut scratch).expect("unpacks");
        let records = records.collect::<Result<Vec<_>, _>>().expect("sound");
        assert_records(&records);
        let content = check_deep(&batch, DecompressLimit::DEFAULT, &mut scratch).expect("sound");
        assert_eq!(content.record_count, 5);
        assert_eq!(content.payload_bytes, from_hex(NONE).len() - 61);
        let latest = (Timestamp::new(1_700_000_000_040), Offset::new(4));
        assert_eq!(content.latest, Some(latest));
    }
}

fn assert_header(batch: &CheckedBatch<'_>) {
    assert!(batch.is_transactional());
    assert_eq!(batch.producer_id(), ProducerId::new(4097));
    assert_eq!(batch.base_sequence(), Sequence::new(100));
    assert_eq!(batch.last_sequence(), Sequence::new(104));
    assert_eq!(batch.max_timestamp(), Timestamp::new(1_700_000_000_040));
    assert_eq!(batch.record_count(), 5);
}

fn assert_records(records: &[Record<'_>]) {
    let value = b"value ".repeat(12);
    let keys = [Some("key-0"), None, Some("key-0"), Some("key-1"), Some("key-0")];
    let deltas_ms = [0, 10, 20, -223, 40];
    for (index, record) in records.iter().enumerate() {
        assert_eq!(record.key(), keys[index].map(str::as_bytes));
        assert_eq!(record.value(), (index != 2).then_some(&*value));
        let timestamp = Timestamp::new(1_700_000_000_000 + deltas_ms[index]);
        assert_eq!(record.timestamp(), timestamp);
        assert_eq!(record.headers().len(), if index == 4 { 3 } else { 0 });
    }
    let headers = records[4].headers().collect::<Vec<_>>();
    let expected = [
        RecordHeader { key: b"trace", value: Some(b"\x00\xff") },
        RecordHeader { key: b"trace", value: None },
        RecordHeader { key: b"empty", value: Some(b"") },
    ];
    assert_eq!(headers, expected);
}

fn from_hex(text: &str) -> Vec<u8> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    assert!(rest.is_empty());
    let digit = |digit: u8| char::from(digit).to_digit(16).expect("hexadecimal");
    let byte = |pair: &[u8; 2]| u8::try_from(digit(pair[0]) << 4 | digit(pair[1]));
    pairs.iter().map(|pair| byte(pair).expect("two digits")).collect()
}
