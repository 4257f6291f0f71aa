//! A YAML document as a tree in which every value knows where it stands, so that every mistake can be shown in its place.
use granit_parser::{Event, Parser, ScalarStyle, ScanError};
use serde_json::{Map, Number, Value};

/// Where something stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Counted from 1.
    pub(crate) line: usize,
    /// Counted from 1.
    pub(crate) column: usize,
    /// In characters, on its first line.
    pub(crate) length: usize,
}

impl Place {
    /// The beginning of a file.
    pub(crate) const START: Self = Self { line: 1, column: 1, length: 1 };
}

/// One value.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) content: Content,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    Scalar { text: String, plain: bool },
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) place: Place,
    pub(crate) text: String,
}

/// Nesting beyond this is refused, so that a hostile file cannot exhaust the stack.
const DEEPEST: usize = 64;

/// Why a text is not a tree.
pub(crate) struct NotATree {
    pub(crate) place: Place,
    pub(crate) message: String,
}

/// Parses the one document of a file. `None`: it is empty.
pub(crate) fn parse(text: &str) -> Result<Option<Node>, NotATree> {
    let mut events = Events { parser: Parser::new_from_str(text) };
    let mut found = None;
    loop {
        let (event, place) = events.next()?;
        match event {
            Event::StreamEnd => return Ok(found),
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
            event if found.is_none() => found = Some(events.node(event, place, 0)?),
            _ => return Err(NotATree { place, message: "a scenario file holds one document".to_owned() }),
        }
    }
}

struct Events<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
}

impl<'a> Events<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Place), NotATree> {
        let refused = |error: &ScanError| {
            let marker = error.marker();
            let place = Place { line: marker.line(), column: marker.col() + 1, length: 1 };
            NotATree { place, message: error.to_string() }
        };
        let said = self.parser.by_ref().find(|next| !matches!(next, Ok((Event::Comment(..), _))));
        match said {
            Some(Ok((event, span))) => {
                let length = if span.end.line() == span.start.line() { span.end.col().saturating_sub(span.start.col()).max(1) } else { 1 };
                Ok((event, Place { line: span.start.line(), column: span.start.col() + 1, length }))
            }
            Some(Err(error)) => Err(refused(&error)),
            None => Ok((Event::StreamEnd, Place::START)),
        }
    }

    fn node(&mut self, event: Event<'a>, place: Place, depth: usize) -> Result<Node, NotATree> {
        let refuse = |message: &str| Err(NotATree { place, message: message.to_owned() });
        if depth > DEEPEST {
            return refuse("nested too deeply");
        }
        let content = match event {
            Event::Scalar(text, style, ..) => Content::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain },
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break Content::List(items),
                        (event, place) => items.push(self.node(event, place, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut entries: Vec<(Key, Node)> = Vec::new();
                loop {
                    match self.next()? {
                        (Event::MappingEnd, _) => break Content::Map(entries),
                        (Event::Scalar(text, ..), place) if entries.iter().any(|(key, _)| key.text == text) => {
                            return Err(NotATree { place, message: format!("`{text}` stands here twice") });
                        }
                        (Event::Scalar(text, ..), place) => {
                            let (event, at) = self.next()?;
                            let value = self.node(event, at, depth + 1)?;
                            entries.push((Key { place, text: text.into_owned() }, value));
                        }
                        (_, place) => return Err(NotATree { place, message: "a field's name is a text".to_owned() }),
                    }
                }
            }
            Event::Alias(_) => return refuse("anchors and aliases are not supported in scenario files"),
            _ => return refuse("this is not a value"),
        };
        Ok(Node { place, content })
    }
}

impl Node {
    /// A value that no file holds. Its place is the beginning of one.
    pub(crate) fn from_json(value: &Value) -> Self {
        let content = match value {
            Value::Null => Content::Scalar { text: String::new(), plain: true },
            Value::Bool(_) | Value::Number(_) => Content::Scalar { text: value.to_string(), plain: true },
            Value::String(text) => Content::Scalar { text: text.clone(), plain: false },
            Value::Array(items) => Content::List(items.iter().map(Self::from_json).collect()),
            Value::Object(fields) => {
                let key = |text: &String| Key { place: Place::START, text: text.clone() };
                Content::Map(fields.iter().map(|(name, value)| (key(name), Self::from_json(value))).collect())
            }
        };
        Self { place: Place::START, content }
    }

    /// What this is, for people.
    pub(crate) fn what(&self) -> &'static str {
        match &self.content {
            Content::Scalar { .. } if self.is_empty() => "nothing",
            Content::Scalar { .. } => "a single value",
            Content::List(_) => "a list",
            Content::Map(_) => "a map",
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.content, Content::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self.content, Content::List(_))
    }

    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(&self.content, Content::Scalar { text, .. } if text == word)
    }

    pub(crate) fn is_map(&self) -> bool {
        matches!(self.content, Content::Map(_))
    }

    /// A field of a map, if this is one and has it.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        match &self.content {
            Content::Map(entries) => entries.iter().find(|(key, _)| key.text == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// As a JSON value, by YAML's core schema.
    pub(crate) fn to_json(&self) -> Value {
        match &self.content {
            Content::Scalar { text, plain: true } => plain(text),
            Content::Scalar { text, plain: false } => Value::String(text.clone()),
            Content::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Content::Map(entries) => {
                Value::Object(entries.iter().map(|(key, value)| (key.text.clone(), value.to_json())).collect::<Map<_, _>>())
            }
        }
    }

    /// The value below a path such as `spec.to[0].targetRef`, as far as it exists.
    pub(crate) fn deepest(&self, path: &str) -> &Self {
        let mut at = self;
        for part in path.split(['.', '[', ']']).filter(|part| !part.is_empty()) {
            let next = match &at.content {
                Content::Map(entries) => entries.iter().find(|(key, _)| key.text == part).map(|(_, value)| value),
                Content::List(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
                Content::Scalar { .. } => None,
            };
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        at
    }
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => text
            .parse::<i64>()
            .map(Number::from)
            .ok()
            .or_else(|| text.parse::<u64>().map(Number::from).ok())
            .or_else(|| looks_like_a_float(text).then(|| text.parse::<f64>().ok().and_then(Number::from_f64)).flatten())
            .map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

fn looks_like_a_float(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.')) && text.contains(['.', 'e', 'E'])
}
