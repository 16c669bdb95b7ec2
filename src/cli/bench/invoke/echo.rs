//! A function that answers with its event, over plain sockets: `watershed bench-child function`.

#![allow(clippy::disallowed_types, reason = "a function has a socket")]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

/// Asks for work and answers, until it is ended.
pub(in crate::cli::bench) fn echo() -> Result<(), String> {
    let address = std::env::var("AWS_LAMBDA_RUNTIME_API");
    let address = address.map_err(|_| "it is started by Lambda, or by what does as Lambda")?;
    let failed = |why: std::io::Error| why.to_string();
    let socket = TcpStream::connect(&address).map_err(failed)?;
    socket.set_nodelay(true).map_err(failed)?;
    let mut api = BufReader::new(socket);
    let mut ask = |method: &str, path: &str, body: &[u8]| -> Result<(String, Vec<u8>), String> {
        let head = format!(
            "{method} /2018-06-01/runtime/invocation/{path} HTTP/1.1\r\nHost: {address}\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        api.get_mut().write_all(&[head.as_bytes(), body].concat()).map_err(failed)?;
        answer(&mut api).map_err(failed)
    };
    loop {
        let (request, event) = ask("GET", "next", b"")?;
        ask("POST", &format!("{request}/response"), &event)?;
    }
}

/// The id of the request, where there is one, and the body.
fn answer(api: &mut impl BufRead) -> std::io::Result<(String, Vec<u8>)> {
    let (mut line, mut request, mut length) = (String::new(), String::new(), 0);
    while line.trim() != "" || line.is_empty() {
        line.clear();
        if api.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        match line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim())) {
            Some((name, value)) if name == "content-length" => length = value.parse().unwrap_or(0),
            Some((name, value)) if name == "lambda-runtime-aws-request-id" => {
                value.clone_into(&mut request);
            }
            Some(_) | None => {}
        }
    }
    let mut body = vec![0; length];
    api.read_exact(&mut body)?;
    Ok((request, body))
}
