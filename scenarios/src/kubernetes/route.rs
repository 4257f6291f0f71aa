//! What a path asks for.
use percent_encoding::percent_decode_str;

/// What a path asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Version,
    /// `/healthz`, `/livez`, `/readyz`, and parts of them.
    Health,
    CoreVersions,
    Groups,
    Group(String),
    /// The kinds of a group and version.
    Kinds(String, String),
    OpenApiV2,
    OpenApiV3,
    /// `apis/apps/v1`.
    OpenApiV3Of(String),
    Objects(Place),
}

/// Objects that a path asks for: all of a kind, one, or a part of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) group: String,
    pub(super) version: String,
    /// Empty: of the cluster, or of all namespaces.
    pub(super) namespace: String,
    pub(super) plural: String,
    /// Empty: all.
    pub(super) name: String,
    /// `status`, `scale`, …; empty: the object itself.
    pub(super) subresource: String,
}

impl Route {
    /// `None`: there is nothing there.
    pub(super) fn of(path: &str) -> Option<Self> {
        let parts: Option<Vec<String>> = path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| percent_decode_str(part).decode_utf8().ok().map(std::borrow::Cow::into_owned))
            .collect();
        let parts = parts?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Some(match parts.as_slice() {
            ["version"] => Self::Version,
            ["healthz" | "livez" | "readyz", ..] => Self::Health,
            ["openapi", "v2"] => Self::OpenApiV2,
            ["openapi", "v3"] => Self::OpenApiV3,
            ["openapi", "v3", of @ ..] => Self::OpenApiV3Of(of.join("/")),
            ["api"] => Self::CoreVersions,
            ["apis"] => Self::Groups,
            ["apis", group] => Self::Group((*group).to_owned()),
            ["api", version] => Self::Kinds(String::new(), (*version).to_owned()),
            ["apis", group, version] => Self::Kinds((*group).to_owned(), (*version).to_owned()),
            ["api", version, rest @ ..] => Self::Objects(place("", version, rest)?),
            ["apis", group, version, rest @ ..] => Self::Objects(place(group, version, rest)?),
            _ => return None,
        })
    }
}

fn place(group: &str, version: &str, rest: &[&str]) -> Option<Place> {
    let (namespace, rest) = match rest {
        ["namespaces", _, "status" | "finalize"] => ("", rest),
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
        _ => ("", rest),
    };
    let (plural, name, subresource) = match rest {
        [plural] => (*plural, "", ""),
        [plural, name] => (*plural, *name, ""),
        [plural, name, subresource] => (*plural, *name, *subresource),
        _ => return None,
    };
    Some(Place {
        group: group.to_owned(),
        version: version.to_owned(),
        namespace: namespace.to_owned(),
        plural: plural.to_owned(),
        name: name.to_owned(),
        subresource: subresource.to_owned(),
    })
}
