use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("posthouse_key_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).expect("it can be made");
        Self(path)
    }

    fn file(&self, name: &str, content: &[u8], mode: u32) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).expect("it is written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it is ours");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left = fs::remove_dir_all(&self.0);
    }
}

fn new_keys() -> Keys {
    vec![Arc::new(Key::generate().expect("a key"))]
}

fn names(keys: &[Arc<Key>]) -> Vec<&str> {
    keys.iter().map(|key| key.fingerprint()).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o7777
}

#[tokio::test]
async fn what_is_written_is_read_again_and_is_nobody_elses() {
    let folder = Folder::new();
    let deep = folder.0.join("a/b");
    let source = KeySource::in_folder(&deep);
    assert_eq!(source.read().await.map(|keys| keys.is_none()), Ok(true));
    let first = new_keys();
    source.write(first.clone()).await.expect("the folder is made as well");
    assert_eq!((mode(&deep), mode(source.path())), (0o700, 0o600));
    assert_eq!(names(&source.read().await.expect("it is read").expect("it is there")), names(&first));
    let both = vec![new_keys().remove(0), first[0].clone()];
    // What a killed process left is in nobody's way.
    fs::write(deep.join("vault.key.new"), "half a ke").expect("it is written");
    source.write(both.clone()).await.expect("it is replaced");
    assert_eq!(names(&source.read().await.expect("it is read").expect("it is there")), names(&both));
    let files: Vec<_> = fs::read_dir(&deep).expect("it is there").map(|f| f.expect("an entry").file_name()).collect();
    assert_eq!(files, ["vault.key"], "nothing else is left");
}

#[tokio::test]
async fn a_link_stays_a_link() {
    let folder = Folder::new();
    fs::create_dir(folder.0.join("real")).expect("it is made");
    let (real, link) = (folder.0.join("real/key"), folder.0.join("link"));
    KeySource::Named(real.clone()).write(new_keys()).await.expect("it is made");
    symlink("real/key", &link).expect("it is made");
    let source = KeySource::Named(link.clone());
    let keys = new_keys();
    source.write(keys.clone()).await.expect("it is replaced");
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    assert_eq!(names(&KeySource::Named(real).read().await.expect("it is read").expect("it is there")), names(&keys));
}

