//! What the processes tell, read by one thread and told on in an order in which no effect comes before its cause.
use super::{
    order::{Order, Stamped},
    process::ProcessId,
};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::{
    fs::File,
    io::{self, ErrorKind, Read as _},
    os::fd::AsFd as _,
    process::ChildStdout,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        mpsc::{self, Receiver, Sender},
    },
    thread,
};
use strait_core::node::{GlobalEffect, GlobalInput, ZoneEffect, ZoneInput};
use strait_shell::testbed::Line;

/// So much is read from one process before the next has its turn, in bytes: more than a pipe holds, so that all is read that was written
/// before the turn.
const AT_ONCE: usize = 1 << 20;
/// New processes are looked for this often, if nothing else happens.
const LOOK_EVERY_MS: u8 = 20;

/// What a process told.
pub(super) struct Told {
    pub(super) process: ProcessId,
    pub(super) what: Word,
}

/// One thing.
pub(super) enum Word {
    Global(Box<Line<GlobalInput, GlobalEffect>>),
    Zone(Box<Line<ZoneInput, ZoneEffect>>),
    /// It tells nothing more: it has ended.
    Ended,
    /// It told something that cannot be read.
    Unreadable(String),
}

/// What a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Global,
    Zone,
}

/// The thread that reads, for one world.
pub(super) struct Reader {
    new: Arc<Mutex<Vec<Source>>>,
    pub(super) told: Receiver<Told>,
}

struct Source {
    process: ProcessId,
    part: Part,
    pipe: File,
    begun: Vec<u8>,
    /// The stamp of its last line.
    last_ns: u64,
    ended: bool,
}

impl Reader {
    pub(super) fn start() -> io::Result<Self> {
        let (new, (tell, told)) = (Arc::<Mutex<Vec<Source>>>::default(), mpsc::channel());
        let arriving = Arc::downgrade(&new);
        thread::Builder::new().name("traces".to_owned()).spawn(move || read(&arriving, &tell))?;
        Ok(Self { new, told })
    }

    /// Reads what another process tells.
    pub(super) fn listen(&self, process: ProcessId, part: Part, pipe: ChildStdout) -> io::Result<()> {
        let pipe = File::from(std::os::fd::OwnedFd::from(pipe));
        let flags = nix::fcntl::OFlag::from_bits_truncate(nix::fcntl::fcntl(&pipe, nix::fcntl::FcntlArg::F_GETFL)?);
        nix::fcntl::fcntl(&pipe, nix::fcntl::FcntlArg::F_SETFL(flags | nix::fcntl::OFlag::O_NONBLOCK))?;
        let source = Source { process, part, pipe, begun: Vec::new(), last_ns: 0, ended: false };
        self.new.lock().unwrap_or_else(PoisonError::into_inner).push(source);
        Ok(())
    }
}

/// Until the world is gone, and with it the list of what is new.
fn read(new: &Weak<Mutex<Vec<Source>>>, tell: &Sender<Told>) {
    let (mut sources, mut order) = (Vec::<Source>::new(), Order::default());
    while let Some(new) = new.upgrade() {
        sources.append(&mut new.lock().unwrap_or_else(PoisonError::into_inner));
        drop(new);
        wait(&sources, order.is_empty());
        let told = order.next(|into| sources.iter_mut().for_each(|source| source.read(into)));
        if told.into_iter().any(|told| tell.send(told).is_err()) {
            return;
        }
        sources.retain(|source| !source.ended);
    }
}

fn wait(sources: &[Source], idle: bool) {
    let mut watched: Vec<PollFd<'_>> = sources.iter().map(|source| PollFd::new(source.pipe.as_fd(), PollFlags::POLLIN)).collect();
    let timeout = if idle { PollTimeout::from(LOOK_EVERY_MS) } else { PollTimeout::ZERO };
    // Interrupted or not: what can be read is read.
    let _ = poll(&mut watched, timeout);
}

impl Source {
    /// Reads what is there, line by line.
    fn read(&mut self, into: &mut Vec<Stamped<Told>>) {
        if self.ended {
            return;
        }
        let mut bytes = vec![0; 64 << 10];
        let mut taken = 0;
        while !self.ended && taken < AT_ONCE {
            match self.pipe.read(&mut bytes) {
                Ok(0) => self.ended = true,
                Ok(count) => {
                    self.begun.extend_from_slice(&bytes[..count]);
                    taken += count;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.ended = true,
            }
        }
        let whole = self.begun.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let rest = self.begun.split_off(whole);
        let lines = std::mem::replace(&mut self.begun, rest);
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line = self.parse(line);
            self.last_ns = line.at_ns;
            into.push(line);
        }
        if self.ended {
            into.push(Stamped { at_ns: self.last_ns, told: Told { process: self.process, what: Word::Ended } });
        }
    }

    fn parse(&self, line: &[u8]) -> Stamped<Told> {
        let parsed = match self.part {
            Part::Global => serde_json::from_slice(line).map(|line: Line<_, _>| (line.at_ns, Word::Global(Box::new(line)))),
            Part::Zone => serde_json::from_slice(line).map(|line: Line<_, _>| (line.at_ns, Word::Zone(Box::new(line)))),
        };
        let (at_ns, what) = parsed.unwrap_or_else(|error| {
            let start: String = String::from_utf8_lossy(line).chars().take(200).collect();
            (self.last_ns, Word::Unreadable(format!("{error}: {start}")))
        });
        Stamped { at_ns, told: Told { process: self.process, what } }
    }
}
