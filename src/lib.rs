//! MiniStash: client storage for mini-programs, browsers and Node.
//!
//! **The core never calls the host. It is asked; it answers with a result or with a question.**
//!
//! A question is an [`Ask`](host::Ask), a reply an [`Answer`](host::Answer). A storage operation is a
//! [`Flow`](flow::Flow) of asks with decisions between them; whoever drives it decides whether the
//! host answers at once or later. The floors, lowest first; a module uses only lower floors:
//!
//! | floor | modules | what lives there |
//! |---|---|---|
//! | 0 | [`error`] [`config`] [`clock`] [`entropy`] [`key`] [`bytes`] [`value`] | values only |
//! | 1 | [`host`] [`flow`] | the port |
//! | 2 | [`store`] | records, commits, expiry, room |
//! | 3 | `cache` (a Cargo feature) | which entries leave, and when |
//! | 3 | `vault` (a Cargo feature) | who may read what is sealed |
//! | 4 | `http_cache` `upload` (Cargo features) | what may be served; what is sent next |
//! | 4 | `sync` (a Cargo feature) | what the server has and does not have yet; who wins a conflict |
//! | 5 | [`manager`] | the verbs that JavaScript sees, wired |
//! | 6 | `wasm` | the door, in WebAssembly builds only |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc(test(attr(deny(warnings))))]

pub mod bytes;
pub mod clock;
pub mod config;
pub mod entropy;
pub mod error;
pub mod key;
pub mod value;

pub mod flow;
pub mod host;

pub mod store;

#[cfg(feature = "cache")]
pub mod cache;
#[cfg(feature = "http-cache")]
pub mod http_cache;
#[cfg(feature = "sync")]
pub mod sync;
#[cfg(feature = "uploads")]
pub mod upload;
#[cfg(feature = "vault")]
pub mod vault;

pub mod manager;

#[cfg(target_arch = "wasm32")]
pub mod wasm;

