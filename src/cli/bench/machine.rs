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
    // What `status` tells is summed up processor by processor, and may lag by half a MiB.
    memory("smaps_rollup", "Rss:").or_else(|| memory("status", "VmRSS:")).unwrap_or(0)
}

/// The most bytes of memory that it had at any time.
pub(super) fn resident_bytes_most() -> u64 {
    memory("status", "VmHWM:").unwrap_or(0)
}

fn memory(file: &str, row: &str) -> Option<u64> {
    let told = fs::read_to_string(format!("/proc/self/{file}")).ok()?;
    let line = told.lines().find_map(|line| line.strip_prefix(row))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// Processes that want to run, over the last minute; 0 where the system does not tell.
pub(super) fn load() -> f64 {
    let told = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}
