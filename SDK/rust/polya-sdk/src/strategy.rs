use crate::{Call, Failure, Note, Plugin};

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

/// A question in the hands of a strategy.
pub struct StrategyItem<'a> {
    /// Identifies the item within its run.
    pub id: u64,
    /// Bare, without any template.
    pub question: &'a str,
    /// One of the strategy's own heuristic ids.
    pub heuristic: &'a str,
    /// Worked by this heuristic; may be empty.
    pub exemplars: Vec<Exemplar<'a>>,
    /// Everything said so far, oldest first; empty on turn 0.
    pub transcript: Vec<MessageView<'a>>,
    /// What the last move returned.
    pub state: &'a [u8],
    /// The task's own remarks; may be empty.
    pub meta_json: &'a str,
    /// Counts from 0.
    pub turn: u32,
}

/// What a strategy wants next.
pub enum Move {
    /// Append the messages and let the model answer.
    Ask(Ask),
    /// Done: the solution alone.
    Answer(String),
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

/// An answer to be judged.
pub struct AnswerItem<'a> {
    /// Identifies the item within its run.
    pub id: u64,
    /// Bare question.
    pub question: &'a str,
    /// The heuristic that was asked for.
    pub heuristic: &'a str,
    /// The solution.
    pub answer: &'a str,
    /// May be empty.
    pub transcript: Vec<MessageView<'a>>,
}

/// A labelled part of an answer.
pub struct Segment {
    /// Byte offsets.
    pub bytes: std::ops::Range<usize>,
    /// Usually a heuristic's id.
    pub label: String,
    /// 0..=1.
    pub weight: f64,
}

/// How well an answer follows its heuristic.
#[derive(Default)]
pub struct Judgement {
    /// 0..=1.
    pub adherence: f64,
    /// 0..=1.
    pub confidence: f64,
    /// Ordered, disjoint, on code-point borders.
    pub segments: Vec<Segment>,
    /// Remarks.
    pub notes: Vec<Note>,
}

/// A strategy that can tell how well an answer follows its heuristic, and which part of it does.
pub trait JudgingStrategy: Strategy {
    /// Adherence of an answer to its heuristic.
    fn judge(&self, item: &AnswerItem, call: &Call) -> Result<Judgement, Failure>;
}
