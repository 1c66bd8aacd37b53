//! Checks of network connectors: bounded like tests, and silent about what is no proxy. And whether a connector
//! resolves names itself.

use backend::{Backend, Config, TestOf};
use model::{AccountDraft, CheckDraft, ConnectorDraft, ConnectorFilter, ConnectorId, Problem, TestSendDraft, YesNo};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::context::{TestContext, draft};
use crate::on_both;

on_both! {
    checks_and_tests_share_what_one_person_may_begin_within_a_minute
    a_test_of_a_closed_port_counts_twice_since_it_tries_the_other_ports
    what_is_no_proxy_is_not_quoted
    a_connector_resolves_names_itself_only_where_somebody_says_so
}

fn connector(port: u16) -> ConnectorDraft {
    ConnectorDraft {
        name: "Way out".to_owned(),
        host: "127.0.0.1".to_owned(),
        port: port.to_string(),
        ..ConnectorDraft::default()
    }
}

fn reach(host: &str) -> CheckDraft {
    CheckDraft { host: host.to_owned(), port: "587".to_owned() }
}

async fn checks_and_tests_share_what_one_person_may_begin_within_a_minute(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let id = backend.create_connector(&actor, &connector(9)).await.expect("it is saved").id;
    let check = async |actor| backend.check_connector(actor, id, &reach("127.0.0.1")).await;
    let wrong = backend.check_connector(&actor, id, &CheckDraft::default()).await.expect_err("nothing was typed");
    assert!(wrong.field_errors().is_some(), "what was typed wrong is not counted: {wrong}");
    let mut checked = 0;
    for _ in 0..80 {
        match check(&actor).await {
            Ok(_) => checked += 1,
            Err(problem) => assert!(matches!(problem, Problem::TooMany(_)), "{problem}"),
        }
    }
    assert_eq!(checked, 30);
    let message = TestSendDraft::prefilled("to@nordhavn.example");
    let account = AccountDraft { host: "127.0.0.1".to_owned(), port: "9".to_owned(), ..draft("Inside") };
    let begun = backend.begin_test(&actor, TestOf::Typed(None, Box::new(account)), &message).await;
    assert!(matches!(begun, Err(Problem::TooMany(_))), "{begun:?}");
    let other = context.person("other@nordhavn.example").await;
    check(&other).await.expect("another person has a budget of their own");
}

async fn a_test_of_a_closed_port_counts_twice_since_it_tries_the_other_ports(context: &TestContext) {
    let actor = context.actor().await;
    let config = Config { tests_per_minute: 4, ..context.database.config() };
    let backend = Backend::open(config).await.expect("it opens");
    let account = AccountDraft { host: "127.0.0.1".to_owned(), port: "9".to_owned(), ..draft("Inside") };
    let begin = async || {
        let message = TestSendDraft::prefilled("to@nordhavn.example");
        let of = TestOf::Typed(None, Box::new(account.clone()));
        backend.begin_test(&actor, of, &message).await
    };
    for _ in 0..2 {
        begin().await.expect("it begins").ended().await.expect("it ends");
    }
    let refused = begin().await.expect_err("each counted twice");
    assert!(matches!(refused, Problem::TooMany(_)), "{refused}");
    backend.close().await;
}

async fn what_is_no_proxy_is_not_quoted(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // A client that goes early heard enough.
            let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2p1 internal-host\r\n").await;
        }
    });
    let id = backend.create_connector(&actor, &connector(port)).await.expect("it is saved").id;
    let found = backend.check_connector(&actor, id, &reach("127.0.0.1")).await.expect("it is checked");
    let told = serde_json::to_string(&found).expect("a check is JSON");
    assert_eq!(found.words, "It does not answer as a SOCKS5 proxy");
    assert!(!told.contains("SSH") && !told.contains("internal-host"), "{told}");
}

async fn a_connector_resolves_names_itself_only_where_somebody_says_so(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    // As an earlier version saved it.
    context
        .execute(
            "INSERT INTO connectors (name, name_folded, kind, host, port, version, created_at, saved_at, saved_by) \
             VALUES ('Old', 'old', 'socks5', '127.0.0.1', 9, 1, 0, 0, 'ops@nordhavn.example')",
        )
        .await;
    let id = ConnectorId(1);
    let form = backend.find_connector(&actor, id).await.expect("it is there");
    assert_eq!(form.draft.resolves_names, YesNo::No);
    let found = backend.check_connector(&actor, id, &reach("nobody.invalid")).await.expect("it is checked");
    let diagnosis = found.diagnosis.expect("there is no such name");
    assert!(diagnosis.explanation.contains("The proxy was not asked."), "{}", diagnosis.explanation);
    assert!(diagnosis.fixes.iter().any(|fix| fix.text.contains("Resolves names itself")), "{diagnosis:?}");

    let marked = ConnectorDraft { resolves_names: YesNo::Yes, ..form.draft };
    backend.update_connector(&actor, id, form.version, &marked).await.expect("it is saved");
    assert_eq!(backend.find_connector(&actor, id).await.map(|form| form.draft), Ok(marked));
    let page = backend.list_connectors(&actor, &ConnectorFilter::default()).await.expect("it is listed");
    assert!(page.rows[0].resolves_names);
    let found = backend.check_connector(&actor, id, &reach("nobody.invalid")).await.expect("it is checked");
    assert!(found.diagnosis.is_some_and(|found| found.cause == "nothing listens where the proxy should"));
}
