use crate::{Call, Failure, Note, Plugin, RewardItem};
use std::borrow::Cow;

/// What a reward says of an answer.
pub enum Verdict<'a> {
    /// A score inside the range.
    Scored(Score<'a>),
    /// Cannot tell, which is not "wrong"; the notes say why.
    Abstain(Vec<Note>),
}

impl Verdict<'_> {
    /// Cannot tell, without a note.
    pub fn abstain() -> Self {
        Verdict::Abstain(Vec::new())
    }
}

/// A score and what led to it.
pub struct Score<'a> {
    /// Finite, inside the reward's range.
    pub value: f64,
    /// 0..=1; 0 means that it is not stated.
    pub confidence: f64,
    /// Parallel to [`Reward::components`], or empty.
    pub components: Vec<f64>,
    /// What was taken for the final answer; a part of the item is not copied.
    pub extracted: Cow<'a, str>,
    /// Notes, with byte ranges of the completion.
    pub notes: Vec<Note>,
    /// Anything else that is worth keeping, as a JSON object; empty: nothing. Stored with the verdict.
    pub detail_json: String,
}

impl<'a> Score<'a> {
    /// A score of which the author is sure.
    pub fn new(value: f64) -> Self {
        Score {
            value,
            confidence: 0.0,
            components: Vec::new(),
            extracted: Cow::Borrowed(""),
            notes: Vec::new(),
            detail_json: String::new(),
        }
    }

    /// The same with the answer that was found.
    pub fn extracted(self, answer: impl Into<Cow<'a, str>>) -> Self {
        Score { extracted: answer.into(), ..self }
    }
}

/// A named part of a score.
pub struct Component {
    /// [a-z0-9_-]+.
    pub name: String,
    /// One line.
    pub help: String,
    /// Its own range.
    pub range: (f64, f64),
}

/// Pure: a verdict depends on the item and the call's seed only.
pub trait Reward: Plugin {
    /// Every score lies inside; constant for the instance.
    fn range(&self) -> (f64, f64);
    /// What a score is made of, for logs.
    fn components(&self) -> Vec<Component> {
        Vec::new()
    }
    /// The verdict on one answer; an error: this row has no verdict at all.
    fn score<'a>(&self, item: &RewardItem<'a>, call: &Call) -> Result<Verdict<'a>, Failure>;
}

/// A reward whose verdicts depend on what else is in a group: it gets every group whole, all samples of a question.
pub trait GroupReward: Plugin {
    /// Every score lies inside; constant for the instance.
    fn range(&self) -> (f64, f64);
    /// What a score is made of, for logs.
    fn components(&self) -> Vec<Component> {
        Vec::new()
    }
    /// A verdict for each item, in their order; an error: no row of the group has a verdict.
    fn score<'a>(&self, group: &[RewardItem<'a>], call: &Call) -> Result<Vec<Verdict<'a>>, Failure>;
}
