//! The same operations in CBOR.

use super::{CBOR, Endpoint, shard};

/// A text.
fn text(text: &str) -> Vec<u8> {
    let mut bytes = match text.len() {
        length @ 0..=23 => vec![0x60 + length as u8],
        length => vec![0x78, u8::try_from(length).expect("it is short")],
    };
    bytes.extend(text.bytes());
    bytes
}

/// A structure of members that are written already.
fn structure(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0xa0 + members.len() as u8];
    for (name, value) in members {
        bytes.extend(text(name));
        bytes.extend(value);
    }
    bytes
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|found| found == part)
}

/// An endpoint with a record in `orders`, put in CBOR as these bytes.
fn with_record(data: Vec<u8>) -> Endpoint {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let body =
        structure(&[("StreamName", text("orders")), ("Data", data), ("PartitionKey", text("k"))]);
    let answered = endpoint.post("PutRecord", CBOR, &body);
    assert_eq!((answered.status, &*answered.headers["content-type"]), (200, CBOR));
    assert!(holds(&answered.bytes, shard(0).as_bytes()));
    endpoint
}

fn read(endpoint: &Endpoint, position: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut members = vec![("StreamName", text("orders")), ("ShardId", text(&shard(0)))];
    members.extend(position.iter().cloned());
    let answered = endpoint.post("GetShardIterator", CBOR, &structure(&members));
    assert_eq!(answered.status, 200, "{:?}", String::from_utf8_lossy(&answered.bytes));
    // Behind the name stands a text whose length takes a byte.
    let token = &answered.bytes[1 + 1 + "ShardIterator".len() + 2..answered.bytes.len() - 1];
    let token = std::str::from_utf8(token).expect("it is base64");
    let answered = endpoint.post("GetRecords", CBOR, &structure(&[("ShardIterator", text(token))]));
    assert_eq!(answered.status, 200, "{:?}", String::from_utf8_lossy(&answered.bytes));
    answered.bytes
}

#[test]
fn blobs_are_raw_whole_or_in_chunks() {
    let whole = vec![0x43, 0, 1, 0xff];
    let chunks = vec![0x5f, 0x41, 0, 0x42, 1, 0xff, 0xff];
    for data in [whole, chunks] {
        let endpoint = with_record(data);
        let records = read(&endpoint, &[("ShardIteratorType", text("TRIM_HORIZON"))]);
        assert!(holds(&records, b"dData\x43\x00\x01\xff"), "{records:x?}");
        assert!(holds(&records, b"lPartitionKeyak"), "{records:x?}");
    }
}

#[test]
fn times_are_milliseconds_behind_tag_one() {
    let endpoint = with_record(vec![0x41, 7]);
    let records = read(&endpoint, &[("ShardIteratorType", text("TRIM_HORIZON"))]);
    assert!(holds(&records, b"ApproximateArrivalTimestamp\xc1\x1b"), "{records:x?}");
    // 2001-09-09 in milliseconds, which taken for seconds would be in the year 33658.
    for time in [
        vec![0xc1, 0x1b, 0, 0, 0, 0xe8, 0xd4, 0xa5, 0x10, 0],
        vec![0xc1, 0xfb, 0x42, 0x6d, 0x1a, 0x94, 0xa2, 0, 0, 0],
    ] {
        let at = [("ShardIteratorType", text("AT_TIMESTAMP")), ("Timestamp", time)];
        assert!(holds(&read(&endpoint, &at), b"dData\x41\x07"));
    }
}

#[test]
fn lists_and_structures_of_any_length_are_read() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let entry = structure(&[("Data", vec![0x41, 9]), ("PartitionKey", text("k"))]);
    let open = [
        &[0xbf][..],
        &text("Records"),
        &[0x9f],
        &entry,
        &entry,
        &[0xff],
        &text("StreamName"),
        &[0x7f],
        &text("ord"),
        &text("ers"),
        &[0xff, 0xff],
    ]
    .concat();
    let answered = endpoint.post("PutRecords", CBOR, &open);
    assert_eq!(answered.status, 200, "{:?}", String::from_utf8_lossy(&answered.bytes));
    assert!(holds(&answered.bytes, b"qFailedRecordCount\x00"), "{:x?}", answered.bytes);
}

#[test]
fn what_is_no_cbor_is_told() {
    let endpoint = Endpoint::new();
    let bodies: [&[u8]; 9] = [
        b"",
        b"\xa1",
        b"\xa1aa",
        b"\xbf",
        b"\x1c",
        b"\xa0\x00",
        b"\xa1\x01\x01",
        b"\xa1aa\x7a\xff\xff\xff\xff",
        b"\xa1aa\x5f\x61b\xff",
    ];
    for body in bodies {
        let answered = endpoint.post("ListStreams", CBOR, body);
        assert_eq!(answered.status, 400, "{body:x?}");
        assert!(holds(&answered.bytes, b"SerializationException"), "{body:x?}");
    }
    let deep = [&b"\xa1aa"[..], &[0x81; 100_000]].concat();
    assert_eq!(endpoint.post("ListStreams", CBOR, &deep).status, 400);
}
