//! A definition makes its kind served, with its columns, its defaults and its schema; with the definition, all objects go.
use super::cluster::{Cluster, with_each};
use strait_scenarios::kubernetes::Request;

const DEFINITION: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: meshes.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: meshes, singular: mesh, kind: Mesh, shortNames: [msh]}
  versions:
  - name: v1alpha1
    served: true
    storage: true
    subresources: {status: {}}
    additionalPrinterColumns:
    - {name: Mode, type: string, jsonPath: .spec.mode}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [mode]
            properties:
              mode: {type: string, enum: [strict, permissive], description: How strict it is.}
              count: {type: integer, minimum: 1, default: 3}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
";
const MESH: &str = "/apis/example.com/v1alpha1/namespaces/default/meshes/one";

fn mesh(spec: &str) -> String {
    format!("{{apiVersion: example.com/v1alpha1, kind: Mesh, metadata: {{name: one}}, spec: {{{spec}}}}}")
}

fn define(cluster: &Cluster) {
    cluster.apply(DEFINITION);
    cluster.kubectl(&["wait", "--for=condition=Established", "crd/meshes.example.com", "--timeout=20s"]);
}

#[test]
fn a_custom_kind_is_served_with_its_definition() {
    with_each(|cluster| {
        define(cluster);
        assert_eq!(cluster.apply(&mesh("mode: strict")), "mesh.example.com/one created\n");
        assert_eq!(cluster.apply(&mesh("mode: strict")), "mesh.example.com/one unchanged\n");
        let table: Vec<String> = cluster.kubectl(&["get", "msh"]).split_whitespace().map(str::to_owned).collect();
        assert_eq!(table, ["NAME", "MODE", "one", "strict"]);
        assert_eq!(cluster.ask(Request::get(MESH)).1["spec"]["count"], 3, "the default of the schema");
        let explained = cluster.run(&["explain", "mesh.spec.mode"]);
        assert!(cluster.is_old() || explained.out.contains("How strict it is."), "{explained:?}");

        let said = cluster.feed(&["apply", "-f", "-"], &mesh("mode: lenient"));
        assert!(said.err.contains("spec.mode: Unsupported value: \"lenient\": supported values: \"strict\", \"permissive\""), "{said:?}");
        let said = cluster.feed(&["apply", "-f", "-"], &mesh("mode: strict, count: 0"));
        assert!(said.err.contains("spec.count in body should be greater than or equal to 1"), "{said:?}");
        let said = cluster.feed(&["apply", "-f", "-"], &mesh("count: 1"));
        assert!(said.err.contains("spec.mode: Required value"), "{said:?}");

        // The status is written apart, and counts as no change of what is wished.
        let patch = serde_json::json!({"status": {"a": 1}, "spec": {"mode": "permissive"}});
        let patched = cluster.ask(Request::with_body("PATCH", &format!("{MESH}/status"), "application/merge-patch+json", &patch)).1;
        assert_eq!((&patched["status"]["a"], &patched["spec"]["mode"]), (&1.into(), &"strict".into()));
        assert_eq!(patched["metadata"]["generation"], 1);

        cluster.kubectl(&["delete", "crd", "meshes.example.com"]);
        assert_eq!(cluster.ask(Request::get(MESH)).0, 404);
        define(cluster);
        assert_eq!(cluster.kubectl(&["get", "meshes", "-o", "name"]), "", "its objects went with the definition");
    });
}
