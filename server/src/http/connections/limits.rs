//! How many connections there may be, and how long each step of one may take.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::bail;

/// Far more than people open, and little memory where each is silent.
const TOTAL: usize = 4096;
/// More than an office behind one address has in use at the same time.
const PER_CLIENT: usize = 256;
/// What the database, mail servers and files take.
const OTHER_FILES: usize = 64;

pub struct Limits {
    pub total: usize,
    /// For each address that connections come from, unless it is exempt.
    pub per_client: usize,
    /// Addresses whose connections are those of many people, such as proxies.
    pub is_exempt: Box<dyn Fn(IpAddr) -> bool + Send + Sync>,
    pub times: Times,
}

pub struct Times {
    /// From the first byte of a request to the end of its head; also for the first byte, and for a TLS handshake.
    pub head: Duration,
    /// Between two requests: longer than proxies keep connections for their next one.
    pub idle: Duration,
    /// How long a client may take nearly nothing of its answer.
    pub write: Duration,
    /// The same where another connection needs the room.
    pub stalled: Duration,
    /// How often this is looked at.
    pub check: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            write: Duration::from_secs(60),
            stalled: Duration::from_secs(10),
            check: Duration::from_secs(1),
        }
    }
}

impl Limits {
    /// Half of the files that may be open, unless the settings say how many.
    pub fn new(open_files: usize, total: Option<usize>, per_client: Option<usize>) -> anyhow::Result<Self> {
        let at_most = open_files.saturating_sub(OTHER_FILES);
        if let Some(total) = total.filter(|total| *total > at_most) {
            bail!(
                "--max-connections {total} is more than the {open_files} files that may be open allow; raise that \
                 number (LimitNOFILE= of systemd, ulimit -n), or give {at_most} at most"
            );
        }
        let total = total.unwrap_or((open_files / 2).clamp(1, TOTAL));
        let per_client = per_client.unwrap_or((total / 2).clamp(1, PER_CLIENT));
        Ok(Self { total, per_client, is_exempt: Box::new(|_| false), times: Times::default() })
    }

    /// For each site of IPv6, which may have many people in it, and never the whole.
    pub fn per_site(&self) -> usize {
        self.per_client.saturating_mul(4).min(self.total / 4 * 3).max(self.per_client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_files_are_for_connections() {
        let check = |files: usize, total: usize, per_client: usize| {
            let limits = Limits::new(files, None, None).expect("they follow from the files");
            assert_eq!((limits.total, limits.per_client), (total, per_client), "{files}");
        };
        check(256, 128, 64);
        check(1024, 512, 256);
        check(usize::MAX, 4096, 256);
        check(1, 1, 1);
        assert!(Limits::new(256, Some(192), None).is_ok());
        assert!(Limits::new(256, Some(193), None).is_err());
        assert_eq!(Limits::new(usize::MAX, None, None).expect("as many as may be").per_site(), 1024);
    }
}
