//! `strait doctor`: whether this machine can run scenarios on real processes, in network namespaces.
use crate::{
    command::{DoctorArguments, DoctorOutput},
    console::{VIOLATION, say},
};
use serde_json::json;
use std::process::ExitCode;

/// One thing that is needed.
struct Row {
    what: &'static str,
    verdict: &'static str,
    found: String,
    advice: String,
}

#[cfg(all(feature = "lab", target_os = "linux"))]
pub(crate) fn execute(arguments: &DoctorArguments) -> ExitCode {
    use strait_netns_testbed::{
        checkup::{Finding, Verdict, examine},
        is_inside, reenter,
    };
    let findings = if is_inside() {
        examine()
    } else {
        match reenter() {
            Ok(code) => return ExitCode::from(u8::try_from(code).unwrap_or(VIOLATION)),
            Err(why) => vec![Finding::missing("namespaces", format!("{}: {}", why.step, why.why), why.advice().join("; "))],
        }
    };
    let verdict = |verdict| match verdict {
        Verdict::Fine => FINE,
        Verdict::Limited => "limited",
        Verdict::Missing => MISSING,
    };
    let row =
        |finding: Finding| Row { what: finding.what, verdict: verdict(finding.verdict), found: finding.found, advice: finding.advice };
    show(&findings.into_iter().map(row).collect::<Vec<_>>(), arguments.output)
}

#[cfg(not(all(feature = "lab", target_os = "linux")))]
pub(crate) fn execute(arguments: &DoctorArguments) -> ExitCode {
    let found = "this binary was not built for Linux, or without the feature `lab`".to_owned();
    show(&[Row { what: "namespaces", verdict: MISSING, found, advice: String::new() }], arguments.output)
}

#[cfg(all(feature = "lab", target_os = "linux"))]
const FINE: &str = "fine";
const MISSING: &str = "missing";

fn show(rows: &[Row], output: DoctorOutput) -> ExitCode {
    let is_fine = rows.iter().all(|row| row.verdict != MISSING);
    match output {
        DoctorOutput::Table => {
            let width = rows.iter().map(|row| row.what.len()).max().unwrap_or(0);
            for Row { what, verdict, found, advice } in rows {
                say(&format!("{what:width$}  {verdict:7}  {found}\n"));
                if !advice.is_empty() {
                    say(&format!("{:width$}           {advice}\n", ""));
                }
            }
        }
        DoctorOutput::Json => {
            let checks: Vec<_> = rows
                .iter()
                .map(|Row { what, verdict, found, advice }| json!({"what": what, "verdict": verdict, "found": found, "advice": advice}))
                .collect();
            say(&format!("{:#}\n", json!({"fine": is_fine, "checks": checks})));
        }
    }
    if is_fine { ExitCode::SUCCESS } else { ExitCode::from(VIOLATION) }
}
