//! What stands where in a picture, read from its text.

/// A text in it.
#[derive(Debug)]
pub(crate) struct Label {
    x: f64,
    pub(crate) y: f64,
    ends_there: bool,
    is_in_the_middle: bool,
    letters: usize,
}

/// A letter is about so wide.
const LETTER: f64 = 5.6;

impl Label {
    pub(crate) fn left(&self) -> f64 {
        let wide = self.letters as f64 * LETTER;
        if self.ends_there {
            self.x - wide
        } else if self.is_in_the_middle {
            self.x - wide / 2.0
        } else {
            self.x
        }
    }

    pub(crate) fn right(&self) -> f64 {
        self.left() + self.letters as f64 * LETTER
    }
}

/// Its width and its height.
pub(crate) fn size(svg: &str) -> (f64, f64) {
    let root = &svg[..svg.find('>').unwrap()];
    (number(root, "width").unwrap(), number(root, "height").unwrap())
}

/// Every place that something in the rows begins or ends at.
pub(crate) fn places(svg: &str) -> Vec<(f64, f64)> {
    let pairs = [("x", "y"), ("x1", "y1"), ("x2", "y2"), ("cx", "cy")];
    let tags = rows(svg).split('<').filter_map(|tag| tag.split('>').next());
    tags.flat_map(|tag| pairs.into_iter().filter_map(move |(x, y)| Some((number(tag, x)?, number(tag, y)?)))).collect()
}

/// The labels of rows: steps, marks, arrows, quiet.
pub(crate) fn labels(svg: &str) -> Vec<Label> {
    let texts = rows(svg).split("<text ").skip(1);
    let labels = texts.filter_map(|text| {
        let (tag, said) = text.split_once('>')?;
        let class = tag.split('"').nth(1)?;
        let classes: Vec<&str> = class.split(' ').collect();
        if !classes.iter().any(|class| matches!(*class, "halo" | "step" | "over")) {
            return None;
        }
        let said = said.split("</text>").next()?;
        let said = said.rsplit("</title>").next()?;
        let letters = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"].iter().fold(said.to_owned(), |said, entity| said.replace(entity, "x"));
        Some(Label {
            x: number(tag, "x")?,
            y: number(tag, "y")?,
            ends_there: classes.contains(&"e"),
            is_in_the_middle: classes.contains(&"mid"),
            letters: letters.chars().count(),
        })
    });
    labels.collect()
}

/// What stands below the names of the lanes.
fn rows(svg: &str) -> &str {
    let begin = svg.rfind("<g transform=").unwrap();
    &svg[begin..]
}

fn number(tag: &str, name: &str) -> Option<f64> {
    let begin = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[begin..].split('"').next()?.parse().ok()
}
