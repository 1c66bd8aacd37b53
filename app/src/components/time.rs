//! Times: the server writes exact UTC; once WebAssembly runs, the same element says how long ago, and the exact time
//! on hover, focus, tap and in print.

use leptos::prelude::*;
use model::Moment;

use super::page::Shared;

#[component]
pub fn TimeAgo(at: Moment) -> impl IntoView {
    let shared: Shared = expect_context();
    let exact = at.to_string();
    let shown = {
        let exact = exact.clone();
        move || if shared.started.get() { ago(at, js_sys::Date::now()) } else { exact.clone() }
    };
    view! { <time datetime=at.to_rfc3339() title=exact tabindex="0">{shown}</time> }
}

/// "now", "12 min", "2 h", "3 d": how long before `now`, given in milliseconds since 1970.
fn ago(at: Moment, now: f64) -> String {
    let seconds = (now / 1_000.0 - at.0 as f64 / 1_000_000.0).max(0.0) as u64;
    match seconds {
        0..60 => "now".to_owned(),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago_is_said_in_the_largest_unit() {
        let check = |seconds: i64, said: &str| assert_eq!(ago(Moment(0), seconds as f64 * 1_000.0), said);
        check(-5, "now");
        check(59, "now");
        check(60, "1 min");
        check(3_599, "59 min");
        check(7_300, "2 h");
        check(86_400 * 40, "40 d");
    }
}
