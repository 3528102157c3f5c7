/* polya_roles.hpp - what a plugin in C++ may be: strategy, reward, tasks, model. Part of polya.hpp. */
#ifndef POLYA_ROLES_HPP
#define POLYA_ROLES_HPP

#include "polya_base.hpp"
#include "polya_items.hpp"

namespace polya {

struct Segment {
  std::uint64_t begin, end; /* bytes */
  std::string label;
};
struct Note {
  std::string code, message;
  std::uint64_t begin = 0, end = 0;
  std::int32_t severity = POLYA_NOTE_INFO;
};
struct Heuristic {
  std::string id, family, title, idea;
};

/* ---- strategy -------------------------------------------------------------------------------------------------- */

struct Move {
  std::uint32_t action = POLYA_MOVE_GIVE_UP;
  std::string phase = {};
  std::vector<Message> messages = {};
  std::vector<std::string> stop = {};
  std::uint32_t max_tokens = 0;        /* 0: the pipeline's */
  double temperature = -1;             /* negative: the pipeline's */
  std::string answer = {}, state = {}; /* state: comes back with the next turn */

  static Move ask(std::string content, std::string phase = "carry-out") {
    Move move;
    move.action = POLYA_MOVE_ASK;
    move.phase = std::move(phase);
    move.messages.push_back({"user", std::move(content)});
    return move;
  }
  static Move answering(std::string_view answer) {
    Move move;
    move.action = POLYA_MOVE_ANSWER;
    move.answer = answer;
    return move;
  }
  /* An answer that stands when it is right; otherwise the next turn knows the reference. */
  static Move check(std::string_view answer, std::string state = {}) {
    Move move = answering(answer);
    move.action = POLYA_MOVE_CHECK;
    move.state = std::move(state);
    return move;
  }
  static Move give_up() { return {}; }
};
/* Pure: a move depends on the item and the call's seed only. */
class Strategy : public Plugin {
 public:
  virtual std::vector<Heuristic> heuristics() const = 0;
  virtual Move next(const StrategyItem &item, const Call &call) const = 0;
};

/* A strategy that can tell which part of an answer follows which heuristic. */
class SegmentingStrategy : public Strategy {
 public:
  /* Ordered, disjoint, on code-point borders of item.answer. */
  virtual std::vector<Segment> segments(const AnswerItem &item, const Call &call) const = 0;
};

/* ---- reward ---------------------------------------------------------------------------------------------------- */

struct Range {
  double low, high;
};
struct Component {
  std::string name, help;
  double low, high;
};
struct Verdict {
  std::uint32_t verdict = POLYA_VERDICT_ABSTAIN;
  double score = 0, confidence = 0; /* confidence 0: not stated */
  std::vector<double> components = {};
  std::string_view extracted = {}; /* the answer that was found, as a part of the item's own texts: not copied */
  std::string extracted_text = {}; /* or as a text of its own */
  std::vector<Note> notes = {};
  std::string detail_json = {};

