//! `posthouse export accounts` and `posthouse import accounts`.

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::http::{HTML, Visitor, answered};
use crate::installation::{Installation, new_account, run, text};
use crate::on_both;

on_both! {
    accounts_are_exported_edited_and_imported
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn accounts_are_exported_edited_and_imported(installation: &Installation) {
    let (_server, visitor) = installation.served();
    for name in ["=1+1", "Büro"] {
        visitor.post("save_account", &new_account(name)).expect_status(200);
    }
    fs::create_dir_all(&installation.folder).expect("a folder");
    for format in ["csv", "xlsx", "json"] {
        let file = installation.folder.join(format!("accounts.{format}"));
        let file = file.to_str().expect("the path is text");
        let exported = run(installation.program(&["export", "accounts", "--output", file]), "");
        assert_eq!(said(&exported), (Some(0), String::new(), String::new()), "{format}");
        let imported = run(installation.program(&["import", "accounts", file]), "");
        let (code, words, log) = said(&imported);
        assert_eq!((code, log.as_str()), (Some(0), ""), "{format}");
        assert!(words.ends_with("0 created, 0 changed, 2 unchanged.\n"), "{format}: {words}");
        assert!(words.contains("Not read, since it cannot be set: Last test"), "{format}: {words}");
    }
    // To standard output, and in the report's order and columns.
    let filtered = ["export", "accounts", "--filter", "sort=-id&columns=name,enabled"];
    let rows = "Name,Enabled\r\nBüro,Yes\r\n'=1+1,Yes\r\n";
    let exported = run(installation.program(&filtered), "");
    assert_eq!(said(&exported), (Some(0), format!("\u{feff}{rows}"), String::new()));
    let exported = run(installation.program(&[&filtered[..], &["--no-bom"]].concat()), "");
    assert_eq!(said(&exported), (Some(0), rows.to_owned(), String::new()));

    let file = installation.folder.join("edited.csv");
    fs::write(&file, "ID,Name,Port,Enabled\n1,=2+2,2525,Yes\n2,Büro,,No\n").expect("it is written");
    let path = file.to_str().expect("the path is text");
    let before = visitor.page("/settings/email/smtp/export/json?whole=Yes").body;
    let told = run(installation.program(&["import", "accounts", path, "--dry-run"]), "");
    let rows = "Line 2: “=2+2”: changed: Name “=1+1” → “=2+2”; Port “” → “2525”\n\
                Line 3: “Büro”: changed: Enabled “Yes” → “No”\n";
    let wanted = format!("{rows}Nothing was changed. It would be: 0 created, 2 changed, 0 unchanged.\n");
    assert_eq!(said(&told), (Some(0), wanted, String::new()));
    assert_eq!(visitor.page("/settings/email/smtp/export/json?whole=Yes").body, before);
    let made = run(installation.program(&["import", "accounts", path]), "");
    let wanted = format!("{rows}0 created, 2 changed, 0 unchanged.\nTo undo it: posthouse import undo 1\n");
    assert_eq!(said(&made), (Some(0), wanted, String::new()));
    let after: Value = visitor.page("/settings/email/smtp/export/json?whole=Yes").json();
    assert_eq!(
        (&after[0]["port"], &after[0]["name"], &after[1]["enabled"]),
        (&2525.into(), &"=2+2".into(), &false.into())
    );

    fs::write(&file, "ID,Name,Port\n1,=2+2,99999\n2,Office,25\n").expect("it is written");
    let refused = run(installation.program(&["import", "accounts", path]), "");
    let words = "Line 2: “=2+2”: refused: Port: Port is a number from 1 to 65535.\n\
                 Line 3: “Office”: changed: Name “Büro” → “Office”; Port “” → “25”\n\
                 Nothing was changed: 1 of 2 rows are refused.\n";
    assert_eq!(said(&refused), (Some(1), words.to_owned(), String::new()));
    assert_eq!(visitor.page("/settings/email/smtp/export/json?whole=Yes").json::<Value>(), after);

    let undone = run(installation.program(&["import", "undo", "1"]), "");
    assert_eq!(said(&undone), (Some(0), "2 accounts are as they were.\n".to_owned(), String::new()));
    assert_eq!(visitor.page("/settings/email/smtp/export/json?whole=Yes").body, before);
    let (code, words, log) = said(&run(installation.program(&["import", "undo", "1"]), ""));
    assert_eq!((code, words.as_str()), (Some(2), ""), "{log}");
    assert!(log.contains("This was undone already."), "{log}");
}

#[test]
fn what_is_not_done_leaves_no_file_and_one_line() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    visitor.post("save_account", &new_account("One")).expect_status(200);
    let kept = installation.folder.join("kept.csv");
    fs::write(&kept, "as it was").expect("it is written");
    let kept = kept.to_str().expect("the path is text");
    let nowhere = installation.folder.join("missing/accounts.csv");
    let nowhere = nowhere.to_str().expect("the path is text");
    let bad = installation.folder.join("bad.csv");
    fs::write(&bad, b"ID,Name\n1,B\xfcro\n").expect("it is written");
    let bad = bad.to_str().expect("the path is text");
    for (words, why) in [
        (&["export", "accounts", "--filter", "id=1,x", "--output", kept][..], "ID takes whole numbers"),
        (&["export", "accounts", "--output", nowhere], "cannot be made"),
        (&["export", "accounts", "--format", "pdf"], "the formats are csv, xlsx and json"),
        (&["import", "accounts", nowhere], "cannot be read"),
        (&["import", "accounts", bad], "Octet 4 of line 2 is not UTF-8"),
        (&["import", "accounts", bad, "--format", "xlsx"], "not a workbook"),
        (&["import", "accounts", "/dev/null"], "does not end in .csv, .xlsx or .json"),
        (&["import", "accounts", "/dev/zero", "--format", "csv"], "larger than 20 MB"),
    ] {
        let (code, out, log) = said(&run(installation.program(words), ""));
        assert_eq!((code, out.as_str()), (Some(2), ""), "{words:?}: {log}");
        assert!(log.contains(why), "{words:?}: {log}");
    }
    assert_eq!(fs::read_to_string(kept).expect("it is there"), "as it was");
    let mut left: Vec<_> = fs::read_dir(&installation.folder)
        .expect("a folder")
        .map(|entry| entry.expect("it is listed").file_name())
        .collect();
    left.retain(|name| name.to_string_lossy().ends_with(".part"));
    assert_eq!(left, Vec::<std::ffi::OsString>::new());
}

