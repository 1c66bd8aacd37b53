//! Whatever a server says is read within bounds, and as text that cannot act.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let (replies, _) = runtime.block_on(smtp::read_replies(bytes));
    for reply in replies {
        assert!((200..600).contains(&reply.code) && reply.lines.len() <= 128);
        for line in &reply.lines {
            assert!(line.chars().count() <= 600 && !line.chars().any(char::is_control), "{line:?}");
        }
    }
});
