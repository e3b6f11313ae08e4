//! One file for each API: what it serves, and how.

pub(crate) mod k00_produce;
pub(crate) mod k01_fetch;
pub(crate) mod k02_list_offsets;
pub(crate) mod k03_metadata;
pub(crate) mod k08_offset_commit;
pub(crate) mod k09_offset_fetch;
pub(crate) mod k10_find_coordinator;
pub(crate) mod k11_join_group;
pub(crate) mod k12_heartbeat;
pub(crate) mod k13_leave_group;
pub(crate) mod k14_sync_group;
pub(crate) mod k15_describe_groups;
pub(crate) mod k16_list_groups;
pub(crate) mod k18_api_versions;
pub(crate) mod k19_create_topics;
pub(crate) mod k20_delete_topics;
pub(crate) mod k22_init_producer_id;
pub(crate) mod k42_delete_groups;
pub(crate) mod k47_offset_delete;
