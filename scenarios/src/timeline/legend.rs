//! What the signs of a picture mean.
use super::{data::Says, svg::line};
use std::fmt::Write;

/// A sign has so much room, and its words.
const CELL: f64 = 182.0;
const HEIGHT: f64 = 18.0;

enum Sign {
    Lane(&'static str),
    Bar(&'static str),
    Message(Says, &'static str),
    Lost,
    Dot(&'static str),
}

const SIGNS: &[(Sign, &str)] = &[
    (Sign::Lane("lane"), "has a session"),
    (Sign::Lane("lane-off"), "has none"),
    (Sign::Bar("down"), "down"),
    (Sign::Bar("paused"), "paused"),
    (Sign::Bar("cut"), "link cut"),
    (Sign::Bar("oneway"), "cut one way"),
    (Sign::Bar("link"), "link worse than usual"),
    (Sign::Bar("disk"), "disk in trouble"),
    (Sign::Bar("clock"), "clocks wrong"),
    (Sign::Bar("api"), "API of the cluster"),
    (Sign::Bar("frozen"), "frozen: needs an operator"),
    (Sign::Bar("beside"), "something beside it"),
    (Sign::Message(Says::Request, "one"), "request"),
    (Sign::Message(Says::Response, "one"), "response"),
    (Sign::Message(Says::Ack, "one"), "ack"),
    (Sign::Message(Says::Nack, "one"), "nack"),
    (Sign::Message(Says::Response, "many"), "several as one"),
    (Sign::Message(Says::Response, "late"), "held up for over 1 s"),
    (Sign::Lost, "never arrives"),
    (Sign::Message(Says::Response, "way"), "under way at the end"),
    (Sign::Dot("good"), "mended, session open"),
    (Sign::Dot("bad"), "over, refused, told"),
    (Sign::Dot("asked"), "edit; question of a workload"),
];

/// Drawn in so much width, and how high it is.
pub(super) fn legend(width: f64) -> (String, f64) {
    let per_row = (width / CELL).floor().max(1.0);
    let mut drawn = String::new();
    let (mut x, mut y) = (8.0, 4.0);
    for (sign, words) in SIGNS {
        let middle = y + HEIGHT / 2.0;
        match sign {
            Sign::Lane(class) => _ = write!(drawn, r#"<line class="{class}" x1="{x}" y1="{middle}" x2="{}" y2="{middle}"/>"#, x + 24.0),
            Sign::Bar(class) => _ = write!(drawn, r#"<rect class="{class}" x="{}" y="{}" width="8" height="14"/>"#, x + 8.0, middle - 7.0),
            Sign::Message(says, how) => drawn.push_str(&line(*says, how, (x, middle), (x + 26.0, middle), false)),
            Sign::Lost => drawn.push_str(&line(Says::Response, "one", (x, middle), (x + 26.0, middle), true)),
            Sign::Dot(class) => _ = write!(drawn, r#"<circle class="{class}" cx="{}" cy="{middle}" r="3.5"/>"#, x + 12.0),
        }
        _ = write!(drawn, r#"<text x="{}" y="{}">{words}</text>"#, x + 32.0, middle + 4.0);
        x += CELL;
        if x + CELL > 8.0 + per_row * CELL + 1.0 {
            (x, y) = (8.0, y + HEIGHT);
        }
    }
    let rows = (SIGNS.len() as f64 / per_row).ceil();
    (drawn, rows * HEIGHT + 8.0)
}