#[tokio::test]
async fn each_thing_that_is_wrong_with_a_file_is_told_apart() {
    let folder = Folder::new();
    let good = write_keys(&new_keys());
    let read = async |path: PathBuf| KeySource::Named(path).read().await.expect_err("it is refused");
    let is = |error: &VaultError, kind: &str, parts: &[&str]| {
        let said = error.to_string();
        assert!(format!("{error:?}").starts_with(kind), "{error:?}");
        for part in parts.iter().chain(&["named by --vault-key-file"]) {
            assert!(said.contains(part), "{part} is not in: {said}");
        }
        assert!(!said.contains('\n') && said.ends_with('.') && said.len() < 400, "{said}");
    };
    is(&read(folder.file("a", b"", 0o600)).await, "Empty", &["posthouse-vault-key-1:"]);
    is(&read(folder.file("b", b"\n \n", 0o600)).await, "Empty", &[]);
    is(&read(folder.file("c", b"canary", 0o600)).await, "NotUnderstood", &["line 1", "32 bytes in base64"]);
    is(&read(folder.file("d", b"\xff\xfe", 0o600)).await, "NotUnderstood", &[]);
    is(&read(folder.file("e", format!("{}canary", *good).as_bytes(), 0o600)).await, "NotUnderstood", &["line 2"]);
    is(&read(folder.file("f", good.repeat(9).as_bytes(), 0o600)).await, "TooMany", &["backup"]);
    for open in [0o640, 0o604, 0o620, 0o601, 0o666, 0o777] {
        let wanted = format!("mode is {open:04o}, expected was 0600");
        let path = folder.file("g", good.as_bytes(), open);
        let chmod = format!("chmod 600 {}", path.display());
        is(&read(path).await, "TooOpen", &[&wanted, &chmod, "vault rotate"]);
    }
    is(&read(folder.0.clone()).await, "NotAFile", &["a folder"]);
    is(&read(PathBuf::from("/dev/null")).await, "NotAFile", &["a device"]);
    is(&read(folder.0.join("a/below")).await, "Unreadable", &["not a directory"]);
    for path in ["a", "c", "e"] {
        let said = read(folder.0.join(path)).await;
        assert!(!format!("{said} {said:?}").contains("canary"), "what stands there is not repeated");
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_left_as_it_was() {
    let folder = Folder::new();
    let keys = new_keys();
    let read_only = folder.file("key", write_keys(&keys).as_bytes(), 0o400);
    let write = async |source: KeySource| source.write(new_keys()).await.expect_err("it is refused").to_string();
    let said = write(KeySource::Named(read_only.clone())).await;
    assert!(said.contains("cannot be written: it is read-only. Nothing was changed."), "{said}");
    let still = KeySource::Named(read_only.clone()).read().await.expect("it is read").expect("it is there");
    assert_eq!(names(&still), names(&keys));
    let said = write(KeySource::Systemd(read_only)).await;
    assert!(said.contains("only systemd writes it"), "{said}");
    // The folder of a file that was named is not made: it may be a disk that is not there yet.
    let said = write(KeySource::Named(folder.0.join("missing/key"))).await;
    assert!(said.contains("no such file or directory"), "{said}");
    // procfs takes no new files, not even root's.
    write(KeySource::Named(PathBuf::from("/proc/key"))).await;
    write(KeySource::InFolder(PathBuf::from("/proc/posthouse/vault.key"))).await;
}

#[tokio::test]
async fn a_service_may_read_its_credential_by_its_group() {
    let folder = Folder::new();
    let text = write_keys(&new_keys());
    for (mode, is_read) in [(0o400, true), (0o440, true), (0o444, false), (0o460, false)] {
        let read = KeySource::Systemd(folder.file("key", text.as_bytes(), mode)).read().await;
        assert_eq!(read.is_ok(), is_read, "{mode:o}: {read:?}");
    }
}

#[test]
fn a_named_file_wins_over_systemd_and_that_over_the_folder() {
    let folder = Folder::new();
    let (data, named) = (Path::new("data"), Path::new("named"));
    let check = |named: Option<&Path>, systemd: Option<&Path>, expected: KeySource| {
        assert_eq!(KeySource::from_options(data, named, systemd), expected);
    };
    let in_folder = KeySource::InFolder("data/vault.key".into());
    check(None, None, in_folder.clone());
    check(None, Some(&folder.0), in_folder);
    let credential = folder.file("posthouse-vault-key", b"", 0o400);
    check(None, Some(&folder.0), KeySource::Systemd(credential));
    check(Some(named), Some(&folder.0), KeySource::Named(named.to_owned()));
}

#[tokio::test]
async fn a_rotated_file_is_read_again_and_older_keys_stay() {
    let folder = Folder::new();
    let source = KeySource::in_folder(&folder.0);
    let (old, new) = (new_keys(), new_keys());
    source.write(old.clone()).await.expect("it is written");
    let vault = crate::Vault::new(source.clone(), old.clone());
    let found = async |keys: &Keys| vault.key(names(keys)[0]).await.map(|key| key.fingerprint().to_owned());
    assert_eq!(found(&old).await.expect("it is held"), names(&old)[0]);
    source.write(new.clone()).await.expect("another process rotates it");
    assert_eq!(found(&new).await.expect("the file is read again"), names(&new)[0]);
    assert_eq!(found(&old).await.expect("a row may still be under it"), names(&old)[0]);
    let unknown = new_keys();
    let Err(crate::VaultFault::NoKey { expected, found }) = found(&unknown).await else {
        panic!("a key that the file does not have is not found");
    };
    assert_eq!((expected.as_str(), found.as_str()), (names(&unknown)[0], names(&new)[0]));
}

#[tokio::test]
async fn what_was_there_is_put_aside_or_copied_and_never_lost() {
    let folder = Folder::new();
    let source = KeySource::in_folder(&folder.0);
    source.set_aside("old".to_owned()).await.expect("where nothing is, nothing is put aside");
    let keys = new_keys();
    source.write(keys.clone()).await.expect("it is written");
    source.copy_to("copy".to_owned(), keys.clone()).await.expect("it is copied");
    source.set_aside("old".to_owned()).await.expect("it is put aside");
    assert!(!source.path().exists(), "its name is free");
    for name in ["old", "vault.key.copy"] {
        let kept = KeySource::Named(folder.0.join(name)).read().await.expect("it is read").expect("it is there");
        assert_eq!(names(&kept), names(&keys), "{name}");
    }
    fs::create_dir(folder.0.join("taken")).expect("it is made");
    source.write(keys).await.expect("it is written");
    let refused = source.set_aside("taken".to_owned()).await.expect_err("a folder has that name").to_string();
    assert!(refused.contains("cannot be written"), "{refused}");
    assert!(source.path().exists(), "nothing was moved");
}
