//! Addresses and names as they travel: checked once more, with domains of other scripts in their ASCII form (IDNA).

use lettre::Address;
use model::EmailAddress;

/// The address for envelope and headers. A domain of another script becomes ASCII where the local part is ASCII, so
/// that a server without SMTPUTF8 can take it; any other address stays as it was typed.
pub fn to_wire(address: &EmailAddress) -> Result<Address, String> {
    // Parsed again, since an address can also come from the store or from JSON, past the rules of the form.
    let address = EmailAddress::parse("The address", address.as_str())?;
    let (local, domain) = (address.local_part(), address.domain());
    let domain = if local.is_ascii() && !domain.is_ascii() { ascii_name(domain)? } else { domain.to_owned() };
    // lettre's own check refuses address literals and some quoted local parts; the one above has been passed.
    Ok(Address::new_dangerous(local, domain))
}

/// A host name in its ASCII form (UTS #46).
pub fn ascii_name(name: &str) -> Result<String, String> {
    idna::domain_to_ascii(name)
        .ok()
        .filter(|ascii| !ascii.is_empty() && ascii.len() <= 253)
        .ok_or_else(|| format!("“{name}” cannot be written as an internet name (IDNA)."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_local_part_of_another_script_needs_smtputf8() {
        let check = |typed: &str, sent: &str| {
            let address = EmailAddress::parse("Sender e-mail", typed).expect(typed);
            assert_eq!(to_wire(&address).map(|address| address.to_string()).as_deref(), Ok(sent));
        };
        check("ops@nordhavn.example", "ops@nordhavn.example");
        check("ops@bücher.example", "ops@xn--bcher-kva.example");
        check("почта@пример.рф", "почта@пример.рф");
        check("\"a b\"@example.org", "\"a b\"@example.org");
        check("root@[IPv6:::1]", "root@[IPv6:::1]");
    }

    #[test]
    fn an_address_past_the_rules_of_the_form_is_refused() {
        let address: EmailAddress =
            serde_json::from_str(r#""a@example.org>\r\nRCPT TO:<b@example.org""#).expect("any string is read");
        assert!(to_wire(&address).is_err());
    }
}
