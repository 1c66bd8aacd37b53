//! A running `posthouse serve`: where it is, what it writes, and its end.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::http::{HttpResponse, Visitor};
use crate::installation::{EMAIL, PASSWORD, PATIENCE, await_end, text, until};

/// A running `posthouse serve`.
pub struct Server {
    child: Child,
    /// `127.0.0.1:PORT`
    pub address: String,
    /// What it prints at its start.
    pub announced: String,
    log: Arc<Mutex<String>>,
    /// All that came on standard output.
    printed: Arc<Mutex<String>>,
    logging: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts it, and reads where it is.
    pub fn start(mut program: Command) -> Self {
        program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().expect("the program starts");
        let stdout = child.stdout.take().expect("it was piped");
        let stderr = child.stderr.take().expect("it was piped");
        let log = Arc::new(Mutex::new(String::new()));
        let logging = {
            let log = Arc::clone(&log);
            std::thread::spawn(move || {
                for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                    let mut log = log.lock().expect("nobody panics with it");
                    log.push_str(&line);
                    log.push('\n');
                }
            })
        };
        let (sender, receiver) = std::sync::mpsc::channel();
        let printed = Arc::new(Mutex::new(String::new()));
        {
            let printed = Arc::clone(&printed);
            std::thread::spawn(move || {
                // What comes in one piece is read in one piece.
                let mut stdout = stdout;
                let mut bytes = [0; 4096];
                while let Ok(count @ 1..) = stdout.read(&mut bytes) {
                    printed.lock().expect("nobody panics with it").push_str(&text(&bytes[..count]));
                    let _gone = sender.send(text(&bytes[..count]));
                }
            });
        }
        let (address, announced) = (String::new(), String::new());
        let mut server = Self { child, address, announced, log, printed, logging: Some(logging) };
        let end = Instant::now() + PATIENCE;
        while server.address.is_empty() {
            if let Ok(piece) = receiver.recv_timeout(Duration::from_millis(5)) {
                server.announced.push_str(&piece);
            }
            let said = format!("{}{}", server.announced, server.log());
            server.address = address_in(&said).unwrap_or_default();
            let ended = server.child.try_wait().expect("it can be waited for");
            assert!(ended.is_none() && Instant::now() < end, "the server did not start: {ended:?} {said}");
        }
        server
    }

    /// What it has written to standard error so far.
    pub fn log(&self) -> String {
        self.log.lock().expect("nobody panics with it").clone()
    }

    /// What it has written to standard output so far.
    pub fn printed(&self) -> String {
        self.printed.lock().expect("nobody panics with it").clone()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn visitor(&self) -> Visitor {
        Visitor::new(&self.address)
    }

    /// The one-time set-up link's token.
    pub fn token(&self) -> String {
        let said = until("a set-up link", || {
            let said = format!("{}{}", self.announced, self.log());
            Some(self.link_in_file(&said)?.split_once("/set-up?token=")?.1.to_owned())
        });
        said.chars().take_while(char::is_ascii_alphanumeric).collect()
    }

    /// The set-up link, which is in a file that the server names: in text at the end of a line, in JSON as a field. The
    /// server may have file systems that nobody else sees.
    fn link_in_file(&self, said: &str) -> Option<String> {
        let file = said.split_once("by the link in ")?.1.split(['\n', '"']).next()?;
        std::fs::read_to_string(format!("/proc/{}/root{file}", self.id())).ok()
    }

    /// Makes the first administrator, who is then signed in.
    pub fn set_up(&self) -> Visitor {
        let mut visitor = self.visitor();
        let token = self.token();
        let form = [("token", token.as_str()), ("email", EMAIL), ("password", PASSWORD)];
        visitor.keep(&visitor.post("set_up", &form).expect_status(200));
        visitor
    }

    pub fn sign_in(&self) -> Visitor {
        self.sign_in_as(EMAIL, PASSWORD)
    }

    pub fn sign_in_as(&self, email: &str, password: &str) -> Visitor {
        let mut visitor = self.visitor();
        visitor.keep(&self.try_sign_in(email, password).expect_status(200));
        visitor
    }

    pub fn try_sign_in(&self, email: &str, password: &str) -> HttpResponse {
        self.visitor().post("sign_in", &[("email", email), ("password", password)])
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill is there").success(), "the server runs");
    }

    /// Whether it has ended, and how.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it can be waited for")
    }

    /// Waits for its end; gives the exit code and the whole log.
    pub fn end(mut self) -> (Option<i32>, String) {
        let status = await_end(&mut self.child, PATIENCE);
        self.logging.take().expect("it is waited for once").join().expect("it reads to the end");
        (status.code(), self.log())
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it was started here");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended, as the test wanted.
        let _ended = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// The address that a server says it listens on, in text or in JSON.
fn address_in(said: &str) -> Option<String> {
    let line = said.lines().find(|line| line.contains("Posthouse"))?;
    // A line is whole once its end has come.
    said.contains('\n').then_some(())?;
    let places = ["listening on ", "\"address\":\"", "is at http://", "is at https://"];
    let rest = places.iter().find_map(|place| Some(line.split_once(place)?.1))?;
    Some(rest.split(['"', ' ', '/']).next()?.to_owned())
}
