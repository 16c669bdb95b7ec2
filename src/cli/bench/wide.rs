//! A stream of 1,000 shards, one of them hot, with a mapping.

use std::fs;
use std::path::{Path, PathBuf};

/// The session. Its records stay for as long as its memory is no matter.
pub(super) const SESSION: &str = r#"(
    version: 1, title: "Wide", seed: 7,
    streams: [(name: "wide", shards: 1000, level: Memory, retention_s: 30)],
    functions: [(name: "work", kind: Simulated, base_ms: 20)],
    producers: [(name: "many", stream: "wide", source: Synthetic((
        rate: 9000, keys: Hot(count: 50000, share: 0.12), payload: Clicks,
    )))],
    mappings: [(name: "all", stream: "wide", function: "work")],
)"#;

/// Writes the session as a file of a folder; answers its path.
pub(super) fn write(folder: &Path) -> Result<PathBuf, String> {
    let path = folder.join("wide.ron");
    let failed = |why| format!("`{}` cannot be written: {why}", path.display());
    fs::write(&path, SESSION).map_err(failed)?;
    Ok(path)
}
