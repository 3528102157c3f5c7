// throwing_reward.cpp - throws what the completion says; scores 1 otherwise.
#include <polya.hpp>

struct Throwing : polya::Reward {
  static polya::About about() { return {"org.example.throwing", "Throwing", "Throws what it is told."}; }
  explicit Throwing(const polya::Options &) {}
  polya::Range range() const override { return {0, 1}; }
  polya::Verdict score(const polya::RewardItem &item, const polya::Call &) const override {
    if (item.completion == "failure") throw polya::Failure(polya::Code::unavailable, "the judge is asleep");
    if (item.completion == "memory") throw std::bad_alloc();
    if (item.completion == "standard") throw std::out_of_range("index 7 of 3");
    if (item.completion == "number") throw 42;
    polya::Verdict verdict = polya::Verdict::scored(1);
    verdict.extracted_text = std::string(item.completion) + "!";
    return verdict;
  }
};

POLYA_MODULE("throwing", "1.0.0", Throwing)
