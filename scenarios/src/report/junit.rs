//! Runs in the XML form that build servers read (JUnit).
use super::failure::failure;
use crate::runner::{Report, Verdict};
use std::fmt::Write;

/// All runs, as one document.
pub fn junit(reports: &[Report], version: &str) -> String {
    let count = |is: fn(&Verdict) -> bool| reports.iter().filter(|report| is(&report.verdict)).count();
    let failed = count(|verdict| matches!(verdict, Verdict::Failed(_)));
    let skipped = count(|verdict| matches!(verdict, Verdict::Skipped(_)));
    let took: f64 = reports.iter().map(|report| report.took.as_secs_f64()).sum();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let mut line = |line: String| _ = writeln!(text, "{line}");
    line(format!(
        "<testsuite name=\"strait scenarios\" tests=\"{}\" failures=\"{failed}\" skipped=\"{skipped}\" time=\"{took:.3}\">",
        reports.len()
    ));
    for report in reports {
        let seconds = report.took.as_secs_f64();
        let name = format!("{} seed {}", report.world, report.seed);
        let open = format!("  <testcase classname=\"{}\" name=\"{name}\" time=\"{seconds:.3}\"", escaped(&report.scenario));
        match &report.verdict {
            Verdict::Passed => line(format!("{open}/>")),
            Verdict::Skipped(why) => line(format!("{open}><skipped message=\"{}\"/></testcase>", escaped(why))),
            Verdict::Failed(why) => {
                let block = failure(report, version).unwrap_or_default();
                line(format!(
                    "{open}><failure type=\"{} {}\" message=\"{}\">{}</failure></testcase>",
                    escaped(&why.id),
                    escaped(&why.slug),
                    escaped(&why.what),
                    escaped(&block)
                ));
            }
        }
    }
    line("</testsuite>".to_owned());
    text
}

fn escaped(text: &str) -> String {
    let allowed = text.chars().filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t'));
    allowed.fold(String::with_capacity(text.len()), |mut escaped, letter| {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
        escaped
    })
}
