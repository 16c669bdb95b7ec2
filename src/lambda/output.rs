//! What a process writes, line by line into the log under the name of its function.
//!
//! At most [`BYTES_PER_S`] a second are read of each pipe: a process that writes more waits for its
//! pipe, and does not fill the log. Of a longer line only its beginning is kept.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};

const BYTES_PER_S: usize = 256 * 1_024;
const LINE_BYTES_MAX: usize = 4_096;

/// Reads a pipe until it ends.
pub(super) fn follow(name: &str, pipe: Option<impl AsyncRead + Unpin + Send + 'static>) {
    let Some(mut pipe) = pipe else { return };
    let name = name.to_owned();
    tokio::spawn(async move {
        let mut lines = Lines::default();
        let mut buffer = vec![0; BYTES_PER_S / 16];
        let mut budget = BYTES_PER_S;
        while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
            lines.push(
                &buffer[..read],
                &mut |line| log::info!(target: "function", "{name}: {line}"),
            );
            budget = budget.saturating_sub(read);
            if budget == 0 {
                tokio::time::sleep(Duration::from_secs(1)).await;
                budget = BYTES_PER_S;
            }
        }
        lines.end(&mut |line| log::info!(target: "function", "{name}: {line}"));
    });
}

/// Bytes on their way to lines.
#[derive(Default)]
struct Lines {
    line: Vec<u8>,
    left_out: usize,
}

impl Lines {
    fn push(&mut self, bytes: &[u8], say: &mut dyn FnMut(&str)) {
        for byte in bytes {
            match byte {
                b'\n' => self.end(say),
                _ if self.line.len() < LINE_BYTES_MAX => self.line.push(*byte),
                _ => self.left_out += 1,
            }
        }
    }

    fn end(&mut self, say: &mut dyn FnMut(&str)) {
        let mut text = String::from_utf8_lossy(&self.line).trim_end().to_owned();
        if self.left_out > 0 {
            text.push_str(&format!(" ... and {} bytes more", self.left_out));
        }
        if !text.is_empty() {
            say(&text);
        }
        self.line.clear();
        self.left_out = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_lines_and_long_ones_are_cut() {
        let mut said = Vec::new();
        let mut lines = Lines::default();
        lines.push(b"one\r\ntw", &mut |line| said.push(line.to_owned()));
        lines.push(b"o\n\n\xff\n", &mut |line| said.push(line.to_owned()));
        lines.push(&[b'x'; LINE_BYTES_MAX + 7], &mut |line| said.push(line.to_owned()));
        lines.end(&mut |line| said.push(line.to_owned()));
        assert_eq!(said[..3], ["one", "two", "\u{fffd}"]);
        assert_eq!(said[3].len(), LINE_BYTES_MAX + " ... and 7 bytes more".len());
    }
}
