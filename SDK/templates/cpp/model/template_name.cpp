// A language model that samples, scores, learns and is stored: bigrams over bytes.
// The logits of the next token are one row of a table, picked by the last token. A text's bytes are its tokens; token
// 256 begins and ends. Replace Bigrams by a better network: everything else stays.
#include <polya.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>

constexpr int vocabulary = 257, end_token = 256;
constexpr std::size_t weight_count = vocabulary * vocabulary;
using Row = std::array<double, vocabulary>;

// ---- the network: edit here -----------------------------------------------------------------------------------------

class Bigrams {
 public:
  std::vector<float> weights = std::vector<float>(weight_count);  // row: last token, column: next

  // ln softmax(logits / temperature) of what follows `last`.
  Row log_probs(std::int32_t last, double temperature) const {
    const float *row = &weights[static_cast<std::size_t>(last) * vocabulary];
    const double largest = *std::max_element(row, row + vocabulary);
    double sum = 0;
    for (int j = 0; j < vocabulary; j++) sum += std::exp((row[j] - largest) / temperature);
    Row out;
    for (int j = 0; j < vocabulary; j++) out[j] = (row[j] - largest) / temperature - std::log(sum);
    return out;
  }

  static double entropy(const Row &log_probs) {
    double sum = 0;
    for (const double l : log_probs) sum -= std::exp(l) * l;
    return sum;
  }

  // Adds d loss / d logits, given d loss / d ln p(next) and d loss / d entropy.
  void add_gradient(std::int32_t last, std::int32_t next, double temperature, double dlogprob, double dentropy) {
    const Row l = log_probs(last, temperature);
    const double h = entropy(l);
    float *row = &gradients_[static_cast<std::size_t>(last) * vocabulary];
    for (int j = 0; j < vocabulary; j++) {
      const double p = std::exp(l[j]);
      row[j] += static_cast<float>((dlogprob * ((j == next) - p) - dentropy * p * (l[j] + h)) / temperature);
    }
  }

  // AdamW with decoupled weight decay (Loshchilov & Hutter 2019), clipped by the global norm.
  PolyaStepReport optimize(const PolyaStep &in) {
    double norm = 0, update = 0;
    for (const float g : gradients_) norm += static_cast<double>(g) * g;
    norm = std::sqrt(norm) * in.gradient_scale;
    const bool skipped = !std::isfinite(norm);
    if (in.index == 0) {  // a new training forgets the moments of an earlier one
      std::fill(mean_.begin(), mean_.end(), 0.0f);
      std::fill(square_.begin(), square_.end(), 0.0f);
      steps_ = 0;
    }
    if (!skipped) {
      const double scale = in.gradient_scale * (in.clip_norm > 0 && norm > in.clip_norm ? in.clip_norm / norm : 1);
      const auto steps = static_cast<double>(++steps_);
      const double correct1 = 1 - std::pow(in.beta1, steps), correct2 = 1 - std::pow(in.beta2, steps);
      for (std::size_t i = 0; i < weight_count; i++) {
        const double g = gradients_[i] * scale;
        mean_[i] = static_cast<float>(in.beta1 * mean_[i] + (1 - in.beta1) * g);
        square_[i] = static_cast<float>(in.beta2 * square_[i] + (1 - in.beta2) * g * g);
        const double adam = mean_[i] / correct1 / (std::sqrt(square_[i] / correct2) + in.epsilon);
        const double change = in.learning_rate * (adam + in.weight_decay * weights[i]);
        weights[i] -= static_cast<float>(change);
        update += change * change;
      }
    }
    std::fill(gradients_.begin(), gradients_.end(), 0.0f);
    return {sizeof(PolyaStepReport), skipped ? 1u : 0u, steps_, norm, std::sqrt(update)};
  }

  // Other weights, and an optimizer that knows nothing of the old ones.
  void replace(std::vector<float> with) {
    *this = Bigrams();
    weights = std::move(with);
  }

 private:
  std::vector<float> gradients_ = weights, mean_ = weights, square_ = weights;
  std::uint64_t steps_ = 0;
};

// ---- sampling -------------------------------------------------------------------------------------------------------

// A mixer of 64 bits: the finalizer of SplitMix64 (Steele, Lea & Flood 2014).
static std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

