//! The connection: in clear text or encrypted, and what came first where it was to be encrypted.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

#[derive(Debug)]
pub enum Stream {
    Clear(TcpStream),
    Tls(Box<TlsStream<Recorded>>),
}

impl Stream {
    pub fn tcp(&self) -> &TcpStream {
        match self {
            Self::Clear(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0.tcp(),
        }
    }

    /// The connection while it is not encrypted.
    pub const fn clear(&self) -> Option<&TcpStream> {
        match self {
            Self::Clear(stream) => Some(stream),
            Self::Tls(_) => None,
        }
    }

    /// As [`acknowledge`], where what comes next cannot be read. In clear text that follows from what was read, and
    /// costs nothing where a reply comes in one piece.
    pub fn acknowledge_unread(&self) {
        if let Self::Tls(stream) = self {
            acknowledge(stream.get_ref().0.tcp());
        }
    }
}

/// How many of its first octets are kept.
const FIRST_OCTETS: usize = 80;

/// A connection that keeps what came first: it shows who answered where it was no TLS.
#[derive(Debug)]
pub struct Recorded {
    stream: TcpStream,
    first: Vec<u8>,
}

impl Recorded {
    pub const fn new(stream: TcpStream) -> Self {
        Self { stream, first: Vec::new() }
    }

    pub fn first(&self) -> &[u8] {
        &self.first
    }

    pub const fn tcp(&self) -> &TcpStream {
        &self.stream
    }
}

impl AsyncRead for Recorded {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { stream, first } = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(stream).poll_read(cx, buffer))?;
        let read = &buffer.filled()[before..];
        first.extend_from_slice(&read[..read.len().min(FIRST_OCTETS - first.len())]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Recorded {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

/// Has what comes next acknowledged at once. A server that does not set TCP_NODELAY keeps its reply back until the
/// piece before it is acknowledged, as behind the tickets of TLS 1.3: 40 ms, if the system takes its time.
#[cfg(target_os = "linux")]
pub fn acknowledge(stream: &TcpStream) {
    // A connection that has ended refuses, and says so when it is read.
    let _ = stream.set_quickack(true);
}

#[cfg(not(target_os = "linux"))]
pub fn acknowledge(_: &TcpStream) {}

/// Whether the last of these lines is the last of a reply (RFC 5321, section 4.2.1).
fn ends_reply(read: &[u8]) -> bool {
    let last = read.strip_suffix(b"\n").and_then(|lines| lines.rsplit(|&byte| byte == b'\n').next());
    last.is_some_and(|line| line.get(3) != Some(&b'-'))
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => {
                let before = buffer.filled().len();
                ready!(Pin::new(&mut *stream).poll_read(cx, buffer))?;
                if !ends_reply(&buffer.filled()[before..]) {
                    acknowledge(stream);
                }
                Poll::Ready(Ok(()))
            }
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_that_goes_on_is_told_from_one_that_ends() {
        let check = |read: &str, ends| assert_eq!(ends_reply(read.as_bytes()), ends, "{read:?}");
        check("220 mx\r\n", true);
        check("250-mx\r\n250 SIZE\n", true);
        check("250-mx\r\n250-SIZE\r\n", false);
        check("250-mx\r\n250", false);
        check("250\r\n", true);
        check("", false);
    }
}
