//! A timeline as a page that needs nothing else: no script, and nothing from anywhere.
use super::{
    data::Timeline,
    escape::escaped,
    legend::legend,
    picture::Picture,
    style::{DRAWN, PAGE},
    svg::Drawing,
};

/// The page.
pub fn html(timeline: &Timeline) -> String {
    let picture = Picture::new(timeline);
    let drawing = Drawing::new(&picture);
    let width = drawing.width;
    let (signs, high) = legend(width);
    let (failed, verdict) = match &timeline.violation {
        None => ("", escaped(&format!("passed: {} of protocol time", timeline.ended))),
        Some(violation) => {
            let during = timeline.during();
            let words = format!("{} broken at {}, {}, {during}: {}", violation.invariant, violation.node, violation.at, violation.what);
            (" failed", escaped(&words) + " <a href=\"#violation\">Show it.</a>")
        }
    };
    let notes: String = picture.notes.iter().map(|note| format!("<li>{}</li>\n", escaped(note))).collect();
    let name = escaped(&timeline.scenario);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
         <title>{name}</title>\n<style>\n{PAGE}{DRAWN}main{{max-width:{width}px}}\n</style>\n</head>\n<body>\n<main>\n\
         <h1>{name}</h1>\n<p>{}</p>\n<p class=\"run\">{}</p>\n<p class=\"verdict{failed}\">{}</p>\n\
         <svg class=\"tl\" viewBox=\"0 0 {width} {high}\" role=\"img\"><title>What the signs mean</title>\n{signs}\n</svg>\n\
         <ul class=\"notes\">\n{notes}<li>What something carries is shown where the mouse rests on it.</li>\n</ul>\n\
         <svg class=\"tl names\" viewBox=\"0 0 {width} 38\">{}</svg>\n\
         <svg class=\"tl\" viewBox=\"0 0 {width} {}\" role=\"img\"><title>{name}</title>\n{}\n</svg>\n\
         <p>Again: <code>{}</code></p>\n</main>\n</body>\n</html>\n",
        escaped(&timeline.why),
        escaped(&timeline.run),
        verdict,
        drawing.names(),
        drawing.height,
        drawing.body,
        escaped(&timeline.replay),
    )
}
