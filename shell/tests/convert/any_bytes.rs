//! Whatever a peer sends, nothing panics.
use proptest::{collection::vec, prelude::*, sample::select};
use prost::Message as _;
use prost_types::Any;
use strait_core::{resource::KNOWN_KINDS, sync::*};
use strait_proto::kds::*;
use strait_shell::convert::*;

fn type_url() -> impl Strategy<Value = String> {
    let known = KNOWN_KINDS.iter().map(|facts| facts.name).chain(["strait.Everything", "strait.Beat", "strait.History", "Unheard"]);
    prop_oneof![select(known.map(str::to_owned).collect::<Vec<_>>()), ".{0,20}"]
}

fn any_of(bytes: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Any> {
    let type_url = prop_oneof![
        Just(KUMA_RESOURCE_TYPE_URL.to_owned()),
        Just(String::new()),
        Just("type.googleapis.com/kuma.mesh.v1alpha1.Dataplane".to_owned()),
        ".{0,10}"
    ];
    (type_url, bytes).prop_map(|(type_url, value)| Any { type_url, value })
}

fn garbage() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..60)
}

fn kuma_resource() -> impl Strategy<Value = Vec<u8>> {
    (prop_oneof!["[a-z]{1,5}", ".{0,5}"], proptest::option::of(any_of(garbage())), proptest::option::of(any_of(garbage()))).prop_map(
        |(name, spec, status)| {
            KumaResource { meta: Some(Meta { name, mesh: "default".to_owned(), ..Default::default() }), spec, status }.encode_to_vec()
        },
    )
}

proptest! {
    #[test]
    fn as_a_message(bytes in garbage()) {
        for dialect in [Dialect::Kuma, Dialect::Strait] {
            if let Ok(wire) = DeltaDiscoveryRequest::decode(bytes.as_slice()) {
                let _ = request_from_wire(Lane::Down, dialect, wire);
            }
            if let Ok(wire) = DeltaDiscoveryResponse::decode(bytes.as_slice()) {
                let _ = response_from_wire(Lane::Up, dialect, wire);
            }
        }
    }

    #[test]
    fn within_a_response(
        type_url in type_url(),
        said in prop_oneof![".{0,30}", Just(String::new()), Just("{\"starts\":[],\"head\":0}".to_owned())],
        names in vec(prop_oneof!["[a-z]{1,5}\\.default", "[a-z]{1,5}", ".{0,10}"], 0..3),
        anys in vec(prop_oneof![any_of(garbage()), any_of(kuma_resource())], 0..3),
    ) {
        let resources = names.iter().zip(anys).map(|(name, any)| Resource { name: name.clone(), version: String::new(), resource: Some(any) });
        let wire = DeltaDiscoveryResponse {
            type_url, system_version_info: said, resources: resources.collect(), removed_resources: names.clone(), ..Default::default()
        };
        if let Ok(response) = response_from_wire(Lane::Down, Dialect::Strait, wire) {
            let _ = response_size(&response, &mut |resource| resource_size(resource));
        }
    }
}
