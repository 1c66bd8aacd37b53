//! Files as spreadsheets write them: what they add is passed over, and what they make of a cell is taken back or said.

use backend::Import;
use model::{Actor, ExportFormat, Imported, Problem};
use rust_xlsxwriter::{Format, Workbook};

use crate::context::{TestContext, draft};
use crate::import::{counts, errors, export, import};
use crate::on_both;

on_both! {
    what_a_spreadsheet_adds_to_csv_is_passed_over
    a_line_is_counted_by_whatever_ends_it
    the_sheet_that_holds_accounts_is_read_and_named
    a_workbook_without_accounts_says_which_sheet_was_looked_at
    a_date_is_no_name
    csv_that_a_spreadsheet_saved_as_a_workbook_changes_nothing
}

async fn two(context: &TestContext) -> Actor {
    let actor = context.actor().await;
    for name in ["One", "=Two"] {
        context.create(&actor, &draft(name)).await;
    }
    actor
}

async fn preview(
    context: &TestContext,
    actor: &Actor,
    file: Vec<u8>,
    format: ExportFormat,
) -> Result<Imported, String> {
    let told = context.backend.import_accounts(actor, file, format, Import::Preview).await;
    told.map_err(|problem| match problem {
        Problem::Malformed(text) => text,
        other => panic!("{other:?}"),
    })
}

async fn what_a_spreadsheet_adds_to_csv_is_passed_over(context: &TestContext) {
    let actor = two(context).await;
    for (file, place, note) in [
        ("sep=;\r\nID;Name;Port\r\n1;One;2525\r\n", "Line 3", ""),
        ("\u{feff}\"sep=,\"\r\nID,Name,Port\r\n1,One,2525\r\n", "Line 3", ""),
        ("SEP=|\nID|Name|Port\n1|One|2525\n", "Line 3", ""),
        // The head says otherwise.
        ("sep=;\nID,Name,Port\n1,One,2525\n", "Line 3", ""),
        ("ID\tName\tPort\n1\tOne\t2525\n", "Line 2", ""),
        ("\"ID\";\"Name\";\"Port\"\n\"1\";\"One\";\"2525\"\n", "Line 2", ""),
        ("ID;Name;Port\r\n1;One;2525\r\n;;\r\n;;\r\n", "Line 2", ""),
        ("ID,Name,Port,,\n1,One,2525,,\n,,,,\n", "Line 2", ""),
        ("ID,Name,Port\n1,One,2525,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n", "Line 2", ""),
        ("ID,,Name,Port\n1,,One,2525\n", "Line 2", ""),
        (
            "SMTP accounts, 2026;;\n;;\nID;Name;Port\n1;One;2525\n",
            "Line 4",
            "Line 1 stands above the head and was not read.",
        ),
        (
            "Accounts\nof Nordhavn\n\nID,Name,Port\n1,One,2525\n",
            "Line 5",
            "Lines 1 to 2 stand above the head and were not read.",
        ),
    ] {
        let told = preview(context, &actor, file.into(), ExportFormat::Csv).await.expect(file);
        assert_eq!(told.counts(), counts(0, 1, 0, 0), "{file:?}: {:?}", errors(&told));
        assert_eq!((told.rows[0].place.as_str(), told.notes.join(" ").as_str()), (place, note), "{file:?}");
    }
    for (file, words) in [
        ("ID,Name\n1,One,,x\n", "Line 2 has 4 columns, and the head has 2."),
        ("ID,Name,Port\n1,One\n", "Line 2 has 2 columns, and the head has 3."),
        ("ID,,Name\n1,x,One\n", "Column 2 of line 2 has no head."),
        ("sep=;\nColour;Size\nred;1\n", "Column 1 of the head is “Colour”"),
        ("sep=\nID,Name\n1,One\n", "Line 2"),
    ] {
        match preview(context, &actor, file.into(), ExportFormat::Csv).await {
            Err(said) => assert!(said.contains(words), "{file:?}: {said}"),
            // It is a title like any other.
            Ok(told) => assert_eq!(told.notes, ["Line 1 stands above the head and was not read."], "{file:?}"),
        }
    }
    let long = format!("{}ID,Name\n1,One\n", "a title\n".repeat(20));
    let said = preview(context, &actor, long.into(), ExportFormat::Csv).await.expect_err("the head is too far below");
    assert!(said.contains("Column 1 of the head is “a title”"), "{said}");
}

async fn a_line_is_counted_by_whatever_ends_it(context: &TestContext) {
    let actor = two(context).await;
    for end in ["\n", "\r\n", "\r"] {
        let file = ["ID,Name", "1,\"One", "and more\"", "", "7,Seven", ""].join(end);
        let told = preview(context, &actor, file.into(), ExportFormat::Csv).await.expect("it is read");
        let places: Vec<_> = told.rows.iter().map(|row| row.place.as_str()).collect();
        assert_eq!(places, ["Line 2", "Line 5"], "{end:?}");
    }
}

/// A workbook of these sheets; a name that begins with "-" is that of a hidden one.
fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, rows) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(name.trim_start_matches('-')).expect("a name").set_hidden(name.starts_with('-'));
        for (row, cells) in (0..).zip(*rows) {
            for (column, cell) in (0..).zip(*cells) {
                sheet.write_string(row, column, *cell).expect("a cell");
            }
        }
    }
    // The first sheet is shown and chosen, unless another one is.
    if let Some(shown) = sheets.iter().position(|(name, _)| !name.starts_with('-')) {
        book.worksheet_from_index(shown).expect("it is there").set_active(true).set_first_tab(true);
    }
    book.save_to_buffer().expect("it is written")
}

