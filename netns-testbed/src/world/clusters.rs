//! Zones that are clusters of Kubernetes: their pods are workloads, which come and go as the cluster decides.
use super::{NetnsWorld, Programs, files::Files};
use crate::{
    HostId, Network, SiteId,
    cluster::{Cluster, Place},
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use strait_core::resource::ZoneName;
use strait_scenarios::{
    event::{NodeId, What},
    workload::AtWorkload,
    world::{Setup, World as _},
};

/// By this file people reach a cluster.
const OF_PEOPLE: &str = "kubeconfig-of-people";

/// The clusters of a world.
#[derive(Default)]
pub(super) struct Clusters {
    // Dropped before the network in which their processes are.
    all: BTreeMap<ZoneName, Cluster>,
    kubeconfigs: BTreeMap<ZoneName, PathBuf>,
}

/// The hosts of a cluster: its node, and those for pods.
pub(super) type Hosts = (ZoneName, SiteId, HostId, Vec<HostId>);

/// How many hosts a zone needs for its cluster, if it is one.
pub(super) fn count_hosts(setup: &Setup, node: &NodeId) -> usize {
    let NodeId::Zone(zone) = node else { return 0 };
    setup.clusters.get(zone).map_or(0, |plan| 1 + usize::try_from(plan.pods).unwrap_or(usize::MAX))
}

impl Clusters {
    /// Begins those of a setup: their control planes, which do not run yet, are on these hosts.
    pub(super) fn begin(
        setup: &Setup,
        hosts: Vec<Hosts>,
        control_plane: impl Fn(&ZoneName) -> HostId,
        network: &Network,
        files: &Files,
        programs: &Programs,
    ) -> Result<Self, String> {
        let mut clusters = Self::default();
        for (zone, site, node, pods) in hosts {
            let Some(plan) = setup.clusters.get(&zone) else { continue };
            let place = Place {
                zone: zone.clone(),
                site,
                node,
                pods,
                control_plane: network.address(control_plane(&zone)),
                strait: programs.nodes.clone(),
                testbed: programs.testbed.clone(),
                envoy: programs.envoy.clone(),
                folder: files.path(&format!("cluster-{zone}")),
            };
            let (folder, seed) = (place.folder.clone(), setup.seed.fork(&format!("cluster {zone}")).0);
            let failed = |why: String| format!("the cluster of {zone}: {why}");
            let cluster = Cluster::begin(network, place, plan, seed).map_err(failed)?;
            let kubeconfig = folder.join("kubeconfig");
            let written = fs::create_dir_all(&folder)
                .and_then(|()| fs::write(&kubeconfig, cluster.kubeconfig()))
                .and_then(|()| fs::write(folder.join(OF_PEOPLE), cluster.kubeconfig_of_admin()));
            written.map_err(|error| format!("{}: {error}", kubeconfig.display()))?;
            clusters.kubeconfigs.insert(zone.clone(), kubeconfig);
            clusters.all.insert(zone, cluster);
        }
        Ok(clusters)
    }

    /// The cluster of a zone.
    pub(super) fn of(&self, zone: &ZoneName) -> Option<&Cluster> {
        self.all.get(zone)
    }

    /// From where a person reaches the cluster of a zone, and by which file.
    pub(super) fn way_in(&self, zone: &ZoneName) -> Option<(HostId, PathBuf)> {
        Some((self.all.get(zone)?.node(), self.kubeconfigs.get(zone)?.with_file_name(OF_PEOPLE)))
    }

    /// How a zone control plane reaches its cluster.
    pub(super) fn kubeconfig(&self, node: &NodeId) -> Option<&Path> {
        let NodeId::Zone(zone) = node else { return None };
        self.kubeconfigs.get(zone).map(PathBuf::as_path)
    }
}

impl NetnsWorld {
    /// Does what is due in clusters, and tells what became of pods.
    pub(super) fn tend_clusters(&mut self) {
        let zones: Vec<ZoneName> = self.clusters.all.keys().cloned().collect();
        for zone in zones {
            // Its control plane may not have made it yet, and makes another one on an empty disk.
            let authority = self.hosts.get(&NodeId::Zone(zone.clone())).map(|host| host.folder.data().join("ca.pem"));
            let authority = authority.and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
            let Some(cluster) = self.clusters.all.get_mut(&zone) else { continue };
            if !authority.is_empty() {
                cluster.vouch(&authority);
            }
            let noted = cluster.tend(&mut self.network).unwrap_or_else(|why| panic!("the cluster of {zone}: {why}"));
            for at in noted {
                if let AtWorkload::Stopped(pod) = &at {
                    self.workloads.forget(pod);
                }
                self.happened(self.now(), NodeId::Zone(zone.clone()), None, What::Workload(at));
            }
        }
    }
}
