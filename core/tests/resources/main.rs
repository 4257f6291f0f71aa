//! Resources as users and peers write them: names, kinds, the universal form, specs that we understand.
#![allow(missing_docs, clippy::unwrap_used)]
mod a_broken_document_is_refused_by_line_and_field;
mod a_kind_travels_where_kuma_sends_it;
mod a_name_is_refused_with_the_rule_it_breaks;
mod a_spec_is_what_it_says_and_keeps_what_was_received;
mod a_wrong_spec_is_refused_in_kumas_words;
mod an_expression_is_what_re2_reads;
mod examples;
mod hashed_names_are_kumas_byte_for_byte;
mod kumas_own_cases_are_judged_as_there;
mod what_does_nothing_here_is_said;
mod what_no_proxy_can_be_told_is_refused;
mod written_resources_read_back_without_loss;
