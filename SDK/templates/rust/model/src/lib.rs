//! A language model that samples, scores, learns and is stored: bigrams over bytes.
//!
//! A text's bytes are its tokens; token 256 begins and ends. Replace `network.rs` by a better network: everything else
//! stays.

mod checkpoint;
mod network;
mod sampling;

use network::{Bigrams, END, VOCABULARY, WEIGHTS, entropy};
use polya_sdk::*;

struct TemplateName {
    network: Bigrams,
}

impl Plugin for TemplateName {
    const ABOUT: About = About::new(
        "TEMPLATE_ID",
        "Bigrams",
        "A table of byte pairs as a language model: small, fast, and trainable.",
    );

    fn options() -> Vec<OptionSpec> {
        let help = "A checkpoint to start from; without it all tokens are equally likely.";
        vec![OptionSpec::new("folder", OptionType::Path, "", help)]
    }

    fn create(options: &Options) -> Result<Self, Failure> {
        let weights = match options.has("folder")? {
            true => checkpoint::read(&options.text("folder")?)?,
            false => vec![0.0; WEIGHTS],
        };
        Ok(TemplateName { network: Bigrams::new(weights) })
    }
}

/// What backward needs: the last token is all that the network saw.
struct Kept {
    ids: Vec<i32>,
    from: usize,
    temperature: f64,
}

impl Model for TemplateName {
    fn info(&self) -> ModelInfo {
        ModelInfo {
            name: "template-name".into(),
            family: "bigram".into(),
            device: "cpu".into(),
            dtype: "float32".into(),
            one_forward: true,
            parameters: WEIGHTS as u64,
            vocab_size: Some(VOCABULARY as i32),
            bos: Some(END),
            eos: Some(END),
            ..ModelInfo::default()
        }
    }

    fn encode(&self, text: &str) -> Result<Vec<i32>, Failure> {
        Ok(text.bytes().map(i32::from).collect())
    }

    fn decode(&self, tokens: &[i32]) -> Result<Vec<u8>, Failure> {
        check(tokens)?;
        Ok(tokens.iter().filter(|id| **id != END).map(|id| *id as u8).collect())
    }

    fn generate(&self, prompts: &[Prompt], call: &Call) -> Result<Vec<Sample>, Failure> {
        let mut samples = Vec::new();
        for prompt in prompts {
            check(prompt.tokens)?;
            samples.extend(
                (0..prompt.samples).map(|index| sampling::sample(&self.network, prompt, index, call)),
            );
        }
        Ok(samples)
    }

    fn score(&self, sequences: &[Sequence], call: &Call) -> Result<Vec<Scored>, Failure> {
        sequences.iter().map(|sequence| self.score_one(sequence, call)).collect()
    }
}

impl TemplateName {
    fn score_one(&self, sequence: &Sequence, call: &Call) -> Result<Scored, Failure> {
        check(sequence.tokens)?;
        let mut scored = Scored::default();
        for pair in sequence.tokens[sequence.from - 1..].windows(2) {
            call.check_stop()?;
            let all = self.network.log_probs(pair[0], sequence.temperature);
            scored.logprobs.push(all[pair[1] as usize] as f32);
            if sequence.wants_entropies {
                scored.entropies.push(entropy(&all) as f32);
            }
        }
        Ok(scored)
    }
}

impl TrainableModel for TemplateName {
    type Tape = Vec<Kept>;

    fn forward(&mut self, sequences: &[Sequence], call: &Call) -> Result<(Vec<Scored>, Self::Tape), Failure> {
        let keep = |s: &Sequence| Kept { ids: s.tokens.to_vec(), from: s.from, temperature: s.temperature };
        Ok((self.score(sequences, call)?, sequences.iter().map(keep).collect()))
    }

    fn backward(&mut self, tape: Self::Tape, gradients: &[Gradient], call: &Call) -> Result<(), Failure> {
        if tape.len() != gradients.len() {
            return Err(Failure::new(Code::BadArgument, "there are not as many gradients as sequences"));
        }
        for (kept, gradient) in tape.iter().zip(gradients) {
            call.check_stop()?;
            for (k, pair) in kept.ids[kept.from - 1..].windows(2).enumerate() {
                let dlogprob = gradient.logprobs.get(k).copied().unwrap_or(0.0);
                let dentropy = gradient.entropies.get(k).copied().unwrap_or(0.0);
                self.network.add_gradient(
                    pair[0],
                    pair[1],
                    kept.temperature,
                    dlogprob.into(),
                    dentropy.into(),
                );
            }
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, _: &Call) -> Result<StepReport, Failure> {
        Ok(self.network.optimize(step))
    }

    fn save(&mut self, folder: &str, _: &Call) -> Result<(), Failure> {
        checkpoint::write(folder, &self.network.weights)
    }

    fn load(&mut self, folder: &str, _: &Call) -> Result<(), Failure> {
        self.network = Bigrams::new(checkpoint::read(folder)?);
        Ok(())
    }
}

fn check(tokens: &[i32]) -> Result<(), Failure> {
    match tokens.iter().find(|id| !(0..VOCABULARY as i32).contains(*id)) {
        Some(wild) => Err(Failure::new(Code::BadArgument, format!("the token id {wild} is outside 0...256"))),
        None => Ok(()),
    }
}

export! { name: "template-name", version: "0.1.0", plugins: [trainable_model TemplateName] }
