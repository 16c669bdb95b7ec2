//! What the system tells of a process: processor time and wake-ups of all its threads.

use std::fs;

/// Processor time so far, nanoseconds. The scheduler's own count: the one in `stat` has steps of
/// 10 ms, which is half of what may be used here.
pub(super) fn busy_ns(pid: u32) -> Result<u64, String> {
    each_thread(pid, "schedstat", |text| text.split_whitespace().next()?.parse().ok())
}

/// How often threads went to sleep so far, which is how often they were woken.
pub(super) fn wake_ups(pid: u32) -> Result<u64, String> {
    each_thread(pid, "status", |text| {
        let row = text.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        row.trim().parse().ok()
    })
}

/// The sum of a number that a file of each thread tells.
fn each_thread(pid: u32, file: &str, number: fn(&str) -> Option<u64>) -> Result<u64, String> {
    let folder = format!("/proc/{pid}/task");
    let failed = |why| format!("`{folder}` tells nothing: {why}");
    let mut sum = 0;
    for thread in fs::read_dir(&folder).map_err(failed)? {
        let path = thread.map_err(failed)?.path().join(file);
        let text = fs::read_to_string(path).map_err(failed)?;
        sum += number(&text).ok_or_else(|| format!("`{folder}` holds `{text}`, not a number"))?;
    }
    Ok(sum)
}
