//! What MAIL says of a message: its size (RFC 1870), eight-bit text (RFC 6152), addresses of any script (RFC 6531).

use lettre::Address;
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use model::FailureKind;

use super::capabilities::Capabilities;
use super::conversation::Mail;
use super::wire::Encoded;

/// The parameters of MAIL, or why the message cannot be sent here.
pub fn mail_parameters(
    mail: &Mail<'_>,
    message: &Encoded,
    offered: &Capabilities,
) -> Result<Vec<MailParameter>, FailureKind> {
    let mut parameters = Vec::new();
    if let Some(limit) = offered.size {
        if let Some(limit) = limit.filter(|&limit| message.octets > limit) {
            return Err(FailureKind::TooLarge { message: message.octets, limit });
        }
        if let Ok(octets) = usize::try_from(message.octets) {
            parameters.push(MailParameter::Size(octets));
        }
    }
    let ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
    let needs_utf8 = message.utf8_headers || !std::iter::once(mail.sender).chain(mail.recipients).all(ascii);
    if needs_utf8 && !offered.offers(Extension::SmtpUtfEight) {
        return Err(FailureKind::SmtpUtf8NotOffered);
    }
    if message.eight_bit && offered.offers(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    if needs_utf8 {
        parameters.push(MailParameter::SmtpUtfEight);
    }
    Ok(parameters)
}
