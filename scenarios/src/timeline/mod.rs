//! The timeline of a run: what happened, as a picture that a person reads.
//!
//! A recorder sees every event and every step while a run goes on, and changes nothing of it. What it keeps is plain data: lanes
//! (control planes), arrows (messages), bars (what lasts: faults, sessions), marks (what happens at a moment). The picture is made of
//! that: what is alike is bundled until it is bounded, and each thing gets a row. Renderers only draw rows.
//!
//! | file | what |
//! | --- | --- |
//! | `data` | what a recording holds |
//! | `recorder` | the recorder, as the runner calls it |
//! | `events` | what events become |
//! | `faults` | what steps do to links, disks, clocks and clusters |
//! | `wire` | which message that left is the one that arrived |
//! | `words` | messages and states in words |
//! | `steps` | steps in words |
//! | `bundle` | what is alike and close together, as one |
//! | `lanes` | which lanes are shown, where there are many |
//! | `picture` | everything that is drawn, in rows |
//! | `text`, `svg`, `html` | the renderers; `legend`, `escape`, `style` are parts of the last two |
//! | `draw` | by the name of a file |
mod bundle;
mod data;
mod draw;
mod escape;
mod events;
mod faults;
mod html;
mod lanes;
mod legend;
mod picture;
mod recorder;
mod steps;
mod style;
mod svg;
mod text;
mod wire;
mod words;

pub use data::{Arrow, Bar, BarKind, Lane, LeftOut, Mark, MarkKind, Moment, Says, Timeline, Violation};
pub use draw::{Form, draw};
pub use html::html;
pub use recorder::Recorder;
pub use svg::svg;
pub use text::{last, text};
