//! The role of a policy: who it is for, recomputed from what it says (Kuma 2.14).
use super::{Resource, labels};
use serde_json::Value;

/// Who a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyRole {
    /// Everybody: written where operators write.
    System,
    /// The clients of a service of its own namespace; crosses zones.
    Producer,
    /// The clients in its own namespace.
    Consumer,
    /// The workloads of its own namespace.
    WorkloadOwner,
}

impl PolicyRole {
    /// As the label [`labels::POLICY_ROLE`] says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
            Self::WorkloadOwner => "workload-owner",
        }
    }
}

/// A policy mixes what belongs to different roles.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MixedRoles(&'static str);

/// Recomputes the role of a policy from its namespace label and what it targets.
///
/// # Errors
/// It has both `from` and `to`, or `to` mixes services of its own namespace with others.
pub fn policy_role(resource: &Resource) -> Result<PolicyRole, MixedRoles> {
    let Some(namespace) = resource.labels.get(labels::NAMESPACE).filter(|namespace| !namespace.is_empty()) else {
        return Ok(PolicyRole::System);
    };
    let items =
        |field: &str| resource.spec.value().and_then(|spec| spec.get(field)).and_then(Value::as_array).filter(|items| !items.is_empty());
    match (items("from"), items("to")) {
        (Some(_), Some(_)) => Err(MixedRoles("a policy in a namespace has either `from` or `to`, not both")),
        (Some(_), None) | (None, None) => Ok(PolicyRole::WorkloadOwner),
        (None, Some(to)) => match to.iter().filter(|item| targets_own_service(item, namespace)).count() {
            0 => Ok(PolicyRole::Consumer),
            own if own == to.len() => Ok(PolicyRole::Producer),
            _ => Err(MixedRoles("`to` mixes services of the policy's own namespace with others")),
        },
    }
}

fn targets_own_service(item: &Value, namespace: &str) -> bool {
    let target = item.get("targetRef");
    let text = |field: &str| target.and_then(|target| target.get(field)).and_then(Value::as_str);
    matches!(text("kind"), Some("MeshService" | "MeshHTTPRoute"))
        && text("name").is_some()
        && text("namespace").is_none_or(|named| named == namespace)
}
