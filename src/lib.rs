//! # watershed
//!
//! An operations console in the terminal for sharded streams, with a durable stream engine of
//! Kinesis semantics inside. This page is the architecture: read it before the first change.
//!
//! ```text
//!    keys, lines, files, requests        EDGES: console/term  live  server  remote  lambda  cli
//!         |        ^                      (clock, disk, threads live here only)
//!   command/request|  reply, snapshot, effect
//!         v        |
//!   +-------------------------------------------------------------+
//!   | world      one clock, commands in, effects out, snapshots   |
//!   |   pipeline  --api request-->  engine                        |
//!   |   producers, mappings         rules + log over Storage      |
//!   |   model: the words and limits                               |
//!   +-------------------------------------------------------------+
//!         driven by  live (real time)  or  sim (virtual time)
//! ```
//!
//! ## Floors
//!
//! A module may import only what stands on its row; `tests/tidy.rs` holds the same table as data.
//!
//! | floor | module | one sentence | may import |
//! |---|---|---|---|
//! | 0 | [`model`] | the nouns and their limits | std only |
//! | 1 | [`rules`] | what Kinesis would decide | `model` |
//! | 1 | [`api`] | what is asked and answered | `model rules` |
//! | 1 | [`log`] | bytes, in order, durable | `model` |
//! | 2 | [`engine`] | streams over logs, by the rules | `model rules api log` |
//! | 2 | [`pipeline`] | producers, transforms, mappings, applications, readers, functions | `model rules api` |
//! | 2 | [`meter`] | what was measured | `model` |
//! | 2 | `wire` | operations and answers as bytes | `model rules api` |
//! | 2 | `tls` | certificates and ciphers, of both ends | |
//! | 3 | [`snapshot`] | the picture of a world that viewers read | `model meter` |
//! | 3 | [`command`] | what an operator can do | `model api pipeline snapshot` |
//! | 3 | [`problem`] | what is wrong, and the command that cures it | `model snapshot command` |
//! | 3 | [`session`] | a session file: parse, validate, write back | `model api pipeline command` |
//! | 3 | `cost` | what a world would cost, by a dated price list | `model snapshot session` |
//! | 3 | [`world`] | everything that lives under one clock | all of floors 0 to 3 but `wire`, `tls`, `problem` and `cost` |
//! | 4 | [`sim`] | a world in virtual time | `model api log pipeline snapshot command session world` |
//! | 4 | `live` | a world in real time, on disk | `model api log pipeline snapshot command session world` |
//! | 4 | `server` | the endpoint: HTTP to a world | `model meter snapshot api wire tls world` |
//! | 4 | `remote` | streams elsewhere: asked, watched and changed | `model rules api meter wire tls snapshot command session world` |
//! | 4 | `lambda` | functions as processes and endpoints, outside of the world | `model pipeline` |
//! | 4 | `console` | eyes and hands | `model meter snapshot command problem session cost`, `world` to send commands |
//! | 5 | `cli` | wiring | everything |
//!
//! ## Laws
//!
//! 1. No clock, sleep, thread, file, socket, environment or unseeded random number below the edges
//!    (`live`, `server`, `remote`, `lambda`, `console/term.rs`, `cli`). Time is an argument, effects are data.
//! 2. `log` does not know what a shard iterator is; `rules` does not know there is a disk.
//! 3. `pipeline` never imports `engine`: it emits `api` operations and is told the replies.
//! 4. Edges never import each other; `cli` wires them.
//! 5. `console/view` never mutates; `console/update` never draws; neither touches the terminal.
//! 6. The engine acknowledges nothing that does not yet survive what the stream's level promises.
//! 7. No wildcard arm when matching `Operation`, `ApiError`, `Command` or `Message`.
//! 8. No `#[cfg(test)]` branch inside production logic.
//! 9. A panic in the core is a bug; a bad request, a bad file or a lost disk never panics.
//!
//! Without features there is the core, floors 0 to 4. `console` adds console, lambda and live; `remote`
//! and `server` add themselves, and either of them tls and wire; all three together add cli.
//!
//! What is absent on purpose: no async but in `server`, `lambda` and a bench of `cli`, at the edge,
//! no `Arc<Mutex<_>>` below floor 4, no global state, no logging below floor 4 (the core returns
//! events; edges log them).
//!
//! ## Where the design moved from its first sketch
//!
//! * What a request may contain stands with `api`, which asks `rules` for it: the engine refuses by
//!   it, and `wire` reads by it.
//! * `wire` is bytes alone and needs no socket; `server` is the socket, and asks a world by a trait
//!   that `live` serves. `lambda` runs functions beside it in the same way.
//! * `pipeline/outside.rs` holds the traits through which lines come in (`Source`), files go out
//!   (`Sink`) and functions run (`Invoker`): `live` and `lambda` give real ones, `sim` gives seeded
//!   ones, the pipeline cannot tell.
//! * `pipeline` asks `rules` where a key belongs: clients of the service predict the shard of a key,
//!   and tell by it which records are theirs.
//! * Settings (what a session says of a part) are plain data in `pipeline/settings`, apart from
//!   the running parts, so that sessions and commands need not know how a part runs.
//! * `problem` keeps nothing from picture to picture: rates in a picture are held for some seconds
//!   instead, so that problems do not waver and an old picture shows what was wrong then.
//! * `session/text.rs` reads RON for sessions and themes, so that both are told what is wrong in the
//!   same words.
//! * What is selected and shown is a question to `console/state.rs`: views and updates both ask it
//!   and never each other.
//! * The log keeps small state of others beside the streams (`Engine::keep_state`), which is how
//!   `world/checkpoints.rs` outlives the process without knowing of a disk.

pub mod model;

pub mod api;
pub mod log;
pub mod rules;

pub mod engine;
pub mod meter;
pub mod pipeline;

pub mod command;
pub mod cost;
pub mod problem;
pub mod session;
pub mod snapshot;
pub mod world;

pub mod sim;

#[cfg(feature = "console")]
pub mod console;
#[cfg(feature = "console")]
pub mod lambda;
#[cfg(feature = "console")]
pub mod live;

#[cfg(feature = "remote")]
pub mod remote;
#[cfg(feature = "server")]
pub mod server;
#[cfg(any(feature = "remote", feature = "server"))]
pub mod tls;
#[cfg(any(feature = "remote", feature = "server"))]
pub mod wire;

#[cfg(all(feature = "console", feature = "remote", feature = "server"))]
pub mod cli;
