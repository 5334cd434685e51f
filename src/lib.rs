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

pub mod manager;

#[cfg(target_arch = "wasm32")]
pub mod wasm;
