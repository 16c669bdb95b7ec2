//! What process groups take of the memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::Pid;

/// How long a look serves whoever wants to know: half the time after which an instance looks again, so
/// that it never gets the same look twice.
const FRESH: Duration = Duration::from_millis(50);

/// Resident memory by process group, KiB; `None` where the system does not tell it this way.
type Groups = Option<BTreeMap<i32, u64>>;

/// What process groups take of the memory. A look goes through every process of the machine, so all
/// instances share it.
#[derive(Default)]
pub(super) struct Memory {
    look: Mutex<Option<(Instant, Groups)>>,
}

impl Memory {
    /// Resident memory of all processes of a group, MB of 1,048,576 bytes; `None` where the system does
    /// not tell it this way, and no limit is held there.
    pub(super) fn used_mb(&self, group: Pid) -> Option<u64> {
        self.used_mb_at(Instant::now(), group.as_raw_pid(), groups)
    }

    fn used_mb_at(&self, now: Instant, group: i32, groups: impl FnOnce() -> Groups) -> Option<u64> {
        let mut look = self.look.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = |(at, _): &(Instant, Groups)| now.saturating_duration_since(*at) < FRESH;
        let fresh = look.take().filter(is_fresh);
        let (_, seen) = look.insert(fresh.unwrap_or_else(|| (now, groups())));
        seen.as_ref().map(|kib| kib.get(&group).copied().unwrap_or(0) / 1_024)
    }
}

/// Looks at every process.
fn groups() -> Groups {
    let page_kib = rustix::param::page_size() as u64 / 1_024;
    let mut groups = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let name = entry.file_name();
        if !name.as_encoded_bytes().first().is_some_and(u8::is_ascii_digit) {
            continue;
        }
        // A process may end between two looks.
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        if let Some((group, pages)) = resident_pages(&stat) {
            *groups.entry(group).or_default() += pages * page_kib;
        }
    }
    Some(groups)
}

/// The group of a process by its `stat`, and its resident pages. The name may hold anything, so fields
/// are counted from behind it: state, parent, group, ..., resident pages as the 22nd.
fn resident_pages(stat: &str) -> Option<(i32, u64)> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let group = fields.nth(2)?.parse().ok()?;
    Some((group, fields.nth(18)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_stat_tells_group_and_pages_whatever_the_name_is() {
        let stat = "7 (a) b (c) S 1 42 7 0 -1 4194304 1 0 0 0 1 2 3 4 20 0 1 0 99 1000 555 18446";
        assert_eq!(resident_pages(stat), Some((42, 555)));
        assert_eq!(resident_pages("7 (a) S"), None);
    }

    #[test]
    fn all_instances_share_a_look_as_long_as_it_is_fresh() {
        let (memory, looks, began) = (Memory::default(), Cell::new(0), Instant::now());
        let look = || {
            looks.update(|count| count + 1);
            Some(BTreeMap::from([(7, looks.get() * 2_048), (8, 1_024)]))
        };
        let used = |after_ms, group| {
            memory.used_mb_at(began + Duration::from_millis(after_ms), group, look)
        };
        assert_eq!((used(0, 7), used(0, 8), used(49, 9)), (Some(2), Some(1), Some(0)));
        assert_eq!(looks.get(), 1);
        assert_eq!((used(50, 7), used(99, 7), used(100, 7)), (Some(4), Some(4), Some(6)));
        assert_eq!((looks.get(), memory.used_mb_at(began, 7, || None)), (3, Some(6)));
    }
}
