//! A disk of a test's own, whose power can be cut: ext4 on a loop device, which nobody else sees.
//!
//! What was not written through to the disk is lost, as the file system's ioctl for that has it. A disk that says that
//! it wrote what it did not is not shown by it.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

const SIZE: u64 = 128 * 1024 * 1024;

pub struct Disk {
    pub folder: PathBuf,
    /// Holds the mount, and does what it is told.
    holder: Child,
    words: ChildStdin,
    answers: Mutex<BufReader<ChildStdout>>,
}

impl Disk {
    /// A new one of this name.
    pub fn new(within: &Path, name: &str) -> Self {
        let (image, folder) = (within.join(format!("{name}.img")), within.join(name));
        let made = File::create_new(&image).and_then(|file| file.set_len(SIZE));
        made.and_then(|()| std::fs::create_dir(&folder)).expect("there is room in the temporary folder");
        let made = Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image).output();
        let made = made.unwrap_or_else(|error| panic!("a power cut needs mkfs.ext4 (e2fsprogs): {error}"));
        assert!(made.status.success(), "mkfs.ext4: {}", String::from_utf8_lossy(&made.stderr));
        let mut holder = Command::new("unshare");
        holder.args(["--mount", "/usr/bin/python3", "-c", include_str!("disk.py")]).args([&image, &folder]);
        let mut holder = holder.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("unshare is there");
        let (words, answers) = (holder.stdin.take(), holder.stdout.take());
        let (words, answers) = (words.expect("it was piped"), BufReader::new(answers.expect("it was piped")));
        let disk = Self { folder, holder, words, answers: Mutex::new(answers) };
        disk.tell("mount").unwrap_or_else(|refused| panic!("{refused}"));
        disk
    }

    fn tell(&self, word: &str) -> Result<(), String> {
        let mut answer = String::new();
        let mut answers = self.answers.lock().expect("nobody panics with it");
        let told = writeln!(&self.words, "{word}").and_then(|()| answers.read_line(&mut answer));
        let refused = "This machine gives no power cut, which takes root, ext4 and a loop device";
        if told.is_ok() && answer == "done\n" { Ok(()) } else { Err(format!("{refused} ({word}: {})", answer.trim())) }
    }

    /// Nothing reaches the disk from now on, unless it says why it cannot be cut.
    pub fn cut(&self) -> Result<(), String> {
        self.tell("cut")
    }

    /// The power is back. Whoever used the disk has to have ended.
    pub fn restart(&self) {
        let mounted = self.tell("unmount").and_then(|()| self.tell("mount"));
        mounted.unwrap_or_else(|refused| panic!("{refused}"));
    }

    /// The program where the disk is seen. It ends with the test.
    pub fn with(&self, program: &Command) -> Command {
        let mut inside = Command::new("nsenter");
        inside.arg(format!("--mount=/proc/{}/ns/mnt", self.holder.id()));
        inside.args(["setpriv", "--pdeathsig", "KILL"]).arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        inside
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // The mount ends with the last who sees it, and the loop device with the mount.
        let _ended = self.holder.kill();
        let _waited = self.holder.wait();
    }
}
