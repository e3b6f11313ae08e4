//! Addresses as `listeners` and `advertised.listeners` write them: `NAME://host:port`.

use core::fmt;
use core::str::FromStr;
use std::net::IpAddr;

/// One address of the configurations `listeners` or `advertised.listeners`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerAddress {
    /// What it is called; clients that come in on a listener are told addresses of that name.
    pub name: String,
    /// The host; empty: all that the machine has. Without the brackets of an IPv6 address.
    pub host: String,
    /// The port; 0: any that is free.
    pub port: u16,
}

/// Why a text is no address, or none that clients can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListenerFault {
    /// It is not of the form `NAME://host:port`.
    Form,
    /// The name has other characters than letters, digits, `_`, `-` and `.`.
    Name,
    /// The port is no number up to 65535.
    Port,
    /// Clients cannot connect to "any host" or "any port": `advertised.listeners` must say which.
    Anywhere,
}

impl ListenerAddress {
    /// The address if clients can be told it as it is.
    ///
    /// # Errors
    /// [`ListenerFault::Anywhere`] for no host, an address that stands for all, and port 0.
    pub fn advertised(self) -> Result<Self, ListenerFault> {
        let is_all = self.host.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified());
        let is_somewhere = !self.host.is_empty() && !is_all && self.port != 0;
        if is_somewhere { Ok(self) } else { Err(ListenerFault::Anywhere) }
    }
}

impl FromStr for ListenerAddress {
    type Err = ListenerFault;

    fn from_str(text: &str) -> Result<Self, ListenerFault> {
        let (name, address) = text.trim().split_once("://").ok_or(ListenerFault::Form)?;
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_legal) {
            return Err(ListenerFault::Name);
        }
        let (host, port) = address.rsplit_once(':').ok_or(ListenerFault::Form)?;
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = bracketed.unwrap_or(host);
        let is_ipv6 = host.contains(':');
        if is_ipv6 != bracketed.is_some() || host.contains(['[', ']', '/', ' ']) {
            return Err(ListenerFault::Form);
        }
        let port = port.parse().map_err(|_| ListenerFault::Port)?;
        Ok(Self { name: name.to_ascii_uppercase(), host: host.to_owned(), port })
    }
}

impl fmt::Display for ListenerAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, host, port } = self;
        if host.contains(':') {
            write!(formatter, "{name}://[{host}]:{port}")
        } else {
            write!(formatter, "{name}://{host}:{port}")
        }
    }
}

impl core::error::Error for ListenerFault {}

impl fmt::Display for ListenerFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Form => "an address is NAME://host:port, as in PLAINTEXT://127.0.0.1:9092",
            Self::Name => "the name of a listener has letters, digits, `_`, `-` and `.`",
            Self::Port => "a port is a number up to 65535",
            Self::Anywhere => {
                "clients cannot connect to any host or any port: say in advertised.listeners \
                 which one they reach"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Result<(String, String, u16), ListenerFault> {
        let address: ListenerAddress = text.parse()?;
        Ok((address.name, address.host, address.port))
    }

    #[test]
    fn addresses_are_read_and_written() {
        for (text, name, host, port) in [
            ("PLAINTEXT://127.0.0.1:9092", "PLAINTEXT", "127.0.0.1", 9092),
            ("PLAINTEXT://:9092", "PLAINTEXT", "", 9092),
            ("INTERNAL://broker-1.example:0", "INTERNAL", "broker-1.example", 0),
            ("SSL://[::1]:65535", "SSL", "::1", 65_535),
        ] {
            assert_eq!(address(text), Ok((name.to_owned(), host.to_owned(), port)));
            assert_eq!(text.parse::<ListenerAddress>().expect("read").to_string(), text);
        }
        assert_eq!(address(" internal://h:1 ").expect("read").0, "INTERNAL");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, fault) in [
            ("127.0.0.1:9092", ListenerFault::Form),
            ("PLAINTEXT://host", ListenerFault::Form),
            ("PLAINTEXT://::1:9092", ListenerFault::Form),
            ("PLAINTEXT://[host]:9092", ListenerFault::Form),
            ("PLAINTEXT://a/b:9092", ListenerFault::Form),
            ("://host:1", ListenerFault::Name),
            ("A B://host:1", ListenerFault::Name),
            ("A://host:65536", ListenerFault::Port),
            ("A://host:-1", ListenerFault::Port),
            ("A://host:", ListenerFault::Port),
        ] {
            assert_eq!(address(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn point_16_clients_are_told_where_they_can_connect() {
        for (text, is_told) in [
            ("A://127.0.0.1:9092", true),
            ("A://example:1", true),
            ("A://[fe80::1]:1", true),
            ("A://0.0.0.0:9092", false),
            ("A://[::]:9092", false),
            ("A://:9092", false),
            ("A://127.0.0.1:0", false),
        ] {
            let address: ListenerAddress = text.parse().expect("read");
            assert_eq!(address.advertised().is_ok(), is_told, "{text}");
        }
    }
}
