//! Signing in and out, the first administrator, and what each page knows of its reader.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::{PasswordDraft, ViewTab};
use serde::{Deserialize, Serialize};

use super::secret::Password;
use super::{Fail, Notice, RestoredForm};

/// Light, dark, or as the device says. Kept in a cookie, so that the first paint is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    #[default]
    Device,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Device, "As the device"), (Self::Light, "Light"), (Self::Dark, "Dark")];

    /// The cookie's value, and the form's.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn from_key(key: &str) -> Self {
        Self::ALL.into_iter().map(|(theme, _)| theme).find(|theme| theme.key() == key).unwrap_or_default()
    }

    /// What `<meta name="color-scheme">` says.
    pub const fn color_scheme(self) -> &'static str {
        match self {
            Self::Device => "light dark",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What every page knows of its reader.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Viewer {
    /// None where nobody is signed in.
    pub email: Option<String>,
    pub theme: Theme,
    pub notice: Option<Notice>,
    /// One's own schedules that failed or were stopped, and nobody has seen it.
    pub unseen: u64,
    /// The views of the report that one may open.
    pub views: Vec<ViewTab>,
}

#[server(endpoint = "set_theme")]
pub async fn set_theme(theme: Theme, #[server(default)] next: String) -> Result<(), Fail> {
    use crate::{paths, ssr};
    ssr::keep_theme(theme);
    ssr::Next::to(paths::next_or_report(&next)).follow().await;
    Ok(())
}

#[server(endpoint = "sign_in")]
pub async fn sign_in(
    #[server(default)] email: String,
    #[server(default)] password: Password,
    #[server(default)] next: String,
) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let page = paths::sign_in(&next);
    let result = ssr::backend().sign_in(&ssr::client(), &email, ssr::secret(password)).await;
    let proven = ssr::answered_to_stranger(result, &page, ssr::address_alone(email))?;
    let session = ssr::begin_session(&proven).await;
    ssr::backend().audit_sign_in(&proven.actor, &session);
    session?;
    ssr::remember_device(&proven.actor).await;
    // The dialog of a page whose session has ended stays where it is.
    ssr::Next::without_wasm(paths::next_or_report(&next)).follow().await;
    Ok(())
}

/// The address that was typed, and why it was refused.
#[server(endpoint = "load_sign_in", input = Json)]
pub async fn load_sign_in() -> Result<Option<RestoredForm<String>>, Fail> {
    use crate::{paths, ssr};
    Ok(ssr::take_note(paths::SIGN_IN))
}

/// Why one's new password was refused. Nothing that was typed is kept.
#[server(endpoint = "load_password_form", input = Json)]
pub async fn load_password_form() -> Result<Option<RestoredForm<()>>, Fail> {
    use crate::{paths, ssr};
    ssr::actor()?;
    Ok(ssr::take_form(paths::PASSWORD).await)
}

/// Changes one's own password: every session ends, and a new one begins here.
#[server(endpoint = "change_password")]
pub async fn change_password(
    #[server(default)] current: Password,
    #[server(default)] password: Password,
) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let actor = ssr::actor()?;
    let (current, password) = (ssr::secret(current), ssr::secret(password));
    let session = ssr::session_id().ok_or(model::Problem::SignedOut)?;
    let result = ssr::backend().change_password(&actor, &ssr::client(), &session, current, password).await;
    let proven = ssr::answered(result, paths::PASSWORD, ()).await?;
    ssr::begin_session(&proven).await?;
    let notice = "Your password is changed. You are signed out everywhere else.";
    ssr::Next::to(paths::PASSWORD).saying(notice).follow().await;
    Ok(())
}

#[server(endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), Fail> {
    use crate::{paths, ssr};
    ssr::end_session().await?;
    ssr::Next::to(paths::SIGN_IN).follow().await;
    Ok(())
}

/// Makes the first administrator. The token is that of the set-up link; it works once.
#[server(endpoint = "set_up")]
pub async fn set_up(
    #[server(default)] token: Password,
    #[server(default)] email: String,
    #[server(default)] password: Password,
) -> Result<(), Fail> {
    use crate::{paths, ssr};
    // The token goes back into the address: it was there before, and the person needs it to try again.
    let page = format!("{}?token={}", paths::SET_UP, token.in_address());
    let draft = PasswordDraft { email };
    let result = ssr::backend().set_up(&ssr::client(), &token.into_inner(), &draft, ssr::secret(password)).await;
    let draft = PasswordDraft { email: ssr::address_alone(draft.email) };
    let proven = ssr::answered_to_stranger(result, &page, draft)?;
    ssr::begin_session(&proven).await?;
    ssr::remember_device(&proven.actor).await;
    let notice = "You are the first administrator. Register an SMTP account to begin.";
    ssr::Next::to(paths::REPORT).saying(notice).follow().await;
    Ok(())
}

#[server(endpoint = "load_set_up", input = Json)]
pub async fn load_set_up() -> Result<Option<RestoredForm<PasswordDraft>>, Fail> {
    use crate::{paths, ssr};
    Ok(ssr::take_note(paths::SET_UP))
}
