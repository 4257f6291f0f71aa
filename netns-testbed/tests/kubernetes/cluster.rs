//! A cluster for one test, and `kubectl` with it.
use std::{
    fs,
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use strait_netns_testbed::kubernetes::{ADMIN_TOKEN, KubernetesApi};
use strait_scenarios::kubernetes::{Answer, Request, Settings};

/// In which everything here must have happened.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A new cluster.
pub(crate) struct Cluster {
    pub(crate) api: KubernetesApi,
    kubectl: PathBuf,
    home: tempfile::TempDir,
}

/// What `kubectl` said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) ok: bool,
}

/// Runs a test with each `kubectl` that there is, on a cluster of its own.
pub(crate) fn with_each(test: impl Fn(&Cluster)) {
    for kubectl in xtask::kubectl::for_tests() {
        let api = KubernetesApi::serve(TcpListener::bind("127.0.0.1:0").unwrap(), &[], Settings::default()).unwrap();
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("config"), api.kubeconfig(ADMIN_TOKEN)).unwrap();
        test(&Cluster { api, kubectl, home });
    }
}

impl Cluster {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.kubectl);
        command.args(arguments).env_clear().env("HOME", self.home.path()).env("KUBECONFIG", self.home.path().join("config"));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).current_dir(self.home.path()).stdin(Stdio::null());
        command
    }

    /// `kubectl` with these arguments, whatever comes of it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments).output().unwrap())
    }

    /// The same, which must go well; what it printed.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert!(said.ok, "kubectl {arguments:?}: {said:?}");
        said.out
    }

    /// `kubectl` with a file at its standard input, for which `-f -` stands.
    pub(crate) fn feed(&self, arguments: &[&str], file: &str) -> Said {
        let mut child = self.command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // What begins with a brace would be read as JSON.
        child.stdin.take().unwrap().write_all(format!("---\n{file}").as_bytes()).unwrap();
        said(child.wait_with_output().unwrap())
    }

    /// Applies a file, which must go well.
    pub(crate) fn apply(&self, file: &str) -> String {
        let said = self.feed(&["apply", "-f", "-"], file);
        assert!(said.ok, "{said:?}");
        said.out
    }

    /// `kubectl` that goes on in the background.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Whether it is of the days before a feature: `1.20` has no `--subresource`, say.
    pub(crate) fn is_old(&self) -> bool {
        self.kubectl(&["version", "--client"]).contains("v1.20")
    }

    /// A request of the test's own, without `kubectl`.
    pub(crate) fn ask(&self, request: Request) -> (u16, serde_json::Value) {
        let reply = self.api.with(|api, now| api.handle(now, &request.as_bearer(ADMIN_TOKEN)));
        match reply.answer {
            Answer::Whole(response) => (response.code, serde_json::from_slice(&response.body).unwrap()),
            other => panic!("no whole answer: {other:?}"),
        }
    }

    /// Waits until what is at this path is so.
    pub(crate) fn wait_until(&self, path: &str, is: impl Fn(&serde_json::Value) -> bool) {
        let found = self.api.wait_for(SOON, |api, now| {
            let reply = api.handle(now, &Request::get(path).as_bearer(ADMIN_TOKEN));
            let Answer::Whole(response) = reply.answer else { return None };
            let value = serde_json::from_slice(&response.body).unwrap();
            is(&value).then_some(())
        });
        assert!(found.is_some(), "{path} did not become what it should: {}", self.ask(Request::get(path)).1);
    }

    /// A folder of its own.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }
}

fn said(output: std::process::Output) -> Said {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { out: text(output.stdout), err: text(output.stderr), ok: output.status.success() }
}

/// A deployment of so many pods of this image, and its service.
pub(crate) fn web(replicas: u32, image: &str) -> String {
    format!(
        "
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, labels: {{app: web}}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - name: web
        image: {image}
        ports: [{{containerPort: 8080, name: http}}]
        env: [{{name: A, value: a}}, {{name: B, value: b}}]
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec:
  selector: {{app: web}}
  ports: [{{port: 80, targetPort: http, name: http, appProtocol: http}}]
"
    )
}

/// The deployment of [`web`].
pub(crate) const WEB: &str = "/apis/apps/v1/namespaces/default/deployments/web";
