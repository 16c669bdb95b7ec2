//! The event that a function is invoked with: JSON exactly as Lambda sends it, with its exact size.
//!
//! `size` and `write` belong together: the size of an event is known before it is written, so that
//! a batch is cut where the event would pass [`EVENT_BYTES_MAX`].

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::date::IsoSeconds;
use crate::model::limits::EVENT_BYTES_MAX;
use crate::model::{ACCOUNT, Millis, REGION, RecordRef, Resource, ShardId, StreamName};

/// Digits of every sequence number.
const SEQUENCE_DIGITS: usize = 56;
/// Digits of the seconds of any time.
const SECONDS_DIGITS: usize = 17;
/// Bytes that one of a key or of the data becomes at most: `\u0000`.
const ESCAPED: usize = 6;
/// Bytes around the records of an event: `{"Records":[` and `]}`.
const AROUND: usize = 14;
/// Bytes that the members of a tumbling window take, its state and the ARN apart, at most.
const WINDOW: usize = 400;

/// What is the same for all records of a shard.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    shard: String,
    arn: String,
}

/// What a tumbling window adds to an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct WindowPart<'a> {
    pub(super) start: Millis,
    pub(super) end: Millis,
    /// JSON.
    pub(super) state: &'a [u8],
    pub(super) is_final: bool,
    pub(super) is_early: bool,
}

impl Frame {
    pub(super) fn new(stream: &StreamName, shard: ShardId) -> Self {
        let arn = Resource::Stream(stream.clone()).to_string();
        Self { shard: shard.to_string(), arn }
    }

    pub(super) fn arn(&self) -> &str {
        &self.arn
    }

    /// Bytes of a record with the comma behind it.
    pub(super) fn size(&self, record: &RecordRef<'_>) -> usize {
        let digits = (record.arrival.0 / 1_000).checked_ilog10().unwrap_or(0) as usize + 1;
        let data = record.data.len().div_ceil(3) * 4;
        self.fixed() + digits + ".000".len() + text_size(record.partition_key) + data
    }

    /// Bytes of a record beside its time, key and data, and of the comma behind it.
    fn fixed(&self) -> usize {
        let names = self.shard.len() + self.arn.len() + 2 * SEQUENCE_DIGITS;
        FIXED.len() + ACCOUNT.len() + REGION.len() + 1 + names
    }

    /// Bytes at most of so many records with so many bytes of keys and data: what [`Self::size`] says
    /// of them is not more.
    pub(super) fn size_at_most(&self, records: usize, bytes: usize) -> usize {
        const ROUNDED_UP: usize = 4;
        let each = self.fixed() + SECONDS_DIGITS + ".000".len() + "\"\"".len() + ROUNDED_UP;
        records * each + bytes * ESCAPED
    }

    /// Bytes that an event has for records when a window hands a state of this size on.
    pub(super) fn room(&self, state: Option<usize>) -> usize {
        let window = state.map_or(0, |bytes| bytes + WINDOW + self.arn.len());
        EVENT_BYTES_MAX.saturating_sub(AROUND + window)
    }

