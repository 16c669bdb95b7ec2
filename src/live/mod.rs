//! Floor 4, an edge: a world in real time, on a real disk. The only floor below `cli` that holds
//! clocks, threads and files. It never imports `console`: `cli` wires the two.

pub mod clock;
pub mod disk;
pub mod driver;
mod host;
mod machine;
mod moving;
pub mod outside;
mod service;
mod sync;

pub use clock::LiveClock;
pub use disk::{DiskStorage, DiskSyncer, OpenError};
pub use driver::Live;
pub use outside::LiveOutside;
