//! Bodies of answers: all at once, or event by event.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Bytes, Frame, SizeHint};

use crate::server::events::Events;
use crate::wire::Pieces;

/// What is sent behind the head of an answer.
pub(super) enum Body {
    /// Everything.
    Full(Bytes),
    /// A long answer, written as it is sent.
    Pieces(Box<Pieces>),
    /// What a subscriber is told, as it comes.
    Events(Box<Events>),
}

impl Body {
    pub(super) fn full(bytes: impl Into<Bytes>) -> Self {
        Self::Full(bytes.into())
    }

    /// Bytes that are still to be sent, as far as that is known.
    pub(super) fn left(&self) -> Option<usize> {
        match self {
            Self::Full(bytes) => Some(bytes.len()),
            Self::Pieces(pieces) => Some(pieces.left()),
            Self::Events(_) => None,
        }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut *self {
            Self::Full(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Self::Pieces(pieces) => {
                Poll::Ready(pieces.next().map(|piece| Ok(Frame::data(piece.into()))))
            }
            Self::Events(events) => {
                events.poll_next(context).map(|next| next.map(|bytes| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left() == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left().map_or_else(SizeHint::default, |left| SizeHint::with_exact(left as u64))
    }
}
