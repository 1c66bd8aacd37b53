//! The networks that are closed: kept, and held against every connection.

use backend::{Backend, Config, TestOf};
use model::{
    AccountDraft, Actor, CheckDraft, ConfiguredNetworks, ConnectorDraft, FailureKind, Network, NetworksDraft, Problem,
    Stage, TestSendDraft, YesNo,
};

use crate::context::{TestContext, draft};
use crate::on_both;

on_both! {
    what_is_closed_is_not_connected_to
    a_save_on_top_of_another_is_refused
    the_configuration_wins_over_the_page
    where_the_configuration_names_networks_no_connector_resolves_names
}

fn closing(closed: &str, open: &str, version: i64) -> NetworksDraft {
    NetworksDraft { closed: closed.to_owned(), open: open.to_owned(), version }
}

async fn what_is_closed_is_not_connected_to(context: &TestContext) {
    let actor = context.actor().await;
    let saved = context.backend.save_networks(&actor, &closing("127.0.0.1\r\n10.0.0.0/8", "", 0)).await.expect("saved");
    assert_eq!(saved, closing("127.0.0.1/32\n10.0.0.0/8\n", "", 1));
    assert_eq!(context.backend.find_networks(&actor).await.map(|form| form.draft), Ok(saved));
    let words = test_of_this_machine(&context.backend, &actor).await;
    assert!(words.contains("a network that an administrator closed"), "{words}");
}

/// Why an account of this machine is not connected to; nothing where it is.
async fn test_of_this_machine(backend: &Backend, actor: &Actor) -> String {
    let account = AccountDraft {
        host: "127.0.0.1".to_owned(),
        port: "9".to_owned(),
        safe_connection: YesNo::No,
        ..draft("Inside")
    };
    let message = TestSendDraft::prefilled("to@nordhavn.example");
    let begun = backend.begin_test(actor, TestOf::Typed(None, Box::new(account)), &message).await;
    let test = begun.expect("it begins").ended().await.expect("it ends");
    let failure = test.report.and_then(|report| report.failure).expect("nothing listens there");
    assert_eq!(failure.stage, Stage::Tcp);
    match failure.kind {
        FailureKind::Unreachable(words) => words,
        kind => {
            assert_eq!(kind, FailureKind::ConnectionRefused);
            String::new()
        }
    }
}

async fn the_configuration_wins_over_the_page(context: &TestContext) {
    let actor = context.actor().await;
    context.backend.save_networks(&actor, &closing("", "127.0.0.0/8", 0)).await.expect("saved");
    assert_eq!(test_of_this_machine(&context.backend, &actor).await, "");
    let configured = async |denied: &[&str], allowed: &[&str]| {
        let networks = |list: &[&str]| list.iter().map(|text| Network::parse(text).expect(text)).collect();
        let networks = ConfiguredNetworks { denied: networks(denied), allowed: networks(allowed) };
        Backend::open(Config { networks, ..context.database.config() }).await.expect("it opens")
    };

    let backend = configured(&["127.0.0.0/8"], &[]).await;
    let words = test_of_this_machine(&backend, &actor).await;
    assert!(words.contains("a network that the configuration denies"), "{words}");
    let form = backend.find_networks(&actor).await.expect("they are found");
    assert_eq!((form.denied, form.allowed), (vec!["127.0.0.0/8".to_owned()], Vec::new()));
    let problem = backend.save_networks(&actor, &closing("", "127.0.0.1", 1)).await.expect_err("it opens nothing");
    let said = problem.field_errors().and_then(|errors| errors.get("open")).unwrap_or_default();
    assert!(said.contains("the configuration denies 127.0.0.0/8 (--deny-networks)"), "{said}");
    backend.close().await;

    let backend = configured(&[], &["192.0.2.0/24"]).await;
    let words = test_of_this_machine(&backend, &actor).await;
    assert!(words.contains("outside the networks that the configuration allows"), "{words}");
    let form = backend.find_networks(&actor).await.expect("they are found");
    assert_eq!((form.denied, form.allowed), (Vec::new(), vec!["192.0.2.0/24".to_owned()]));
    let problem = backend.save_networks(&actor, &closing("", "127.0.0.1", 1)).await.expect_err("it opens nothing");
    let said = problem.field_errors().and_then(|errors| errors.get("open")).unwrap_or_default();
    assert!(said.contains("--allow-networks"), "{said}");
    backend.close().await;

    let backend = configured(&["127.0.0.1"], &["127.0.0.0/8"]).await;
    let words = test_of_this_machine(&backend, &actor).await;
    assert!(words.contains("a network that the configuration denies"), "denying wins: {words}");
    backend.close().await;

    let backend = configured(&[], &["127.0.0.0/8"]).await;
    assert_eq!(test_of_this_machine(&backend, &actor).await, "");
    backend.save_networks(&actor, &closing("127.0.0.1", "", 1)).await.expect("the page closes more");
    let words = test_of_this_machine(&backend, &actor).await;
    assert!(words.contains("a network that an administrator closed"), "{words}");
    backend.close().await;
}

