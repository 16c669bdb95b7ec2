//! One connection of HTTP/1.1: a request is written, its answer is read.

use std::io::{self, BufRead, BufReader, Error, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use rustls::{ClientConnection, StreamOwned};

use crate::remote::Place;
use crate::remote::trust::Trust;

/// How long it may take to be connected.
const CONNECT: Duration = Duration::from_secs(5);
/// The longest line of a head.
const LINE_BYTES_MAX: u64 = 16_384;
/// Lines of a head.
const LINES_MAX: usize = 256;
/// The longest body: the service sends 10 MiB of records at most, in base64.
const BODY_BYTES_MAX: u64 = 64 * 1_048_576;

/// A connection that is open.
pub(super) struct Connection(BufReader<Channel>);

/// What a connection goes through.
enum Channel {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Read for Channel {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(into),
            Self::Tls(stream) => stream.read(into),
        }
    }
}

impl Write for Channel {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
}

impl Request<'_> {
    /// For what stands at `/`.
    pub(super) const fn get() -> Self {
        Self { method: "GET", path: "/", headers: &[], body: &[] }
    }
}

/// What was answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// Will the far end take another request?
    pub(super) keep: bool,
}

impl Connection {
    /// Connects to the first address of a place that answers, with TLS for those who are to be trusted.
    /// Nothing may stand still for longer than `patience`.
    pub(super) fn open(
        place: &Place,
        trust: Option<&Trust>,
        patience: Duration,
    ) -> io::Result<Self> {
        let mut last = Error::new(ErrorKind::NotFound, "the name has no address");
        for address in place.address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, CONNECT.min(patience)) {
                Ok(socket) => {
                    socket.set_nodelay(true)?;
                    socket.set_read_timeout(Some(patience))?;
                    socket.set_write_timeout(Some(patience))?;
                    let channel = match trust {
                        Some(trust) => Channel::Tls(Box::new(trust.shake(place, socket)?)),
                        None => Channel::Plain(socket),
                    };
                    return Ok(Self(BufReader::new(channel)));
                }
                Err(why) => last = why,
            }
        }
        Err(last)
    }

    /// Sends a request and reads what is answered.
    pub(super) fn send(&mut self, request: &Request<'_>) -> io::Result<Response> {
        let Request { method, path, headers, body } = request;
        let mut bytes = format!("{method} {path} HTTP/1.1\r\n").into_bytes();
        for (name, value) in *headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
        bytes.extend_from_slice(body);
        let channel = self.0.get_mut();
        channel.write_all(&bytes)?;
        channel.flush()?;
        receive(&mut self.0)
    }
}

fn wrong(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidData, why.into())
}

/// The next line, without its end.
fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    reader.take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes)?;
    if bytes.last() != Some(&b'\n') {
        return Err(Error::new(ErrorKind::UnexpectedEof, "the connection ended"));
    }
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

/// Reads an answer: its body is as long as its head says, or comes in chunks.
fn receive(reader: &mut impl BufRead) -> io::Result<Response> {
    let first = line(reader)?;
    let status = first.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1));
    let status = status.and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| wrong(format!("it speaks no HTTP: {first:?}")))?;
    let (mut length, mut chunked, mut keep) = (0, false, true);
    for at in 0.. {
        let header = line(reader)?;
        let Some((name, value)) = header.split_once(':') else { break };
        if at >= LINES_MAX {
            return Err(wrong("its head does not end"));
        }
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(|_| wrong("a length is none"))?,
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            "connection" => keep = !value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    let mut body = Vec::new();
    if chunked {
        chunks(reader, &mut body)?;
    } else {
        part(reader, length, &mut body)?;
    }
    Ok(Response { status, body, keep })
}

fn chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let size = line(reader)?;
        let size = size.split(';').next().unwrap_or_default();
        let size = u64::from_str_radix(size.trim(), 16).map_err(|_| wrong("a size is none"))?;
        part(reader, size, body)?;
        if !line(reader)?.is_empty() {
            return Err(wrong("a chunk does not end where it says"));
        }
        if size == 0 {
            return Ok(());
        }
    }
}

/// Reads so many bytes of a body.
fn part(reader: &mut impl BufRead, length: u64, body: &mut Vec<u8>) -> io::Result<()> {
    let whole = (body.len() as u64).checked_add(length);
    if whole.is_none_or(|whole| whole > BODY_BYTES_MAX) {
        return Err(wrong(format!("its answer has more than {BODY_BYTES_MAX} bytes")));
    }
    if reader.take(length).read_to_end(body)? as u64 == length {
        return Ok(());
    }
    Err(Error::new(ErrorKind::UnexpectedEof, "the connection ended"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_as_long_as_they_say_or_come_in_chunks() {
        let read = |text: &str| receive(&mut text.as_bytes()).map_err(|why| why.kind());
        let is = |body: &str, keep: bool| {
            Ok(Response { status: 200, body: body.as_bytes().to_vec(), keep })
        };
        assert_eq!(read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}more"), is("{}", true));
        let closing = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(read(closing), is("", false));
        let chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\n{}\r\n1\r\n!\r\n0\r\n\r\n";
        assert_eq!(read(chunked), is("{}!", true));
    }

    #[test]
    fn what_is_no_answer_is_told() {
        let read = |text: &str| receive(&mut text.as_bytes()).expect_err("it is none").kind();
        for text in ["SSH-2.0\r\n", "HTTP/1.1 x\r\n", "HTTP/1.1 200\r\ncontent-length: x\r\n\r\n"] {
            assert_eq!(read(text), ErrorKind::InvalidData, "{text}");
        }
        let long = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", u64::MAX / 2);
        assert_eq!(read(&long), ErrorKind::InvalidData);
        for text in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}"] {
            assert_eq!(read(text), ErrorKind::UnexpectedEof, "{text}");
        }
    }

    #[test]
    fn a_head_of_too_many_lines_is_refused_whatever_they_say() {
        let read = |lines: &str| {
            let text = format!("HTTP/1.1 200 OK\r\n{lines}\r\n");
            receive(&mut text.as_bytes()).map(|answer| answer.status).map_err(|why| why.kind())
        };
        let (unknown, known) = ("a: b\r\n", "content-length: 0\r\n");
        for line in [unknown, known] {
            assert_eq!(read(&line.repeat(LINES_MAX)), Ok(200), "{line}");
            assert_eq!(read(&line.repeat(LINES_MAX + 1)), Err(ErrorKind::InvalidData), "{line}");
        }
        // One that is known stands just where the bound is.
        let late = format!("{}{known}{unknown}", unknown.repeat(LINES_MAX));
        assert_eq!(read(&late), Err(ErrorKind::InvalidData));
    }

    #[test]
    fn chunks_that_are_too_much_together_are_refused() {
        let read = |second: &str| {
            let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            let text = format!("{head}2\r\n{{}}\r\n{second}\r\n!");
            receive(&mut text.as_bytes()).expect_err("it does not end").kind()
        };
        for second in ["ffffffffffffffff", "fffffffffffffffe", "3ffffff"] {
            assert_eq!(read(second), ErrorKind::InvalidData, "{second}");
        }
        assert_eq!(read("3fffffe"), ErrorKind::UnexpectedEof, "so many may come");
    }
}