  static Verdict scored(double score, std::string_view extracted = {}) {
    Verdict verdict;
    verdict.verdict = POLYA_VERDICT_SCORED;
    verdict.score = score;
    verdict.extracted = extracted;
    return verdict;
  }
  /* "Cannot tell", which is not "wrong". */
  static Verdict abstain() { return {}; }
};

/* Pure: a verdict depends on the item and the call's seed only. */
class Reward : public Plugin {
 public:
  virtual Range range() const = 0;
  virtual std::vector<Component> components() const { return {}; }
  virtual Verdict score(const RewardItem &item, const Call &call) const = 0;
};

/* A reward whose verdicts depend on what else is in a group: it gets every group whole, all samples of a question. */
class GroupReward : public Plugin {
 public:
  virtual Range range() const = 0;
  virtual std::vector<Component> components() const { return {}; }
  /* A verdict for each item, in their order; what it throws fails the group. */
  virtual std::vector<Verdict> score(const std::vector<RewardItem> &group, const Call &call) const = 0;
};

/* ---- tasks ----------------------------------------------------------------------------------------------------- */

struct Split {
  std::string name, help;
  std::uint64_t count = 0; /* 0: unbounded */
  bool out_of_distribution = false;
};
struct TaskPlace {
  std::string_view split;
  std::uint64_t index, seed;
};
struct Task {
  std::string key, question, reference, reference_kind, kind = {};
  double level = 0;
  std::string metadata_json = {};
};

/* Pure: a task is a function of (split, index, seed). The overlay refuses unknown splits and indices past the end. */
class Tasks : public Plugin {
 public:
  virtual std::vector<Split> splits() const = 0;
  virtual std::vector<Heuristic> heuristics() const { return {}; }
  virtual Task task(const TaskPlace &place, const Call &call) const = 0;
  /* Nothing: this heuristic does not fit this task. */
  virtual std::optional<std::string> demonstrate(std::string_view heuristic, const TaskPlace &place,
                                                 const Call &call) const {
    (void)heuristic, (void)place, (void)call;
    return std::nullopt;
  }
};

/* ---- model ----------------------------------------------------------------------------------------------------- */

struct ModelInfo {
  std::string name, family, device = "cpu", dtype = "float32";
  bool one_forward = false; /* generate() and forward() share one implementation */
  std::uint64_t parameters = 0;
  std::uint32_t layers = 0; /* blocks between input and logits, one after the other; 0: unknown */
  std::int32_t vocab_size = -1, context_length = -1, bos = -1, eos = -1;
  std::array<std::uint8_t, 32> tokenizer_hash = {}; /* SHA-256; zero: unknown */
};
struct Prompt {
  std::uint64_t id = 0, seed = 0;
  View<std::int32_t> tokens = {};
  std::uint32_t samples = 1, max_tokens = 1;
  double temperature = 1, top_p = 1, min_p = 0; /* temperature 0: the most likely token; top_p 1, min_p 0: off */
  std::int32_t top_k = 0;                       /* 0: off */
  std::vector<std::string_view> stop = {};
};
struct Sample {
  std::uint32_t finish = POLYA_END_LENGTH;
  std::string text = {}; /* without end token and stop string */
  std::vector<std::int32_t> tokens = {};
  std::vector<float> logprobs = {};
};
struct Sequence {
  View<std::int32_t> tokens;
  std::size_t from = 1; /* score tokens[from...] */
  std::uint64_t group = 0;
  double temperature = 1; /* never 0 */
  bool wants_entropies = false;
};
struct Scored {
  std::vector<float> logprobs = {}, entropies = {};
};
struct Gradient {
  View<float> logprobs, entropies;
};

class Model : public Plugin {
 public:
  virtual ModelInfo info() const = 0;
  virtual std::vector<std::int32_t> encode(std::string_view text) const = 0;
  virtual std::string decode(View<std::int32_t> tokens) const = 0;
  /* All samples of all prompts, prompt by prompt. */
  virtual std::vector<Sample> generate(const std::vector<Prompt> &prompts, const Call &call) const = 0;
  virtual std::vector<Scored> score(const std::vector<Sequence> &sequences, const Call &call) const = 0;
};

/* To be derived from beside Model: a chat template. */
class Chats {
 public:
  virtual ~Chats() = default;
  /* The prompt that the assistant is to answer, with what the model wants around it. A conversation that ends with the
     assistant's message is rendered up to and with the token that ends its turn. */
  virtual std::vector<std::int32_t> render(const std::vector<MessageView> &chat) const = 0;
};

/* To be derived from beside Model: whole texts as vectors of one length, close for texts that are alike. */
class Embeds {
 public:
  virtual ~Embeds() = default;
  virtual std::vector<float> embed(View<std::int32_t> tokens, const Call &call) const = 0;
};

/* The host owns the loss: it reads log-probs, and hands d loss / d log-prob back. */
class TrainableModel : public Model {
 public:
  /* What backward() needs of one forward(): derive your own. */
  class Tape {
   public:
    virtual ~Tape() = default;
  };
  virtual std::unique_ptr<Tape> forward(const std::vector<Sequence> &sequences, std::vector<Scored> &scored,
                                        const Call &call) = 0;
  virtual void backward(Tape &tape, const std::vector<Gradient> &gradients, const Call &call) = 0;
  virtual PolyaStepReport step(const PolyaStep &step, const Call &call) = 0;
  /// What only step() continues from, such as moments, goes into the subfolder "training", which the host deletes where no
  /// training will resume.
  virtual void save(const std::string &empty_folder, const Call &call) = 0;
  virtual void load(const std::string &folder, const Call &call) = 0;
};

}  // namespace polya

#endif
