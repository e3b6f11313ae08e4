//! DescribeCluster (key 60): the brokers.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for the brokers (KIP-700).
    request DescribeClusterRequest = 0..=2, flexible 0.. {
        include_cluster_authorized_operations: bool, 0..;
        /// 1 brokers, 2 controllers.
        endpoint_type: i8 = 1,                       1..;
        include_fenced_brokers: bool,                2..;
    }

    /// The brokers.
    response DescribeClusterResponse<'a> = 0..=2, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                         0..;
        error_code: ErrorCode,                         0..;
        /// For people.
        error_message: Option<&'a str>,                0.., null 0..;
        /// 1 brokers, 2 controllers.
        endpoint_type: i8 = 1,                         1..;
        /// Null where it is not known.
        cluster_id: &'a str,                           0..;
        /// A broker that takes administrative requests; -1 where there is none.
        controller_id: i32 = -1,                       0..;
        brokers: Vec<DescribeClusterBroker<'a>>,       0..;
        /// A bit per operation; `i32::MIN` if not asked for (KIP-430).
        cluster_authorized_operations: i32 = i32::MIN, 0..;
    }

    /// An element of `brokers` in [`DescribeClusterResponse`].
    part DescribeClusterBroker<'a> {
        broker_id: i32,        0..;
        host: &'a str,         0..;
        port: i32,             0..;
        /// Null where it is not known.
        rack: Option<&'a str>, 0.., null 0..;
        is_fenced: bool,       2..;
    }
}
