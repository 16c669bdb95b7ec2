//! The one integration binary: each module is a layer of tests that sees the package from outside.
#![allow(clippy::disallowed_methods, reason = "tests stand at the edge: files, clocks, processes")]

mod bad_input;
mod console;
mod simulation;
mod stories;
mod tidy;
