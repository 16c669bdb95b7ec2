//! A socket whose other side must say within some time which HTTP it speaks, and take what it is
//! sent.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// Pieces that are together no longer are put one behind the other and written as one: the system
/// takes a microsecond longer for several.
const GATHERED_BYTES: usize = 1_024;

/// What HTTP/2 begins with; whoever says something else speaks HTTP/1.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What was heard of a preface that may still become one.
#[derive(Default)]
struct Greeting {
    bytes: usize,
    /// Runs while nothing more comes.
    late: Option<Pin<Box<Sleep>>>,
}

impl Greeting {
    /// Hears more of it; is it still open which HTTP is spoken?
    fn hear(&mut self, more: &[u8]) -> bool {
        let left = &PREFACE[self.bytes..];
        self.bytes += more.len();
        !more.is_empty() && more.len() < left.len() && left.starts_with(more)
    }
}

/// A connection that gives up on somebody who says nothing, or reads nothing.
pub(super) struct Paced<S> {
    socket: S,
    patience: Duration,
    /// Until it is known which HTTP is spoken: from then on that minds how long requests take.
    greeting: Option<Greeting>,
    /// Runs while something cannot be written.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Paced<S> {
    pub(super) fn new(socket: S, patience: Duration) -> Self {
        Self { socket, patience, greeting: Some(Greeting::default()), stalled: None }
    }

    /// What becomes of a write: one that stands still for too long fails.
    fn watch<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        debug_assert!(stalled.deadline() <= Instant::now() + patience, "it is not put off");
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { socket, patience, greeting, .. } = &mut *self;
        let before = buffer.filled().len();
        let read = Pin::new(socket).poll_read(context, buffer);
        let Some(begun) = greeting else { return read };
        if read.is_pending() {
            // From the first byte that is waited for: who sends one now and then is not put up with.
            let late = begun.late.get_or_insert_with(|| Box::pin(sleep(*patience)));
            ready!(late.as_mut().poll(context));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        if !begun.hear(&buffer.filled()[before..]) {
            *greeting = None;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.watch(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if bytes.iter().map(|piece| piece.len()).sum::<usize>() <= GATHERED_BYTES {
            let (mut gathered, mut len) = ([0; GATHERED_BYTES], 0);
            for piece in bytes {
                gathered[len..][..piece.len()].copy_from_slice(piece);
                len += piece.len();
            }
            return self.poll_write(context, &gathered[..len]);
        }
        let written = Pin::new(&mut self.socket).poll_write_vectored(context, bytes);
        self.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.socket).poll_flush(context);
        self.watch(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::timeout;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(20);

    /// Connections that said nothing kept their places for ever: HTTP minds the time only once it is
    /// known which of the two is spoken.
    #[tokio::test]
    async fn who_does_not_say_which_http_it_speaks_is_given_up() {
        for said in [&b""[..], b"P", &PREFACE[..23]] {
            let (mut client, socket) = duplex(64);
            let mut paced = Paced::new(socket, PATIENCE);
            client.write_all(said).await.expect("it is taken");
            let mut heard = Vec::new();
            let ended = paced.read_to_end(&mut heard).await.expect_err("nothing more comes");
            assert_eq!((ended.kind(), &heard[..]), (io::ErrorKind::TimedOut, said));
        }
    }

    #[tokio::test]
    async fn who_has_said_which_http_it_speaks_may_rest() {
        for said in [PREFACE, b"G", b"PO"] {
            let (mut client, socket) = duplex(64);
            let mut paced = Paced::new(socket, PATIENCE);
            let mut heard = [0; 64];
            for byte in said {
                client.write_all(&[*byte]).await.expect("it is taken");
                assert_eq!(paced.read(&mut heard).await.expect("it comes"), 1);
            }
            let rest = timeout(PATIENCE * 5, paced.read(&mut heard));
            assert!(rest.await.is_err(), "HTTP minds the time from then on");
        }
    }
}
