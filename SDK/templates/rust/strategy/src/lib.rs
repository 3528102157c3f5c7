//! A strategy: solve, then look back. "direct" answers with what the model says first; "look-back" asks it to derive
//! the result differently.

use polya_sdk::*;

struct TemplateName {
    prompt: String,
}

impl Plugin for TemplateName {
    const ABOUT: About = About::new(
        "TEMPLATE_ID",
        "Look back",
        "Asks for a solution, then whether the result can be derived differently.",
    );

    fn options() -> Vec<OptionSpec> {
        let default = "\"Can you derive the result differently?\"";
        vec![OptionSpec::new("prompt", OptionType::Text, default, "What the second turn asks.")]
    }

    fn create(options: &Options) -> Result<Self, Failure> {
        Ok(TemplateName { prompt: options.text("prompt")? })
    }
}

impl Strategy for TemplateName {
    fn heuristics(&self) -> Vec<Heuristic> {
        vec![
            Heuristic::new("direct", "control", "direct", "Answer at once."),
            Heuristic::new(
                "look-back",
                "looking-back",
                "look back",
                "Solve, then derive the result differently.",
            ),
        ]
    }

    fn next(&self, item: &StrategyItem, _: &Call) -> Result<Move, Failure> {
        match (item.turn, item.heuristic, item.transcript.last()) {
            (0, _, _) => Ok(Move::ask(format!("Question: {}\nAnswer:", item.question), "carry-out")),
            (1, "look-back", _) => Ok(Move::ask(format!("\n{}\nAnswer:", self.prompt), "look-back")),
            (_, _, Some(said)) => Ok(Move::Answer(said.content.into())),
            (_, _, None) => Err(Failure::new(Code::BadArgument, "a later turn comes without a transcript")),
        }
    }
}

export! { name: "template-name", version: "0.1.0", plugins: [strategy TemplateName] }
