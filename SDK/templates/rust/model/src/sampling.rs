//! Samples: a pure function of the weights, the prompt, its seed and the sample's index.

use crate::network::{Bigrams, END, VOCABULARY};
use polya_sdk::{Call, Finish, Prompt, Sample};

/// A mixer of 64 bits: the finalizer of SplitMix64 (Steele, Lea & Flood 2014).
fn mix(seed: u64) -> u64 {
    let x = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The token at a place in 0..<1 of the distribution that top-k, min-p and top-p leave.
fn pick(log_probs: &[f64], prompt: &Prompt, place: f64) -> i32 {
    let mut all: Vec<(f64, i32)> = log_probs.iter().zip(0..).map(|(l, id)| (l.exp(), id)).collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    if prompt.temperature == 0.0 {
        return all[0].1;
    }
    let most = if prompt.top_k > 0 { VOCABULARY.min(prompt.top_k as usize) } else { VOCABULARY };
    let (mut count, mut sum) = (0, 0.0);
    while count < most && (count == 0 || (all[count].0 >= prompt.min_p * all[0].0 && sum < prompt.top_p)) {
        sum += all[count].0;
        count += 1;
    }
    let mut left = place * sum;
    for (p, id) in &all[..count] {
        left -= p;
        if left < 0.0 {
            return *id;
        }
    }
    all[count - 1].1
}

/// One sample of a prompt.
pub fn sample(network: &Bigrams, prompt: &Prompt, index: u32, call: &Call) -> Sample {
    let mut last = prompt.tokens.last().copied().unwrap_or(END);
    let mut sample = Sample::default();
    while sample.tokens.len() < prompt.max_tokens as usize && sample.finish == Finish::Length {
        if call.check_stop().is_err() {
            sample.finish = Finish::Cancelled;
            break;
        }
        let all = network.log_probs(last, if prompt.temperature == 0.0 { 1.0 } else { prompt.temperature });
        let bits =
            mix(mix(mix(prompt.seed).wrapping_add(index.into())).wrapping_add(sample.tokens.len() as u64));
        last = pick(&all, prompt, (bits >> 11) as f64 / 9_007_199_254_740_992.0);
        sample.tokens.push(last);
        sample.logprobs.push(all[last as usize] as f32);
        if last == END {
            sample.finish = Finish::Stop;
            break;
        }
        sample.text.push(last as u8);
        let stop = prompt.stop.iter().find(|stop| !stop.is_empty() && sample.text.ends_with(stop.as_bytes()));
        if let Some(stop) = stop {
            sample.text.truncate(sample.text.len() - stop.len());
            sample.finish = Finish::Stop;
        }
    }
    sample
}
