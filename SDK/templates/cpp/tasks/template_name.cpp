// A source of tasks: sums of two numbers, and two ways to work them out.
// The pairs of three-digit numbers are counted through; every seventh pair belongs to the split "test", the others to
// "train", so that no question stands in both. "larger" has four digits.
#include <polya.hpp>

struct Sum {
  std::uint64_t a, b, digits;
};

class TemplateName : public polya::Tasks {
 public:
  static polya::About about() {
    return {"TEMPLATE_ID", "Sums", "Sums of two numbers, worked out digit by digit or part by part."};
  }

  explicit TemplateName(const polya::Options &) {}

  std::vector<polya::Split> splits() const override {
    return {{"train", "Three digits.", train_count},
            {"test", "Three digits, other pairs.", test_count},
            {"larger", "Four digits.", larger_count, true}};
  }

  std::vector<polya::Heuristic> heuristics() const override {
    return {{"step-by-step", "ordering", "step by step", "Add digit by digit and carry."},
            {"decomposing", "ordering", "decomposing", "Split one number and add part by part."}};
  }

  polya::Task task(const polya::TaskPlace &place, const polya::Call &) const override {
    const Sum sum = draw(place);
    const std::string a = std::to_string(sum.a), b = std::to_string(sum.b);
    return {"sum-" + a + "-" + b, "What is " + a + " + " + b + "?", std::to_string(sum.a + sum.b), "math", "sum",
            static_cast<double>(sum.digits)};
  }

  std::optional<std::string> demonstrate(std::string_view heuristic, const polya::TaskPlace &place,
                                         const polya::Call &) const override {
    if (heuristic == "step-by-step") return step_by_step(draw(place));
    if (heuristic == "decomposing") return decomposing(draw(place));
    return std::nullopt;
  }

 private:
  static constexpr std::uint64_t train_count = 694285, test_count = 115715, larger_count = 81000000;

  // A mixer of 64 bits: the finalizer of SplitMix64 (Steele, Lea & Flood 2014).
  static std::uint64_t mix(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
  }

  // Walks through a whole split in strides, from where the seed says: no task comes twice. The stride is a prime that
  // divides no count.
  static Sum draw(const polya::TaskPlace &place) {
    const std::uint64_t count =
        place.split == "train" ? train_count : place.split == "test" ? test_count : larger_count;
    const std::uint64_t at = (place.index * 2654435761u + mix(place.seed) % count) % count;
    if (place.split == "train") return pair(at / 6 * 7 + 1 + at % 6, 3);
    return place.split == "test" ? pair(at * 7, 3) : pair(at, 4);
  }
  static Sum pair(std::uint64_t number, std::uint64_t digits) {
    const std::uint64_t low = digits == 3 ? 100 : 1000, many = 9 * low;
    return {low + number / many, low + number % many, digits};
  }

  static std::string equation(std::uint64_t a, std::uint64_t b) {
    return std::to_string(a) + " + " + std::to_string(b) + " = " + std::to_string(a + b) + ".\n";
  }

  static std::string step_by_step(const Sum &sum) {
    static constexpr const char *places[] = {"Units", "Tens", "Hundreds", "Thousands"};
    std::string text;
    std::uint64_t carry = 0, a = sum.a, b = sum.b;
    for (std::uint64_t i = 0; i < sum.digits; i++, a /= 10, b /= 10) {
      const std::uint64_t here = a % 10 + b % 10 + carry;
      text += std::string(places[i]) + ": " + std::to_string(a % 10) + " + " + std::to_string(b % 10) + " + " +
              std::to_string(carry) + " = " + std::to_string(here) + ".\n";
      carry = here / 10;
    }
    return text + "#### " + std::to_string(sum.a + sum.b);
  }

  static std::string decomposing(const Sum &sum) {
    std::string text;
    std::uint64_t total = sum.a;
    for (std::uint64_t unit = sum.digits == 3 ? 100 : 1000; unit > 0; unit /= 10) {
      const std::uint64_t part = sum.b / unit % 10 * unit;
      text += equation(total, part);
      total += part;
    }
    return text + "#### " + std::to_string(total);
  }
};

POLYA_MODULE("template-name", "0.1.0", TemplateName)
