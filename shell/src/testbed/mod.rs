//! A process that runs in a testbed: it tells every step that it takes, and its clock and its disk go wrong when it is told to.
//!
//! It is the process that users deploy. `--testbed` names what the testbed wants of it from the start ([`Faults`]); later wants come as lines
//! on standard input, and what happens goes as lines to standard output ([`Line`]). Without that argument nothing of this is there: no
//! step is copied, and the disk is that of the system.
//!
//! | file | what |
//! | --- | --- |
//! | `faults` | what is to be wrong |
//! | `clock` | clocks that are wrong |
//! | `disk` | a file that is full, slow or failing, and remembers what was not synced |
//! | `undo` | what a loss of power does to such a file |
//! | `trace` | what happens, line by line |
mod clock;
mod disk;
mod faults;
mod trace;
mod undo;

pub use clock::{HostClock, TestbedClock, monotonic_ns};
pub use disk::FaultyFile;
pub use faults::{DiskFault, Faults};
pub use trace::{Happened, Line, Tracer};
pub use undo::lose_power;

use std::{
    fmt,
    io::{self, BufRead as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};
use tokio::sync::watch;

/// What a process knows of the testbed that it runs in. Clones are the same.
#[derive(Clone)]
pub struct Testbed(Arc<Inner>);

struct Inner {
    faults: watch::Sender<Faults>,
    followers: Mutex<Vec<Box<Follower>>>,
}

type Follower = dyn Fn(&Faults) + Send;

impl Testbed {
    /// Begins with these wants, as JSON; listens for others on standard input.
    ///
    /// # Errors
    /// They are not what a testbed says.
    pub fn begin(wants: &str) -> Result<Self, String> {
        let faults = Faults::read(wants)?;
        let testbed = Self(Arc::new(Inner { faults: watch::channel(faults).0, followers: Mutex::default() }));
        let listening = testbed.clone();
        let listen = move || {
            for line in io::stdin().lock().lines().map_while(Result::ok) {
                match Faults::read(&line) {
                    Ok(faults) => listening.want(faults),
                    Err(why) => tracing::warn!(%why, "the testbed wants something that is not known here"),
                }
            }
        };
        thread::Builder::new().name("testbed".to_owned()).spawn(listen).map_err(|error| error.to_string())?;
        Ok(testbed)
    }

    /// What is to be wrong, now and later.
    pub fn faults(&self) -> watch::Receiver<Faults> {
        self.0.faults.subscribe()
    }

    /// Calls this with what is to be wrong now, and whenever that changes. The testbed hears that it was heard only after that.
    pub fn follow(&self, follower: impl Fn(&Faults) + Send + 'static) {
        let mut followers = self.followers();
        follower(&self.0.faults.borrow());
        followers.push(Box::new(follower));
    }

    fn want(&self, faults: Faults) {
        let followers = self.followers();
        followers.iter().for_each(|follower| follower(&faults));
        self.0.faults.send_replace(faults);
        self.tracer().tell::<(), ()>(Happened::Heard);
    }

    fn followers(&self) -> MutexGuard<'_, Vec<Box<Follower>>> {
        self.0.followers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The clocks of the host, as the testbed wants them.
    pub fn clock(&self) -> TestbedClock {
        TestbedClock::new(self.faults())
    }

    /// What tells the testbed what happens.
    pub fn tracer(&self) -> Tracer {
        Tracer::new()
    }
}

impl fmt::Debug for Testbed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Testbed").field(&*self.0.faults.borrow()).finish()
    }
}
