//! Bodies of requests: read whole, within bounds of size, of memory and of time.

use std::future::poll_fn;
use std::pin::Pin;

use hyper::Version;
use hyper::body::{Body, Bytes, Incoming};
use tokio::sync::SemaphorePermit;
use tokio::time::timeout;

use crate::server::connection::{Context, STREAMS_MAX};

/// A body, and the memory that is set aside for it.
pub(super) struct Upload<'c> {
    pub(super) bytes: Bytes,
    _memory: Option<SemaphorePermit<'c>>,
}

/// Why a body is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UploadError {
    /// It has more bytes than one body may have.
    TooLarge,
    /// It takes too long to come.
    TooSlow,
    /// The connection ended before it did.
    Broken,
}

/// What the bodies of a connection may take without memory set aside for them: the number of
/// connections bounds it.
const SMALL_BYTES: u64 = 64 * 1_024;

/// Bodies up to here need no memory set aside. A connection has one at a time, or as many as it has
/// streams.
fn small_bytes(version: Version) -> u64 {
    if version == Version::HTTP_2 { SMALL_BYTES / u64::from(STREAMS_MAX) } else { SMALL_BYTES }
}

/// Reads a body.
///
/// # Errors
/// When it is too large or too slow, or does not come.
pub(super) async fn read(
    body: Incoming,
    version: Version,
    context: &Context,
) -> Result<Upload<'_>, UploadError> {
    let most = context.options.body_bytes_max as u64;
    let announced = body.size_hint();
    if announced.lower() > most {
        return Err(UploadError::TooLarge);
    }
    let expected = announced.upper().unwrap_or(most).min(most);
    let memory = if expected <= small_bytes(version) {
        None
    } else {
        let kib = u32::try_from(expected.div_ceil(1_024)).unwrap_or(u32::MAX);
        let granted = timeout(context.options.patience, context.bodies.acquire_many(kib)).await;
        Some(granted.map_err(|_| UploadError::TooSlow)?.map_err(|_| UploadError::Broken)?)
    };
    let whole = timeout(context.options.patience, collect(body, expected as usize, most));
    let bytes = whole.await.map_err(|_| UploadError::TooSlow)??;
    Ok(Upload { bytes, _memory: memory })
}

async fn collect(mut body: Incoming, expected: usize, most: u64) -> Result<Bytes, UploadError> {
    let mut whole: Option<Vec<u8>> = None;
    let mut first = Bytes::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| UploadError::Broken)?;
        let Ok(data) = frame.into_data() else { continue };
        // Most bodies come in one piece, which is not copied.
        if first.is_empty() && whole.is_none() {
            first = data;
            continue;
        }
        let whole = whole.get_or_insert_with(|| {
            let mut whole = Vec::with_capacity(expected.min(1_048_576).max(first.len()));
            whole.extend_from_slice(&std::mem::take(&mut first));
            whole
        });
        whole.extend_from_slice(&data);
        if whole.len() as u64 > most {
            return Err(UploadError::TooLarge);
        }
    }
    Ok(whole.map_or(first, Bytes::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of 256 streams had as much for nothing as a connection of HTTP/1.1.
    #[test]
    fn the_streams_of_a_connection_have_no_more_for_nothing_than_one_that_has_none() {
        let together = small_bytes(Version::HTTP_2) * u64::from(STREAMS_MAX);
        assert_eq!((together, small_bytes(Version::HTTP_11)), (SMALL_BYTES, SMALL_BYTES));
        assert_eq!(small_bytes(Version::HTTP_10), SMALL_BYTES);
    }
}
