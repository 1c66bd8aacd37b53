//! The stations of a conversation with a mail server.

use serde::{Deserialize, Serialize};

use crate::ConnectionSecurity;

/// A station of the way, in the order in which a report lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "db", sea_orm(rs_type = "String", db_type = "Text"))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The account's own settings, and the message made from them.
    #[cfg_attr(feature = "db", sea_orm(string_value = "settings"))]
    Settings,
    /// The proxy of the network connector, and the way through it.
    #[cfg_attr(feature = "db", sea_orm(string_value = "connector"))]
    Connector,
    /// The host's addresses.
    #[cfg_attr(feature = "db", sea_orm(string_value = "dns"))]
    Dns,
    /// The connection to one of them.
    #[cfg_attr(feature = "db", sea_orm(string_value = "tcp"))]
    Tcp,
    /// The server's first reply (RFC 5321, section 4.3.1).
    #[cfg_attr(feature = "db", sea_orm(string_value = "greeting"))]
    Greeting,
    /// EHLO and what the server offers.
    #[cfg_attr(feature = "db", sea_orm(string_value = "ehlo"))]
    Ehlo,
    /// STARTTLS with its handshake, or the handshake alone.
    #[cfg_attr(feature = "db", sea_orm(string_value = "tls"))]
    Tls,
    /// EHLO once more, since what was offered in clear text is forgotten (RFC 3207, section 4.2).
    #[cfg_attr(feature = "db", sea_orm(string_value = "ehlo_again"))]
    EhloAgain,
    /// The sign-in (RFC 4954). What is exchanged in it is never kept.
    #[cfg_attr(feature = "db", sea_orm(string_value = "auth"))]
    Auth,
    /// MAIL FROM: the envelope sender.
    #[cfg_attr(feature = "db", sea_orm(string_value = "mail"))]
    Mail,
    /// RCPT TO: the recipient.
    #[cfg_attr(feature = "db", sea_orm(string_value = "rcpt"))]
    Rcpt,
    /// DATA, the message, and the reply after its last dot.
    #[cfg_attr(feature = "db", sea_orm(string_value = "data"))]
    Data,
    /// The farewell: whatever happens here, the message was taken before.
    #[cfg_attr(feature = "db", sea_orm(string_value = "quit"))]
    Quit,
}

impl Stage {
    /// In the order of a conversation with STARTTLS.
    pub const ALL: [Self; 13] = {
        use Stage::*;
        [Settings, Connector, Dns, Tcp, Greeting, Ehlo, Tls, EhloAgain, Auth, Mail, Rcpt, Data, Quit]
    };

    /// As addresses name it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Connector => "connector",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Greeting => "greeting",
            Self::Ehlo => "ehlo",
            Self::Tls => "tls",
            Self::EhloAgain => "ehlo_again",
            Self::Auth => "auth",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
            Self::Quit => "quit",
        }
    }

    /// The stage of this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.key() == key)
    }

    /// The stages of a connection with this security, in the order in which they happen.
    pub const fn way(security: ConnectionSecurity) -> &'static [Self] {
        use Stage::*;
        match security {
            ConnectionSecurity::None => {
                &[Settings, Connector, Dns, Tcp, Greeting, Ehlo, Tls, Auth, Mail, Rcpt, Data, Quit]
            }
            ConnectionSecurity::StartTls => {
                &[Settings, Connector, Dns, Tcp, Greeting, Ehlo, Tls, EhloAgain, Auth, Mail, Rcpt, Data, Quit]
            }
            ConnectionSecurity::ImplicitTls => {
                &[Settings, Connector, Dns, Tcp, Tls, Greeting, Ehlo, Auth, Mail, Rcpt, Data, Quit]
            }
        }
    }

    /// What happens while it goes on.
    pub const fn doing(self) -> &'static str {
        match self {
            Self::Settings => "Making the message",
            Self::Connector => "Going through the connector",
            Self::Dns => "Looking the host up",
            Self::Tcp => "Connecting",
            Self::Greeting => "Waiting for the greeting",
            Self::Ehlo => "Asking what the server offers",
            Self::Tls => "Encrypting",
            Self::EhloAgain => "Asking again, encrypted",
            Self::Auth => "Signing in",
            Self::Mail => "Naming the sender",
            Self::Rcpt => "Naming the recipient",
            Self::Data => "Handing the message over",
            Self::Quit => "Taking leave",
        }
    }

    /// As the report shows it: "DNS", "RCPT".
    pub const fn label(self) -> &'static str {
        match self {
            Self::Settings => "Settings",
            Self::Connector => "Connector",
            Self::Dns => "DNS",
            Self::Tcp => "TCP",
            Self::Greeting => "Greeting",
            Self::Ehlo => "EHLO",
            Self::Tls => "TLS",
            Self::EhloAgain => "EHLO again",
            Self::Auth => "AUTH",
            Self::Mail => "MAIL",
            Self::Rcpt => "RCPT",
            Self::Data => "DATA",
            Self::Quit => "QUIT",
        }
    }
}

/// After which stage a test ends on purpose: all before it is checked, and no message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopAfter {
    /// The connection, through a proxy or not.
    Connect,
    /// The TLS handshake, whichever way it begins.
    Tls,
    /// The sign-in.
    SignIn,
    /// RCPT: the server accepts the recipient's address.
    Recipient,
}

impl StopAfter {
    /// In the order of the conversation.
    pub const ALL: [Self; 4] = [Self::Connect, Self::Tls, Self::SignIn, Self::Recipient];

    /// As scripts name it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::SignIn => "sign-in",
            Self::Recipient => "recipient",
        }
    }

    /// The stage of this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.key() == key)
    }

    /// As a sentence names it: "the sign-in".
    pub const fn label(self) -> &'static str {
        match self {
            Self::Connect => "the connection",
            Self::Tls => "TLS",
            Self::SignIn => "the sign-in",
            Self::Recipient => "the recipient",
        }
    }

    /// The last stage that takes place.
    pub const fn stage(self) -> Stage {
        match self {
            Self::Connect => Stage::Tcp,
            Self::Tls => Stage::Tls,
            Self::SignIn => Stage::Auth,
            Self::Recipient => Stage::Rcpt,
        }
    }
}
