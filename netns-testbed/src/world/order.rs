//! An order in which no effect comes before its cause, of what several processes tell.
//!
//! A process stamps a step with the machine's monotonic clock, writes it down, and only then performs what it caused. So whatever led to a
//! line that was read had been written by then. Everything is read once, then once more: of that, what is no younger than the youngest
//! line of the first round is complete, and is told on by its stamps; the rest waits for the next turn.

/// What was told, and when.
#[derive(Clone, Debug)]
pub(super) struct Stamped<T> {
    /// In nanoseconds; of one process it never goes back.
    pub(super) at_ns: u64,
    pub(super) told: T,
}

/// What was read and is not told on yet.
#[derive(Debug)]
pub(super) struct Order<T> {
    kept: Vec<Stamped<T>>,
}

impl<T> Order<T> {
    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// What can be told on now. `read` reads all that every process has written before it is called, and is called twice.
    pub(super) fn next(&mut self, mut read: impl FnMut(&mut Vec<Stamped<T>>)) -> Vec<T> {
        let mut first = std::mem::take(&mut self.kept);
        read(&mut first);
        let complete = first.iter().map(|line| line.at_ns).max().unwrap_or_default();
        let mut second = Vec::new();
        read(&mut second);
        let (told, later): (Vec<_>, Vec<_>) = second.into_iter().partition(|line| line.at_ns <= complete);
        self.kept = later;
        first.extend(told);
        // Lines of one process with one stamp stay as they are.
        first.sort_by_key(|line| line.at_ns);
        first.into_iter().map(|line| line.told).collect()
    }
}

impl<T> Default for Order<T> {
    fn default() -> Self {
        Self { kept: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    const PROCESSES: usize = 3;

    /// A line of a process: stamped, and written some time later.
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Line {
        process: usize,
        stamped: u64,
        written: u64,
    }

    fn lines() -> impl Strategy<Value = Vec<Line>> {
        let step = (0..PROCESSES, 0_u64..6, 1_u64..6);
        proptest::collection::vec(step, 1..40).prop_map(|steps| {
            let mut clocks = [1_u64; PROCESSES];
            let line = |(process, before, writing): (usize, u64, u64)| {
                let stamped = clocks[process] + before;
                clocks[process] = stamped + writing;
                Line { process, stamped, written: stamped + writing }
            };
            steps.into_iter().map(line).collect()
        })
    }

    proptest! {
        /// Whenever the processes are read: an effect, which is stamped after its cause was written, is told after it; and all is told once.
        #[test]
        fn no_effect_comes_before_its_cause(lines in lines(), pauses in proptest::collection::vec(0_u64..8, 1..60)) {
            let mut pipes: [VecDeque<Line>; PROCESSES] = Default::default();
            lines.iter().for_each(|line| pipes[line.process].push_back(*line));
            let (mut order, mut told, mut now) = (Order::default(), Vec::new(), 0);
            let mut pauses = pauses.into_iter().chain(std::iter::repeat(100));
            while !order.is_empty() || pipes.iter().any(|pipe| !pipe.is_empty()) {
                told.extend(order.next(|into: &mut Vec<Stamped<Line>>| for pipe in &mut pipes {
                    now += pauses.next().unwrap_or_default();
                    while let Some(line) = pipe.pop_front_if(|line| line.written <= now) {
                        into.push(Stamped { at_ns: line.stamped, told: line });
                    }
                }));
            }
            prop_assert_eq!(told.len(), lines.len());
            for (place, effect) in told.iter().enumerate() {
                for later in &told[place..] {
                    prop_assert!(later.process == effect.process || later.written > effect.stamped, "{later:?} led to {effect:?}");
                }
            }
            for process in 0..PROCESSES {
                let of = |all: &[Line]| all.iter().filter(|line| line.process == process).copied().collect::<Vec<_>>();
                prop_assert_eq!(of(&told), of(&lines));
            }
        }
    }
}
