//! Administration over the wire: a node in a temporary folder, and a client that blocks.

mod client;
mod cluster;
mod configs;
mod describe_configs;
mod epochs;
mod large_commands;
mod old_format;
mod partitions;
mod records;
mod site;
mod times;
mod topic_pages;
mod topics;
