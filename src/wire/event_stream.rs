//! Event streams: the frames in which SubscribeToShard is answered.
//!
//! A frame is, big-endian: its length (4 bytes), the length of its headers (4), the CRC-32 of those
//! eight bytes (4), headers, payload, the CRC-32 of all before (4). A header is the length of its
//! name (1), name, type (1, always 7: text), length of its value (2), value.

use crate::api::{ApiError, Pushed, SubscriptionEnd};
use crate::wire::answer::event;
use crate::wire::writer::Writer;
use crate::wire::{Account, Format};

const TEXT: u8 = 7;
/// Bytes of a frame without headers and payload.
const FRAME_BYTES: usize = 16;

/// The frame that comes first: the answer as far as it is no stream.
#[must_use]
pub fn initial_response(format: Format) -> Vec<u8> {
    let mut writer = Writer::new(format);
    writer.structure(|_| {});
    let headers = [
        (":event-type", "initial-response"),
        (":content-type", format.content_type()),
        (":message-type", "event"),
    ];
    frame(&headers, &writer.end())
}

/// The frame for what a subscriber is told; `None` where the end of the stream says it.
#[must_use]
pub fn push(pushed: &Pushed, format: Format, account: &Account) -> Option<Vec<u8>> {
    match pushed {
        Pushed::Event(told) => {
            let headers = [
                (":event-type", "SubscribeToShardEvent"),
                (":content-type", format.content_type()),
                (":message-type", "event"),
            ];
            Some(frame(&headers, &event(told, format)))
        }
        Pushed::End(SubscriptionEnd::Failed(why)) => Some(failed(why, format, account)),
        Pushed::End(SubscriptionEnd::Expired | SubscriptionEnd::ShardEnd) => None,
    }
}

fn failed(why: &ApiError, format: Format, account: &Account) -> Vec<u8> {
    let mut writer = Writer::new(format);
    writer.structure(|writer| writer.key("message").text(&account.outer(&why.to_string())));
    let headers = [
        (":exception-type", why.code()),
        (":content-type", format.content_type()),
        (":message-type", "exception"),
    ];
    frame(&headers, &writer.end())
}

fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let of = |(name, value): &(&str, &str)| 1 + name.len() + 1 + 2 + value.len();
    let headers_bytes: usize = headers.iter().map(of).sum();
    let total = FRAME_BYTES + headers_bytes + payload.len();
    let mut bytes = Vec::with_capacity(total);
    bytes.extend_from_slice(&word(total));
    bytes.extend_from_slice(&word(headers_bytes));
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    for (name, value) in headers {
        bytes.push(u8::try_from(name.len()).expect("invariant: names are short"));
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(TEXT);
        let length = u16::try_from(value.len()).expect("invariant: values are short");
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(value.as_bytes());
    }
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    bytes
}

fn word(length: usize) -> [u8; 4] {
    u32::try_from(length).expect("invariant: an event stays below 4 GiB").to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_is_the_one_that_botocore_takes() {
        let mut hex = String::new();
        for byte in initial_response(Format::Json) {
            hex += &format!("{byte:02x}");
        }
        assert_eq!(
            hex,
            "0000007200000060ab820d9e0b3a6576656e742d74797065070010696e697469616c2d726573706f6e736\
             50d3a636f6e74656e742d7479706507001a6170706c69636174696f6e2f782d616d7a2d6a736f6e2d312e\
             310d3a6d6573736167652d747970650700056576656e747b7dacae6b7d"
        );
    }
}
