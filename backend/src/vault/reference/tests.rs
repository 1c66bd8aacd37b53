use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicU32, Ordering};

use secrecy::ExposeSecret;

use super::*;

/// A folder `secrets` with files in it, and one beside it; both go when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("posthouse_reference_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(path.join("secrets/deep")).expect("it can be made");
        fs::write(path.join("outside"), "canary").expect("it is written");
        Self(path)
    }

    fn secrets(&self) -> PathBuf {
        self.0.join("secrets")
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.secrets().join(name), content).expect("it is written");
    }

    async fn read(&self, reference: &str) -> Result<String, String> {
        read_in(Some(&self.secrets()), reference).await
    }

    async fn refused(&self, reference: &str, part: &str) {
        let said = self.read(reference).await.expect_err(reference);
        assert!(said.contains(part) && said.ends_with('.') && !said.contains("canary"), "{reference}: {said}");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left = fs::remove_dir_all(&self.0);
    }
}

async fn read_in(folder: Option<&Path>, reference: &str) -> Result<String, String> {
    let reference = SecretReference::parse(reference).expect(reference);
    read(&reference, folder).await.map(|secret| secret.expose_secret().to_owned())
}

#[tokio::test]
async fn a_file_is_read_without_the_end_of_its_line() {
    let folder = Folder::new();
    let check = async |content: &str, expected: &str| {
        folder.write("a", content);
        assert_eq!(folder.read("file:a").await.as_deref(), Ok(expected), "{content:?}");
    };
    check("secret", "secret").await;
    check("secret\n", "secret").await;
    check("secret\r\n", "secret").await;
    check(" blanks belong to it \n", " blanks belong to it ").await;
    check("🔑 \"'%\t", "🔑 \"'%\t").await;
    check(&"x".repeat(OCTETS), &"x".repeat(OCTETS)).await;
}

#[tokio::test]
async fn a_file_is_named_from_the_folder_or_in_full_within_it() {
    let folder = Folder::new();
    folder.write("deep/a", "deep");
    for reference in [
        "file:deep/a".to_owned(),
        "file:./deep//a".to_owned(),
        format!("file:{}", folder.secrets().join("deep/a").display()),
    ] {
        assert_eq!(folder.read(&reference).await.as_deref(), Ok("deep"), "{reference}");
    }
    symlink("deep/a", folder.secrets().join("link")).expect("it is made");
    assert_eq!(folder.read("file:link").await.as_deref(), Ok("deep"), "a link within the folder");
    symlink(folder.secrets(), folder.0.join("other-name")).expect("it is made");
    assert_eq!(read_in(Some(&folder.0.join("other-name")), "file:deep/a").await.as_deref(), Ok("deep"));
}

#[tokio::test]
async fn nothing_outside_the_folder_is_read() {
    let folder = Folder::new();
    let outside = "not within the folder of --secrets-dir";
    folder.refused(&format!("file:{}", folder.0.join("outside").display()), outside).await;
    folder.refused("file:/etc/passwd", outside).await;
    symlink("../outside", folder.secrets().join("link")).expect("it is made");
    folder.refused("file:link", outside).await;
    symlink("..", folder.secrets().join("up")).expect("it is made");
    folder.refused("file:up/outside", outside).await;
    // A neighbour whose name begins alike.
    fs::create_dir(folder.0.join("secrets-2")).expect("it is made");
    fs::write(folder.0.join("secrets-2/a"), "canary").expect("it is written");
    folder.refused(&format!("file:{}", folder.0.join("secrets-2/a").display()), outside).await;
    let said = read_in(None, "file:a").await.expect_err("no folder is allowed");
    assert!(said.contains("--secrets-dir FOLDER"), "{said}");
    let said = read_in(Some(&folder.0.join("missing")), "file:a").await.expect_err("the folder is not there");
    assert!(said.contains("missing") && said.contains("is not there"), "{said}");
}

#[tokio::test]
async fn what_is_no_secret_is_refused_and_not_shown() {
    let folder = Folder::new();
    folder.refused("file:missing", "there is no file missing").await;
    folder.refused("file:deep", "deep is not a file").await;
    let check = async |content: &[u8], part: &str| {
        folder.write("a", content);
        folder.refused("file:a", part).await;
    };
    check(b"", "is empty").await;
    check(b"\n", "is empty").await;
    check(b"\r\n", "is empty").await;
    check(b"canary\n\n", "line break").await;
    check(b"canary\ncanary\n", "line break").await;
    check(b"canary\rcanary", "line break").await;
    check(b"canary\r", "line break").await;
    check(b"canary\0", "NUL").await;
    check(b"canary\xff", "UTF-8").await;
    check(&[b'x'; OCTETS + 1], "more than 64 kB").await;
    // Opening it would wait for ever.
    let pipe = folder.secrets().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there");
    assert!(made.success());
    folder.refused("file:pipe", "is not a file").await;
}

#[tokio::test]
async fn a_variable_is_read_as_it_is() {
    // cargo sets it for every test.
    let name = "CARGO_PKG_NAME";
    assert_eq!(read_in(None, &format!("env:{name}")).await.as_deref(), Ok("backend"));
    let said = read_in(None, "env:POSTHOUSE_SECRET_THAT_NOBODY_SET").await.expect_err("it is not set");
    assert!(said.contains("POSTHOUSE_SECRET_THAT_NOBODY_SET is not set"), "{said}");
}

#[test]
fn a_variable_that_holds_no_secret_is_refused() {
    for (value, part) in [("", "is empty"), ("a\nb", "line break"), ("a\0", "NUL")] {
        assert!(checked(value.as_bytes()).expect_err(value).contains(part));
    }
}
