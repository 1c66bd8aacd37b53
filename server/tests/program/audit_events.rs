//! The audit events in a server's log.

use serde::Deserialize;
use serde_json::Value;

use crate::http::HttpResponse;
use crate::installation::{Installation, Server, until};

/// An event as its line in the log says it.
#[derive(Clone, Debug, Deserialize)]
pub struct Event {
    pub action: String,
    pub outcome: String,
    pub resource: Option<String>,
    pub detail: Option<String>,
    pub user: Option<i64>,
    pub email: Option<String>,
    pub origin: String,
    pub address: Option<String>,
    pub request_id: Option<String>,
    pub uid: Option<u32>,
    pub sudo_uid: Option<u32>,
}

/// A server whose log is JSON.
pub fn serve(installation: &Installation) -> Server {
    Server::start(installation.program(&["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]))
}

/// All events of a log, in its order.
pub fn events(log: &str) -> Vec<Event> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let events = lines.filter(|line| line["target"] == "posthouse::audit");
    events.map(|event| serde_json::from_value(event).expect("an event has these fields")).collect()
}

/// The events of the request with this answer, once there are so many.
pub fn events_of(server: &Server, answer: &HttpResponse, count: usize) -> Vec<Event> {
    let id = answer.header("x-request-id").expect("an answer names its request");
    until("its audit events", || {
        let mut all = events(&server.log());
        all.retain(|event| event.request_id.as_deref() == Some(id));
        (all.len() >= count).then_some(all)
    })
}