const ACCOUNTS: &[&[&str]] = &[&["ID", "Name", "Port"], &["1", "One", "2525"]];

async fn the_sheet_that_holds_accounts_is_read_and_named(context: &TestContext) {
    let actor = two(context).await;
    let titled: &[&[&str]] =
        &[&["Our accounts"], &[], &["ID", "Name", "Port", ""], &["1", "One", "2525"], &["", " ", ""]];
    let other: &[&[&str]] = &[&["Colour", "Size"], &["red", "1"]];
    let read = "The sheet “Accounts” was read, and none of the others.";
    for (sheets, place, notes) in [
        (&[("Accounts", ACCOUNTS)][..], "Row 2", &[][..]),
        (&[("Accounts", titled)], "Row 4", &["Row 1 stands above the head and was not read."]),
        (&[("Accounts", ACCOUNTS), ("Colours", other)], "Row 2", &[read]),
        (&[("Colours", other), ("Accounts", ACCOUNTS)], "Row 2", &[read]),
        (
            &[("-Old", ACCOUNTS), ("Accounts", titled)],
            "Row 4",
            &[read, "Row 1 stands above the head and was not read."],
        ),
        (&[("Empty", &[]), ("Accounts", ACCOUNTS)], "Row 2", &[read]),
    ] {
        let told = preview(context, &actor, workbook(sheets), ExportFormat::Xlsx).await.expect("it is read");
        assert_eq!(told.counts(), counts(0, 1, 0, 0), "{sheets:?}: {:?}", errors(&told));
        assert_eq!(
            (told.rows[0].place.as_str(), &told.notes[..]),
            (place, &notes.iter().map(ToString::to_string).collect::<Vec<_>>()[..])
        );
    }
}

async fn a_workbook_without_accounts_says_which_sheet_was_looked_at(context: &TestContext) {
    let actor = two(context).await;
    let other: &[&[&str]] = &[&["Colour", "Size"], &["red", "1"]];
    let near: &[&[&str]] = &[&["ID", "Name", "Colour"], &["1", "One", "red"]];
    let wrong: &[&[&str]] = &[&["ID", "Name"], &["1", "One", "", "red"]];
    for (sheets, words) in [
        (&[("One", other)][..], "Column 1 of the head is “Colour”"),
        (&[("Colours", other), ("Accounts", near)], "Sheet “Accounts”: Column 3 of the head is “Colour”"),
        (&[("Colours", other), ("-Accounts", ACCOUNTS)], "Sheet “Colours”: Column 1 of the head is “Colour”"),
        (&[("Accounts", wrong), ("More", ACCOUNTS)], "Sheet “Accounts”: Cell D2 has no head."),
    ] {
        let said = preview(context, &actor, workbook(sheets), ExportFormat::Xlsx).await.expect_err(words);
        assert!(said.starts_with(words), "{said}");
    }
}

async fn a_date_is_no_name(context: &TestContext) {
    let actor = two(context).await;
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, head) in (0..).zip(["ID", "Name", "Port", "Last test (UTC)"]) {
        sheet.write_string(0, column, head).expect("a cell");
    }
    let formats = ["yyyy-mm-dd", "hh:mm:ss", "[h]:mm", "d mmm", "0.00", "General"];
    for (row, format) in (1..).zip(formats) {
        sheet.write_number(row, 0, 1).expect("a cell");
        sheet.write_number_with_format(row, 1, 46_354.5, &Format::new().set_num_format(format)).expect("a cell");
        // Of a column that is not read it may be one.
        sheet.write_number_with_format(row, 3, 46_354, &Format::new().set_num_format("yyyy-mm-dd")).expect("a cell");
    }
    sheet.write_number(1, 2, 587).expect("a cell");
    let file = book.save_to_buffer().expect("it is written");
    let told = preview(context, &actor, file, ExportFormat::Xlsx).await.expect("it is read");
    let said = errors(&told);
    for row in 2..=5 {
        let wanted = format!("Row {row}: Name: The cell holds a date, a time or a duration, and an account has none.");
        assert!(said.iter().any(|said| said.starts_with(&wanted)), "{said:?}");
    }
    assert!(
        !said.iter().any(|said| said.contains("Row 6: Name: The cell") || said.contains("Row 7: Name: The cell")),
        "{said:?}"
    );
}

async fn csv_that_a_spreadsheet_saved_as_a_workbook_changes_nothing(context: &TestContext) {
    let actor = two(context).await;
    for name in ["+31", "-1", "@home", "'=quoted", "''-twice", "'plain'"] {
        context.create(&actor, &draft(name)).await;
    }
    for format in ExportFormat::ALL {
        let file = export(context, &actor, format).await;
        assert_eq!(import(context, &actor, file, format).await.counts(), counts(0, 0, 8, 0), "{format:?}");
    }
    // Opened as text and saved: each field is a text.
    let file = export(context, &actor, ExportFormat::Csv).await;
    let mut fields = csv::ReaderBuilder::new().has_headers(false).from_reader(&file["\u{feff}".len()..]);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, record) in (0..).zip(fields.records()) {
        for (column, field) in (0..).zip(&record.expect("it is CSV")) {
            sheet.write_string(row, column, field).expect("a cell");
        }
    }
    let file = book.save_to_buffer().expect("it is written");
    let told = import(context, &actor, file, ExportFormat::Xlsx).await;
    assert_eq!(told.counts(), counts(0, 0, 8, 0), "{:?}", told.rows);
}
