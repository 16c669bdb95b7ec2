//! An endpoint that is made up, for the tests of whoever asks endpoints.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::remote::{Client, Place, Who};

/// A status and a body.
pub(super) type Answer = (u16, Value);

/// Answers whatever is asked, of one connection after the other.
pub(super) struct Fake {
    pub(super) url: String,
    answers: Arc<AtomicUsize>,
}

impl Fake {
    /// It answers each action and body by `answer`.
    pub(super) fn start(answer: impl Fn(&str, &Value) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let answers = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&answers);
        thread::spawn(move || {
            let answer = |action: &str, body: &Value| {
                count.fetch_add(1, Ordering::Relaxed);
                answer(action, body)
            };
            for socket in listener.incoming().map_while(Result::ok) {
                // Who asked has gone when this ends.
                serve(socket, &answer).unwrap_or_default();
            }
        });
        Self { url, answers }
    }

    /// How often it was asked.
    pub(super) fn answers(&self) -> usize {
        self.answers.load(Ordering::Relaxed)
    }
}

fn serve(socket: TcpStream, answer: &impl Fn(&str, &Value) -> Answer) -> Option<()> {
    let mut client = BufReader::new(socket);
    loop {
        let (action, body) = question(&mut client)?;
        let (status, told) = answer(&action, &body);
        let told = told.to_string();
        let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n", told.len());
        client.get_mut().write_all(format!("{head}{told}").as_bytes()).ok()?;
    }
}

/// The action of a request, and its body.
fn question(reader: &mut impl BufRead) -> Option<(String, Value)> {
    let mut action = String::new();
    let mut length: usize = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if let Some(target) = line.strip_prefix("x-amz-target: Kinesis_20131202.") {
            action = target.trim().to_owned();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((action, serde_json::from_slice(&body).ok()?))
}

/// It is not done, for that reason.
pub(super) fn refused(code: &str) -> Answer {
    (400, json!({"__type": code, "message": "no"}))
}

/// A client of an endpoint, with keys that any endpoint takes.
pub(super) fn client(url: &str) -> Client {
    let place = Place::parse(url).expect("it is an endpoint");
    Client::new(place, Arc::new(Who::new(None, None, Box::new(|_| None))))
}
