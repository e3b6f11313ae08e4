//! The program `millstream`, run as a user runs it.
#![forbid(unsafe_code)]

mod admin;
mod broker;
mod faults;
mod groups;
mod offline;
mod records;
mod restart;
mod start;
mod topics;
