//! The list of network connectors.

use leptos::prelude::*;
use model::{ConnectorColumn, ConnectorFilter, ConnectorPage, ConnectorRow};

use crate::api::connectors::list_connectors;
use crate::components::icon::Icon;
use crate::components::list::latest::Asking;
use crate::components::list::page::{Head, Records};
use crate::components::list::section::Words;
use crate::paths;
use crate::sections::{self, Section};

impl Records for ConnectorFilter {
    type Row = ConnectorRow;

    const SECTION: Section = sections::CONNECTORS;
    const WORDS: &'static Words = &Words {
        region: "List",
        one: "network connector",
        icon: "waypoints",
        first: "Register the proxy that mail servers are reached through. Accounts without one connect directly.",
        new: Some(paths::new_connector),
    };
    const HEADS: &'static [Head<Self::Column>] = &[
        Head { label: "ID", column: Some(ConnectorColumn::Id), class: "id-column" },
        Head { label: "Name", column: Some(ConnectorColumn::Name), class: "row-head" },
        Head { label: "Kind", column: Some(ConnectorColumn::Kind), class: "medium-column" },
        Head { label: "Proxy", column: Some(ConnectorColumn::Host), class: "" },
        Head { label: "Credential", column: None, class: "" },
        Head { label: "Used by", column: None, class: "short-column" },
    ];

    fn ask(self) -> Asking<ConnectorPage> {
        Box::pin(list_connectors(self))
    }

    fn row(row: Self::Row, list: &str) -> AnyView {
        shown(row, list).into_any()
    }
}

fn shown(row: ConnectorRow, list: &str) -> impl IntoView {
    let ConnectorRow { id, name, kind, host, port, resolves_names, credential, used_by, saved_at: _ } = row;
    let (edit, check) = (paths::edit_connector(id, list), paths::check_connector(id, list));
    let credential = match credential {
        Some(name) => name.into_any(),
        None => view! { <span class="muted">"None"</span> }.into_any(),
    };
    let uses = match used_by {
        0 => view! { <span class="muted">"Nothing"</span> }.into_any(),
        n => {
            let words = if n == 1 { "1 account".to_owned() } else { format!("{n} accounts") };
            view! { <a href=paths::accounts_through_connector(&name)>{words}</a> }.into_any()
        }
    };
    let resolves = resolves_names.then(|| view! { <span class="muted">", resolves names itself"</span> });
    let (edit_label, check_label) = (format!("Edit {name}"), format!("Check {name}"));
    view! {
        <tr role="row">
            <td role="cell" class="id-cell">{id.0}</td>
            <th role="rowheader" scope="row" class="row-head"><a href=edit.clone()>{name}</a></th>
            <td role="cell" data-label="Kind">{kind.label()}{resolves}</td>
            <td role="cell" class="wide-cell" data-label="Proxy">{host.with_port(port)}</td>
            <td role="cell" data-label="Credential">{credential}</td>
            <td role="cell" data-label="Used by">{uses}</td>
            <td role="cell" class="row-actions no-print">
                <a href=edit aria-label=edit_label><Icon name="pencil" />"Edit"</a>
                <a href=check aria-label=check_label><Icon name="waypoints" />"Check"</a>
            </td>
        </tr>
    }
}
