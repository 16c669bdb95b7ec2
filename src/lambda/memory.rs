//! What a process group takes of the memory.

use rustix::process::Pid;

/// Resident memory of all processes of a group, MB of 1,048,576 bytes; `None` where the system does
/// not tell it this way, and no limit is held there.
pub(super) fn used_mb(group: Pid) -> Option<u64> {
    let page_kb = rustix::param::page_size() as u64 / 1_024;
    let group = group.as_raw_nonzero().get().to_string();
    let mut kb = 0;
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let name = entry.file_name();
        if !name.as_encoded_bytes().first().is_some_and(u8::is_ascii_digit) {
            continue;
        }
        // A process may end between two looks.
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        kb += resident_pages(&stat, &group).unwrap_or(0) * page_kb;
    }
    Some(kb / 1_024)
}

/// The resident pages of a process by its `stat`, if it is of that group. The name may hold anything,
/// so fields are counted from behind it: state, parent, group, ..., resident pages as the 22nd.
fn resident_pages(stat: &str, group: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    (*fields.get(2)? == group).then(|| fields.get(21)?.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_tells_group_and_pages_whatever_the_name_is() {
        let stat = "7 (a) b (c) S 1 42 7 0 -1 4194304 1 0 0 0 1 2 3 4 20 0 1 0 99 1000 555 18446";
        assert_eq!(resident_pages(stat, "42"), Some(555));
        assert_eq!(resident_pages(stat, "7"), None);
        assert_eq!(resident_pages("7 (a) S", "42"), None);
    }
}