#[test]
fn the_form_of_the_page_keeps_a_file_of_up_to_20_mb() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    let headers = [("accept", HTML), ("content-type", "multipart/form-data; boundary=b")];
    let form = |file: &str| {
        let part = "--b\r\ncontent-disposition: form-data; name=";
        let file = format!("\"file\"; filename=\"accounts.csv\"\r\ncontent-type: text/csv\r\n\r\n{file}\r\n");
        format!("{part}\"list\"\r\n\r\nname=a&sort=-id\r\n{part}{file}--b--\r\n")
    };
    let post = |visitor: &Visitor, file: &str| {
        answered(visitor.say("POST", "/settings/email/smtp/import/file", &headers, &form(file)))
    };
    let answer = post(&visitor, "ID,Name\n7,Nobody\n");
    let page = answer.leads_to().to_owned();
    assert!(
        page.starts_with("/settings/email/smtp/import?file=") && page.ends_with("&list=name%3Da%26sort%3D-id"),
        "{page}"
    );
    let shown = visitor.page(&page).expect_status(200).body;
    assert!(shown.contains("There is no account 7."), "{shown}");
    assert_eq!(post(&visitor, &"x".repeat(2 * 1024 * 1024)).status, 303);
    let large = post(&visitor, &"x".repeat(21 * 1024 * 1024));
    assert_eq!((large.status, large.body.contains("more than 20 MB")), (413, true), "{}", large.body);
    assert_eq!(post(&server.visitor(), "ID\n7\n").leads_to(), "/sign-in");
    assert_eq!(post(&visitor.with_origin(Some("http://evil.example")), "ID\n7\n").status, 403);
}
