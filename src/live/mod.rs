//! Floor 4, an edge: a world in real time, on a real disk. The only floor below `cli` that holds
//! clocks, threads and files. It never imports `console`: `cli` wires the two.

pub mod disk;

pub use disk::{DiskStorage, DiskSyncer, OpenError};
