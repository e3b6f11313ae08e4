//! Golden test of `docs/formats/metadata.md`: the golden batch is walked as the tables say.
#![forbid(unsafe_code)]

use millstream_base::{LeaderEpoch, NodeId, PartitionIndex, ProducerId, Timestamp, TopicId, Uuid};
use millstream_batch::{CheckOptions, DecompressLimit, Origin, Scratch, check};
use millstream_controller::MetadataRecord;
use millstream_controller::image::{Broker, Listener, Partition};
use millstream_controller::record::{
    METADATA_BATCH_BYTES_MAX, Resource, decode_batch, encode_batch,
};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

const DOCUMENT: &str = "docs/formats/metadata.md";

fn id(byte: u8) -> Uuid {
    Uuid::from_bytes([byte; 16])
}

fn nodes(ids: &[i32]) -> Vec<NodeId> {
    ids.iter().copied().map(NodeId::new).collect()
}

fn records() -> Vec<MetadataRecord> {
    let topic = TopicId::new(id(3)).expect("not zero");
    let config = |resource, name: &str, value: Option<&str>| MetadataRecord::Config {
        resource,
        name: name.to_owned(),
        value: value.map(str::to_owned),
    };
    let listener = |name: &str, host: &str, port| Listener {
        name: name.to_owned(),
        host: host.to_owned(),
        port,
    };
    vec![
        MetadataRecord::Reset,
        MetadataRecord::Cluster { id: id(1) },
        MetadataRecord::Broker(Broker {
            node: NodeId::new(7),
            epoch: 2,
            incarnation: id(2),
            rack: Some("größe".to_owned()),
            listeners: vec![listener("A", "127.0.0.1", 9092), listener("B", "::1", 65_535)],
        }),
        MetadataRecord::Topic { id: topic, name: Arc::from("orders") },
        MetadataRecord::Partition {
            topic,
            index: PartitionIndex::new(0),
            partition: Partition {
                leader: NodeId::new(-1),
                leader_epoch: LeaderEpoch::new(5),
                partition_epoch: 6,
                replicas: nodes(&[7, 8]),
                in_sync: nodes(&[7]),
            },
        },
        config(Resource::Topic(topic), "retention.ms", Some("1000")),
        config(Resource::Broker(NodeId::new(7)), "log.retention.ms", Some("")),
        config(Resource::Cluster, "log.retention.ms", None),
        config(Resource::Group(Arc::from("g")), "consumer.session.timeout.ms", Some("50000")),
        config(Resource::ClientMetrics(Arc::from("m")), "metrics", Some("*")),
        MetadataRecord::ProducerIds { next: ProducerId::new(3000) },
        MetadataRecord::TopicRemoved { id: topic },
    ]
}

/// Bytes that were written once and are never written again. For a new file, run the test once with
/// `MILLSTREAM_GOLDEN=write`.
fn golden() -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/metadata-1");
    let is_made = std::env::var("MILLSTREAM_GOLDEN").is_ok_and(|value| value == "write");
    if is_made && !path.exists() {
        let batch = encode_batch(&records(), Timestamp::new(1_767_225_600_000)).expect("fits");
        fs::write(&path, batch).expect("the folder can be written");
    }
    fs::read(&path).expect("the golden file is part of the repository")
}

const OPTIONS: CheckOptions =
    CheckOptions { batch_bytes_max: METADATA_BATCH_BYTES_MAX, origin: Origin::Log };

#[test]
fn the_golden_batch_is_read_and_written_the_same() {
    let golden = golden();
    let batch = check(&golden, OPTIONS).expect("a batch");
    let read: Vec<_> =
        decode_batch(&batch).expect("golden").into_iter().map(|(_, record)| record).collect();
    assert_eq!(read, records());
    assert_eq!(encode_batch(&read, batch.base_timestamp()).expect("fits"), golden);
}

