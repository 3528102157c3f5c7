//! Everything that a plugin in Rust can say, see OverlayContractTests.
use polya_sdk::*;

/// Asks, has the reply checked, and answers with the reference when it was wrong.
struct Checking;

impl Plugin for Checking {
    const ABOUT: About = About::new("org.example.checking", "Checking", "Checks its answer.");
    fn create(_: &Options) -> Result<Self, Failure> {
        Ok(Checking)
    }
}

impl Strategy for Checking {
    fn heuristics(&self) -> Vec<Heuristic> {
        vec![Heuristic::new("one", "all", "one", "The only one.")]
    }
    fn next(&self, item: &StrategyItem, _: &Call) -> Result<Move, Failure> {
        Ok(match item.turn {
            0 => Move::ask(format!("{}{}", item.question, item.exemplars.len()), "carry-out"),
            1 => Move::Check {
                answer: item.transcript.last().map_or("", |m| m.content).into(),
                state: b"state".into(),
            },
            _ if item.state != b"state" => return Err(Failure::new(Code::BadArgument, "the state is lost")),
            _ => Move::Answer(format!("it is {}", item.reference)),
        })
    }
}

impl SegmentingStrategy for Checking {
    fn segments(&self, item: &AnswerItem, _: &Call) -> Result<Vec<Segment>, Failure> {
        Ok(vec![
            Segment { bytes: 0..1, label: "first".into() },
            Segment { bytes: 1..item.answer.len(), label: item.heuristic.into() },
        ])
    }
}

struct Telling;

impl Plugin for Telling {
    const ABOUT: About = About::new("org.example.telling", "Telling", "Tells what it sees.");
    fn create(_: &Options) -> Result<Self, Failure> {
        Ok(Telling)
    }
}

fn note(code: &str, message: String, bytes: std::ops::Range<usize>, severity: i32) -> Vec<Note> {
    vec![Note { code: code.into(), message, bytes, severity }]
}

impl Reward for Telling {
    fn range(&self) -> (f64, f64) {
        (-1.0, 1.0)
    }
    fn components(&self) -> Vec<Component> {
        vec![
            Component { name: "length".into(), help: "Bytes.".into(), range: (0.0, 1e6) },
            Component { name: "absent".into(), help: "Never there.".into(), range: (0.0, 1.0) },
        ]
    }
    fn score<'a>(&self, item: &RewardItem<'a>, _: &Call) -> Result<Verdict<'a>, Failure> {
        if item.reference.is_empty() {
            return Ok(Verdict::Abstain(note("no-reference", "nothing to compare with".into(), 0..0, 1)));
        }
        let told: String = item.transcript.iter().map(|m| format!(", {} {}", m.role, m.content)).collect();
        let seen = format!(
            "reference {}, kind {}{told}, metadata {}, tokens {}, logprobs {}, raw {}",
            item.reference,
            item.reference_kind,
            item.metadata_json,
            item.tokens.len(),
            item.logprobs.len(),
            item.completion_raw.len()
        );
        Ok(Verdict::Scored(Score {
            confidence: 0.25,
            components: vec![item.completion.len() as f64, f64::NAN],
            notes: note("seen", seen, 0..1, 2),
            detail_json: "{\"way\":\"told\"}".into(),
            ..Score::new(-0.5).extracted(&item.completion[..2])
        }))
    }
}

/// The share of a group that is shorter.
struct Ranking;

impl Plugin for Ranking {
    const ABOUT: About = About::new("org.example.ranking", "Ranking", "Ranks the answers of a group.");
    fn create(_: &Options) -> Result<Self, Failure> {
        Ok(Ranking)
    }
}

impl GroupReward for Ranking {
    fn range(&self) -> (f64, f64) {
        (0.0, 1.0)
    }
    fn score<'a>(&self, group: &[RewardItem<'a>], _: &Call) -> Result<Vec<Verdict<'a>>, Failure> {
        if group.iter().any(|item| item.completion == "throw") {
            return Err(Failure::new(Code::Internal, "a group that throws"));
        }
        let rank =
            |length: usize| group.iter().filter(|other| other.completion.len() < length).count() as f64;
        Ok(group
            .iter()
            .map(|item| Verdict::Scored(Score::new(rank(item.completion.len()) / group.len() as f64)))
            .collect())
    }
}

