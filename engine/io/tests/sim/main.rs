//! What the simulated world may do to programs, what it must not, and that it is found out.

mod clock;
mod disk;
mod enumeration;
mod faults;
mod lengths;
mod model;
mod names;
mod network;
mod repeat;
mod shards;
mod space;
mod toolbox;
mod toy_log;
