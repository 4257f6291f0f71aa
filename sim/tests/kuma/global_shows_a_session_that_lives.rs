//! Two sessions of one zone may live side by side: when the newer one was dead all along, and ends, the older one is shown again.
use strait_core::{Durable, Lsn, Node, Out, Recover, Seed, Step, node::*, resource::*, sync::*, time::Now};
use strait_sim::kuma::KumaGlobal;

#[test]
fn when_a_newer_one_ends() {
    let mut global = KumaGlobal::recover(GlobalConfig::new(), Seed(1), Now::default(), &Durable::new(), &mut Out::new()).unwrap();
    global.handle(Now::default(), Step::Stored { upto: Lsn(1) }, &mut Out::new());
    let east = ZoneName::new("east").unwrap();
    let mut step = |input| {
        global.handle(Now::default(), Step::Input(input), &mut Out::new());
        let peer = &global.observe().peers[&east];
        peer.session.map(|status| status.session)
    };
    let opened = |session| GlobalInput::Opened { session: Session(session), zone: ZoneName::new("east").unwrap(), dialect: Dialect::Kuma };
    assert_eq!(step(opened(1)), Some(Session(1)));
    assert_eq!(step(opened(2)), Some(Session(2)));
    assert_eq!(step(GlobalInput::Closed { session: Session(2) }), Some(Session(1)));
    assert_eq!(step(opened(3)), Some(Session(3)));
    assert_eq!(step(GlobalInput::Closed { session: Session(1) }), Some(Session(3)));
    assert_eq!(step(GlobalInput::Closed { session: Session(3) }), None);
}
