//! A reward: 1 when the trimmed completion equals the reference.

use polya_sdk::*;

struct TemplateName {
    fold_case: bool,
    wrong: f64,
}

impl Plugin for TemplateName {
    const ABOUT: About =
        About::new("TEMPLATE_ID", "Exact match", "1 when the trimmed completion equals the reference.");

    fn options() -> Vec<OptionSpec> {
        vec![
            OptionSpec::new("fold-case", OptionType::Bool, "false", "Compare ASCII letters without case."),
            OptionSpec::new("wrong", OptionType::Real(Some((-1.0, 0.0))), "0", "Score of a wrong answer."),
        ]
    }

    fn create(options: &Options) -> Result<Self, Failure> {
        Ok(TemplateName { fold_case: options.bool("fold-case")?, wrong: options.real("wrong")? })
    }
}

impl Reward for TemplateName {
    fn range(&self) -> (f64, f64) {
        (self.wrong, 1.0)
    }

    fn score<'a>(&self, item: &RewardItem<'a>, _: &Call) -> Result<Verdict<'a>, Failure> {
        if item.reference.is_empty() {
            return Ok(Verdict::abstain()); // nothing to compare with is not "wrong"
        }
        let (answer, reference) = (item.completion.trim(), item.reference.trim());
        let same = if self.fold_case { answer.eq_ignore_ascii_case(reference) } else { answer == reference };
        Ok(Verdict::Scored(Score::new(if same { 1.0 } else { self.wrong }).extracted(answer)))
    }
}

export! { name: "template-name", version: "0.1.0", plugins: [reward TemplateName] }
