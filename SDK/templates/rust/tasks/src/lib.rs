//! A source of tasks: sums of two numbers, and two ways to work them out.
//!
//! The pairs of three-digit numbers are counted through; every seventh pair belongs to the split "test", the others to
//! "train", so that no question stands in both. "larger" has four digits.

use polya_sdk::*;
use std::fmt::Write;

const TRAIN: u64 = 694_285;
const TEST: u64 = 115_715;
const LARGER: u64 = 81_000_000;

struct TemplateName;

impl Plugin for TemplateName {
    const ABOUT: About =
        About::new("TEMPLATE_ID", "Sums", "Sums of two numbers, worked out digit by digit or part by part.");

    fn create(_: &Options) -> Result<Self, Failure> {
        Ok(TemplateName)
    }
}

impl Tasks for TemplateName {
    fn splits(&self) -> Vec<Split> {
        vec![
            Split::new("train", TRAIN, "Three digits."),
            Split::new("test", TEST, "Three digits, other pairs."),
            Split { out_of_distribution: true, ..Split::new("larger", LARGER, "Four digits.") },
        ]
    }

    fn heuristics(&self) -> Vec<Heuristic> {
        vec![
            Heuristic::new("step-by-step", "ordering", "step by step", "Add digit by digit and carry."),
            Heuristic::new(
                "decomposing",
                "ordering",
                "decomposing",
                "Split one number and add part by part.",
            ),
        ]
    }

    fn task(&self, place: TaskPlace, _: &Call) -> Result<Task, Failure> {
        let Sum { a, b, digits } = Sum::draw(place);
        Ok(Task {
            key: format!("sum-{a}-{b}"),
            question: format!("What is {a} + {b}?"),
            reference: (a + b).to_string(),
            reference_kind: "math".into(),
            kind: "sum".into(),
            level: f64::from(digits),
            ..Task::default()
        })
    }

    fn demonstrate(&self, heuristic: &str, place: TaskPlace, _: &Call) -> Result<Option<String>, Failure> {
        let sum = Sum::draw(place);
        Ok(match heuristic {
            "step-by-step" => Some(sum.step_by_step()),
            "decomposing" => Some(sum.decomposing()),
            _ => None,
        })
    }
}

struct Sum {
    a: u64,
    b: u64,
    digits: u32,
}

impl Sum {
    /// Walks through a whole split in strides, from where the seed says: no task comes twice. The stride is a prime
    /// that divides no count.
    fn draw(place: TaskPlace) -> Sum {
        let at = |count| (place.index * 2_654_435_761 + mix(place.seed) % count) % count;
        match place.split {
            "train" => Sum::number(at(TRAIN) / 6 * 7 + 1 + at(TRAIN) % 6, 3),
            "test" => Sum::number(at(TEST) * 7, 3),
            _ => Sum::number(at(LARGER), 4),
        }
    }

    fn number(number: u64, digits: u32) -> Sum {
        let low = 10_u64.pow(digits - 1);
        Sum { a: low + number / (9 * low), b: low + number % (9 * low), digits }
    }

    fn step_by_step(&self) -> String {
        let mut text = String::new();
        let mut carry = 0;
        for (place, unit) in ["Units", "Tens", "Hundreds", "Thousands"].iter().zip([1, 10, 100, 1000]) {
            if unit >= 10_u64.pow(self.digits) {
                break;
            }
            let (x, y) = (self.a / unit % 10, self.b / unit % 10);
            let here = x + y + carry;
            let _ = writeln!(text, "{place}: {x} + {y} + {carry} = {here}.");
            carry = here / 10;
        }
        text + &format!("#### {}", self.a + self.b)
    }

    fn decomposing(&self) -> String {
        let mut text = String::new();
        let mut total = self.a;
        for place in (0..self.digits).rev() {
            let unit = 10_u64.pow(place);
            let part = self.b / unit % 10 * unit;
            let _ = writeln!(text, "{total} + {part} = {}.", total + part);
            total += part;
        }
        text + &format!("#### {total}")
    }
}

/// A mixer of 64 bits: the finalizer of SplitMix64 (Steele, Lea & Flood 2014).
fn mix(seed: u64) -> u64 {
    let x = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

export! { name: "template-name", version: "0.1.0", plugins: [tasks TemplateName] }
