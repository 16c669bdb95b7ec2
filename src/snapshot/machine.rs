//! This program and the machine it runs on, as the operating system tells.

use serde::{Deserialize, Serialize};

/// What is used of a machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MachineView {
    /// This program.
    pub program: ProgramView,
    /// Name of the host.
    pub host: String,
    /// Use of each processor, 0 to 100.
    pub cpus: Vec<f32>,
    /// Mean number of processes that wanted to run, over 1, 5 and 15 minutes.
    pub load: [f64; 3],
    /// Memory of the host, bytes.
    pub memory_bytes: u64,
    /// Of it in use.
    pub memory_used_bytes: u64,
    /// Swap space in use, bytes.
    pub swap_used_bytes: u64,
    /// Disks.
    pub disks: Vec<DiskView>,
    /// The processes that use most of the processors, busiest first.
    pub busiest: Vec<ProcessView>,
}

/// What this program uses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProgramView {
    /// Percent of one processor.
    pub cpu_percent: f32,
    /// The same, a value a second, 2 minutes, oldest first.
    pub cpu_spark: Vec<Option<f32>>,
    /// Memory that it holds, bytes.
    pub memory_bytes: u64,
    /// The same, a value a second, 2 minutes, oldest first.
    pub memory_spark: Vec<Option<f32>>,
    /// Threads; 0 where the system does not tell.
    pub threads: usize,
    /// Since it was started, milliseconds.
    pub up_ms: u64,
    /// Written to disks a second, bytes.
    pub written_per_s: f64,
    /// Read from disks a second, bytes.
    pub read_per_s: f64,
}

/// A disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskView {
    /// Where it is mounted.
    pub mount: String,
    /// Its size, bytes.
    pub bytes: u64,
    /// Free for us, bytes.
    pub free_bytes: u64,
}

/// A process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProcessView {
    /// Its name.
    pub name: String,
    /// Its number.
    pub id: u32,
    /// Percent of one processor.
    pub cpu_percent: f32,
    /// Memory that it holds, bytes.
    pub memory_bytes: u64,
}