// The token at a place in 0..<1 of the distribution that top-k, min-p and top-p leave.
static std::int32_t pick(const Row &log_probs, const polya::Prompt &prompt, double place) {
  std::array<std::int32_t, vocabulary> ids;
  for (int j = 0; j < vocabulary; j++) ids[j] = j;
  std::sort(ids.begin(), ids.end(), [&](std::int32_t a, std::int32_t b) {
    return log_probs[a] != log_probs[b] ? log_probs[a] > log_probs[b] : a < b;
  });
  if (prompt.temperature == 0) return ids[0];
  const auto p = [&](int i) { return std::exp(log_probs[ids[i]]); };
  const int kept = prompt.top_k > 0 ? std::min(prompt.top_k, vocabulary) : vocabulary;
  double sum = 0;
  int count = 0;
  while (count < kept && (count == 0 || (p(count) >= prompt.min_p * p(0) && sum < prompt.top_p))) sum += p(count++);
  double left = place * sum;
  for (int i = 0; i < count; i++)
    if ((left -= p(i)) < 0) return ids[i];
  return ids[count - 1];
}

static bool cut_stop(std::string &text, const std::vector<std::string_view> &stops) {
  for (const std::string_view stop : stops) {
    if (stop.empty() || stop.size() > text.size()) continue;
    if (text.compare(text.size() - stop.size(), stop.size(), stop) != 0) continue;
    text.resize(text.size() - stop.size());
    return true;
  }
  return false;
}

// ---- the checkpoint: a magic word, a checksum, the weights ----------------------------------------------------------

struct Header {
  char magic[8];
  std::uint64_t checksum;
};
constexpr char magic[8] = "bigram1";

// FNV-1a of 64 bits: a flipped bit must not become a model.
static std::uint64_t checksum(const std::vector<float> &weights) {
  const auto *bytes = reinterpret_cast<const unsigned char *>(weights.data());
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (std::size_t i = 0; i < weights.size() * sizeof(float); i++) hash = (hash ^ bytes[i]) * 0x100000001B3u;
  return hash;
}

static void write_weights(const std::string &path, const std::vector<float> &weights) {
  Header header{{}, checksum(weights)};
  std::memcpy(header.magic, magic, sizeof magic);
  if (std::ifstream(path)) throw polya::Failure(polya::Code::wrong_state, path + " already exists");
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char *>(&header), sizeof header);
  file.write(reinterpret_cast<const char *>(weights.data()), weight_count * sizeof(float));
  file.close();
  if (!file) throw polya::Failure(polya::Code::io, path + " cannot be written: is the disk full?");
}

static std::vector<float> read_weights(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw polya::Failure(polya::Code::not_found, path + " cannot be opened");
  Header header{};
  std::vector<float> weights(weight_count);
  file.read(reinterpret_cast<char *>(&header), sizeof header);
  file.read(reinterpret_cast<char *>(weights.data()), weight_count * sizeof(float));
  const bool whole = file.good() && file.peek() == std::ifstream::traits_type::eof() &&
                     std::memcmp(header.magic, magic, sizeof magic) == 0 && header.checksum == checksum(weights);
  if (!whole) throw polya::Failure(polya::Code::corrupt, path + " is not whole: take another checkpoint");
  return weights;
}

// ---- the plugin -----------------------------------------------------------------------------------------------------

class TemplateName : public polya::TrainableModel {
 public:
  static polya::About about() {
    return {"TEMPLATE_ID", "Bigrams", "A table of byte pairs as a language model: small, fast, and trainable."};
  }
  static std::vector<polya::Option> options() {
    return {{"folder", "A checkpoint to start from; without it all tokens are equally likely.", POLYA_OPT_PATH}};
  }

  explicit TemplateName(const polya::Options &options) {
    if (options.has("folder")) network_.replace(read_weights(options.text("folder") + "/weights.bin"));
  }

