//! Receiving, sending, and the end of a direction.

use super::Network;
use super::attempt::Progress;
use super::packet::Body;
use super::socket::SocketId;
use crate::buffer::{Buffer, Slice};
use crate::sim::agenda::Waiter;
use crate::sim::node::NodeId;
use crate::sim::state::State;
use std::ops::Range;

/// The most bytes that one answer of [`crate::op::Op::ReceiveMany`] carries.
const CHUNK_BYTES_MAX: u64 = 16 << 10;

impl State {
    pub(super) fn receive(
        &mut self,
        waiter: Waiter,
        socket: SocketId,
        buffer: &mut Buffer,
    ) -> Progress {
        match self.take_arrived(waiter, socket, buffer.len() as u64) {
            Ok(None) => Progress::Wait,
            Ok(Some(bytes)) => {
                buffer[..bytes.len()].copy_from_slice(&bytes);
                Progress::count(bytes.len() as u64)
            }
            Err(errno) => Progress::error(errno),
        }
    }

    pub(super) fn receive_many(&mut self, waiter: Waiter, socket: SocketId) -> Progress {
        match self.take_arrived(waiter, socket, CHUNK_BYTES_MAX) {
            Ok(None) => Progress::Wait,
            Ok(Some(bytes)) if bytes.is_empty() => Progress::count(0),
            Ok(Some(bytes)) => {
                let (count, chunk) = (bytes.len() as u64, Some(Slice::from(bytes.as_slice())));
                let goes_on = self.network.random.chance(3, 4);
                if goes_on {
                    Progress::More(count, chunk)
                } else {
                    Progress::Done(Ok(count), chunk)
                }
            }
            Err(errno) => Progress::error(errno),
        }
    }

    /// Some of the bytes that are there; none at the end of the stream; `None`: wait.
    fn take_arrived(
        &mut self,
        waiter: Waiter,
        socket: SocketId,
        byte_count_max: u64,
    ) -> Result<Option<Vec<u8>>, i32> {
        let Network { random, .. } = &mut self.network;
        let (is_partial, draw) = (random.chance(1, 4), random.next_u64());
        let connection = self.network.connection(socket).expect("receives on a connection");
        let link = (connection.peer_node, connection.node);
        let segment_bytes_max = self.network.link(link.0, link.1).options.segment_bytes_max as u64;
        let connection = self.network.connection_mut(socket).expect("seen above");
        let available =
            (connection.arrived.len() as u64).min(byte_count_max).min(segment_bytes_max);
        if available == 0 {
            return match connection.error.take() {
                Some(errno) => Err(errno),
                None if connection.is_ended || connection.is_dead => Ok(Some(Vec::new())),
                None => {
                    connection.receiving = Some(waiter);
                    Ok(None)
                }
            };
        }
        let count = if is_partial { draw % available + 1 } else { available };
        let count = usize::try_from(count).expect("at most a length");
        let bytes = connection.arrived.make_contiguous()[..count].to_vec();
        connection.arrived.drain(..count);
        let link = (connection.node, connection.peer_node);
        if let Some(to) = connection.peer {
            self.send_packet(link, socket, Body::Room { to, byte_count: count });
        }
        Ok(Some(bytes))
    }

    pub(super) fn send(&mut self, waiter: Waiter, socket: SocketId, slices: &[Slice]) -> Progress {
        let connection = self.network.connection_mut(socket).expect("sends on a connection");
        if let Some(errno) = connection.error.take() {
            return Progress::error(errno);
        }
        let (false, false, Some(to)) = (connection.is_dead, connection.is_shut, connection.peer)
        else {
            return Progress::error(libc::EPIPE);
        };
        let is_new = connection.sending.is_none_or(|before| before != waiter);
        let taken_bytes = if is_new { 0 } else { connection.taken_bytes };
        let link = (connection.node, connection.peer_node);
        let total_bytes: usize = slices.iter().map(|slice| slice.len()).sum();
        let end = total_bytes.min(taken_bytes + connection.room_bytes);
        connection.room_bytes -= end - taken_bytes;
        connection.taken_bytes = end;
        connection.sending = Some(waiter);
        self.send_segments(link, (socket, to), slices, taken_bytes..end);
        if end < total_bytes {
            return Progress::Wait;
        }
        let connection = self.network.connection_mut(socket).expect("seen above");
        connection.sending = None;
        Progress::count(total_bytes as u64)
    }

    /// Cuts a stretch of bytes into segments and puts them on their way.
    fn send_segments(
        &mut self,
        link: (NodeId, NodeId),
        (from, to): (SocketId, SocketId),
        slices: &[Slice],
        range: Range<usize>,
    ) {
        let all = stretch(slices, range);
        let segment_bytes_max = self.network.link(link.0, link.1).options.segment_bytes_max as u64;
        let mut rest = all.as_slice();
        while !rest.is_empty() {
            let random = &mut self.network.random;
            let max =
                if random.chance(1, 8) { segment_bytes_max.min(8) } else { segment_bytes_max };
            let count = random.below(max) + 1;
            let count = usize::try_from(count).expect("at most a length").min(rest.len());
            let (segment, left) = rest.split_at(count);
            rest = left;
            self.send_packet(link, from, Body::Data { to, bytes: segment.to_vec() });
        }
    }

    pub(super) fn shut(&mut self, socket: SocketId) -> Progress {
        let connection = self.network.connection_mut(socket).expect("shuts a connection");
        let (false, Some(to)) = (connection.is_dead, connection.peer) else {
            return Progress::error(libc::ENOTCONN);
        };
        let was_shut = std::mem::replace(&mut connection.is_shut, true);
        let link = (connection.node, connection.peer_node);
        if !was_shut {
            self.send_packet(link, socket, Body::End { to });
        }
        Progress::count(0)
    }
}

/// A stretch of what the slices hold together.
fn stretch(slices: &[Slice], range: Range<usize>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(range.len());
    let mut start = 0;
    for slice in slices {
        let within = range.start.max(start) - start..range.end.max(start) - start;
        let end = within.end.min(slice.len());
        bytes.extend_from_slice(&slice[within.start.min(end)..end]);
        start += slice.len();
    }
    bytes
}
