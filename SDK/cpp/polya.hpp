/* polya.hpp - plugins in C++17: derive from a role, list the classes in POLYA_MODULE.
 *
 *     struct Short : polya::Reward {
 *       static polya::About about() { return {"org.example.short", "Short", "Prefers short answers."}; }
 *       explicit Short(const polya::Options &) {}
 *       polya::Range range() const override { return {0, 1}; }
 *       polya::Verdict score(const polya::RewardItem &item, const polya::Call &) const override {
 *         return polya::Verdict::scored(item.completion.size() < 100 ? 1 : 0);
 *       }
 *     };
 *     POLYA_MODULE("short", "0.1.0", Short)
 *
 * Views are the host's and die with the call; what a function returns is copied for the host. Whatever a function
 * throws becomes a status and a sentence (polya::Failure says which), and never crosses the interface.
 * Link with -fno-gnu-unique -static-libstdc++ -static-libgcc and the version script link/polya-plugin.map, so that
 * the plugin meets no other C++ runtime. */
#ifndef POLYA_POLYA_HPP
#define POLYA_POLYA_HPP

#include <polya/polya.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace polya {

enum class Code : PolyaStatus {
  cancelled = POLYA_CANCELLED,
  timed_out = POLYA_TIMED_OUT,
  bad_argument = POLYA_BAD_ARGUMENT,
  bad_option = POLYA_BAD_OPTION,
  not_found = POLYA_NOT_FOUND,
  unsupported = POLYA_UNSUPPORTED,
  wrong_state = POLYA_WRONG_STATE,
  out_of_memory = POLYA_OUT_OF_MEMORY,
  limit = POLYA_LIMIT,
  unavailable = POLYA_UNAVAILABLE,
  io = POLYA_IO,
  corrupt = POLYA_CORRUPT,
  denied = POLYA_DENIED,
  internal = POLYA_INTERNAL
};

/* Why a call, or one row of it, failed: what failed, with which value, and what to do. */
class Failure : public std::runtime_error {
 public:
  Failure(Code code, const std::string &message) : std::runtime_error(message), code_(code) {}
  Code code() const noexcept { return code_; }

 private:
  Code code_;
};

/* Elements that belong to somebody else. */
template <class T>
class View {
 public:
  View() = default;
  View(const T *data, std::size_t size) : data_(data), size_(data ? size : 0) {}
  View(const std::vector<T> &values) : View(values.data(), values.size()) {}
  const T *data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T *begin() const { return data_; }
  const T *end() const { return data_ + size_; }
  const T &operator[](std::size_t index) const { return data_[index]; }

 private:
  const T *data_ = nullptr;
  std::size_t size_ = 0;
};

inline std::string_view view(PolyaText text) {
  return text.data ? std::string_view(text.data, text.size) : std::string_view();
}
inline std::string_view view(PolyaBytes bytes) {
  return bytes.data ? std::string_view(reinterpret_cast<const char *>(bytes.data), bytes.size) : std::string_view();
}
inline View<std::int32_t> view(PolyaTokens tokens) { return {tokens.ids, tokens.count}; }
inline PolyaText text(std::string_view view) { return {view.data(), view.size()}; }

/* One call from the host. Do not keep it; all threads that work for the call may use it. */
class Call {
 public:
  explicit Call(const PolyaCall *raw) : raw_(raw) {}
  /* With an item's id the only permitted source of randomness. */
  std::uint64_t seed() const { return raw_->seed; }
  std::uint32_t max_threads() const { return raw_->max_threads; }
  bool should_stop() const { return raw_->stop(raw_) != POLYA_OK; }
  /* Call it at least every 50 ms; throws when the host wants the call to end. */
  void check_stop() const {
    const PolyaStatus status = raw_->stop(raw_);
    if (status == POLYA_TIMED_OUT) throw Failure(Code::timed_out, "the deadline passed");
    if (status != POLYA_OK) throw Failure(Code::cancelled, "the host asked to stop");
  }
  void progress(std::uint64_t done, std::uint64_t total, std::string_view note = {}) const {
    raw_->progress(raw_, done, total, text(note));
  }
  /* level: POLYA_LOG_ */
  void log(std::int32_t level, std::string_view message) const { raw_->log(raw_, level, text(message)); }

