// A plugin of a minor version that has PolyaRewardItem.hint, see AbiTests.
#include <polya.hpp>

class Hint : public polya::Reward {
 public:
  static polya::About about() { return {"org.example.hint", "Hint", "Gives 1 for an answer that is the hint."}; }
  explicit Hint(const polya::Options &) {}
  polya::Range range() const override { return {0, 1}; }
  polya::Verdict score(const polya::RewardItem &item, const polya::Call &) const override {
    if (item.hint.empty()) return polya::Verdict::abstain();
    return polya::Verdict::scored(item.hint == item.completion);
  }
};

POLYA_MODULE("hint", "1.0.0", Hint)
