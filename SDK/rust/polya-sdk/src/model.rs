use crate::{Call, Code, Failure, MessageView, Plugin};

/// Name, sizes and identity of a model.
#[derive(Default)]
pub struct ModelInfo {
    /// A name for people.
    pub name: String,
    /// "llama", …
    pub family: String,
    /// "cpu", …
    pub device: String,
    /// "float32", …
    pub dtype: String,
    /// Whether generate and forward share one implementation.
    pub one_forward: bool,
    /// Number of weights.
    pub parameters: u64,
    /// Token ids are below it; None: unknown.
    pub vocab_size: Option<i32>,
    /// Longest sequence; None: no limit.
    pub context_length: Option<i32>,
    /// Blocks between input and logits, one after the other; 0: unknown.
    pub layers: u32,
    /// Begins a text.
    pub bos: Option<i32>,
    /// Ends a text.
    pub eos: Option<i32>,
    /// SHA-256 of the tokenizer; zero: unknown.
    pub tokenizer_hash: [u8; 32],
}

/// What to sample.
pub struct Prompt<'a> {
    /// Identifies the prompt within its run.
    pub id: u64,
    /// With sample index and position the only source of randomness.
    pub seed: u64,
    /// What the samples continue.
    pub tokens: &'a [i32],
    /// How many.
    pub samples: u32,
    /// At most so many new tokens each.
    pub max_tokens: u32,
    /// 0: the most likely token.
    pub temperature: f64,
    /// 1: off.
    pub top_p: f64,
    /// 0: off.
    pub min_p: f64,
    /// 0: off.
    pub top_k: i32,
    /// End a sample; not part of its text.
    pub stop: Vec<&'a str>,
}

/// Why a sample ended.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Finish {
    Stop = 1,
    #[default]
    Length = 2,
    Cancelled = 3,
    Filtered = 4,
    Failed = 5,
}

impl Finish {
    pub(crate) fn from_raw(raw: u32) -> Self {
        match raw {
            1 => Finish::Stop,
            2 => Finish::Length,
            3 => Finish::Cancelled,
            4 => Finish::Filtered,
            _ => Finish::Failed,
        }
    }
}

/// One continuation of a prompt.
#[derive(Default)]
pub struct Sample {
    /// Why it ended.
    pub finish: Finish,
    /// Without end token and stop string; may end inside a code point.
    pub text: Vec<u8>,
    /// All that was sampled, end token included.
    pub tokens: Vec<i32>,
    /// One per token.
    pub logprobs: Vec<f32>,
}

/// Tokens whose tail is to be scored.
#[derive(Clone, Copy)]
pub struct Sequence<'a> {
    /// The whole sequence.
    pub tokens: &'a [i32],
    /// Score `tokens[from..]`; at least 1.
    pub from: usize,
    /// Sequences of one non-zero group share a prompt.
    pub group: u64,
    /// Divides the logits; never 0.
    pub temperature: f64,
    /// Whether entropies are wanted.
    pub wants_entropies: bool,
}

/// Log-probs of the scored tail of a sequence.
#[derive(Default)]
pub struct Scored {
    /// One per scored token.
    pub logprobs: Vec<f32>,
    /// In nats, one per scored token; empty unless asked for.
    pub entropies: Vec<f32>,
}

/// d loss / d output of one scored sequence.
#[derive(Clone, Copy)]
pub struct Gradient<'a> {
    /// One per scored token.
    pub logprobs: &'a [f32],
    /// One per scored token, or empty.
    pub entropies: &'a [f32],
}

/// AdamW with decoupled weight decay and clipping by the global norm.
#[derive(Clone, Copy)]
pub struct Step {
    /// Step size.
    pub learning_rate: f64,
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decoupled.
    pub weight_decay: f64,
    /// 0: no clipping.
    pub clip_norm: f64,
    /// Gradients are multiplied by it first.
    pub gradient_scale: f64,
    /// Steps that this training took before; 0 begins one, so that moments of an earlier one are to be forgotten.
    pub index: u64,
}

/// What a step did.
pub struct StepReport {
    /// Whether it was left out since the gradient norm was not finite.
    pub skipped: bool,
    /// Steps so far.
    pub step: u64,
    /// Before clipping, after scaling.
    pub gradient_norm: f64,
    /// Of the change of the weights.
    pub update_norm: f64,
}

/// A language model: tokens, samples, log-probs.
pub trait Model: Plugin {
    /// Sizes, special ids, features.
    fn info(&self) -> ModelInfo;
    /// Token ids of a text; special tokens are not added.
    fn encode(&self, text: &str) -> Result<Vec<i32>, Failure>;
    /// The bytes that token ids stand for; may be broken UTF-8.
    fn decode(&self, tokens: &[i32]) -> Result<Vec<u8>, Failure>;
    /// All samples of all prompts, prompt by prompt.
    fn generate(&self, prompts: &[Prompt], call: &Call) -> Result<Vec<Sample>, Failure>;
    /// Log-probs of `tokens[from..]` of each sequence.
    fn score(&self, sequences: &[Sequence], call: &Call) -> Result<Vec<Scored>, Failure>;

    /// Whether [`Model::render`] applies a chat template.
    const CHATS: bool = false;
    /// The prompt that the assistant is to answer, with what the model wants around it. A conversation that ends with
    /// the assistant's message is rendered up to and with the token that ends its turn.
    fn render(&self, _chat: &[MessageView]) -> Result<Vec<i32>, Failure> {
        Err(Failure::new(Code::Unsupported, "the model has no chat template"))
    }

    /// Whether [`Model::embed`] gives vectors.
    const EMBEDS: bool = false;
    /// A whole text as a vector: of one length, close for texts that are alike.
    fn embed(&self, _tokens: &[i32], _call: &Call) -> Result<Vec<f32>, Failure> {
        Err(Failure::new(Code::Unsupported, "the model gives no vectors"))
    }
}

/// A model that learns and can be stored. The host owns the loss, and never makes two of these calls at a time.
pub trait TrainableModel: Model {
    /// What [`TrainableModel::backward`] needs of one forward pass.
    type Tape;
    /// As `score`, keeping what backward needs.
    fn forward(&mut self, sequences: &[Sequence], call: &Call) -> Result<(Vec<Scored>, Self::Tape), Failure>;
    /// Adds to the gradients; one gradient per sequence of the forward pass.
    fn backward(&mut self, tape: Self::Tape, gradients: &[Gradient], call: &Call) -> Result<(), Failure>;
    /// One AdamW step, after which the gradients are zero.
    fn step(&mut self, step: &Step, call: &Call) -> Result<StepReport, Failure>;
    /// Writes the model into an empty folder. What only [`step`](TrainableModel::step) continues from, such as moments,
    /// goes into its subfolder `training`, which the host deletes where no training will resume.
    fn save(&mut self, folder: &str, call: &Call) -> Result<(), Failure>;
    /// All or nothing, also from a folder without `training`: failure leaves the old weights.
    fn load(&mut self, folder: &str, call: &Call) -> Result<(), Failure>;
}
