//! A connection whose activity is written down: what comes in, what is taken, and when nothing is.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::admission::Connection;

pub struct Tracked {
    stream: TcpStream,
    connection: Arc<Connection>,
}

impl Tracked {
    pub fn new(stream: TcpStream, connection: Arc<Connection>) -> Self {
        Self { stream, connection }
    }

    fn written(&self, outcome: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &outcome {
            Poll::Pending => self.connection.activity.blocked(),
            Poll::Ready(Ok(octets)) => self.connection.activity.sent(*octets),
            Poll::Ready(Err(_)) => {}
        }
        outcome
    }
}

impl AsyncRead for Tracked {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let octets = buffer.filled().len() - before;
        if octets > 0 {
            self.connection.activity.received(octets);
        }
        outcome
    }
}

impl AsyncWrite for Tracked {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.written(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // It is flushed once everything was written.
        self.connection.activity.flushed();
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A request that is being answered, until the last piece of its answer was given away.
pub struct Answering {
    connection: Arc<Connection>,
    is_due: bool,
}

impl Answering {
    pub fn begin(connection: Arc<Connection>) -> Self {
        connection.activity.begin_answer();
        Self { connection, is_due: true }
    }

    /// The body of the answer that has begun.
    pub fn with(mut self, body: Body) -> Body {
        self.has_begun();
        Body::new(Answer { body, _answering: self })
    }

    fn has_begun(&mut self) {
        if std::mem::take(&mut self.is_due) {
            self.connection.activity.answer_begun();
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.has_begun();
        self.connection.activity.end_answer();
    }
}

struct Answer {
    body: Body,
    _answering: Answering,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of a request, until it was read as a whole.
pub struct Arriving {
    body: Incoming,
    connection: Arc<Connection>,
}

impl Arriving {
    pub fn body(body: Incoming, connection: Arc<Connection>) -> Body {
        if body.is_end_stream() {
            return Body::new(body);
        }
        connection.activity.begin_body();
        Body::new(Self { body, connection })
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.connection.activity.end_body();
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if self.body.is_end_stream() || matches!(frame, Poll::Ready(None)) {
            self.connection.activity.end_body();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
