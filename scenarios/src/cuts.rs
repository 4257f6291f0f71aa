//! How the link between global and a zone is cut, each way.
use crate::world::{CutHow, Direction};

/// How a link is cut, each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cuts {
    down: Option<CutHow>,
    up: Option<CutHow>,
}

impl Cuts {
    /// How this way is cut.
    pub fn get(self, way: Direction) -> Option<CutHow> {
        match way {
            Direction::Down => self.down,
            Direction::Up => self.up,
        }
    }

    /// Cuts this way.
    pub fn set(&mut self, way: Direction, how: CutHow) {
        match way {
            Direction::Down => self.down = Some(how),
            Direction::Up => self.up = Some(how),
        }
    }

    /// Both ways work: a connection can begin.
    pub fn is_whole(self) -> bool {
        self == Self::default()
    }

    /// Whether what is sent one of these ways is lost.
    pub fn loses(self) -> bool {
        Direction::BOTH.into_iter().any(|way| self.get(way) == Some(CutHow::Sever))
    }

    /// How both ways are cut alike, if they are.
    pub fn alike(self) -> Option<CutHow> {
        self.down.filter(|_| self.down == self.up)
    }
}
