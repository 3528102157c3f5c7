use crate::{Call, Failure, Heuristic, Plugin};

/// A named part of a task source.
pub struct Split {
    /// "train", "test", …
    pub name: String,
    /// One line.
    pub help: String,
    /// None: unbounded.
    pub count: Option<u64>,
    /// Whether its questions are unlike those of the training split.
    pub out_of_distribution: bool,
}

impl Split {
    /// A split with so many tasks.
    pub fn new(name: &str, count: u64, help: &str) -> Self {
        Split { name: name.into(), help: help.into(), count: Some(count), out_of_distribution: false }
    }
}

/// Where a task stands in its source.
#[derive(Clone, Copy)]
pub struct TaskPlace<'a> {
    /// The split's name.
    pub split: &'a str,
    /// From 0.
    pub index: u64,
    /// Another seed, another sequence of tasks.
    pub seed: u64,
}

/// A question with a checkable reference.
#[derive(Default)]
pub struct Task {
    /// Unique in the source, stable over versions of the plugin.
    pub key: String,
    /// Bare question.
    pub question: String,
    /// What a reward compares with.
    pub reference: String,
    /// "math", "text", "unit-tests", …
    pub reference_kind: String,
    /// The structure of the question, for tables; may be empty.
    pub kind: String,
    /// Difficulty on the source's own scale.
    pub level: f64,
    /// The source's own metadata; may be empty.
    pub metadata_json: String,
}

/// Pure: a task is a function of (split, index, seed). Unknown splits and indices past the end are refused before it.
pub trait Tasks: Plugin {
    /// Disjoint: no question stands in two of them, whatever the seed.
    fn splits(&self) -> Vec<Split>;
    /// What [`Tasks::demonstrate`] knows.
    fn heuristics(&self) -> Vec<Heuristic> {
        Vec::new()
    }
    /// One task.
    fn task(&self, place: TaskPlace, call: &Call) -> Result<Task, Failure>;
    /// A worked solution, ending in its final answer; None: the heuristic does not fit the task.
    fn demonstrate(&self, heuristic: &str, place: TaskPlace, call: &Call) -> Result<Option<String>, Failure> {
        let _ = (heuristic, place, call);
        Ok(None)
    }
}
