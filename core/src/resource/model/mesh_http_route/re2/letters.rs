//! Single letters and sets of letters.
use super::{Read, Reader, groups::GROUPS};

/// A letter in `[…]`.
#[derive(Clone, Copy)]
pub(super) struct Letter {
    code: u32,
    /// Of the bytes that it has in UTF-8, or the only one.
    first: u8,
    last: u8,
}

impl Letter {
    fn of(c: char) -> Self {
        let mut bytes = [0; 4];
        let bytes = c.encode_utf8(&mut bytes).as_bytes();
        Self { code: c.into(), first: bytes.first().copied().unwrap_or_default(), last: bytes.last().copied().unwrap_or_default() }
    }

    fn of_byte(byte: u8) -> Self {
        Self { code: byte.into(), first: byte, last: byte }
    }
}

/// Classes in `[…]`, as POSIX and Perl name them.
const POSIX: &[&str] =
    &["alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word", "xdigit"];

impl Reader<'_> {
    /// Behind a backslash: a set of characters such as `\d`; how large. `None`: it is a character.
    pub(super) fn set(&mut self) -> Read<Option<u64>> {
        let size = match self.rest.peek() {
            Some('d' | 's' | 'w') => 8,
            Some('D' | 'S' | 'W') => 24,
            Some('p' | 'P') => {
                self.rest.next();
                return self.unicode().map(|()| Some(1300));
            }
            _ => return Ok(None),
        };
        self.rest.next();
        Ok(Some(size))
    }

    /// Behind `\p`.
    fn unicode(&mut self) -> Read<()> {
        let name: String = match self.rest.next() {
            Some('{') => {
                let mut name = String::new();
                loop {
                    match self.rest.next() {
                        Some('}') => break name,
                        Some(c) => name.push(c),
                        None => return Err("a `\\p{` is not closed".to_owned()),
                    }
                }
            }
            Some(c) => c.to_string(),
            None => return Err("`\\p` lacks a name".to_owned()),
        };
        let name = name.strip_prefix('^').unwrap_or(&name);
        if GROUPS.contains(&name) { Ok(()) } else { Err(format!("`\\p{{{name}}}` is not known")) }
    }

    /// Behind a backslash: one character.
    pub(super) fn character(&mut self) -> Read<Letter> {
        let Some(c) = self.rest.next() else { return Err("it ends with a `\\`".to_owned()) };
        let octal = |c: &char| ('0'..='7').contains(c);
        match c {
            '1'..='7' if !self.rest.peek().is_some_and(octal) => {
                Err(format!("`\\{c}` would be what a group matched, which RE2 does not know"))
            }
            '0'..='7' => {
                let mut code = c.to_digit(8).unwrap_or_default();
                for _ in 0..2 {
                    if let Some(digit) = self.rest.next_if(octal) {
                        code = code * 8 + digit.to_digit(8).unwrap_or_default();
                    }
                }
                let byte = u8::try_from(code).map_err(|_| "an octal number is at most 377".to_owned())?;
                Ok(Letter::of_byte(byte))
            }
            'x' => self.hexadecimal(),
            'n' | 'r' | 't' => Ok(Letter::of_byte(b'\t')),
            'a' | 'f' | 'v' => Ok(Letter::of_byte(b'\x07')),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok(Letter::of(c)),
            _ => Err(format!("`\\{c}` means nothing")),
        }
    }

    fn hexadecimal(&mut self) -> Read<Letter> {
        let wrong = || "after `\\x` come two hexadecimal digits, or up to FF in braces: bytes are compared".to_owned();
        let is_long = self.rest.next_if_eq(&'{').is_some();
        let (mut code, mut digits) = (0u32, 0);
        while is_long || digits < 2 {
            match self.rest.next() {
                Some('}') if is_long && digits > 0 => break,
                Some(c) => code = code * 16 + c.to_digit(16).ok_or_else(wrong)?,
                None => return Err(wrong()),
            }
            if code > 0xff {
                return Err(wrong());
            }
            digits += 1;
        }
        u8::try_from(code).map(Letter::of_byte).map_err(|_| wrong())
    }

    /// Behind `[`. How large it is.
    pub(super) fn class(&mut self) -> Read<u64> {
        let not_closed = || "a `[` is not closed".to_owned();
        let mut size: u64 = if self.rest.next_if_eq(&'^').is_some() { 24 } else { 0 };
        let mut is_first = true;
        loop {
            let c = self.rest.next().ok_or_else(not_closed)?;
            if c == ']' && !is_first {
                return Ok(size.max(1));
            }
            is_first = false;
            if c == '[' && self.rest.peek() == Some(&':') {
                let rest: String = self.rest.clone().skip(1).collect();
                if let Some((name, _)) = rest.split_once(":]") {
                    let known = name.strip_prefix('^').unwrap_or(name);
                    if !POSIX.contains(&known) {
                        return Err(format!("`[:{name}:]` is not known"));
                    }
                    (0..name.chars().count() + 3).for_each(|_| _ = self.rest.next());
                    size += 24;
                    continue;
                }
            }
            if c == '\\'
                && let Some(set) = self.set()?
            {
                size += set;
                continue;
            }
            let low = if c == '\\' { self.character()? } else { Letter::of(c) };
            let mut ahead = self.rest.clone();
            size += 1;
            if ahead.next() == Some('-') && ahead.peek().is_some_and(|c| *c != ']') {
                self.rest.next();
                let high = match self.rest.next().ok_or_else(not_closed)? {
                    '\\' => self.character()?,
                    c => Letter::of(c),
                };
                if high.code < low.code || high.first < low.last {
                    return Err("a range in `[…]` goes backwards".to_owned());
                }
            }
            // In letters it has several bytes, of which several may begin.
            size += 24;
        }
    }
}
