//! A server under test: a process of its own, from its start to its end.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::cli::bench::scratch::Scratch;
use crate::cli::bench::serve::client;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Ours,
    Hello,
    Peer,
}

/// A server.
pub(super) struct Rival {
    name: String,
    kind: Kind,
    address: SocketAddr,
    child: Child,
    ready: Duration,
    idle_kib: u64,
    _folder: Option<Scratch>,
}

impl Rival {
    /// `watershed serve` with streams of a level on disk.
    pub(super) fn ours(level: &str) -> Result<Self, String> {
        let folder = Scratch::new()?;
        let mut command = this()?;
        command.args(["serve", "--no-limits", "--log", "off", "--listen", "127.0.0.1:0"]);
        command.args(["--level", level, "--data"]).arg(folder.path());
        Self::told(format!("watershed, {level}"), Kind::Ours, command, Some(folder))
    }

    /// The server that knows nothing.
    pub(super) fn hello() -> Result<Self, String> {
        let mut command = this()?;
        command.args(["bench-child", "hello"]);
        Self::told("hello".to_owned(), Kind::Hello, command, None)
    }

    /// A server that others wrote: `NAME=COMMAND`, where the command listens at `$PORT`.
    pub(super) fn peer(given: &str) -> Result<Self, String> {
        let wrong = || format!("--peer `{given}` is not NAME=COMMAND");
        let (name, script) = given.split_once('=').ok_or_else(wrong)?;
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let address = free.map_err(|why| why.to_string())?;
        let mut command = Command::new("sh");
        command.args(["-c", script]).env("PORT", address.port().to_string());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Self::start(name.to_owned(), Kind::Peer, command, Some(address), None)
    }

    /// One that tells its address in its first line.
    fn told(
        name: String,
        kind: Kind,
        mut command: Command,
        folder: Option<Scratch>,
    ) -> Result<Self, String> {
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        Self::start(name, kind, command, None, folder)
    }

    fn start(
        name: String,
        kind: Kind,
        mut command: Command,
        address: Option<SocketAddr>,
        folder: Option<Scratch>,
    ) -> Result<Self, String> {
        let began = Instant::now();
        let spawned = command.stdin(Stdio::null()).process_group(0).spawn();
        let mut child = spawned.map_err(|why| format!("{name} cannot be started: {why}"))?;
        let address = match address {
            Some(address) => address,
            None => first_line(&mut child)?,
        };
        let mut rival = Self {
            name,
            kind,
            address,
            child,
            ready: Duration::ZERO,
            idle_kib: 0,
            _folder: folder,
        };
        while !rival.is_hello() && !client::answers(rival.address) {
            if began.elapsed() > PATIENCE {
                return Err(format!("{} does not answer", rival.name));
            }
            thread::sleep(Duration::from_millis(2));
        }
        rival.ready = began.elapsed();
        rival.idle_kib = rival.sum(resident_kib);
        Ok(rival)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn is_hello(&self) -> bool {
        self.kind == Kind::Hello
    }

    pub(super) fn is_ours(&self) -> bool {
        self.kind == Kind::Ours
    }

    pub(super) fn ready_ms(&self) -> f64 {
        self.ready.as_secs_f64() * 1e3
    }

    pub(super) fn idle_mib(&self) -> f64 {
        self.idle_kib as f64 / 1_024.0
    }

    pub(super) fn memory_mib(&self) -> f64 {
        self.sum(resident_kib) as f64 / 1_024.0
    }

    /// Processor time that it took so far.
    pub(super) fn cpu(&self) -> Duration {
        // A tick of the clock is a hundredth of a second on every Linux.
        Duration::from_millis(self.sum(ticks) * 10)
    }

    /// Something of all processes of its group together.
    fn sum(&self, of: fn(&str) -> Option<u64>) -> u64 {
        let group = self.child.id().to_string();
        let Ok(entries) = fs::read_dir("/proc") else { return 0 };
        let stats =
            entries.filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("stat")).ok());
        // Behind the name, in brackets, the third field is the group.
        let ours = stats.filter(|stat| field(stat, 2) == Some(&*group));
        ours.filter_map(|stat| of(&stat)).sum()
    }
}

/// A field of a process' line, counted behind its name.
fn field(stat: &str, at: usize) -> Option<&str> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(at)
}

fn ticks(stat: &str) -> Option<u64> {
    let number = |at| field(stat, at)?.parse::<u64>().ok();
    Some(number(11)? + number(12)?)
}

fn resident_kib(stat: &str) -> Option<u64> {
    field(stat, 21)?.parse::<u64>().ok().map(|pages| pages * 4)
}

fn this() -> Result<Command, String> {
    env::current_exe().map(Command::new).map_err(|why| why.to_string())
}

/// `http://127.0.0.1:4567`, which it says first.
fn first_line(child: &mut Child) -> Result<SocketAddr, String> {
    let out = child.stdout.take().ok_or("it has no standard output")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line).map_err(|why| why.to_string())?;
    let address = line.trim().strip_prefix("http://").and_then(|address| address.parse().ok());
    address.ok_or_else(|| format!("it began with {line:?}"))
}

impl Drop for Rival {
    fn drop(&mut self) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It may be gone already.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}
