//! Floor 4, an edge: the endpoint. HTTP on one side, a [`Service`] on the other; it knows nothing of
//! how the world is driven.
//!
//! Each worker is a thread with a reactor of its own. A request is read, asked and answered on the
//! thread that has its connection: only what waits for the disk is told by another one. So is TLS:
//! what is shaken and ciphered is work of the connection's thread. What came at the same time is asked
//! together (`turn.rs`).
//!
//! What is bounded: connections, headers, bodies, the memory of all bodies together, the time that a
//! request may take to arrive and an answer to leave. What is over a bound is refused, and nobody
//! else notices.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the edge where sockets, threads and the clock of requests are"
)]

mod admin;
mod authority;
mod body;
mod channel;
mod connection;
mod events;
mod functions;
mod identity;
mod listener;
mod paced;
mod request;
mod served;
mod signature;
mod tls;
mod turn;
mod upload;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};

use crate::wire::Account;
use crate::world::Service;

pub use authority::Authority;
pub use listener::Listener;
pub use served::{Heard, Served, Sink};
pub use signature::{Auth, Keys};
pub use tls::{Tls, TlsError};

use connection::Context;

/// What can be set of an endpoint.
#[derive(Clone)]
pub struct Options {
    /// Whose streams it serves.
    pub account: Account,
    /// What is asked of the signatures of requests.
    pub auth: Auth,
    /// With it, TLS is spoken and nothing else.
    pub tls: Option<Tls>,
    /// Threads, 1 or more.
    pub workers: usize,
    /// Connections at once, 1 or more; who comes then waits.
    pub connections_max: usize,
    /// Bytes of one body.
    pub body_bytes_max: usize,
    /// Bytes of all bodies that are being read.
    pub bodies_bytes_max: usize,
    /// How long a request may take to arrive, and an answer to get on.
    pub patience: Duration,
    /// Is told of each request that was answered, and of who was turned away before.
    pub sink: Option<Sink>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            account: Account::default(),
            auth: Auth::default(),
            tls: None,
            workers: thread::available_parallelism().map_or(1, usize::from).min(8),
            connections_max: 4_096,
            // 10 MiB of records in base64, their keys, and the names around them.
            body_bytes_max: 16 * 1_048_576,
            bodies_bytes_max: 512 * 1_048_576,
            patience: Duration::from_secs(30),
            sink: None,
        }
    }
}

/// An endpoint that is up.
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
}

impl Server {
    /// Serves `service` at a socket that listens already.
    ///
    /// # Errors
    /// When the system gives no reactor.
    pub fn start(
        service: Arc<dyn Service>,
        listener: Listener,
        options: Options,
    ) -> io::Result<Self> {
        let address = listener.address()?;
        warm_up_memory();
        let (stop, stopped) = watch::channel(false);
        let connections = Arc::new(Semaphore::new(options.connections_max));
        let context = Context::new(service, options, stopped);
        let (mut threads, mut workers) = (Vec::new(), Vec::new());
        for _ in 0..context.options.workers.max(1) {
            let (give, take) = mpsc::unbounded_channel();
            workers.push(give);
            let (runtime, context) = (reactor()?, Arc::clone(&context));
            threads.push(thread::spawn(move || {
                tokio::task::LocalSet::new().block_on(&runtime, listener::work(take, context));
            }));
        }
        let runtime = reactor()?;
        let stopped = stop.subscribe();
        threads.push(thread::spawn(move || {
            runtime.block_on(listener::accept(listener, workers, connections, stopped));
        }));
        Ok(Self { address, stop, threads })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, answers those that it has, and ends.
    pub fn stop(self) {
        // Nobody listens any more if every worker is gone already.
        let _ = self.stop.send(true);
        for thread in self.threads {
            if thread.join().is_err() {
                // A panic was told where it happened; the others shall end all the same.
                continue;
            }
        }
    }
}

/// The GNU C library gives freed memory back to the system, and faults it in anew for the next answer,
/// until it has once seen a block freed that was larger: from then on it keeps what is that small. A
/// long answer shall not be slower before somebody put a record of ten MiB than after.
fn warm_up_memory() {
    const LARGEST_ANSWER_BYTES: usize = 16 * 1_048_576;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGEST_ANSWER_BYTES)));
}

fn reactor() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
