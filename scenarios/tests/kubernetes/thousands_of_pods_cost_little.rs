//! What a change costs the API does not grow with what there is: a watch over a thousand pods is told of one.
use super::cluster::{Cluster, PODS};
use strait_scenarios::kubernetes::{Answer, Request};

#[test]
fn a_watch_over_a_thousand_pods_is_told_of_the_one_that_changed() {
    let mut cluster = Cluster::new();
    cluster.deploy(1000);
    let list = cluster.get(&format!("{PODS}?limit=500"));
    assert_eq!(list["items"].as_array().unwrap().len(), 500);
    assert_eq!(list["metadata"]["remainingItemCount"], 500);
    let version = list["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    let Answer::Watch(mut watch) = cluster.answer(Request::get(&format!("{PODS}?watch=true&resourceVersion={version}"))) else {
        panic!("no watch");
    };
    let name = list["items"][0]["metadata"]["name"].as_str().unwrap().to_owned();
    cluster.run_pod(&name, 1);
    let told: Vec<_> = cluster.events(&mut watch).events;
    assert!(told.len() == 2 && told.iter().all(|event| event["object"]["metadata"]["name"] == *name), "bound, and ready");
}
