//! The messages of all APIs, one file each, declared as tables; see `codec/table.rs`.

pub mod k00_produce;
pub mod k01_fetch;
pub mod k02_list_offsets;
pub mod k03_metadata;
pub mod k08_offset_commit;
pub mod k09_offset_fetch;
pub mod k10_find_coordinator;
pub mod k11_join_group;
pub mod k12_heartbeat;
pub mod k13_leave_group;
pub mod k14_sync_group;
pub mod k15_describe_groups;
pub mod k16_list_groups;
pub mod k17_sasl_handshake;
pub mod k18_api_versions;
pub mod k19_create_topics;
pub mod k20_delete_topics;
pub mod k21_delete_records;
pub mod k22_init_producer_id;
pub mod k23_offset_for_leader_epoch;
pub mod k24_add_partitions_to_txn;
pub mod k25_add_offsets_to_txn;
pub mod k26_end_txn;
pub mod k27_write_txn_markers;
pub mod k28_txn_offset_commit;
pub mod k29_describe_acls;
pub mod k30_create_acls;
pub mod k31_delete_acls;
pub mod k32_describe_configs;
pub mod k33_alter_configs;
pub mod k35_describe_log_dirs;
pub mod k36_sasl_authenticate;
pub mod k37_create_partitions;
pub mod k42_delete_groups;
pub mod k43_elect_leaders;
pub mod k44_incremental_alter_configs;
pub mod k45_alter_partition_reassignments;
pub mod k46_list_partition_reassignments;
pub mod k47_offset_delete;
pub mod k48_describe_client_quotas;
pub mod k49_alter_client_quotas;
pub mod k50_describe_user_scram_credentials;
pub mod k51_alter_user_scram_credentials;
pub mod k57_update_features;
pub mod k60_describe_cluster;
pub mod k61_describe_producers;
pub mod k65_describe_transactions;
pub mod k66_list_transactions;
pub mod k68_consumer_group_heartbeat;
pub mod k69_consumer_group_describe;
pub mod k71_get_telemetry_subscriptions;
pub mod k72_push_telemetry;
pub mod k74_list_config_resources;
pub mod k75_describe_topic_partitions;
pub mod k76_share_group_heartbeat;
pub mod k77_share_group_describe;
pub mod k78_share_fetch;
pub mod k79_share_acknowledge;
pub mod k90_describe_share_group_offsets;
pub mod k91_alter_share_group_offsets;
pub mod k92_delete_share_group_offsets;

use crate::codec::{Decoder, Encoder, Form, Value, Versions};
use crate::error::WireError;

/// A struct with versions of its own: a request, a response, a header, a record's content.
pub trait Message<'a>: Value<'a> + Default {
    /// The name that Kafka gives it.
    const NAME: &'static str;
    /// The versions there are.
    const VERSIONS: Versions;
    /// The versions with variable lengths and tagged fields (KIP-482).
    const FLEXIBLE: Versions;

    /// How its fields are written in `version`, which must be one of its own.
    fn form(version: i16) -> Result<Form, WireError> {
        let Versions { min: expected_min, max: expected_max } = Self::VERSIONS;
        if !Self::VERSIONS.contains(version) {
            let (message, got) = (Self::NAME, version);
            return Err(WireError::UnsupportedVersion { message, got, expected_min, expected_max });
        }
        Ok(Form { version, flexible: Self::FLEXIBLE.contains(version), nullable: false })
    }

    /// Reads it in `version`. Bytes that follow are left.
    fn read(decoder: &mut Decoder<'a>, version: i16) -> Result<Self, WireError> {
        let form = Self::form(version)?;
        Self::decode(decoder, form)
    }

    /// Writes it in `version`. After an error the output is unspecified.
    fn write(&self, encoder: &mut Encoder, version: i16) -> Result<(), WireError> {
        let form = Self::form(version)?;
        self.encode(encoder, form)
    }
}
