use crate::{AnswerItem, Call, Failure, Plugin, StrategyItem};

/// A way to approach a question.
#[derive(Clone)]
pub struct Heuristic {
    /// [a-z][a-z0-9-]*.
    pub id: String,
    /// Groups related heuristics.
    pub family: String,
    /// How people call it.
    pub title: String,
    /// One line.
    pub idea: String,
}

impl Heuristic {
    /// A heuristic by name.
    pub fn new(id: &str, family: &str, title: &str, idea: &str) -> Self {
        Heuristic { id: id.into(), family: family.into(), title: title.into(), idea: idea.into() }
    }
}

/// What is said to the model.
pub struct Message {
    /// "system", "user", "assistant" or "tool".
    pub role: String,
    /// What is said.
    pub content: String,
}

/// What was said.
#[derive(Clone, Copy)]
pub struct MessageView<'a> {
    /// "system", "user", "assistant" or "tool".
    pub role: &'a str,
    /// What was said.
    pub content: &'a str,
}

/// A question worked out by a named heuristic.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub struct Exemplar<'a> {
    pub question: &'a str,
    pub heuristic: &'a str,
    pub solution: &'a str,
}

/// What a strategy wants next.
pub enum Move {
    /// Append the messages and let the model answer.
    Ask(Ask),
    /// Done: the solution alone.
    Answer(String),
    /// A solution that stands when it is right; otherwise the next turn knows the reference.
    Check {
        /// The solution alone.
        answer: String,
        /// Returned in the next item; at most 1 MiB.
        state: Vec<u8>,
    },
    /// This heuristic leads nowhere on this question.
    GiveUp,
}

/// What to ask, and how to sample the reply.
#[derive(Default)]
pub struct Ask {
    /// To append to the transcript.
    pub messages: Vec<Message>,
    /// "understand", "plan", "carry-out", "look-back", or the strategy's own word.
    pub phase: String,
    /// Strings that end the reply.
    pub stop: Vec<String>,
    /// None: the pipeline's.
    pub max_tokens: Option<u32>,
    /// None: the pipeline's.
    pub temperature: Option<f64>,
    /// Returned in the next item; at most 1 MiB.
    pub state: Vec<u8>,
}

impl Move {
    /// Asks one thing, in the user's name.
    pub fn ask(content: impl Into<String>, phase: &str) -> Self {
        let messages = vec![Message { role: "user".into(), content: content.into() }];
        Move::Ask(Ask { messages, phase: phase.into(), ..Ask::default() })
    }
}

/// Pure: a move depends on the item and the call's seed only.
pub trait Strategy: Plugin {
    /// What an item may name; at least one, constant for the instance.
    fn heuristics(&self) -> Vec<Heuristic>;
    /// The next move in the conversation about one question.
    fn next(&self, item: &StrategyItem, call: &Call) -> Result<Move, Failure>;
}

/// A labeled part of an answer.
pub struct Segment {
    /// Byte offsets.
    pub bytes: std::ops::Range<usize>,
    /// Usually a heuristic's id.
    pub label: String,
}

/// A strategy that can tell which part of an answer follows which heuristic.
pub trait SegmentingStrategy: Strategy {
    /// Ordered, disjoint, on code-point borders of the answer.
    fn segments(&self, item: &AnswerItem, call: &Call) -> Result<Vec<Segment>, Failure>;
}
