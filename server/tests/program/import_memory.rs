//! Small files that would take much memory or time, imported by the program itself: each is refused in words, and none
//! takes more than a file of the allowed size does.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::installation::{Installation, PATIENCE, run_on, run_within, text};

/// Over what the program takes for a file of one account.
const GROWTH_KB: i64 = 150 * 1024;

/// Writes the files, and prints the name of each with the words that it is refused with.
const MAKE: &str = r#"
import json, zipfile
said = {}
def write(name, words, data):
    said[name] = words
    with open(name, 'wb') as file:
        file.write(data)
HEAD = '<row><c t="inlineStr"><is><t>ID</t></is></c><c t="inlineStr"><is><t>Name</t></is></c></row>'
TYPES = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
def relations(pairs):
    items = ''.join(f'<Relationship Id="{id}" Type="{TYPES}{kind}" Target="{to}"/>' for id, kind, to in pairs)
    return f'<Relationships>{items}</Relationships>'
def book(name, words, rows='', texts='', more={}, head=HEAD):
    said[name] = words
    with zipfile.ZipFile(name, 'w', zipfile.ZIP_DEFLATED) as to:
        to.writestr('[Content_Types].xml', '<Types/>')
        to.writestr('_rels/.rels', relations([('r1', 'officeDocument', 'xl/workbook.xml')]))
        to.writestr('xl/workbook.xml', f'<workbook xmlns:r="{TYPES[:-1]}"><sheets><sheet name="a" r:id="s1"/></sheets></workbook>')
        to.writestr('xl/_rels/workbook.xml.rels', relations([('s1', 'worksheet', 'worksheets/sheet1.xml'),
            ('s2', 'sharedStrings', 'sharedStrings.xml'), ('s3', 'styles', 'styles.xml')]))
        to.writestr('xl/sharedStrings.xml', f'<sst>{texts}</sst>')
        to.writestr('xl/worksheets/sheet1.xml', f'<worksheet><sheetData>{head}{rows}</sheetData></worksheet>')
        for part, data in more.items():
            to.writestr(part, data)
MB = 1024 * 1024
shared = '<row><c><v>1</v></c>' + '<c t="s"><v>0</v></c>' + '</row>'
book('one.xlsx', 'There is no account 1.', '<row><c><v>1</v></c></row>')
book('shared.xlsx', 'Cell B2 has more than 32,767 characters', shared * 100, f'<si><t>{"x" * 1000000}</t></si>')
book('shared-often.xlsx', 'more than 24 MB of text', shared * 10000, f'<si><t>{"x" * 32767}</t></si>')
book('shared-rich.xlsx', 'Cell B2 has more than 32,767 characters', shared, f'<si>{("<r><t>" + "x" * 1000 + "</t></r>") * 30000}</si>')
book('many-shared.xlsx', '250,000 texts', shared, '<si/>' * 250001)
book('much-shared.xlsx', 'more than 24 MB of text', shared, f'<si><t>{"x" * 32000}</t></si>' * 1900)
book('inline.xlsx', 'Cell B2 has more than 32,767 characters', f'<row><c r="B2" t="inlineStr"><is><t>{"x" * (50 * MB)}</t></is></c></row>')
book('empty-cells.xlsx', 'no account below it', '<row>' + '<c/>' * 300000 + '</row>')
book('far.xlsx', 'Row 2 has more than 32 columns', '<row><c r="XFD2"><v>1</v></c></row>')
book('columns.xlsx', 'more than 32 columns', head='<row>' + '<c t="inlineStr"><is><t>ID</t></is></c>' * 16384 + '</row>')
book('bomb.xlsx', 'more than 64 MB', ' ' * (200 * MB))
book('comment.xlsx', 'not a workbook', '<!--' + '&<' * (20 * MB) + '-->')
book('attribute.xlsx', 'not a workbook', f'<row r="{"1" * (50 * MB)}"></row>')
book('styles.xlsx', 'There is no account 1.', '<row><c s="1"><v>1</v></c></row>', more={'xl/styles.xml':
    f'<styleSheet><fonts><font><name val="{"x" * 100000}"/></font></fonts><cellXfs>{"<xf fontId=%s0%s></xf>" % (chr(34), chr(34)) * 3000}</cellXfs></styleSheet>'})
