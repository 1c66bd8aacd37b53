//! Where something that was asked for comes from.

use std::net::IpAddr;

/// The number of a request, which its answer names as well; empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// As the log and the answer's header show it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for RequestId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Whom a command runs as, by the numbers of the operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemUser {
    /// The number of the user that it runs as.
    pub uid: u32,
    /// Who became that user by sudo, as sudo says.
    pub sudo_uid: Option<u32>,
}

/// Where something that was asked for comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// A request to the server.
    Request {
        /// The client's address, also behind a trusted proxy.
        address: IpAddr,
        /// The number of the request.
        id: RequestId,
    },
    /// A command on the server's own machine.
    CommandLine {
        /// Whom the command runs as.
        user: SystemUser,
    },
    /// Posthouse itself, at a planned time.
    #[default]
    Server,
}

impl Origin {
    /// The name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Request { .. } => "request",
            Self::CommandLine { .. } => "command_line",
            Self::Server => "server",
        }
    }
}
