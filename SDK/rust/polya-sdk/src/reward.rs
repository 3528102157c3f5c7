use crate::{Call, Failure, Note, Plugin};
use std::borrow::Cow;

/// An answer to be judged.
pub struct RewardItem<'a> {
    /// Identifies the item within its run.
    pub id: u64,
    /// Samples of one question share it.
    pub group: u64,
    /// Bare question.
    pub question: &'a str,
    /// Invalid UTF-8 replaced by U+FFFD.
    pub completion: &'a str,
    /// As sampled.
    pub completion_raw: &'a [u8],
    /// May be empty.
    pub reference: &'a str,
    /// "", "math", "text", "heuristic", "unit-tests", …
    pub reference_kind: &'a str,
    /// The task's own remarks; may be empty.
    pub meta_json: &'a str,
    /// Of the completion; may be empty.
    pub tokens: &'a [i32],
    /// As many as tokens, or none.
    pub logprobs: &'a [f32],
}

/// What a reward says of an answer.
pub enum Verdict<'a> {
    /// A score inside the range.
    Scored(Score<'a>),
    /// Cannot tell, which is not "wrong".
    Abstain,
}

/// A score and what led to it.
pub struct Score<'a> {
    /// Finite, inside the reward's range.
    pub value: f64,
    /// 0..=1.
    pub confidence: f64,
    /// Parallel to [`Reward::components`], or empty.
    pub components: Vec<f64>,
    /// What was taken for the final answer; a part of the item is not copied.
    pub extracted: Cow<'a, str>,
    /// Remarks, with byte ranges of the completion.
    pub notes: Vec<Note>,
}

impl<'a> Score<'a> {
    /// A score of which the author is sure.
    pub fn new(value: f64) -> Self {
        Score {
            value,
            confidence: 1.0,
            components: Vec::new(),
            extracted: Cow::Borrowed(""),
            notes: Vec::new(),
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