/// A third of the size of the one that the standard library brings.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The written documentation, as it lies in `src/docs/`.
#[cfg(doc)]
pub mod docs {
    #[doc = include_str!("docs/architecture.md")]
    pub mod architecture {}
    #[doc = include_str!("docs/format.md")]
    pub mod format {}
    #[doc = include_str!("docs/hosts.md")]
    pub mod hosts {}
    #[doc = include_str!("docs/entries.md")]
    pub mod entries {}
    #[doc = include_str!("docs/http-cache.md")]
    pub mod http_cache {}
    #[doc = include_str!("docs/uploads.md")]
    pub mod uploads {}
    #[doc = include_str!("docs/sync.md")]
    pub mod sync {}
    #[doc = include_str!("docs/sync-protocol.md")]
    pub mod sync_protocol {}
    #[doc = include_str!("docs/sync-transports.md")]
    pub mod sync_transports {}
    #[doc = include_str!("docs/security.md")]
    pub mod security {}
    /// What was decided while building, one page each.
    pub mod decisions {
        #[doc = include_str!("docs/decisions/0001-the-core-is-asked.md")]
        pub mod d0001_the_core_is_asked {}
        #[doc = include_str!("docs/decisions/0002-limits-live-on-the-ground-floor.md")]
        pub mod d0002_limits_live_on_the_ground_floor {}
        #[doc = include_str!("docs/decisions/0003-one-ascii-envelope.md")]
        pub mod d0003_one_ascii_envelope {}
        #[doc = include_str!("docs/decisions/0004-versions-are-random.md")]
        pub mod d0004_versions_are_random {}
        #[doc = include_str!("docs/decisions/0005-redo-journal.md")]
        pub mod d0005_redo_journal {}
        #[doc = include_str!("docs/decisions/0006-immediate-hosts-run-promise-verbs-at-once.md")]
        pub mod d0006_immediate_hosts_run_promise_verbs_at_once {}
        #[doc = include_str!("docs/decisions/0007-clock-guard.md")]
        pub mod d0007_clock_guard {}
        #[doc = include_str!("docs/decisions/0008-damaged-records-need-overwrite.md")]
        pub mod d0008_damaged_records_need_overwrite {}
        #[doc = include_str!("docs/decisions/0009-wipes-by-stamp-and-witness.md")]
        pub mod d0009_wipes_by_stamp_and_witness {}
        #[doc = include_str!("docs/decisions/0010-one-core-per-process.md")]
        pub mod d0010_one_core_per_process {}
        #[doc = include_str!("docs/decisions/0011-results-are-arrays.md")]
        pub mod d0011_results_are_arrays {}
        #[doc = include_str!("docs/decisions/0012-values-are-text-made-in-javascript.md")]
        pub mod d0012_values_are_text_made_in_javascript {}
        #[doc = include_str!("docs/decisions/0013-the-folder-host.md")]
        pub mod d0013_the_folder_host {}
        #[doc = include_str!("docs/decisions/0014-update-and-lock.md")]
        pub mod d0014_update_and_lock {}
        #[doc = include_str!("docs/decisions/0015-what-the-core-weighs.md")]
        pub mod d0015_what_the_core_weighs {}
        #[doc = include_str!("docs/decisions/0016-browsers-share-by-a-lock.md")]
        pub mod d0016_browsers_share_by_a_lock {}
        #[doc = include_str!("docs/decisions/0017-arguments-are-pushed.md")]
        pub mod d0017_arguments_are_pushed {}
        #[doc = include_str!("docs/decisions/0018-no-words-in-the-core.md")]
        pub mod d0018_no_words_in_the_core {}
        #[doc = include_str!("docs/decisions/0023-what-the-package-shows-to-bundlers.md")]
        pub mod d0023_what_the_package_shows_to_bundlers {}
        #[doc = include_str!("docs/decisions/0019-a-mirror-at-the-port.md")]
        pub mod d0019_a_mirror_at_the_port {}
        #[doc = include_str!("docs/decisions/0020-the-mini-program-build.md")]
        pub mod d0020_the_mini_program_build {}
        #[doc = include_str!("docs/decisions/0024-what-phones-need-not-carry.md")]
        pub mod d0024_what_phones_need_not_carry {}
        #[doc = include_str!("docs/decisions/0022-tabs-tell-what-changed.md")]
        pub mod d0022_tabs_tell_what_changed {}
        #[doc = include_str!("docs/decisions/0025-where-the-time-of-a-verb-goes.md")]
        pub mod d0025_where_the_time_of_a_verb_goes {}
        #[doc = include_str!("docs/decisions/0030-own-rules-for-http.md")]
        pub mod d0030_own_rules_for_http {}
        #[doc = include_str!("docs/decisions/0036-two-crates-for-two-ways-to-compile.md")]
        pub mod d0036_two_crates_for_two_ways_to_compile {}
        #[doc = include_str!("docs/decisions/0026-slots-and-stamps.md")]
        pub mod d0026_slots_and_stamps {}
        #[doc = include_str!("docs/decisions/0027-window-tiny-lfu.md")]
        pub mod d0027_window_tiny_lfu {}
        #[doc = include_str!("docs/decisions/0033-claimed-and-settled.md")]
        pub mod d0033_claimed_and_settled {}
        #[doc = include_str!("docs/decisions/0034-a-log-whose-last-record-grows.md")]
        pub mod d0034_a_log_whose_last_record_grows {}
        #[doc = include_str!("docs/decisions/0040-changes-are-rebased-on-the-device.md")]
        pub mod d0040_changes_are_rebased_on_the_device {}
        #[doc = include_str!("docs/decisions/0041-sorted-lists-in-the-sync-core.md")]
        pub mod d0041_sorted_lists_in_the_sync_core {}
        #[doc = include_str!("docs/decisions/0028-the-keyset.md")]
        pub mod d0028_the_keyset {}
        #[doc = include_str!("docs/decisions/0029-derivation-in-the-core.md")]
        pub mod d0029_derivation_in_the_core {}
        #[doc = include_str!("docs/decisions/0031-regret-sizes-the-window.md")]
        pub mod d0031_regret_sizes_the_window {}
        #[doc = include_str!("docs/decisions/0032-hot-responses.md")]
        pub mod d0032_hot_responses {}
        #[doc = include_str!("docs/decisions/0035-files-by-the-host-digests-by-the-core.md")]
        pub mod d0035_files_by_the_host_digests_by_the_core {}
        #[doc = include_str!("docs/decisions/0037-a-core-for-speed.md")]
        pub mod d0037_a_core_for_speed {}
        #[doc = include_str!("docs/decisions/0042-a-server-that-reads-nothing.md")]
        pub mod d0042_a_server_that_reads_nothing {}
        #[doc = include_str!("docs/decisions/0043-the-core-in-plain-javascript.md")]
        pub mod d0043_the_core_in_plain_javascript {}
        #[doc = include_str!("docs/decisions/0045-storage-has-a-core-of-its-own.md")]
        pub mod d0045_storage_has_a_core_of_its_own {}
    }
}
