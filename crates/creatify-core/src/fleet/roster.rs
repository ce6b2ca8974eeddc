//! The jobs of the fleet, ordered by when they are to be looked at and by when patience ends.
//!
//! A job that is being read is in neither order. Each step takes time in proportion to the
//! logarithm of the number of jobs. What a job says is no concern of this file.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::output::JobId;
use super::watched::Watched;
use crate::job::Resource;
use crate::schedule::Millis;

/// The jobs.
#[derive(Clone, Debug, Default)]
pub(super) struct Roster {
    slots: Vec<Slot>,
    free: Vec<u32>,
    count: usize,
    lanes: BTreeMap<Lane, BTreeSet<(Millis, u32)>>,
    deadlines: BTreeSet<(Millis, u32)>,
}

/// A place for a job, used again under another generation.
#[derive(Clone, Debug)]
struct Slot {
    generation: u32,
    watched: Option<Watched>,
}

/// The jobs of one kind that are read together, or those that are read one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Lane {
    resource: Resource,
    is_single: bool,
}

impl Lane {
    const fn of(watched: &Watched) -> Lane {
        Lane {
            resource: watched.cycle.resource,
            is_single: watched.is_single,
        }
    }
}

impl Roster {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Takes a job on, without putting it into any order yet.
    pub(super) fn add(&mut self, watched: Watched) -> JobId {
        self.count = self.count.saturating_add(1);
        if let Some(slot) = self.free.pop() {
            if let Some(place) = self.slots.get_mut(index(slot)) {
                place.watched = Some(watched);
                let generation = place.generation;
                return JobId { slot, generation };
            }
        }
        // Four thousand million jobs do not fit into memory long before they overflow this.
        let slot = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        if self.slots.len() == self.slots.capacity() {
            // By an eighth and not by half, because these are most of the memory.
            self.slots.reserve_exact((self.slots.len() / 8).max(16));
        }
        self.slots.push(Slot {
            generation: 0,
            watched: Some(watched),
        });
        JobId {
            slot,
            generation: 0,
        }
    }

    pub(super) fn get(&self, id: JobId) -> Option<&Watched> {
        self.slots
            .get(index(id.slot))
            .filter(|slot| slot.generation == id.generation)
            .and_then(|slot| slot.watched.as_ref())
    }

    pub(super) fn get_mut(&mut self, id: JobId) -> Option<&mut Watched> {
        self.slots
            .get_mut(index(id.slot))
            .filter(|slot| slot.generation == id.generation)
            .and_then(|slot| slot.watched.as_mut())
    }

    /// Takes a job out for good.
    pub(super) fn remove(&mut self, id: JobId) -> Option<Watched> {
        self.unqueue(id);
        let slot = self
            .slots
            .get_mut(index(id.slot))
            .filter(|slot| slot.generation == id.generation)?;
        let watched = slot.watched.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(id.slot);
        self.count = self.count.saturating_sub(1);
        Some(watched)
    }

    /// Puts a job into both orders, by its own times.
    pub(super) fn queue(&mut self, id: JobId) {
        let Some(watched) = self.get(id) else { return };
        let (next_look, deadline) = (watched.next_look, watched.deadline);
        let lane = Lane::of(watched);
        self.lanes
            .entry(lane)
            .or_default()
            .insert((next_look, id.slot));
        if deadline < Millis(u64::MAX) {
            self.deadlines.insert((deadline, id.slot));
        }
    }

    /// Takes a job out of both orders; to be called before its times change.
    pub(super) fn unqueue(&mut self, id: JobId) {
        let Some(watched) = self.get(id) else { return };
        let (next_look, deadline) = (watched.next_look, watched.deadline);
        let lane = Lane::of(watched);
        if let Some(due) = self.lanes.get_mut(&lane) {
            due.remove(&(next_look, id.slot));
        }
        self.deadlines.remove(&(deadline, id.slot));
    }

    /// The job that is to be looked at first, and when.
    pub(super) fn first_due(&self) -> Option<(Millis, JobId)> {
        let first = self.lanes.values().filter_map(BTreeSet::first).min();
        first.and_then(|&(at, slot)| Some((at, self.id_at(slot)?)))
    }

    /// The next job that would be read together with this one, if it is of a lane that lists.
    pub(super) fn next_beside(&self, resource: Resource) -> Option<JobId> {
        let is_single = false;
        let due = self.lanes.get(&Lane {
            resource,
            is_single,
        })?;
        due.first().and_then(|&(_, slot)| self.id_at(slot))
    }

    /// The job whose patience ends first, and when.
    pub(super) fn first_deadline(&self) -> Option<(Millis, JobId)> {
        let &(at, slot) = self.deadlines.first()?;
        Some((at, self.id_at(slot)?))
    }

    /// Every job, in no order that means anything.
    pub(super) fn ids(&self) -> Vec<JobId> {
        (0_u32..)
            .zip(&self.slots)
            .filter(|(_, slot)| slot.watched.is_some())
            .map(|(at, slot)| JobId {
                slot: at,
                generation: slot.generation,
            })
            .collect()
    }

    fn id_at(&self, slot: u32) -> Option<JobId> {
        let generation = self.slots.get(index(slot))?.generation;
        Some(JobId { slot, generation })
    }
}

fn index(slot: u32) -> usize {
    usize::try_from(slot).unwrap_or(usize::MAX)
}
