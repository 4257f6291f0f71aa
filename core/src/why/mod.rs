//! Why a workload reaches a name, or does not: hop by hop, and of the first hop that breaks it the smallest change that turns the answer.
//!
//! Nothing is decided here: names, plans and policies are asked what they come to, for the zone of whoever asks and, as far as it can be seen
//! from here, for the zone that serves. So what is said is what proxies are told.
//!
//! | file | what |
//! | --- | --- |
//! | `answer` | hops, verdicts, changes |
//! | `question` | who asks for what |
//! | `ground` | what is known, and whose it is: of files, of a zone that runs, of a global that runs |
//! | `foresee` | what zones make of what stands in files once they run |
//! | `side` | all of that as one zone holds it |
//! | `path` | proxy, name, address and outbound of whoever asks |
//! | `route` | where its requests are led |
//! | `served` | who serves |
//! | `ends` | who both ends are, and whether they trust each other |
//! | `across` | ingress and link, into another zone |
//! | `server_name` | ports that nobody can ask for, or only together with another |
//! | `permission` | who is let in |
//! | `change` | resources as they would have to be |
mod across;
mod answer;
mod change;
mod ends;
mod foresee;
mod ground;
mod path;
mod permission;
mod question;
mod route;
mod served;
mod server_name;
mod side;

pub use answer::{Asker, Change, Hop, Step, Verdict, Why};
pub use ground::{Ground, Place};
pub use question::{Question, Unknown};

use crate::{
    plan::{Destination, Part, PartName},
    resource::Key,
};
use answer::Line;
use question::Target;
use side::Side;
use std::collections::BTreeMap;

/// What one question is about.
struct Case<'a> {
    ground: &'a Ground,
    /// The zone of whoever asks.
    side: &'a Side,
    asker: Key,
    /// What its proxy is told.
    plan: BTreeMap<PartName, Part>,
    target: &'a Target,
}

/// Explains whether a workload reaches what it asks for.
///
/// # Errors
/// There is no such mesh, proxy or name: which there are that are close.
pub fn why(ground: &Ground, question: &Question) -> Result<Why, Unknown> {
    let (side, asker) = question.asker(ground)?;
    let proxy = |line| Why::of(question, &side.zone, &asker, line);
    let target = match question.target(ground, &side)? {
        Ok(target) => target,
        Err(missing) => return Ok(proxy(vec![path::proxy(ground, &side, &asker, None), missing])),
    };
    let case = Case { ground, side: &side, plan: side.plans.plan(&asker), asker: asker.clone(), target: &target };
    let mut lines = vec![path::proxy(ground, &side, &asker, Some(&target.service)), path::name(&case), path::vip(&case)];
    let (destination, outbound) = path::outbound(&case);
    lines.push(outbound);
    if let Some(destination) = destination {
        let (targets, routed) = route::follow(&case, &destination);
        lines.push(routed);
        let are_several = targets.len() > 1;
        for to in targets {
            let mut hops = towards(&case, &to);
            if are_several {
                hops.iter_mut().for_each(|line| line.hop.to = Some(to.to_string()));
            }
            lines.extend(hops);
        }
    }
    Ok(proxy(lines))
}

/// From the proxy of whoever asks to those who serve a destination.
fn towards(case: &Case<'_>, to: &Destination) -> Vec<Line> {
    let (ends, mut lines) = served::by(case, to);
    lines.push(ends::identity(case, to, &ends));
    lines.push(ends::trust(case, to, &ends));
    for part in &ends.away {
        lines.push(across::ingress(case, to, part));
        lines.push(across::link(case, part));
    }
    lines.extend(permission::judged(case, to, &ends));
    lines
}
