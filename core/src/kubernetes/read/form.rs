//! The part of the API's forms that is read. `null` is "not set" everywhere, as for the API.
use serde::{Deserialize, de::IgnoredAny};
use std::collections::BTreeMap;

type TextsForm = BTreeMap<String, Option<String>>;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub(in crate::kubernetes) struct MetaForm {
    pub(in crate::kubernetes) uid: Option<String>,
    pub(super) labels: Option<TextsForm>,
    pub(super) annotations: Option<TextsForm>,
    pub(super) deletion_timestamp: Option<IgnoredAny>,
    pub(super) owner_references: Option<Vec<OwnerForm>>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "a map")]
pub(super) struct OwnerForm {
    pub(super) kind: String,
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct NamespaceForm {
    pub(super) metadata: MetaForm,
}

#[derive(Deserialize)]
pub(super) struct ConfigMapForm {
    pub(super) metadata: MetaForm,
    pub(super) data: Option<TextsForm>,
}

#[derive(Deserialize)]
pub(super) struct PodForm {
    pub(super) metadata: MetaForm,
    pub(super) spec: Option<PodSpecForm>,
    pub(super) status: Option<PodStatusForm>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub(super) struct PodSpecForm {
    pub(super) service_account_name: Option<String>,
    pub(super) containers: Option<Vec<ContainerForm>>,
    pub(super) init_containers: Option<Vec<ContainerForm>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub(super) struct ContainerForm {
    pub(super) name: String,
    pub(super) ports: Option<Vec<ContainerPortForm>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub(super) struct ContainerPortForm {
    pub(super) name: Option<String>,
    pub(super) container_port: i64,
    pub(super) protocol: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub(super) struct PodStatusForm {
    pub(super) phase: Option<String>,
    pub(super) reason: Option<String>,
    #[serde(rename = "podIP")]
    pub(super) pod_ip: Option<String>,
    pub(super) container_statuses: Option<Vec<ContainerStatusForm>>,
    pub(super) init_container_statuses: Option<Vec<ContainerStatusForm>>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "a map")]
pub(super) struct ContainerStatusForm {
    pub(super) name: String,
    pub(super) ready: bool,
}

#[derive(Deserialize)]
pub(super) struct ServiceForm {
    pub(super) metadata: MetaForm,
    pub(super) spec: Option<ServiceSpecForm>,
    pub(super) status: Option<ServiceStatusForm>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub(super) struct ServiceSpecForm {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) selector: Option<TextsForm>,
    pub(super) ports: Option<Vec<PortForm>>,
    #[serde(rename = "clusterIP")]
    pub(super) cluster_ip: Option<String>,
    #[serde(rename = "clusterIPs")]
    pub(super) cluster_ips: Option<Vec<String>>,
    #[serde(rename = "externalIPs")]
    pub(super) external_ips: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub(super) struct PortForm {
    pub(super) name: Option<String>,
    pub(super) port: i64,
    pub(super) target_port: Option<TargetForm>,
    pub(super) protocol: Option<String>,
    pub(super) app_protocol: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "must be a port or the name of one")]
pub(super) enum TargetForm {
    Number(i64),
    Name(String),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub(super) struct ServiceStatusForm {
    pub(super) load_balancer: Option<LoadBalancerForm>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "a map")]
pub(super) struct LoadBalancerForm {
    pub(super) ingress: Option<Vec<GivenForm>>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "a map")]
pub(super) struct GivenForm {
    pub(super) ip: Option<String>,
    pub(super) hostname: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SliceForm {
    pub(super) metadata: MetaForm,
    pub(super) endpoints: Option<Vec<EndpointForm>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub(super) struct EndpointForm {
    pub(super) addresses: Option<Vec<String>>,
    pub(super) target_ref: Option<TargetRefForm>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "a map")]
pub(super) struct TargetRefForm {
    pub(super) kind: Option<String>,
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
    pub(super) uid: Option<String>,
}
