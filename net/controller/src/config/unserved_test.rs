//! Everything that a file of Apache Kafka's may name is known.

use super::unserved::{Regard, Unserved};
use super::unserved_table::UNSERVED;
use super::*;

/// The names in Apache Kafka 4.4's own definition of a broker's configuration.
const KAFKA_4_4: &str = include_str!("kafka_4_4.txt");

/// What the file that comes with Apache Kafka 4.4 for one node sets.
const SHIPPED: &str = "process.roles=broker,controller\n\
    node.id=1\n\
    controller.quorum.bootstrap.servers=localhost:9093\n\
    listeners=PLAINTEXT://:9092,CONTROLLER://:9093\n\
    inter.broker.listener.name=PLAINTEXT\n\
    advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093\n\
    controller.listener.names=CONTROLLER\n\
    listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL\n\
    num.network.threads=3\nnum.io.threads=8\n\
    socket.send.buffer.bytes=102400\nsocket.receive.buffer.bytes=102400\n\
    socket.request.max.bytes=104857600\nlog.dirs=/tmp/kraft-combined-logs\n\
    num.partitions=1\nnum.recovery.threads.per.data.dir=1\n\
    offsets.topic.replication.factor=1\n\
    share.coordinator.state.topic.replication.factor=1\n\
    share.coordinator.state.topic.min.isr=1\n\
    transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n\
    log.retention.hours=168\nlog.segment.bytes=1073741824\n\
    log.retention.check.interval.ms=300000\n";

#[test]
fn every_configuration_of_kafka_4_4_is_known_and_once() {
    assert!(KAFKA_4_4.lines().count() > 370);
    for name in KAFKA_4_4.lines() {
        assert!(BrokerConfig::names().any(|known| known == name), "{name} is not known");
    }
    assert!(UNSERVED.is_sorted_by(|left, right| left.name < right.name));
    for Unserved { name, .. } in UNSERVED {
        assert!(broker(name).is_none(), "{name} is served: take it off the table of the unserved");
    }
}

#[test]
fn the_file_that_comes_with_kafka_is_read_and_what_it_says_in_vain_is_told() {
    let config = BrokerConfig::from_properties(SHIPPED).expect("Kafka reads it");
    assert_eq!(config.settings().data_directories, ["/tmp/kraft-combined-logs"]);
    let ignored: Vec<&str> = config.ignored().map(|(name, _)| name).collect();
    for name in ["process.roles", "num.io.threads", "transaction.state.log.min.isr"] {
        assert!(ignored.contains(&name), "{name} is not told of: {ignored:?}");
    }
    assert!(!ignored.contains(&"num.partitions"));
}

#[test]
fn what_somebody_relies_on_is_refused() {
    for (name, value) in [
        ("ssl.keystore.location", "/etc/key.jks"),
        ("ssl.client.auth", "required"),
        ("sasl.enabled.mechanisms", "SCRAM-SHA-512"),
        ("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"),
        ("super.users", "User:admin"),
        ("listener.name.outside.ssl.client.auth", "none"),
        ("create.topic.policy.class.name", "Mine"),
        ("config.providers", "file"),
        ("remote.log.storage.system.enable", "true"),
    ] {
        let fault = BrokerConfig::default().set(name, value).expect_err(name);
        assert!(matches!(fault, ConfigFault::Unserved { .. }), "{name}: {fault}");
        assert!(fault.to_string().starts_with(name), "{fault}");
    }
}

#[test]
fn what_asks_for_nothing_is_no_fault() {
    for unserved in UNSERVED {
        let value = match unserved.regard {
            Regard::Refused { harmless } => harmless,
            Regard::Ignored => "whatever",
        };
        let mut config = BrokerConfig::default();
        assert_eq!(config.set(unserved.name, value), Ok(()), "{}", unserved.name);
        assert_eq!(config.ignored().next(), Some((unserved.name, unserved.why)));
    }
    let mut config = BrokerConfig::default();
    assert_eq!(config.set("ssl.enabled.protocols", "TLSv1.2,TLSv1.3"), Ok(()));
    assert_eq!(config.set("remote.log.storage.system.enable", "False"), Ok(()));
}

#[test]
fn a_slip_finds_its_name_among_all() {
    let fault = BrokerConfig::default().set("transactional.id.expiration.m", "1");
    let nearest = Some("transactional.id.expiration.ms");
    let name = String::from("transactional.id.expiration.m");
    assert_eq!(fault, Err(ConfigFault::Unknown { name, nearest }));
}
