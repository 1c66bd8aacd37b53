//! The exported report as a program gets it, read back by Python's `csv`.

use std::process::Command;

use serde_json::{Value, json};

use crate::http::{HTML, JSON, answered};
use crate::world::{World, new_account, run, text, with};

const EXPORT: &str = "/settings/email/smtp/export";
/// Rows as lists of fields, by a strict reader.
const READ: &str = "import csv, io, json, sys
rows = csv.reader(io.StringIO(sys.stdin.buffer.read().decode('utf-8'), newline=''), strict=True)
print(json.dumps(list(rows)))";

const NAMES: [&str; 4] = ["Büro, \"Nord\"", "=1+1", "東京 メール", "'quoted'"];

#[test]
fn python_reads_the_same_cells() {
    let world = World::sqlite();
    let (_server, visitor) = world.served();
    for name in NAMES {
        visitor
            .post("save_account", &with(&new_account(name), &[("draft[sender]", "ops+a@nordhavn.example")]))
            .expect_status(200);
    }
    let answer = visitor.page(&format!("{EXPORT}/csv?columns=id,name,sender,enabled&sort=id")).expect_status(200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let file = answer.header("content-disposition").expect("it is a file");
    let time =
        file.strip_prefix("attachment; filename=\"smtp-configuration-").and_then(|rest| rest.strip_suffix("Z.csv\""));
    assert_eq!(time.map(|time| time.replace(|c: char| c.is_ascii_digit(), "0")).as_deref(), Some("00000000T000000"));
    let mut python = Command::new("python3");
    python.args(["-c", READ]);
    let read = run(python, &answer.body);
    assert!(read.status.success(), "{}", text(&read.stderr));
    let rows: Value = serde_json::from_slice(&read.stdout).expect("it prints JSON");
    let row = |id: &str, name: &str| json!([id, name, "ops+a@nordhavn.example", "Yes"]);
    let head = json!(["ID", "Name", "Sender e-mail", "Enabled"]);
    assert_eq!(rows, json!([head, row("1", NAMES[0]), row("2", "'=1+1"), row("3", NAMES[2]), row("4", NAMES[3])]));

    let answer = visitor.page(&format!("{EXPORT}/json?name=nord&columns=name")).expect_status(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.json::<Value>(), json!([{ "name": NAMES[0] }]));
}

#[test]
fn what_cannot_be_exported_says_why() {
    let world = World::sqlite();
    let (server, visitor) = world.served();
    let stranger = server.visitor();
    stranger.page(&format!("{EXPORT}/csv")).expect_status(303);
    for (path, status, words) in [
        ("/csv?id=1,x", 400, "ID takes whole numbers"),
        ("/pdf", 404, "Reports are exported as csv and json, not as “pdf”."),
    ] {
        for accept in [HTML, JSON] {
            let answer = answered(visitor.say("GET", &format!("{EXPORT}{path}"), &[("accept", accept)], ""));
            assert_eq!((answer.status, answer.header("content-disposition")), (status, None), "{answer:?}");
            assert!(answer.body.contains(words), "{answer:?}");
        }
    }
}
