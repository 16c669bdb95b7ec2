//! Taking connections, and handing them to workers in turn.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::server::connection::{Context, Worker, serve};

/// How long connections may take to end when the endpoint stops.
const GRACE: Duration = Duration::from_secs(5);

/// How long to wait when the system gives no more sockets.
const BREATH: Duration = Duration::from_millis(50);

/// A socket that listens.
#[derive(Debug)]
pub struct Listener(TcpListener);

impl Listener {
    /// Listens at an address; port 0 is any that is free.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(Self(listener))
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection, and its place among those that are allowed.
pub(super) struct Accepted {
    socket: std::net::TcpStream,
    permit: OwnedSemaphorePermit,
}

/// Takes connections until stopped.
pub(super) async fn accept(
    listener: Listener,
    workers: Vec<mpsc::UnboundedSender<Accepted>>,
    connections: Arc<Semaphore>,
    mut stopped: watch::Receiver<bool>,
) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener.0) else { return };
    let mut turn = workers.iter().cycle();
    let take = async {
        loop {
            let Ok(permit) = Arc::clone(&connections).acquire_owned().await else { return };
            let Ok(socket) = take_one(&listener).await else {
                sleep(BREATH).await;
                continue;
            };
            let Some(worker) = turn.next() else { return };
            if worker.send(Accepted { socket, permit }).is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = take => {}
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
}

async fn take_one(listener: &tokio::net::TcpListener) -> io::Result<std::net::TcpStream> {
    let (socket, _) = listener.accept().await?;
    socket.set_nodelay(true)?;
    socket.into_std()
}

/// Serves connections until there are no more, and answers what they ask.
pub(super) async fn work(take: mpsc::UnboundedReceiver<Accepted>, context: Arc<Context>) {
    let worker = Rc::new(Worker::new(context));
    // In one task: where nobody answers any more nobody shall wait for it.
    tokio::select! {
        biased;
        () = worker.turn.answer() => {}
        () = serve_all(take, &worker) => {}
    }
}

/// Serves connections until there are no more, and those that are left a little longer.
async fn serve_all(mut take: mpsc::UnboundedReceiver<Accepted>, worker: &Rc<Worker>) {
    let mut connections = JoinSet::new();
    while let Some(Accepted { socket, permit }) = take.recv().await {
        while connections.try_join_next().is_some() {}
        let Ok(socket) = TcpStream::from_std(socket) else { continue };
        let worker = Rc::clone(worker);
        connections.spawn_local(async move {
            serve(socket, worker).await;
            drop(permit);
        });
    }
    let rest = async { while connections.join_next().await.is_some() {} };
    // Whoever is not done by then is cut off.
    let _ = timeout(GRACE, rest).await;
}
