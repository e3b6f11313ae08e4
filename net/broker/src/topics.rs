//! Topics, as clients name them.

use millstream_base::{TopicId, Uuid};
use millstream_controller::MetadataImage;
use millstream_controller::image::Topic;
use millstream_wire::ErrorCode;
use std::sync::Arc;

/// The topic that is meant: by its id in the versions of an API that have ids (KIP-516), by its
/// name in those before.
///
/// # Errors
/// `UNKNOWN_TOPIC_ID`, also for the id that stands for none; `UNKNOWN_TOPIC_OR_PARTITION`.
pub(crate) fn find<'i>(
    image: &'i MetadataImage,
    id: Option<Uuid>,
    name: &str,
) -> Result<&'i Arc<Topic>, ErrorCode> {
    let Some(id) = id else {
        return image.topic(name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    };
    let found = TopicId::new(id).and_then(|id| image.topic_by_id(id));
    found.ok_or(ErrorCode::UNKNOWN_TOPIC_ID)
}
