//! Test sends: kept, shown, one at a time, to their end.

use backend::TestOf;
use model::{
    Acceptance, AccountDraft, AccountId, Actor, ConnectionSecurity, FailureKind, LiveReport, Problem, Stage, TestSend,
    TestSendDraft, TestSendId, TestShown, TrustKind, YesNo,
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use crate::context::{TestContext, draft};
use crate::on_both;
use crate::sink::Sink;
use crate::support::scripted::{Act, Point, Script};

on_both! {
    a_test_send_is_kept_and_shown
    a_test_that_fails_is_kept_as_well
    answers_that_need_a_change_send_nothing
    one_test_of_an_account_runs_at_a_time
    a_test_goes_on_when_nobody_waits
    a_result_that_cannot_be_kept_is_told
    a_test_whose_server_was_stopped_does_not_run_for_ever
    a_test_is_followed_while_it_goes_on
    a_test_that_is_cancelled_sends_nothing_and_says_nothing_about_the_account
    what_was_handed_over_is_not_cancelled
    what_stands_on_the_screen_is_tested_as_it_stands
    an_account_waits_as_long_as_it_says
    only_what_would_help_can_be_trusted
}

async fn account(context: &TestContext, actor: &Actor, port: u16) -> AccountId {
    context.create(actor, &typed(port)).await
}

fn typed(port: u16) -> AccountDraft {
    AccountDraft { host: "127.0.0.1".to_owned(), port: port.to_string(), safe_connection: YesNo::No, ..draft("Tested") }
}

fn message() -> TestSendDraft {
    TestSendDraft::prefilled("to@nordhavn.example")
}

/// A test that has ended, as it was kept; it is explained if it failed.
async fn kept(context: &TestContext, actor: &Actor, id: TestSendId) -> TestSend {
    let TestShown { test, live, diagnosis, coming: _ } =
        context.backend.find_test_send(actor, id).await.expect("it is kept");
    let failed = test.report.as_ref().is_some_and(|report| report.failure.is_some());
    assert_eq!((live, diagnosis.is_some()), (None, failed));
    test
}

async fn a_test_send_is_kept_and_shown(context: &TestContext) {
    let (actor, sink) = (context.actor().await, Sink::new(true).await);
    let id = account(context, &actor, sink.port).await;
    let sent = context.backend.send_test(&actor, id, &message()).await.expect("it is sent");
    let report = sent.report.as_ref().expect("it ended");
    assert_eq!((report.taken, report.failure.as_ref()), (Acceptance::Yes, None), "{report:?}");
    assert_eq!((sent.account, sent.typed, sent.account_name.as_str()), (Some(id), false, "Tested"));
    assert_eq!((sent.sent_by.as_str(), sent.recipient.as_str()), ("ops@nordhavn.example", "to@nordhavn.example"));
    assert_eq!((sent.subject.as_str(), sent.host.as_str(), sent.port), ("TEST MESSAGE!", "127.0.0.1", sink.port));
    assert_eq!(kept(context, &actor, sent.id).await, sent);
    let row = context.list(&actor, "").await.rows.remove(0);
    let last = row.last_test.expect("it was tested");
    assert_eq!((last.id, last.at, last.taken, last.failed_at), (sent.id, sent.sent_at, Some(Acceptance::Yes), None));
    assert_eq!(last.passed, report.passed());
    let form = context.backend.find_account(&actor, id).await.expect("it is there");
    assert_eq!(form.version, 1, "testing is no save");
    context.backend.send_test(&actor, id, &message()).await.expect("and once more");
}

async fn a_test_that_fails_is_kept_as_well(context: &TestContext) {
    let actor = context.actor().await;
    let closed =
        TcpListener::bind("127.0.0.1:0").await.expect("a port is free").local_addr().expect("it has one").port();
    let id = account(context, &actor, closed).await;
    let sent = context.backend.send_test(&actor, id, &message()).await.expect("a failure is a result");
    let report = sent.report.as_ref().expect("it ended");
    assert_eq!(
        (report.taken, report.failure.as_ref().map(|failure| failure.stage)),
        (Acceptance::No, Some(Stage::Tcp))
    );
    let last = context.list(&actor, "").await.rows.remove(0).last_test.expect("it was tested");
    assert_eq!((last.taken, last.failed_at), (Some(Acceptance::No), Some(Stage::Tcp)));
    assert_eq!(kept(context, &actor, sent.id).await, sent);
}

async fn answers_that_need_a_change_send_nothing(context: &TestContext) {
    let actor = context.actor().await;
    let id = account(context, &actor, 9).await;
    let wrong = TestSendDraft {
        recipient: "nobody".to_owned(),
        subject: "a\nb".to_owned(),
        message: String::new(),
        stop_after: "lunch".to_owned(),
    };
    let problem = context.backend.send_test(&actor, id, &wrong).await.expect_err("all is wrong");
    assert_eq!(problem.field_errors().map(|errors| errors.0.len()), Some(4));
    let problem = context.backend.send_test(&actor, AccountId(404), &message()).await.expect_err("no account");
    assert_eq!(problem.status(), 404);
    let problem = context.backend.find_test_send(&actor, TestSendId(1)).await.expect_err("nothing was sent");
    assert_eq!(problem, Problem::NotFound("There is no test send 1.".to_owned()));
}

/// Waits until the list says that the account is tested, or was.
async fn until(context: &TestContext, actor: &Actor, is: impl Fn(&model::LastTest) -> bool) {
    loop {
        if context.list(actor, "").await.rows.remove(0).last_test.is_some_and(|test| is(&test)) {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn one_test_of_an_account_runs_at_a_time(context: &TestContext) {
    let (actor, sink) = (context.actor().await, Sink::new(false).await);
    let id = account(context, &actor, sink.port).await;
    let (backend, who) = (context.backend.clone(), actor.clone());
    let first = tokio::spawn(async move { backend.send_test(&who, id, &message()).await });
    until(context, &actor, |test| test.taken.is_none()).await;
    let problem = context.backend.send_test(&actor, id, &message()).await.expect_err("one runs");
    assert_eq!(problem, Problem::Refused("A test of “Tested” is running. Wait for its end.".to_owned()));
    sink.answers.send_replace(true);
    first.await.expect("nothing panics").expect("it is sent");
    context.backend.send_test(&actor, id, &message()).await.expect("the first one ended");
}

async fn a_test_goes_on_when_nobody_waits(context: &TestContext) {
    let (actor, sink) = (context.actor().await, Sink::new(false).await);
    let id = account(context, &actor, sink.port).await;
    let (backend, who) = (context.backend.clone(), actor.clone());
    let waiting = tokio::spawn(async move { backend.send_test(&who, id, &message()).await });
    until(context, &actor, |test| test.taken.is_none()).await;
    waiting.abort();
    assert!(waiting.await.is_err_and(|error| error.is_cancelled()));
    sink.answers.send_replace(true);
    // Closing waits for it as well.
    context.backend.close().await;
    let again = context.reopened().await;
    let sent = again.find_test_send(&actor, TestSendId(1)).await.expect("it was kept").test;
    assert_eq!(sent.report.map(|report| report.taken), Some(Acceptance::Yes));
    let problem = context.backend.send_test(&actor, id, &message()).await.expect_err("it is closed");
    assert_eq!(problem, Problem::Unavailable("Posthouse is stopping. Nothing was sent.".to_owned()));
    again.close().await;
}

async fn a_result_that_cannot_be_kept_is_told(context: &TestContext) {
    let (actor, sink) = (context.actor().await, Sink::new(false).await);
    let id = account(context, &actor, sink.port).await;
    let backend = backend::Backend::open(context.database.impatient()).await.expect("it opens");
    let (sender, who) = (backend.clone(), actor.clone());
    let sending = tokio::spawn(async move { sender.send_test(&who, id, &message()).await });
    until(context, &actor, |test| test.taken.is_none()).await;
    let raw = context.raw().await;
    let held = raw.begin().await.expect("it begins");
    held.execute_unprepared("UPDATE test_sends SET subject = subject").await.expect("its row is locked");
    sink.answers.send_replace(true);
    let problem = sending.await.expect("nothing panics").expect_err("it cannot be kept");
    let text = problem.to_string();
    assert_eq!(problem.status(), 503);
    assert!(text.starts_with("The mail server accepted the message") && text.contains("could not be kept"), "{text}");
    held.rollback().await.expect("it ends");
    backend.close().await;
}

async fn a_test_whose_server_was_stopped_does_not_run_for_ever(context: &TestContext) {
    let (actor, sink) = (context.actor().await, Sink::new(true).await);
    let id = account(context, &actor, sink.port).await;
    context.backend.send_test(&actor, id, &message()).await.expect("it is sent");
    context.execute("UPDATE test_sends SET taken = NULL, report = NULL").await;
    context.execute("UPDATE accounts SET last_test_taken = NULL").await;
    assert_eq!(context.backend.send_test(&actor, id, &message()).await.expect_err("it may run").status(), 409);
    context.execute("UPDATE accounts SET last_test_at = last_test_at - 901000000").await;
    context.execute("UPDATE test_sends SET sent_at = sent_at - 901000000").await;
    let last = context.list(&actor, "").await.rows.remove(0).last_test.expect("it was tested");
    assert_eq!(last.taken, Some(Acceptance::Unknown));
    let TestShown { test, live, .. } = context.backend.find_test_send(&actor, TestSendId(1)).await.expect("it is kept");
    assert_eq!((test.report, live), (None, None));
    context.backend.send_test(&actor, id, &message()).await.expect("the lost one blocks no longer");
}

async fn a_test_is_followed_while_it_goes_on(context: &TestContext) {
    let (actor, sink) = (context.actor().await, Sink::new(false).await);
    let id = account(context, &actor, sink.port).await;
    assert_eq!(context.backend.running_test(&actor, id).await, Ok(None));
    let begun = context.backend.begin_test(&actor, TestOf::Saved(id), &message()).await.expect("it begins");
    let number = begun.test.id;
    assert_eq!(context.backend.running_test(&actor, id).await, Ok(Some(number)));
    let mut follower = context.backend.follow_test(&actor, number).expect("it goes on");
    let mut known = LiveReport::default();
    while known.running().map(|(stage, _)| stage) != Some(Stage::Greeting) {
        known.learn(follower.next().await.expect("it goes on"));
    }
    let TestShown { test, live, .. } = context.backend.find_test_send(&actor, number).await.expect("it is there");
    let live = live.expect("it goes on");
    assert_eq!((test.report, live.running().map(|(stage, _)| stage)), (None, Some(Stage::Greeting)));
    sink.answers.send_replace(true);
    while let Some(later) = follower.next().await {
        known.learn(later);
    }
    let report = begun.ended().await.expect("it ends").report.expect("with a result");
    assert_eq!((known.stages, known.lines), (report.stages, report.transcript));
    assert!(context.backend.follow_test(&actor, number).is_none(), "it has ended");
}

async fn a_test_that_is_cancelled_sends_nothing_and_says_nothing_about_the_account(context: &TestContext) {
    let (actor, sink) = (context.actor().await, Sink::new(false).await);
    let id = account(context, &actor, sink.port).await;
    for before in [false, true] {
        if before {
            sink.answers.send_replace(true);
            context.backend.send_test(&actor, id, &message()).await.expect("it is sent");
            sink.answers.send_replace(false);
        }
        let last = context.list(&actor, "").await.rows.remove(0).last_test;
        assert_eq!(last.is_some(), before);
        let begun = context.backend.begin_test(&actor, TestOf::Saved(id), &message()).await.expect("it begins");
        let number = begun.test.id;
        context.backend.cancel_test(&actor, number).await.expect("nothing was handed over");
        let report = begun.ended().await.expect("it ends").report.expect("with a result");
        assert_eq!(
            (report.taken, report.failure.map(|failure| failure.kind)),
            (Acceptance::No, Some(FailureKind::Cancelled))
        );
        assert_eq!(context.list(&actor, "").await.rows.remove(0).last_test, last);
        let problem = context.backend.cancel_test(&actor, number).await.expect_err("it has ended");
        assert_eq!(problem, Problem::Refused("This test has ended.".to_owned()));
    }
    let problem = context.backend.cancel_test(&actor, TestSendId(99)).await.expect_err("there is none");
    assert_eq!(problem.status(), 404);
}

/// A mail server that keeps its answer to the message back, and tells when it has the message.
async fn silent_at_the_end() -> (u16, watch::Sender<bool>, oneshot::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = listener.local_addr().expect("it has one").port();
    let (has_it, had) = oneshot::channel();
    let (sender, mut may) = watch::channel(false);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 sink.example ESMTP\r\n").await?;
        let mut line = String::new();
        for reply in ["250 hello", "250 Ok", "250 Ok", "354 go ahead"] {
            stream.read_line(&mut line).await?;
            stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
        }
        while line != ".\r\n" {
            line.clear();
            stream.read_line(&mut line).await?;
        }
        has_it.send(()).expect("the test goes on");
        may.wait_for(|answers| *answers).await.expect("the test goes on");
        stream.write_all(b"250 2.0.0 Ok: queued as 4ABC\r\n").await
    });
    (port, sender, had)
}

async fn what_was_handed_over_is_not_cancelled(context: &TestContext) {
    let (actor, (port, answers, had)) = (context.actor().await, silent_at_the_end().await);
    let id = account(context, &actor, port).await;
    let begun = context.backend.begin_test(&actor, TestOf::Saved(id), &message()).await.expect("it begins");
    had.await.expect("it has the message");
    let problem = context.backend.cancel_test(&actor, begun.test.id).await.expect_err("it is too late");
    assert!(problem.to_string().starts_with("The message has been handed over"), "{problem}");
    answers.send_replace(true);
    let report = begun.ended().await.expect("it ends").report.expect("with a result");
    assert_eq!(report.taken, Acceptance::Yes, "{report:?}");
}

async fn an_account_waits_as_long_as_it_says(context: &TestContext) {
    let (actor, sink) = (context.actor().await, Sink::new(false).await);
    let id = context.create(&actor, &AccountDraft { time_limit: "5".to_owned(), ..typed(sink.port) }).await;
    let sent = context.backend.send_test(&actor, id, &message()).await.expect("a failure is a result");
    let failure = sent.report.and_then(|report| report.failure).expect("nothing came");
    assert_eq!((failure.stage, failure.kind), (Stage::Greeting, FailureKind::TimedOut(5_000)));
    let wrong = AccountDraft { time_limit: "4".to_owned(), ..typed(sink.port) };
    let problem = context.backend.update_account(&actor, id, 1, &wrong).await.expect_err("it is too short");
    let errors = problem.field_errors().expect("beside the field");
    assert_eq!(errors.get("time_limit"), Some("A time limit is a number of seconds from 5 to 600."));
}

async fn what_stands_on_the_screen_is_tested_as_it_stands(context: &TestContext) {
    let (actor, sink) = (context.actor().await, Sink::new(true).await);
    let id = account(context, &actor, 9).await;
    let wrong = AccountDraft { host: String::new(), ..typed(sink.port) };
    let of = |id, draft: &AccountDraft| TestOf::Typed(id, Box::new(draft.clone()));
    let problem = context.backend.begin_test(&actor, of(None, &wrong), &message()).await.expect_err("it has no host");
    assert_eq!(problem.field_errors().and_then(|errors| errors.get("host")), Some("Enter a host name or IP address."));
    let nameless = AccountDraft { name: " ".to_owned(), ..typed(sink.port) };
    for (account, draft, name) in [(Some(id), typed(sink.port), "Tested"), (None, nameless, "New account")] {
        let begun = context.backend.begin_test(&actor, of(account, &draft), &message()).await.expect("it begins");
        let sent = begun.ended().await.expect("it ends");
        assert_eq!((sent.account, sent.typed, sent.account_name.as_str()), (account, true, name));
        assert_eq!((sent.port, sent.report.as_ref().map(|report| report.taken)), (sink.port, Some(Acceptance::Yes)));
        assert_eq!(kept(context, &actor, sent.id).await, sent);
    }
    let row = context.list(&actor, "").await.rows.remove(0);
    assert_eq!((row.port.map(|port| port.get()), row.last_test), (Some(9), None), "what is saved was not tested");
    let problem = context.backend.begin_test(&actor, of(Some(AccountId(99)), &typed(9)), &message()).await;
    assert_eq!(problem.map(|_| ()).expect_err("there is no such account").status(), 404);
}

async fn only_what_would_help_can_be_trusted(context: &TestContext) {
    let actor = context.actor().await;
    let tested = async |name: &str, script: Script| {
        let (port, served) = script.start().await;
        let typed = AccountDraft { safe_connection: YesNo::Yes, name: name.to_owned(), ..typed(port) };
        let id = context.create(&actor, &typed).await;
        let test = context.backend.send_test(&actor, id, &message()).await.expect("a failure is a result");
        served.await.expect("the server ends");
        test.id
    };
    let refused = async |test: TestSendId, what: TrustKind| {
        let outcome = context.backend.trust_shown(&actor, test, what).await;
        assert!(matches!(outcome, Err(Problem::Refused(_))), "{what:?}: {outcome:?}");
    };
    let untrusted = tested("Self-signed", Script::new(ConnectionSecurity::StartTls)).await;
    refused(untrusted, TrustKind::Ca).await;
    refused(untrusted, TrustKind::Machine).await;
    context.backend.trust_shown(&actor, untrusted, TrustKind::Certificate).await.expect("it is offered");

    let script = Script::new(ConnectionSecurity::StartTls).act(Point::Handshake, Act::Drop);
    refused(tested("Broken", script).await, TrustKind::Certificate).await;
}
