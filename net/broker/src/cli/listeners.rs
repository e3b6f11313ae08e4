//! Where a broker listens, and where clients are told to find it.

use crate::cli::failure::Failure;
use millstream_controller::config::{BrokerConfig, ListenerAddress, Value, broker};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};

const PLAINTEXT: &str = "PLAINTEXT";

/// The listener that `listeners` names for clients.
pub(crate) fn listening(config: &BrokerConfig) -> Result<ListenerAddress, Failure> {
    let listeners = config.settings().listeners;
    let found = for_clients(config, &listeners, "listeners")?;
    found.ok_or_else(|| Failure::usage("listeners: none is for clients; give --listen HOST:PORT"))
}

/// The address that `advertised.listeners` names for clients, if it does.
pub(crate) fn advertised(config: &BrokerConfig) -> Result<Option<ListenerAddress>, Failure> {
    let name = "advertised.listeners";
    let found = for_clients(config, &config.settings().advertised_listeners, name)?;
    let checked = found.map(ListenerAddress::advertised).transpose();
    checked.map_err(|fault| Failure::usage(format!("{name}: {fault}")))
}

/// Refuses listeners for clients that are not plain: arguments name other addresses, and never
/// another protocol.
pub(crate) fn check_plain(config: &BrokerConfig) -> Result<(), Failure> {
    let settings = config.settings();
    all_for_clients(config, &settings.listeners, "listeners")?;
    all_for_clients(config, &settings.advertised_listeners, "advertised.listeners").map(drop)
}

/// The one that is no controller's: a file of Kafka's has those too.
fn for_clients(
    config: &BrokerConfig,
    listeners: &[String],
    name: &str,
) -> Result<Option<ListenerAddress>, Failure> {
    let mut clients = all_for_clients(config, listeners, name)?;
    if clients.len() > 1 {
        return Err(Failure::usage(format!(
            "{name}: one listener is served; name one for clients"
        )));
    }
    Ok(clients.pop())
}

fn all_for_clients(
    config: &BrokerConfig,
    listeners: &[String],
    name: &str,
) -> Result<Vec<ListenerAddress>, Failure> {
    let value = |name| broker(name).and_then(|definition| config.value(definition));
    let controllers = value("controller.listener.names");
    let controllers = controllers.as_ref().and_then(Value::as_list).unwrap_or_default();
    let protocols = value("listener.security.protocol.map");
    let protocols = protocols.as_ref().and_then(Value::as_str).unwrap_or_default();
    let mut clients = Vec::new();
    for listener in listeners {
        let address = listener.parse::<ListenerAddress>();
        let address = address.map_err(|fault| Failure::usage(format!("{name}: {fault}")))?;
        if controllers.iter().any(|it| it.eq_ignore_ascii_case(&address.name)) {
            continue;
        }
        if !is_plain(&address.name, protocols) {
            let why = "is not served yet; use PLAINTEXT://HOST:PORT";
            return Err(Failure::usage(format!("{name}: {} {why}", address.name)));
        }
        clients.push(address);
    }
    Ok(clients)
}

/// Whether `listener.security.protocol.map` gives a listener the protocol without secrets. One
/// that it does not name has the protocol that it is called by.
fn is_plain(listener: &str, protocols: &str) -> bool {
    let pairs = protocols.split(',').filter_map(|pair| pair.trim().split_once(':'));
    let mut own = pairs.filter(|(name, _)| name.eq_ignore_ascii_case(listener));
    let protocol = own.next().map_or(listener, |(_, protocol)| protocol);
    protocol.eq_ignore_ascii_case(PLAINTEXT)
}

/// `host:port`, as arguments have it; no host is all hosts.
pub(crate) fn host_port(text: &str) -> Result<ListenerAddress, Failure> {
    let address = format!("{PLAINTEXT}://{text}").parse();
    address.map_err(|_| Failure::usage(format!("{text:?} is no HOST:PORT, as in 127.0.0.1:9092")))
}

/// The address that can be listened on.
pub(crate) fn resolve(address: &ListenerAddress) -> Result<SocketAddr, Failure> {
    let ListenerAddress { host, port, .. } = address;
    if host.is_empty() {
        return Ok(SocketAddr::from((Ipv4Addr::UNSPECIFIED, *port)));
    }
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, *port));
    }
    let found = (host.as_str(), *port).to_socket_addrs();
    let found = found.map_err(|error| Failure::listen(format!("{host}: {error}")))?;
    let all: Vec<SocketAddr> = found.collect();
    // `localhost` has two: clients without IPv6 are more than those with nothing else.
    let best = all.iter().find(|address| address.is_ipv4()).or(all.first());
    best.copied().ok_or_else(|| Failure::listen(format!("{host}: no address has this name")))
}

#[cfg(test)]
mod listeners_test {
    use super::*;

    fn config(values: &[(&str, &str)]) -> BrokerConfig {
        let mut config = BrokerConfig::default();
        for (name, value) in values {
            config.set(name, value).expect("a known one");
        }
        config
    }

    #[test]
    fn a_file_of_kafkas_names_a_controllers_listener_beside_that_of_clients() {
        let config = config(&[
            ("listeners", "PLAINTEXT://:9092,CONTROLLER://:9093"),
            ("advertised.listeners", "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093"),
            ("controller.listener.names", "CONTROLLER"),
        ]);
        let listening = listening(&config).expect("one is for clients");
        assert_eq!(resolve(&listening).expect("an address").to_string(), "0.0.0.0:9092");
        let advertised = advertised(&config).expect("a good one").expect("one is for clients");
        assert_eq!((advertised.host.as_str(), advertised.port), ("localhost", 9092));
    }

    #[test]
    fn a_listener_may_have_a_name_of_its_own_and_must_be_plain() {
        let map = ("listener.security.protocol.map", "OUTSIDE:PLAINTEXT,INSIDE:SSL");
        let outside = config(&[("listeners", "OUTSIDE://127.0.0.1:1"), map]);
        assert_eq!(listening(&outside).expect("a good one").port, 1);
        for wrong in ["INSIDE://127.0.0.1:1", "SSL://127.0.0.1:1", "nothing", "A://:1,B://:2"] {
            assert!(listening(&config(&[("listeners", wrong), map])).is_err(), "{wrong}");
        }
        for name in ["listeners", "advertised.listeners"] {
            assert!(check_plain(&config(&[(name, "SSL://127.0.0.1:1")])).is_err(), "{name}");
        }
    }

    #[test]
    fn nobody_is_told_to_connect_anywhere() {
        let config = config(&[("advertised.listeners", "PLAINTEXT://0.0.0.0:9092")]);
        assert_eq!(advertised(&config).expect_err("nobody can").code(), Failure::USAGE);
    }
}
