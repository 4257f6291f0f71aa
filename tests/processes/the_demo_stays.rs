//! `strait demo --stay`: every command that it prints does what it says, as it is printed.
use crate::{
    asked::{NO_ERROR, over_udp},
    cast::{http, until},
};
use std::{
    io::{BufRead as _, BufReader},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

/// The demo. It is stopped with the value, and not killed: what it has started would be left.
struct Demo {
    child: Child,
    commands: Vec<String>,
}

impl Demo {
    /// Returns once it has said how to look for oneself. Its folder is made in this one.
    fn start(envoy: &Path, folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strait"));
        command.args(["demo", "--stay", "--envoy"]).arg(envoy).env("TMPDIR", folder);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut demo = Self { child, commands: Vec::new() };
        let mut lines = BufReader::new(demo.child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // It bounds what it waits for itself.
        let begun = lines.by_ref().find(|line| line.contains("until Ctrl-C"));
        assert!(begun.is_some(), "it does not stay: {:?}", demo.child.wait());
        demo.commands = lines.take(6).map(|line| line.trim().to_owned()).collect();
        demo
    }

    /// Its exit code.
    fn stop(&mut self) -> Option<i32> {
        if let Ok(None) = self.child.try_wait() {
            assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        }
        self.child.wait().unwrap().code()
    }

    /// The command that begins so, and what is to come of it.
    fn printed(&self, begins: &str, says: &str) -> (&str, &str) {
        let words = self.commands.iter().filter_map(|line| line.split_once("    # "));
        let mut found = words.into_iter().filter(|(command, what)| command.starts_with(begins) && what.contains(says));
        found.next().unwrap_or_else(|| panic!("{begins} {says} is not printed: {:?}", self.commands))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// The word after that one.
fn after<'a>(command: &'a str, flag: &str) -> &'a str {
    command.split_whitespace().skip_while(|word| *word != flag).nth(1).unwrap()
}

/// What a shell makes of it.
fn run(command: &str) -> String {
    let output = Command::new("sh").args(["-c", command]).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn and_what_it_prints_is_so() {
    let Some(envoy) = xtask::envoy::for_tests() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Demo::start(&envoy, folder.path());

    let (dig, what) = demo.printed("dig @127.0.0.1 ", "shop");
    let (code, address) = over_udp(&format!("127.0.0.1:{}", after(dig, "-p")), after(dig, after(dig, "-p")));
    assert_eq!(code, NO_ERROR);
    assert!(what.ends_with(&address.unwrap().to_string()), "{what}: {address:?}");

    for (code, says) in [("200", "here is the stock of the shop"), ("403", "RBAC: access denied")] {
        let (curl, _) = demo.printed("curl -i http://", code);
        let url = after(curl, "-i").strip_prefix("http://").unwrap();
        let (at, path) = url.split_at(url.find('/').unwrap());
        let said = http(at, path);
        assert!(said.starts_with(&format!("HTTP/1.1 {code} ")) && said.contains(says), "{curl}: {said}");
    }

    let of_global = demo.printed("", "global, and its zone").0;
    assert!(run(of_global).contains("east"));
    assert!(run(demo.printed("", "the zone, and its proxies").0).contains("shop/cart-1"));
    let insights = demo.printed("", "of all zones").0;
    until("global shows who is connected", || {
        let said = run(insights);
        ["connectTime", "cart-1", "stock-1"].iter().all(|what| said.contains(what))
    });

    let global = after(of_global, "--api").to_owned();
    assert_eq!(demo.stop(), Some(0));
    assert!(TcpStream::connect(&global).is_err(), "global is left");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
