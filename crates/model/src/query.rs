//! Single values of a query string, such as the page to go on to.

/// A value as it stands in a query string.
pub fn in_query(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// The value of a key in a query string.
pub fn value_in_query(query: &str, key: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.trim_start_matches('?').as_bytes());
    pairs.find(|(name, _)| name == key).map(|(_, value)| value.into_owned())
}
