//! `MeshTrafficPermission`: who may connect to a proxy.
use super::{
    TargetRef,
    field::{self, Unknown},
    mesh_timeout::{Match, items},
    path::{Path, Violations},
    target_ref::Allowed,
};
use serde::{Deserialize, Serialize};

/// The spec of a `MeshTrafficPermission`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct MeshTrafficPermission {
    /// Which proxies it is for; unset: all of the mesh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_ref: Option<TargetRef>,
    /// Who may connect, told by tags: the older way, for proxies without identities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Vec<PermissionFrom>>,
    /// Who may connect, told by SPIFFE IDs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<PermissionRule>>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// One group of clients, and what they may.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct PermissionFrom {
    /// Who is meant.
    #[serde(deserialize_with = "field::or_default")]
    pub target_ref: TargetRef,
    /// What they may.
    #[serde(deserialize_with = "field::or_default")]
    pub default: Permission,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Some clients.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct PermissionRule {
    /// Who may, and who may not.
    #[serde(deserialize_with = "field::or_default")]
    pub default: Permission,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Who may connect: lists of clients below `rules`, one action below `from`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Permission {
    /// What the clients may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// These may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow: Option<Vec<Match>>,
    /// These may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deny: Option<Vec<Match>>,
    /// These may, with a word in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_with_shadow_deny: Option<Vec<Match>>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What clients may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// They may connect.
    Allow,
    /// They may not.
    Deny,
    /// They may, with a word in the log.
    AllowWithShadowDeny,
}

impl MeshTrafficPermission {
    pub(super) fn check(&self, found: &mut Violations) {
        let spec = Path::Root.field("spec");
        let (from, rules) = (items(self.from.as_ref()), items(self.rules.as_ref()));
        if let Some(target) = &self.target_ref {
            let kinds = ["Mesh", "MeshSubset", "MeshService", "MeshServiceSubset", "Dataplane"];
            let inbound = !from.is_empty() || !rules.is_empty();
            target.check(&Allowed { inbound, ..Allowed::kinds(&kinds) }, &spec.field("targetRef"), found);
        }
        let both = !from.is_empty() && !rules.is_empty();
        found.add_if(both, &spec, "field 'from' must be empty when 'rules' is defined");
        let none = from.is_empty() && rules.is_empty();
        found.add_if(none, &spec, "at least one of 'from' or 'rules' has to be defined");
        for (index, rule) in rules.iter().enumerate() {
            rule.default.check_clients(&spec.field("rules").index(index), found);
        }
        for (index, item) in from.iter().enumerate() {
            let at = spec.field("from");
            let at = at.index(index);
            let kinds = ["Mesh", "MeshSubset", "MeshService", "MeshServiceSubset"];
            item.target_ref.check(&Allowed::kinds(&kinds), &at.field("targetRef"), found);
            found.add_if(item.default.action.is_none(), &at.field("default").field("action"), "must be defined");
        }
    }
}

impl Permission {
    /// Kuma leaves `default` out of these paths.
    fn check_clients(&self, at: &Path<'_>, found: &mut Violations) {
        let lists = [("allow", &self.allow), ("allowWithShadowDeny", &self.allow_with_shadow_deny), ("deny", &self.deny)];
        let none = lists.iter().all(|(_, list)| items(list.as_ref()).is_empty());
        found.add_if(none, at, "at least one of 'allow', 'allowWithShadowDeny', 'deny' has to be defined");
        for (name, list) in lists {
            for (index, one) in items(list.as_ref()).iter().enumerate() {
                one.check(&at.field(name).index(index), found);
            }
        }
    }
}
