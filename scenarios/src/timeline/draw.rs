//! A timeline as a file, whose name says what it becomes.
use super::{Timeline, html, svg, text};
use std::path::Path;

/// What a timeline is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A page that needs nothing else.
    Html,
    /// Only its picture.
    Svg,
    /// Plain text.
    Text,
}

impl Form {
    /// By the ending of a file.
    ///
    /// # Errors
    /// It says nothing, with what it could say.
    pub fn of(file: &Path) -> Result<Self, String> {
        match file.extension().and_then(|ending| ending.to_str()) {
            Some("html") => Ok(Self::Html),
            Some("svg") => Ok(Self::Svg),
            Some("txt") => Ok(Self::Text),
            _ => Err(format!("`{}` does not say what to draw: allowed are names that end with `.html`, `.svg` or `.txt`", file.display())),
        }
    }
}

/// Draws it.
pub fn draw(timeline: &Timeline, form: Form) -> String {
    match form {
        Form::Html => html(timeline),
        Form::Svg => svg(timeline),
        Form::Text => text(timeline),
    }
}

#[cfg(test)]
mod tests {
    use super::Form;
    use std::path::Path;

    #[test]
    fn the_name_of_a_file_says_what_is_drawn() {
        assert_eq!(Form::of(Path::new("a/b.html")), Ok(Form::Html));
        assert_eq!(Form::of(Path::new("b.svg")), Ok(Form::Svg));
        assert_eq!(Form::of(Path::new("b.txt")), Ok(Form::Text));
        assert!(Form::of(Path::new("b")).unwrap_err().contains("`.html`, `.svg` or `.txt`"));
    }
}
