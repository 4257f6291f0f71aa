//! What is wrong with an object, said so that it fits an Event of Kubernetes.
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something is wrong with an object, or is not as its author may think. All else goes on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// What sort.
    pub reason: Reason,
    /// What exactly, for people.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason.as_str(), self.message)
    }
}

/// What is wrong: the `reason` of an Event. Those that Kuma has are called as there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// A field cannot be read: the object counts as it was before, or not at all.
    Unreadable,
    /// An annotation or a label says what nobody understands, and is passed over.
    NotUnderstood,
    /// A label is computed here, and what the object says of it is passed over.
    LabelIgnored,
    /// The mesh does not exist, or not in this zone.
    MeshMissing,
    /// No proxy can be made of the pod.
    FailedToGenerateKumaDataplane,
    /// No service can be made of the service.
    FailedToGenerateMeshService,
    /// A port is on UDP or SCTP, which no mesh carries.
    IgnoredUnsupportedPort,
    /// A service selects the pod, and means a port that it does not have.
    NoSuchPort,
    /// The pod is to be in the mesh, and has no sidecar.
    SidecarMissing,
    /// Other zones have no address of this ingress.
    NoPublicAddress,
    /// Listeners of a zone proxy are made in meshes with `meshServices.mode: Exclusive` only.
    ZoneProxyListenersSkipped,
    /// It is reached by IPv6 only.
    NoIpv4Address,
    /// Nobody of the mesh serves it.
    SelectsNothing,
    /// Nothing can select it.
    NoLabels,
    /// Something else has the name of what would be made of it.
    NameTaken,
    /// It is no resource that the zone takes.
    Refused,
    /// The API does not take what the zone would write.
    NotWritten,
}

impl Reason {
    /// As an Event says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "Unreadable",
            Self::NotUnderstood => "NotUnderstood",
            Self::LabelIgnored => "LabelIgnored",
            Self::MeshMissing => "MeshMissing",
            Self::FailedToGenerateKumaDataplane => "FailedToGenerateKumaDataplane",
            Self::FailedToGenerateMeshService => "FailedToGenerateMeshService",
            Self::IgnoredUnsupportedPort => "IgnoredUnsupportedPort",
            Self::NoSuchPort => "NoSuchPort",
            Self::SidecarMissing => "SidecarMissing",
            Self::NoPublicAddress => "NoPublicAddress",
            Self::ZoneProxyListenersSkipped => "ZoneProxyListenersSkipped",
            Self::NoIpv4Address => "NoIPv4Address",
            Self::SelectsNothing => "SelectsNothing",
            Self::NoLabels => "NoLabels",
            Self::NameTaken => "NameTaken",
            Self::Refused => "Refused",
            Self::NotWritten => "NotWritten",
        }
    }

    /// Whether somebody has to do something: the `type` of an Event is `Warning`, else `Normal`.
    pub fn is_warning(self) -> bool {
        !matches!(self, Self::IgnoredUnsupportedPort | Self::SelectsNothing | Self::NoLabels)
    }
}

/// Gathers what is wrong with one object.
#[derive(Debug, Default)]
pub(super) struct Problems(pub(super) Vec<Problem>);

impl Problems {
    pub(super) fn add(&mut self, reason: Reason, message: impl AsRef<str>) {
        let problem = Problem { reason, message: fit(message.as_ref()) };
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }
}

/// The longest text of an Event, in bytes.
const MOST: usize = 1024;

/// Objects say what they want: nothing of that drives a terminal, and an Event holds it.
fn fit(message: &str) -> String {
    let mut fit = String::new();
    for letter in message.chars() {
        let before = fit.len();
        if letter.is_control() {
            fit.extend(letter.escape_default());
        } else {
            fit.push(letter);
        }
        if fit.len() > MOST - '…'.len_utf8() {
            fit.truncate(before);
            fit.push('…');
            break;
        }
    }
    fit
}
