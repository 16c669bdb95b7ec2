//! This machine's sensors as lines of JSON: processor, memory, network, disks, top processes.

use std::time::Duration;

use serde_json::json;
use sysinfo::{Disks, Networks, ProcessesToUpdate, System};

/// Processes that are told.
const TOP: usize = 5;

/// Asks the operating system.
pub(super) struct HostSensors {
    system: System,
    networks: Option<Networks>,
    disks: Option<Disks>,
}

impl HostSensors {
    /// From sample to sample.
    pub(super) const EVERY: Duration = Duration::from_secs(1);

    /// Sensors of this machine; networks and disks are left out where it does not tell them.
    pub(super) fn new() -> Result<Self, String> {
        let system = System::new();
        Ok(Self {
            system: system.map_err(|why| format!("this host tells nothing of itself: {why}"))?,
            networks: Networks::new_with_refreshed_list().ok(),
            disks: Disks::new_with_refreshed_list().ok(),
        })
    }

    /// One line a sensor.
    pub(super) fn sample(&mut self) -> Vec<String> {
        self.system.refresh_cpu_usage();
        self.system.refresh_memory();
        self.system.refresh_processes(ProcessesToUpdate::All, true);
        if let Some(networks) = &mut self.networks {
            networks.refresh(true);
        }
        if let Some(disks) = &mut self.disks {
            disks.refresh(true);
        }
        let mut lines = Vec::new();
        self.processors(&mut lines);
        self.devices(&mut lines);
        self.processes(&mut lines);
        lines
    }

    fn processors(&self, lines: &mut Vec<String>) {
        for cpu in self.system.cpus() {
            let line = json!({"sensor": "cpu", "name": cpu.name(), "percent": cpu.usage()});
            lines.push(line.to_string());
        }
        let line = json!({
            "sensor": "memory", "name": "ram",
            "used_bytes": self.system.used_memory(), "total_bytes": self.system.total_memory(),
        });
        lines.push(line.to_string());
    }

    fn devices(&self, lines: &mut Vec<String>) {
        for (name, network) in self.networks.iter().flat_map(|all| all.iter()) {
            let line = json!({
                "sensor": "network", "name": name,
                "in_bytes": network.received(), "out_bytes": network.transmitted(),
            });
            lines.push(line.to_string());
        }
        for disk in self.disks.iter().flat_map(|all| all.iter()) {
            let line = json!({
                "sensor": "disk", "name": disk.mount_point().to_string_lossy(),
                "free_bytes": disk.available_space(), "total_bytes": disk.total_space(),
            });
            lines.push(line.to_string());
        }
    }

    fn processes(&self, lines: &mut Vec<String>) {
        let mut processes: Vec<_> = self.system.processes().values().collect();
        processes.sort_by(|a, b| b.cpu_usage().total_cmp(&a.cpu_usage()));
        for process in processes.into_iter().take(TOP) {
            let line = json!({
                "sensor": "process", "name": process.name().to_string_lossy(),
                "pid": process.pid().as_u32(), "percent": process.cpu_usage(),
                "memory_bytes": process.memory(),
            });
            lines.push(line.to_string());
        }
    }
}
