//! What every back end promises to the code on a shard, as cases that each of them must pass.
//!
//! A case gets a shard and an empty directory. The crate that includes this module says how they
//! are made: its root has a function `run`.

mod channels;
mod direct;
mod dropping;
mod files;
mod lengths;
mod locks;
mod names;
mod sockets;
mod tasks;
mod timers;
mod toolbox;

use millstream_io::Io;
use std::path::PathBuf;
use std::pin::Pin;

/// A case, ready to run on any back end.
pub(crate) type Case = fn(Io, PathBuf) -> Pin<Box<dyn Future<Output = ()>>>;

macro_rules! cases {
    ($($file:ident::$case:ident,)*) => {
        $(#[test]
        fn $case() {
            crate::run(stringify!($case), |io, directory| Box::pin($file::$case(io, directory)));
        })*
    };
}

cases! {
    channels::a_channel_keeps_order_and_ends_with_its_senders,
    channels::a_full_channel_refuses_or_waits,
    channels::a_reply_arrives_or_says_that_nobody_answers,
    channels::a_sender_learns_that_the_reader_is_gone,
    direct::direct_transfers_are_read_back,
    direct::direct_transfers_out_of_line_are_refused_or_whole,
    direct::a_direct_read_stops_at_an_unaligned_end,
    dropping::a_dropped_write_happens_all_the_same,
    dropping::a_dropped_read_gives_its_buffer_back_in_the_end,
    dropping::a_dropped_open_leaves_no_file_locked,
    files::a_read_stops_at_the_end_of_the_file,
    files::a_gathered_write_lies_in_one_piece,
    files::a_write_beyond_the_end_leaves_zeros,
    files::an_empty_transfer_succeeds,
    files::many_writes_in_flight_all_arrive,
    files::a_file_open_for_reading_refuses_writes,
    files::syncs_succeed,
    files::positions_beyond_any_file_are_refused,
    lengths::a_cut_file_does_not_remember,
    lengths::an_allocated_range_reads_as_zeros_and_keeps_what_was_there,
    lengths::opening_with_truncate_empties_the_file,
    lengths::a_length_beyond_any_file_is_refused,
    locks::a_second_open_file_cannot_take_the_lock,
    locks::a_lock_goes_with_the_last_clone,
    names::a_missing_file_is_not_found,
    names::create_new_refuses_what_is_there,
    names::files_and_directories_are_told_apart,
    names::a_rename_replaces_and_open_files_follow_their_content,
    names::renames_that_make_no_sense_are_refused,
    names::a_removed_file_lives_on_while_it_is_open,
    names::a_directory_lists_what_is_in_it,
    names::directories_are_made_once_and_removed_empty,
    names::strange_names_are_names,
    names::names_that_no_file_can_have_are_refused,
    sockets::bytes_arrive_in_order_both_ways,
    sockets::many_connections_do_not_mix,
    sockets::a_shut_direction_leaves_the_other_open,
    sockets::a_dropped_stream_ends_its_peer,
    sockets::a_stream_closed_with_unread_bytes_is_reset,
    sockets::bytes_that_nobody_takes_hold_the_sender_up,
    sockets::a_dropped_receive_loses_no_byte,
    sockets::a_paused_receive_loses_no_byte_and_no_error,
    sockets::a_dropped_accept_loses_no_connection,
    sockets::a_send_given_up_half_way_ends_the_direction,
    sockets::nobody_listens_after_the_listener_is_gone,
    sockets::addresses_are_checked,
    sockets::both_ends_know_each_other,
    tasks::a_task_gives_its_value,
    tasks::a_cancelled_task_is_dropped_where_it_waits,
    tasks::a_dropped_handle_lets_its_task_run,
    tasks::the_foreground_runs_before_the_background,
    tasks::the_tick_ends_when_the_foreground_is_dry,
    tasks::the_next_tick_comes_behind_this_one,
    tasks::yielding_lets_the_others_run,
    timers::timers_fire_in_order_of_their_deadlines,
    timers::timers_of_one_deadline_fire_in_order_of_creation,
    timers::a_dropped_timer_never_fires,
    timers::time_passes_at_least_as_far_as_the_deadline,
    timers::a_deadline_in_the_past_has_come,
}
