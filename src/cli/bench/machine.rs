//! What the machine tells of itself and of this process.

use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Processor time of this thread.
pub(super) fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// Bytes of memory that this process has; 0 where the system does not tell.
pub(super) fn resident_bytes() -> u64 {
    memory("VmRSS:")
}

/// The most bytes of memory that it had at any time.
pub(super) fn resident_bytes_most() -> u64 {
    memory("VmHWM:")
}

fn memory(row: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(row));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// Processes that want to run, over the last minute; 0 where the system does not tell.
pub(super) fn load() -> f64 {
    let told = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}
