//! Text as XML and HTML take it.

/// With everything replaced that would not be taken as text. What no document may hold is left out.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' => escaped.push('\n'),
            '\u{fffe}' | '\u{ffff}' => {}
            letter if letter.is_control() => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_that_was_text_becomes_markup() {
        assert_eq!(escaped("<a b=\"c\" d='e'>&\u{0}\u{7}\n"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\n");
    }
}
