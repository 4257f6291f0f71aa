//! Whether a document is well-formed: every element ends where it must, and every attribute and character is as XML wants it.

const ENTITIES: [&str; 5] = ["amp;", "lt;", "gt;", "quot;", "#39;"];

/// What is wrong with it first.
pub(crate) fn well_formed(document: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = document.strip_prefix("<!doctype html>\n").unwrap_or(document);
    while let Some(begin) = rest.find('<') {
        text(&rest[..begin])?;
        let end = rest[begin..].find('>').ok_or("an element has no end")? + begin;
        let tag = &rest[begin + 1..end];
        rest = &rest[end + 1..];
        if let Some(closed) = tag.strip_prefix('/') {
            match open.pop() {
                Some(opened) if opened == closed => {}
                opened => return Err(format!("{closed} ends within {opened:?}")),
            }
            continue;
        }
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric()) {
            return Err(format!("`{name}` is no element"));
        }
        self::attributes(attributes)?;
        if !is_empty {
            open.push(name);
        }
    }
    text(rest)?;
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} never end")) }
}

fn attributes(mut rest: &str) -> Result<(), String> {
    let mut seen = Vec::new();
    while !rest.trim().is_empty() {
        let (name, after) = rest.split_once("=\"").ok_or_else(|| format!("`{rest}` is no attribute"))?;
        let (value, after) = after.split_once('"').ok_or_else(|| format!("`{name}` does not end"))?;
        let name = name.trim();
        if !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-') || seen.contains(&name) {
            return Err(format!("`{name}` is no attribute, or there twice"));
        }
        seen.push(name);
        text(value)?;
        rest = after;
    }
    Ok(())
}

fn text(text: &str) -> Result<(), String> {
    if let Some(letter) = text.chars().find(|letter| letter.is_control() && *letter != '\n') {
        return Err(format!("{letter:?} may not stand in a document"));
    }
    for (at, _) in text.match_indices('&') {
        if !ENTITIES.iter().any(|entity| text[at + 1..].starts_with(entity)) {
            return Err(format!("`&` stands alone in `{text}`"));
        }
    }
    Ok(())
}
