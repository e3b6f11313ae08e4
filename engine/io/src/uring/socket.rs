//! What a socket needs that never blocks: making one, its options, its addresses.

use super::address::RawAddress;
use crate::net::ListenOptions;
use crate::op::Handle;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd};

/// A socket for a connection to be made, without Nagle's delay.
pub(super) fn for_connection(
    address: &RawAddress,
    congestion_control: Option<&str>,
) -> io::Result<OwnedFd> {
    let socket = stream_socket(address.family())?;
    set_flag(&socket, libc::IPPROTO_TCP, libc::TCP_NODELAY)?;
    set_congestion_control(&socket, congestion_control)?;
    Ok(socket)
}

/// A socket that listens. What it accepts inherits the options of TCP from it.
pub(super) fn listen(address: SocketAddr, options: &ListenOptions) -> io::Result<u64> {
    let address = RawAddress::from(address);
    let socket = stream_socket(address.family())?;
    // A restarted server must not wait until the last connections of its predecessor have aged.
    set_flag(&socket, libc::SOL_SOCKET, libc::SO_REUSEADDR)?;
    if options.reuse_port {
        set_flag(&socket, libc::SOL_SOCKET, libc::SO_REUSEPORT)?;
    }
    set_flag(&socket, libc::IPPROTO_TCP, libc::TCP_NODELAY)?;
    set_congestion_control(&socket, options.congestion_control.as_deref())?;
    set_limits(&socket, options)?;
    // SAFETY: the address and its length belong together and live through the call.
    let bound = unsafe { libc::bind(socket.as_raw_fd(), address.as_ptr(), address.length_bytes()) };
    checked(bound)?;
    let backlog = i32::try_from(options.backlog_max).unwrap_or(i32::MAX);
    // SAFETY: listen takes no pointers; its result is checked.
    checked(unsafe { libc::listen(socket.as_raw_fd(), backlog) })?;
    Ok(u64::try_from(socket.into_raw_fd()).expect("a descriptor is not negative"))
}

/// Ends the sending direction.
pub(super) fn shutdown(handle: Handle) -> io::Result<u64> {
    // SAFETY: shutdown takes no pointers; its result is checked.
    checked(unsafe { libc::shutdown(handle.0, libc::SHUT_WR) }).map(|()| 0)
}

/// The socket's own address.
pub(super) fn local_address(handle: Handle) -> io::Result<SocketAddr> {
    let mut address = RawAddress::empty();
    let (storage, length_bytes) = address.as_out();
    // SAFETY: both point into `address`, whose length says how much room there is.
    checked(unsafe { libc::getsockname(handle.0, storage, length_bytes) })?;
    address.address().ok_or_else(|| io::Error::from_raw_os_error(libc::EAFNOSUPPORT))
}

/// The address of the socket's peer.
pub(super) fn peer_address(handle: Handle) -> io::Result<SocketAddr> {
    let mut address = RawAddress::empty();
    let (storage, length_bytes) = address.as_out();
    // SAFETY: both point into `address`, whose length says how much room there is.
    checked(unsafe { libc::getpeername(handle.0, storage, length_bytes) })?;
    address.address().ok_or_else(|| io::Error::from_raw_os_error(libc::EAFNOSUPPORT))
}

