//! scratch
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use strait_core::{Seed, node::*, resource::*, sync::Dialect, time::Mono};
use strait_scenarios::{event::NodeId, world::*};
fn main() {
    for (n, dialect) in [(3usize, Dialect::Strait), (1000, Dialect::Strait), (1000, Dialect::Kuma)] {
        let zones: BTreeMap<ZoneName, Dialect> = (0..n).map(|i| (ZoneName::new(&format!("z{i}")).unwrap(), dialect)).collect();
        let link = Link { delay: Duration::from_millis(20), jitter: Duration::from_millis(10) };
        let setup =
            Setup { seed: Seed(1), global: dialect, links: zones.keys().map(|z| (z.clone(), link)).collect(), zones, sabotage: None };
        let start = Instant::now();
        let mut world = strait_sim::world(WorldKind::Model, &setup).unwrap();
        let mut count = 0u64;
        let secs = if n == 3 { 3600 } else { 60 };
        let key = |k: &str, m: Option<&str>, name: &str| Key {
            kind: Kind::new(k).unwrap(),
            mesh: m.map(|m| MeshName::new(m).unwrap()),
            name: ResourceName::new(name).unwrap(),
        };
        world.edit(
            &NodeId::Global,
            Ticket(1),
            vec![Change::Put(Resource {
                key: key("Mesh", None, "default"),
                labels: Labels::new(),
                spec: Spec::new(serde_json::json!({})),
                status: None,
            })],
        );
        let mut marks = vec![];
        for second in 1..=secs {
            loop {
                let events = world.advance(Mono(second * 1000));
                if events.is_empty() {
                    break;
                }
                count += events.len() as u64;
            }
            if second == 5 || second == 30 {
                marks.push((second, count, start.elapsed()));
            }
            if second == 30 {
                world.edit(
                    &NodeId::Global,
                    Ticket(2),
                    vec![Change::Put(Resource {
                        key: key("MeshTimeout", Some("default"), "t"),
                        labels: Labels::new(),
                        spec: Spec::new(serde_json::json!({"targetRef":{"kind":"Mesh"}, "to":[]})),
                        status: None,
                    })],
                );
            }
        }
        let t = start.elapsed();
        println!(
            "{n} {dialect}: {count} events in {t:?} = {:.0}/s, {secs}s sim = {:.0}x; {marks:?} {:?}",
            count as f64 / t.as_secs_f64(),
            secs as f64 / t.as_secs_f64(),
            world.meters().total()
        );
    }
}
