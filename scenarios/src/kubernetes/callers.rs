//! Who calls: tokens, and what callers may not do.
use super::{
    Api, Asked,
    answer::Response,
    failure::Failure,
    kubelet::PodId,
    object::{self, text},
    rule::Rule,
    store::Key,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use strait_core::time::Wall;

/// How long a token lives whose client says nothing, in seconds.
const TOKEN_SECONDS: i64 = 3600;

/// A caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// `system:serviceaccount:NAMESPACE:NAME`, or any name.
    pub name: String,
    /// Of a service account: its uid.
    pub uid: String,
    /// Groups.
    pub groups: Vec<String>,
    /// What else is known of the caller, such as the pod that a token is for.
    pub extra: BTreeMap<String, Vec<String>>,
}

/// A token that was given out.
#[derive(Clone, Debug)]
struct Token {
    user: User,
    audiences: Vec<String>,
    /// When it ends; `None`: never.
    until: Option<Wall>,
    /// It ends with the service account of this uid.
    account: Option<Key>,
    /// It ends with the pod of this uid.
    pod: Option<(Key, String)>,
}

/// All tokens, and what is forbidden.
#[derive(Debug, Default)]
pub(super) struct Callers {
    tokens: BTreeMap<String, Token>,
    /// What callers may not do. Everything else they may.
    forbidden: Vec<Rule>,
}

impl Api {
    /// Accepts a token for ever, as this user's.
    pub fn accept_token(&mut self, token: &str, user: User) {
        let audiences = vec![self.settings.audience.clone()];
        self.callers.tokens.insert(token.to_owned(), Token { user, audiences, until: None, account: None, pod: None });
    }

    /// What callers may not do, from now on.
    pub fn forbid(&mut self, forbidden: Vec<Rule>) {
        self.callers.forbidden = forbidden;
    }

    /// A token of a service account, as a kubelet asks for it.
    ///
    /// # Errors
    /// There is no such account.
    pub fn token_of(&mut self, now: Wall, namespace: &str, account: &str, audiences: &[String], seconds: i64) -> Result<String, Failure> {
        let key = Key::new("serviceaccounts", namespace, account);
        let Some(found) = self.store.get(&key).cloned() else {
            return Err(Failure::new(404, "NotFound", format!("serviceaccounts {account:?} not found")));
        };
        let user = User {
            name: format!("system:serviceaccount:{namespace}:{account}"),
            uid: object::uid(&found).to_owned(),
            groups: ["system:serviceaccounts", &format!("system:serviceaccounts:{namespace}"), "system:authenticated"]
                .map(str::to_owned)
                .to_vec(),
            extra: BTreeMap::new(),
        };
        let audiences = if audiences.is_empty() { vec![self.settings.audience.clone()] } else { audiences.to_vec() };
        let token = format!("{}.{}", self.new_uid(), self.new_uid());
        let until = Some(Wall(now.0.saturating_add(u64::try_from(seconds).unwrap_or(0).saturating_mul(1000))));
        self.callers.tokens.insert(token.clone(), Token { user, audiences, until, account: Some(key), pod: None });
        Ok(token)
    }

    /// The same for a pod: it is good as long as that is there, and says which.
    ///
    /// # Errors
    /// There is no such account.
    pub(super) fn token_of_pod(
        &mut self,
        now: Wall,
        pod: &PodId,
        account: &str,
        audiences: &[String],
        seconds: i64,
    ) -> Result<String, Failure> {
        let token = self.token_of(now, &pod.namespace, account, audiences, seconds)?;
        if let Some(made) = self.callers.tokens.get_mut(&token) {
            made.pod = Some((Key::new("pods", &pod.namespace, &pod.name), pod.uid.clone()));
            let extra = [("pod-name", &pod.name), ("pod-uid", &pod.uid)];
            made.user.extra = extra.map(|(what, is)| (format!("authentication.kubernetes.io/{what}"), vec![is.clone()])).into();
        }
        Ok(token)
    }

    fn known(&self, now: Wall, token: &str, audiences: &[String]) -> Option<(&Token, Vec<String>)> {
        let known = self.callers.tokens.get(token).filter(|known| known.until.is_none_or(|until| now.0 < until.0))?;
        if let Some(account) = &known.account {
            self.store.get(account).filter(|account| object::uid(account) == known.user.uid)?;
        }
        if let Some((pod, uid)) = &known.pod {
            self.store.get(pod).filter(|pod| object::uid(pod) == uid)?;
        }
        let shared: Vec<String> = audiences.iter().filter(|one| known.audiences.contains(one)).cloned().collect();
        (!shared.is_empty()).then_some((known, shared))
    }

