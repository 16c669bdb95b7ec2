//! One connection: HTTP/1.1 or HTTP/2, as its first bytes say.

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};

use crate::server::Options;
use crate::server::channel::Channel;
use crate::server::identity::Identities;
use crate::server::paced::Paced;
use crate::server::request;
use crate::server::served::{Counts, Heard};
use crate::server::turn::Turn;
use crate::world::Service;

/// Longest head of a request, bytes.
const HEAD_BYTES_MAX: usize = 64 * 1_024;
/// Streams of one HTTP/2 connection at once.
pub(super) const STREAMS_MAX: u32 = 256;

/// What all workers share.
pub(super) struct Context {
    pub(super) service: Arc<dyn Service>,
    pub(super) options: Options,
    pub(super) counts: Counts,
    /// KiB that bodies may still take.
    pub(super) bodies: Arc<Semaphore>,
    pub(super) stopped: watch::Receiver<bool>,
}

impl Context {
    pub(super) fn new(
        service: Arc<dyn Service>,
        options: Options,
        stopped: watch::Receiver<bool>,
    ) -> Arc<Self> {
        let bodies = Arc::new(Semaphore::new(options.bodies_bytes_max / 1_024));
        Arc::new(Self { service, options, counts: Counts::default(), bodies, stopped })
    }

    /// Tells whoever wants to know what was heard of a client.
    pub(super) fn tell(&self, heard: &Heard<'_>) {
        if let Some(sink) = &self.options.sink {
            sink(heard);
        }
    }
}

/// What one thread has.
pub(super) struct Worker {
    pub(super) context: Arc<Context>,
    pub(super) identities: RefCell<Identities>,
    pub(super) turn: Turn,
    http: Builder<Local>,
}

impl Worker {
    pub(super) fn new(context: Arc<Context>) -> Self {
        let patience = context.options.patience;
        let mut http = Builder::new(Local);
        http.http1()
            .timer(TokioTimer::new())
            .header_read_timeout(patience * 2)
            .max_buf_size(HEAD_BYTES_MAX.max(1_048_576));
        http.http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).expect("invariant: 64 KiB"))
            .initial_stream_window_size(1_048_576)
            .initial_connection_window_size(4 * 1_048_576)
            .keep_alive_interval(patience)
            .keep_alive_timeout(patience);
        let identities = RefCell::new(Identities::new());
        let turn = Turn::new(Arc::clone(&context.service));
        Self { context, identities, turn, http }
    }
}

/// Runs what HTTP/2 does in the background on the thread of its connection.
#[derive(Clone, Copy)]
struct Local;

impl<F> hyper::rt::Executor<F> for Local
where
    F: Future + 'static,
    F::Output: 'static,
{
    fn execute(&self, future: F) {
        tokio::task::spawn_local(future);
    }
}

/// Shakes hands where TLS is spoken; with whom that does not work, nothing is spoken.
async fn greet(socket: TcpStream, context: &Context) -> Option<Channel> {
    let Options { tls, patience, .. } = &context.options;
    let Some(tls) = tls else { return Some(Channel::Plain(socket)) };
    let client = socket.peer_addr().ok();
    match tls.shake(socket, *patience).await {
        Ok(stream) => Some(Channel::Tls(Box::new(stream))),
        Err(why) => {
            context.counts.strangers.fetch_add(1, Ordering::Relaxed);
            context.tell(&Heard::NoHandshake { client, why });
            None
        }
    }
}

/// Answers what comes, until the other side has enough or the endpoint stops.
pub(super) async fn serve(socket: TcpStream, worker: Rc<Worker>) {
    let Some(channel) = greet(socket, &worker.context).await else { return };
    let _present = worker.turn.enter();
    let patience = worker.context.options.patience;
    let mut stopped = worker.context.stopped.clone();
    let asked = Rc::clone(&worker);
    let service = service_fn(move |request| {
        let worker = Rc::clone(&asked);
        async move { Ok::<_, Infallible>(request::answer(request, &worker).await) }
    });
    let io = TokioIo::new(Paced::new(channel, patience));
    let mut connection = pin!(worker.http.serve_connection(io, service));
    tokio::select! {
        // What a client does wrong with its connection is the client's to know.
        _ = connection.as_mut() => return,
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}
