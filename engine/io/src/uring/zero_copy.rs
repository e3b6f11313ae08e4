//! Sends whose bytes the network card reads from our memory: where they pay, and who holds the
//! memory meanwhile.
//!
//! On a path that is delivered locally the kernel copies all the same and only the bookkeeping is
//! added, up to twice the cost (DESIGN §7). Such peers are told apart by their address where that
//! is possible, and else by the kernel's reports: a connection that copied once never tries again.

use super::features::ZeroCopySend;
use super::socket;
use crate::activity::Activity;
use crate::buffer::Slice;
use crate::op::{Handle, OpKey};
use millstream_base::hash::Map;
use slab::Slab;
use std::cell::Cell;
use std::rc::Rc;

/// Below this a copy costs less than pinning pages and waiting for a notification.
const SEND_BYTES_MIN: u64 = 16 << 10;

/// The zero-copy sends of a shard.
pub(super) struct ZeroCopy {
    when: ZeroCopySend,
    /// Whether it pays, by connection; known from the first large send to the close.
    pays: Map<i32, Rc<Cell<bool>>>,
    held: Slab<Held>,
    sent_count: u64,
    copied_count: u64,
}

/// The memory of one send, from its submission to the kernel's last word on it.
struct Held {
    key: OpKey,
    /// Only held: the network reads behind the back of every borrow.
    _slices: Vec<Slice>,
    pays: Rc<Cell<bool>>,
}

impl ZeroCopy {
    pub(super) fn new(when: ZeroCopySend) -> Self {
        Self { when, pays: Map::default(), held: Slab::new(), sent_count: 0, copied_count: 0 }
    }

    /// Takes `slices` over for a send of `key`, if it should be without a copy. The result names
    /// them until [`ZeroCopy::release`].
    pub(super) fn hold(
        &mut self,
        key: OpKey,
        handle: Handle,
        slices: &[Slice],
        length_bytes: u64,
    ) -> Option<usize> {
        if self.when == ZeroCopySend::Never || length_bytes < SEND_BYTES_MIN {
            return None;
        }
        let when = self.when;
        let pays = self.pays.entry(handle.0).or_insert_with(|| {
            Rc::new(Cell::new(when == ZeroCopySend::Always || !is_local(handle)))
        });
        if !pays.get() {
            return None;
        }
        self.sent_count += 1;
        let held = Held { key, _slices: slices.to_vec(), pays: Rc::clone(pays) };
        Some(self.held.insert(held))
    }

    /// The operation that a send belongs to.
    pub(super) fn key(&self, index: usize) -> OpKey {
        self.held[index].key
    }

    /// The kernel is done with the memory; `copied` if it had copied it before.
    pub(super) fn release(&mut self, index: usize, copied: bool) {
        let held = self.held.remove(index);
        if copied {
            self.copied_count += 1;
            held.pays.set(false);
        }
    }

    /// Forgets a connection: its descriptor may soon be another one's.
    pub(super) fn close(&mut self, handle: Handle) {
        if !self.pays.is_empty() {
            self.pays.remove(&handle.0);
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.held.is_empty()
    }

    /// Gives all held memory up for good, since a network that is slow to let go of it may still
    /// read it when its owner has to go.
    pub(super) fn leak(&mut self) {
        std::mem::forget(std::mem::take(&mut self.held));
    }

    /// Adds what is known here.
    pub(super) fn report(&self, activity: &mut Activity) {
        activity.zero_copy_send_count = self.sent_count;
        activity.zero_copy_copied_count = self.copied_count;
        activity.zero_copy_held_count = self.held.len() as u64;
    }
}

/// Whether the peer is on this very host, as far as its address tells. A peer that cannot be asked
/// for counts as local.
fn is_local(handle: Handle) -> bool {
    let (Ok(own), Ok(peer)) = (socket::local_address(handle), socket::peer_address(handle)) else {
        return true;
    };
    peer.ip().to_canonical().is_loopback() || own.ip() == peer.ip()
}
