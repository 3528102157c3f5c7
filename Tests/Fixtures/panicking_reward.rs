//! Fails as the completion says; scores 1 otherwise.

use polya_sdk::*;

struct Panicking;

impl Plugin for Panicking {
    const ABOUT: About = About::new("org.example.panicking", "Panicking", "Panics when it is told to.");
    fn create(_: &Options) -> Result<Self, Failure> {
        Ok(Panicking)
    }
}

impl Reward for Panicking {
    fn range(&self) -> (f64, f64) {
        (0.0, 1.0)
    }
    fn score<'a>(&self, item: &RewardItem<'a>, _: &Call) -> Result<Verdict<'a>, Failure> {
        match item.completion {
            "failure" => Err(Failure::new(Code::Unavailable, "the judge is asleep")),
            "panic" => panic!("index 7 of 3"),
            text => Ok(Verdict::Scored(Score::new(1.0).extracted(format!("{text}!")))),
        }
    }
}

export! { name: "panicking", version: "1.0.0", plugins: [reward Panicking] }
