//! Whatever is pasted is read to its end; what is found in it is a refusal with a cause.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(found) = diagnosis::explain(text, None, None) {
        assert!((400..600).contains(&found.reply.code) && !found.diagnosis.cause.is_empty());
    }
});
