//! The exported report as a program gets it, read back by Python: by `csv` and by `openpyxl`.

use std::process::Command;

use model::ExportFormat;
use serde_json::{Value, json};

use crate::http::{HTML, JSON, answered};
use crate::installation::{EMAIL, Installation, PATIENCE, new_account, run_on, text, until, with};

const EXPORT: &str = "/settings/email/smtp/export";
/// Rows as lists of fields, by a strict reader.
const READ: &str = "import csv, io, json, sys
rows = csv.reader(io.StringIO(sys.stdin.buffer.read().decode('utf-8-sig'), newline=''), strict=True)
print(json.dumps(list(rows)))";

/// What a workbook says of itself, and each of its cells with its type: `n` a number, `s` a text, `d` a date, `f` a
/// formula.
const READ_BOOK: &str = "import io, json, openpyxl, sys
book = openpyxl.load_workbook(io.BytesIO(sys.stdin.buffer.read()))
sheet = book.active
links = [cell.coordinate for row in sheet for cell in row if cell.hyperlink]
about = [len(book.sheetnames), sheet.title, sheet.freeze_panes, sheet.auto_filter.ref, links]
rows = [[[cell.data_type, cell.value] for cell in row] for row in sheet]
print(json.dumps([about, rows], default=str))";

const NAMES: [&str; 4] = ["Büro, \"Nord\"", "=1+1", "東京 メール", "'quoted'"];

fn by_python(program: &str, file: &[u8]) -> Value {
    let mut python = Command::new("/usr/bin/python3");
    python.args(["-c", program]);
    let read = run_on(PATIENCE, python, file);
    assert!(read.status.success(), "{}", text(&read.stderr));
    serde_json::from_slice(&read.stdout).expect("it prints JSON")
}

#[test]
fn python_reads_the_same_cells() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    for name in NAMES {
        visitor
            .post("save_account", &with(&new_account(name), &[("draft[sender]", "ops+a@nordhavn.example")]))
            .expect_status(200);
    }
    let answer = visitor.page(&format!("{EXPORT}/csv?columns=id,name,sender,enabled&sort=id")).expect_status(200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let file = answer.header("content-disposition").expect("it is a file");
    let time =
        file.strip_prefix("attachment; filename=\"smtp-configuration-").and_then(|rest| rest.strip_suffix("Z.csv\""));
    assert_eq!(time.map(|time| time.replace(|c: char| c.is_ascii_digit(), "0")).as_deref(), Some("00000000T000000"));
    let rows = by_python(READ, answer.body.as_bytes());
    let row = |id: &str, name: &str| json!([id, name, "ops+a@nordhavn.example", "Yes"]);
    let head = json!(["ID", "Name", "Sender e-mail", "Enabled"]);
    assert_eq!(rows, json!([head, row("1", NAMES[0]), row("2", "'=1+1"), row("3", NAMES[2]), row("4", NAMES[3])]));

    let begins = |query: &str| visitor.page(&format!("{EXPORT}/csv?columns=id{query}")).expect_status(200).body;
    assert!(begins("").starts_with("\u{feff}ID,Name\r\n"), "a spreadsheet knows UTF-8 by the mark");
    assert!(begins("&bom=No").starts_with("ID,Name\r\n"), "and a program wants none");

    let answer = visitor.page(&format!("{EXPORT}/json?name=nord&columns=name")).expect_status(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.json::<Value>(), json!([{ "name": NAMES[0] }]));
}

#[test]
fn openpyxl_reads_the_same_cells_of_their_types_and_no_formula() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    // Nothing listens there: the test fails at once.
    let closed = [("draft[host]", "127.0.0.1"), ("draft[port]", "1")];
    for name in NAMES.into_iter().chain(["https://nordhavn.example"]) {
        visitor.post("save_account", &with(&new_account(name), &closed)).expect_status(200);
    }
    let test = [("account", "1"), ("draft[recipient]", EMAIL), ("draft[subject]", "x"), ("draft[message]", "x")];
    visitor.post("send_test", &test).expect_status(200);
    let ended = || visitor.page(&format!("{EXPORT}/json?id=1&columns=last_test")).body.contains("Failed").then_some(());
    until("the test ends", ended);
    let query = "columns=id,name,enabled,security,credential,last_test&sort=id";
    let answer = visitor.page(&format!("{EXPORT}/xlsx?{query}")).expect_status(200);
    assert_eq!(answer.header("content-type"), Some(ExportFormat::Xlsx.media_type()));
    let file = answer.header("content-disposition").expect("it is a file");
    assert!(file.ends_with("Z.xlsx\""), "{file}");

    let read = by_python(READ_BOOK, &answer.octets);
    assert_eq!(read[0], json!([1, "SMTP configuration", "A2", "A1:G6", []]));
    let rows = read[1].as_array().expect("rows");
    let s = |text: &str| json!(["s", text]);
    let head = ["ID", "Name", "Enabled", "Secure connection", "Credential", "Last test", "Last test (UTC)"];
    assert_eq!(rows[0], json!(head.map(s)));
    let nothing = json!(["n", null]);
    for (number, (row, name)) in rows[1..].iter().zip(NAMES.into_iter().chain(["https://nordhavn.example"])).enumerate()
    {
        assert_eq!(row[0], json!(["n", number + 1]), "{row}");
        assert_eq!((&row[1], &row[2], &row[3], &row[4]), (&s(name), &s("Yes"), &s("TLS"), &nothing), "{row}");
    }
    // The text of CSV's one cell, in two.
    let csv = visitor.page(&format!("{EXPORT}/csv?columns=last_test&id=1")).expect_status(200).body;
    let at = rows[1][6][1].as_str().expect("a time").replace(' ', "T");
    assert_eq!((&rows[1][5], &rows[1][6][0]), (&s("Failed at TCP"), &json!("d")));
    assert!(csv.contains(&format!("\"Failed at TCP, {at}Z\"")), "{csv} holds {at}");
    assert_eq!((&rows[2][5], &rows[2][6]), (&nothing, &nothing));
}

#[test]
fn what_cannot_be_exported_says_why() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    let stranger = server.visitor();
    stranger.page(&format!("{EXPORT}/csv")).expect_status(303);
    for (path, status, words) in [
        ("/csv?id=1,x", 400, "ID takes whole numbers"),
        ("/pdf", 404, "Reports are exported as csv, xlsx and json, not as “pdf”."),
    ] {
        for accept in [HTML, JSON] {
            let answer = answered(visitor.say("GET", &format!("{EXPORT}{path}"), &[("accept", accept)], ""));
            assert_eq!((answer.status, answer.header("content-disposition")), (status, None), "{answer:?}");
            assert!(answer.body.contains(words), "{answer:?}");
        }
    }
}
