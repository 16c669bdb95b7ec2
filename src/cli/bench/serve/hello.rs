//! A server of the same library that knows nothing: it reads each body and sends as many bytes back
//! as a header says.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;

use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::cli::report;
use crate::lambda::Whole;

/// Serves until killed.
pub(in crate::cli::bench) fn hello() -> Result<(), String> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").map_err(|why| why.to_string())?;
    listener.set_nonblocking(true).map_err(|why| why.to_string())?;
    let address = listener.local_addr().map_err(|why| why.to_string())?;
    report::data(&format!("http://{address}\n")).map_err(|why| why.to_string())?;
    let threads: Vec<_> = (0..workers)
        .map(|_| {
            let listener = listener.try_clone().map_err(|why| why.to_string())?;
            Ok(std::thread::spawn(move || serve(listener)))
        })
        .collect::<Result<_, String>>()?;
    threads.into_iter().try_for_each(|thread| {
        thread.join().map_err(|_| "a thread of the plain server panicked".to_owned())?
    })
}

fn serve(listener: std::net::TcpListener) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|why| why.to_string())?;
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::from_std(listener).map_err(|why| why.to_string())?;
        loop {
            let (socket, _) = listener.accept().await.map_err(|why| why.to_string())?;
            socket.set_nodelay(true).map_err(|why| why.to_string())?;
            tokio::task::spawn_local(async move {
                let http = hyper::server::conn::http1::Builder::new();
                // What becomes of a connection is its client's to tell.
                let _ = http.serve_connection(TokioIo::new(socket), service_fn(answer)).await;
            });
        }
    })
}

async fn answer(request: Request<Incoming>) -> Result<Response<Whole>, Infallible> {
    let asked = request.headers().get("x-answer-bytes").and_then(|bytes| bytes.to_str().ok());
    let bytes = asked.and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
    let mut body = request.into_body();
    while let Some(Ok(_)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {}
    Ok(Response::new(Whole::new(vec![b'x'; bytes])))
}