    /// The event.
    pub(super) fn write<'a>(
        &self,
        records: impl Iterator<Item = RecordRef<'a>>,
        window: Option<WindowPart<'_>>,
    ) -> Vec<u8> {
        let mut event = b"{\"Records\":[".to_vec();
        for (nth, record) in records.enumerate() {
            if nth > 0 {
                event.push(b',');
            }
            self.write_record(&mut event, &record);
        }
        event.push(b']');
        if let Some(window) = window {
            self.write_window(&mut event, window);
        }
        event.push(b'}');
        event
    }

    fn write_record(&self, event: &mut Vec<u8>, record: &RecordRef<'_>) {
        let Self { shard, arn } = self;
        let sequence = record.sequence;
        let (s, ms) = (record.arrival.0 / 1_000, record.arrival.0 % 1_000);
        event.extend_from_slice(br#"{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"#);
        write_text(event, record.partition_key);
        // Writing into a Vec does not fail.
        let _ = write!(event, r#","sequenceNumber":"{sequence}","data":""#);
        let begin = event.len();
        event.resize(begin + record.data.len().div_ceil(3) * 4, b'=');
        let written = STANDARD.encode_slice(record.data, &mut event[begin..]);
        assert_eq!(written, Ok(event.len() - begin), "base64 of bytes has a known length");
        let _ = write!(event, r#"","approximateArrivalTimestamp":{s}.{ms:03}}},"#);
        let _ = write!(
            event,
            r#""eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"{shard}:{sequence}","eventName":"aws:kinesis:record","#
        );
        let _ = write!(
            event,
            r#""invokeIdentityArn":"arn:aws:iam::{ACCOUNT}:role/lambda-role","awsRegion":"{REGION}","eventSourceARN":"{arn}"}}"#
        );
    }

    fn write_window(&self, event: &mut Vec<u8>, window: WindowPart<'_>) {
        let Self { shard, arn } = self;
        let WindowPart { start, end, state, is_final, is_early } = window;
        let (start, end) = (IsoSeconds(start), IsoSeconds(end));
        let _ = write!(event, r#","window":{{"start":"{start}","end":"{end}"}},"state":"#);
        event.extend_from_slice(state);
        let _ = write!(event, r#","shardId":"{shard}","eventSourceARN":"{arn}","#);
        let _ = write!(
            event,
            r#""isFinalInvokeForWindow":{is_final},"isWindowTerminatedEarly":{is_early}"#
        );
    }
}

/// What every record has of the same, names and numbers apart.
const FIXED: &str = concat!(
    r#"{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":,"sequenceNumber":"","data":"","#,
    r#""approximateArrivalTimestamp":},"eventSource":"aws:kinesis","eventVersion":"1.0","#,
    r#""eventID":":","eventName":"aws:kinesis:record","#,
    r#""invokeIdentityArn":"arn:aws:iam:::role/lambda-role","awsRegion":"","eventSourceARN":""}"#
);

/// Bytes of a text as JSON, quotes included.
fn text_size(text: &str) -> usize {
    let more = |byte: u8| match byte {
        b'"' | b'\\' | 0x08 | 0x09 | 0x0a | 0x0c | 0x0d => 1,
        0x00..=0x1f => 5,
        _ => 0,
    };
    text.len() + 2 + text.bytes().map(more).sum::<usize>()
}

fn write_text(event: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(event, text)
        .expect("a text is JSON, and writing into a Vec does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SequenceNumber;

    const SAMPLE: &str = "49590338271490256608559692538361571095921575989136588898";

    fn record<'a>(key: &'a str, data: &'a [u8]) -> RecordRef<'a> {
        let sequence = SequenceNumber::parse(SAMPLE).expect("Lambda's own example");
        RecordRef { sequence, arrival: Millis(1_545_084_650_987), partition_key: key, data }
    }

    fn frame() -> Frame {
        Frame::new(&StreamName::new("lambda-stream").expect("a name"), ShardId(6))
    }

    /// Lambda's documented example, of our account and region.
    #[test]
    fn an_event_is_written_as_lambda_documents_it() {
        let event = frame().write(std::iter::once(record("1", b"Hello")), None);
        let wanted = concat!(
            r#"{"Records":[{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"1","#,
            r#""sequenceNumber":"49590338271490256608559692538361571095921575989136588898","#,
            r#""data":"SGVsbG8=","approximateArrivalTimestamp":1545084650.987},"#,
            r#""eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"shardId-000000000006:"#,
            r#"49590338271490256608559692538361571095921575989136588898","#,
            r#""eventName":"aws:kinesis:record","#,
            r#""invokeIdentityArn":"arn:aws:iam::000000000000:role/lambda-role","#,
            r#""awsRegion":"us-east-1","eventSourceARN":"#,
            r#""arn:aws:kinesis:us-east-1:000000000000:stream/lambda-stream"}]}"#
        );
        assert_eq!(String::from_utf8_lossy(&event), wanted);
    }

    #[test]
    fn a_window_stands_beside_the_records() {
        let (start, end) = (Millis(1_596_128_400_000), Millis(1_596_128_520_000));
        let (is_final, is_early) = (true, false);
        let window = WindowPart { start, end, state: b"{\"1\":282}", is_final, is_early };
        let event = frame().write(std::iter::empty(), Some(window));
        let wanted = concat!(
            r#"{"Records":[],"window":{"start":"2020-07-30T17:00:00Z","#,
            r#""end":"2020-07-30T17:02:00Z"},"state":{"1":282},"#,
            r#""shardId":"shardId-000000000006","eventSourceARN":"#,
            r#""arn:aws:kinesis:us-east-1:000000000000:stream/lambda-stream","#,
            r#""isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false}"#
        );
        assert_eq!(String::from_utf8_lossy(&event), wanted);
        assert!(event.len() - AROUND - b"{\"1\":282}".len() <= WINDOW + frame().arn.len());
    }

    #[test]
    fn the_size_of_an_event_is_known_before_it_is_written() {
        let keys = ["1", "a\"b\\c", "\u{0}\u{1f}\n\t\u{7f}", "\u{43a}\u{43b}"];
        for (nth, key) in keys.into_iter().enumerate() {
            let data = vec![7; nth];
            let record = record(key, &data);
            let event = frame().write([record; 3].into_iter(), None);
            assert_eq!(event.len() + 1, AROUND + 3 * frame().size(&record), "{key:?}");
            let most = frame().size_at_most(3, 3 * (key.len() + data.len()));
            assert!(most >= 3 * frame().size(&record), "{key:?}");
        }
    }
}
