//! Host names in ASCII, as they are looked up, and in their own script, as people read them (IDNA, UTS 46). The tables
//! are too large for a browser.

use crate::Host;

/// The name as the DNS knows it; addresses stay as they are.
pub fn to_ascii(host: &Host) -> Result<Host, String> {
    use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
    if host.ip().is_some() {
        return Ok(host.clone());
    }
    let name = host.as_str().as_bytes();
    match Uts46::new().to_ascii(name, AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify) {
        Ok(ascii) => Host::parse(&ascii),
        Err(_) => Err(format!("“{host}” is not a host name that can exist. Check its letters and their order.")),
    }
}

/// The name as people write it.
pub fn to_unicode(host: &Host) -> String {
    match host.ip() {
        Some(_) => host.to_string(),
        None => idna::domain_to_unicode(host.as_str()).0,
    }
}
