//! Which requests something is for.
use super::callers::User;

/// Requests of some callers; by default all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Of callers whose name begins so: `system:serviceaccount:NAMESPACE:NAME`; empty: of all.
    pub user: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`; `*`: any.
    pub verb: String,
    /// `pods`, `deployments.apps`; `*`: all, and what is no resource, such as discovery.
    pub resource: String,
}

impl Default for Rule {
    fn default() -> Self {
        Self { user: String::new(), verb: "*".to_owned(), resource: "*".to_owned() }
    }
}

impl Rule {
    pub(super) fn is_for(&self, user: &User, verb: &str, resource: &str) -> bool {
        let one_of = |rule: &str, what: &str| rule == "*" || rule == what;
        user.name.starts_with(&self.user) && one_of(&self.verb, verb) && one_of(&self.resource, resource)
    }
}
