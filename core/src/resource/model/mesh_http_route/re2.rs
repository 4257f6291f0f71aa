//! Whether Envoy can read an expression: it asks RE2, which has a syntax of its own. Crates for expressions in Rust read another: they take what RE2
//! refuses (`(?x)`, `\u{41}`), mean something else by what both take (`\<`, `[a&&b]`), and refuse what RE2 takes (`\Q…\E`, `\C`, `\012`).
//!
//! The rules are those of RE2's parser, which newer Envoys have read bytes (Latin-1), and older ones letters (UTF-8): what is taken here both
//! take. What is a little stricter: names of groups are of ASCII letters, digits and `_`, and how large the compiled expression becomes is
//! guessed from above.
mod groups;
mod letters;

use std::{collections::BTreeSet, iter::Peekable, str::Chars};

/// RE2 repeats nothing more often, with what is repeated inside.
const MOST_REPEATED: u32 = 1000;
/// RE2 takes 600,000 instructions, and not a million. How many are needed is guessed from above.
const MOST_INSTRUCTIONS: u64 = 500_000;

/// What is wrong with an expression for RE2.
pub(super) fn why_not_re2(text: &str) -> Option<String> {
    Reader { rest: text.chars().peekable(), open: vec![Group::default()], names: BTreeSet::new() }.read().err()
}

/// Something that can be repeated.
#[derive(Clone, Copy)]
struct Piece {
    /// How often the most repeated part of it stands in it.
    repeated: u32,
    /// How many instructions it is at most.
    size: u64,
}

/// A group that is open: what stands in it so far.
#[derive(Default)]
struct Group {
    before: Option<Piece>,
    /// What an operator behind it repeats.
    last: Option<Piece>,
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    open: Vec<Group>,
    names: BTreeSet<String>,
}

type Read<T> = Result<T, String>;

