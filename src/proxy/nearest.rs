//! In which order control planes are asked, and which of them is used from then on.
use std::{collections::VecDeque, time::Duration};

/// So many measurements of each count; of them the median, so that one that was slow or lost says nothing.
const RECENT: usize = 5;
/// Who was not reached so often in a row is given up, if another is.
const MISSES: u32 = 3;
/// So often in a row another must be nearer by far before it is used: who is nearest may change with every measurement, and each change costs a
/// connection.
const ROUNDS: u32 = 3;
/// Nearer by far: less than so much of what the chosen one takes, in percent; and less by this.
const PERCENT: u32 = 60;
const NOTICED: Duration = Duration::from_millis(1);
/// Who left so many connections in a row without a word is given up, although it can be reached.
const UNANSWERED: u32 = 2;
/// Who was given up is not taken for being nearer before so many more measurements: what was wrong may not show in them.
const SHUNNED: u32 = 30;

/// The one first that took the least time to be reached; those last that were not reached, which may only have been slow. Otherwise in the
/// order in which they were given.
pub(super) fn nearest_first<T>(mut measured: Vec<(T, Option<Duration>)>) -> Vec<T> {
    measured.sort_by_key(|(_, took)| took.unwrap_or(Duration::MAX));
    measured.into_iter().map(|(control_plane, _)| control_plane).collect()
}

/// Which of several control planes is used, each known by its number.
#[derive(Debug)]
pub(super) struct Choice {
    chosen: usize,
    /// Of each, how long it took lately to be reached; `None`: it was not.
    recent: Vec<VecDeque<Option<Duration>>>,
    /// How often in a row the chosen one was not reached.
    misses: u32,
    /// Who is nearer by far, and how often in a row.
    nearer: Option<(usize, u32)>,
    /// How many connections in a row the chosen one left without a word.
    unanswered: u32,
    /// Of each, for how many more measurements it is not taken for being nearer.
    shunned: Vec<u32>,
}

impl Choice {
    /// Of so many; one is used at first.
    pub(super) fn new(count: usize, chosen: usize) -> Self {
        Self { chosen, recent: vec![VecDeque::new(); count], misses: 0, nearer: None, unanswered: 0, shunned: vec![0; count] }
    }

    /// Who is used.
    pub(super) fn chosen(&self) -> usize {
        self.chosen
    }

    /// From now on this one.
    pub(super) fn choose(&mut self, chosen: usize) {
        (self.chosen, self.misses, self.nearer, self.unanswered) = (chosen, 0, None, 0);
    }

    /// From now on this one, instead of another that failed.
    pub(super) fn give_up(&mut self, given_up: usize, chosen: usize) {
        if let Some(shunned) = self.shunned.get_mut(given_up) {
            *shunned = SHUNNED;
        }
        self.choose(chosen);
    }

    /// Whether the next measurement is urgent.
    pub(super) fn is_doubted(&self) -> bool {
        self.misses > 0
    }

    /// A connection to this one ended. Says whether it is to be given up, because it is used and does not answer.
    pub(super) fn ended(&mut self, at: usize, was_answered: bool) -> bool {
        if at == self.chosen {
            self.unanswered = if was_answered { 0 } else { self.unanswered + 1 };
        }
        at == self.chosen && self.unanswered >= UNANSWERED
    }

    /// Whoever ended those connections, it was not the one that is used: that one is as it is to be.
    pub(super) fn acquit(&mut self, at: usize) {
        if at == self.chosen {
            self.unanswered = 0;
        }
    }

    /// How long each took to be reached just now. Says who is used from now on, if that is another.
    pub(super) fn measured(&mut self, round: &[Option<Duration>]) -> Option<usize> {
        for (recent, took) in self.recent.iter_mut().zip(round) {
            recent.push_back(*took);
            if recent.len() > RECENT {
                recent.pop_front();
            }
        }
        self.shunned.iter_mut().for_each(|shunned| *shunned = shunned.saturating_sub(1));
        let was_reached = round.get(self.chosen).is_some_and(Option::is_some);
        let other = if was_reached { self.nearer_by_far() } else { self.instead(round) }?;
        self.choose(other);
        Some(other)
    }

    fn instead(&mut self, round: &[Option<Duration>]) -> Option<usize> {
        self.misses += 1;
        self.nearer = None;
        let reached = |other: &usize| round.get(*other).is_some_and(Option::is_some);
        let nearest = self.others().filter(reached).min_by_key(|other| (self.median(*other).unwrap_or(Duration::MAX), *other));
        nearest.filter(|_| self.misses >= MISSES)
    }

    fn nearer_by_far(&mut self) -> Option<usize> {
        self.misses = 0;
        let mine = self.median(self.chosen)?;
        let eligible = self.others().filter(|other| self.shunned[*other] == 0);
        let nearest = eligible.filter_map(|other| Some((self.median(other)?, other))).min();
        let other = nearest.filter(|(theirs, _)| *theirs < mine * PERCENT / 100 && mine - *theirs >= NOTICED).map(|(_, other)| other);
        self.nearer = other.map(|other| match self.nearer {
            Some((before, rounds)) if before == other => (other, rounds + 1),
            _ => (other, 1),
        });
        self.nearer.filter(|(_, rounds)| *rounds >= ROUNDS).map(|(other, _)| other)
    }

    fn others(&self) -> impl Iterator<Item = usize> {
        (0..self.recent.len()).filter(|other| *other != self.chosen)
    }

    /// `None`: it was mostly not reached.
    fn median(&self, of: usize) -> Option<Duration> {
        let mut recent: Vec<Option<Duration>> = self.recent.get(of)?.iter().copied().collect();
        recent.sort_by_key(|took| took.unwrap_or(Duration::MAX));
        recent.get(recent.len() / 2).copied().flatten()
    }
}