async fn where_the_configuration_names_networks_no_connector_resolves_names(context: &TestContext) {
    let actor = context.actor().await;
    let (name, host, port) = ("Way out".to_owned(), "127.0.0.1".to_owned(), "9".to_owned());
    let marked = ConnectorDraft { name, host, port, resolves_names: YesNo::Yes, ..ConnectorDraft::default() };
    let saved = context.backend.create_connector(&actor, &marked).await.expect("no network is configured");
    let reached = CheckDraft { host: "mail.internal".to_owned(), port: "25".to_owned() };
    let network = vec![Network::parse("10.0.0.0/8").expect("a network")];
    for networks in [
        ConfiguredNetworks { denied: network.clone(), allowed: Vec::new() },
        ConfiguredNetworks { denied: Vec::new(), allowed: network },
    ] {
        let backend = Backend::open(Config { networks, ..context.database.config() }).await.expect("it opens");
        let problem = backend.check_connector(&actor, saved.id, &reached).await.expect_err("it is not used");
        let said = problem.to_string();
        assert!(said.contains("--deny-networks, --allow-networks") && said.contains("“Way out”"), "{said}");
        let version = backend.find_connector(&actor, saved.id).await.expect("it is there").version;
        let other = ConnectorDraft { name: "Another".to_owned(), ..marked.clone() };
        let refused = [
            backend.create_connector(&actor, &other).await.map(|_| ()),
            backend.update_connector(&actor, saved.id, version, &marked).await.map(|_| ()),
        ];
        for problem in refused.map(|saved| saved.expect_err("it is not saved")) {
            let said = problem.field_errors().and_then(|errors| errors.get("resolves_names")).unwrap_or_default();
            assert!(said.contains("--deny-networks, --allow-networks"), "{problem}");
        }
        let resolved =
            ConnectorDraft { name: format!("Checked {version}"), resolves_names: YesNo::No, ..marked.clone() };
        let kept = backend.create_connector(&actor, &resolved).await.expect("it is saved");
        backend.delete_connector(&actor, kept.id).await.expect("it is deleted");
        backend.close().await;
    }
}

async fn a_save_on_top_of_another_is_refused(context: &TestContext) {
    let actor = context.actor().await;
    context.backend.save_networks(&actor, &closing("10.0.0.0/8", "", 0)).await.expect("saved");
    let problem = context.backend.save_networks(&actor, &closing("", "", 0)).await.expect_err("it is stale");
    let Problem::Conflict(conflict) = problem else { panic!("{problem}") };
    assert_eq!((conflict.version, conflict.saved_by.as_str()), (1, "ops@nordhavn.example"));
    let differing: Vec<_> = conflict.differences.iter().map(|one| (&*one.field, &*one.mine, &*one.theirs)).collect();
    assert_eq!(differing, [("closed", "", "10.0.0.0/8")]);
    let made_up = context.backend.save_networks(&actor, &closing("10.0.0.0/8", "", 7)).await.expect_err("no version");
    assert!(matches!(made_up, Problem::Conflict(conflict) if conflict.differences.is_empty()));
    let problem = context.backend.save_networks(&actor, &closing("ten", "x", 1)).await.expect_err("no networks");
    assert_eq!(problem.field_errors().map(|errors| errors.0.len()), Some(2));
    assert_eq!(context.backend.find_networks(&actor).await.map(|form| form.draft.version), Ok(1));
}
