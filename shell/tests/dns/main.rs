//! The resolver on real sockets, asked by friends and others.
#![allow(missing_docs, clippy::unwrap_used)]
mod a_thread_of_its_own_answers;
mod an_answer_has_the_right_form;
mod broken_questions_stop_nothing;
mod idle_connections_keep_nobody_out;
mod one_name_is_asked_for;
mod others_are_asked_what_has_the_right_form;
mod stage;
