//! What is said when it cannot be.
use crate::{cases::Case, ordinary_user::as_ordinary_user, program::start};

pub(crate) const CASES: &[Case] = &[("a_refusal_names_the_call_and_the_setting", a_refusal_names_the_call_and_the_setting)];

fn a_refusal_names_the_call_and_the_setting() {
    let (mut child, said) = start(as_ordinary_user("no room for more"));
    assert!(child.wait().unwrap().success());
    for expected in ["unshare(", "NEWNET", "No space left", "user.max_net_namespaces is 0", "sysctl -w"] {
        assert!(said.contains(expected), "{expected} is not in: {said}");
    }
}