/// Blocking, as the kernel's word goes: with O_NONBLOCK the ring would answer EAGAIN instead of
/// waiting on our behalf.
fn stream_socket(family: i32) -> io::Result<OwnedFd> {
    // SAFETY: socket takes no pointers; its result is checked.
    let descriptor = unsafe { libc::socket(family, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0) };
    checked(descriptor)?;
    // SAFETY: a fresh descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// How long a silent peer is waited for, and how much the kernel keeps for one.
fn set_limits(socket: &OwnedFd, options: &ListenOptions) -> io::Result<()> {
    if let Some(silence_max) = options.silence_max {
        let whole_ms = i32::try_from(silence_max.as_millis()).unwrap_or(i32::MAX);
        // Where nothing is under way, somebody has to ask: in good time, so that an answer or none
        // is known when the time is up.
        let ask_seconds = (whole_ms / 1000 / 3).max(1);
        set_flag(socket, libc::SOL_SOCKET, libc::SO_KEEPALIVE)?;
        set_number(socket, libc::IPPROTO_TCP, libc::TCP_KEEPIDLE, ask_seconds)?;
        set_number(socket, libc::IPPROTO_TCP, libc::TCP_KEEPINTVL, ask_seconds)?;
        set_number(socket, libc::IPPROTO_TCP, libc::TCP_USER_TIMEOUT, whole_ms.max(1))?;
    }
    let buffers = [
        (libc::SO_SNDBUF, options.send_buffer_bytes),
        (libc::SO_RCVBUF, options.receive_buffer_bytes),
    ];
    for (name, bytes) in buffers {
        if let Some(bytes) = bytes {
            set_number(socket, libc::SOL_SOCKET, name, i32::try_from(bytes).unwrap_or(i32::MAX))?;
        }
    }
    Ok(())
}

fn set_number(socket: &OwnedFd, level: i32, name: i32, value: i32) -> io::Result<()> {
    set_option(socket, level, name, &value.to_ne_bytes())
}

fn set_flag(socket: &OwnedFd, level: i32, name: i32) -> io::Result<()> {
    set_option(socket, level, name, &1i32.to_ne_bytes())
}

fn set_congestion_control(socket: &OwnedFd, name: Option<&str>) -> io::Result<()> {
    let Some(name) = name else { return Ok(()) };
    set_option(socket, libc::IPPROTO_TCP, libc::TCP_CONGESTION, name.as_bytes())
}

fn set_option(socket: &OwnedFd, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
    let length = libc::socklen_t::try_from(value.len())
        .map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
    let descriptor = socket.as_raw_fd();
    // SAFETY: the value and its length belong together and live through the call.
    checked(unsafe { libc::setsockopt(descriptor, level, name, value.as_ptr().cast(), length) })
}

fn checked(result: i32) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, TcpStream};

    /// The value of an option that is a number.
    fn option(socket: i32, level: i32, name: i32) -> i32 {
        let mut value = 0i32;
        let mut length = libc::socklen_t::try_from(size_of::<i32>()).expect("four");
        let place = (&raw mut value).cast();
        // SAFETY: `value` has as much room as `length` says.
        let result = unsafe { libc::getsockopt(socket, level, name, place, &raw mut length) };
        checked(result).expect("the option is there");
        value
    }

    #[test]
    fn what_is_accepted_inherits_the_options() {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let options = ListenOptions {
            silence_max: Some(std::time::Duration::from_secs(30)),
            send_buffer_bytes: Some(128 << 10),
            ..ListenOptions::default()
        };
        let listening = listen(any, &options).expect("listens");
        let listening = Handle::from_result(listening);
        // SAFETY: a fresh descriptor that nobody else owns.
        let _owner = unsafe { OwnedFd::from_raw_fd(listening.0) };
        let address = local_address(listening).expect("an address");
        let client = TcpStream::connect(address).expect("connects");
        let nowhere = std::ptr::null_mut();
        // SAFETY: accept may be told of no place for the address.
        let accepted = unsafe { libc::accept(listening.0, nowhere, nowhere.cast()) };
        checked(accepted).expect("accepts");
        // SAFETY: a fresh descriptor that nobody else owns.
        let accepted = unsafe { OwnedFd::from_raw_fd(accepted) };
        assert_ne!(option(accepted.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_NODELAY), 0);
        assert_ne!(option(accepted.as_raw_fd(), libc::SOL_SOCKET, libc::SO_KEEPALIVE), 0);
        let silence_ms = option(accepted.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_USER_TIMEOUT);
        assert_eq!(silence_ms, 30_000);
        // The kernel doubles it, for its own bookkeeping.
        assert_eq!(option(accepted.as_raw_fd(), libc::SOL_SOCKET, libc::SO_SNDBUF), 256 << 10);
        let peer = peer_address(Handle(accepted.as_raw_fd())).expect("an address");
        assert_eq!(peer, client.local_addr().expect("an address"));
        let address = RawAddress::from(address);
        let made = for_connection(&address, None).expect("a socket");
        assert_ne!(option(made.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_NODELAY), 0);
    }
}
