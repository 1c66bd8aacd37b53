//! Host names in ASCII, as they are looked up, and in their own script, as people read them (IDNA, UTS 46). The tables
//! are too large for a browser.

use crate::Host;

/// The name as the DNS knows it; addresses stay as they are.
pub fn to_ascii(host: &Host) -> Result<Host, String> {
    use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
    // As STD 3, but for the underscore, which the names of containers have.
    const DENIED: AsciiDenyList = AsciiDenyList::new(true, r##" !"#$%&'()*+,/:;<=>?@[\]^`{|}~"##);
    if host.ip().is_some() {
        return Ok(host.clone());
    }
    let name = host.as_str().as_bytes();
    match Uts46::new().to_ascii(name, DENIED, Hyphens::CheckFirstLast, DnsLength::Verify) {
        Ok(ascii) => Host::parse(&ascii),
        Err(_) => Err(format!("“{host}” is not a host name that can exist. Check its letters and their order.")),
    }
}

/// The name as people write it.
pub fn to_unicode(host: &Host) -> String {
    match host.ip() {
        Some(_) => host.to_string(),
        None => readable(host.as_str()),
    }
}

/// A name as people write it, such as one of a certificate, which may begin with `*.`.
pub fn readable(name: &str) -> String {
    idna::domain_to_unicode(name).0
}
