//! A network namespace without a name, owned by a thread that lives in it.
use crate::netlink::{Device, Netlink, Request};
use nix::sched::{CloneFlags, unshare};
use std::{
    fmt,
    fs::File,
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::mpsc::{self, Receiver, Sender},
    thread::{self, JoinHandle},
};

/// What jobs may need; threads take memory only for what they touch of it.
const STACK_BYTES: usize = 512 << 10;

type Job = Box<dyn FnOnce() + Send>;

/// A network of its own, with nothing in it but a loopback device. The kernel frees it when this is dropped and the last socket and process
/// in it have ended.
pub struct Namespace {
    /// `None` only while dropping.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    fd: OwnedFd,
}

impl Namespace {
    /// A new one. The process must be inside (see [`crate::enter`]).
    ///
    /// # Errors
    /// As of `unshare(2)`, or no thread can be started.
    pub fn new() -> io::Result<Self> {
        Ok(Starting::begin(|| Ok(()))?.finish()?.0)
    }

    /// Does something in it, on its thread: sockets that are made there belong to it for good, processes that are spawned there live in
    /// it. Jobs are done one after the other: what takes long belongs on a thread or a process of its own, which the job starts.
    ///
    /// A process that asks for `PR_SET_PDEATHSIG` is tied to the namespace: for the kernel its parent is this thread.
    ///
    /// # Panics
    /// If the job panics.
    pub fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> T {
        let (answer, answered) = mpsc::channel();
        let job = move || _ = answer.send(catch_unwind(AssertUnwindSafe(job)));
        if let Some(jobs) = &self.jobs {
            _ = jobs.send(Box::new(job));
        }
        match answered.recv() {
            Ok(done) => done.unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => unreachable!("the thread of a namespace takes jobs until it is dropped"),
        }
    }

    /// For `setns(2)`, and to move devices into it.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // It has no job: whoever waits for one borrows the namespace. Jobs that panic do not end it.
            _ = thread.join();
        }
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Namespace").field("fd", &self.fd).finish_non_exhaustive()
    }
}

/// A namespace that is being made: so that many can be at the same time.
#[derive(Debug)]
pub(crate) struct Starting {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
    made: Receiver<io::Result<(OwnedFd, Netlink)>>,
}

impl Starting {
    /// `set_up` is called on the namespace's thread.
    pub(crate) fn begin(set_up: fn() -> io::Result<()>) -> io::Result<Self> {
        let (jobs, to_do) = mpsc::channel();
        let (ready, made) = mpsc::channel();
        let live = move || live(set_up, &ready, &to_do);
        let thread = thread::Builder::new().name("namespace".to_owned()).stack_size(STACK_BYTES).spawn(live)?;
        Ok(Self { jobs, thread, made })
    }

    /// Waits until it is made. Returns a conversation with the kernel about it, too.
    pub(crate) fn finish(self) -> io::Result<(Namespace, Netlink)> {
        let Self { jobs, thread, made } = self;
        let (fd, netlink) = made.recv().map_err(|_| io::Error::other("the thread of the namespace has ended"))??;
        Ok((Namespace { jobs: Some(jobs), thread: Some(thread), fd }, netlink))
    }
}

fn live(set_up: fn() -> io::Result<()>, ready: &Sender<io::Result<(OwnedFd, Netlink)>>, jobs: &Receiver<Job>) {
    let made = make(set_up);
    let usable = made.is_ok();
    _ = ready.send(made);
    if usable {
        jobs.iter().for_each(|job| job());
    }
}

/// On the thread that is to live in it.
fn make(set_up: fn() -> io::Result<()>) -> io::Result<(OwnedFd, Netlink)> {
    unshare(CloneFlags::CLONE_NEWNET)?;
    set_up()?;
    let netlink = Netlink::open()?;
    netlink.ask(&[Request::device_up(&Device::loopback())])?;
    Ok((File::open("/proc/thread-self/ns/net")?.into(), netlink))
}
