//! Bytes come from a peer, JSON from a user; neither may take the process down.

use proptest::prelude::*;
use serde_json::{Value, json};
use strait_proto::spec_codec;

const NAMES: [&str; 8] = [
    super::DATAPLANE,
    super::MESH,
    super::ZONE_INGRESS,
    super::SERVICE_INSIGHT,
    "kuma.mesh.v1alpha1.DataplaneInsight",
    "kuma.system.v1alpha1.ZoneInsight",
    "kuma.system.v1alpha1.Secret",
    "kuma.system.v1alpha1.DataSource",
];

/// Whatever can be read can be written again, and then says the same.
fn survives(name: &str, bytes: &[u8]) -> Result<(), TestCaseError> {
    let Ok(value) = spec_codec::decode(name, bytes) else {
        return Ok(());
    };
    let written = spec_codec::encode(name, &value);
    prop_assert!(written.is_ok(), "{name}: {value} {written:?}");
    let again = spec_codec::decode(name, &written.unwrap_or_default());
    prop_assert_eq!(again, Ok(value.clone()));
    prop_assert_eq!(spec_codec::encode_over(name, &value, bytes), Ok(bytes.to_vec()));
    Ok(())
}

fn a_dataplane_insight() -> Vec<u8> {
    let spec = json!({
        "subscriptions": [{
            "connectTime": "2026-03-01T08:00:00Z",
            "status": { "total": { "responsesSent": "12" } },
            "version": { "dependencies": { "a": "b", "c": "d" } },
        }],
        "metadata": { "number": 1.5, "list": [null, true, { "deep": [[]] }] },
        "mTLS": { "certificateExpirationTime": "1970-01-01T00:00:00Z" },
    });
    spec_codec::encode("kuma.mesh.v1alpha1.DataplaneInsight", &spec).expect("encodes")
}

fn json_value() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("networking"),
        Just("inbound"),
        Just("tags"),
        Just("mtls"),
        Just("backends"),
        Just("conf"),
        Just("services"),
        Just("subscriptions"),
        Just("connectTime"),
        Just("port"),
        Just("interval"),
        Just("serviceProbe"),
        Just("x"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        "[-+]?[0-9]{1,25}(\\.[0-9]{0,12})?s".prop_map(Value::from),
        "[0-9]{1,12}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,12})?(Z|[-+][0-9]{2}:[0-9]{2})".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(word.clone().prop_map(str::to_owned), inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A timestamp or duration somewhere in each kind that has one, written with any text.
fn time_text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,24}",
        "[-+]?[0-9]{0,25}(\\.[0-9]{0,12})?s?",
        "[-+]?[0-9]{1,7}-[0-9]{1,2}-[0-9]{1,2}[Tt ][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\\.[0-9]{0,12})?(Z|[-+][0-9]{1,2}:[0-9]{1,2})?",
    ]
}

proptest! {
    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..96)) {
        for name in NAMES {
            survives(name, &bytes)?;
        }
    }

    #[test]
    fn damaged_bytes(at in any::<prop::sample::Index>(), new in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = a_dataplane_insight();
        let index = at.index(bytes.len());
        bytes[index] = new;
        survives("kuma.mesh.v1alpha1.DataplaneInsight", &bytes)?;
        bytes.truncate(cut.index(bytes.len()));
        survives("kuma.mesh.v1alpha1.DataplaneInsight", &bytes)?;
    }

    #[test]
    fn arbitrary_times_in_bytes(seconds in any::<i64>(), nanos in any::<i32>()) {
        use prost::Message;
        let connect_time = Some(prost_types::Timestamp { seconds, nanos });
        let insight = strait_proto::mesh::DataplaneInsight {
            subscriptions: vec![strait_proto::mesh::DiscoverySubscription { connect_time, ..Default::default() }],
            ..Default::default()
        };
        survives("kuma.mesh.v1alpha1.DataplaneInsight", &insight.encode_to_vec())?;
        let request_timeout = Some(prost_types::Duration { seconds, nanos });
        let backend = strait_proto::mesh::certificate_authority_backend::RootChain { request_timeout };
        survives("kuma.mesh.v1alpha1.CertificateAuthorityBackend.RootChain", &backend.encode_to_vec())?;
    }

    #[test]
    fn arbitrary_json(value in json_value()) {
        for name in NAMES {
            if let Ok(bytes) = spec_codec::encode(name, &value) {
                survives(name, &bytes)?;
            }
        }
    }

    #[test]
    fn arbitrary_times_in_json(text in time_text()) {
        let insight = json!({ "subscriptions": [{ "connectTime": text }] });
        let _ = spec_codec::encode("kuma.mesh.v1alpha1.DataplaneInsight", &insight);
        let chain = json!({ "requestTimeout": text });
        let _ = spec_codec::encode("kuma.mesh.v1alpha1.CertificateAuthorityBackend.RootChain", &chain);
    }
}
