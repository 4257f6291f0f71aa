//! Control planes as users run them: real processes, real sockets, real TLS, on loopback.
#![allow(missing_docs, clippy::unwrap_used)]
mod a_backup_brings_it_back;
mod a_bootstrap_is_fetched_and_kept;
#[cfg(all(feature = "kubernetes", feature = "lab"))]
mod a_cluster_answers_badly;
#[cfg(all(feature = "kubernetes", feature = "lab"))]
mod a_cluster_becomes_part_of_a_mesh;
#[cfg(all(feature = "kubernetes", feature = "lab"))]
mod a_cluster_has_what_the_mesh_has;
#[cfg(all(feature = "kubernetes", feature = "lab"))]
mod a_cluster_that_went_back_waits_for_an_operator;
mod a_data_directory_is_used_by_one;
mod a_gateway_takes_requests_from_outside;
mod a_launcher_is_told_what_is_wrong;
mod a_name_is_answered;
#[cfg(all(feature = "kubernetes", feature = "lab"))]
mod a_pod_proves_itself_by_its_account;
mod a_proxy_gets_a_token;
#[cfg(all(feature = "kubernetes", feature = "lab"))]
mod a_proxy_says_when_it_is_ready;
mod a_request_crosses_zones;
mod a_request_goes_through_two_proxies;
mod a_store_is_checked_and_left_as_it_is;
#[cfg(all(feature = "kubernetes", feature = "lab"))]
mod a_watch_that_ends_goes_on;
mod a_zone_joins_with_one_line;
mod a_zone_keeps_its_authorities;
#[cfg(all(feature = "kubernetes", feature = "lab"))]
mod a_zone_outlives_the_api_of_its_cluster;
#[cfg(all(feature = "kubernetes", feature = "lab"))]
mod a_zone_that_lost_its_data_comes_back;
mod an_advertised_name_is_followed;
mod asked;
mod bad_input_is_said_clearly;
mod cast;
mod envoy_is_kept_running;
mod envoy_is_led_to_another_control_plane;
mod kill_9_loses_nothing;
#[cfg(all(feature = "kubernetes", feature = "lab"))]
mod kube;
#[cfg(all(feature = "kubernetes", feature = "lab"))]
mod kubectl_applies_an_application;
mod kuma;
mod kuma_and_ours_work_together;
mod later_settings_win;
mod launched;
mod names_are_answered_beside_a_proxy;
mod secrets_are_shown_by_name_only;
mod several_changes_are_made_or_none;
mod stage;
mod the_demo_stays;
#[cfg(all(feature = "kubernetes", feature = "lab"))]
mod what_is_wrong_with_an_object_is_an_event;
mod who_may_join;
mod whom_an_ingress_turns_away_is_counted;
mod why_a_request_does_not_arrive;
mod workloads;
