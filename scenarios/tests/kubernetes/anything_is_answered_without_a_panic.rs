//! Whatever a client sends, it is answered: paths, queries, media types and bodies of any sort.
use super::cluster::Cluster;
use proptest::prelude::*;
use serde_json::{Value, json};
use strait_scenarios::kubernetes::Request;

fn any_json() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        Just("metadata"),
        Just("name"),
        Just("labels"),
        Just("spec"),
        Just("status"),
        Just("selector"),
        Just("ports"),
        Just("template"),
        Just("containers"),
        Just("finalizers"),
        Just("managedFields"),
        Just("ownerReferences"),
        Just("versions"),
        Just("$patch"),
        Just("$setElementOrder/ports"),
        Just("op"),
        Just("path"),
        Just("value"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z/0-9.-]{0,6}".prop_map(Value::from),
        Just(json!("replace")),
        Just(json!("delete")),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_request() -> impl Strategy<Value = Request> {
    let kinds = prop_oneof![
        Just("api/v1/namespaces/default/pods"),
        Just("api/v1/namespaces/default/services"),
        Just("api/v1/namespaces"),
        Just("apis/apps/v1/namespaces/default/deployments"),
        Just("apis/apiextensions.k8s.io/v1/customresourcedefinitions"),
        Just("apis/discovery.k8s.io/v1/namespaces/default/endpointslices"),
        Just("apis"),
        Just("openapi/v3/apis/apps"),
    ];
    let rest =
        prop_oneof![Just(""), Just("/web"), Just("/web/status"), Just("/web/scale"), Just("/web/binding"), Just("/%ff"), Just("/a/b/c/d")];
    let method = prop_oneof![Just("GET"), Just("POST"), Just("PUT"), Just("PATCH"), Just("DELETE"), Just("BREW")];
    let media = prop_oneof![
        Just("application/json"),
        Just("application/merge-patch+json"),
        Just("application/strategic-merge-patch+json"),
        Just("application/json-patch+json"),
        Just("application/apply-patch+yaml"),
        Just("text/plain"),
    ];
    let query = prop_oneof![
        Just(String::new()),
        Just("watch=1&resourceVersion=1".to_owned()),
        Just("fieldManager=a&force=true".to_owned()),
        Just("limit=1&continue=abc".to_owned()),
        "[a-zA-Z=&%(),! ]{0,20}".prop_map(|text| format!("labelSelector={text}&fieldSelector={text}")),
    ];
    (method, kinds, rest, query, media, any_json()).prop_map(|(method, kind, rest, query, media, mut body)| {
        if let Value::Object(map) = &mut body
            && query.contains("fieldManager")
        {
            map.insert("apiVersion".to_owned(), json!("apps/v1"));
            map.insert("kind".to_owned(), json!("Deployment"));
        }
        Request::with_body(method, &format!("/{kind}{rest}?{query}"), media, &body)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn anything_is_answered_without_a_panic(requests in prop::collection::vec(any_request(), 1..12)) {
        let mut cluster = Cluster::new();
        cluster.deploy(1);
        for request in requests {
            drop(cluster.answer(request));
            cluster.settle();
        }
    }
}
