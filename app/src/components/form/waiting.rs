//! A form that was opened from an account's form, which waits until a credential or a connector is there to be chosen.

use leptos::prelude::*;

use crate::paths;

/// Whether an account's form waits for what is registered here. `list` is the query of the address.
pub fn waits(list: &str) -> bool {
    paths::waiting_form(list).is_some()
}

/// Says where Save and Cancel lead, where that is an account's form.
pub fn waiting_note(list: &str) -> Option<impl IntoView + use<>> {
    waits(list).then(|| {
        view! { <p class="help">"After Save or Cancel you are back in the account’s form, with all that was typed there."</p> }
    })
}
