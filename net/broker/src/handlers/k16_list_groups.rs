//! ListGroups, versions 0 to 5: which groups this node keeps, on all its shards.
//!
//! - From version 4 only those in certain states (KIP-518), from version 5 only of certain types
//!   (KIP-848); names of either that do not exist match nothing.
//! - While one shard is still reading its groups, none are listed: a part would pass for all.

use crate::error_map;
use crate::exchange::{Exchange, Outcome};
use crate::groups::Absent;
use crate::race::{Boxed, join};
use crate::shard::Shard;
use millstream_coordinator::{ListFilter, Listing, ProtocolType};
use millstream_wire::message::k16_list_groups::ListedGroup;
use millstream_wire::{ListGroupsRequest, ListGroupsResponse};
use std::rc::Rc;

const CLASSIC: &str = "classic";

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &ListGroupsRequest<'_>) -> Outcome {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let filter =
        ListFilter { states: owned(&request.states_filter), types: owned(&request.types_filter) };
    match list(exchange.shard, &filter).await {
        Ok(listed) => {
            let groups = listed.iter().map(one).collect();
            exchange.answer(&ListGroupsResponse { groups, ..ListGroupsResponse::default() })
        }
        Err(absent) => {
            let error_code = error_map::of_absent(absent);
            exchange.answer(&ListGroupsResponse { error_code, ..ListGroupsResponse::default() })
        }
    }
}

/// The groups of all shards, by name.
async fn list(shard: &Rc<Shard>, filter: &ListFilter) -> Result<Vec<Listing>, Absent> {
    let listing = shard.all().map(|to| {
        let filter = filter.clone();
        let list = async move |shard: Rc<Shard>| shard.groups.list(&filter);
        let listing = shard.on(to, list);
        Box::pin(async { listing.await.unwrap_or(Err(Absent::Elsewhere)) })
            as Boxed<'_, Result<Vec<Listing>, Absent>>
    });
    let mut all = Vec::new();
    for listed in join(listing.collect()).await {
        all.append(&mut listed?);
    }
    all.sort_unstable_by(|a, b| a.group.cmp(&b.group));
    Ok(all)
}

fn one(listing: &Listing) -> ListedGroup<'_> {
    ListedGroup {
        group_id: listing.group.as_str(),
        protocol_type: listing.protocol_type.as_ref().map_or("", ProtocolType::as_str),
        group_state: listing.state.name(),
        group_type: CLASSIC,
    }
}
