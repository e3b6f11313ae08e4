//! Blocks of producer ids: what was handed out once is never handed out again.

use super::{Context, Outcome};
use crate::error::{Refusal, RefusalKind};
use crate::record::MetadataRecord;
use millstream_base::ProducerId;

/// Producer ids in a block, as in Kafka: one record in the log for so many producers.
pub const PRODUCER_ID_BLOCK_COUNT: i64 = 1000;

/// Producer ids that one shard may give to producers. A block that was handed out is spent, also
/// if the shard crashes before it gave any: a restart asks for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerIdBlock {
    /// The first id.
    pub first: ProducerId,
    /// The id behind the last.
    pub end: ProducerId,
}

pub(crate) fn allocate_producer_ids(
    context: &Context<'_>,
) -> Outcome<Result<ProducerIdBlock, Refusal>> {
    let first = context.image.next_producer_id();
    let Some(end) = first.get().checked_add(PRODUCER_ID_BLOCK_COUNT) else {
        let refusal = Refusal::new(RefusalKind::Unknown, "all producer ids are handed out");
        return Outcome { response: Err(refusal), records: Vec::new() };
    };
    let end = ProducerId::new(end);
    let records = vec![MetadataRecord::ProducerIds { next: end }];
    Outcome { response: Ok(ProducerIdBlock { first, end }), records }
}
