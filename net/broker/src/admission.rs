//! Who may connect: `max.connections` for the process, `max.connections.per.ip` for one address.

use crate::budget::Seat;
use crate::shard::Shard;
use millstream_base::ShardId;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;

/// As many connections from one address as anybody could have: Kafka's default, which costs no
/// counting.
const UNLIMITED: u32 = i32::MAX.unsigned_abs();

/// How many connections come from where. Each address is counted on one shard.
#[derive(Default)]
pub(crate) struct Addresses {
    counts: RefCell<BTreeMap<IpAddr, u32>>,
}

/// Stands for a connection that was let in, as long as it is open.
pub(crate) struct Admitted {
    shard: Rc<Shard>,
    /// Where it is counted, if it is.
    address: Option<IpAddr>,
    _seat: Seat,
}

/// Counts a connection from `address` in; `None` if there are enough from there.
pub(crate) async fn admit(shard: &Rc<Shard>, seat: Seat, address: IpAddr) -> Option<Admitted> {
    let max = shard.facts.settings.network.connections_per_address_max;
    let mut admitted = Admitted { shard: Rc::clone(shard), address: None, _seat: seat };
    if max >= UNLIMITED {
        return Some(admitted);
    }
    let address = address.to_canonical();
    let enter = async move |shard: Rc<Shard>| shard.addresses.enter(address, max);
    if !shard.on(owner(shard, address), enter).await.unwrap_or(false) {
        return None;
    }
    admitted.address = Some(address);
    Some(admitted)
}

fn owner(shard: &Shard, address: IpAddr) -> ShardId {
    let number = match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    };
    let index = number % u128::from(shard.facts.shard_count);
    ShardId::new(u16::try_from(index).expect("below the number of shards"))
}

impl Addresses {
    fn enter(&self, address: IpAddr, max: u32) -> bool {
        let mut counts = self.counts.borrow_mut();
        let count = counts.get(&address).copied().unwrap_or(0);
        if count >= max {
            return false;
        }
        counts.insert(address, count + 1);
        true
    }

    fn leave(&self, address: IpAddr) {
        let mut counts = self.counts.borrow_mut();
        let count = counts.get_mut(&address).expect("entered before");
        *count -= 1;
        if *count == 0 {
            counts.remove(&address);
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let leave = async move |shard: Rc<Shard>| shard.addresses.leave(address);
        let shard = Rc::clone(&self.shard);
        let owner = owner(&shard, address);
        let leaving = async move { drop(shard.on(owner, leave).await) };
        drop(self.shard.io.spawn(millstream_io::Priority::Foreground, leaving));
    }
}
