//! The one integration binary: each module is a layer of tests that sees the package from outside.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests stand at the edge: files, clocks, processes"
)]

mod aggregation;
mod allocations;
mod applications;
mod bad_input;
mod by_line;
mod clients;
mod cloudwatch;
mod conformance;
mod console;
mod fan_out;
mod functions;
mod others;
mod pictures;
mod process;
mod remote;
mod schema;
mod settings;
mod simulation;
mod stories;
mod taken;
mod terminal;
mod tidy;
mod tls;
mod transforms;
