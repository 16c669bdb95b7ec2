//! How other threads wake the terminal that waits for input.

use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;

/// Wakes a [`super::Term`] that waits for input, from any thread.
#[derive(Debug)]
pub struct Waker(UnixStream);

impl Waker {
    /// Wakes; while the terminal has not come to see it, once is as good as twice.
    pub fn wake(&self) {
        // Full means that it is woken already, closed that it is gone.
        drop((&self.0).write(&[0]));
    }
}

/// The end of a [`Waker`] that a [`super::Term`] waits at.
#[derive(Debug)]
pub struct Woken {
    pub(super) bell: UnixStream,
    pub(super) waker: UnixStream,
}

/// A waker, and what the terminal needs to be woken by it.
///
/// # Errors
///
/// When the system has no sockets left.
pub fn waker() -> io::Result<(Waker, Woken)> {
    let (bell, waker) = UnixStream::pair()?;
    bell.set_nonblocking(true)?;
    waker.set_nonblocking(true)?;
    Ok((Waker(waker.try_clone()?), Woken { bell, waker }))
}