impl Reader<'_> {
    fn read(mut self) -> Read<()> {
        let mut was_repetition = false;
        while let Some(c) = self.rest.next() {
            let mut is_repetition = false;
            match c {
                '(' => self.open_group()?,
                ')' => self.close_group()?,
                '|' => {
                    let group = self.group();
                    group.settle();
                    group.grow(1);
                }
                '^' | '$' => self.push(1),
                '.' => self.push(12),
                '[' => {
                    let size = self.class()?;
                    self.push(size);
                }
                '\\' => self.escaped()?,
                '*' | '+' | '?' => {
                    self.repeat(&c.to_string(), 1, was_repetition)?;
                    is_repetition = true;
                }
                '{' => match self.counts() {
                    Some((most, written)) => {
                        self.repeat(&written, most, was_repetition)?;
                        is_repetition = true;
                    }
                    None => self.push(1),
                },
                other => self.push(size_of(other)),
            }
            was_repetition = is_repetition;
        }
        if self.open.len() > 1 {
            return Err("a `(` is not closed".to_owned());
        }
        self.group().settle();
        match self.group().before {
            Some(all) if all.size > MOST_INSTRUCTIONS => Err("it is too large once its repetitions are written out".to_owned()),
            _ => Ok(()),
        }
    }

    /// The innermost that is open. The outermost is never closed.
    fn group(&mut self) -> &mut Group {
        if self.open.is_empty() {
            self.open.push(Group::default());
        }
        let last = self.open.len() - 1;
        &mut self.open[last]
    }

    fn push(&mut self, size: u64) {
        self.push_piece(Piece { repeated: 1, size });
    }

    fn push_piece(&mut self, piece: Piece) {
        let group = self.group();
        group.settle();
        group.last = Some(piece);
    }

    /// `most`: how often what stands before comes at most.
    fn repeat(&mut self, operator: &str, most: u32, was_repetition: bool) -> Read<()> {
        let is_lazy = self.rest.next_if_eq(&'?').is_some();
        let lazy = if is_lazy { "?" } else { "" };
        if was_repetition {
            return Err(format!("`{operator}{lazy}` repeats a repetition; put that in `(?:…)`"));
        }
        let Some(piece) = &mut self.group().last else { return Err(format!("nothing stands before `{operator}{lazy}`")) };
        piece.repeated = piece.repeated.saturating_mul(most.max(1));
        piece.size = piece.size.saturating_mul(u64::from(most.max(1))).saturating_add(u64::from(most) + 2);
        if piece.repeated > MOST_REPEATED {
            return Err(format!("`{operator}` repeats more than {MOST_REPEATED} times"));
        }
        Ok(())
    }

    /// Behind `{`: how often at most, and the text. `None`: no counts, and the brace means itself.
    fn counts(&mut self) -> Option<(u32, String)> {
        let mut ahead = self.rest.clone();
        let number = |ahead: &mut Peekable<Chars<'_>>| {
            let mut digits = String::new();
            while let Some(digit) = ahead.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            // RE2 takes no zeros in front, and reads what is too large as much too large.
            let leads = digits.len() > 1 && digits.starts_with('0');
            (!digits.is_empty() && !leads).then(|| (digits.parse().unwrap_or(u32::MAX), digits))
        };
        let (least, mut written) = number(&mut ahead)?;
        let mut most = least;
        if ahead.next_if_eq(&',').is_some() {
            written.push(',');
            if ahead.peek() != Some(&'}') {
                let (up_to, digits) = number(&mut ahead)?;
                // Never fewer than at least: that is refused like what is too often.
                most = if up_to < least { u32::MAX } else { up_to };
                written.push_str(&digits);
            }
        }
        ahead.next_if_eq(&'}')?;
        self.rest = ahead;
        Some((most, format!("{{{written}}}")))
    }

    fn open_group(&mut self) -> Read<()> {
        if self.rest.next_if_eq(&'?').is_none() {
            self.open.push(Group::default());
            return Ok(());
        }
        let mut ahead = self.rest.clone();
        let is_named = match (ahead.next(), ahead.next()) {
            (Some('P'), Some('<')) => 2,
            (Some('<'), _) => 1,
            _ => 0,
        };
        if is_named > 0 {
            (0..is_named).for_each(|_| _ = self.rest.next());
            let mut name = String::new();
            loop {
                match self.rest.next() {
                    Some('>') if !name.is_empty() => break,
                    Some(c) if c.is_ascii_alphanumeric() || c == '_' => name.push(c),
                    _ => return Err("a group has a wrong name; allowed are ASCII letters, digits and `_`, as in `(?P<name>…)`".to_owned()),
                }
            }
            if !self.names.insert(name.clone()) {
                return Err(format!("two groups are called `{name}`"));
            }
            self.open.push(Group::default());
            return Ok(());
        }
        let (mut is_off, mut has_flag) = (false, false);
        loop {
            match self.rest.next() {
                Some('i' | 'm' | 's' | 'U') => has_flag = true,
                Some('-') if !is_off => (is_off, has_flag) = (true, false),
                Some(end @ (':' | ')')) if !is_off || has_flag => {
                    if end == ':' {
                        self.open.push(Group::default());
                    }
                    return Ok(());
                }
                _ => return Err("after `(?` come flags of `imsU`, `:` or a name; RE2 looks neither ahead nor behind".to_owned()),
            }
        }
    }

    fn close_group(&mut self) -> Read<()> {
        if self.open.len() == 1 {
            return Err("a `)` closes nothing".to_owned());
        }
        let mut closed = self.open.pop().unwrap_or_default();
        closed.settle();
        let inside = closed.before.unwrap_or(Piece { repeated: 1, size: 1 });
        self.push_piece(Piece { size: inside.size.saturating_add(2), ..inside });
        Ok(())
    }

    /// Behind a backslash, outside of `[…]`.
    fn escaped(&mut self) -> Read<()> {
        match self.rest.peek() {
            Some('b' | 'B' | 'A' | 'z' | 'C') => {
                self.rest.next();
                self.push(1);
            }
            Some('Q') => {
                self.rest.next();
                while let Some(c) = self.rest.next() {
                    if c == '\\' && self.rest.next_if_eq(&'E').is_some() {
                        break;
                    }
                    self.push(size_of(c));
                }
            }
            _ => {
                let size = match self.set()? {
                    Some(size) => size,
                    None => {
                        self.character()?;
                        3
                    }
                };
                self.push(size);
            }
        }
        Ok(())
    }
}

impl Group {
    /// What stood last is repeated no more.
    fn settle(&mut self) {
        let Some(last) = self.last.take() else { return };
        let before = self.before.unwrap_or(Piece { repeated: 1, size: 0 });
        self.before = Some(Piece { repeated: before.repeated.max(last.repeated), size: before.size.saturating_add(last.size) });
    }

    fn grow(&mut self, size: u64) {
        let before = self.before.unwrap_or(Piece { repeated: 1, size: 0 });
        self.before = Some(Piece { size: before.size.saturating_add(size), ..before });
    }
}

/// In bytes, each of which is an instruction; letters beyond ASCII may have several forms.
fn size_of(c: char) -> u64 {
    if c.is_ascii() { 3 } else { 24 }
}
