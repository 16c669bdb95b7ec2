//! The program on a terminal of its own: a pseudo terminal whose other end is read here.
//!
//! A picture is over when the program ends its synchronized update, so that is what is waited for.
//! The program becomes the leader of a session of its own through the hidden task `bench-child
//! terminal`, since a size and a `/dev/tty` come with that; it costs one more `exec`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, io};

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

const COLUMNS: u16 = 120;
const ROWS: u16 = 40;
const PICTURE_BEGINS: &[u8] = b"\x1b[?2026h";
const PICTURE_ENDS: &[u8] = b"\x1b[?2026l";
/// Longer than any picture takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running console.
pub(super) struct Console {
    child: Child,
    keys: File,
    output: Receiver<(Instant, Vec<u8>)>,
    /// What came and was not looked at yet.
    seen: Vec<u8>,
    started: Instant,
}

impl Console {
    /// Starts the program with `arguments`.
    pub(super) fn start(arguments: &[&OsStr]) -> Result<Self, String> {
        let failed = |why: io::Error| format!("no pseudo terminal can be had: {why}");
        let (keys, terminal) = pair().map_err(failed)?;
        let program = env::current_exe().map_err(failed)?;
        let mut command = Command::new(program);
        command.args(["bench-child", "terminal", "--"]).args(arguments);
        command.env("TERM", "xterm-256color").env("COLORTERM", "truecolor").env_remove("NO_COLOR");
        command.stdin(Stdio::from(terminal.try_clone().map_err(failed)?));
        command.stdout(Stdio::from(terminal.try_clone().map_err(failed)?));
        command.stderr(Stdio::from(terminal));
        let screen = keys.try_clone().map_err(failed)?;
        let started = Instant::now();
        let child = command.spawn().map_err(failed)?;
        let output = reader(screen);
        Ok(Self { child, keys, output, seen: Vec::new(), started })
    }

    /// The console's process.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the first picture; answers how long that took since the start.
    pub(super) fn first_picture(&mut self) -> Result<Duration, String> {
        let at = self.picture_with(&[""])?;
        Ok(at.duration_since(self.started))
    }

    /// Types keys; answers when.
    pub(super) fn press(&mut self, keys: &str) -> Result<Instant, String> {
        let now = Instant::now();
        let written = self.keys.write_all(keys.as_bytes());
        written.map_err(|why| format!("the terminal takes no keys: {why}"))?;
        Ok(now)
    }

    /// Takes what came so far without a look.
    pub(super) fn forget(&mut self) {
        while self.output.try_recv().is_ok() {}
        self.seen.clear();
    }

    /// Counts what comes in this time.
    pub(super) fn bytes_in(&mut self, time: Duration) -> Result<u64, String> {
        let end = Instant::now() + time;
        let mut count = 0;
        loop {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok((_, bytes)) => count += bytes.len() as u64,
                Err(RecvTimeoutError::Timeout) => return Ok(count),
                Err(RecvTimeoutError::Disconnected) => return Err("the console ended".to_owned()),
            }
        }
    }

    /// Waits until a picture ends that holds one of `texts`; answers when.
    pub(super) fn picture_with(&mut self, texts: &[&str]) -> Result<Instant, String> {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok((at, bytes)) => {
                    self.seen.extend(bytes);
                    if self.take_picture(texts) {
                        return Ok(at);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    return Err(format!("no picture with {texts:?} came in {PATIENCE:?}"));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let said = String::from_utf8_lossy(&self.seen).into_owned();
                    return Err(format!("the console ended: {}", said.trim()));
                }
            }
        }
    }

    /// Takes whole pictures off what was seen, up to the first that holds one of `texts`.
    fn take_picture(&mut self, texts: &[&str]) -> bool {
        while let Some(end) = find(&self.seen, PICTURE_ENDS) {
            let rest = self.seen.split_off(end + PICTURE_ENDS.len());
            let picture = std::mem::replace(&mut self.seen, rest);
            let whole = find(&picture, PICTURE_BEGINS).is_some();
            if whole && texts.iter().any(|text| find(&picture, text.as_bytes()).is_some()) {
                return true;
            }
        }
        false
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // It may have ended by itself; nobody is left to be told.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Where `text` begins in `bytes`.
fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    if text.is_empty() {
        return Some(0);
    }
    bytes.windows(text.len()).position(|window| window == text)
}

/// The two ends of a pseudo terminal: ours and the program's.
fn pair() -> io::Result<(File, File)> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let size = Winsize { ws_row: ROWS, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&ours, size)?;
    // Not to be the terminal of this process, which may have none.
    let theirs = open(
        ptsname(&ours, Vec::new())?,
        OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    Ok((File::from(ours), File::from(theirs)))
}

/// Reads until the program is gone, and notes when each piece came.
fn reader(mut screen: File) -> Receiver<(Instant, Vec<u8>)> {
    let (send, output) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        // The last holder of the other end closing it is an error on Linux and 0 elsewhere.
        while let Ok(count @ 1..) = screen.read(&mut buffer) {
            if send.send((Instant::now(), buffer[..count].to_vec())).is_err() {
                return;
            }
        }
    });
    output
}
