// A reward: 1 when the trimmed completion equals the reference.
#include <polya.hpp>

#include <algorithm>

class TemplateName : public polya::Reward {
 public:
  static polya::About about() {
    return {"TEMPLATE_ID", "Exact match", "1 when the trimmed completion equals the reference."};
  }
  static std::vector<polya::Option> options() {
    return {polya::Option::boolean("fold-case", false, "Compare ASCII letters without case."),
            polya::Option::real("wrong", "0", -1, 0, "Score of a wrong answer.")};
  }

  explicit TemplateName(const polya::Options &options)
      : fold_case_(options.boolean("fold-case")), wrong_(options.real("wrong")) {}

  polya::Range range() const override { return {wrong_, 1}; }

  polya::Verdict score(const polya::RewardItem &item, const polya::Call &) const override {
    if (item.reference.empty()) return polya::Verdict::abstain();  // nothing to compare with is not "wrong"
    const std::string_view answer = trim(item.completion);
    return polya::Verdict::scored(same(answer, trim(item.reference)) ? 1 : wrong_, answer);
  }

 private:
  bool fold_case_;
  double wrong_;

  static std::string_view trim(std::string_view text) {
    const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
  }
  static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

  bool same(std::string_view a, std::string_view b) const {
    if (!fold_case_) return a == b;
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
  }
};

POLYA_MODULE("template-name", "0.1.0", TemplateName)