 private:
  const PolyaCall *raw_;
};

/* ---- options --------------------------------------------------------------------------------------------------- */

/* One option; the literals of default_json are JSON: "1", "\"text\"", "true". */
struct Option {
  std::string key, help;
  std::uint32_t type = POLYA_OPT_TEXT;
  std::string default_json = {};
  std::uint32_t flags = 0;                         /* POLYA_OPTF_ */
  std::int64_t int_min = 0, int_max = 0;           /* both 0: open */
  double real_min = 0, real_max = 0;               /* both 0: open */
  std::vector<std::pair<std::string, std::string>> choices = {}; /* value, help */

  static Option boolean(std::string key, bool value, std::string help) {
    return {std::move(key), std::move(help), POLYA_OPT_BOOL, value ? "true" : "false"};
  }
  static Option integer(std::string key, std::int64_t value, std::int64_t low, std::int64_t high, std::string help) {
    return {std::move(key), std::move(help), POLYA_OPT_INT, std::to_string(value), 0, low, high};
  }
  static Option real(std::string key, std::string default_json, double low, double high, std::string help) {
    return {std::move(key), std::move(help), POLYA_OPT_REAL, std::move(default_json), 0, 0, 0, low, high};
  }
  static Option text(std::string key, std::string default_json, std::string help) {
    return {std::move(key), std::move(help), POLYA_OPT_TEXT, std::move(default_json)};
  }
};

/* The values of one instance, complete and checked by the host. Asking for an option that is not declared, or that
 * has neither value nor default, throws: test has() first. */
class Options {
 public:
  Options(View<Option> options, PolyaRows values) : options_(options), values_(values) {}
  bool has(std::string_view key) const { return find(key).type != 0; }
  bool boolean(std::string_view key) const { return present(key).integer != 0; }
  std::int64_t integer(std::string_view key) const { return present(key).integer; }
  double real(std::string_view key) const { return present(key).real; }
  std::string text(std::string_view key) const { return std::string(view(present(key).text)); }
  std::vector<std::string> texts(std::string_view key) const {
    const PolyaRows list = present(key).list;
    std::vector<std::string> texts;
    for (std::uint64_t i = 0; i < list.count; i++) texts.emplace_back(view(POLYA_ROW(PolyaValue, list, i)->text));
    return texts;
  }

 private:
  View<Option> options_;
  PolyaRows values_;

  const PolyaValue &find(std::string_view key) const {
    for (std::size_t i = 0; i < options_.size() && i < values_.count; i++)
      if (options_[i].key == key) return *POLYA_ROW(PolyaValue, values_, i);
    throw Failure(Code::internal, "the option '" + std::string(key) + "' is not declared");
  }
  const PolyaValue &present(std::string_view key) const {
    const PolyaValue &value = find(key);
    if (value.type == 0) throw Failure(Code::bad_option, "the option '" + std::string(key) + "' is missing");
    return value;
  }
};

/* ---- what every plugin is -------------------------------------------------------------------------------------- */

struct About {
  std::string id, title, summary; /* id: reverse domain */
  std::string guide = {};         /* Markdown */
  std::uint64_t traits = 0;       /* POLYA_TRAIT_ */
  std::uint32_t concurrency = POLYA_CONCURRENT;
};

/* A role's base. A class also needs `static About about()` and a constructor from `const Options &`; `options()` when
 * it has any. Functions marked const may run on many threads at once when concurrency says so. */
class Plugin {
 public:
  Plugin() = default;
  Plugin(const Plugin &) = delete;
  Plugin &operator=(const Plugin &) = delete;
  virtual ~Plugin() = default;
  static std::vector<Option> options() { return {}; }
};

