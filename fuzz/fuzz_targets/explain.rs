//! Whatever is pasted is read to its end; what failed in it has a cause.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(found) = diagnosis::explain(text, None, None) {
        assert!(found.reply.is_none_or(|reply| (400..600).contains(&reply.code)));
        assert!(!found.diagnosis.cause.is_empty());
    }
});
