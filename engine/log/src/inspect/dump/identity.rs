//! The identity of a data directory as text.

use super::Source;
use crate::error::Result;
use crate::identity::{IDENTITY_VERSION, Identity};

pub(super) async fn dump(source: &mut Source) -> Result<()> {
    let bytes = source.piece(0).await?;
    match Identity::decode(&bytes) {
        Ok(Identity { log_id, shard_count, created, .. }) => {
            let line = format!(
                "identity version {IDENTITY_VERSION} log {log_id} shards {shard_count} created \
                 {created}"
            );
            source.lines.push(line).await
        }
        Err(fault) => source.lines.push(fault).await,
    }
}
