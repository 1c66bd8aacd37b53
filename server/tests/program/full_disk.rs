//! A disk that is full: what cannot be kept is refused with words, nothing is half done, and it goes on with new room.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use model::{AccountFilter, AccountPage, Problem};
use serde_json::json;

use crate::http::Visitor;
use crate::installation::{Installation, Server, binary, new_account, until};

/// The disk's size: several times what the program's files take at first.
const SIZE: &str = "size=24m,mode=0700";
/// More saves than fit into what the files had already taken of the disk.
const SAVES: u32 = 2_000;

/// The program with its data on a small disk of its own, which nobody else sees: a file system in memory.
fn serve_on_small_disk(installation: &Installation) -> Server {
    std::fs::create_dir_all(installation.data_dir()).expect("a folder can be made");
    let mut program = Command::new("unshare");
    program.args(["--map-root-user", "--mount", "sh", "-c"]);
    program.arg(format!("mount -t tmpfs -o {SIZE} tmpfs \"$1\" && shift && exec \"$@\"")).arg("sh");
    program.arg(installation.data_dir()).arg(binary()).args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]);
    program.arg(installation.data_dir()).current_dir(&installation.folder).env_remove("RUST_LOG");
    Server::start(program)
}

/// Takes all room that is left on the server's disk.
fn fill(installation: &Installation, server: &Server) -> PathBuf {
    let seen_by_server = format!("/proc/{}/root{}", server.id(), installation.data_dir().display());
    let path = PathBuf::from(seen_by_server).join("fill");
    let mut file = File::create(&path).expect("there is room for a name");
    for size in [1 << 16, 1] {
        let piece = vec![b'x'; size];
        while file.write_all(&piece).is_ok() {}
    }
    path
}

fn names(visitor: &Visitor) -> u64 {
    let filter = json!({ "filter": AccountFilter::default() });
    let page: AccountPage = visitor.call("list_accounts", &filter).expect_status(200).json();
    page.total
}

#[test]
fn a_full_disk_refuses_saves_with_words_and_loses_nothing() {
    let installation = Installation::sqlite();
    let server = serve_on_small_disk(&installation);
    let visitor = server.set_up();
    visitor.post("save_account", &new_account("Before")).expect_status(200);

    let filled = fill(&installation, &server);
    let mut kept = 1;
    let refused = (0..SAVES).find_map(|number| {
        let answer = visitor.post("save_account", &new_account(&format!("Account {number}")));
        if answer.status == 200 {
            kept += 1;
            return None;
        }
        Some(answer.expect_status(503))
    });
    let refused = refused.expect("the disk is full");
    let words = "The database cannot be written to. Nothing was changed; the server's log says why.";
    assert_eq!(refused.json::<Problem>(), Problem::Unavailable(words.to_owned()));
    until("why, in its log", || server.log().contains("the database cannot be written to").then_some(()));
    // What only reads goes on.
    assert_eq!(names(&visitor), kept);
    visitor.page("/settings/email/smtp").expect_status(200);

    std::fs::remove_file(filled).expect("it is there");
    visitor.post("save_account", &new_account("After")).expect_status(200);
    assert_eq!(names(&visitor), kept + 1);
    server.signal("TERM");
    let (code, log) = server.end();
    assert_eq!(code, Some(0), "{log}");
}
