//! The list of credentials.

use leptos::prelude::*;
use model::{CredentialColumn, CredentialFilter, CredentialPage, CredentialRow, Destinations, SecretLocation};

use crate::api::credentials::list_credentials;
use crate::components::icon::Icon;
use crate::components::list::latest::Asking;
use crate::components::list::page::{Head, Records};
use crate::components::list::section::Words;
use crate::components::time::TimeAgo;
use crate::paths;
use crate::sections::{self, Section};

impl Records for CredentialFilter {
    type Row = CredentialRow;

    const SECTION: Section = sections::CREDENTIALS;
    const WORDS: &'static Words = &Words {
        region: "List",
        one: "credential",
        icon: "key-round",
        first: "Register what an account or a proxy is signed in to with. The secret is never shown again.",
        new: Some(paths::new_credential),
    };
    const HEADS: &'static [Head<Self::Column>] = &[
        Head { label: "ID", column: Some(CredentialColumn::Id), class: "id-column" },
        Head { label: "Name", column: Some(CredentialColumn::Name), class: "row-head" },
        Head { label: "User name", column: Some(CredentialColumn::UserName), class: "" },
        Head { label: "Hosts and ports", column: None, class: "" },
        Head { label: "Secret", column: None, class: "" },
        Head { label: "Used by", column: None, class: "short-column" },
        Head { label: "Changed", column: Some(CredentialColumn::Saved), class: "medium-column" },
    ];

    fn ask(self) -> Asking<CredentialPage> {
        Box::pin(list_credentials(self))
    }

    fn row(row: Self::Row, list: &str) -> AnyView {
        shown(row, list).into_any()
    }
}

fn shown(row: CredentialRow, list: &str) -> impl IntoView {
    let CredentialRow { id, name, user_name, destinations, secret, used_by, saved_at } = row;
    let edit = paths::edit_credential(id, list);
    let secret = match secret {
        SecretLocation::Vault => "In the vault".into_any(),
        SecretLocation::Elsewhere(reference) => view! { <span class="mono">{reference.to_string()}</span> }.into_any(),
        SecretLocation::None => view! { <span class="badge warn tone">"None"</span> }.into_any(),
    };
    let uses = match used_by {
        0 => view! { <span class="muted">"Nothing"</span> }.into_any(),
        n => {
            let words = if n == 1 { "1 record".to_owned() } else { format!("{n} records") };
            view! { <a href=edit.clone()>{words}</a> }.into_any()
        }
    };
    let label = format!("Edit {name}");
    view! {
        <tr role="row">
            <td role="cell" class="id-cell">{id.0}</td>
            <th role="rowheader" scope="row" class="row-head"><a href=edit.clone()>{name}</a></th>
            <td role="cell" class="wide-cell" data-label="User name">{user_name}</td>
            <td role="cell" class="wide-cell" data-label="Hosts, ports">{in_short(&destinations)}</td>
            <td role="cell" data-label="Secret">{secret}</td>
            <td role="cell" data-label="Used by">{uses}</td>
            <td role="cell" data-label="Changed"><TimeAgo at=saved_at /></td>
            <td role="cell" class="row-actions no-print"><a href=edit aria-label=label><Icon name="pencil" />"Edit"</a></td>
        </tr>
    }
}

/// How many hosts, and how many ports, are named before "and 3 more".
const NAMED: usize = 2;

/// The first hosts and ports: "a.example, b.example and 3 more; 465, 587".
fn in_short(destinations: &Destinations) -> String {
    let named = |all: Vec<String>| {
        let first = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        match all.len().saturating_sub(NAMED) {
            0 => first,
            more => format!("{first} and {more} more"),
        }
    };
    let hosts = named(destinations.hosts.iter().map(ToString::to_string).collect());
    let ports = named(destinations.ports.iter().map(ToString::to_string).collect());
    match (hosts.is_empty(), ports.is_empty()) {
        (true, _) => "No host yet".to_owned(),
        (_, true) => format!("{hosts}; no port yet"),
        _ => format!("{hosts}; {ports}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_said_in_short() {
        let check = |hosts: &[&str], ports: &[u16], said: &str| {
            let hosts = hosts.iter().filter_map(|host| model::Host::parse(host).ok()).collect();
            let destinations = Destinations { hosts, ports: ports.to_vec(), ..Destinations::default() };
            assert_eq!(in_short(&destinations), said);
        };
        check(&["a.example"], &[587], "a.example; 587");
        check(
            &["a.example", "b.example", "c.example"],
            &[25, 465, 587, 2525],
            "a.example, b.example and 1 more; 25, 465 and 2 more",
        );
        check(&[], &[], "No host yet");
        check(&["a.example"], &[], "a.example; no port yet");
    }
}