struct Asking {
    model: String,
}

impl Plugin for Asking {
    const ABOUT: About = About::new("org.example.asking", "Asking", "Asks a model.");
    fn options() -> Vec<OptionSpec> {
        vec![OptionSpec::new("model", OptionType::Model, "", "The model.")]
    }
    fn create(options: &Options) -> Result<Self, Failure> {
        Ok(Asking { model: options.text("model")?.into() })
    }
}

impl Reward for Asking {
    fn range(&self) -> (f64, f64) {
        (-1e6, 1e6)
    }
    fn score<'a>(&self, item: &RewardItem<'a>, call: &Call) -> Result<Verdict<'a>, Failure> {
        let model = call.model(&self.model)?;
        let ids = model.encode(&[item.completion])?.remove(0);
        let chat = vec![Message { role: "user".into(), content: item.completion.into() }];
        let rendered = model.render(&[chat])?.remove(0);
        let prompt = Prompt {
            id: 0,
            seed: 0,
            tokens: &ids,
            samples: 2,
            max_tokens: 3,
            temperature: 1.0,
            top_p: 1.0,
            min_p: 0.0,
            top_k: 0,
            stop: vec![],
        };
        let samples = model.generate(&[prompt])?;
        let sequence = Sequence { tokens: &ids, from: 1, group: 0, temperature: 1.0, wants_entropies: true };
        let scored = model.score(&[sequence])?.remove(0);
        let text = format!(
            "{} {} {} {}",
            model.info()?.name,
            rendered.len() - ids.len(),
            String::from_utf8_lossy(&samples[1].text),
            scored.entropies.len()
        );
        Ok(Verdict::Scored(Score::new(scored.logprobs.iter().map(|p| f64::from(*p)).sum()).extracted(text)))
    }
}

/// Its tokens are bytes, of which it says "z" only; each has the log-prob -1.
struct Toy;

impl Plugin for Toy {
    const ABOUT: About = About::new("org.example.toy", "Toy", "A model that always says z.");
    fn create(_: &Options) -> Result<Self, Failure> {
        Ok(Toy)
    }
}

impl Model for Toy {
    fn info(&self) -> ModelInfo {
        let mut tokenizer_hash = [0; 32];
        tokenizer_hash[0] = 7;
        ModelInfo { name: "toy".into(), vocab_size: Some(256), tokenizer_hash, ..ModelInfo::default() }
    }
    fn encode(&self, text: &str) -> Result<Vec<i32>, Failure> {
        Ok(text.bytes().map(i32::from).collect())
    }
    fn decode(&self, tokens: &[i32]) -> Result<Vec<u8>, Failure> {
        Ok(tokens.iter().map(|id| *id as u8).collect())
    }
    const CHATS: bool = true;
    fn render(&self, chat: &[MessageView]) -> Result<Vec<i32>, Failure> {
        let text: String = chat.iter().map(|message| message.content).collect();
        Ok(std::iter::once(0).chain(text.bytes().map(i32::from)).collect())
    }
    const EMBEDS: bool = true;
    fn embed(&self, tokens: &[i32], _: &Call) -> Result<Vec<f32>, Failure> {
        Ok(vec![tokens.len() as f32, 1.0])
    }
    fn generate(&self, prompts: &[Prompt], _: &Call) -> Result<Vec<Sample>, Failure> {
        let sample = |prompt: &Prompt| {
            let count = prompt.max_tokens as usize;
            Sample {
                finish: Finish::Length,
                text: vec![b'z'; count],
                tokens: vec![i32::from(b'z'); count],
                logprobs: vec![-1.0; count],
            }
        };
        Ok(prompts.iter().flat_map(|prompt| (0..prompt.samples).map(move |_| sample(prompt))).collect())
    }
    fn score(&self, sequences: &[Sequence], _: &Call) -> Result<Vec<Scored>, Failure> {
        let one = |sequence: &Sequence| {
            let count = sequence.tokens.len() - sequence.from;
            let entropies = vec![2.0; if sequence.wants_entropies { count } else { 0 }];
            Scored { logprobs: vec![-1.0; count], entropies }
        };
        Ok(sequences.iter().map(one).collect())
    }
}

export! { name: "everything", version: "1.0.0", plugins: [
    segmenting_strategy Checking, reward Telling, group_reward Ranking, reward Asking, model Toy,
] }
