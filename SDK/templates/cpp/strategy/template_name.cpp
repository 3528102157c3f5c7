// A strategy: solve, then look back. "direct" answers with what the model says first; "look-back" asks it to derive
// the result differently.
#include <polya.hpp>

class TemplateName : public polya::Strategy {
 public:
  static polya::About about() {
    return {"TEMPLATE_ID", "Look back", "Asks for a solution, then whether the result can be derived differently."};
  }
  static std::vector<polya::Option> options() {
    return {polya::Option::text("prompt", "\"Can you derive the result differently?\"", "What the second turn asks.")};
  }

  explicit TemplateName(const polya::Options &options) : prompt_(options.text("prompt")) {}

  std::vector<polya::Heuristic> heuristics() const override {
    return {{"direct", "control", "direct", "Answer at once."},
            {"look-back", "looking-back", "look back", "Solve, then derive the result differently."}};
  }

  polya::Move next(const polya::StrategyItem &item, const polya::Call &) const override {
    if (item.turn == 0) return polya::Move::ask("Question: " + std::string(item.question) + "\nAnswer:");
    if (item.turn == 1 && item.heuristic == "look-back")
      return polya::Move::ask("\n" + prompt_ + "\nAnswer:", "look-back");
    if (item.transcript.empty())
      throw polya::Failure(polya::Code::bad_argument, "a later turn comes without a transcript");
    return polya::Move::answering(item.transcript.back().content);
  }

 private:
  std::string prompt_;
};

POLYA_MODULE("template-name", "0.1.0", TemplateName)