  polya::ModelInfo info() const override {
    polya::ModelInfo info;
    info.name = "template-name";
    info.family = "bigram";
    info.one_forward = true;
    info.parameters = weight_count;
    info.vocab_size = vocabulary;
    info.bos = info.eos = end_token;
    return info;
  }

  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::vector<std::int32_t> ids;
    for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
    return ids;
  }

  std::string decode(polya::View<std::int32_t> tokens) const override {
    check(tokens);
    std::string bytes;
    for (const std::int32_t id : tokens)
      if (id != end_token) bytes.push_back(static_cast<char>(id));
    return bytes;
  }

  std::vector<polya::Sample> generate(const std::vector<polya::Prompt> &prompts,
                                      const polya::Call &call) const override {
    std::vector<polya::Sample> samples;
    for (const polya::Prompt &prompt : prompts) {
      check(prompt.tokens);
      for (std::uint32_t index = 0; index < prompt.samples; index++) samples.push_back(sample(prompt, index, call));
    }
    return samples;
  }

  std::vector<polya::Scored> score(const std::vector<polya::Sequence> &sequences,
                                   const polya::Call &call) const override {
    std::vector<polya::Scored> scored;
    for (const polya::Sequence &sequence : sequences) {
      check(sequence.tokens);
      scored.emplace_back();
      for (std::size_t k = sequence.from; k < sequence.tokens.size(); k++) {
        call.check_stop();
        const Row all = network_.log_probs(sequence.tokens[k - 1], sequence.temperature);
        scored.back().logprobs.push_back(static_cast<float>(all[sequence.tokens[k]]));
        if (sequence.wants_entropies) scored.back().entropies.push_back(static_cast<float>(Bigrams::entropy(all)));
      }
    }
    return scored;
  }

  std::unique_ptr<Tape> forward(const std::vector<polya::Sequence> &sequences, std::vector<polya::Scored> &scored,
                                const polya::Call &call) override {
    scored = score(sequences, call);
    auto tape = std::make_unique<Kept>();
    for (const polya::Sequence &sequence : sequences)
      tape->sequences.push_back(
          {{sequence.tokens.begin(), sequence.tokens.end()}, sequence.from, sequence.temperature});
    return tape;
  }

  void backward(Tape &tape, const std::vector<polya::Gradient> &gradients, const polya::Call &call) override {
    const auto &sequences = static_cast<Kept &>(tape).sequences;
    if (sequences.size() != gradients.size())
      throw polya::Failure(polya::Code::bad_argument, "there are not as many gradients as sequences");
    for (std::size_t i = 0; i < sequences.size(); i++) {
      call.check_stop();
      const auto &[ids, from, temperature] = sequences[i];
      const auto &[dlogprobs, dentropies] = gradients[i];
      for (std::size_t k = 0; k < dlogprobs.size() && from + k < ids.size(); k++)
        network_.add_gradient(ids[from + k - 1], ids[from + k], temperature, dlogprobs[k],
                              dentropies.empty() ? 0 : dentropies[k]);
    }
  }

  PolyaStepReport step(const PolyaStep &step, const polya::Call &) override { return network_.optimize(step); }

  void save(const std::string &folder, const polya::Call &) override {
    write_weights(folder + "/weights.bin", network_.weights);
  }
  void load(const std::string &folder, const polya::Call &) override {
    network_.replace(read_weights(folder + "/weights.bin"));
  }

 private:
  struct KeptSequence {
    std::vector<std::int32_t> ids;
    std::size_t from;
    double temperature;
  };
  struct Kept : Tape {
    std::vector<KeptSequence> sequences;
  };

  Bigrams network_;

  static void check(polya::View<std::int32_t> tokens) {
    for (const std::int32_t id : tokens)
      if (id < 0 || id >= vocabulary)
        throw polya::Failure(polya::Code::bad_argument, "the token id " + std::to_string(id) + " is outside 0...256");
  }

  polya::Sample sample(const polya::Prompt &prompt, std::uint32_t index, const polya::Call &call) const {
    polya::Sample sample;
    std::int32_t last = prompt.tokens.empty() ? end_token : prompt.tokens[prompt.tokens.size() - 1];
    while (sample.tokens.size() < prompt.max_tokens && sample.finish == POLYA_END_LENGTH) {
      if (call.should_stop()) {
        sample.finish = POLYA_END_CANCELLED;
        break;
      }
      const Row all = network_.log_probs(last, prompt.temperature == 0 ? 1 : prompt.temperature);
      const std::uint64_t bits = mix(mix(mix(prompt.seed) + index) + sample.tokens.size());
      last = pick(all, prompt, static_cast<double>(bits >> 11) / 9007199254740992.0);
      sample.tokens.push_back(last);
      sample.logprobs.push_back(static_cast<float>(all[last]));
      if (last != end_token) sample.text.push_back(static_cast<char>(last));
      if (last == end_token || cut_stop(sample.text, prompt.stop)) sample.finish = POLYA_END_STOP;
    }
    return sample;
  }
};

POLYA_MODULE("template-name", "0.1.0", TemplateName)
