/* polya_base.hpp - failures, views, calls, options: what every plugin in C++ uses. Part of polya.hpp. */
#ifndef POLYA_BASE_HPP
#define POLYA_BASE_HPP

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

class BoundModel;

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
  /* level: POLYA_LOG_ */
  void log(std::int32_t level, std::string_view message) const { raw_->log(raw_, level, text(message)); }
  /* The model that a MODEL option names; `name`: the text that arrived there. Throws where no models are lent. */
  BoundModel model(std::string_view name) const;

 private:
  friend class BoundModel;
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
};

/* A role's base. A class also needs `static About about()` and a constructor from `const Options &`; `options()` when
 * it has any. One instance serves one call at a time; it may keep call.max_threads() threads busy. */
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
struct Exemplar {
  std::string_view question, heuristic, solution;
};

}  // namespace polya

#endif
