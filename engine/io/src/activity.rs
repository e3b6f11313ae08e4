//! What a shard has done so far, in counts.

/// Counts of a shard since its start, and what it does now. In a simulation only what is in flight
/// is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Rounds of the shard's loop: a shard with nothing to do makes none.
    pub tick_count: u64,
    /// How often it slept, waiting for the kernel.
    pub sleep_count: u64,
    /// How often it looked for work instead, see [`crate::ShardOptions::spin`].
    pub spin_count: u64,
    /// Calls of io_uring_enter(2).
    pub enter_count: u64,
    /// Operations in flight now, those of dropped futures too.
    pub in_flight_count: u64,
    /// Sends that went without a copy.
    pub zero_copy_send_count: u64,
    /// Those of them that the kernel copied all the same.
    pub zero_copy_copied_count: u64,
    /// Sends whose memory the network still holds.
    pub zero_copy_held_count: u64,
    /// Other shards woken through the ring.
    pub ring_message_count: u64,
}