#[test]
fn the_document_says_where_each_record_has_its_fields() {
    let expected = [
        "Reset kind=0 version=1",
        "Cluster kind=1 version=1 cluster_id=01",
        "Broker kind=2 version=1 node=7 epoch=2 incarnation=02 rack=größe \
         listeners=A/127.0.0.1/9092,B/::1/65535",
        "Topic kind=3 version=1 topic=03 name=orders",
        "Partition kind=5 version=1 topic=03 index=0 leader=-1 leader_epoch=5 partition_epoch=6 \
         replicas=7,8 in_sync=7",
        "Config kind=6 version=1 resource=topic:03 name=retention.ms value=1000",
        "Config kind=6 version=1 resource=broker:7 name=log.retention.ms value=",
        "Config kind=6 version=1 resource=all name=log.retention.ms value=absent",
        "Config kind=6 version=1 resource=group:g name=consumer.session.timeout.ms value=50000",
        "Config kind=6 version=1 resource=metrics:m name=metrics value=*",
        "ProducerIds kind=7 version=1 next=3000",
        "TopicRemoved kind=4 version=1 topic=03",
    ];
    let golden = golden();
    let batch = check(&golden, OPTIONS).expect("a batch");
    let mut scratch = Scratch::new();
    let records = batch.records(DecompressLimit::DEFAULT, &mut scratch).expect("plain");
    let mut walked = 0;
    for (record, expected) in records.zip(expected) {
        let record = record.expect("whole");
        assert_eq!(record.key(), None);
        let heading = expected.split(' ').next().expect("a heading");
        let value = record.value().expect("a value");
        assert_eq!(walk(heading, value), expected, "{DOCUMENT}");
        walked += 1;
    }
    assert_eq!(walked, expected.len());
}

/// The fields of a record, found by the table under `heading` alone.
fn walk(heading: &str, value: &[u8]) -> String {
    let mut rest = value;
    let mut shown = heading.to_owned();
    for (form, field) in rows(heading) {
        shown += &format!(" {field}={}", take(&form, &mut rest));
    }
    assert!(rest.is_empty(), "{heading}: {} bytes are left", rest.len());
    shown
}

fn rows(heading: &str) -> Vec<(String, String)> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(DOCUMENT);
    let text = fs::read_to_string(path).expect("the document is part of the repository");
    let heading = format!("### {heading}");
    let section = text.lines().skip_while(|line| *line != heading).skip(1);
    let section = section.take_while(|line| !line.starts_with('#'));
    let rows: Vec<_> = section.filter_map(row).collect();
    assert!(!rows.is_empty(), "{DOCUMENT} has a table under {heading}");
    rows
}

/// `` | `form` | `field` | … | ``; anything else is no row.
fn row(line: &str) -> Option<(String, String)> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    let mut quoted = || cells.next()?.strip_prefix('`')?.strip_suffix('`').map(str::to_owned);
    Some((quoted()?, quoted()?))
}

fn take(form: &str, rest: &mut &[u8]) -> String {
    match form {
        "u8" => number::<1>(rest).to_string(),
        "u16" => number::<2>(rest).to_string(),
        "i32" => i32::from_le_bytes(raw(rest)).to_string(),
        "i64" => i64::from_le_bytes(raw(rest)).to_string(),
        "id" => {
            let bytes: [u8; 16] = raw(rest);
            assert!(bytes.iter().all(|byte| *byte == bytes[0]), "all ids here repeat a byte");
            format!("{:02}", bytes[0])
        }
        "text" | "text?" => match number::<4>(rest) {
            0xffff_ffff if form == "text?" => "absent".to_owned(),
            length => {
                let length = usize::try_from(length).expect("32 bits");
                let (text, left) = rest.split_at(length);
                *rest = left;
                String::from_utf8(text.to_vec()).expect("UTF-8")
            }
        },
        "nodes" => list(rest, |rest| take("i32", rest)),
        "listeners" => {
            list(rest, |rest| ["text", "text", "u16"].map(|form| take(form, rest)).join("/"))
        }
        "resource" => match number::<1>(rest) {
            1 => format!("topic:{}", take("id", rest)),
            2 => format!("broker:{}", take("i32", rest)),
            3 => "all".to_owned(),
            4 => format!("group:{}", take("text", rest)),
            5 => format!("metrics:{}", take("text", rest)),
            other => panic!("resource {other}"),
        },
        other => panic!("{DOCUMENT}: unknown form {other}"),
    }
}

fn list(rest: &mut &[u8], item: impl Fn(&mut &[u8]) -> String) -> String {
    let count = number::<4>(rest);
    (0..count).map(|_| item(rest)).collect::<Vec<_>>().join(",")
}

fn number<const SIZE: usize>(rest: &mut &[u8]) -> u64 {
    let bytes: [u8; SIZE] = raw(rest);
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn raw<const SIZE: usize>(rest: &mut &[u8]) -> [u8; SIZE] {
    let (taken, left) = rest.split_first_chunk().expect("the record goes on");
    *rest = left;
    *taken
}
