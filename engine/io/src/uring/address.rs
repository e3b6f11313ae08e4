//! Socket addresses, between Rust's shape and the kernel's.

use std::mem;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// An address as the kernel reads and writes it.
#[derive(Clone, Copy)]
pub(super) struct RawAddress {
    storage: libc::sockaddr_storage,
    length_bytes: libc::socklen_t,
}

impl RawAddress {
    /// Room for any address, for the kernel to fill.
    pub(super) fn empty() -> Self {
        // SAFETY: a plain C structure, for which all zeros (AF_UNSPEC) is a value.
        let storage: libc::sockaddr_storage = unsafe { mem::zeroed() };
        let length = mem::size_of::<libc::sockaddr_storage>();
        Self { storage, length_bytes: length_u32(length) }
    }

    pub(super) fn family(&self) -> i32 {
        i32::from(self.storage.ss_family)
    }

    pub(super) fn as_ptr(&self) -> *const libc::sockaddr {
        (&raw const self.storage).cast()
    }

    pub(super) fn length_bytes(&self) -> libc::socklen_t {
        self.length_bytes
    }

    /// Where the kernel writes the address and its length.
    pub(super) fn as_out(&mut self) -> (*mut libc::sockaddr, *mut libc::socklen_t) {
        ((&raw mut self.storage).cast(), &raw mut self.length_bytes)
    }

    /// The address, if it is one of the internet's.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        match self.family() {
            libc::AF_INET => {
                let storage = (&raw const self.storage).cast::<libc::sockaddr_in>();
                // SAFETY: the storage is large and aligned enough for every kind of address, and
                // its family says that it holds this kind.
                let raw = unsafe { storage.read() };
                let ip = Ipv4Addr::from(u32::from_be(raw.sin_addr.s_addr));
                Some(SocketAddrV4::new(ip, u16::from_be(raw.sin_port)).into())
            }
            libc::AF_INET6 => {
                let storage = (&raw const self.storage).cast::<libc::sockaddr_in6>();
                // SAFETY: as above.
                let raw = unsafe { storage.read() };
                let ip = Ipv6Addr::from(raw.sin6_addr.s6_addr);
                let port = u16::from_be(raw.sin6_port);
                Some(SocketAddrV6::new(ip, port, raw.sin6_flowinfo, raw.sin6_scope_id).into())
            }
            _ => None,
        }
    }
}

impl From<SocketAddr> for RawAddress {
    fn from(address: SocketAddr) -> Self {
        let mut raw = Self::empty();
        match address {
            SocketAddr::V4(address) => {
                let value = libc::sockaddr_in {
                    sin_family: family_u16(libc::AF_INET),
                    sin_port: address.port().to_be(),
                    sin_addr: libc::in_addr { s_addr: u32::from(*address.ip()).to_be() },
                    sin_zero: [0; 8],
                };
                raw.length_bytes = length_u32(mem::size_of_val(&value));
                // SAFETY: the storage is large and aligned enough for every kind of address.
                unsafe { (&raw mut raw.storage).cast::<libc::sockaddr_in>().write(value) };
            }
            SocketAddr::V6(address) => {
                let value = libc::sockaddr_in6 {
                    sin6_family: family_u16(libc::AF_INET6),
                    sin6_port: address.port().to_be(),
                    sin6_flowinfo: address.flowinfo(),
                    sin6_addr: libc::in6_addr { s6_addr: address.ip().octets() },
                    sin6_scope_id: address.scope_id(),
                };
                raw.length_bytes = length_u32(mem::size_of_val(&value));
                // SAFETY: as above.
                unsafe { (&raw mut raw.storage).cast::<libc::sockaddr_in6>().write(value) };
            }
        }
        raw
    }
}

fn length_u32(length: usize) -> libc::socklen_t {
    libc::socklen_t::try_from(length).expect("the size of a small structure")
}

fn family_u16(family: i32) -> libc::sa_family_t {
    libc::sa_family_t::try_from(family).expect("families are small")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_back_as_they_went() {
        for text in ["127.0.0.1:80", "255.254.253.252:65535", "[::1]:9092", "[fe80::1%3]:1"] {
            let address: SocketAddr = text.parse().expect("an address");
            assert_eq!(RawAddress::from(address).address(), Some(address));
        }
        assert_eq!(RawAddress::empty().address(), None);
    }
}
