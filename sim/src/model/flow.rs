//! What one end of a connection says, on its way out of the process: windows as in HTTP/2, one for each lane.
//!
//! A lane has at most [`WINDOW_BYTES`] under way that the other end is not known to have read. What is beyond that waits in the
//! process. What is within is the kernel's, which sends it in order when the link takes it.
use super::connection::Frame;
use std::collections::VecDeque;
use strait_core::{
    sync::{Lane, Message},
    time::Mono,
};
use strait_shell::kds::WINDOW_BYTES;

/// A piece of a lane, or something that kernels say to each other.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) bytes: u64,
    /// Of which lane; `None`: kernels have no windows among themselves.
    pub(super) lane: Option<Lane>,
    /// What is complete with it.
    pub(super) frame: Option<Frame>,
}

/// What one end says.
#[derive(Debug, Default)]
pub(super) struct Flow {
    down: Stream,
    up: Stream,
    /// The lane that has its turn next.
    up_is_next: bool,
    /// What the other end has read, and when this end knows.
    read: VecDeque<(Mono, Lane, u64)>,
    /// What the kernel has, in order.
    pub(super) kernel: VecDeque<Chunk>,
    /// It will be looked again whether there is room.
    pub(super) looks: bool,
}

/// One lane.
#[derive(Debug, Default)]
struct Stream {
    waiting: VecDeque<(Message, u64)>,
    unread: u64,
}

impl Flow {
    /// The process says something of this size.
    pub(super) fn say(&mut self, message: Message, bytes: u64) {
        let lane = lane_of(&message);
        // Also an empty message is something.
        self.stream(lane).waiting.push_back((message, bytes.max(1)));
    }

    /// What goes next, at most so many bytes of it; `None`: nothing, or nothing for which there is room.
    pub(super) fn next(&mut self, most: u64) -> Option<Chunk> {
        let lanes = if self.up_is_next { [Lane::Up, Lane::Down] } else { [Lane::Down, Lane::Up] };
        lanes.into_iter().find_map(|lane| {
            let chunk = self.stream(lane).next(lane, most)?;
            self.up_is_next = lane == Lane::Down;
            Some(chunk)
        })
    }

    /// The other end has read so much, and this end will know by then.
    pub(super) fn has_read(&mut self, lane: Lane, bytes: u64, known_at: Mono) {
        self.read.push_back((known_at, lane, bytes));
    }

    /// Takes note of what the other end is known to have read by now.
    pub(super) fn settle(&mut self, now: Mono) {
        while let Some((_, lane, bytes)) = self.read.pop_front_if(|(at, _, _)| *at <= now) {
            let stream = self.stream(lane);
            stream.unread = stream.unread.saturating_sub(bytes);
        }
    }

    /// When there may be room for what waits; `None`: nothing waits, or nobody reads.
    pub(super) fn room_at(&self) -> Option<Mono> {
        self.read.front().map(|(at, _, _)| *at).filter(|_| self.waiting_bytes() > 0)
    }

    /// How much is under way that the other end is not known to have read.
    pub(super) fn unread_bytes(&self) -> u64 {
        self.down.unread + self.up.unread
    }

    /// How much waits in the process.
    pub(super) fn waiting_bytes(&self) -> u64 {
        [&self.down, &self.up].into_iter().flat_map(|stream| &stream.waiting).map(|(_, left)| left).sum()
    }

    /// The process is through: what waited in it goes with it.
    pub(super) fn forget_waiting(&mut self) {
        self.down.waiting.clear();
        self.up.waiting.clear();
    }

    /// What was said and has not left this host.
    pub(super) fn messages(&self) -> impl Iterator<Item = &Message> {
        let in_kernel = self.kernel.iter().filter_map(|chunk| match &chunk.frame {
            Some(Frame::Message(message)) => Some(message.as_ref()),
            _ => None,
        });
        in_kernel.chain([&self.down, &self.up].into_iter().flat_map(|stream| stream.waiting.iter().map(|(message, _)| message)))
    }

    fn stream(&mut self, lane: Lane) -> &mut Stream {
        match lane {
            Lane::Down => &mut self.down,
            Lane::Up => &mut self.up,
        }
    }
}

impl Stream {
    fn next(&mut self, lane: Lane, most: u64) -> Option<Chunk> {
        let room = (WINDOW_BYTES as u64).saturating_sub(self.unread);
        let (_, left) = self.waiting.front_mut()?;
        let bytes = (*left).min(most).min(room);
        if bytes == 0 {
            return None;
        }
        *left -= bytes;
        self.unread += bytes;
        let whole = self.waiting.pop_front_if(|(_, left)| *left == 0);
        let frame = whole.map(|(message, _)| Frame::Message(Box::new(message)));
        Some(Chunk { bytes, lane: Some(lane), frame })
    }
}

fn lane_of(message: &Message) -> Lane {
    match message {
        Message::Request(request) => request.lane,
        Message::Response(response) => response.lane,
    }
}
