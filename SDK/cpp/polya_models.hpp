/* polya_models.hpp - the models that a plugin's options name. Part of polya.hpp. */
#ifndef POLYA_MODELS_HPP
#define POLYA_MODELS_HPP

#include "polya_boundary.hpp"

namespace polya {

/* A model of the manifest that a MODEL option of the plugin names. Lives as long as the call; any thread of the call may
 * use it, and calls wait for each other. */
class BoundModel {
 public:
  BoundModel(const Call &call, std::string_view name) : raw_(call.raw_), name_(name) {
    table_ = static_cast<const PolyaModels *>(raw_->host->service(raw_->host, POLYA_MODELS));
    if (!table_) throw Failure(Code::unsupported, "this host does not lend models to plugins");
  }

  ModelInfo info() const {
    PolyaModelInfo raw{};
    raw.struct_size = sizeof raw;
    check(table_->info(raw_, text(name_), &raw));
    ModelInfo info;
    info.name = view(raw.name);
    info.family = view(raw.family);
    info.device = view(raw.device);
    info.dtype = view(raw.dtype);
    info.one_forward = (raw.features & POLYA_MODEL_ONE_FORWARD) != 0;
    info.parameters = raw.parameters;
    info.vocab_size = raw.vocab_size;
    info.context_length = raw.context_length;
    info.layers = raw.layers;
    info.bos = raw.bos;
    info.eos = raw.eos;
    std::copy(std::begin(raw.tokenizer_hash), std::end(raw.tokenizer_hash), info.tokenizer_hash.begin());
    return info;
  }

  /* Token ids of texts; special tokens are not added. */
  std::vector<std::vector<std::int32_t>> encode(const std::vector<std::string> &texts) const {
    return tokens(boundary::Arena(raw_).texts(texts), table_->encode);
  }

  /* Token ids of a prompt for each conversation; its joined contents when the model has no chat template. */
  std::vector<std::vector<std::int32_t>> render(const std::vector<std::vector<Message>> &chats) const {
    const boundary::Arena arena(raw_);
    return tokens(arena.rows<PolyaRows>(chats, [&](const std::vector<Message> &chat) { return arena.messages(chat); }),
                  table_->render);
  }

  /* All samples of all prompts, prompt by prompt. */
  std::vector<Sample> generate(const std::vector<Prompt> &prompts) const {
    const boundary::Arena arena(raw_);
    std::size_t count = 0;
    const PolyaRows in = arena.rows<PolyaPrompt>(prompts, [&](const Prompt &prompt) {
      count += prompt.samples;
      PolyaPrompt raw{};
      raw.item_id = prompt.id;
      raw.seed = prompt.seed;
      raw.tokens = {prompt.tokens.data(), prompt.tokens.size()};
      raw.samples = prompt.samples;
      raw.max_tokens = prompt.max_tokens;
      raw.temperature = prompt.temperature;
      raw.top_p = prompt.top_p;
      raw.min_p = prompt.min_p;
      raw.top_k = prompt.top_k;
      raw.stop = arena.rows<PolyaText>(prompt.stop, [](std::string_view stop) { return text(stop); });
      return raw;
    });
    const PolyaRowsMut out = places<PolyaSample>(count);
    check(table_->generate(raw_, text(name_), in, out));
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < count; i++) {
      const auto row = boundary::read<PolyaSample>(out.base, i, out.stride);
      const auto ids = view(row.tokens);
      const View<float> logprobs(row.logprobs, ids.size());
      samples.push_back({row.finish, std::string(view(row.text)), {ids.begin(), ids.end()},
                         {logprobs.begin(), logprobs.end()}});
    }
    return samples;
  }

  /* Log-probs of tokens[from...] of each sequence. */
  std::vector<Scored> score(const std::vector<Sequence> &sequences) const {
    const boundary::Arena arena(raw_);
    const PolyaRows in = arena.rows<PolyaSequence>(sequences, [](const Sequence &s) {
      return PolyaSequence{0, {s.tokens.data(), s.tokens.size()}, s.from, s.group, s.temperature, {}, {}};
    });
    const PolyaRowsMut out = places<PolyaScored>(sequences.size());
    std::vector<Scored> scored(sequences.size());
    for (std::size_t i = 0; i < sequences.size(); i++) {
      const Sequence &sequence = sequences[i];
      if (sequence.from < 1 || sequence.from > sequence.tokens.size())
        throw Failure(Code::bad_argument, "a sequence is scored from its second token on, and inside its length");
      scored[i].logprobs.resize(sequence.tokens.size() - sequence.from);
      if (sequence.wants_entropies) scored[i].entropies.resize(scored[i].logprobs.size());
      boundary::write(out, i, PolyaScored{POLYA_OK, 0, scored[i].logprobs.data(),
                                          sequence.wants_entropies ? scored[i].entropies.data() : nullptr});
    }
    check(table_->score(raw_, text(name_), in, out));
    return scored;
  }

 private:
  const PolyaCall *raw_;
  std::string name_;
  const PolyaModels *table_;

  using Ask = PolyaStatus (*)(const PolyaCall *, PolyaText, PolyaRows, PolyaRowsMut);

  std::vector<std::vector<std::int32_t>> tokens(PolyaRows in, Ask ask) const {
    const PolyaRowsMut out = places<PolyaTokens>(in.count);
    check(ask(raw_, text(name_), in, out));
    std::vector<std::vector<std::int32_t>> tokens;
    for (std::uint64_t i = 0; i < in.count; i++) {
      const auto ids = view(boundary::read<PolyaTokens>(out.base, i, out.stride));
      tokens.emplace_back(ids.begin(), ids.end());
    }
    return tokens;
  }

  template <class Row>
  PolyaRowsMut places(std::size_t count) const {
    Row *rows = boundary::Arena(raw_).template array<Row>(count);
    for (std::size_t i = 0; i < count; i++) rows[i] = Row{};
    return {rows, count, sizeof(Row), 0};
  }

  void check(PolyaStatus status) const {
    if (status == POLYA_OK) return;
    const std::string why(view(table_->reason(raw_)));
    throw Failure(static_cast<Code>(status), "the model '" + name_ + "' cannot be asked: " +
                                                 (why.empty() ? "models are lent to calls, not to create" : why));
  }
};

inline BoundModel Call::model(std::string_view name) const { return BoundModel(*this, name); }

}  // namespace polya

#endif