book('parts.xlsx', 'more than 1,000 parts', more={f'p{n}': '' for n in range(100000)})
write('columns.csv', 'more than 32 columns', b'ID,Name' + b',' * (19 * MB) + b'\n1,Uno\n')
write('columns-below.csv', 'Line 2 has more than 32 columns', b'ID,Name\n' + b',' * (19 * MB))
write('cell.csv', 'Line 2: column 2 has more than 32,767 characters', b'ID,Name\n1,' + b'x' * (19 * MB))
write('quote.csv', 'Line 2: column 2 has more than 32,767 characters', b'ID,Name\n1,"' + b'x,\n' * (6 * MB))
write('cells.csv', 'Line 2: Name has more than 32,767 characters', b'ID,Name\n1,' + b'x' * 32768 + b'\n')
rows = b''.join(b'%d,%s,%s\n' % (n, b'x' * 1000, b'y' * 800) for n in range(9999))
write('rows.csv', 'refused', b'ID,Name,Enabled\n' + rows)
rows = b''.join(b'%d%s,%s,%s\n' % (n, b'x' * 600, b'y' * 600, b'z' * 600) for n in range(9999))
write('new.csv', 'refused', b'Name,Sender e-mail,Host SMTP\n' + rows)
write('lines.csv', 'no account below it', b'ID,Name' + b'\n' * (19 * MB))
write('cell.json', 'Entry 1: Name has more than 32,767 characters', b'[{"id":1,"name":"' + b'x' * (19 * MB) + b'"}]')
write('escapes.json', 'Entry 1: Name has more than 32,767 characters', b'[{"id":1,"name":"' + b'\\n' * (9 * MB) + b'"}]')
write('key.json', 'no column of an account', b'[{"' + b'x' * (19 * MB) + b'":1}]')
write('nested.json', 'cannot be read as JSON', b'[' * (19 * MB))
write('nested-value.json', 'cannot be read as JSON', b'[{"id":1,"last_test":' + b'[' * (19 * MB))
write('nested-objects.json', 'cannot be read as JSON', b'[{"id":' * (2 * MB))
write('number.json', 'cannot be read as JSON', b'[{"id":' + b'1' * (19 * MB) + b'}]')
write('same.json', 'no account below it', b'[]' + b' ' * (19 * MB))
write('keys.json', 'There is no account 1.', b'[{"id":1' + b',"last_test":null' * MB + b'}]')
print(json.dumps(said))
"#;

/// Runs a program to its end, and prints its exit code, what it said, and the most memory that it took, in kB.
const MEASURE: &str = "
import json, resource, subprocess, sys
ended = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, capture_output=True)
most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
said = ended.stdout[:4000] + ended.stdout[-4000:] + ended.stderr[:4000]
print(json.dumps([ended.returncode, said.decode('utf-8', 'replace'), most]))";

struct Ended {
    code: i64,
    said: String,
    most_kb: i64,
}

fn imported(installation: &Installation, name: &str) -> Ended {
    let program = installation.program(&["import", "accounts", name, "--dry-run"]);
    let mut python = Command::new("/usr/bin/python3");
    python.current_dir(&installation.folder).args(["-c", MEASURE]).arg(program.get_program()).args(program.get_args());
    let ended = run_within(PATIENCE, python, "");
    let measured: Value = serde_json::from_slice(&ended.stdout).unwrap_or_else(|error| {
        panic!("{name}: {error}: {}", text(&ended.stderr));
    });
    let number = |at: usize| measured[at].as_i64().expect("a number");
    Ended { code: number(0), said: measured[1].as_str().expect("a text").to_owned(), most_kb: number(2) }
}

#[test]
fn a_hostile_file_takes_no_more_memory_than_an_honest_one_may() {
    let installation = Installation::sqlite();
    fs::create_dir_all(&installation.folder).expect("a folder");
    let mut python = Command::new("/usr/bin/python3");
    python.current_dir(&installation.folder).args(["-c", MAKE]);
    let made = run_on(PATIENCE, python, b"");
    assert!(made.status.success(), "{}", text(&made.stderr));
    let files: std::collections::BTreeMap<String, String> =
        serde_json::from_slice(&made.stdout).expect("it prints JSON");
    let honest = imported(&installation, "one.xlsx");
    assert_eq!(honest.code, 1, "{}", honest.said);
    let mut failed = Vec::new();
    for (name, words) in &files {
        let Ended { code, said, most_kb } = imported(&installation, name);
        let growth = most_kb - honest.most_kb;
        // A busy machine may come to the limit of time first.
        let is_told = said.contains(words) || said.contains("takes longer than 20 seconds");
        if !(1..=2).contains(&code) || !is_told || growth > GROWTH_KB {
            let said: String = said.chars().take(300).collect();
            failed.push(format!("{name}: exit code {code}, {growth} kB more, “{words}” in: {said}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
