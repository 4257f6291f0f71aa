//! Control planes as users run them: real processes, real sockets, real TLS, on loopback.
#![allow(missing_docs, clippy::unwrap_used)]
mod a_backup_brings_it_back;
mod a_data_directory_is_used_by_one;
mod a_name_is_answered;
mod a_store_is_checked_and_left_as_it_is;
mod a_zone_joins_with_one_line;
mod bad_input_is_said_clearly;
mod cast;
mod kill_9_loses_nothing;
mod later_settings_win;
mod secrets_are_shown_by_name_only;
mod several_changes_are_made_or_none;
mod who_may_join;
