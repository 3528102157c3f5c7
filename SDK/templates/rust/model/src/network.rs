//! The network: the logits of the next token are one row of a table, picked by the last token.

use polya_sdk::{Step, StepReport};

pub const VOCABULARY: usize = 257;
pub const END: i32 = 256;
pub const WEIGHTS: usize = VOCABULARY * VOCABULARY;

pub struct Bigrams {
    /// Row: last token, column: next token.
    pub weights: Vec<f32>,
    gradients: Vec<f32>,
    mean: Vec<f32>,
    square: Vec<f32>,
    steps: u64,
}

pub fn entropy(log_probs: &[f64]) -> f64 {
    -log_probs.iter().map(|l| l.exp() * l).sum::<f64>()
}

impl Bigrams {
    pub fn new(weights: Vec<f32>) -> Self {
        let zeroes = || vec![0.0; WEIGHTS];
        Bigrams { weights, gradients: zeroes(), mean: zeroes(), square: zeroes(), steps: 0 }
    }

    /// ln softmax(logits / temperature) of what follows `last`.
    pub fn log_probs(&self, last: i32, temperature: f64) -> Vec<f64> {
        let row = &self.weights[last as usize * VOCABULARY..][..VOCABULARY];
        let largest = f64::from(row.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        let scaled: Vec<f64> = row.iter().map(|z| (f64::from(*z) - largest) / temperature).collect();
        let log_sum = scaled.iter().map(|z| z.exp()).sum::<f64>().ln();
        scaled.iter().map(|z| z - log_sum).collect()
    }

    /// Adds d loss / d logits, given d loss / d ln p(next) and d loss / d entropy.
    pub fn add_gradient(&mut self, last: i32, next: i32, temperature: f64, dlogprob: f64, dentropy: f64) {
        let log_probs = self.log_probs(last, temperature);
        let h = entropy(&log_probs);
        let row = &mut self.gradients[last as usize * VOCABULARY..][..VOCABULARY];
        for (j, (to, l)) in row.iter_mut().zip(&log_probs).enumerate() {
            let (p, hit) = (l.exp(), f64::from(j as i32 == next));
            *to += ((dlogprob * (hit - p) - dentropy * p * (l + h)) / temperature) as f32;
        }
    }

    /// AdamW with decoupled weight decay (Loshchilov & Hutter 2019), clipped by the global norm.
    pub fn optimize(&mut self, step: &Step) -> StepReport {
        let square = self.gradients.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>();
        let norm = square.sqrt() * step.gradient_scale;
        let skipped = !norm.is_finite();
        let mut update = 0.0;
        if step.index == 0 {
            // A new training forgets the moments of an earlier one.
            self.mean.fill(0.0);
            self.square.fill(0.0);
            self.steps = 0;
        }
        if !skipped {
            let clip =
                if step.clip_norm > 0.0 && norm > step.clip_norm { step.clip_norm / norm } else { 1.0 };
            self.steps += 1;
            let correct1 = 1.0 - step.beta1.powf(self.steps as f64);
            let correct2 = 1.0 - step.beta2.powf(self.steps as f64);
            for i in 0..WEIGHTS {
                let g = f64::from(self.gradients[i]) * step.gradient_scale * clip;
                self.mean[i] = (step.beta1 * f64::from(self.mean[i]) + (1.0 - step.beta1) * g) as f32;
                self.square[i] = (step.beta2 * f64::from(self.square[i]) + (1.0 - step.beta2) * g * g) as f32;
                let root = (f64::from(self.square[i]) / correct2).sqrt();
                let adam = f64::from(self.mean[i]) / correct1 / (root + step.epsilon);
                let change = step.learning_rate * (adam + step.weight_decay * f64::from(self.weights[i]));
                self.weights[i] -= change as f32;
                update += change * change;
            }
        }
        self.gradients.fill(0.0);
        StepReport { skipped, step: self.steps, gradient_norm: norm, update_norm: update.sqrt() }
    }
}
