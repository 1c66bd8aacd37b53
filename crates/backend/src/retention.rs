//! Forgetting what was kept long enough, some rows at a time, so that nobody waits long for it.

use model::{Moment, Problem, TestSendId};
use store::accounts::DELETED_RETENTION;
use store::retention::{self, Old, ROWS_AT_ONCE};
use store::{Store, WriteTx};

/// Forgets tests and changes that are older than `kept` microseconds, and tests of accounts that were deleted 30 days
/// ago. What was said in tests that stay longer is forgotten too. Gives how many rows.
pub async fn run(store: &Store, now: Moment, kept: i64) -> Result<u64, Problem> {
    let (old, deleted) = (now.minus(kept), now.minus(DELETED_RETENTION));
    let mut all = 0;
    for (what, before) in [(Old::TestsOfDeleted, deleted), (Old::Tests, old), (Old::Batches, old), (Old::Changes, old)]
    {
        loop {
            let portion = move |tx: WriteTx| async move { retention::purge(&tx, what, before).await };
            let count = store.write(portion).await?;
            all += count;
            if count < ROWS_AT_ONCE {
                break;
            }
        }
    }
    let mut after = Some(TestSendId(i64::MIN));
    while let Some(last) = after {
        let portion = move |tx: WriteTx| async move { retention::clear_transcripts(&tx, old, last).await };
        after = store.write(portion).await?;
    }
    Ok(all)
}
