//! What the tests need of the machine: installed where that is possible, else named.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::process::{self, find};

/// A Debian package, and how to see that what it brings is there.
type Need = (&'static str, fn() -> bool);

const SERVICES: &[Need] = &[
    ("faketime", || find("faketime").is_some()),
    ("libidn12", || library("libidn.so.12")),
    ("libnet-ssleay-perl", has_ssleay),
    ("postgrey", || find("postgrey").is_some()),
    ("iproute2", || find("ip").is_some()),
    ("libsasl2-modules", has_sasl_plain),
    ("microsocks", || find("microsocks").is_some()),
    ("openssl", || find("openssl").is_some()),
    ("postfix", || find("postfix").is_some()),
    ("postgresql", || process::postgres_programs().is_some()),
    ("python3", || find("python3").is_some()),
    ("python3-openpyxl", has_openpyxl),
    ("sasl2-bin", || find("saslpasswd2").is_some()),
    ("squid", || find("squid").is_some()),
    ("swaks", || find("swaks").is_some()),
    ("tinyproxy", || find("tinyproxy").is_some()),
];

const DISKS: &[Need] = &[("e2fsprogs", || find("mkfs.ext4").is_some())];

const BROWSER: &[Need] = &[
    ("chromium", || chromium().is_some()),
    // What fits in a column is tested with its letters.
    ("fonts-liberation", || Path::new("/usr/share/fonts/truetype/liberation").is_dir()),
    ("poppler-utils", || find("pdftotext").is_some()),
];

pub fn services() -> Result<()> {
    packages(SERVICES)
}

/// What `cargo xtask torture` needs besides: a disk that it can cut the power of.
pub fn disks() -> Result<()> {
    packages(DISKS)
}

/// The browser that the tests drive, which may be named by `POSTHOUSE_TEST_CHROMIUM`.
fn chromium() -> Option<PathBuf> {
    std::env::var_os("POSTHOUSE_TEST_CHROMIUM").map(PathBuf::from).or_else(|| find("chromium"))
}

/// A browser, Playwright to drive it, and what reads the files that it prints. Says where the browser is.
pub fn browser() -> Result<PathBuf> {
    packages(BROWSER)?;
    npm_packages()?;
    chromium().context("there is no chromium")
}

/// Where the browser tests and their npm packages are.
pub fn npm_folder() -> PathBuf {
    process::root().join("end2end")
}

/// Installs what `end2end/package-lock.json` names.
pub fn npm_packages() -> Result<()> {
    let advice = "the checks need Node.js 20 or newer, with npm";
    let version = process::output(Command::new("node").arg("--version")).context(advice)?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    ensure!(major.is_some_and(|major| major >= 20), "{advice} (found {})", version.trim());
    ensure!(find("npm").is_some(), advice);
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(npm_folder());
    process::run(npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))
}

fn packages(needs: &[Need]) -> Result<()> {
    let missing: Vec<_> = needs.iter().filter(|(_, there)| !there()).map(|(package, _)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !process::is_root() || find("apt-get").is_none() {
        bail!("the tests need what these packages of Debian hold, please install them: {}", missing.join(" "));
    }
    println!("installing {}", missing.join(" "));
    let _quiet = Quiet::begin(&missing)?;
    // One source of packages that does not answer need not be the one that is wanted.
    let _ = process::run(Command::new("apt-get").args(["-q", "update"]));
    let mut install = Command::new("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive");
    install.args(["-q", "-y", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", "install"]);
    process::run(install.args(&missing))?;
    for (package, there) in needs {
        ensure!(there(), "{package} is installed, but what the tests need of it was not found");
    }
    Ok(())
}

fn has_sasl_plain() -> bool {
    let libraries = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    libraries.map(|entry| entry.path().join("sasl2/libplain.so")).any(|file| file.exists())
}

/// A shared library, in the folder of the machine's kind.
fn library(name: &str) -> bool {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    folders.map(|entry| entry.path().join(name)).any(|file| file.exists())
}

/// What swaks needs for TLS.
fn has_ssleay() -> bool {
    let asked = Command::new("perl").args(["-MNet::SSLeay", "-e1"]).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// Of Debian's own Python, which finds what Debian's packages bring; another one may come before it.
fn has_openpyxl() -> bool {
    let asked = Command::new("/usr/bin/python3").args(["-c", "import openpyxl"]).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// While it lives, installing a package starts no service: the tests bring up their own.
struct Quiet {
    made_policy: bool,
}

const POLICY: &str = "/usr/sbin/policy-rc.d";

impl Quiet {
    fn begin(missing: &[&str]) -> Result<Self> {
        let made_policy = !Path::new(POLICY).exists();
        if made_policy {
            fs::write(POLICY, "#!/bin/sh\nexit 101\n")?;
            fs::set_permissions(POLICY, fs::Permissions::from_mode(0o755))?;
        }
        let quiet = Self { made_policy };
        if missing.contains(&"postfix") {
            let answer = "echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections";
            process::run(Command::new("sh").args(["-c", answer]))?;
        }
        let clusters = Path::new("/etc/postgresql-common/createcluster.conf");
        if missing.contains(&"postgresql") && !clusters.exists() {
            fs::create_dir_all("/etc/postgresql-common")?;
            fs::write(clusters, "create_main_cluster = false\n")?;
        }
        Ok(quiet)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if self.made_policy && fs::remove_file(POLICY).is_err() {
            eprintln!("xtask: {POLICY} could not be removed");
        }
    }
}
