//! How the link between global and a zone is cut, each way.
use strait_scenarios::world::{CutHow, Direction};

/// How a link is cut, each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cuts {
    down: Option<CutHow>,
    up: Option<CutHow>,
}

impl Cuts {
    pub(crate) fn get(self, way: Direction) -> Option<CutHow> {
        match way {
            Direction::Down => self.down,
            Direction::Up => self.up,
        }
    }

    pub(crate) fn set(&mut self, way: Direction, how: CutHow) {
        match way {
            Direction::Down => self.down = Some(how),
            Direction::Up => self.up = Some(how),
        }
    }

    /// Both ways work: a connection can begin.
    pub(crate) fn is_whole(self) -> bool {
        self == Self::default()
    }

    /// Whether what is sent one of these ways is lost.
    pub(crate) fn loses(self) -> bool {
        Direction::BOTH.into_iter().any(|way| self.get(way) == Some(CutHow::Sever))
    }

    /// How both ways are cut alike, if they are.
    pub(crate) fn alike(self) -> Option<CutHow> {
        self.down.filter(|_| self.down == self.up)
    }
}
