//! What was said in a conversation with a mail server.

use serde::{Deserialize, Serialize};

/// Who a line of the transcript is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Speaker {
    /// Posthouse, as the client of the mail server or the proxy.
    Client,
    /// The mail server, or the proxy.
    Server,
    /// Posthouse itself, about what it found or did.
    Note,
}

/// One line of the conversation. The message's body never stands here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TranscriptLine {
    /// Microseconds since the start.
    pub at: u64,
    /// Who said it.
    pub speaker: Speaker,
    /// It travelled encrypted.
    pub encrypted: bool,
    /// Bounded, with control characters made visible.
    pub text: String,
}
