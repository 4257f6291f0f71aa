//! What is printed, and what is said that cannot be done. Nothing here needs a right.
use crate::{
    cases::Case,
    machine::{nft, strait},
};

pub(crate) const CASES: &[Case] = &[
    ("a_redirection_is_shown", a_redirection_is_shown),
    ("ports_are_kumas_or_others", ports_are_kumas_or_others),
    ("bad_settings_are_named", bad_settings_are_named),
    ("without_nft_or_the_right_to_it_it_says_so", without_nft_or_the_right_to_it_it_says_so),
];

const BY_USER: &str = r#"table inet strait
delete table inet strait
table inet strait {
	chain apart {
		type filter hook output priority -300; policy accept;
		oifname "lo" udp sport 15053 ct zone set 53
		meta skuid { 5678 } return
		udp dport 53 ct zone set 53
	}
	chain output {
		type nat hook output priority -100; policy accept;
		ip saddr 127.0.0.6 return
		meta skuid { 5678 } oifname "lo" ip daddr != 127.0.0.0/8 tcp dport != { 9901-9902, 15000-15099 } redirect to :15006
		meta skuid { 5678 } return
		meta l4proto { tcp, udp } th dport 53 redirect to :15053
		oifname "lo" return
		meta nfproto ipv4 meta l4proto tcp redirect to :15001
	}
	chain prerouting {
		type nat hook prerouting priority -100; policy accept;
		iifname "lo" return
		fib daddr type != local return
		tcp dport { 9901-9902, 15000-15099 } return
		meta nfproto ipv4 meta l4proto tcp redirect to :15006
	}
}
"#;

fn printed(arguments: &[&str]) -> String {
    let output = strait(&[&["print"], arguments].concat()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(code: i32, arguments: &[&str]) -> String {
    let output = strait(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    said
}

fn a_redirection_is_shown() {
    assert_eq!(printed(&["--uid", "5678"]), BY_USER);
}

fn ports_are_kumas_or_others() {
    let more = ["--exclude-inbound-ports", "22,15090-15200,22", "--exclude-outbound-ports", "3306,443"];
    let others =
        ["--inbound-port", "16006", "--outbound-port", "16001", "--dns-port", "off", "--admin-port", "16000", "--readiness-port", "off"];
    let shown = printed(&[&["--socket-mark", "5632", "--uid", "1,2"], &more[..], &others[..]].concat());
    let lines: Vec<&str> = shown.lines().map(str::trim).filter(|line| line.contains("return") || line.contains("redirect")).collect();
    assert_eq!(
        lines,
        [
            "ip saddr 127.0.0.6 return",
            "meta skuid { 1, 2 } oifname \"lo\" ip daddr != 127.0.0.0/8 tcp dport != { 22, 15000-15200, 16000-16001, 16006 } redirect to :16006",
            "meta skuid { 1, 2 } return",
            "meta mark 0x1600 oifname \"lo\" ip daddr != 127.0.0.0/8 tcp dport != { 22, 15000-15200, 16000-16001, 16006 } redirect to :16006",
            "meta mark 0x1600 return",
            "oifname \"lo\" return",
            "tcp dport { 443, 3306 } return",
            "meta nfproto ipv4 meta l4proto tcp redirect to :16001",
            "iifname \"lo\" return",
            "fib daddr type != local return",
            "tcp dport { 22, 15000-15200, 16000-16001, 16006 } return",
            "meta nfproto ipv4 meta l4proto tcp redirect to :16006",
        ]
    );
}

fn bad_settings_are_named() {
    assert!(refused(2, &["print"]).contains("--uid"));
    for (flag, wrong) in
        [("--exclude-inbound-ports", "22-21"), ("--exclude-outbound-ports", "0"), ("--dns-port", "dns"), ("--inbound-port", "0")]
    {
        let said = refused(2, &["print", "--uid", "1", flag, wrong]);
        assert!(said.contains(flag) && said.contains(wrong), "{said}");
    }
}

fn without_nft_or_the_right_to_it_it_says_so() {
    let said = refused(2, &["install", "--uid", "1", "--nft", "/nowhere/nft"]);
    assert!(said.contains("--nft") && said.contains("there is no program /nowhere/nft"), "{said}");
    if nft().is_some() {
        let said = refused(5, &["install", "--uid", "1"]);
        assert!(said.contains("nft refuses the rules") && said.contains("It takes root, or CAP_NET_ADMIN."), "{said}");
        refused(5, &["uninstall"]);
    }
}
