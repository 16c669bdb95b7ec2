//! A connection that asks each thing once: what is lost with it is not asked again, so that nothing is put twice
//! by whoever checks.

#![allow(clippy::disallowed_types, reason = "a client has a socket")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// How long an answer may take, with a thousand others that wait for theirs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why something was not done, or may not have been.
#[derive(Debug)]
pub(super) enum Failed {
    /// It was answered with this code.
    Refused(String),
    /// It was not answered.
    Broken,
}

impl From<std::io::Error> for Failed {
    fn from(_: std::io::Error) -> Self {
        Self::Broken
    }
}

pub(super) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(super) fn open(address: SocketAddr) -> Result<Self, String> {
        let open = || {
            let socket = TcpStream::connect(address)?;
            socket.set_nodelay(true)?;
            socket.set_read_timeout(Some(PATIENCE))?;
            Ok(socket)
        };
        open()
            .map(|socket| Self(BufReader::new(socket)))
            .map_err(|why: std::io::Error| why.to_string())
    }

    /// Asks for an action.
    pub(super) fn ask(&mut self, action: &str, body: &Value) -> Result<Value, Failed> {
        let body = body.to_string();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: here\r\ncontent-type: application/x-amz-json-1.1\r\n\
             x-amz-target: Kinesis_20131202.{action}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.get_mut().write_all(request.as_bytes())?;
        let (mut status, mut length, mut line) = (String::new(), 0, String::new());
        loop {
            line.clear();
            if self.0.read_line(&mut line)? == 0 {
                return Err(Failed::Broken);
            }
            match line.trim_end().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().unwrap_or(0);
                }
                Some(_) => {}
                None if line.trim_end().is_empty() => break,
                None => status = line.split(' ').nth(1).unwrap_or_default().to_owned(),
            }
        }
        let mut answer = vec![0; length];
        self.0.read_exact(&mut answer)?;
        let told: Value = serde_json::from_slice(&answer).unwrap_or(Value::Null);
        match status.as_str() {
            "200" => Ok(told),
            status => Err(Failed::Refused(told["__type"].as_str().unwrap_or(status).to_owned())),
        }
    }
}
