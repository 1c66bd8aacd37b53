//! Whatever an account may be, its export can be imported: unchanged where it came from, and the same again elsewhere.

use model::{AccountDraft, ExportFormat, MechanismChoice, TlsType, TrustKind, YesNo};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

use crate::context::{TestContext, draft};
use crate::import::{counts, credential, errors, export, import};
use crate::on_both;

on_both! {
    whatever_was_exported_comes_back_unchanged
}

fn authority() -> String {
    let mut params = CertificateParams::new([]).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    params.self_signed(&key).expect("an authority signs itself").pem()
}

fn any_draft() -> impl Strategy<Value = AccountDraft> {
    let name = prop_oneof![
        "[=+@'-]{1,3}[a-z(),;\"]{1,20}",
        "[\\p{L}\\p{N}\\p{S}\\p{P}]{1,40}",
        Just("🏤 Posthaus, \"Süd\"; '=1'".to_owned()),
        Just("12345".to_owned()),
        Just("_x000D_".to_owned()),
    ];
    let address = prop_oneof![
        "[a-z]{1,10}\\+[a-z]{1,5}@[a-z]{1,10}\\.example",
        Just("=cmd@x.example".to_owned()),
        Just("+31@x.example".to_owned()),
        Just("почта@пример.example".to_owned()),
    ];
    let yes_no = || any::<bool>().prop_map(YesNo::from);
    let trust = prop_oneof![
        Just((TrustKind::Machine, String::new())),
        "[0-9a-f]{64}".prop_map(|pin| (TrustKind::Certificate, pin))
    ];
    let answers = (yes_no(), yes_no(), yes_no(), yes_no(), yes_no(), yes_no(), yes_no());
    let port = prop_oneof![Just(String::new()), (1..=65_535_u32).prop_map(|port| port.to_string())];
    let time_limit = prop_oneof![Just(String::new()), (5..=600_u32).prop_map(|seconds| seconds.to_string())];
    let host = prop_oneof!["[a-z]{1,12}\\.example", Just("büro.example".to_owned()), Just("[::1]".to_owned())];
    (name, [address.clone(), address.clone(), address.clone(), address], answers, (port, time_limit), host, trust)
        .prop_map(
            |(name, [sender, reply, return_path, confirmation], answers, (port, time_limit), host, (trust, pin))| {
                let (enabled, force_settings, read_receipt, footer, safe_connection, ignore_certificate, ssl) = answers;
                let tls_type = if ssl.is_yes() { TlsType::Ssl } else { TlsType::Tls };
                AccountDraft {
                    enabled,
                    sender,
                    reply,
                    return_path,
                    confirmation,
                    force_settings,
                    read_receipt,
                    footer,
                    host,
                    port,
                    time_limit,
                    safe_connection,
                    tls_type,
                    ignore_certificate,
                    trust,
                    pin,
                    ..draft(&name)
                }
            },
        )
}

async fn whatever_was_exported_comes_back_unchanged(context: &TestContext) {
    let actor = context.actor().await;
    let mut runner = TestRunner::new(Config::default());
    let mut made = 0;
    while made < 40 {
        let draft = any_draft().new_tree(&mut runner).expect("a draft").current();
        // A name may be there already, or have no character that is left.
        made += usize::from(context.backend.create_account(&actor, &draft).await.is_ok());
    }
    let relay = credential(context, &actor, "=Relay, \"main\"").await;
    let signs_in = AccountDraft {
        authentication: YesNo::Yes,
        credential: relay,
        mechanism: MechanismChoice::from_key("PLAIN").expect("a mechanism"),
        ..draft("Signs in")
    };
    context.create(&actor, &signs_in).await;
    // The one answer that has line breaks.
    context.create(&actor, &AccountDraft { trust: TrustKind::Ca, ca: authority(), ..draft("Trusts a CA") }).await;
    let before = context.list(&actor, "page_size=100").await;
    for format in ExportFormat::ALL {
        let file = export(context, &actor, format).await;
        let imported = import(context, &actor, file.clone(), format).await;
        assert_eq!(imported.counts(), counts(0, 0, 42, 0), "{format:?}: {imported:?}");
        assert!(imported.ignored.contains(&"Last test".to_owned()), "{format:?}: {:?}", imported.ignored);
    }
    assert_eq!(context.list(&actor, "page_size=100").await, before, "no version was counted, no row saved");
    // And in an empty place, the same accounts again.
    let file = export(context, &actor, ExportFormat::Json).await;
    for row in &before.rows {
        if !row.default {
            context.backend.delete_account(&actor, row.id).await.expect("it is deleted");
        }
    }
    let mut entries: Vec<serde_json::Value> = serde_json::from_slice(&file).expect("it is JSON");
    for entry in &mut entries {
        entry["id"] = serde_json::Value::Null;
    }
    let kept = usize::from(before.rows.iter().any(|row| row.default));
    let again = serde_json::to_vec(&entries).expect("it is JSON");
    let imported = import(context, &actor, again, ExportFormat::Json).await;
    assert_eq!(imported.counts(), counts(42 - kept, 0, kept, 0), "{:?}", errors(&imported));
    let after: Vec<serde_json::Value> =
        serde_json::from_slice(&export(context, &actor, ExportFormat::Json).await).expect("it is JSON");
    let without_id = |entries: &[serde_json::Value]| {
        let mut all: Vec<_> = entries.to_vec();
        all.iter_mut().for_each(|entry| entry["id"] = serde_json::Value::Null);
        all.sort_by_key(ToString::to_string);
        all
    };
    assert_eq!(without_id(&after), without_id(&entries));
}