    /// Who asks.
    pub(super) fn caller(&self, now: Wall, token: Option<&str>) -> Result<User, Failure> {
        let Some(token) = token else {
            return Ok(User { name: "system:anonymous".to_owned(), groups: vec!["system:unauthenticated".to_owned()], ..User::default() });
        };
        let audience = std::slice::from_ref(&self.settings.audience);
        self.known(now, token, audience).map(|(known, _)| known.user.clone()).ok_or_else(Failure::unauthorized)
    }

    pub(super) fn may(&self, user: &User, verb: &str, resource: &str) -> bool {
        user.name != "system:anonymous" && !self.callers.forbidden.iter().any(|rule| rule.is_for(user, verb, resource))
    }

    pub(super) fn authorize(&self, asked: &Asked, verb: &str) -> Result<(), Failure> {
        let resource = &asked.resource;
        if self.may(&asked.user, verb, &resource.id()) {
            return Ok(());
        }
        let plural = if asked.place.subresource.is_empty() {
            resource.plural.clone()
        } else {
            format!("{}/{}", resource.plural, asked.place.subresource)
        };
        let scope = if asked.place.namespace.is_empty() {
            "at the cluster scope".to_owned()
        } else {
            format!("in the namespace {:?}", asked.place.namespace)
        };
        let why = format!("User {:?} cannot {verb} resource {plural:?} in API group {:?} {scope}", asked.user.name, resource.group);
        Err(Failure::forbidden(resource, &asked.place.name, &why))
    }

    /// Questions that are answered and not kept: `TokenReview`, `SelfSubjectAccessReview`, `SelfSubjectReview`.
    pub(super) fn review(&self, asked: &Asked, mut review: Value) -> Result<Response, Failure> {
        review["metadata"] = json!({"creationTimestamp": null});
        review["status"] = match asked.resource.kind.as_str() {
            "TokenReview" => {
                let wanted: Vec<String> =
                    object::list(&review, &["spec", "audiences"]).iter().filter_map(|one| one.as_str().map(str::to_owned)).collect();
                let wanted = if wanted.is_empty() { vec![self.settings.audience.clone()] } else { wanted };
                match self.known(asked.now, text(&review, &["spec", "token"]), &wanted) {
                    Some((known, audiences)) => json!({"authenticated": true, "user": user_info(&known.user), "audiences": audiences}),
                    None => json!({"user": {}, "error": "[invalid bearer token, token lookup failed]"}),
                }
            }
            "SelfSubjectAccessReview" => {
                let wanted = &review["spec"]["resourceAttributes"];
                let (plural, group) = (text(wanted, &["resource"]), text(wanted, &["group"]));
                let id = if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") };
                json!({"allowed": self.may(&asked.user, text(wanted, &["verb"]), &id)})
            }
            _ => json!({"userInfo": user_info(&asked.user)}),
        };
        Ok(Response::json(201, &super::form::as_version(&asked.resource, &review)))
    }

    /// The subresource `token` of service accounts.
    pub(super) fn request_token(&mut self, asked: &Asked, request: &Value) -> Result<Response, Failure> {
        let place = &asked.place;
        let key = asked.key();
        if self.store.get(&key).is_none() {
            return Err(Failure::not_found(&asked.resource, &place.name));
        }
        let audiences: Vec<String> =
            object::list(request, &["spec", "audiences"]).iter().filter_map(|one| one.as_str().map(str::to_owned)).collect();
        let seconds = object::number(request, &["spec", "expirationSeconds"]).unwrap_or(TOKEN_SECONDS);
        let token = self.token_of(asked.now, &place.namespace, &place.name, &audiences, seconds)?;
        let until = Wall(asked.now.0.saturating_add(u64::try_from(seconds).unwrap_or(0) * 1000));
        Ok(Response::json(
            201,
            &json!({
                "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
                "metadata": {"name": place.name, "namespace": place.namespace, "creationTimestamp": object::time(asked.now)},
                "spec": {"audiences": audiences, "expirationSeconds": seconds, "boundObjectRef": null},
                "status": {"token": token, "expirationTimestamp": object::time(until)},
            }),
        ))
    }
}

fn user_info(user: &User) -> Value {
    let mut info = json!({"username": user.name, "uid": user.uid, "groups": user.groups});
    if !user.extra.is_empty() {
        info["extra"] = json!(user.extra);
    }
    info
}
