// Everything that a plugin in C++ can say, see OverlayContractTests.
#include <polya.hpp>

using namespace polya;

// Asks, has the reply checked, and answers with the reference when it was wrong.
class Checking : public SegmentingStrategy {
 public:
  static About about() { return {"org.example.checking", "Checking", "Checks its answer."}; }
  explicit Checking(const Options &) {}
  std::vector<Heuristic> heuristics() const override { return {{"one", "all", "one", "The only one."}}; }
  Move next(const StrategyItem &item, const Call &) const override {
    if (item.turn == 0) return Move::ask(std::string(item.question) + std::to_string(item.exemplars.size()));
    if (item.turn == 1) return Move::check(item.transcript.back().content, "state");
    if (item.state != "state") throw Failure(Code::bad_argument, "the state is lost");
    return Move::answering("it is " + std::string(item.reference));
  }
  std::vector<Segment> segments(const AnswerItem &item, const Call &) const override {
    return {{0, 1, "first"}, {1, item.answer.size(), std::string(item.heuristic)}};
  }
};

class Telling : public Reward {
 public:
  static About about() { return {"org.example.telling", "Telling", "Tells what it sees."}; }
  explicit Telling(const Options &) {}
  Range range() const override { return {-1, 1}; }
  std::vector<Component> components() const override {
    return {{"length", "Bytes.", 0, 1e6}, {"absent", "Never there.", 0, 1}};
  }
  Verdict score(const RewardItem &item, const Call &) const override {
    if (item.reference.empty()) {
      Verdict verdict = Verdict::abstain();
      verdict.notes = {{"no-reference", "nothing to compare with", 0, 0, POLYA_NOTE_WARNING}};
      return verdict;
    }
    std::string seen = "reference " + std::string(item.reference) + ", kind " + std::string(item.reference_kind);
    for (const MessageView &message : item.transcript)
      seen += ", " + std::string(message.role) + " " + std::string(message.content);
    seen += ", metadata " + std::string(item.metadata_json) + ", tokens " + std::to_string(item.tokens.size()) + ", logprobs " +
            std::to_string(item.logprobs.size()) + ", raw " + std::to_string(item.completion_raw.size());
    Verdict verdict = Verdict::scored(-0.5, item.completion.substr(0, 2));
    verdict.confidence = 0.25;
    verdict.components = {static_cast<double>(item.completion.size()), std::numeric_limits<double>::quiet_NaN()};
    verdict.notes = {{"seen", seen, 0, 1, POLYA_NOTE_FAULT}};
    verdict.detail_json = "{\"way\":\"told\"}";
    return verdict;
  }
};

// The share of a group that is shorter.
class Ranking : public GroupReward {
 public:
  static About about() { return {"org.example.ranking", "Ranking", "Ranks the answers of a group."}; }
  explicit Ranking(const Options &) {}
  Range range() const override { return {0, 1}; }
  std::vector<Verdict> score(const std::vector<RewardItem> &group, const Call &) const override {
    std::vector<Verdict> verdicts;
    for (const RewardItem &item : group) {
      if (item.completion == "throw") throw Failure(Code::internal, "a group that throws");
      const auto shorter = std::count_if(group.begin(), group.end(), [&](const RewardItem &other) {
        return other.completion.size() < item.completion.size();
      });
      verdicts.push_back(Verdict::scored(static_cast<double>(shorter) / static_cast<double>(group.size())));
    }
    return verdicts;
  }
};

class Asking : public Reward {
 public:
  static About about() { return {"org.example.asking", "Asking", "Asks a model."}; }
  static std::vector<Option> options() {
    Option model = Option::text("model", "", "The model.");
    model.type = POLYA_OPT_MODEL;
    return {model};
  }
  explicit Asking(const Options &options) : model_(options.text("model")) {}
  Range range() const override { return {-1e6, 1e6}; }
  Verdict score(const RewardItem &item, const Call &call) const override {
    const BoundModel model = call.model(model_);
    const auto ids = model.encode({std::string(item.completion)})[0];
    const auto rendered = model.render({{{"user", std::string(item.completion)}}})[0];
    Prompt prompt;
    prompt.tokens = ids;
    prompt.samples = 2;
    prompt.max_tokens = 3;
    const auto samples = model.generate({prompt});
    Sequence sequence;
    sequence.tokens = ids;
    sequence.wants_entropies = true;
    const auto scored = model.score({sequence})[0];
    double sum = 0;
    for (const float logprob : scored.logprobs) sum += logprob;
    Verdict verdict = Verdict::scored(sum);
    verdict.extracted_text = model.info().name + " " + std::to_string(rendered.size() - ids.size()) + " " +
                             samples[1].text + " " + std::to_string(scored.entropies.size());
    return verdict;
  }

 private:
  std::string model_;
};

// Its tokens are bytes, of which it says "z" only; each has the log-prob -1.
class Toy : public Model, public Chats, public Embeds {
 public:
  static About about() { return {"org.example.toy", "Toy", "A model that always says z."}; }
  explicit Toy(const Options &) {}
  ModelInfo info() const override {
    ModelInfo info;
    info.name = "toy";
    info.vocab_size = 256;
    info.tokenizer_hash[0] = 7;
    return info;
  }
  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::vector<std::int32_t> ids;
    for (const char byte : text) ids.push_back(static_cast<unsigned char>(byte));
    return ids;
  }
  std::string decode(View<std::int32_t> tokens) const override { return {tokens.begin(), tokens.end()}; }
  std::vector<std::int32_t> render(const std::vector<MessageView> &chat) const override {
    std::vector<std::int32_t> ids = {0};
    for (const MessageView &message : chat)
      for (const std::int32_t id : encode(message.content)) ids.push_back(id);
    return ids;
  }
  std::vector<float> embed(View<std::int32_t> tokens, const Call &) const override {
    return {static_cast<float>(tokens.size()), 1};
  }
  std::vector<Sample> generate(const std::vector<Prompt> &prompts, const Call &) const override {
    std::vector<Sample> samples;
    for (const Prompt &prompt : prompts)
      for (std::uint32_t i = 0; i < prompt.samples; i++)
        samples.push_back({POLYA_END_LENGTH, std::string(prompt.max_tokens, 'z'),
                           std::vector<std::int32_t>(prompt.max_tokens, 'z'), std::vector<float>(prompt.max_tokens, -1)});
    return samples;
  }
  std::vector<Scored> score(const std::vector<Sequence> &sequences, const Call &) const override {
    std::vector<Scored> all;
    for (const Sequence &sequence : sequences) {
      const std::size_t count = sequence.tokens.size() - sequence.from;
      all.push_back({std::vector<float>(count, -1), std::vector<float>(sequence.wants_entropies ? count : 0, 2)});
    }
    return all;
  }
};

POLYA_MODULE("everything", "1.0.0", Checking, Telling, Ranking, Asking, Toy)