struct Message {
  std::string role, content; /* role: "system" "user" "assistant" "tool" */
};
struct MessageView {
  std::string_view role, content;
};
struct Segment {
  std::uint64_t begin, end; /* bytes */
  std::string label;
  double weight = 1;
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

struct Exemplar {
  std::string_view question, heuristic, solution;
};
struct StrategyItem {
  std::uint64_t id;
  std::string_view question, heuristic;
  std::vector<Exemplar> exemplars;
  std::vector<MessageView> transcript; /* oldest first */
  std::string_view state, meta_json;
  std::uint32_t turn;
};
struct Move {
  std::uint32_t action = POLYA_MOVE_GIVE_UP;
  std::string phase = {};
  std::vector<Message> messages = {};
  std::vector<std::string> stop = {};
  std::uint32_t samples = 0, max_tokens = 0; /* 0: the pipeline's */
  double temperature = -1;                   /* negative: the pipeline's */
  std::string answer = {}, state = {};       /* state: comes back with the next turn */

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
  static Move give_up() { return {}; }
};
struct AnswerItem {
  std::uint64_t id;
  std::string_view question, heuristic, answer;
  std::vector<MessageView> transcript;
};
struct Judgement {
  double adherence = 0, confidence = 0;
  std::vector<Segment> segments = {};
  std::vector<Note> notes = {};
};

/* Pure: a move depends on the item and the call's seed only. */
class Strategy : public Plugin {
 public:
  virtual std::vector<Heuristic> heuristics() const = 0;
  virtual Move next(const StrategyItem &item, const Call &call) const = 0;
};

/* A strategy that can tell how well an answer follows its heuristic, and which part of it does. */
class JudgingStrategy : public Strategy {
 public:
  virtual Judgement judge(const AnswerItem &item, const Call &call) const = 0;
};

/* ---- reward ---------------------------------------------------------------------------------------------------- */

struct Range {
  double low, high;
};
struct Component {
  std::string name, help;
  double low, high;
};
struct RewardItem {
  std::uint64_t id, group;
  std::string_view question, completion, reference, reference_kind, meta_json;
  std::string_view completion_raw; /* as sampled, may be broken UTF-8 */
  View<std::int32_t> tokens;
  View<float> logprobs; /* as many as tokens, or none */
};
struct Verdict {
  std::uint32_t verdict = POLYA_VERDICT_ABSTAIN;
  double score = 0, confidence = 1;
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
  std::string meta_json = {};
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
  std::int32_t vocab_size = -1, context_length = -1, bos = -1, eos = -1, pad = -1, max_batch = -1;
  std::array<std::uint8_t, 32> tokenizer_hash = {};
};
struct Prompt {
  std::uint64_t id, seed;
  std::vector<MessageView> messages; /* when not empty, instead of tokens */
  View<std::int32_t> tokens;
  std::uint32_t samples, max_tokens;
  double temperature, top_p, min_p;
  std::int32_t top_k;
  std::vector<std::string_view> stop;
};
struct Sample {
  std::uint32_t finish = POLYA_END_LENGTH, prompt_tokens = 0;
  std::string text = {}; /* without end token and stop string */
  std::vector<std::int32_t> tokens = {};
  std::vector<float> logprobs = {};
};
struct Sequence {
  View<std::int32_t> tokens;
  std::size_t from; /* score tokens[from...] */
  std::uint64_t group;
  double temperature; /* never 0 */
  bool wants_entropies;
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
  virtual void save(const std::string &empty_folder, const Call &call) = 0;
  virtual void load(const std::string &folder, const Call &call) = 0;
};

}  // namespace polya

#include "polya_module.hpp"

/* The module: its name, its version, its plugin classes. Once in a shared object. */
#define POLYA_MODULE(name, version, ...)                                                   \
  extern "C" POLYA_EXPORT const PolyaModule *polya_plugin_entry(const PolyaHost *host) {   \
    return polya::boundary::Contents<__VA_ARGS__>::entry(name, version, host);             \
  }

#endif
