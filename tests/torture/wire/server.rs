//! `watershed serve` on a folder, as a process that can be killed.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

pub(super) struct Server {
    child: Mutex<Child>,
    id: u32,
    address: SocketAddr,
}

impl Server {
    /// Starts it at a port that is free, without limits.
    pub(super) fn start(folder: &Path) -> Result<Self, String> {
        let failed = |why: std::io::Error| format!("`watershed serve` does not start: {why}");
        let mut child = Command::new(env!("CARGO_BIN_EXE_watershed"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--no-limits",
                "--auth",
                "off",
                "--log",
                "off",
            ])
            .arg("--data")
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let mut url = String::new();
        let out = child.stdout.take().ok_or("it tells nothing")?;
        BufReader::new(out).read_line(&mut url).map_err(failed)?;
        let address = url.trim().trim_start_matches("http://").parse();
        let address = address.map_err(|_| format!("`watershed serve` says {url:?}"))?;
        Ok(Self { id: child.id(), child: Mutex::new(child), address })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The most memory that it had resident so far, KiB; 0 where the system does not tell.
    pub(super) fn peak_kib(&self) -> Result<u64, String> {
        let Ok(status) = std::fs::read_to_string(format!("/proc/{}/status", self.id)) else {
            return Ok(0);
        };
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        kib.ok_or_else(|| "the system tells no memory of the process".to_owned())
    }

    /// Kills it, and minds that there was somebody to kill.
    pub(super) fn kill_now(&self) -> Result<(), String> {
        let failed = |why: std::io::Error| format!("it cannot be killed: {why}");
        let mut child = self.child.lock().expect("nobody panics with it");
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Err(format!("`watershed serve` ended by itself: {status}"));
        }
        child.kill().map_err(failed)?;
        child.wait().map(drop).map_err(failed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut child = self.child.lock().expect("nobody panics with it");
        // One that is gone already needs no killing.
        let _ = child.kill();
        let _ = child.wait();
    }
}
