//! Where in a resource something is wrong, and the list of what is wrong.
use std::fmt;

/// A field (such as `spec.to[0].default.idleTimeout`) and what is wrong with it.
pub type Violation = (String, String);

/// A path to a field, written out only when something is wrong there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Path<'a> {
    Root,
    Field(&'a Self, &'a str),
    Index(&'a Self, usize),
    Key(&'a Self, &'a str),
}

impl Path<'_> {
    pub(super) fn field<'a>(&'a self, name: &'a str) -> Path<'a> {
        Path::Field(self, name)
    }

    pub(super) fn index(&self, index: usize) -> Path<'_> {
        Path::Index(self, index)
    }

    pub(super) fn key<'a>(&'a self, key: &'a str) -> Path<'a> {
        Path::Key(self, key)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Path::Root, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
            Self::Key(parent, key) => write!(f, "{parent}[{key:?}]"),
        }
    }
}

/// What is wrong so far.
#[derive(Debug, Default)]
pub(super) struct Violations(pub(super) Vec<Violation>);

impl Violations {
    pub(super) fn add(&mut self, path: &Path<'_>, message: impl Into<String>) {
        self.0.push((path.to_string(), message.into()));
    }

    pub(super) fn add_if(&mut self, wrong: bool, path: &Path<'_>, message: impl Into<String>) {
        if wrong {
            self.add(path, message);
        }
    }
}
